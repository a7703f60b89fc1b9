/*
 * One shard: a Redis server, and a few pipelined connections to it (lanes), each kept up by a link.
 *
 *     LANE_ROWS     scripts and reads of rows          greeting: scripts loaded, layout checked
 *     LANE_COUNTS   counts, statistics, admin
 *     LANE_PLAIN    clients' own commands, RESP2
 *     LANE_RESP3    clients' own commands, RESP3       greeting: HELLO 3
 *
 * So a row command waits for the scripts that run, not for those that are queued, and replies of
 * either protocol reach those who speak it. Within a lane, calls run in their order. The layout:
 * `quipu:layout:<dataset>` in the shard says which shard of how many it is; a shard of another
 * layout is refused.
 */
#ifndef QUIPU_EXECUTOR_SHARD_H
#define QUIPU_EXECUTOR_SHARD_H

#include "executor/executor.h"
#include "executor/link.h"
#include "executor/script.h"
#include "net/resp_value.h"

struct executor;
struct shard;

enum shard_lane { LANE_ROWS, LANE_COUNTS, LANE_PLAIN, LANE_RESP3 };
enum { NLANES = 4 };

/*
 * Exactly one of reply and err is not NULL. An error reply of Redis' own is a reply. Both are gone
 * when it returns.
 */
typedef void shard_reply_fn(void *arg, const struct resp_value *reply, const struct error *err);

/* The executor is borrowed; the address is copied. Starts to connect. */
struct shard *shard_new(struct executor *executor, const struct shard_address *address,
                        size_t index);
/* Calls under way end with SHARDDOWN, from inside this call. */
void shard_free(struct shard *shard);

/* All lanes are up and greeted. Else why: SHARDDOWN, or ERR where it is of another layout. */
bool shard_is_ready(const struct shard *shard, struct error *why);
/* The lane's link, for who sends bytes of its own; NULL and why where it is not ready. */
struct link *shard_link(struct shard *shard, enum shard_lane lane, struct error *why);
/* Notes the shard's place in it again, where it is gone. */
void shard_write_layout(struct shard *shard);
/* Called every LINK_TICK_MS. */
void shard_tick(struct shard *shard, int64_t now_ms);
/* "unix:/path" or "host:port". */
const char *shard_name(const struct shard *shard);
struct shard_status shard_status(const struct shard *shard);

/*
 * Sends a command; the arguments are copied. Fails with SHARDDOWN, and fn is not called, where the
 * shard is not ready. Else fn is called once, later.
 */
bool shard_call(struct shard *shard, enum shard_lane lane, const struct slice *args, size_t nargs,
                shard_reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* The same for EVALSHA of a script; a shard that has lost it is given it again. */
bool shard_call_script(struct shard *shard, enum shard_lane lane, enum script script,
                       const struct slice *keys, size_t nkeys, const struct slice *args,
                       size_t nargs, shard_reply_fn *fn, void *arg,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
