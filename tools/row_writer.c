/*
 * Rows on their way into a server. in: keys and cells; out: HSET and HDEL.
 *
 *     nothing is there:   HSET profile_1 a 1 b 2
 *     a key comes again:  HSET profile_1 a 3      HDEL profile_1 b
 *     rows are there:     HMGET profile_1 a b     for a batch of rows; then, for those that differ,
 *                         HSET profile_1 a 3      HDEL profile_1 b
 *                         EXISTS profile_9        where none of the fields was there
 *
 * In a batch each key stands once: what a row is compared with is what stood before the batch.
 */
#include "tools/row_writer.h"

#include <stdlib.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/must.h"
#include "tools/pipeline.h"
#include "tools/resp.h"
#include "tools/rows/empty_text.h"

/* What a reply is of; the row's place, or its index in the batch, is above it. */
enum tag { TAG_SET, TAG_SET_AGAIN, TAG_EMPTY, TAG_GET, TAG_EXISTS, TAG_UPDATE, TAG_BITS = 3 };

/* So many rows are read before they are written. */
enum { BATCH_MOST = 2000 };

enum standing { IS_NEW, IS_OTHER, IS_SAME, IS_WITHOUT, IS_UNKNOWN };

struct batch_row {
    struct written_row row; /* its texts are in the batch's arena */
    enum standing standing;
    bool is_refused;
    bool *is_there; /* of each cell: the row has such a field */
};

struct row_writer {
    struct row_writer_options options;
    struct pipeline *pipeline;
    struct arena *arena;
    struct slice *names; /* each field's name as a RESP bulk string; in the arena */
    size_t nnames, names_capacity;
    struct row_writer_counters counters;
    struct batch_row *batch;
    size_t nbatch, batch_most;
    struct arena *batch_arena;
};

/* ---- commands ---- */

static void
append_key(struct row_writer *writer, const struct written_row *row)
{
    const struct sink_names *names = &writer->options.names;
    bool has_prefix = slice_starts_with(row->key, names->prefix);
    resp_append_bulk_joined(pipeline_out(writer->pipeline),
                            has_prefix ? names->address : names->start, row->key);
}

static bool
commit(struct row_writer *writer, enum tag tag, uint64_t above, struct error *err)
{
    return pipeline_commit(writer->pipeline, above << TAG_BITS | tag, err);
}

static size_t
count_filled(const struct row_writer *writer, const struct written_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->ncells; i++) {
        n += i != writer->options.no_field && cell_is_filled(row->cells[i]);
    }
    return n;
}

static bool
put_set(struct row_writer *writer, const struct written_row *row, size_t nfilled, enum tag tag,
        uint64_t above, struct error *err)
{
    struct strbuf *out = pipeline_out(writer->pipeline);
    resp_append_array(out, 2 + 2 * nfilled);
    resp_append_bulk(out, slice_lit("HSET"));
    append_key(writer, row);
    for (size_t i = 0; i < row->ncells; i++) {
        if (i != writer->options.no_field && cell_is_filled(row->cells[i])) {
            strbuf_append(out, writer->names[i]);
            resp_append_bulk(out, row->cells[i]);
        }
    }
    return commit(writer, tag, above, err);
}

static bool
is_removed(const struct row_writer *writer, const struct written_row *row, const bool *is_there,
           size_t i)
{
    return i != writer->options.no_field && !cell_is_filled(row->cells[i]) &&
           (!is_there || is_there[i]);
}

/* Fields whose cells are empty go; is_there: of those, the ones that it has. */
static bool
put_empty(struct row_writer *writer, const struct written_row *row, const bool *is_there,
          uint64_t above, struct error *err)
{
    size_t nempty = 0;
    for (size_t i = 0; i < row->ncells; i++) {
        nempty += is_removed(writer, row, is_there, i);
    }
    if (nempty == 0) {
        return true;
    }
    struct strbuf *out = pipeline_out(writer->pipeline);
    resp_append_array(out, 2 + nempty);
    resp_append_bulk(out, slice_lit("HDEL"));
    append_key(writer, row);
    for (size_t i = 0; i < row->ncells; i++) {
        if (is_removed(writer, row, is_there, i)) {
            strbuf_append(out, writer->names[i]);
        }
    }
    return commit(writer, TAG_EMPTY, above, err);
}

/* ---- rows that are not there ---- */

static bool
write_row(struct row_writer *writer, const struct written_row *row, struct error *err)
{
    size_t nfilled = count_filled(writer, row);
    if (nfilled == 0) {
        writer->counters.nwithout++;
        return !row->is_seen || put_empty(writer, row, NULL, row->place, err);
    }
    enum tag tag = row->is_seen ? TAG_SET_AGAIN : TAG_SET;
    return put_set(writer, row, nfilled, tag, row->place, err) &&
           (!row->is_seen || put_empty(writer, row, NULL, row->place, err));
}

