/*
 * Removes the rows of a dataset by columns, a SCAN's worth at a time. in: a prefix; out: no more
 * keys that begin with it.
 *
 *     pass:  shard 0: SCAN --keys--> UNLINK each --all answered--> SCAN ... cursor 0
 *            shard 1: ...
 *     until a pass has found nothing, and in a cluster no slot has moved meanwhile, or a row may have
 *     gone to a shard that was already scanned
 */
#include "executor/datasets/column_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/handle/keys.h"
#include "executor/shards/census.h"
#include "executor/shards/shard_reply.h"
#include "executor/shards/slot_call.h"
#include "net/resp_value.h"

enum { MOST_PASSES = 20 };
static const char SLICE[] = "200";

struct column_rows {
    struct shards *shards;
    struct slice prefix, pattern; /* malloced */
    size_t shard;                 /* the shard under way */
    char cursor[24];
    struct census *census; /* of a cluster, from before this pass or an earlier one */
    size_t in_flight;
    size_t nfound; /* in this pass */
    unsigned npasses;
    bool is_scanned;  /* this shard is done */
    bool is_over;     /* cancelled, or its end was told */
    struct error err; /* of a row: the slice is not complete */
    column_rows_end_fn *on_end;
    void *arg;
};

static void
rows_release(struct column_rows *rows)
{
    if (rows->is_over && rows->in_flight == 0) {
        free((char *) rows->prefix.ptr);
        free((char *) rows->pattern.ptr);
        census_free(rows->census);
        free(rows);
    }
}

static void
rows_end(struct column_rows *rows, const struct error *err)
{
    if (!rows->is_over) {
        rows->is_over = true;
        rows->on_end(rows->arg, err);
    }
}

static void go_on(struct column_rows *rows);

static void
on_unlinked(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct column_rows *rows = arg;
    rows->in_flight--;
    if (err) {
        (void) error_set(&rows->err, err->code, "%s", err->message);
    } else if (!reply_is_error(reply, "of the row", &rows->err) && reply->type != VALUE_INTEGER) {
        (void) reply_misshapen("of the row", "UNLINK", &rows->err);
    }
    if (rows->in_flight == 0 && !rows->is_over) {
        go_on(rows);
    }
    rows_release(rows);
}

static void
unlink_row(struct column_rows *rows, struct slice key)
{
    const struct slot_target target = {.slot = key_slot(key), .lane = LANE_COUNTS, .is_safe = true};
    struct slice args[] = {slice_lit("UNLINK"), key};
    if (!error_is_set(&rows->err) &&
        slot_call(rows->shards, &target, args, 2, on_unlinked, rows, &rows->err)) {
        rows->in_flight++;
    }
}

/* Whatever a shard says, only rows of the dataset are removed. */
static bool
keys_are_rows(const struct column_rows *rows, const struct resp_value *keys)
{
    for (size_t i = 0; i < reply_count(keys); i++) {
        if (!slice_starts_with(reply_text(reply_at(keys, i)), rows->prefix)) {
            return false;
        }
    }
    return true;
}

/* {cursor, keys} */
static void
on_slice(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct column_rows *rows = arg;
    rows->in_flight--;
    if (!rows->is_over && err) {
        (void) error_set(&rows->err, err->code, "%s", err->message);
    } else if (!rows->is_over &&
               !reply_is_error(reply, shard_name(shards_at(rows->shards, rows->shard)),
                               &rows->err)) {
        if (!reply_is_scan(reply) || !keys_are_rows(rows, reply_at(reply, 1))) {
            (void) reply_misshapen(shard_name(shards_at(rows->shards, rows->shard)), "SCAN",
                                   &rows->err);
        } else {
            struct slice cursor = reply_text(reply_at(reply, 0));
            const struct resp_value *keys = reply_at(reply, 1);
            snprintf(rows->cursor, sizeof rows->cursor, "%.*s", SLICE_ARG(cursor));
            rows->is_scanned = slice_equal(cursor, slice_lit("0"));
            rows->nfound += reply_count(keys);
            for (size_t i = 0; i < reply_count(keys); i++) {
                if (!catalog_key_is_own(reply_text(reply_at(keys, i)))) {
                    unlink_row(rows, reply_text(reply_at(keys, i)));
                }
            }
        }
    }
    if (rows->in_flight == 0 && !rows->is_over) {
        go_on(rows);
    }
    rows_release(rows);
}

static bool
scan(struct column_rows *rows, struct error *err)
{
    struct link *link = shard_link(shards_at(rows->shards, rows->shard), LANE_COUNTS, err);
    if (!link) {
        return false;
    }
    struct slice args[] = {slice_lit("SCAN"), slice_str(rows->cursor), slice_lit("MATCH"),
                           rows->pattern,     slice_lit("COUNT"),      slice_str(SLICE),
                           slice_lit("TYPE"), slice_lit("hash")};
    link_send(
        link, args, 8, reply_collect,
        reply_collector_new(shard_name(shards_at(rows->shards, rows->shard)), on_slice, rows));
    rows->in_flight++;
    return true;
}

