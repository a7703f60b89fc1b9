/*
 * Shard: connecting, greeting, calling, losing the connection, connecting again (states in
 * shard.h). in: commands as slices; out: replies, or SHARDDOWN with what was last heard.
 *
 * hiredis ends a connection by calling every waiting callback with a NULL reply and then the
 * disconnect callback; both only record what happened and move the state machine (advance).
 */
#include "executor/shard.h"

#include <event2/event.h>
#include <hiredis/adapters/libevent.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"

enum shard_state { SHARD_DOWN, SHARD_CONNECTING, SHARD_GREETING, SHARD_READY, SHARD_CLOSING };

enum { FIRST_BACKOFF_MS = 20, LONGEST_BACKOFF_MS = 1000 };

struct lane {
    struct shard *shard;
    redisAsyncContext *redis; /* NULL: no connection */
    bool connected;
};

struct shard {
    struct event_base *base;
    const struct catalog *catalog;
    const struct log *log;
    struct shard_address address;
    char name[160];
    size_t index, nshards;
    enum shard_state state;
    struct lane lanes[NLANES];
    struct event *retry;
    int backoff_ms;
    size_t greetings; /* still to be answered */
    char last_error[128];
    struct error misplaced; /* set: it holds data of another layout; connecting again may mend it */
    char shas[NSCRIPTS][SCRIPT_SHA_BYTES];
};

/* A call under way; scripts keep their command, to be sent again after NOSCRIPT. */
struct call {
    struct shard *shard;
    enum shard_lane lane;
    shard_reply_fn *fn;
    void *arg;
    char *command;
    int command_len;
};

static void
set_down(struct error *err, const struct shard *shard)
{
    if (error_is_set(&shard->misplaced)) {
        *err = shard->misplaced;
        return;
    }
    error_set(err, "SHARDDOWN", "shard %zu (%s): %s", shard->index, shard->name,
              shard->last_error[0] ? shard->last_error : "not connected");
}

static void
note_error(struct shard *shard, const char *what)
{
    snprintf(shard->last_error, sizeof shard->last_error, "%s", what);
}

/* ---- Connecting ---- */

static void
close_lanes(struct shard *shard)
{
    for (int i = 0; i < NLANES; i++) {
        redisAsyncContext *redis = shard->lanes[i].redis;
        shard->lanes[i].redis = NULL;
        shard->lanes[i].connected = false;
        if (redis) {
            redisAsyncFree(redis);
        }
    }
}

/* Whatever was wrong: back to DOWN, and again after the backoff. */
static void
go_down(struct shard *shard, const char *why)
{
    if (shard->state == SHARD_CLOSING || shard->state == SHARD_DOWN) {
        return;
    }
    enum log_level level = shard->state == SHARD_READY ? LOG_WARNING : LOG_VERBOSE;
    log_write(shard->log, level, "shard %zu (%s): %s", shard->index, shard->name, why);
    shard->state = SHARD_DOWN;
    note_error(shard, why);
    close_lanes(shard);
    struct timeval wait = {shard->backoff_ms / 1000, shard->backoff_ms % 1000 * 1000};
    evtimer_add(shard->retry, &wait);
    if (shard->backoff_ms < LONGEST_BACKOFF_MS) {
        shard->backoff_ms *= 2;
    }
}

static void
on_greeting(redisAsyncContext *redis, void *reply_ptr, void *arg)
{
    (void) redis;
    struct shard *shard = arg;
    const redisReply *reply = reply_ptr;
    if (!reply || shard->state != SHARD_GREETING) {
        return; /* the connection is gone: on_disconnect says why */
    }
    if (reply->type == REDIS_REPLY_ERROR) {
        go_down(shard, reply->str);
        return;
    }
    if (--shard->greetings == 0) {
        shard->state = SHARD_READY;
        shard->backoff_ms = FIRST_BACKOFF_MS;
        shard->last_error[0] = '\0';
        error_clear(&shard->misplaced);
        log_write(shard->log, LOG_NOTICE, "shard %zu (%s): connected", shard->index, shard->name);
    }
}

/* The shard's own note of its place: nil when it had none, what it says must be what we say. */
static void
on_layout(redisAsyncContext *redis, void *reply_ptr, void *arg)
{
    struct shard *shard = arg;
    const redisReply *reply = reply_ptr;
    if (reply && reply->type == REDIS_REPLY_ARRAY && shard->state == SHARD_GREETING) {
        const redisReply *had = reply->element[0], *want = reply->element[1];
        if (had->type == REDIS_REPLY_STRING && strcmp(had->str, want->str) != 0) {
            error_clear(&shard->misplaced);
            error_set(
                &shard->misplaced, "ERR",
                "shard %zu (%s) holds the rows of %s, the configuration makes it %s: rows would "
                "be lost from sight",
                shard->index, shard->name, had->str, want->str);
            go_down(shard, shard->misplaced.message);
            return;
        }
    }
    on_greeting(redis, reply_ptr, arg);
}

