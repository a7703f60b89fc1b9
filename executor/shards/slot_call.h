/*
 * A command for the owner of a slot, also if the owner changes before the command is carried out.
 *
 *     SENT --reply--> told                       static shards: always so
 *       |--MOVED, ASK--> SENT, elsewhere
 *       |--TRYAGAIN, CLUSTERDOWN, owner not known or not connected--> WAITING --a moment--> SENT
 *       |--connection lost--> WAITING, where doing it twice does no harm; else told
 *       +--time is up--> told, with what was last heard
 *
 * So no client of a cluster sees MOVED. Commands in flight when a slot moves or a node is replaced
 * are late, not lost.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SLOT_CALL_H
#define QUIPU_EXECUTOR_SHARDS_SLOT_CALL_H

#include "executor/shards/reply_collect.h"
#include "executor/shards/shard.h"

struct slot_target {
    unsigned slot;
    enum shard_lane lane;
    bool is_safe;         /* it only reads, so it may be carried out twice */
    bool is_whole;        /* it uses keys of the slot that it does not name: wait while the slot is
                      divided between two nodes */
    struct slice confine; /* on a lane for scripts: the keys for shard_link_confined; copied */
};

/*
 * Sends a command's bytes, which are copied. If a static shard is not connected, fails with
 * SHARDDOWN, and fn is not called.
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
/*
 * Runs one of the scripts of shards_setup with EVALSHA. A shard that has lost the script is sent
 * its text.
 */
bool slot_call_script(struct shards *shards, const struct slot_target *target, size_t script,
                      const struct slice *keys, size_t nkeys, const struct slice *args,
                      size_t nargs, reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
