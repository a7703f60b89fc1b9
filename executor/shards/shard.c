/*
 * A shard is one Redis server: this opens its connections (lanes), greets it on each, and watches
 * whether it loads its data or evicts keys. in: an address; out: links that are ready, or why not.
 */
#include "executor/shards/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "executor/shards/command_table.h"
#include "executor/shards/login.h"
#include "executor/shards/script_user.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/shards_parts.h"

struct lane {
    struct shard *shard;
    enum shard_lane which;
    struct link *link;
    size_t greetings;        /* greetings without an answer */
    struct script_user user; /* of scripts: the user that this connection is logged in as */
    struct strbuf confine;   /* of scripts: the keys that they may use, as last sent */
};

struct shard {
    struct shards *shards;
    struct shard_address address;
    char name[160];  /* for people */
    char title[200]; /* for errors: "shard 1 (name)" */
    size_t index;
    size_t nlanes;
    struct lane lanes[NLANES];
    char server[32], version[32]; /* what the shard says it is: "valkey", "9.1.2"; "": nothing
                                     yet */
    bool was_ready;               /* the owner was told that it is ready */
    bool is_new;                  /* it has come up since the last shard_take_arrival */
    struct error refused;         /* set: why its owner refuses it; connecting again may help */
    bool is_retired;
    struct loading loading;
    struct eviction eviction;
    bool is_asked_memory;
    int64_t asked_memory_ms;
    bool is_asked_progress;
    int64_t asked_progress_ms;
    struct error no_scripts; /* set: why the shard has no user for scripts */
};

enum {
    MEMORY_MS = 1000,  /* how often a shard is asked whether it evicts keys */
    PROGRESS_MS = 200, /* how often a shard that loads is asked how far it is */
    SILENCE_MS = 10000 /* a shard that has been silent for so long is down */
};

/* ---- Loading ---- */

static void
loading_heard(struct shard *shard)
{
    shard->loading.heard_ms = now_ms();
    if (!shard->loading.since_ms) {
        shard->loading.since_ms = shard->loading.heard_ms;
        log_write(shard->shards->setup.log, LOG_NOTICE, "%s is loading its data", shard->title);
    }
}

static void
loading_forget(struct shard *shard)
{
    shard->loading = (struct loading){0};
}

/* While a shard reads one large value it says nothing at all. */
static bool
is_busy_loading(const struct shard *shard, const char *why)
{
    return shard->loading.since_ms && strcmp(why, LINK_SILENT) == 0 &&
           now_ms() - shard->loading.heard_ms < SILENCE_MS;
}

static void
on_progress(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct shard *shard = arg;
    shard->is_asked_progress = false;
    if (err || reply->type != VALUE_STRING || !shard->loading.since_ms) {
        return;
    }
    if (loading_read(&shard->loading, reply->text)) {
        loading_heard(shard);
        return;
    }
    for (size_t i = 0; i < shard->nlanes && !shard->is_retired; i++) {
        link_hurry(shard->lanes[i].link); /* it has loaded its data */
    }
}

/* Asks for progress, in the lane whose greeting a loading shard answers. */
static void
loading_tick(struct shard *shard, int64_t now)
{
    static const struct slice ARGS[] = {SLICE_LIT("INFO"), SLICE_LIT("persistence")};
    struct link *link = shard->lanes[LANE_PLAIN].link;
    if (shard->loading.since_ms && !shard->is_asked_progress && link_is_ready(link) &&
        now - shard->asked_progress_ms >= PROGRESS_MS) {
        shard->is_asked_progress = true;
        shard->asked_progress_ms = now;
        link_send(link, ARGS, 2, reply_collect,
                  reply_collector_new(shard->name, on_progress, shard));
    }
}

const struct loading *
shard_loading(const struct shard *shard)
{
    return shard->loading.since_ms && !shard->is_retired ? &shard->loading : NULL;
}

/* ---- Eviction ---- */

static const struct slice MEMORY_ARGS[] = {SLICE_LIT("INFO"), SLICE_LIT("memory"),
                                           SLICE_LIT("stats")};

