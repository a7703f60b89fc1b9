/*
 * Rows by name: writes them as bytes, reads them, and counts them. in: rows, or bytes from a shard;
 * out: bytes, or a partial count.
 *
 * Example: {f,m} x {20,30}, rows profile_7 (1, 2) and profile_9 (2, 0) give one cell, {f} x {30};
 * with all positions {f,m} x {30}.
 */
#include "answer/named_rows.h"

#include <stdlib.h>
#include <string.h>

#include "answer/bytes.h"
#include "answer/fold.h"

static const char MAGIC[] = {'R', '1'};

/* ---- Bytes ---- */

static void
put_row(struct strbuf *out, const struct named_row *row, size_t ndims)
{
    put_text(out, row->name);
    strbuf_append_char(out, row->is_counted);
    for (size_t d = 0; row->is_counted && d < ndims; d++) {
        put_varint(out, row->places[d]);
    }
}

void
named_rows_encode(const struct named_rows *rows, struct strbuf *out)
{
    strbuf_append(out, slice_of(MAGIC, sizeof MAGIC));
    put_varint(out, rows->epoch);
    put_dims(out, rows->dims, rows->ndims);
    put_varint(out, rows->nslots);
    for (size_t i = 0; i < rows->nslots; i++) {
        const struct named_slot *slot = &rows->slots[i];
        put_varint(out, slot->slot);
        put_varint(out, slot->quiet_us);
        put_text(out, slot->peer);
        put_varint(out, slot->nrows);
        for (size_t j = 0; j < slot->nrows; j++) {
            put_row(out, &slot->rows[j], rows->ndims);
        }
    }
}

static bool
get_row(struct reader *reader, struct arena *arena, const struct named_rows *rows,
        struct named_row *row)
{
    unsigned is_counted;
    if (!get_text(reader, &row->name) || !get_byte(reader, &is_counted) || is_counted > 1) {
        return false;
    }
    row->is_counted = is_counted;
    if (!is_counted) {
        return true;
    }
    if (rows->ndims > reader_left(reader)) {
        return false;
    }
    uint32_t *places = arena_array(arena, rows->ndims, sizeof *places);
    for (size_t d = 0; d < rows->ndims; d++) {
        uint64_t place;
        if (!get_varint(reader, &place) || place > rows->dims[d].npositions || place > UINT32_MAX) {
            return false;
        }
        places[d] = (uint32_t) place;
    }
    row->places = places;
    return true;
}

static bool
get_slot(struct reader *reader, struct arena *arena, const struct named_rows *rows,
         struct named_slot *slot)
{
    enum { ROW_BYTES = 2 };
    uint64_t number, nrows;
    if (!get_varint(reader, &number) || number > UINT32_MAX ||
        !get_varint(reader, &slot->quiet_us) || !get_text(reader, &slot->peer) ||
        !get_varint(reader, &nrows) || nrows > reader_left(reader) / ROW_BYTES) {
        return false;
    }
    slot->slot = (uint32_t) number;
    slot->rows = arena_array(arena, nrows, sizeof *slot->rows);
    for (; slot->nrows < nrows; slot->nrows++) {
        if (!get_row(reader, arena, rows, &slot->rows[slot->nrows])) {
            return false;
        }
    }
    return true;
}

bool
named_rows_decode(struct arena *arena, struct slice bytes, struct named_rows **out,
                  struct error *err)
{
    enum { SLOT_BYTES = 4 };
    struct named_rows *rows = arena_alloc(arena, sizeof *rows);
    struct reader reader = reader_of(bytes);
    uint64_t nslots;
    if (!slice_starts_with(bytes, slice_of(MAGIC, sizeof MAGIC))) {
        return bytes_are_malformed(err);
    }
    reader.at += sizeof MAGIC;
    if (!get_varint(&reader, &rows->epoch) ||
        !get_dims(&reader, arena, &rows->dims, &rows->ndims) || !get_varint(&reader, &nslots) ||
        nslots > reader_left(&reader) / SLOT_BYTES) {
        return bytes_are_malformed(err);
    }
    rows->slots = arena_array(arena, nslots, sizeof *rows->slots);
    for (; rows->nslots < nslots; rows->nslots++) {
        if (!get_slot(&reader, arena, rows, &rows->slots[rows->nslots])) {
            return bytes_are_malformed(err);
        }
    }
    if (reader_left(&reader)) {
        return bytes_are_malformed(err);
    }
    *out = rows;
    return true;
}

