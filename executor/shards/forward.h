/*
 * Passes clients' own commands to the shard that owns their key, and passes the replies back byte
 * for byte.
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
    bool is_anywhere; /* the command has no key: any shard will do */
    bool resp3;
    bool is_readonly;   /* it may be sent twice if a connection is lost */
    struct slice bytes; /* the command's bytes, if they are at hand; else ptr is NULL */
    const struct script_keys
        *keys; /* the keys that a script may use; NULL: no script, or it may use all keys */
};

/*
 * Sends a command to the owner of a slot. For fn see executor/shards/link.h. If nothing could be
 * sent, fails with SHARDDOWN, and fn is not called.
 */
bool forward_start(struct shards *shards, const struct forward_options *options,
                   const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
                   struct error *err) QUIPU_MUST_CHECK;
/* The same, to a shard by its number. */
bool forward_to_shard(struct shards *shards, size_t shard, bool resp3, const struct slice *args,
                      size_t nargs, link_reply_fn *fn, void *arg,
                      struct error *err) QUIPU_MUST_CHECK;
/* The link to a shard, for sending several commands in one piece. NULL: err is SHARDDOWN. */
struct link *forward_link(struct shards *shards, size_t shard, bool resp3, struct error *err);
/* The same, for a transaction whose scripts may use these keys. */
struct link *forward_script_link(struct shards *shards, size_t shard, bool resp3,
                                 const struct script_keys *keys, struct error *err);
/*
 * Sends a command in RESP2, ahead of commands that wait behind a client's command. For SCRIPT KILL.
 */
bool forward_past_others(struct shards *shards, size_t shard, const struct slice *args,
                         size_t nargs, link_reply_fn *fn, void *arg,
                         struct error *err) QUIPU_MUST_CHECK;
/* Sends a command to any one of the shards. */
bool forward_to_any(struct shards *shards, bool resp3, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