static bool
is_eviction_minded(const struct shard *shard)
{
    const struct shards_setup *setup = &shard->shards->setup;
    return setup->owner->minds_eviction(setup->owner_arg);
}

static void
eviction_heard(struct shard *shard, struct slice info)
{
    struct eviction before = shard->eviction;
    struct error why = {"", ""};
    const struct log *log = shard->shards->setup.log;
    if (!eviction_read(&shard->eviction, info) || !is_eviction_minded(shard)) {
        return;
    }
    if (shard->eviction.evicts && !before.evicts) {
        eviction_error(&shard->eviction, shard->title, &why);
        log_write(log, LOG_WARNING, "%s", why.message);
    } else if (before.evicts && !shard->eviction.evicts) {
        log_write(log, LOG_NOTICE, "%s evicts no more", shard->title);
    }
    if (shard->eviction.has_lost && !before.has_lost) {
        log_write(log, LOG_WARNING,
                  "%s has evicted keys: rows may be lost, and counts by sets wrong until DATASET "
                  "REPAIR has made the index agree with what is left",
                  shard->title);
    }
}

static void
on_memory(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct shard *shard = arg;
    shard->is_asked_memory = false;
    if (!err && reply->type == VALUE_STRING) {
        eviction_heard(shard, reply->text);
    }
}

/* CONFIG SET may change it at any time. */
static void
eviction_tick(struct shard *shard, int64_t now)
{
    struct link *link = shard->lanes[LANE_COUNTS].link;
    if (!shard->is_asked_memory && now - shard->asked_memory_ms >= MEMORY_MS &&
        link_is_ready(link) && is_eviction_minded(shard)) {
        shard->is_asked_memory = true;
        shard->asked_memory_ms = now;
        link_send(link, MEMORY_ARGS, 3, reply_collect,
                  reply_collector_new(shard->name, on_memory, shard));
    }
}

bool
shard_keeps_keys(const struct shard *shard, struct error *why)
{
    if (shard->eviction.evicts && !shard->is_retired) {
        eviction_error(&shard->eviction, shard->title, why);
        return false;
    }
    return true;
}

/* ---- Greeting ---- */

bool
shard_take_arrival(struct shard *shard)
{
    bool is_new = shard->is_new && shard->was_ready;
    shard->is_new = shard->is_new && !is_new;
    return is_new;
}

/* Requests that wait may point into the old table, so it is kept. This is done only once. */
static void
commands_take(struct shards *shards, struct command_table *table)
{
    bool is_more =
        !shards->commands || command_table_count(table) > command_table_count(shards->commands);
    if (!is_more || shards->old_commands) {
        command_table_free(table);
        return;
    }
    shards->old_commands = shards->commands;
    shards->commands = table;
}

static void
greeting_answered(struct lane *lane)
{
    if (--lane->greetings > 0) {
        return;
    }
    struct shard *shard = lane->shard;
    const struct shards_setup *setup = &shard->shards->setup;
    link_greeted(lane->link);
    if (lane->which == LANE_ROWS) {
        error_clear(&shard->refused);
    }
    struct error why = {"", ""};
    if (!shard->was_ready && shard_is_ready(shard, &why)) {
        shard->was_ready = true;
        shard->is_new = true;
        shard->shards->epoch++;
        setup->owner->on_up(setup->owner_arg, shard);
        loading_forget(shard);
        log_write(setup->log, LOG_NOTICE, "%s: connected", shard->title);
    }
}

static void
greeting_send(struct lane *lane, const struct slice *args, size_t nargs, reply_fn *fn)
{
    lane->greetings++;
    link_send(lane->link, args, nargs, reply_collect,
              reply_collector_new(lane->shard->name, fn, lane));
}

/* The answer to a greeting; it must not be an error. */
static void
on_greeting(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    if (err) {
        return; /* the connection is gone: its link says why */
    }
    if (reply->type == VALUE_ERROR) {
        char why[128];
        snprintf(why, sizeof why, "%.*s", SLICE_ARG(reply->text));
        link_fail(lane->link, why);
        return;
    }
    greeting_answered(lane);
}

/* A greeting that the owner sends. */
struct greeting {
    struct lane *lane;
    shard_greeting_fn *check; /* or NULL */
};

