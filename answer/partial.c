/*
 * Partial counts on their way: as bytes, back from bytes, and added up.
 * in: partials, or bytes from a shard; out: bytes, or one partial in the order of the answer.
 *
 * Example: {0, 2} {3, 1} of 6 cells is sparse in 4 bytes (0 2, 2 1: three less one further) and
 * dense in 7 (the width, then 2 0 0 1 0 0): sparse is sent.
 */
#include "answer/partial.h"

#include <stdlib.h>
#include <string.h>

#include "answer/bytes.h"
#include "base/number.h"

enum { FLAG_DENSE = 1, FLAG_BASE = 2 };

static const char MAGIC[] = {'Q', '1'};

/* ---- To bytes ---- */

static unsigned
varint_bytes(uint64_t n)
{
    return n ? (63 - (unsigned) __builtin_clzll(n)) / 7 + 1 : 1;
}

static unsigned
dense_width(uint64_t largest)
{
    return largest <= UINT8_MAX ? 1 : largest <= UINT16_MAX ? 2 : largest <= UINT32_MAX ? 4 : 8;
}

static void
put_dense(const struct partial *partial, unsigned width, struct strbuf *out)
{
    put_varint(out, partial->ncells);
    strbuf_append_char(out, (char) width);
    char *at = strbuf_reserve(out, partial->ncells * width);
    memset(at, 0, partial->ncells * width);
    for (size_t i = 0; i < partial->nnonzero; i++) {
        for (unsigned b = 0; b < width; b++) {
            at[partial->cells[i].index * width + b] =
                (char) (partial->cells[i].count >> (8 * b) & 0xff);
        }
    }
    out->len += partial->ncells * width;
}

static void
put_sparse(const struct partial *partial, struct strbuf *out)
{
    put_varint(out, partial->nnonzero);
    uint64_t next = 0;
    for (size_t i = 0; i < partial->nnonzero; i++) {
        put_varint(out, partial->cells[i].index - next);
        put_varint(out, partial->cells[i].count);
        next = partial->cells[i].index + 1;
    }
}

void
partial_encode(const struct partial *partial, struct strbuf *out)
{
    uint64_t sparse = varint_bytes(partial->nnonzero), next = 0, largest = 0;
    for (size_t i = 0; i < partial->nnonzero; i++) {
        const struct partial_cell *cell = &partial->cells[i];
        sparse += varint_bytes(cell->index - next) + varint_bytes(cell->count);
        next = cell->index + 1;
        largest = cell->count > largest ? cell->count : largest;
    }
    unsigned width = dense_width(largest);
    bool is_dense = partial->ncells <= sparse && partial->ncells * width < sparse;
    strbuf_append(out, slice_of(MAGIC, sizeof MAGIC));
    strbuf_append_char(out,
                       (char) ((is_dense ? FLAG_DENSE : 0) | (partial->has_base ? FLAG_BASE : 0)));
    if (partial->has_base) {
        put_varint(out, partial->base);
    }
    put_dims(out, partial->dims, partial->ndims);
    if (is_dense) {
        put_dense(partial, width, out);
    } else {
        put_sparse(partial, out);
    }
}

/* ---- From bytes ---- */

static bool
get_sparse(struct reader *reader, struct arena *arena, struct partial *partial)
{
    uint64_t n, next = 0;
    if (!get_varint(reader, &n) || n > reader_left(reader) / 2) {
        return false;
    }
    partial->cells = arena_array(arena, n, sizeof *partial->cells);
    for (; partial->nnonzero < n; partial->nnonzero++) {
        struct partial_cell *cell = &partial->cells[partial->nnonzero];
        if (!get_varint(reader, &cell->index) || !get_varint(reader, &cell->count) ||
            !cell->count || cell->index >= partial->ncells - next) {
            return false;
        }
        cell->index += next;
        next = cell->index + 1;
    }
    return true;
}

static bool
get_dense(struct reader *reader, struct arena *arena, struct partial *partial)
{
    uint64_t n;
    unsigned width;
    if (!get_varint(reader, &n) || n != partial->ncells || !get_byte(reader, &width) ||
        (width != 1 && width != 2 && width != 4 && width != 8) || n > reader_left(reader) / width) {
        return false;
    }
    partial->cells = arena_array(arena, n, sizeof *partial->cells);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t count = 0;
        for (unsigned b = 0; b < width; b++) {
            count |= (uint64_t) *reader->at++ << (8 * b);
        }
        if (count) {
            partial->cells[partial->nnonzero++] = (struct partial_cell){i, count};
        }
    }
    return true;
}

