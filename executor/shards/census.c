/*
 * Census: CLUSTER NODES to every shard; each answers for itself. in: slots; out: the node of each,
 * and the epoch of that.
 *
 *     ASKING --all have answered, each slot is at one node--> over
 *       |  ^
 *       |  +---- a moment ----+
 *       +--a slot is leaving, or is at no node or at two--> WAITING --shard-timeout--> over: TIMEOUT
 */
#include "executor/shards/census.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cluster_nodes.h"
#include "base/must.h"
#include "executor/shards/broadcast.h"
#include "executor/shards/redirect.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/shards.h"
#include "executor/shards/shards_parts.h"

struct census {
    struct shards *shards;
    struct redirect redirect; /* the way to wait */
    struct census_slots wanted, leaving, twice;
    uint16_t homes[CLUSTER_SLOTS]; /* shards, or NO_SHARD */
    uint64_t epochs[MAX_SHARDS];
    census_fn *fn;
    void *arg;
};

static bool
has(const struct census_slots *slots, unsigned slot)
{
    return slots->bits[slot / 8] >> slot % 8 & 1;
}

static void
census_fail(struct census *census, const struct error *err)
{
    census->fn(census->arg, NULL, err);
    census_free(census);
}

/* What a node says of itself. */
static bool
on_part(void *arg, const struct resp_value *reply, size_t shard, struct error *err)
{
    struct census *census = arg;
    const char *name = shard_name(shards_at(census->shards, shard));
    struct cluster_node node;
    struct node_slots range;
    if (reply_is_error(reply, name, err)) {
        return false;
    }
    if (!reply_is_text(reply) || !cluster_nodes_find(reply_text(reply), slice_of(NULL, 0), &node)) {
        return reply_misshapen(name, "CLUSTER NODES", err);
    }
    census->epochs[shard] = node.epoch;
    while (node_slots_shift(&node.slots, &range)) {
        for (unsigned slot = range.first; slot <= range.last; slot++) {
            if (range.state == SLOTS_LEAVING) {
                census_slots_add(&census->leaving, slot);
            } else if (range.state == SLOTS_SERVED && census->homes[slot] != NO_SHARD) {
                census_slots_add(&census->twice, slot);
            } else if (range.state == SLOTS_SERVED) {
                census->homes[slot] = (uint16_t) shard;
            }
        }
    }
    return true;
}

/* Why the slot's keys are not all at one node; NULL: they are. */
static const char *
trouble(const struct census *census, unsigned slot)
{
    return !has(&census->wanted, slot)       ? NULL
           : has(&census->leaving, slot)     ? "it is on its way to another node"
           : has(&census->twice, slot)       ? "two nodes say that they have it"
           : census->homes[slot] == NO_SHARD ? "no node says that it has it"
                                             : NULL;
}

static void
on_end(void *arg, const struct error *err)
{
    struct census *census = arg;
    struct error closing = {"", ""};
    if (census->shards->is_closing) {
        error_set(&closing, "SHARDDOWN", "the server ends");
        err = &closing;
    }
    if (err) {
        census_fail(census, err);
        return;
    }
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        const char *why = trouble(census, slot);
        if (why) {
            census->redirect.slot = slot;
            redirect_wait(&census->redirect, why);
            return;
        }
    }
    census->fn(census->arg, census, NULL);
}

/* redirect_go_fn */
static void
ask(void *arg, const struct error *err)
{
    struct census *census = arg;
    struct error why = {"", ""};
    static const struct slice ARGS[] = {SLICE_LIT("CLUSTER"), SLICE_LIT("NODES")};
    if (err) {
        census_fail(census, err);
        return;
    }
    memset(&census->leaving, 0, sizeof census->leaving);
    memset(&census->twice, 0, sizeof census->twice);
    memset(census->homes, 0xff, sizeof census->homes);
    if (!broadcast_start(census->shards, ARGS, 2, BROADCAST_SHORT, on_part, on_end, census, &why)) {
        redirect_wait(&census->redirect, why.message);
    }
}

void
census_start(struct shards *shards, const struct census_slots *wanted, census_fn *fn, void *arg)
{
    struct census *census = must_alloc(sizeof *census);
    census->shards = shards;
    census->wanted = *wanted;
    census->fn = fn;
    census->arg = arg;
    unsigned first = 0;
    while (first + 1 < CLUSTER_SLOTS && !has(wanted, first)) {
        first++;
    }
    redirect_init(&census->redirect, shards, first, ask, census);
    ask(census, NULL);
}

bool
census_is_same(const struct census *census, const struct census *other)
{
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        size_t home = census->homes[slot];
        if (has(&census->wanted, slot) &&
            (home != other->homes[slot] || census->epochs[home] != other->epochs[home])) {
            return false;
        }
    }
    return true;
}

bool
census_has(const struct census *census, size_t shard)
{
    for (unsigned slot = 0; slot < CLUSTER_SLOTS; slot++) {
        if (has(&census->wanted, slot) && census->homes[slot] == shard) {
            return true;
        }
    }
    return false;
}

void
census_free(struct census *census)
{
    free(census);
}
