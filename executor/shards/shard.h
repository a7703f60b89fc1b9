/*
 * One shard: a Redis server, and a few pipelined connections to it (lanes), each kept up by a link.
 *
 *     LANE_ROWS     scripts and reads of rows          greeting: scripts loaded, and the owner's
 *     LANE_COUNTS   counts, statistics, admin
 *     LANE_PLAIN    clients' own commands, RESP2
 *     LANE_RESP3    clients' own commands, RESP3       greeting: HELLO 3
 *     LANE_SCRIPTS, LANE_SCRIPTS3    clients' scripts  greeting: the shard's user is made for them
 *
 * So a row command waits for the scripts that run, not for those that are queued, and replies of
 * either protocol reach those who speak it. Within a lane, calls run in their order. What stands
 * above may ask more in the greeting (struct shards_owner), and refuse a shard by what it answers.
 *
 * A shard that reads its data into memory refuses part of the greeting (LOADING). It is not ready,
 * but is asked how far it is, and connected to as soon as it is through.
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
    LANE_SCRIPTS, /* these two: none where all keys are one shard's */
    LANE_SCRIPTS3
};
enum { NLANES = 6 };

/* The shards are borrowed; the address is copied. Starts to connect. */
struct shard *shard_new(struct shards *shards, const struct shard_address *address, size_t index);
/* Calls under way end with SHARDDOWN, from inside this call. */
void shard_free(struct shard *shard);

/* All lanes are up and greeted. Else why: SHARDDOWN; LOADING; or ERR where the owner refuses it.
 */
bool shard_is_ready(const struct shard *shard, struct error *why);
/*
 * The lane's link, for who sends bytes of its own; NULL and why where it is not ready. A shard that
 * does not let Quipu make a user has no lanes for scripts: ERR.
 */
struct link *shard_link(struct shard *shard, enum shard_lane lane, struct error *why);
/*
 * The same of a lane for scripts, whose user has been told that these are the keys it may use
 * (script_keys_print); that is sent unless it was said last. Of another lane, where keys is empty,
 * as above.
 */
struct link *shard_link_confined(struct shard *shard, enum shard_lane lane, struct slice keys,
                                 struct error *why);
/* As its lanes are connected. Borrowed for the shard's life. */
struct link_settings shard_link_settings(const struct shard *shard);
/* Called every LINK_TICK_MS. */
void shard_tick(struct shard *shard, int64_t now_ms);
/* "unix:/path" or "host:port". */
const char *shard_name(const struct shard *shard);
/* "shard 1 (host:port)". */
const char *shard_title(const struct shard *shard);
struct shard_status {
    const char *name;             /* shard_name's */
    const char *server, *version; /* what it said it is: "valkey", "9.1.2"; "" before it has */
    bool connected;
    char last_error[128]; /* empty while connected */
};
struct shard_status shard_status(const struct shard *shard);
/* False, and why (ERR), where it evicts any key when its memory is full, as was heard a second ago
 * at most: then nothing can be counted by sets. */
bool shard_keeps_keys(const struct shard *shard, struct error *why);
/* NULL: it does not load. Borrowed. */
const struct loading *shard_loading(const struct shard *shard);

size_t shard_index(const struct shard *shard);
/* It owns nothing any more: its connections are closed, its calls end with SHARDDOWN. */
void shard_retire(struct shard *shard);
/* It connects again. */
void shard_revive(struct shard *shard);
bool shard_is_retired(const struct shard *shard);
/* A call has waited for so long. */
bool shard_is_late(const struct shard *shard, int64_t now_ms, int64_t late_ms);

/*
 * Only from inside the owner's greet: a command whose reply must not be an error. check, unless it
 * is NULL, holds the reply against what it must be. False, with err, refuses the shard: it is
 * connected to again, and where err is ERR that is said of it until a greeting is content.
 */
typedef bool shard_greeting_fn(struct shard *shard, const struct resp_value *reply,
                               struct error *err);
void shard_greeting_send(struct shard *shard, const struct slice *args, size_t nargs,
                         shard_greeting_fn *check);
/* Connects anew: the greeting says what is wrong with it. */
void shard_greet_again(struct shard *shard);
/* True once after the shard has come up: for what it is to be told then. */
bool shard_take_arrival(struct shard *shard);

#endif
