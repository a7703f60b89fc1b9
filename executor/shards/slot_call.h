/*
 * A command for whoever owns a slot, wherever that is by the time it is carried out.
 *
 *     SENT --reply--> told                       static shards: always so
 *       |--MOVED, ASK--> SENT, elsewhere
 *       |--TRYAGAIN, CLUSTERDOWN, owner not known or not connected--> WAITING --a moment--> SENT
 *       |--connection lost--> WAITING, where doing it twice does no harm; else told
 *       +--time is up--> told, with what was last heard
 *
 * So no client of a cluster hears of MOVED, and what is in flight when a slot moves or a node is
 * replaced is late, not lost.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SLOT_CALL_H
#define QUIPU_EXECUTOR_SHARDS_SLOT_CALL_H

#include "executor/shards/reply_collect.h"
#include "executor/shards/shard.h"

struct slot_target {
    unsigned slot;
    enum shard_lane lane;
    bool is_safe;  /* it may be carried out twice: it only reads */
    bool is_whole; /* it touches the slot's keys by names that are not in it: a slot that is half
                      here, half there is waited for */
    struct slice confine; /* of a lane for scripts: shard_link_confined's keys; copied */
};

/*
 * Sends a command's bytes, which are copied. Fails with SHARDDOWN, and fn is not called, where the
 * shard of a static list is not connected.
 */
bool slot_call_bytes(struct shards *shards, const struct slot_target *target, struct slice bytes,
                     link_reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* The same for a command's words. */
bool slot_call_words(struct shards *shards, const struct slot_target *target,
                     const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
                     struct error *err) QUIPU_MUST_CHECK;
/* The same, answered with a tree. */
bool slot_call(struct shards *shards, const struct slot_target *target, const struct slice *args,
               size_t nargs, reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* The n-th of the scripts that every shard knows, as EVALSHA; one that has lost it is given its text. */
bool slot_call_script(struct shards *shards, const struct slot_target *target, size_t script,
                      const struct slice *keys, size_t nkeys, const struct slice *args,
                      size_t nargs, reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