static void
on_owners_greeting(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct greeting *greeting = arg;
    struct lane *lane = greeting->lane;
    shard_greeting_fn *check = greeting->check;
    struct error refused = {"", ""};
    free(greeting);
    if (!err && reply->type != VALUE_ERROR && check && !check(lane->shard, reply, &refused)) {
        if (strcmp(refused.code, "ERR") == 0) {
            lane->shard->refused = refused;
        }
        link_fail(lane->link, refused.message);
        return;
    }
    on_greeting(lane, reply, err);
}

void
shard_greeting_send(struct shard *shard, const struct slice *args, size_t nargs,
                    shard_greeting_fn *check)
{
    struct lane *lane = &shard->lanes[LANE_ROWS];
    struct greeting *greeting = must_alloc(sizeof *greeting);
    *greeting = (struct greeting){lane, check};
    lane->greetings++;
    link_send(lane->link, args, nargs, reply_collect,
              reply_collector_new(shard->name, on_owners_greeting, greeting));
}

/*
 * The answer does not decide the greeting: INFO may be forbidden, and an operator may know better.
 */
static void
on_greeting_memory(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    if (err) {
        return;
    }
    if (reply->type == VALUE_STRING) {
        eviction_heard(lane->shard, reply->text);
    }
    greeting_answered(lane);
}

/* Every shard that comes up is asked: its version may be newer, or it may have another module. */
static void
on_commands(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    struct shards *shards = lane->shard->shards;
    struct command_table *table;
    struct error own = {"", ""};
    if (err) {
        return;
    }
    if (reply->type != VALUE_ERROR) {
        if (!command_table_new(reply, &table, &own)) {
            link_fail(lane->link, own.message);
            return;
        }
        commands_take(shards, table);
    }
    on_greeting(arg, reply, err);
}

/* Copies a name as one word of a line: other bytes become '?'. */
static void
word_keep(char *to, size_t size, struct slice text)
{
    size_t len = text.len < size ? text.len : size - 1;
    for (size_t i = 0; i < len; i++) {
        char c = text.ptr[i];
        to[i] = (char) (c > ' ' && c < 127 && c != ',' && c != '=' ? c : '?');
    }
    to[len] = '\0';
}

/* Reads "server" "redis" "version" "7.0.15" "proto" 3 ... */
static void
on_hello(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    struct shard *shard = lane->shard;
    for (size_t i = 0; !err && reply->type == VALUE_ARRAY && i + 1 < reply->nelements; i += 2) {
        const struct resp_value *name = &reply->elements[i], *value = &reply->elements[i + 1];
        if (name->type != VALUE_STRING || value->type != VALUE_STRING) {
            continue;
        }
        if (slice_equal(name->text, slice_lit("server"))) {
            word_keep(shard->server, sizeof shard->server, value->text);
        } else if (slice_equal(name->text, slice_lit("version"))) {
            word_keep(shard->version, sizeof shard->version, value->text);
        }
    }
    on_greeting(arg, reply, err);
}

static void
greet_rows(struct lane *lane)
{
    const struct shards_setup *setup = &lane->shard->shards->setup;
    for (size_t i = 0; i < setup->nscripts; i++) {
        struct slice args[] = {slice_lit("SCRIPT"), slice_lit("LOAD"), setup->scripts[i].text};
        greeting_send(lane, args, 3, on_greeting);
    }
    greeting_send(lane, MEMORY_ARGS, 3, on_greeting_memory);
    setup->owner->greet(setup->owner_arg, lane->shard);
}

/* -- greeting: the user that scripts run as -- */

/*
 * If the login fails, this lane must not be used, and the shard counts as one without script users.
 */
static void
on_script_user(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    struct shard *shard = lane->shard;
    if (err) {
        return;
    }
    if (reply->type != VALUE_STATUS && !error_is_set(&shard->no_scripts)) {
        bool is_error = reply->type == VALUE_ERROR;
        error_set(&shard->no_scripts, "ERR",
                  "scripts run as a user of their own where there are several shards, and %s does "
                  "not let Quipu make one: %.*s",
                  shard->title, is_error ? (int) reply->text.len : 0, reply->text.ptr);
        log_write(shard->shards->setup.log, LOG_WARNING, "%s", shard->no_scripts.message);
    }
    greeting_answered(lane);
}

