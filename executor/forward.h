/*
 * Clients' own commands, passed on to the shard that owns their key, and their replies passed back
 * as the bytes they are.
 *
 *     struct forward_options options = {key_slot(key), resp3, true};
 *     forward_start(executor, &options, args, nargs, on_piece, request, &err)
 */
#ifndef QUIPU_EXECUTOR_FORWARD_H
#define QUIPU_EXECUTOR_FORWARD_H

#include "base/slot.h"
#include "executor/command_table.h"
#include "executor/executor.h"
#include "executor/link.h"
#include "executor/script_user.h"

/* What the shards say of their commands; NULL before the first of them was reached. */
const struct command_table *executor_commands(const struct executor *executor);
/* The shard that owns a slot now. */
size_t executor_shard_of_slot(const struct executor *executor, unsigned slot);
/* One shard, always the same as long as it is there: the number of none where none is known. */
size_t executor_any_shard(const struct executor *executor);
/*
 * True where keys of several slots can be in one command: there is one shard, and it is no
 * cluster's.
 */
bool executor_is_cluster(const struct executor *executor);
bool executor_is_one_keyspace(const struct executor *executor);

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
 * Sends a command to the owner of a slot. fn as in executor/link.h. Fails with SHARDDOWN, and fn is
 * not called, where nothing was sent.
 */
bool forward_start(struct executor *executor, const struct forward_options *options,
                   const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
                   struct error *err) QUIPU_MUST_CHECK;
/* The same, to a shard by its number. */
bool forward_to_shard(struct executor *executor, size_t shard, bool resp3, const struct slice *args,
                      size_t nargs, link_reply_fn *fn, void *arg,
                      struct error *err) QUIPU_MUST_CHECK;
/* The link to a shard, for several commands in one piece. NULL: SHARDDOWN. */
struct link *forward_link(struct executor *executor, size_t shard, bool resp3, struct error *err);
/* The same, for a transaction with scripts in it, which may use these keys. */
struct link *forward_script_link(struct executor *executor, size_t shard, bool resp3,
                                 const struct script_keys *keys, struct error *err);
/* The same, in RESP2, ahead of what waits behind a command of a client's: SCRIPT KILL. */
bool forward_past_others(struct executor *executor, size_t shard, const struct slice *args,
                         size_t nargs, link_reply_fn *fn, void *arg,
                         struct error *err) QUIPU_MUST_CHECK;
/* The same, to one shard or another. */
bool forward_to_any(struct executor *executor, bool resp3, const struct slice *args, size_t nargs,
                    link_reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;

#endif