/* Not part of the greeting's outcome: CONFIG may be forbidden, and an operator may know better. */
static void
on_eviction_policy(redisAsyncContext *redis, void *reply_ptr, void *arg)
{
    (void) redis;
    struct shard *shard = arg;
    const redisReply *reply = reply_ptr;
    if (reply && reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
        reply->element[1]->type == REDIS_REPLY_STRING &&
        strncmp(reply->element[1]->str, "allkeys-", 8) == 0) {
        log_write(shard->log, LOG_WARNING,
                  "shard %zu (%s): maxmemory-policy %s may evict rows or their index, and counts "
                  "would be wrong: set noeviction or volatile-ttl",
                  shard->index, shard->name, reply->element[1]->str);
    }
}

static void
greet(struct shard *shard)
{
    redisAsyncContext *redis = shard->lanes[LANE_ROWS].redis;
    shard->state = SHARD_GREETING;
    shard->greetings = NSCRIPTS + catalog_count(shard->catalog);
    for (int i = 0; i < NSCRIPTS; i++) {
        struct slice text = script_text((enum script) i);
        redisAsyncCommand(redis, on_greeting, shard, "SCRIPT LOAD %b", text.ptr, text.len);
    }
    redisAsyncCommand(redis, on_eviction_policy, shard, "CONFIG GET maxmemory-policy");
    for (size_t i = 0; i < catalog_count(shard->catalog); i++) {
        const struct dataset *dataset = catalog_at(shard->catalog, i);
        char key[256], layout[320];
        snprintf(key, sizeof key, "quipu:layout:%.*s", SLICE_ARG(dataset->name));
        snprintf(layout, sizeof layout, "shard %zu of %zu for dataset %.*s in %u partitions",
                 shard->index, shard->nshards, SLICE_ARG(dataset->name), dataset->npartitions);
        redisAsyncCommand(redis, on_layout, shard, "EVAL %s 1 %s %s",
                          "local had = redis.call('GET', KEYS[1]) "
                          "if not had then redis.call('SET', KEYS[1], ARGV[1]) end "
                          "return {had, ARGV[1]}",
                          key, layout);
    }
}

static void
on_connect(const redisAsyncContext *redis, int status)
{
    struct lane *lane = redis->data;
    struct shard *shard = lane->shard;
    if (lane->redis != redis) {
        return;
    }
    if (status != REDIS_OK) {
        /* hiredis frees the context when this returns. */
        lane->redis = NULL;
        go_down(shard, redis->errstr);
        return;
    }
    lane->connected = true;
    for (int i = 0; i < NLANES; i++) {
        if (!shard->lanes[i].connected) {
            return;
        }
    }
    greet(shard);
}

static void
on_disconnect(const redisAsyncContext *redis, int status)
{
    (void) status;
    struct lane *lane = redis->data;
    if (lane->redis != redis) {
        return; /* closed by us */
    }
    lane->redis = NULL;
    lane->connected = false;
    go_down(lane->shard, redis->err ? redis->errstr : "connection closed");
}

static void
on_retry(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct shard *shard = arg;
    shard->state = SHARD_CONNECTING;
    for (int i = 0; i < NLANES; i++) {
        redisAsyncContext *redis =
            shard->address.unix_path ? redisAsyncConnectUnix(shard->address.unix_path)
                                     : redisAsyncConnect(shard->address.host, shard->address.port);
        if (!redis || redis->err) {
            char why[sizeof shard->last_error];
            snprintf(why, sizeof why, "%s", redis ? redis->errstr : "out of memory");
            if (redis) {
                redisAsyncFree(redis);
            }
            go_down(shard, why);
            return;
        }
        struct lane *lane = &shard->lanes[i];
        lane->redis = redis;
        lane->connected = false;
        redis->data = lane;
        redisLibeventAttach(redis, shard->base);
        redisAsyncSetConnectCallback(redis, on_connect);
        redisAsyncSetDisconnectCallback(redis, on_disconnect);
    }
}

struct shard *
shard_new(struct event_base *base, const struct catalog *catalog, const struct log *log,
          const struct shard_address *address, size_t index, size_t nshards)
{
    struct shard *shard = calloc(1, sizeof *shard);
    if (!shard) {
        abort();
    }
    shard->base = base;
    shard->catalog = catalog;
    shard->log = log;
    shard->index = index;
    shard->nshards = nshards;
    shard->backoff_ms = FIRST_BACKOFF_MS;
    if (address->unix_path) {
        shard->address.unix_path = strdup(address->unix_path);
        snprintf(shard->name, sizeof shard->name, "unix:%s", address->unix_path);
    } else {
        shard->address.host = strdup(address->host);
        shard->address.port = address->port;
        snprintf(shard->name, sizeof shard->name, "%s:%d", address->host, address->port);
    }
    for (int i = 0; i < NSCRIPTS; i++) {
        script_sha((enum script) i, shard->shas[i]);
    }
    for (int i = 0; i < NLANES; i++) {
        shard->lanes[i].shard = shard;
    }
    shard->retry = evtimer_new(base, on_retry, shard);
    struct timeval now = {0, 0};
    evtimer_add(shard->retry, &now);
    return shard;
}