/*
 * Deletes the user of the previous connection first. If the shard has not seen the end of that
 * connection, this ends it: commands still on their way there are not carried out behind our backs.
 */
static void
login_as_script_user(struct lane *lane)
{
    struct shards *shards = lane->shard->shards;
    if (lane->user.name[0]) {
        struct slice forget[] = {slice_lit("ACL"), slice_lit("DELUSER"),
                                 slice_str(lane->user.name)};
        link_send(lane->link, forget, 3, NULL, NULL);
    }
    lane->user = script_user_of(shards->script_server, (unsigned) shards->last_script_user++);
    const struct script_user *user = &lane->user;
    struct arena *arena = arena_new();
    struct slice make[SCRIPT_USER_WORDS];
    size_t nmake = script_user_make(user, arena, make);
    struct slice auth[LOGIN_WORDS];
    login_script_words(user, auth);
    greeting_send(lane, make, nmake, on_script_user);
    greeting_send(lane, auth, LOGIN_WORDS, on_script_user);
    if (lane->which == LANE_SCRIPTS3) {
        struct slice hello[] = {slice_lit("HELLO"), slice_lit("3")};
        greeting_send(lane, hello, 2, on_greeting);
    }
    arena_free(arena);
}

enum { MOST_LEFTOVERS = 128 };

/* Script users of servers that are gone. */
struct leftovers {
    struct lane *lane;
    struct arena *arena;
    struct slice words[MOST_LEFTOVERS + 2];
    size_t nwords;
};

static void
on_connections(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct leftovers *left = arg;
    struct lane *lane = left->lane;
    size_t n = 2;
    for (size_t i = 2; !err && reply->type == VALUE_STRING && i < left->nwords; i++) {
        if (!script_user_is_connected(reply->text, left->words[i])) {
            left->words[n++] = left->words[i];
        }
    }
    if (n > 2) {
        link_send(lane->link, left->words, n, NULL, NULL);
    }
    arena_free(left->arena);
    free(left);
    if (!err) {
        login_as_script_user(lane);
        greeting_answered(lane);
    }
}

static void
on_users(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    if (err) {
        return;
    }
    struct leftovers *left = must_alloc(sizeof *left);
    struct slice list[] = {slice_lit("CLIENT"), slice_lit("LIST")};
    *left = (struct leftovers){
        .lane = lane, .arena = arena_new(), .words = {SLICE_LIT("ACL"), SLICE_LIT("DELUSER")}};
    left->nwords = 2 + script_users_among(reply, lane->shard->shards->script_server, left->arena,
                                          left->words + 2, MOST_LEFTOVERS);
    if (left->nwords > 2 && lane->which == LANE_SCRIPTS) {
        lane->greetings++;
        link_send(lane->link, list, 2, reply_collect,
                  reply_collector_new(lane->shard->name, on_connections, left));
    } else {
        arena_free(left->arena);
        free(left);
        login_as_script_user(lane);
    }
    greeting_answered(lane);
}

static void
greet_scripts(struct lane *lane)
{
    struct slice users[] = {slice_lit("ACL"), slice_lit("USERS")};
    strbuf_clear(&lane->confine);
    error_clear(&lane->shard->no_scripts);
    greeting_send(lane, users, 2, on_users);
}

static void
greet_by_use(struct lane *lane)
{
    switch (lane->which) {
    case LANE_ROWS: greet_rows(lane); break;
    case LANE_RESP3: {
        struct slice hello[] = {slice_lit("HELLO"), slice_lit("3")};
        greeting_send(lane, hello, 2, on_hello);
        break;
    }
    case LANE_PLAIN: {
        struct slice command[] = {slice_lit("COMMAND")};
        greeting_send(lane, command, 1, on_commands);
        break;
    }
    case LANE_COUNTS: {
        struct slice ping[] = {slice_lit("PING")};
        greeting_send(lane, ping, 1, on_greeting);
        break;
    }
    case LANE_SCRIPTS:
    case LANE_SCRIPTS3: greet_scripts(lane); break;
    }
}

