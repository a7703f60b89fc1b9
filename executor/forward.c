/*
 * Forwarding. in: a command and the slot of its keys; out: pieces of its reply.
 */
#include "executor/forward.h"

#include "executor/internal.h"

const struct command_table *
executor_commands(const struct executor *executor)
{
    return executor->commands;
}

size_t
executor_shard_of_slot(const struct executor *executor, unsigned slot)
{
    return (size_t) slot * executor->nshards / CLUSTER_SLOTS;
}

bool
executor_is_cluster(const struct executor *executor)
{
    return executor->is_cluster;
}

bool
executor_is_one_keyspace(const struct executor *executor)
{
    return executor->nshards == 1 && !executor->is_cluster;
}

bool
forward_to_shard(struct executor *executor, size_t shard, bool resp3, const struct slice *args,
                 size_t nargs, link_reply_fn *fn, void *arg, struct error *err)
{
    enum shard_lane lane = resp3 ? LANE_RESP3 : LANE_PLAIN;
    struct link *link = shard_link(executor->shards[shard], lane, err);
    if (!link) {
        return false;
    }
    executor->counters.forwarded++;
    link_send(link, args, nargs, fn, arg);
    return true;
}

bool
forward_start(struct executor *executor, unsigned slot, bool resp3, const struct slice *args,
              size_t nargs, link_reply_fn *fn, void *arg, struct error *err)
{
    return forward_to_shard(executor, executor_shard_of_slot(executor, slot), resp3, args, nargs,
                            fn, arg, err);
}
