/*
 * Shard: its lanes, what each is greeted with, and calls whose replies are wanted as trees.
 * in: commands as slices; out: replies, or SHARDDOWN with what was last heard.
 */
#include "executor/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "base/strbuf.h"
#include "executor/column_index.h"
#include "executor/command_table.h"
#include "executor/definitions.h"
#include "executor/internal.h"
#include "executor/shard_reply.h"

struct lane {
    struct shard *shard;
    enum shard_lane which;
    struct link *link;
    size_t greetings;        /* still to be answered */
    struct script_user user; /* of scripts: whom this connection is logged in as */
    struct strbuf confine;   /* of scripts: the keys that they may use, as was said last */
};

struct shard {
    struct executor *executor;
    struct shard_address address;
    char name[160];  /* for people */
    char title[200]; /* for errors: "shard 1 (name)" */
    size_t index;
    size_t nlanes;
    struct lane lanes[NLANES];
    char server[32], version[32]; /* what it says it is: "valkey", "9.1.2"; "": nothing yet */
    bool was_ready;               /* it was told */
    bool is_to_be_told;           /* which datasets there are */
    struct error misplaced; /* set: it holds data of another layout; connecting again may mend it */
    bool is_retired;
    struct loading loading;
    struct eviction eviction;
    bool is_asked_memory;
    int64_t asked_memory_ms;
    bool is_asked_progress;
    int64_t asked_progress_ms;
    struct error no_scripts; /* set: why it has no user for them */
};

enum {
    MEMORY_MS = 1000,  /* how often one is asked whether it evicts keys */
    PROGRESS_MS = 200, /* how often a shard that loads is asked how far it is */
    SILENCE_MS = 10000 /* one that has said nothing for so long is down */
};

/* ---- Loading ---- */

static void
loading_heard(struct shard *shard)
{
    shard->loading.heard_ms = now_ms();
    if (!shard->loading.since_ms) {
        shard->loading.since_ms = shard->loading.heard_ms;
        log_write(shard->executor->log, LOG_NOTICE, "%s is loading its data", shard->title);
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
        link_hurry(shard->lanes[i].link); /* it is through */
    }
}

/* The lane whose greeting a shard that loads answers. */
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
has_sets(const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        if (!dataset_is_columns(catalog_at(catalog, i))) {
            return true;
        }
    }
    return false;
}

