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

static const struct slice NOT_CONFINED = {NULL, 0};

static bool
send_by_lane(struct executor *executor, size_t shard, enum shard_lane lane, struct slice confine,
             const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
             struct error *err)
{
    struct link *link = shard_link_confined(executor->shards[shard], lane, confine, err);
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
    return send_by_lane(executor, shard, resp3 ? LANE_RESP3 : LANE_PLAIN, NOT_CONFINED, args, nargs,
                        fn, arg, err);
}

bool
forward_past_others(struct executor *executor, size_t shard, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err)
{
    return send_by_lane(executor, shard, LANE_COUNTS, NOT_CONFINED, args, nargs, fn, arg, err);
}

static enum shard_lane
lane_of(const struct script_keys *keys, bool resp3)
{
    return keys ? (resp3 ? LANE_SCRIPTS3 : LANE_SCRIPTS) : (resp3 ? LANE_RESP3 : LANE_PLAIN);
}

static bool
send_anywhere(struct executor *executor, enum shard_lane lane, struct slice confine,
              const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
              struct error *err)
{
    size_t shard = executor_any_shard(executor);
    if (shard == executor->nshards) {
        return error_set(err, "SHARDDOWN", "no node of the cluster is known");
    }
    return send_by_lane(executor, shard, lane, confine, args, nargs, fn, arg, err);
}

bool
forward_start(struct executor *executor, const struct forward_options *options,
              const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
              struct error *err)
{
    enum shard_lane lane = lane_of(options->keys, options->resp3);
    struct strbuf confine;
    strbuf_init(&confine);
    if (options->keys) {
        script_keys_print(options->keys, &confine);
    }
    const struct slot_target target = {.slot = options->slot,
                                       .lane = lane,
                                       .is_safe = options->is_readonly,
                                       .confine = strbuf_slice(&confine)};
    bool is_sent = false;
    if (options->is_anywhere) {
        is_sent = send_anywhere(executor, lane, target.confine, args, nargs, fn, arg, err);
    } else if (definitions_are_known(executor->definitions, err)) {
        executor->counters.forwarded++;
        is_sent = options->bytes.ptr
                      ? slot_call_bytes(executor, &target, options->bytes, fn, arg, err)
                      : slot_call_words(executor, &target, args, nargs, fn, arg, err);
    }
    strbuf_fini(&confine);
    return is_sent;
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

struct link *
forward_script_link(struct executor *executor, size_t shard, bool resp3,
                    const struct script_keys *keys, struct error *err)
{
    enum shard_lane lane = lane_of(keys, resp3);
    struct strbuf confine;
    if (!executor_has_shard(executor, shard)) {
        error_set(err, "SHARDDOWN", "no node of the cluster is known for this");
        return NULL;
    }
    strbuf_init(&confine);
    script_keys_print(keys, &confine);
    struct link *link =
        shard_link_confined(executor->shards[shard], lane, strbuf_slice(&confine), err);
    strbuf_fini(&confine);
    return link;
}

bool
forward_to_any(struct executor *executor, bool resp3, const struct slice *args, size_t nargs,
               link_reply_fn *fn, void *arg, struct error *err)
{
    return send_anywhere(executor, lane_of(NULL, resp3), NOT_CONFINED, args, nargs, fn, arg, err);
}
