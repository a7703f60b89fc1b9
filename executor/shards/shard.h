/*
 * One shard: a Redis server, and a few pipelined connections to it (lanes), each kept up by a link.
 *
 *     LANE_ROWS     scripts and reads of rows          greeting: scripts loaded, and the owner's
 *     LANE_COUNTS   counts, statistics, admin
 *     LANE_PLAIN    clients' own commands, RESP2
 *     LANE_RESP3    clients' own commands, RESP3       greeting: HELLO 3
 *     LANE_SCRIPTS, LANE_SCRIPTS3    clients' scripts  greeting: the shard's user is made for them
 *
 * So a row command waits for the scripts that run, not for those that are queued. Each client gets
 * replies in its own protocol. Within a lane, calls run in their order. The code above may ask more
 * in the greeting (struct shards_owner), and may refuse a shard by its answers.
 *
 * A shard that reads its data into memory refuses a part of the greeting (LOADING). It is not
 * ready. It is asked for its progress, and connected to as soon as it is done.
 */
#ifndef QUIPU_EXECUTOR_SHARDS_SHARD_H
#define QUIPU_EXECUTOR_SHARDS_SHARD_H

#include "executor/shards/eviction.h"
#include "executor/shards/link.h"
#include "executor/shards/loading.h"
#include "executor/shards/reply_collect.h"
#include "executor/shards/shards_setup.h"

struct shards;
struct shard;

enum shard_lane {
    LANE_ROWS,
    LANE_COUNTS,
    LANE_PLAIN,
    LANE_RESP3,
    LANE_SCRIPTS, /* these two are not used where one shard has all keys */
    LANE_SCRIPTS3
};
enum { NLANES = 6 };

/* The shards are borrowed; the address is copied. Starts to connect. */
struct shard *shard_new(struct shards *shards, const struct shard_address *address, size_t index);
/* Calls under way end with SHARDDOWN, from inside this call. */
void shard_free(struct shard *shard);

/*
 * True if all lanes are up and greeted. Otherwise why is SHARDDOWN, LOADING, or ERR (the owner
 * refuses the shard).
 */
bool shard_is_ready(const struct shard *shard, struct error *why);
/*
 * The lane's link, for callers that send their own bytes. NULL, with why, if it is not ready. A
 * shard that does not let Quipu make a user has no lanes for scripts: ERR.
 */
struct link *shard_link(struct shard *shard, enum shard_lane lane, struct error *why);
/*
 * The same for a lane for scripts, after its user was given these keys (script_keys_print). The
 * command for that is sent unless it was the last one. For another lane, with empty keys, the same
 * as shard_link.
 */
struct link *shard_link_confined(struct shard *shard, enum shard_lane lane, struct slice keys,
                                 struct error *why);
/* The settings with which its lanes connect. Borrowed for the shard's life. */
struct link_settings shard_link_settings(const struct shard *shard);
/* Called every LINK_TICK_MS. */
void shard_tick(struct shard *shard, int64_t now_ms);
/* "unix:/path" or "host:port". */
const char *shard_name(const struct shard *shard);
/* "shard 1 (host:port)". */
const char *shard_title(const struct shard *shard);
struct shard_status {
    const char *name;             /* shard_name's */
    const char *server, *version; /* as the shard says itself: "valkey", "9.1.2"; "" before that */
    bool connected;
    char last_error[128]; /* empty while connected */
};
struct shard_status shard_status(const struct shard *shard);
/*
 * False, with why (ERR), if the shard may evict any key when its memory is full. Nothing can be
 * counted by sets then. The shard was asked at most a second ago.
 */
bool shard_keeps_keys(const struct shard *shard, struct error *why);
/* NULL: the shard does not load. Borrowed. */
const struct loading *shard_loading(const struct shard *shard);

size_t shard_index(const struct shard *shard);
/* For a shard that no longer owns a slot: closes its connections. Its calls end with SHARDDOWN. */
void shard_retire(struct shard *shard);
/* Connects a retired shard again. */
void shard_revive(struct shard *shard);
bool shard_is_retired(const struct shard *shard);
/* True if a call has waited for late_ms. */
bool shard_is_late(const struct shard *shard, int64_t now_ms, int64_t late_ms);

/*
 * Call only from inside the owner's greet. Sends a command whose reply must not be an error. check,
 * unless it is NULL, checks the reply. If it returns false, with err, the shard is refused: it is
 * connected to again, and if err is ERR, the shard's users get that error until a greeting
 * succeeds.
 */
typedef bool shard_greeting_fn(struct shard *shard, const struct resp_value *reply,
                               struct error *err);
void shard_greeting_send(struct shard *shard, const struct slice *args, size_t nargs,
                         shard_greeting_fn *check);
/* Connects again, so that the greeting finds out what is wrong with the shard. */
void shard_greet_again(struct shard *shard);
/* True once after the shard has come up. For commands that a new shard must be sent. */
bool shard_take_arrival(struct shard *shard);

#endif
