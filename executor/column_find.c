/*
 * Asks the shards' modules for the names of rows. in: a prepared ROWS; out: rows, added to those that
 * were found.
 *
 *     ASKING --last shard has told all--> done          each shard: QUIPU.FIND 0, QUIPU.FIND 8192, ...
 *        ^  \__ slots move, a shard is lost (cluster)
 *        |__________________ after a moment _/
 *
 * Each answer shows rows as they are at its moment, and a row keeps its id. So each row is looked at
 * once, as it is at some moment of the query.
 */
#include "executor/column_find.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/must.h"
#include "executor/column_slots.h"
#include "executor/executor_parts.h"
#include "executor/found_rows.h"
#include "executor/prepared.h"
#include "executor/shards/long_call.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/topology.h"
#include "net/resp_value.h"
#include "planner/catalog_text.h"

enum { FIRST_WAIT_MS = 5, LONGEST_WAIT_MS = 100 };

/* One shard's part of an attempt. */
struct part {
    struct column_find *find;
    size_t shard;
    struct long_call *call; /* NULL: all is told, or it was not asked */
    struct slice slots;     /* that it serves; ptr NULL: it has not answered yet */
};

struct column_find {
    struct executor *executor;
    struct prepared *prepared;
    struct found_rows *found;
    struct slice readings; /* how fields are read, for the shards; empty: as they are */
    struct arena *own;     /* readings */
    struct arena *attempt; /* parts */
    struct part *parts;
    size_t nparts, nrunning;
    struct event *again;
    int wait_ms;
    struct error why; /* of the last attempt */
    column_find_done_fn *done;
    void *arg;
};

/* ---- The end ---- */

static void
attempt_drop(struct column_find *find)
{
    for (size_t i = 0; i < find->nparts; i++) {
        if (find->parts[i].call) {
            long_call_cancel(find->parts[i].call);
        }
    }
    find->nparts = find->nrunning = 0;
    if (find->attempt) {
        arena_free(find->attempt);
        find->attempt = NULL;
    }
}

void
column_find_cancel(struct column_find *find)
{
    attempt_drop(find);
    event_free(find->again);
    arena_free(find->own);
    free(find);
}

static void
finish(struct column_find *find, const struct error *err)
{
    column_find_done_fn *done = find->done;
    void *arg = find->arg;
    struct error told = err ? *err : (struct error){"", ""};
    column_find_cancel(find);
    done(arg, err ? &told : NULL);
}

static void
try_again(struct column_find *find, const struct error *why)
{
    struct timeval wait = {0, find->wait_ms * 1000};
    find->why = *why;
    attempt_drop(find);
    found_rows_clear(find->found);
    evtimer_add(find->again, &wait);
    if (find->wait_ms < LONGEST_WAIT_MS) {
        find->wait_ms *= 2;
    }
}

/* Nodes of a cluster come and go, and slots move: then the attempt is repeated. */
static void
fail(struct column_find *find, const struct error *err)
{
    struct error own = *err;
    struct shards *shards = find->executor->shards;
    bool is_loading = strcmp(own.code, "LOADING") == 0;
    if (shards_is_cluster(shards) &&
        (is_loading ? !topology_loads_somewhere(shards) : strcmp(own.code, "SHARDDOWN") == 0)) {
        topology_refresh_soon(shards);
        try_again(find, &own);
    } else {
        finish(find, &own);
    }
}

/* ---- Answers ---- */

/* Whether all slots were served from the first answers to the last ones, each by one shard. */
static bool
slots_are_whole(struct column_find *find, struct error *err)
{
    if (!shards_is_cluster(find->executor->shards)) {
        return true;
    }
    struct column_slots *slots = arena_array(find->attempt, find->nparts, sizeof *slots);
    struct moving_slot *moving;
    size_t nmoving;
    for (size_t i = 0; i < find->nparts; i++) {
        const struct part *part = &find->parts[i];
        slots[i] = (struct column_slots){
            .shard = part->shard,
            .name = shard_name(shards_at(find->executor->shards, part->shard)),
            .counted = part->slots};
    }
    return column_slots_check(find->attempt, slots, find->nparts, &moving, &nmoving, err);
}

static void
all_told(struct column_find *find)
{
    struct error err = {"", ""};
    size_t n;
    if (!slots_are_whole(find, &err)) {
        fail(find, &err);
    } else if (!found_rows_end(find->found, &n)) {
        error_set(&err, "SHARDDOWN", "a row was removed and written again meanwhile");
        try_again(find, &err);
    } else {
        finish(find, NULL);
    }
}

