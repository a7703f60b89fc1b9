/*
 * The shards as a whole: how many there are, the owners of slots, whether all are ready. in: what
 * topology and the shards have learnt; out: answers to the folders above.
 *
 *     a cluster of 3 masters, of which shard 1 was replaced by 3: count 4, active 0, 2, 3
 */
#include "executor/shards/shards.h"

#include <string.h>

#include "executor/shards/shards_parts.h"
#include "executor/shards/topology.h"

size_t
shards_count(const struct shards *shards)
{
    return shards->nshards;
}

bool
shards_has(const struct shards *shards, size_t shard)
{
    return shard < shards->nshards && shards->is_active[shard];
}

size_t
shards_count_active(const struct shards *shards)
{
    size_t n = 0;
    for (size_t i = 0; i < shards->nshards; i++) {
        n += shards->is_active[i];
    }
    return n;
}

struct shard *
shards_at(const struct shards *shards, size_t shard)
{
    return shards->at[shard];
}

size_t
shards_owner(const struct shards *shards, unsigned slot)
{
    return shards->owners[slot];
}

const char *
shards_owner_name(const struct shards *shards, unsigned slot)
{
    unsigned owner = shards->owners[slot];
    return owner == NO_SHARD ? "(nobody)" : shard_name(shards->at[owner]);
}

size_t
shards_any(const struct shards *shards)
{
    size_t shard = 0;
    while (shard < shards->nshards && !shards->is_active[shard]) {
        shard++;
    }
    return shard;
}

uint64_t
shards_epoch(const struct shards *shards)
{
    return shards->epoch;
}

bool
shards_is_cluster(const struct shards *shards)
{
    return shards->setup.is_cluster;
}

bool
shards_are_one_keyspace(const struct shards *shards)
{
    return shards->nshards == 1 && !shards->setup.is_cluster;
}

bool
shards_are_ready(const struct shards *shards, struct error *why)
{
    for (size_t i = 0; i < shards->nshards; i++) {
        if (shards->is_active[i] && !shard_is_ready(shards->at[i], why)) {
            return false;
        }
    }
    return topology_is_known(shards, why);
}

bool
shards_can_be_asked(const struct shards *shards, struct error *why)
{
    return shards_is_cluster(shards) ? topology_is_known(shards, why)
                                     : shards_are_ready(shards, why);
}

bool
shards_error_will_pass(const struct shards *shards, const struct error *err)
{
    bool is_loading = strcmp(err->code, "LOADING") == 0;
    return shards_is_cluster(shards) &&
           (is_loading ? !topology_loads_somewhere(shards) : strcmp(err->code, "SHARDDOWN") == 0);
}

bool
shards_are_closing(const struct shards *shards)
{
    return shards->is_closing;
}

const struct command_table *
shards_commands(const struct shards *shards)
{
    return shards->commands;
}

uint64_t
shards_nforwarded(const struct shards *shards)
{
    return shards->nforwarded;
}

void
shards_reset_nforwarded(struct shards *shards)
{
    shards->nforwarded = 0;
}

struct event_base *
shards_base(const struct shards *shards)
{
    return shards->base;
}

const struct log *
shards_log(const struct shards *shards)
{
    return shards->setup.log;
}