/* ---- Counted ---- */

/* Calls `visit` for each row that is counted. */
static void
each_counted(const struct named_rows *rows, void (*visit)(void *ctx, const struct named_row *row),
             void *ctx)
{
    for (size_t i = 0; i < rows->nslots; i++) {
        for (size_t j = 0; j < rows->slots[i].nrows; j++) {
            if (rows->slots[i].rows[j].is_counted) {
                visit(ctx, &rows->slots[i].rows[j]);
            }
        }
    }
}

struct tally {
    const size_t *dims; /* of the rows: by dimension of the partial */
    size_t ndims;
    struct partial *partial;
    bool all_positions;
    uint32_t **ranks; /* per open dimension and place: position + 1 in the partial; 0: none */
    size_t ncells;
};

/* True: the row has a place in every dimension. */
static bool
is_in_cell(const struct tally *tally, const struct named_row *row)
{
    for (size_t d = 0; d < tally->ndims; d++) {
        if (!row->places[tally->dims[d]]) {
            return false;
        }
    }
    return true;
}

static void
mark_places(void *ctx, const struct named_row *row)
{
    struct tally *tally = ctx;
    bool is_cell = is_in_cell(tally, row);
    tally->ncells += is_cell;
    for (size_t d = 0; d < tally->ndims && (is_cell || tally->all_positions); d++) {
        uint32_t place = row->places[tally->dims[d]];
        if (tally->ranks[d] && place) {
            tally->ranks[d][place] = 1;
        }
    }
}

static void
add_cell(void *ctx, const struct named_row *row)
{
    struct tally *tally = ctx;
    struct partial *partial = tally->partial;
    if (!is_in_cell(tally, row)) {
        return;
    }
    uint64_t index = 0;
    for (size_t d = 0; d < partial->ndims; d++) {
        uint32_t place = row->places[tally->dims[d]];
        place = tally->ranks[d] ? tally->ranks[d][place] : place;
        index = index * partial->dims[d].npositions + place - 1;
    }
    cell_list_add(&partial->cells, index, 1);
}

/* The values whose places were marked, in the same order. */
static void
open_dim(struct arena *arena, const struct partial_dim *from, uint32_t *ranks,
         struct partial_dim *to)
{
    to->is_open = true;
    to->values = arena_array(arena, from->npositions, sizeof *to->values);
    for (size_t place = 1; place <= from->npositions; place++) {
        if (ranks[place]) {
            to->values[to->npositions++] = from->values[place - 1];
            ranks[place] = (uint32_t) to->npositions;
        }
    }
}

/* Adds up equal cells, which are neighbours. */
static void
add_up(struct cell_list *cells)
{
    size_t n = 0;
    for (size_t i = 0; i < cells->n; i++) {
        if (n && cells->indexes[n - 1] == cells->indexes[i]) {
            cells->values[n - 1]++;
        } else {
            cells->indexes[n] = cells->indexes[i];
            cells->values[n++] = 1;
        }
    }
    cells->n = n;
}

