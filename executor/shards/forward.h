/*
 * Clients' own commands, passed on to the shard that owns their key, and their replies passed back
 * as the bytes they are.
 *
 *     struct forward_options options = {key_slot(key), resp3, true};
 *     forward_start(shards, &options, args, nargs, on_piece, request, &err)
 */
#ifndef QUIPU_EXECUTOR_SHARDS_FORWARD_H
#define QUIPU_EXECUTOR_SHARDS_FORWARD_H

#include "executor/shards/link.h"
#include "executor/shards/script_user.h"

struct shards;

struct forward_options {
    unsigned slot;
    bool is_anywhere; /* it has no key: any shard will do */
    bool resp3;
    bool is_readonly;   /* it may be asked twice where a connection is lost */
    struct slice bytes; /* the command as it is sent, where that is at hand; else ptr NULL */
    const struct script_keys
        *keys; /* of a script: those that it may use; NULL: it is none, or all */
};

/*
 * Sends a command to the owner of a slot. fn as in executor/shards/link.h. Fails with SHARDDOWN, and fn is
 * not called, where nothing was sent.
 */
bool forward_start(struct shards *shards, const struct forward_options *options,
                   const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
                   struct error *err) QUIPU_MUST_CHECK;
/* The same, to a shard by its number. */
bool forward_to_shard(struct shards *shards, size_t shard, bool resp3, const struct slice *args,
                      size_t nargs, link_reply_fn *fn, void *arg,
                      struct error *err) QUIPU_MUST_CHECK;
/* The link to a shard, for several commands in one piece. NULL: SHARDDOWN. */
struct link *forward_link(struct shards *shards, size_t shard, bool resp3, struct error *err);
/* The same, for a transaction with scripts in it, which may use these keys. */
struct link *forward_script_link(struct shards *shards, size_t shard, bool resp3,
                                 const struct script_keys *keys, struct error *err);
/* The same, in RESP2, ahead of what waits behind a command of a client's: SCRIPT KILL. */
bool forward_past_others(struct shards *shards, size_t shard, const struct slice *args,
                         size_t nargs, link_reply_fn *fn, void *arg,
                         struct error *err) QUIPU_MUST_CHECK;
/* The same, to one shard or another. */
bool forward_to_any(struct shards *shards, bool resp3, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