static void
eviction_heard(struct shard *shard, struct slice info)
{
    struct eviction before = shard->eviction;
    struct error why = {"", ""};
    const struct log *log = shard->executor->log;
    if (!eviction_read(&shard->eviction, info) || !has_sets(shard->executor->catalog)) {
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
        link_is_ready(link) && has_sets(shard->executor->catalog)) {
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

void
shard_tell_all(struct executor *executor)
{
    for (size_t i = 0; i < executor->nshards; i++) {
        struct shard *shard = executor->shards[i];
        if (shard->is_to_be_told && shard->was_ready) {
            shard->is_to_be_told = false;
            column_index_tell(executor, i);
        }
    }
}

static void
on_fresh(void *arg, const struct error *err)
{
    if (!err) {
        shard_tell_all(arg);
    }
}

static void
greeting_answered(struct lane *lane)
{
    if (--lane->greetings > 0) {
        return;
    }
    struct shard *shard = lane->shard;
    link_greeted(lane->link);
    if (lane->which == LANE_ROWS) {
        error_clear(&shard->misplaced);
    }
    struct error why = {"", ""};
    if (!shard->was_ready && shard_is_ready(shard, &why)) {
        shard->was_ready = true;
        shard->is_to_be_told = true;
        /* The catalog may be old, if this server was cut off: it is read before. */
        if (definitions_are_known(shard->executor->definitions, &why)) {
            definitions_refresh(shard->executor, on_fresh, shard->executor);
        }
        loading_forget(shard);
        log_write(shard->executor->log, LOG_NOTICE, "%s: connected", shard->title);
    }
}

static void
greeting_send(struct lane *lane, const struct slice *args, size_t nargs, reply_fn *fn)
{
    lane->greetings++;
    link_send(lane->link, args, nargs, reply_collect,
              reply_collector_new(lane->shard->name, fn, lane));
}

/* One that must not be an error. */
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

/* {what was noted, or nil; what was told} */
static bool
is_layout(const struct resp_value *reply)
{
    return reply->type == VALUE_ARRAY && reply->nelements == 2 &&
           (reply->elements[0].type == VALUE_STRING || reply->elements[0].type == VALUE_NIL) &&
           reply->elements[1].type == VALUE_STRING &&
           slice_starts_with(reply->elements[1].text, slice_lit("shard "));
}

/* The shard's own note of its place: nil when it had none, what it says must be what we say. */
static bool
layout_agrees(const struct shard *shard, const struct resp_value *reply, struct error *err)
{
    if (!is_layout(reply) || reply->elements[0].type == VALUE_NIL) {
        return true;
    }
    struct slice had = reply->elements[0].text, want = reply->elements[1].text;
    return slice_equal(had, want) ||
           error_set(err, "ERR",
                     "%s holds the rows of %.*s, the configuration makes it %.*s: rows would be "
                     "lost from sight",
                     shard->title, SLICE_ARG(had), SLICE_ARG(want));
}

static void
on_layout(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    struct shard *shard = lane->shard;
    struct error differs = {"", ""};
    if (!err && !is_layout(reply) && reply->type != VALUE_ERROR) {
        link_fail(lane->link, "it answers what was not asked");
        return;
    }
    if (!err && !layout_agrees(shard, reply, &differs)) {
        shard->misplaced = differs;
        link_fail(lane->link, shard->misplaced.message);
        return;
    }
    on_greeting(arg, reply, err);
}

/* Not part of the greeting's outcome: INFO may be forbidden, and an operator may know better. */
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

/* Asked of every shard that comes up: it may be of a newer version, or have a module more. */
static void
on_commands(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct lane *lane = arg;
    struct executor *executor = lane->shard->executor;
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
        executor_take_commands(executor, table);
    }
    on_greeting(arg, reply, err);
}

/* Kept as one word of a line: other bytes become '?'. */
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

/* "server" "redis" "version" "7.0.15" "proto" 3 ... */
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

enum { LAYOUT_WORDS = 5, MOST_LEFTOVERS = 128 };

/* Written where it is not there; answers what was and what should be. */
static void
layout_command(struct arena *arena, const struct shard *shard, const struct dataset *dataset,
               struct slice args[LAYOUT_WORDS])
{
    args[0] = slice_lit("EVAL");
    args[1] = slice_lit("local had = redis.call('GET', KEYS[1]) "
                        "if not had then redis.call('SET', KEYS[1], ARGV[1]) end "
                        "return {had, ARGV[1]}");
    args[2] = slice_lit("1");
    args[3] = arena_printf(arena, "quipu:layout:%.*s", SLICE_ARG(dataset->name));
    args[4] =
        arena_printf(arena, "shard %zu of %zu for dataset %.*s in %u partitions", shard->index,
                     shard->executor->nshards, SLICE_ARG(dataset->name), dataset->npartitions);
}

static void
layout_send(struct lane *lane, const struct dataset *dataset, reply_fn *fn)
{
    struct arena *arena = arena_new();
    struct slice args[LAYOUT_WORDS];
    layout_command(arena, lane->shard, dataset, args);
    if (fn) {
        greeting_send(lane, args, LAYOUT_WORDS, fn);
    } else {
        link_send(lane->link, args, LAYOUT_WORDS, NULL, NULL);
    }
    arena_free(arena);
}

void
shard_write_layout(struct shard *shard)
{
    struct lane *lane = &shard->lanes[LANE_ROWS];
    const struct catalog *catalog = shard->executor->catalog;
    bool has_layout = !shard->executor->is_cluster && link_is_ready(lane->link);
    for (size_t i = 0; has_layout && i < catalog_count(catalog); i++) {
        layout_send(lane, catalog_at(catalog, i), NULL);
    }
}

static void
greet_rows(struct lane *lane)
{
    const struct executor *executor = lane->shard->executor;
    const struct catalog *catalog = executor->catalog;
    for (int i = 0; i < NSCRIPTS; i++) {
        struct slice args[] = {slice_lit("SCRIPT"), slice_lit("LOAD"), executor->scripts[i]};
        greeting_send(lane, args, 3, on_greeting);
    }
    greeting_send(lane, MEMORY_ARGS, 3, on_greeting_memory);
    /* Before the catalog has been read it holds what is only wished for. */
    bool is_due = !executor->is_cluster && definitions_are_read(executor->definitions);
    for (size_t i = 0; i < catalog_count(catalog) && is_due; i++) {
        if (catalog_at(catalog, i)->state != DATASET_DROPPING) {
            layout_send(lane, catalog_at(catalog, i), on_layout);
        }
    }
}

/* -- greeting: the user that scripts run as -- */

/* A lane that is not logged in as that user must not be used, and the shard is one without it. */
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
        log_write(shard->executor->log, LOG_WARNING, "%s", shard->no_scripts.message);
    }
    greeting_answered(lane);
}

/*
 * The user of the connection before this one goes first, and that connection with it, if the shard
 * has not seen its end yet: what was still on its way there is not carried out behind our backs.
 */
static void
login_as_script_user(struct lane *lane)
{
    struct executor *executor = lane->shard->executor;
    if (lane->user.name[0]) {
        struct slice forget[] = {slice_lit("ACL"), slice_lit("DELUSER"),
                                 slice_str(lane->user.name)};
        link_send(lane->link, forget, 3, NULL, NULL);
    }
    lane->user = script_user_of(executor->script_server, (unsigned) executor->last_script_user++);
    const struct script_user *user = &lane->user;
    struct arena *arena = arena_new();
    struct slice make[SCRIPT_USER_WORDS];
    size_t nmake = script_user_make(user, arena, make);
    struct slice auth[] = {slice_lit("AUTH"), slice_str(user->name), slice_str(user->password)};
    greeting_send(lane, make, nmake, on_script_user);
    greeting_send(lane, auth, 3, on_script_user);
    if (lane->which == LANE_SCRIPTS3) {
        struct slice hello[] = {slice_lit("HELLO"), slice_lit("3")};
        greeting_send(lane, hello, 2, on_greeting);
    }
    arena_free(arena);
}