/* ---- rows that may be there ---- */

static void
batch_add(struct row_writer *writer, const struct written_row *row)
{
    struct arena *arena = writer->batch_arena;
    struct batch_row *to = &writer->batch[writer->nbatch++];
    struct slice *cells = arena_array(arena, row->ncells, sizeof *cells);
    for (size_t i = 0; i < row->ncells; i++) {
        struct slice cell = row->cells[i];
        cells[i] = cell.len ? arena_copy(arena, cell) : empty_text_is(cell) ? cell : slice_lit("");
    }
    *to = (struct batch_row){.row = *row,
                             .standing = IS_UNKNOWN,
                             .is_there = arena_array(arena, row->ncells, sizeof *to->is_there)};
    to->row.cells = cells;
    to->row.key = arena_copy(arena, row->key);
}

static bool
put_get(struct row_writer *writer, size_t index, struct error *err)
{
    const struct written_row *row = &writer->batch[index].row;
    struct strbuf *out = pipeline_out(writer->pipeline);
    bool has_no_field = writer->options.no_field < row->ncells;
    if (row->ncells == has_no_field) {
        writer->batch[index].standing = IS_WITHOUT; /* it has a key alone */
        return true;
    }
    resp_append_array(out, 2 + row->ncells - has_no_field);
    resp_append_bulk(out, slice_lit("HMGET"));
    append_key(writer, row);
    for (size_t i = 0; i < row->ncells; i++) {
        if (i != writer->options.no_field) {
            strbuf_append(out, writer->names[i]);
        }
    }
    return commit(writer, TAG_GET, index, err);
}

static bool
write_compared(struct row_writer *writer, size_t index, struct error *err)
{
    struct batch_row *at = &writer->batch[index];
    size_t nfilled = count_filled(writer, &at->row);
    switch (at->standing) {
    case IS_SAME: writer->counters.nsame++; return true;
    case IS_WITHOUT: writer->counters.nwithout++; return true;
    case IS_UNKNOWN: return true; /* it was refused */
    case IS_NEW: {
        struct strbuf *out = pipeline_out(writer->pipeline);
        resp_append_array(out, 2);
        resp_append_bulk(out, slice_lit("EXISTS"));
        append_key(writer, &at->row);
        return commit(writer, TAG_EXISTS, index, err) &&
               put_set(writer, &at->row, nfilled, TAG_UPDATE, index, err);
    }
    case IS_OTHER:
        if (nfilled && !put_set(writer, &at->row, nfilled, TAG_UPDATE, index, err)) {
            return false;
        }
        writer->counters.nchanged += nfilled == 0;
        return put_empty(writer, &at->row, at->is_there, index, err);
    }
    return true;
}

static bool
batch_write(struct row_writer *writer, struct error *err)
{
    if (writer->nbatch == 0) {
        return true;
    }
    for (size_t i = 0; i < writer->nbatch; i++) {
        if (!put_get(writer, i, err)) {
            return false;
        }
    }
    if (!pipeline_drain(writer->pipeline, err)) {
        return false;
    }
    for (size_t i = 0; i < writer->nbatch; i++) {
        if (!write_compared(writer, i, err)) {
            return false;
        }
    }
    if (!pipeline_drain(writer->pipeline, err)) {
        return false;
    }
    writer->counters.last_place = writer->batch[writer->nbatch - 1].row.place;
    writer->nbatch = 0;
    arena_free(writer->batch_arena);
    writer->batch_arena = arena_new();
    return true;
}

/* ---- replies ---- */

static void
refuse(struct row_writer *writer, uint64_t place, const struct redisReply *reply)
{
    static const char other[] = "something else than it should";
    writer->counters.nrefused++;
    writer->options.on_refused(writer->options.arg, place, reply->str ? reply->str : other,
                               reply->str ? (size_t) reply->len : sizeof other - 1);
}

/* A field without bytes is as good as none, where the file does not tell them apart. */
static bool
is_as_there(const struct row_writer *writer, struct slice cell, const struct redisReply *value)
{
    bool is_there = value->str != NULL;
    bool is_known = writer->options.keeps_empty_texts;
    return slice_equal(slice_of(value->str, is_there ? (size_t) value->len : 0), cell) &&
           (!is_known || is_there == cell_is_filled(cell));
}

