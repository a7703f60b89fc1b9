/*
 * Reads rows from a server. in: a ROWS, or the names of a dataset's rows; out: rows, by column.
 *
 *     ROWS:   {{"profile_1", "age", "31", "sex", "female"}, ...}        told part by part
 *     SCAN:   SCAN 0            -> 4711, {profile_7, profile_2}
 *             HGETALL profile_7, HGETALL profile_2, SCAN 4711           in one go
 *
 * A ROWS is answered in the order of the names, and the server holds the names meanwhile, at most
 * max-rows. SCAN has no such limit. It tells a name twice where a shard's table of keys shrinks
 * while it is read.
 */
#include "tools/export/row_reader.h"

#include <stdlib.h>

#include <hiredis/hiredis.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "tools/key_set.h"

/* ---- ROWS ---- */

struct query_reading {
    struct row_cells *cells;
    const struct row_taker *taker;
    struct rows_told *told; /* NULL: nobody asks */
    bool names_fields;
    size_t nparts, at; /* of the row: its name, then texts */
    struct strbuf field;
};

/* A hash has fields: a row of all fields without any was removed since it was found. */
static bool
row_end_if(struct query_reading *reading, struct error *err)
{
    bool is_gone = reading->nparts == 1 && !reading->names_fields;
    return reading->at < reading->nparts || is_gone ||
           reading->taker->row(reading->taker->arg, row_cells_end(reading->cells), err);
}

static bool
query_array(void *arg, size_t nelements, int depth, struct error *err)
{
    struct query_reading *reading = arg;
    if (depth == 0) {
        if (reading->taker->total) {
            reading->taker->total(reading->taker->arg, nelements);
        }
        return true;
    }
    reading->nparts = nelements;
    reading->at = 0;
    bool is_row = depth == 1 && nelements > 0 && (reading->names_fields || nelements % 2 == 1);
    return is_row || error_set(err, "IO", "ROWS has answered in an unknown form");
}

static void
told_add(struct rows_told *told, struct slice name)
{
    if (told) {
        told->nrows++;
        strbuf_clear(&told->last);
        strbuf_append(&told->last, name);
    }
}

static bool
query_text(void *arg, struct slice text, int depth, struct error *err)
{
    struct query_reading *reading = arg;
    size_t at = reading->at++;
    if (depth != 2) {
        return error_set(err, "IO", "ROWS has answered in an unknown form");
    }
    if (at == 0) {
        row_cells_start(reading->cells, text);
        told_add(reading->told, text);
    } else if (reading->names_fields) {
        row_cells_set_nth(reading->cells, at - 1, text);
    } else if (at % 2 == 1) {
        strbuf_clear(&reading->field);
        strbuf_append(&reading->field, text);
    } else {
        row_cells_set(reading->cells, strbuf_slice(&reading->field), text);
    }
    return row_end_if(reading, err);
}

static bool
query_null(void *arg, int depth, struct error *err)
{
    struct query_reading *reading = arg;
    if (depth != 2 || reading->at == 0) {
        return error_set(err, "IO", "ROWS has answered in an unknown form");
    }
    reading->at++;
    return row_end_if(reading, err);
}

bool
row_reader_query(struct connection *connection, const struct row_asked *asked,
                 struct row_cells *cells, const struct row_taker *taker, struct rows_told *told,
                 struct error *err)
{
    static const struct reply_parts parts = {query_array, query_text, query_null};
    struct query_reading reading = {
        .cells = cells, .taker = taker, .told = told, .names_fields = asked->names_fields};
    strbuf_init(&reading.field);
    connection_send(connection, asked->words, asked->nwords);
    bool ok = connection_receive_parts(connection, &parts, &reading, err);
    strbuf_fini(&reading.field);
    return ok;
}

/* ---- SCAN ---- */

struct scan {
    struct connection *connection;
    const struct row_names *names;
    struct row_cells *cells;
    const struct row_taker *taker;
    struct strbuf pattern, cursor;
    struct key_set *seen;
    uint64_t nagain;
    /* The row that is read. */
    struct slice name;
    size_t nparts, at;
    struct strbuf field;
};

/* `w47:profile_*`, with what is special in a pattern taken as it is. */
static void
pattern_make(const struct row_names *names, struct strbuf *out)
{
    struct slice parts[] = {names->address, names->prefix};
    for (size_t p = 0; p < 2; p++) {
        for (size_t i = 0; i < parts[p].len; i++) {
            if (memchr("*?[]\\", parts[p].ptr[i], 5)) {
                strbuf_append_char(out, '\\');
            }
            strbuf_append_char(out, parts[p].ptr[i]);
        }
    }
    strbuf_append_char(out, '*');
}

