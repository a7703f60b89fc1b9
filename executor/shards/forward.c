/*
 * Forwarding passes commands that clients sent on to shards, over the lanes that all clients share.
 * in: a command and the slot of its keys; out: pieces of its reply.
 */
#include "executor/shards/forward.h"

#include "executor/shards/shards.h"
#include "executor/shards/shards_parts.h"
#include "executor/shards/slot_call.h"

static const struct slice NOT_CONFINED = {NULL, 0};

static bool
send_by_lane(struct shards *shards, size_t shard, enum shard_lane lane, struct slice confine,
             const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
             struct error *err)
{
    struct link *link = shard_link_confined(shards->at[shard], lane, confine, err);
    if (!link) {
        return false;
    }
    shards->nforwarded++;
    link_send(link, args, nargs, fn, arg);
    return true;
}

bool
forward_to_shard(struct shards *shards, size_t shard, bool resp3, const struct slice *args,
                 size_t nargs, link_reply_fn *fn, void *arg, struct error *err)
{
    return send_by_lane(shards, shard, resp3 ? LANE_RESP3 : LANE_PLAIN, NOT_CONFINED, args, nargs,
                        fn, arg, err);
}

bool
forward_past_others(struct shards *shards, size_t shard, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err)
{
    return send_by_lane(shards, shard, LANE_COUNTS, NOT_CONFINED, args, nargs, fn, arg, err);
}

static enum shard_lane
lane_of(const struct script_keys *keys, bool resp3)
{
    return keys ? (resp3 ? LANE_SCRIPTS3 : LANE_SCRIPTS) : (resp3 ? LANE_RESP3 : LANE_PLAIN);
}

static bool
send_anywhere(struct shards *shards, enum shard_lane lane, struct slice confine,
              const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
              struct error *err)
{
    size_t shard = shards_any(shards);
    if (shard == shards->nshards) {
        return error_set(err, "SHARDDOWN", "no node of the cluster is known");
    }
    return send_by_lane(shards, shard, lane, confine, args, nargs, fn, arg, err);
}

bool
forward_start(struct shards *shards, const struct forward_options *options,
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
        is_sent = send_anywhere(shards, lane, target.confine, args, nargs, fn, arg, err);
    } else if (shards->setup.owner->serves_clients(shards->setup.owner_arg, err)) {
        shards->nforwarded++;
        is_sent = options->bytes.ptr
                      ? slot_call_bytes(shards, &target, options->bytes, fn, arg, err)
                      : slot_call_words(shards, &target, args, nargs, fn, arg, err);
    }
    strbuf_fini(&confine);
    return is_sent;
}

struct link *
forward_link(struct shards *shards, size_t shard, bool resp3, struct error *err)
{
    if (!shards_has(shards, shard)) {
        error_set(err, "SHARDDOWN", "no node of the cluster is known for this");
        return NULL;
    }
    return shard_link(shards->at[shard], resp3 ? LANE_RESP3 : LANE_PLAIN, err);
}

struct link *
forward_script_link(struct shards *shards, size_t shard, bool resp3, const struct script_keys *keys,
                    struct error *err)
{
    enum shard_lane lane = lane_of(keys, resp3);
    struct strbuf confine;
    if (!shards_has(shards, shard)) {
        error_set(err, "SHARDDOWN", "no node of the cluster is known for this");
        return NULL;
    }
    strbuf_init(&confine);
    script_keys_print(keys, &confine);
    struct link *link = shard_link_confined(shards->at[shard], lane, strbuf_slice(&confine), err);
    strbuf_fini(&confine);
    return link;
}

bool
forward_to_any(struct shards *shards, bool resp3, const struct slice *args, size_t nargs,
               link_reply_fn *fn, void *arg, struct error *err)
{
    return send_anywhere(shards, lane_of(NULL, resp3), NOT_CONFINED, args, nargs, fn, arg, err);
}