/*
 * The rest is sent only after the login: a shard closes the connection of a client that is not
 * logged in and sends long scripts, and its answer about the password would be lost.
 */
static void
on_login(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    if (!err && reply->type != VALUE_ERROR) {
        greet_by_use(lane);
    }
    on_greeting(arg, reply, err);
}

static void
greet(void *arg, struct link *link)
{
    struct lane *lane = arg;
    struct slice auth[LOGIN_WORDS];
    size_t nauth = login_words(lane->shard->shards->setup.settings, auth);
    (void) link;
    lane->greetings = 0;
    if (nauth) {
        greeting_send(lane, auth, nauth, on_login);
    } else {
        greet_by_use(lane);
    }
}

static void
on_down(void *arg, struct link *link, const char *why)
{
    struct lane *lane = arg;
    struct shard *shard = lane->shard;
    (void) link;
    log_write(shard->shards->setup.log, shard->was_ready ? LOG_WARNING : LOG_VERBOSE, "%s: %s",
              shard->title, why);
    shard->was_ready = false;
    if (reply_says_loading(slice_str(why))) {
        loading_heard(shard);
    } else if (!is_busy_loading(shard, why)) {
        loading_forget(shard);
    }
}

static const struct link_owner LANE_OWNER = {greet, NULL, on_down, NULL};

/* ---- Its life ---- */

struct link_settings
shard_link_settings(const struct shard *shard)
{
    const struct shards *shards = shard->shards;
    return (struct link_settings){
        .loop = shards->setup.loop,
        .address = {shard->address.unix_path, shard->address.host, shard->address.port},
        .tls = shard->address.unix_path ? NULL : shards->setup.settings->tls,
        .name = shard->title,
        .timeout_ms = &shards->setup.settings->timeout_ms,
    };
}

static size_t
count_lanes(const struct shards *shards)
{
    bool is_one = shards->nshards == 1 && !shards->setup.is_cluster;
    return is_one ? (size_t) LANE_SCRIPTS : (size_t) NLANES;
}

static void
shard_connect(struct shard *shard)
{
    const struct link_settings settings = shard_link_settings(shard);
    for (size_t i = 0; i < shard->nlanes; i++) {
        struct lane *lane = &shard->lanes[i];
        lane->shard = shard;
        lane->which = (enum shard_lane) i;
        strbuf_fini(&lane->confine);
        strbuf_init(&lane->confine);
        lane->link = link_new(&settings, &LANE_OWNER, lane);
    }
}

struct shard *
shard_new(struct shards *shards, const struct shard_address *address, size_t index)
{
    struct shard *shard = must_alloc(sizeof *shard);
    shard->shards = shards;
    shard->index = index;
    shard->nlanes = count_lanes(shards);
    if (address->unix_path) {
        shard->address.unix_path = must_copy(slice_str(address->unix_path));
        snprintf(shard->name, sizeof shard->name, "unix:%s", address->unix_path);
    } else {
        shard->address.host = must_copy(slice_str(address->host));
        shard->address.port = address->port;
        snprintf(shard->name, sizeof shard->name, "%s:%d", address->host, address->port);
    }
    snprintf(shard->title, sizeof shard->title, "shard %zu (%s)", index, shard->name);
    shard_connect(shard);
    return shard;
}

void
shard_free(struct shard *shard)
{
    if (!shard) {
        return;
    }
    for (size_t i = 0; i < shard->nlanes; i++) {
        link_free(shard->lanes[i].link);
    }
    for (size_t i = 0; i < shard->nlanes; i++) {
        strbuf_fini(&shard->lanes[i].confine);
    }
    free(shard->address.unix_path);
    free(shard->address.host);
    free(shard);
}

void
shard_retire(struct shard *shard)
{
    shard->is_retired = true;
    shard->was_ready = false;
    for (size_t i = 0; i < shard->nlanes; i++) {
        struct link *link = shard->lanes[i].link;
        shard->lanes[i].link = NULL;
        link_free(link);
    }
}

