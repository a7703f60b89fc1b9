/*
 * A command that may hold its connection for long: a count by columns, or a VERIFY. It has a
 * connection to its shard for itself, so no other command waits behind it. Closing that connection
 * ends it.
 *
 *     long_call_start(shards, shard, args, 2, on_reply, count, &call, &err)
 *     on_reply(count, reply, NULL)      or      long_call_cancel(call)
 *
 * Connections are kept for later calls. If a shard has as many as allowed, calls wait for a
 * connection, in their order.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LONG_CALL_H
#define QUIPU_EXECUTOR_SHARDS_LONG_CALL_H

#include "executor/shards/reply_collect.h"

struct shards;
struct long_call;

/*
 * The command is copied. fn is called once, later, unless the call is cancelled first. The only
 * time limit is the caller's. If the shard is not connected, or is refused, fails with SHARDDOWN,
 * and fn is not called.
 */
bool long_call_start(struct shards *shards, size_t shard, const struct slice *args, size_t nargs,
                     reply_fn *fn, void *arg, struct long_call **out,
                     struct error *err) QUIPU_MUST_CHECK;
/*
 * fn is not called any more. The shard notices the closed connection: a count that runs there ends.
 */
void long_call_cancel(struct long_call *call);

/*
 * For the end of the shards: closes the connections. Calls under way end with SHARDDOWN, from
 * inside this call. Call it before session_free_all.
 */
void long_call_end_all(struct shards *shards);

#endif