/* Adds the rows of {id, slots, {name, value, ...}}. */
static bool
part_take(struct part *part, const struct resp_value *reply, int64_t *next, struct error *err)
{
    struct column_find *find = part->find;
    const char *name = shard_name(shards_at(find->executor->shards, part->shard));
    size_t each = find->prepared->bound->ndims ? 2 : 1;
    if (reply_count(reply) != 3 || !reply_int(reply_at(reply, 0), next) ||
        !reply_is_text(reply_at(reply, 1)) || reply_at(reply, 2)->type != VALUE_ARRAY ||
        reply_count(reply_at(reply, 2)) % each) {
        return reply_misshapen(name, "QUIPU.FIND", err);
    }
    struct slice slots = reply_text(reply_at(reply, 1));
    if (!part->slots.ptr) {
        part->slots = arena_copy(find->attempt, slots);
    } else if (!slice_equal(part->slots, slots)) {
        return error_set(err, "SHARDDOWN", "slots of shard %s have moved", name);
    }
    const struct resp_value *rows = reply_at(reply, 2);
    for (size_t i = 0; i < reply_count(rows); i += each) {
        const struct resp_value *value = reply_at(rows, i + each - 1);
        struct row_key key = {.name = reply_text(reply_at(rows, i))};
        if (each == 2 && reply_is_text(value)) {
            key.value = reply_text(value);
        }
        if (!reply_is_text(reply_at(rows, i))) {
            return reply_misshapen(name, "QUIPU.FIND", err);
        }
        if (!found_rows_add(find->found, &key, err)) {
            return false;
        }
    }
    return true;
}

static bool part_ask(struct part *part, int64_t from, struct error *err);

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct part *part = arg;
    struct column_find *find = part->find;
    const char *name = shard_name(shards_at(find->executor->shards, part->shard));
    struct error own = {"", ""};
    int64_t next = -1;
    part->call = NULL;
    if (err) {
        own = *err;
    } else if (!reply_is_error(reply, name, &own) && part_take(part, reply, &next, &own) &&
               next >= 0 && part_ask(part, next, &own)) {
        return;
    }
    if (error_is_set(&own)) {
        fail(find, &own);
    } else if (--find->nrunning == 0) {
        all_told(find);
    }
}

/* ---- An attempt ---- */

/* Asks for the rows from an id on, those before the last one that is wanted. */
static bool
part_ask(struct part *part, int64_t from, struct error *err)
{
    enum { WORDS_MOST = 8 };
    struct column_find *find = part->find;
    struct slice args[WORDS_MOST] = {slice_lit("QUIPU.FIND")};
    size_t nargs = 1;
    struct row_key last;
    char id[24];
    int len = snprintf(id, sizeof id, "%lld", (long long) from);
    args[nargs++] = slice_of(id, (size_t) len);
    if (found_rows_last(find->found, &last)) {
        args[nargs++] = last.value.ptr ? slice_lit("before-value") : slice_lit("before");
        args[nargs++] = last.name;
        if (last.value.ptr) {
            args[nargs++] = last.value;
        }
    }
    if (find->readings.len) {
        args[nargs++] = slice_lit("fields");
        args[nargs++] = find->readings;
    }
    args[nargs++] = find->prepared->shard_text;
    return long_call_start(find->executor->shards, part->shard, args, nargs, on_reply, part,
                           &part->call, err);
}

static bool
parts_ask(struct column_find *find, struct error *err)
{
    struct shards *shards = find->executor->shards;
    if (shards_is_cluster(shards) ? !topology_is_known(shards, err)
                                  : !shards_are_ready(shards, err)) {
        return false;
    }
    find->attempt = arena_new();
    find->parts = arena_array(find->attempt, shards_count_active(shards), sizeof *find->parts);
    for (size_t i = 0; i < shards_count(shards); i++) {
        if (!shards_has(shards, i)) {
            continue;
        }
        struct part *part = &find->parts[find->nparts];
        *part = (struct part){.find = find, .shard = i};
        if (!part_ask(part, 0, err)) {
            return false;
        }
        find->nparts++;
        find->nrunning++;
    }
    return true;
}

static void
on_again(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct column_find *find = arg;
    struct error err = {"", ""};
    if (!parts_ask(find, &err)) {
        fail(find, &err);
    }
}

struct column_find *
column_find_start(struct executor *executor, struct prepared *prepared, struct found_rows *found,
                  column_find_done_fn *done, void *arg)
{
    struct column_find *find = must_alloc(sizeof *find);
    struct strbuf text;
    *find = (struct column_find){.executor = executor,
                                 .prepared = prepared,
                                 .found = found,
                                 .own = arena_new(),
                                 .wait_ms = FIRST_WAIT_MS,
                                 .done = done,
                                 .arg = arg};
    strbuf_init(&text);
    catalog_print_readings(prepared->bound->dataset, prepared->bound->fields_said, &text);
    find->readings = arena_copy(find->own, strbuf_slice(&text));
    strbuf_fini(&text);
    find->again = evtimer_new(shards_base(executor->shards), on_again, find);
    event_active(find->again, EV_TIMEOUT, 0);
    return find;
}

void
column_find_progress(const struct column_find *find, size_t *ndone, size_t *nparts)
{
    *ndone = find->nparts - find->nrunning;
    *nparts = find->nparts;
}

const char *
column_find_why(const struct column_find *find)
{
    return find->why.message;
}