/* The users of servers that were here and are not any more. */
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
    left->nwords = 2 + script_users_among(reply, lane->shard->executor->script_server, left->arena,
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

/* Only then the rest: a shard ends the connection of a stranger that sends it long scripts, and
 * what it had to say about the password would be lost. */
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
    const struct executor_settings *settings = lane->shard->executor->settings;
    (void) link;
    lane->greetings = 0;
    if (!settings->shard_password || !settings->shard_password[0]) {
        greet_by_use(lane);
        return;
    }
    bool has_user = settings->shard_user && settings->shard_user[0];
    struct slice auth[] = {slice_lit("AUTH"), slice_str(settings->shard_user),
                           slice_str(settings->shard_password)};
    struct slice plain[] = {auth[0], auth[2]};
    greeting_send(lane, has_user ? auth : plain, has_user ? 3 : 2, on_login);
}

static void
on_down(void *arg, struct link *link, const char *why)
{
    struct lane *lane = arg;
    struct shard *shard = lane->shard;
    (void) link;
    log_write(shard->executor->log, shard->was_ready ? LOG_WARNING : LOG_VERBOSE, "%s: %s",
              shard->title, why);
    shard->was_ready = false;
    if (loading_is_said(slice_str(why))) {
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
    const struct executor *executor = shard->executor;
    return (struct link_settings){
        .loop = executor->loop,
        .address = {shard->address.unix_path, shard->address.host, shard->address.port},
        .tls = shard->address.unix_path ? NULL : executor->settings->shard_tls,
        .name = shard->title,
        .timeout_ms = &executor->settings->shard_timeout_ms,
    };
}

static size_t
count_lanes(const struct executor *executor)
{
    bool is_one = executor->nshards == 1 && !executor->is_cluster;
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
shard_new(struct executor *executor, const struct shard_address *address, size_t index)
{
    struct shard *shard = must_alloc(sizeof *shard);
    shard->executor = executor;
    shard->index = index;
    shard->nlanes = count_lanes(executor);
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
    if (error_is_set(&shard->misplaced)) {
        *why = shard->misplaced;
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
    /* The rows' lane checks the layout: before that nothing may be said to a shard. */
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

/* ---- Layouts ---- */

struct layout_check {
    struct shard *shard;
    bool forgets; /* DEL answers a number */
    shard_checked_fn *fn;
    void *arg;
};

static void
on_layout_answer(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct layout_check *check = arg;
    struct error own = {"", ""};
    if (!err && reply->type == VALUE_ERROR) {
        error_set(&own, "SHARDDOWN", "%s: %.*s", check->shard->title, SLICE_ARG(reply->text));
        err = &own;
    } else if (!err && (check->forgets ? reply->type != VALUE_INTEGER : !is_layout(reply))) {
        (void) reply_misshapen(check->shard->name, check->forgets ? "DEL" : "a script", &own);
        err = &own;
    } else if (!err && !layout_agrees(check->shard, reply, &own)) {
        err = &own;
    }
    check->fn(check->arg, err);
    free(check);
}

static bool
layout_call(struct shard *shard, const struct slice *args, size_t nargs, bool forgets,
            shard_checked_fn *fn, void *arg, struct error *err)
{
    struct link *link = shard_link(shard, LANE_ROWS, err);
    if (!link) {
        return false;
    }
    struct layout_check *check = must_alloc(sizeof *check);
    *check = (struct layout_check){shard, forgets, fn, arg};
    link_send(link, args, nargs, reply_collect,
              reply_collector_new(shard->name, on_layout_answer, check));
    return true;
}

bool
shard_check_layout(struct shard *shard, const struct dataset *dataset, shard_checked_fn *fn,
                   void *arg, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice args[LAYOUT_WORDS];
    layout_command(arena, shard, dataset, args);
    bool sent = layout_call(shard, args, LAYOUT_WORDS, false, fn, arg, err);
    arena_free(arena);
    return sent;
}

bool
shard_forget_layout(struct shard *shard, const struct dataset *dataset, shard_checked_fn *fn,
                    void *arg, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice args[] = {slice_lit("DEL"),
                           arena_printf(arena, "quipu:layout:%.*s", SLICE_ARG(dataset->name))};
    bool sent = layout_call(shard, args, 2, true, fn, arg, err);
    arena_free(arena);
    return sent;
}

void
shard_greet_again(struct shard *shard)
{
    struct link *link = shard->lanes[LANE_ROWS].link;
    if (link_is_ready(link)) {
        link_fail(link, "its layout is to be checked again");
    }
}