/* The number of cells; false where it needs more than 64 bits. */
static bool
multiply_dims(struct partial *partial)
{
    partial->ncells = 1;
    for (size_t d = 0; d < partial->ndims; d++) {
        if (partial->dims[d].npositions == 0) {
            partial->ncells = 0;
            return true;
        }
    }
    for (size_t d = 0; d < partial->ndims; d++) {
        if (__builtin_mul_overflow(partial->ncells, partial->dims[d].npositions,
                                   &partial->ncells)) {
            return false;
        }
    }
    return true;
}

/* Adds the rows in its cells; false where an answer, which is signed, could not hold them. */
static bool
add_cells(const struct partial *partial, uint64_t *sum)
{
    for (size_t i = 0; i < partial->nnonzero; i++) {
        if (__builtin_add_overflow(*sum, partial->cells[i].count, sum)) {
            return false;
        }
    }
    return *sum <= INT64_MAX;
}

/* What is left of the filter's rows; false where the cells have more than there are. */
static bool
subtract_cells(struct partial *partial)
{
    uint64_t in_cells = 0;
    if (!add_cells(partial, &in_cells) || partial->base > INT64_MAX) {
        return false;
    }
    partial->excluded = partial->has_base ? partial->base - in_cells : 0;
    return !partial->has_base || in_cells <= partial->base;
}

bool
partial_decode(struct arena *arena, struct slice bytes, struct partial **out, struct error *err)
{
    struct reader reader = reader_of(bytes);
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    unsigned flags;
    if (!slice_starts_with(bytes, slice_of(MAGIC, sizeof MAGIC))) {
        return bytes_are_malformed(err);
    }
    reader.at += sizeof MAGIC;
    if (!get_byte(&reader, &flags) || flags > (FLAG_DENSE | FLAG_BASE)) {
        return bytes_are_malformed(err);
    }
    partial->has_base = (flags & FLAG_BASE) != 0;
    if ((partial->has_base && !get_varint(&reader, &partial->base)) ||
        !get_dims(&reader, arena, &partial->dims, &partial->ndims)) {
        return bytes_are_malformed(err);
    }
    if (!multiply_dims(partial) ||
        !(flags & FLAG_DENSE ? get_dense(&reader, arena, partial)
                             : get_sparse(&reader, arena, partial)) ||
        reader_left(&reader) || !subtract_cells(partial)) {
        return bytes_are_malformed(err);
    }
    *out = partial;
    return true;
}

/* ---- Adding up ---- */

static int
by_value(const void *a, const void *b)
{
    return value_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/* The union of the parts' values; maps[part] gives a part's positions in it. NULL: the same. */
static bool
unite_dim(struct arena *arena, const struct partial *const *parts, size_t nparts, size_t d,
          struct partial_dim *dim, size_t **maps, struct error *err)
{
    *dim = parts[0]->dims[d];
    size_t total = 0;
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_dim *part = &parts[i]->dims[d];
        if (part->is_open != dim->is_open ||
            (!dim->is_open && part->npositions != dim->npositions)) {
            return bytes_are_malformed(err);
        }
        total += part->npositions;
        maps[i] = NULL;
    }
    if (!dim->is_open) {
        return true;
    }
    struct slice *values = arena_array(arena, total, sizeof *values);
    total = 0;
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_dim *part = &parts[i]->dims[d];
        if (part->npositions) {
            memcpy(values + total, part->values, part->npositions * sizeof *values);
        }
        total += part->npositions;
    }
    qsort(values, total, sizeof *values, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < total; i++) {
        if (kept == 0 || !slice_equal(values[kept - 1], values[i])) {
            values[kept++] = values[i];
        }
    }
    for (size_t i = 0; i < nparts; i++) {
        const struct partial_dim *part = &parts[i]->dims[d];
        maps[i] = arena_array(arena, part->npositions, sizeof **maps);
        size_t at = 0;
        for (size_t j = 0; j < part->npositions; j++) {
            while (!slice_equal(values[at], part->values[j])) {
                at++;
            }
            maps[i][j] = at;
        }
    }
    dim->values = values;
    dim->npositions = kept;
    return true;
}

/* A part's cells with the union's indexes, written behind `cells`. They stay in order: the maps
 * grow with the positions. */
static void
place_cells(const struct partial *sum, const struct partial *part, size_t *const *maps,
            struct partial_cell *cells)
{
    for (size_t i = 0; i < part->nnonzero; i++) {
        uint64_t rest = part->cells[i].index, index = 0, stride = 1;
        for (size_t d = sum->ndims; d-- > 0;) {
            size_t radix = part->dims[d].npositions;
            size_t position = maps[d] ? maps[d][rest % radix] : rest % radix;
            index += position * stride;
            stride *= sum->dims[d].npositions;
            rest /= radix;
        }
        cells[i] = (struct partial_cell){index, part->cells[i].count};
    }
}

