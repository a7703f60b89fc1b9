/*
 * Asks the shards' modules for the names of rows. in: a prepared ROWS; out: rows, added to those that
 * were found.
 *
 *     WALKING --last shard has told all--> [CLOSING] --> [ARRIVING] --> done
 *        ^                                  slots began    slots are
 *        |                                  or ended to    on their way
 *        |                                  move
 *        +-- after a moment: a shard is lost, the answers do not fit each other (cluster)
 *
 *     WALKING    each shard: QUIPU.FIND 0, QUIPU.FIND 8192, ... until its last row
 *     CLOSING    each shard once more, behind its last row: which slots it has by now
 *     ARRIVING   the nodes that slots have come to, or go to: QUIPU.ROWS
 *
 * Each answer shows rows as they are at its moment, and a row keeps its id at its node. So a row of a
 * slot that stays is looked at once, as it is at some moment of the query. Rows of other slots are looked
 * at by name in the end (column_slots.h), and some of them were so before: found_rows has each once.
 */
#include "executor/column_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/column_reply.h"
#include "executor/column_targets.h"
#include "executor/column_words.h"
#include "executor/executor_parts.h"
#include "executor/found_rows.h"
#include "executor/prepared.h"
#include "executor/retry.h"
#include "executor/shards/long_call.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/topology.h"

/* An id that no row has. */
static const int64_t BEHIND_ALL_ROWS = INT64_MAX;

/* One shard's part of an attempt. */
struct part {
    struct column_find *find;
    size_t shard;
    const char *name;
    struct long_call *call; /* NULL: all is told, or it was not asked */
    struct slice slots;     /* that it has by its last answer; ptr NULL: it has not answered */
    struct slot_set
        *throughout;          /* that it has had in all answers; NULL: they were always the same */
    struct named_rows *named; /* of slots that leave it, with its last answer */
    int64_t asked_us;
    /* For PROFILE: */
    uint64_t nasked, nrows; /* how often it was asked, how many rows it has told */
    int64_t first_us, last_us;
};

struct column_find {
    struct executor *executor;
    struct prepared *prepared;
    struct found_rows *found;
    struct lines *profile; /* NULL: none is wanted */
    int64_t attempt_us;    /* when it began */
    struct arena *attempt; /* parts */
    struct part *parts;
    size_t nparts, nrunning;
    uint64_t nnamed; /* rows of slots on their way */
    bool is_closing; /* no shard has more rows */
    struct moving_slot *moving;
    size_t nmoving;
    struct column_targets *targets; /* ARRIVING */
    struct retry retry;
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
    column_targets_free(find->targets);
    find->targets = NULL;
    find->nparts = find->nrunning = find->nmoving = 0;
    find->nnamed = 0;
    find->is_closing = false;
    if (find->attempt) {
        arena_free(find->attempt);
        find->attempt = NULL;
    }
}

void
column_find_cancel(struct column_find *find)
{
    attempt_drop(find);
    retry_fini(&find->retry);
    free(find);
}

/* What each shard has told, in the attempt that is the answer. */
static void
profile(const struct column_find *find)
{
    struct lines *lines = find->profile;
    uint64_t nrows = find->nnamed;
    for (size_t i = 0; i < find->nparts; i++) {
        nrows += find->parts[i].nrows;
    }
    strbuf_printf(&lines->text, "search   %llu rows told in %.1f ms", (unsigned long long) nrows,
                  (double) (now_us() - find->attempt_us) / 1000);
    lines_end(lines);
    for (size_t i = 0; i < find->nparts; i++) {
        const struct part *part = &find->parts[i];
        strbuf_printf(&lines->text, "  shard %zu, %s: %llu rows told in %.1f ms, asked %llu time%s",
                      part->shard, part->name, (unsigned long long) part->nrows,
                      (double) (part->last_us - part->first_us) / 1000,
                      (unsigned long long) part->nasked, part->nasked == 1 ? "" : "s");
        lines_end(lines);
    }
    if (find->nnamed) {
        strbuf_printf(&lines->text, "  slots on their way: %llu rows told by name",
                      (unsigned long long) find->nnamed);
        lines_end(lines);
    }
}

static void
finish(struct column_find *find, const struct error *err)
{
    column_find_done_fn *done = find->done;
    void *arg = find->arg;
    struct error told = err ? *err : (struct error){"", ""};
    if (!err && find->profile) {
        profile(find);
    }
    column_find_cancel(find);
    done(arg, err ? &told : NULL);
}

static void
try_again(struct column_find *find, const struct error *why)
{
    struct error own = *why; /* it may be the attempt's */
    attempt_drop(find);
    found_rows_clear(find->found);
    retry_later(&find->retry, &own);
}

/* Nodes of a cluster come and go, and slots move: then the attempt is repeated. */
static void
fail(struct column_find *find, const struct error *err)
{
    if (shards_error_will_pass(find->executor->shards, err)) {
        topology_refresh_soon(find->executor->shards);
        try_again(find, err);
    } else {
        finish(find, err);
    }
}