static bool
count_dims(struct arena *arena, const struct named_rows *rows, const size_t *dims, size_t ndims,
           bool all_positions, struct partial **out, struct error *err)
{
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    struct tally tally = {
        .dims = dims, .ndims = ndims, .partial = partial, .all_positions = all_positions};
    partial->ndims = ndims;
    partial->dims = arena_array(arena, ndims, sizeof *partial->dims);
    tally.ranks = arena_array(arena, ndims, sizeof *tally.ranks);
    for (size_t d = 0; d < ndims; d++) {
        const struct partial_dim *dim = &rows->dims[dims[d]];
        if (dim->is_open) {
            tally.ranks[d] = arena_array(arena, dim->npositions + 1, sizeof *tally.ranks[d]);
        }
    }
    each_counted(rows, mark_places, &tally);
    for (size_t d = 0; d < ndims; d++) {
        const struct partial_dim *dim = &rows->dims[dims[d]];
        if (tally.ranks[d]) {
            open_dim(arena, dim, tally.ranks[d], &partial->dims[d]);
        } else {
            partial->dims[d].npositions = dim->npositions;
        }
    }
    if (!partial_multiply_dims(partial)) {
        return error_set(err, "LIMIT", "the dimensions have more than 2^64 combinations");
    }
    partial->cells = cell_list_counts(arena, tally.ncells);
    each_counted(rows, add_cell, &tally);
    cell_list_sort(arena, &partial->cells);
    add_up(&partial->cells);
    *out = partial;
    return true;
}

bool
named_rows_partial(struct arena *arena, const struct named_rows *rows, bool all_positions,
                   struct partial **out, struct error *err)
{
    size_t *dims = arena_array(arena, rows->ndims, sizeof *dims);
    for (size_t d = 0; d < rows->ndims; d++) {
        dims[d] = d;
    }
    return count_dims(arena, rows, dims, rows->ndims, all_positions, out, err);
}

/* True: the rows have the query's dims. */
static bool
fits(const struct bound_query *query, const struct named_rows *rows)
{
    bool ok = rows->ndims == query->ndims;
    for (size_t d = 0; ok && d < rows->ndims; d++) {
        const struct bound_dim *dim = &query->dims[d];
        ok = rows->dims[d].is_open == bound_dim_is_unlisted(dim) &&
             (rows->dims[d].is_open || rows->dims[d].npositions == dim->npositions);
    }
    return ok;
}

bool
named_rows_partials(struct arena *arena, const struct bound_query *query,
                    const struct named_rows *rows, struct partials **out, struct error *err)
{
    bool all_positions = query->is_plain && query->format == AST_FORMAT_NESTED;
    if (!fits(query, rows)) {
        return bytes_are_malformed(err);
    }
    *out = partials_new(arena, query->ngrids);
    for (size_t g = 0; g < query->ngrids; g++) {
        const struct bound_grid *grid = &query->grids[g];
        struct partial *raw, **to = &(*out)->items[g];
        if (!count_dims(arena, rows, grid->dims, grid->ndims, all_positions, &raw, err)) {
            return false;
        }
        *to = raw;
        if (grid->is_folded && !fold_partial(arena, grid, raw, to, err)) {
            return false;
        }
    }
    return true;
}

/* ---- As text ---- */

static void
print_slot(const struct named_slot *slot, size_t ndims, struct strbuf *out)
{
    strbuf_printf(out, " | %u", slot->slot);
    if (slot->peer.len) {
        strbuf_printf(out, " -> %.*s", SLICE_ARG(slot->peer));
    }
    for (size_t i = 0; i < slot->nrows; i++) {
        const struct named_row *row = &slot->rows[i];
        strbuf_append_str(out, i ? ", " : ": ");
        strbuf_append(out, row->name);
        for (size_t d = 0; row->is_counted && d < ndims; d++) {
            strbuf_printf(out, " %u", row->places[d]);
        }
        strbuf_append_str(out, row->is_counted ? "" : " not counted");
    }
}

void
named_rows_print(const struct named_rows *rows, struct strbuf *out)
{
    const struct partial dims = {.ndims = rows->ndims, .dims = rows->dims};
    strbuf_printf(out, "epoch %llu | ", (unsigned long long) rows->epoch);
    partial_print(&dims, out);
    for (size_t i = 0; i < rows->nslots; i++) {
        print_slot(&rows->slots[i], rows->ndims, out);
    }
}
