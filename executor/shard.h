/*
 * One shard: two pipelined connections to a Redis server, kept up for as long as the shard lives.
 *
 *     DOWN --timer--> CONNECTING --both lanes up--> GREETING --all answered--> READY
 *      ^                  |                            |                         |
 *      +---- backoff -----+------- error, LOADING -----+------ connection lost --+
 *
 * Greeting: the scripts are loaded and the layout is checked (`quipu:layout:<dataset>` in the shard
 * says which shard of how many it is). Calls are taken in READY alone; when the connection is lost
 * every call under way ends with SHARDDOWN.
 *
 * Rows and counts have a lane (a connection) each, so that a row command waits for the scripts that
 * run, not for those that are queued. Within a lane, calls run in their order.
 */
#ifndef QUIPU_EXECUTOR_SHARD_H
#define QUIPU_EXECUTOR_SHARD_H

#include "executor/executor.h"
#include "executor/script.h"

struct redisReply;
struct shard;

enum shard_lane { LANE_ROWS, LANE_COUNTS };
enum { NLANES = 2 };

/*
 * Exactly one of reply and err is not NULL. An error reply of Redis' own is a reply. Both are gone
 * when it returns.
 */
typedef void shard_reply_fn(void *arg, const struct redisReply *reply, const struct error *err);

/* base, catalog, log are borrowed; the address is copied. Starts to connect. */
struct shard *shard_new(struct event_base *base, const struct catalog *catalog,
                        const struct log *log, const struct shard_address *address, size_t index,
                        size_t nshards);
/* Calls under way end with SHARDDOWN, from inside this call. */
void shard_free(struct shard *shard);

bool shard_is_ready(const struct shard *shard, struct error *why);
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