/* ---- Rows by name ---- */

/* Adds those that the filter holds. Their value is that of the query's dim. */
static bool
named_add(struct column_find *find, const struct named_rows *named, struct error *err)
{
    bool has_values = find->prepared->bound->ndims > 0;
    if (named->ndims != find->prepared->bound->ndims || (has_values && !named->dims[0].is_open)) {
        return error_set(err, "SHARDDOWN", "rows that are on their way were told of another query");
    }
    for (size_t s = 0; s < named->nslots; s++) {
        for (size_t i = 0; i < named->slots[s].nrows; i++) {
            const struct named_row *row = &named->slots[s].rows[i];
            struct row_key key = {.name = row->name};
            if (!row->is_counted) {
                continue;
            }
            if (has_values && row->places[0]) {
                key.value = named->dims[0].values[row->places[0] - 1];
            }
            if (!found_rows_add(find->found, &key, err)) {
                return false;
            }
            find->nnamed++;
        }
    }
    return true;
}

/* The rows that have arrived, and those of the sources that have not: column_slots has marked them. */
static bool
all_named_add(struct column_find *find, struct error *err)
{
    size_t narrived = 0;
    const struct named_rows *const *arrived =
        find->targets ? column_targets_rows(find->targets, &narrived) : NULL;
    for (size_t i = 0; i < find->nparts; i++) {
        if (find->parts[i].named && !named_add(find, find->parts[i].named, err)) {
            return false;
        }
    }
    for (size_t i = 0; i < narrived; i++) {
        if (!named_add(find, arrived[i], err)) {
            return false;
        }
    }
    return true;
}

/* All rows are there, if they fit each other. */
static void
end(struct column_find *find)
{
    struct error err = {"", ""};
    if (!all_named_add(find, &err)) {
        fail(find, &err);
    } else if (!found_rows_end(find->found, &err)) {
        /* a row was written meanwhile: it has two values */
        strcmp(err.code, "LIMIT") == 0 ? finish(find, &err) : try_again(find, &err);
    } else {
        finish(find, NULL);
    }
}

static void
on_arrived(void *arg, const struct error *err)
{
    struct column_find *find = arg;
    if (err) {
        fail(find, err);
    } else {
        end(find);
    }
}

static bool
targets_ask(struct column_find *find, struct error *err)
{
    const struct column_targets_request request = {.dataset = find->prepared->dataset,
                                                   .query = find->prepared->bound,
                                                   .text = find->prepared->shard_text,
                                                   .moving = find->moving,
                                                   .nmoving = find->nmoving};
    return column_targets_start(find->executor, &request, find->attempt, on_arrived, find,
                                &find->targets, err);
}

/* ---- Answers ---- */

/* Whether each slot was served by one shard from the first answers to the last, or is on its way. */
static bool
slots_are_whole(struct column_find *find, struct error *err)
{
    struct column_slots *slots = arena_array(find->attempt, find->nparts, sizeof *slots);
    for (size_t i = 0; i < find->nparts; i++) {
        const struct part *part = &find->parts[i];
        slots[i] = (struct column_slots){.shard = part->shard,
                                         .name = part->name,
                                         .counted = part->slots,
                                         .throughout = part->throughout,
                                         .named = part->named,
                                         .asked_us = part->asked_us};
    }
    return column_slots_check(find->attempt, slots, find->nparts, &find->moving, &find->nmoving,
                              err);
}

static bool part_ask(struct part *part, int64_t from, struct error *err);

/*
 * Asks all shards for the slots that they have by now: the answers' ends may lie far apart, so that a
 * slot has left one of them before, and come to another after it.
 */
static bool
closing_ask(struct column_find *find, struct error *err)
{
    find->is_closing = true;
    for (size_t i = 0; i < find->nparts; i++) {
        if (!part_ask(&find->parts[i], BEHIND_ALL_ROWS, err)) {
            return false;
        }
        find->nrunning++;
    }
    return true;
}

static void
all_told(struct column_find *find)
{
    struct error err = {"", ""};
    if (!shards_is_cluster(find->executor->shards)) {
        end(find);
        return;
    }
    bool is_whole = slots_are_whole(find, &err);
    if (!is_whole && !find->is_closing) {
        error_clear(&err);
        if (!closing_ask(find, &err)) {
            fail(find, &err);
        }
    } else if (!is_whole || (find->nmoving && !targets_ask(find, &err))) {
        fail(find, &err);
    } else if (!find->nmoving) {
        end(find);
    }
}