/* HMGET: what the row has, beside what it shall have. */
static void
on_get(struct row_writer *writer, struct batch_row *at, const struct redisReply *reply)
{
    const struct written_row *row = &at->row;
    size_t ncells = row->ncells - (writer->options.no_field < row->ncells);
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != ncells) {
        refuse(writer, row->place, reply);
        return;
    }
    size_t nthere = 0, nother = 0, at_reply = 0;
    for (size_t i = 0; i < row->ncells; i++) {
        if (i == writer->options.no_field) {
            continue;
        }
        const struct redisReply *value = reply->element[at_reply++];
        at->is_there[i] = value->str != NULL;
        nthere += value->str != NULL;
        nother += !is_as_there(writer, row->cells[i], value);
    }
    bool is_empty = count_filled(writer, row) == 0;
    at->standing = nother == 0 && nthere ? IS_SAME
                   : nthere              ? IS_OTHER
                   : is_empty            ? IS_WITHOUT
                                         : IS_NEW;
}

static void
on_reply(void *arg, uint64_t tagged, const struct redisReply *reply)
{
    struct row_writer *writer = arg;
    enum tag tag = (enum tag)(tagged & ((1U << TAG_BITS) - 1));
    uint64_t above = tagged >> TAG_BITS;
    bool is_of_batch = tag == TAG_GET || tag == TAG_EXISTS || tag == TAG_UPDATE;
    if (tag == TAG_GET) {
        on_get(writer, &writer->batch[above], reply);
        return;
    }
    if (reply->type != REDIS_REPLY_INTEGER) {
        bool is_told = is_of_batch && writer->batch[above].is_refused;
        uint64_t place =
            is_of_batch || writer->options.is_compared ? writer->batch[above].row.place : above;
        if (is_of_batch) {
            writer->batch[above].is_refused = true;
        }
        if (!is_told) {
            refuse(writer, place, reply);
        }
        return;
    }
    struct row_writer_counters *counters = &writer->counters;
    switch (tag) {
    case TAG_SET:
        counters->nnew++;
        counters->last_place = above;
        break;
    case TAG_SET_AGAIN:
        counters->nchanged++;
        counters->last_place = above;
        break;
    case TAG_EMPTY: counters->nemptied += (uint64_t) reply->integer; break;
    case TAG_EXISTS: writer->batch[above].standing = reply->integer ? IS_OTHER : IS_NEW; break;
    case TAG_UPDATE:
        counters->nnew += writer->batch[above].standing == IS_NEW;
        counters->nchanged += writer->batch[above].standing == IS_OTHER;
        break;
    case TAG_GET: break;
    }
}

/* ---- the writer ---- */

bool
row_writer_open(const struct connection_address *address, const struct row_writer_options *options,
                struct row_writer **out, struct error *err)
{
    struct row_writer *writer = must_alloc(sizeof *writer);
    size_t half = options->window / 2;
    writer->options = *options;
    writer->arena = arena_new();
    if (!pipeline_open(address, options->window, on_reply, writer, &writer->pipeline, err)) {
        row_writer_free(writer);
        return false;
    }
    if (options->is_compared) {
        writer->batch_arena = arena_new();
        writer->batch_most = half < 1 ? 1 : half < BATCH_MOST ? half : BATCH_MOST;
        writer->batch = must_array(writer->batch_most, sizeof *writer->batch);
    }
    *out = writer;
    return true;
}

void
row_writer_free(struct row_writer *writer)
{
    if (writer) {
        pipeline_free(writer->pipeline);
        arena_free(writer->arena);
        if (writer->batch_arena) {
            arena_free(writer->batch_arena);
        }
        free(writer->batch);
        free(writer);
    }
}

void
row_writer_fields(struct row_writer *writer, const struct source_field *fields, size_t nfields)
{
    if (writer->nnames == nfields) {
        return;
    }
    struct strbuf text;
    strbuf_init(&text);
    while (writer->nnames < nfields) {
        strbuf_clear(&text);
        resp_append_bulk(&text, fields[writer->nnames].name);
        writer->names = arena_room(writer->arena, writer->names, writer->nnames,
                                   &writer->names_capacity, sizeof *writer->names);
        writer->names[writer->nnames++] = arena_copy(writer->arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
}

bool
row_writer_put(struct row_writer *writer, const struct written_row *row, struct error *err)
{
    if (!writer->options.is_compared) {
        return write_row(writer, row, err);
    }
    if ((row->is_seen || writer->nbatch == writer->batch_most) && !batch_write(writer, err)) {
        return false;
    }
    batch_add(writer, row);
    return true;
}

bool
row_writer_flush(struct row_writer *writer, struct error *err)
{
    return batch_write(writer, err) && pipeline_drain(writer->pipeline, err);
}

struct row_writer_counters
row_writer_counters(const struct row_writer *writer)
{
    return writer ? writer->counters : (struct row_writer_counters){0};
}

size_t
row_writer_in_flight(const struct row_writer *writer)
{
    return pipeline_in_flight(writer->pipeline);
}