void
shard_free(struct shard *shard)
{
    if (!shard) {
        return;
    }
    shard->state = SHARD_CLOSING;
    note_error(shard, "the server is shutting down");
    close_lanes(shard);
    event_free(shard->retry);
    free(shard->address.unix_path);
    free(shard->address.host);
    free(shard);
}

bool
shard_is_ready(const struct shard *shard, struct error *why)
{
    if (shard->state == SHARD_READY) {
        return true;
    }
    set_down(why, shard);
    return false;
}

const char *
shard_name(const struct shard *shard)
{
    return shard->name;
}

struct shard_status
shard_status(const struct shard *shard)
{
    struct shard_status status = {shard->name, shard->state == SHARD_READY, ""};
    if (!status.connected) {
        snprintf(status.last_error, sizeof status.last_error, "%s", shard->last_error);
    }
    return status;
}

/* ---- Calling ---- */

static void
call_free(struct call *call)
{
    redisFreeCommand(call->command);
    free(call);
}

static void on_reply(redisAsyncContext *redis, void *reply_ptr, void *arg);

/* Nothing has run: the scripts are loaded on the same lane, and the command goes behind them. */
static bool
send_again(struct call *call)
{
    redisAsyncContext *redis = call->shard->lanes[call->lane].redis;
    if (call->shard->state != SHARD_READY || !redis) {
        return false;
    }
    for (int i = 0; i < NSCRIPTS; i++) {
        struct slice text = script_text((enum script) i);
        redisAsyncCommand(redis, NULL, NULL, "SCRIPT LOAD %b", text.ptr, text.len);
    }
    return redisAsyncFormattedCommand(redis, on_reply, call, call->command,
                                      (size_t) call->command_len) == REDIS_OK;
}

static void
on_reply(redisAsyncContext *redis, void *reply_ptr, void *arg)
{
    struct call *call = arg;
    const redisReply *reply = reply_ptr;
    if (!reply) {
        struct error err = {"", ""};
        if (redis->err && redis->errstr) {
            note_error(call->shard, redis->errstr);
        }
        set_down(&err, call->shard);
        call->fn(call->arg, NULL, &err);
        call_free(call);
        return;
    }
    if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "NOSCRIPT", 8) == 0 &&
        send_again(call)) {
        return;
    }
    call->fn(call->arg, reply, NULL);
    call_free(call);
}

static bool
send_command(struct shard *shard, enum shard_lane lane, const char **argv, const size_t *lens,
             size_t argc, shard_reply_fn *fn, void *arg, struct error *err)
{
    struct call *call = malloc(sizeof *call);
    if (!call) {
        abort();
    }
    *call = (struct call){shard, lane, fn, arg, NULL, 0};
    call->command_len = redisFormatCommandArgv(&call->command, (int) argc, argv, lens);
    if (call->command_len < 0 ||
        redisAsyncFormattedCommand(shard->lanes[lane].redis, on_reply, call, call->command,
                                   (size_t) call->command_len) != REDIS_OK) {
        call_free(call);
        return error_set(err, "SHARDDOWN", "shard %zu (%s): the connection is closing",
                         shard->index, shard->name);
    }
    return true;
}

bool
shard_call(struct shard *shard, enum shard_lane lane, const struct slice *args, size_t nargs,
           shard_reply_fn *fn, void *arg, struct error *err)
{
    return shard_call_script(shard, lane, (enum script) NSCRIPTS, NULL, 0, args, nargs, fn, arg,
                             err);
}

bool
shard_call_script(struct shard *shard, enum shard_lane lane, enum script script,
                  const struct slice *keys, size_t nkeys, const struct slice *args, size_t nargs,
                  shard_reply_fn *fn, void *arg, struct error *err)
{
    if (!shard_is_ready(shard, err)) {
        return false;
    }
    const char **argv = calloc(nkeys + nargs + 3, sizeof *argv);
    size_t *lens = calloc(nkeys + nargs + 3, sizeof *lens);
    if (!argv || !lens) {
        abort();
    }
    size_t argc = 0;
    char count[24];
    if (script != (enum script) NSCRIPTS) {
        snprintf(count, sizeof count, "%zu", nkeys);
        const char *head[] = {"EVALSHA", shard->shas[script], count};
        for (; argc < 3; argc++) {
            argv[argc] = head[argc];
            lens[argc] = strlen(head[argc]);
        }
    }
    for (size_t i = 0; i < nkeys + nargs; i++, argc++) {
        struct slice s = i < nkeys ? keys[i] : args[i - nkeys];
        argv[argc] = s.ptr;
        lens[argc] = s.len;
    }
    bool sent = send_command(shard, lane, argv, lens, argc, fn, arg, err);
    free(argv);
    free(lens);
    return sent;
}
