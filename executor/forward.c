/*
 * Forwarding. in: a command and the slot of its keys; out: pieces of its reply.
 */
#include "executor/forward.h"

#include "executor/definitions.h"
#include "executor/internal.h"
#include "executor/slot_call.h"

const struct command_table *
executor_commands(const struct executor *executor)
{
    return executor->commands;
}

size_t
executor_shard_of_slot(const struct executor *executor, unsigned slot)
{
    return executor->owners[slot];
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

static bool
send_by_lane(struct executor *executor, size_t shard, enum shard_lane lane,
             const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
             struct error *err)
{
    struct link *link = shard_link(executor->shards[shard], lane, err);
    if (!link) {
        return false;
    }
    executor->counters.forwarded++;
    link_send(link, args, nargs, fn, arg);
    return true;
}

bool
forward_to_shard(struct executor *executor, size_t shard, bool resp3, const struct slice *args,
                 size_t nargs, link_reply_fn *fn, void *arg, struct error *err)
{
    return send_by_lane(executor, shard, resp3 ? LANE_RESP3 : LANE_PLAIN, args, nargs, fn, arg,
                        err);
}

bool
forward_past_others(struct executor *executor, size_t shard, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err)
{
    return send_by_lane(executor, shard, LANE_COUNTS, args, nargs, fn, arg, err);
}

bool
forward_start(struct executor *executor, const struct forward_options *options,
              const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
              struct error *err)
{
    const struct slot_target target = {.slot = options->slot,
                                       .lane = options->resp3 ? LANE_RESP3 : LANE_PLAIN,
                                       .is_safe = options->is_readonly};
    if (!definitions_are_known(executor->definitions, err)) {
        return false;
    }
    executor->counters.forwarded++;
    return options->bytes.ptr ? slot_call_bytes(executor, &target, options->bytes, fn, arg, err)
                              : slot_call_words(executor, &target, args, nargs, fn, arg, err);
}

size_t
executor_any_shard(const struct executor *executor)
{
    size_t shard = 0;
    while (shard < executor->nshards && !executor->is_active[shard]) {
        shard++;
    }
    return shard;
}

struct link *
forward_link(struct executor *executor, size_t shard, bool resp3, struct error *err)
{
    if (!executor_has_shard(executor, shard)) {
        error_set(err, "SHARDDOWN", "no node of the cluster is known for this");
        return NULL;
    }
    return shard_link(executor->shards[shard], resp3 ? LANE_RESP3 : LANE_PLAIN, err);
}

bool
forward_to_any(struct executor *executor, bool resp3, const struct slice *args, size_t nargs,
               link_reply_fn *fn, void *arg, struct error *err)
{
    size_t shard = executor_any_shard(executor);
    if (shard == executor->nshards) {
        return error_set(err, "SHARDDOWN", "no node of the cluster is known");
    }
    return forward_to_shard(executor, shard, resp3, args, nargs, fn, arg, err);
}