static void
scan_send(struct scan *scan)
{
    const struct slice words[] = {slice_lit("SCAN"),  strbuf_slice(&scan->cursor),
                                  slice_lit("MATCH"), strbuf_slice(&scan->pattern),
                                  slice_lit("COUNT"), slice_lit("2000"),
                                  slice_lit("TYPE"),  slice_lit("hash")};
    connection_send(scan->connection, words, sizeof words / sizeof *words);
}

/* A reply of SCAN, for the caller to free; its cursor is the next one. NULL: err. */
static struct redisReply *
scan_receive(struct scan *scan, struct error *err)
{
    struct redisReply *reply = connection_receive(scan->connection, err);
    if (!reply) {
        return NULL;
    }
    bool is_error = reply->type == REDIS_REPLY_ERROR;
    if (is_error || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING || !reply_is_strings(reply->element[1])) {
        (void) error_set(err, "IO", "SCAN: %s", is_error ? reply->str : "an unknown reply");
        freeReplyObject(reply);
        return NULL;
    }
    strbuf_clear(&scan->cursor);
    strbuf_append(&scan->cursor, slice_of(reply->element[0]->str, reply->element[0]->len));
    return reply;
}

static bool
hash_array(void *arg, size_t nelements, int depth, struct error *err)
{
    struct scan *scan = arg;
    scan->nparts = nelements;
    scan->at = 0;
    row_cells_start(scan->cells, scan->name);
    return (depth == 0 && nelements % 2 == 0) ||
           error_set(err, "IO", "HGETALL has answered in an unknown form");
}

static bool
hash_text(void *arg, struct slice text, int depth, struct error *err)
{
    struct scan *scan = arg;
    if (depth != 1) {
        return error_set(err, "IO", "HGETALL has answered in an unknown form");
    }
    if (scan->at++ % 2 == 0) {
        strbuf_clear(&scan->field);
        strbuf_append(&scan->field, text);
        return true;
    }
    row_cells_set(scan->cells, strbuf_slice(&scan->field), text);
    return scan->at < scan->nparts ||
           scan->taker->row(scan->taker->arg, row_cells_end(scan->cells), err);
}

static bool
hash_null(void *arg, int depth, struct error *err)
{
    (void) arg, (void) depth;
    return error_set(err, "IO", "HGETALL has answered in an unknown form");
}

/* Drops names that were told before. */
static size_t
names_new(struct scan *scan, const struct redisReply *told, struct slice *names)
{
    size_t n = 0;
    for (size_t i = 0; i < told->elements; i++) {
        struct slice name = slice_of(told->element[i]->str, told->element[i]->len);
        if (key_set_add(scan->seen, name) == KEY_SEEN) {
            scan->nagain++;
        } else {
            names[n++] = name;
        }
    }
    return n;
}

/* Reads the rows of a reply of SCAN, and sends the next SCAN behind them. */
static bool
rows_read(struct scan *scan, const struct redisReply *told, bool is_last, struct error *err)
{
    static const struct reply_parts parts = {hash_array, hash_text, hash_null};
    struct slice *names = must_array(told->elements, sizeof *names);
    size_t n = names_new(scan, told, names);
    for (size_t i = 0; i < n; i++) {
        const struct slice words[] = {slice_lit("HGETALL"), names[i]};
        connection_send(scan->connection, words, 2);
    }
    if (!is_last) {
        scan_send(scan);
    }
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        size_t skipped = scan->names->address.len;
        scan->name = slice_of(names[i].ptr + skipped, names[i].len - skipped);
        ok = connection_receive_parts(scan->connection, &parts, scan, err);
    }
    free(names);
    return ok;
}

bool
row_reader_scan(struct connection *connection, const struct row_names *names,
                struct row_cells *cells, const struct row_taker *taker, uint64_t *nagain,
                struct error *err)
{
    struct scan scan = {.connection = connection,
                        .names = names,
                        .cells = cells,
                        .taker = taker,
                        .seen = key_set_new()};
    bool ok = true, is_last = false;
    strbuf_init(&scan.pattern);
    strbuf_init(&scan.cursor);
    strbuf_init(&scan.field);
    pattern_make(names, &scan.pattern);
    strbuf_append_char(&scan.cursor, '0');
    scan_send(&scan);
    while (ok && !is_last) {
        struct redisReply *told = scan_receive(&scan, err);
        is_last = slice_equal(strbuf_slice(&scan.cursor), slice_lit("0"));
        ok = told && rows_read(&scan, told->element[1], is_last, err);
        freeReplyObject(told);
    }
    *nagain = scan.nagain;
    key_set_free(scan.seen);
    strbuf_fini(&scan.pattern);
    strbuf_fini(&scan.cursor);
    strbuf_fini(&scan.field);
    return ok;
}