void
shard_revive(struct shard *shard)
{
    if (shard->is_retired) {
        shard->is_retired = false;
        shard_connect(shard);
    }
}

bool
shard_is_retired(const struct shard *shard)
{
    return shard->is_retired;
}

size_t
shard_index(const struct shard *shard)
{
    return shard->index;
}

bool
shard_is_late(const struct shard *shard, int64_t now, int64_t late_ms)
{
    for (size_t i = 0; i < shard->nlanes && !shard->is_retired; i++) {
        if (link_is_late(shard->lanes[i].link, now, late_ms)) {
            return true;
        }
    }
    return false;
}

void
shard_tick(struct shard *shard, int64_t now)
{
    for (size_t i = 0; i < shard->nlanes && !shard->is_retired; i++) {
        link_tick(shard->lanes[i].link, now);
    }
    if (!shard->is_retired) {
        loading_tick(shard, now);
        eviction_tick(shard, now);
    }
}

static bool
lane_is_ready(const struct shard *shard, enum shard_lane lane, struct error *why)
{
    if (shard->is_retired) {
        return error_set(why, "SHARDDOWN", "%s: it owns nothing any more", shard->title);
    }
    bool is_scripts = lane == LANE_SCRIPTS || lane == LANE_SCRIPTS3;
    if (is_scripts && error_is_set(&shard->no_scripts)) {
        *why = shard->no_scripts;
        return false;
    }
    if (link_is_ready(shard->lanes[lane].link)) {
        return true;
    }
    if (error_is_set(&shard->refused)) {
        *why = shard->refused;
    } else if (shard->loading.since_ms) {
        loading_error(&shard->loading, shard->title, why);
    } else {
        link_why(shard->lanes[lane].link, why);
    }
    return false;
}

bool
shard_is_ready(const struct shard *shard, struct error *why)
{
    for (size_t i = 0; i < shard->nlanes; i++) {
        bool is_needed = i < LANE_SCRIPTS || !error_is_set(&shard->no_scripts);
        if (is_needed && !lane_is_ready(shard, (enum shard_lane) i, why)) {
            return false;
        }
    }
    return true;
}

struct link *
shard_link(struct shard *shard, enum shard_lane lane, struct error *why)
{
    /*
     * The owner may refuse the shard in the rows' lane: before that, nothing else may be sent to
     * it.
     */
    if (!lane_is_ready(shard, LANE_ROWS, why) || !lane_is_ready(shard, lane, why)) {
        return NULL;
    }
    return shard->lanes[lane].link;
}

struct link *
shard_link_confined(struct shard *shard, enum shard_lane lane, struct slice keys, struct error *why)
{
    struct link *link = shard_link(shard, lane, why);
    struct strbuf *last = &shard->lanes[lane].confine;
    if (link && keys.len && !slice_equal(strbuf_slice(last), keys)) {
        struct strbuf command;
        strbuf_init(&command);
        script_user_confine(&shard->lanes[lane].user, keys, &command);
        link_send_bytes(link, strbuf_slice(&command), NULL, NULL);
        strbuf_fini(&command);
        strbuf_clear(last);
        strbuf_append(last, keys);
    }
    return link;
}

const char *
shard_name(const struct shard *shard)
{
    return shard->name;
}

const char *
shard_title(const struct shard *shard)
{
    return shard->title;
}

struct shard_status
shard_status(const struct shard *shard)
{
    struct error why = {"", ""};
    struct shard_status status = {.name = shard->name,
                                  .server = shard->server,
                                  .version = shard->version,
                                  .connected = shard_is_ready(shard, &why)};
    bool looks = !status.connected && !shard->is_retired;
    for (size_t i = 0; i < shard->nlanes && looks && !status.last_error[0]; i++) {
        snprintf(status.last_error, sizeof status.last_error, "%s",
                 link_last_error(shard->lanes[i].link));
    }
    return status;
}

void
shard_greet_again(struct shard *shard)
{
    struct link *link = shard->lanes[LANE_ROWS].link;
    if (link_is_ready(link)) {
        link_fail(link, "its layout is to be checked again");
    }
}
