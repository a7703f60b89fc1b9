/*
 * A command that may hold its connection for long: a count by columns, a VERIFY. It has a
 * connection to its shard for itself, so that nothing stands behind it, and is ended by closing
 * that.
 *
 *     long_call_start(shards, shard, args, 2, on_reply, count, &call, &err)
 *     on_reply(count, reply, NULL)      or      long_call_cancel(call)
 *
 * Connections are kept for the next ones. Where a shard has as many as it may have, calls wait for
 * one in their order.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LONG_CALL_H
#define QUIPU_EXECUTOR_SHARDS_LONG_CALL_H

#include "executor/shards/reply_collect.h"

struct shards;
struct long_call;

/*
 * The command is copied; fn is called once, later, unless the call is cancelled first. There is no
 * time limit but the caller's. Fails with SHARDDOWN, and fn is not called, where the shard is not
 * connected, or is refused.
 */
bool long_call_start(struct shards *shards, size_t shard, const struct slice *args, size_t nargs,
                     reply_fn *fn, void *arg, struct long_call **out,
                     struct error *err) QUIPU_MUST_CHECK;
/* fn is not called any more. The shard hears of it: a count that runs there ends. */
void long_call_cancel(struct long_call *call);

/*
 * The shards' end: connections are closed. Calls under way end with SHARDDOWN, from inside this
 * call. Before session_free_all.
 */
void long_call_end_all(struct shards *shards);

#endif