/* Merges two sorted runs into `to`; counts of the same cell are added. */
static size_t
merge_runs(const struct partial_cell *a, size_t na, const struct partial_cell *b, size_t nb,
           struct partial_cell *to)
{
    size_t i = 0, j = 0, n = 0;
    while (i < na && j < nb) {
        if (a[i].index == b[j].index) {
            to[n++] = (struct partial_cell){a[i].index, a[i].count + b[j].count};
            i++;
            j++;
        } else {
            to[n++] = a[i].index < b[j].index ? a[i++] : b[j++];
        }
    }
    while (i < na) {
        to[n++] = a[i++];
    }
    while (j < nb) {
        to[n++] = b[j++];
    }
    return n;
}

bool
partial_merge(struct arena *arena, const struct partial *const *parts, size_t nparts,
              uint64_t max_cells, struct partial **out, struct error *err)
{
    struct partial *sum = arena_alloc(arena, sizeof *sum);
    if (nparts == 0) {
        return bytes_are_malformed(err);
    }
    sum->ndims = parts[0]->ndims;
    sum->has_base = parts[0]->has_base;
    size_t total = 0;
    uint64_t in_cells = 0;
    for (size_t i = 0; i < nparts; i++) {
        if (parts[i]->ndims != sum->ndims || parts[i]->has_base != sum->has_base ||
            !add_cells(parts[i], &in_cells) || parts[i]->base > INT64_MAX - sum->base) {
            return bytes_are_malformed(err);
        }
        sum->base += parts[i]->base;
        total += parts[i]->nnonzero;
    }
    sum->dims = arena_array(arena, sum->ndims, sizeof *sum->dims);
    size_t **maps = arena_array(arena, nparts * sum->ndims, sizeof *maps);
    size_t **of_dim = arena_array(arena, nparts, sizeof *of_dim);
    for (size_t d = 0; d < sum->ndims; d++) {
        if (!unite_dim(arena, parts, nparts, d, &sum->dims[d], of_dim, err)) {
            return false;
        }
        for (size_t i = 0; i < nparts; i++) {
            maps[i * sum->ndims + d] = of_dim[i];
        }
    }
    if (!multiply_dims(sum)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    struct partial_cell *cells = arena_array(arena, total, sizeof *cells);
    struct partial_cell *placed = arena_array(arena, total, sizeof *placed);
    struct partial_cell *merged = arena_array(arena, total, sizeof *merged);
    for (size_t i = 0; i < nparts; i++) {
        place_cells(sum, parts[i], maps + i * sum->ndims, placed);
        sum->nnonzero = merge_runs(cells, sum->nnonzero, placed, parts[i]->nnonzero, merged);
        struct partial_cell *swapped = cells;
        cells = merged;
        merged = swapped;
        if (max_cells && sum->nnonzero > max_cells) {
            return error_set(err, "LIMIT", "max-cells is %llu, the answer has more",
                             (unsigned long long) max_cells);
        }
    }
    sum->cells = cells;
    if (!subtract_cells(sum)) {
        return bytes_are_malformed(err);
    }
    *out = sum;
    return true;
}

void
partial_print(const struct partial *partial, struct strbuf *out)
{
    for (size_t d = 0; d < partial->ndims; d++) {
        const struct partial_dim *dim = &partial->dims[d];
        strbuf_append_str(out, d ? " x " : "");
        if (!dim->is_open) {
            strbuf_append_int(out, (int64_t) dim->npositions);
            continue;
        }
        strbuf_append_char(out, '{');
        for (size_t i = 0; i < dim->npositions; i++) {
            strbuf_append_str(out, i ? "," : "");
            strbuf_append(out, dim->values[i]);
        }
        strbuf_append_char(out, '}');
    }
    strbuf_append_str(out, partial->ndims ? " |" : "|");
    for (size_t i = 0; i < partial->nnonzero; i++) {
        strbuf_printf(out, " %llu:%llu", (unsigned long long) partial->cells[i].index,
                      (unsigned long long) partial->cells[i].count);
    }
    if (partial->has_base) {
        strbuf_printf(out, " | base %llu", (unsigned long long) partial->base);
    }
}

static int
by_index(const void *a, const void *b)
{
    uint64_t x = ((const struct partial_cell *) a)->index;
    uint64_t y = ((const struct partial_cell *) b)->index;
    return (x > y) - (x < y);
}

void
partial_sort(struct partial *partial)
{
    qsort(partial->cells, partial->nnonzero, sizeof *partial->cells, by_index);
}