static bool
has_shard(const struct column_rows *rows, size_t shard)
{
    return rows->census ? census_has(rows->census, shard) : shards_has(rows->shards, shard);
}

/* Goes to the next shard that has rows; false: there is none. */
static bool
next_shard(struct column_rows *rows, size_t from)
{
    rows->shard = from;
    snprintf(rows->cursor, sizeof rows->cursor, "0");
    rows->is_scanned = false;
    while (rows->shard < shards_count(rows->shards) && !has_shard(rows, rows->shard)) {
        rows->shard++;
    }
    return rows->shard < shards_count(rows->shards);
}

static bool
pass_start(struct column_rows *rows, struct error *err)
{
    rows->nfound = 0;
    return next_shard(rows, 0) && scan(rows, err);
}

static void
on_census(void *arg, struct census *census, const struct error *err)
{
    struct column_rows *rows = arg;
    struct error own = {"", ""};
    bool is_first = !rows->census, has_stayed = false;
    rows->in_flight--;
    if (!err) {
        has_stayed = !is_first && census_is_same(rows->census, census);
        census_free(rows->census);
        rows->census = census;
    }
    if (err || has_stayed) {
        rows_end(rows, err);
    } else if (!is_first && ++rows->npasses == MOST_PASSES) {
        error_set(&own, "SHARDDOWN", "slots keep moving to other shards");
        rows_end(rows, &own);
    } else if (!rows->is_over && !pass_start(rows, &own)) {
        rows_end(rows, &own);
    }
    rows_release(rows);
}

static void
take_census(struct column_rows *rows)
{
    struct census_slots all;
    memset(&all, 0xff, sizeof all);
    rows->in_flight++;
    census_start(rows->shards, &all, on_census, rows);
}

/* Ends, or begins again where something was found. */
static void
pass_over(struct column_rows *rows)
{
    struct error err = {"", ""};
    if (rows->nfound && ++rows->npasses < MOST_PASSES) {
        if (!pass_start(rows, &err)) {
            rows_end(rows, &err);
        }
    } else if (!rows->nfound && rows->census) {
        take_census(rows);
    } else {
        rows_end(rows, NULL);
    }
}

static void
go_on(struct column_rows *rows)
{
    struct error err = {"", ""};
    if (error_is_set(&rows->err)) {
        err = rows->err;
        rows_end(rows, &err);
    } else if (rows->is_scanned && !next_shard(rows, rows->shard + 1)) {
        pass_over(rows);
    } else if (!scan(rows, &err)) {
        rows_end(rows, &err);
    }
}

static struct slice
copy_of(const struct strbuf *text)
{
    char *copy = must_alloc(text->len + 1);
    memcpy(copy, text->ptr, text->len);
    return slice_of(copy, text->len);
}

/* Makes the prefix, and its pattern: characters that mean something in a pattern are escaped. */
static void
pattern_make(struct column_rows *rows, const struct dataset *dataset)
{
    struct strbuf prefix, pattern;
    strbuf_init(&prefix);
    strbuf_init(&pattern);
    dataset_append_row_prefix(dataset, &prefix);
    strbuf_append(&prefix, dataset->prefix);
    for (size_t i = 0; i < prefix.len; i++) {
        char c = prefix.ptr[i];
        if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\' || c == '^') {
            strbuf_append_char(&pattern, '\\');
        }
        strbuf_append_char(&pattern, c);
    }
    strbuf_append_char(&pattern, '*');
    rows->prefix = copy_of(&prefix);
    rows->pattern = copy_of(&pattern);
    strbuf_fini(&prefix);
    strbuf_fini(&pattern);
}

bool
column_rows_remove(struct shards *shards, const struct dataset *dataset, column_rows_end_fn *on_end,
                   void *arg, struct column_rows **out, struct error *err)
{
    struct column_rows *rows = must_alloc(sizeof *rows);
    rows->shards = shards;
    pattern_make(rows, dataset);
    rows->on_end = on_end;
    rows->arg = arg;
    bool started = shards_are_ready(shards, err);
    if (started && shards_is_cluster(shards)) {
        take_census(rows);
    } else if (!started || !pass_start(rows, err)) {
        rows->is_over = true;
        rows_release(rows);
        return false;
    }
    *out = rows;
    return true;
}

void
column_rows_cancel(struct column_rows *rows)
{
    rows->is_over = true;
    rows_release(rows);
}

double
column_rows_done(const struct column_rows *rows)
{
    size_t nshards = shards_count(rows->shards);
    return rows->npasses ? 0.95 : nshards ? (double) rows->shard / (double) nshards : 0;
}