/* Notes which slots the shard has by now. */
static bool
slots_take(struct part *part, struct slice slots, struct error *err)
{
    struct arena *arena = part->find->attempt;
    struct slot_set before, now;
    if (part->slots.ptr && !slice_equal(part->slots, slots)) {
        if (!slot_set_read(part->slots, &before) || !slot_set_read(slots, &now)) {
            return error_set(err, "SHARDDOWN", "slots of shard %s have moved", part->name);
        }
        if (!part->throughout) {
            part->throughout = arena_alloc(arena, sizeof *part->throughout);
            *part->throughout = before;
        }
        slot_set_cut(part->throughout, &now);
    }
    if (!part->slots.ptr || !slice_equal(part->slots, slots)) {
        part->slots = arena_copy(arena, slots);
    }
    return true;
}

static bool
rows_take(struct part *part, const struct resp_value *rows, size_t each, struct error *err)
{
    for (size_t i = 0; i < reply_count(rows); i += each) {
        const struct resp_value *value = reply_at(rows, i + each - 1);
        struct row_key key = {.name = reply_text(reply_at(rows, i))};
        if (each == 2 && reply_is_text(value)) {
            key.value = reply_text(value);
        }
        if (!reply_is_text(reply_at(rows, i))) {
            return reply_misshapen(part->name, "QUIPU.FIND", err);
        }
        if (!found_rows_add(part->find->found, &key, err)) {
            return false;
        }
        part->nrows++;
    }
    return true;
}

/* Takes {id, slots, {name, value, ...}}, and in a cluster, with the last rows, those by name. */
static bool
part_take(struct part *part, const struct resp_value *reply, int64_t *next, struct error *err)
{
    struct column_find *find = part->find;
    size_t each = find->prepared->bound->ndims ? 2 : 1;
    bool has_named = reply_count(reply) == 4;
    if ((reply_count(reply) != 3 && !has_named) || !reply_int(reply_at(reply, 0), next) ||
        !reply_is_text(reply_at(reply, 1)) || reply_at(reply, 2)->type != VALUE_ARRAY ||
        reply_count(reply_at(reply, 2)) % each) {
        return reply_misshapen(part->name, "QUIPU.FIND", err);
    }
    return slots_take(part, reply_text(reply_at(reply, 1)), err) &&
           rows_take(part, reply_at(reply, 2), each, err) &&
           (!has_named ||
            column_reply_named(reply_at(reply, 3), find->attempt, part->name, &part->named, err));
}

static void
on_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct part *part = arg;
    struct column_find *find = part->find;
    struct error own = {"", ""};
    int64_t next = -1;
    part->call = NULL;
    part->last_us = now_us();
    if (err) {
        own = *err;
    } else if (!reply_is_error(reply, part->name, &own) && part_take(part, reply, &next, &own) &&
               next >= 0 && !find->is_closing && part_ask(part, next, &own)) {
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
    struct column_find *find = part->find;
    const struct found_limits *limits = found_rows_limits(find->found);
    struct column_words words = {.n = 0};
    struct row_key last;
    char id[24];
    int len = snprintf(id, sizeof id, "%lld", (long long) from);
    column_words_add(&words, slice_lit("QUIPU.FIND"));
    column_words_add(&words, slice_of(id, (size_t) len));
    if (limits->after.ptr) {
        column_words_add(&words, slice_lit("after"));
        column_words_add(&words, limits->after);
    }
    if (found_rows_last(find->found, &last)) {
        column_words_add(&words, last.value.ptr ? slice_lit("before-value") : slice_lit("before"));
        column_words_add(&words, last.name);
        if (last.value.ptr) {
            column_words_add(&words, last.value);
        }
    }
    column_words_add_fields(&words, find->attempt, find->prepared->bound);
    column_words_add(&words, find->prepared->shard_text);
    part->asked_us = now_us();
    part->first_us = part->nasked++ ? part->first_us : part->asked_us;
    return long_call_start(find->executor->shards, part->shard, words.items, words.n, on_reply,
                           part, &part->call, err);
}

static bool
parts_ask(struct column_find *find, struct error *err)
{
    struct shards *shards = find->executor->shards;
    if (!shards_can_be_asked(shards, err)) {
        return false;
    }
    find->attempt = arena_new();
    find->attempt_us = now_us();
    find->parts = arena_array(find->attempt, shards_count_active(shards), sizeof *find->parts);
    for (size_t i = 0; i < shards_count(shards); i++) {
        if (!shards_has(shards, i)) {
            continue;
        }
        struct part *part = &find->parts[find->nparts];
        *part = (struct part){.find = find, .shard = i, .name = shard_name(shards_at(shards, i))};
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
                  struct lines *profile, column_find_done_fn *done, void *arg)
{
    struct column_find *find = must_alloc(sizeof *find);
    *find = (struct column_find){.executor = executor,
                                 .prepared = prepared,
                                 .found = found,
                                 .profile = profile,
                                 .done = done,
                                 .arg = arg};
    retry_init(&find->retry, shards_base(executor->shards), on_again, find);
    retry_now(&find->retry);
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
    return find->retry.why.message;
}
