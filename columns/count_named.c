/*
 * Counts single rows, whose slots are moving between two shards. in: a plan, ids with their names;
 * out: which of them the filter takes, and their places.
 *
 * Example: rows 3, 17 and 70,000: those of chunk 0 are filtered together, then the one of chunk 1.
 * Their codes of sex are 2, 1 and 1. The positions are values in order: f (code 2) becomes place 1,
 * m place 2.
 */
#include "columns/count_named.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "columns/count_select.h"

enum { ROWS_AT_ONCE = 256 };

static uint32_t
code_of_row(const struct count_dim *dim, struct select_scratch *scratch, uint32_t id)
{
    uint16_t row = (uint16_t) (id & (CHUNK_ROWS - 1));
    if (dim->when) {
        bool holds = false;
        if (dim->when->filter) {
            select_mark(scratch, dim->when->filter, id >> CHUNK_BITS, &row, 1, &holds);
        }
        return holds;
    }
    return chunk_get(table_chunk(dim->column->table, id >> CHUNK_BITS), row);
}

/*
 * Finds the row's position + 1 in each of the query's dimensions, as the plan counts them; 0: none.
 * True: it has all.
 */
static bool
place_row(const struct count_plan *plan, struct select_scratch *scratch, uint32_t id,
          uint32_t *places)
{
    bool is_in_cell = true;
    for (size_t d = 0; d < plan->query->ndims; d++) {
        const struct count_dim *dim = &plan->dims[d];
        uint32_t code = code_of_row(dim, scratch, id);
        uint32_t position = code ? dim_position(dim, code) : dim->of_missing;
        places[d] = position == NO_POSITION ? 0 : position + 1;
        is_in_cell = is_in_cell && places[d];
    }
    return is_in_cell;
}

/* A value that is too long for any bin must not be left out silently. */
static bool
check_bins(const struct count_plan *plan, struct select_scratch *scratch, uint32_t id,
           const uint32_t *places, struct error *err)
{
    for (size_t d = 0; d < plan->query->ndims; d++) {
        const struct count_dim *dim = &plan->dims[d];
        if (dim->bad_position != NO_POSITION && places[d] == dim->bad_position + 1) {
            return count_too_long(dim, code_of_row(dim, scratch, id), err);
        }
    }
    return true;
}

/* The number of first rows in the same chunk; at most ROWS_AT_ONCE. */
static uint32_t
rows_together(const struct count_row *rows, size_t nrows, uint16_t *places)
{
    uint32_t n = 0;
    while (n < nrows && n < ROWS_AT_ONCE && rows[n].id >> CHUNK_BITS == rows[0].id >> CHUNK_BITS) {
        places[n] = (uint16_t) (rows[n].id & (CHUNK_ROWS - 1));
        n++;
    }
    return n;
}

/* ---- Open dimensions: places of values in order ---- */

struct ordered {
    struct slice text;
    uint32_t place;
};

static int
by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;
    return (x > y) - (x < y);
}

static int
by_text(const void *a, const void *b)
{
    return value_compare(((const struct ordered *) a)->text, ((const struct ordered *) b)->text);
}

/* The places that occur among n places of a dimension, each once. */
static size_t
occurring(const uint32_t *places, size_t n, size_t d, size_t ndims, uint32_t *out)
{
    size_t nplaces = 0, kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (places[i * ndims + d]) {
            out[nplaces++] = places[i * ndims + d];
        }
    }
    qsort(out, nplaces, sizeof *out, by_place);
    for (size_t i = 0; i < nplaces; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static void
order_dim(struct arena *arena, const struct count_dim *dim, size_t d, size_t ndims,
          uint32_t *places, size_t n, struct partial_dim *out)
{
    uint32_t *known = arena_array(arena, n, sizeof *known);
    size_t nknown = occurring(places, n, d, ndims, known);
    struct ordered *ordered = arena_array(arena, nknown, sizeof *ordered);
    uint32_t *rank_of = arena_array(arena, nknown, sizeof *rank_of);
    for (size_t i = 0; i < nknown; i++) {
        ordered[i] = (struct ordered){dim_text(dim, known[i] - 1), (uint32_t) i};
    }
    qsort(ordered, nknown, sizeof *ordered, by_text);
    out->is_open = true;
    out->npositions = nknown;
    out->values = arena_array(arena, nknown, sizeof *out->values);
    for (size_t i = 0; i < nknown; i++) {
        out->values[i] = arena_copy(arena, ordered[i].text);
        rank_of[ordered[i].place] = (uint32_t) i + 1;
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t *place = &places[i * ndims + d];
        if (*place) {
            const uint32_t *at = bsearch(place, known, nknown, sizeof *known, by_place);
            *place = rank_of[at - known];
        }
    }
}

/* ---- All of it ---- */

bool
named_rows_of_plan(const struct count_plan *plan, const struct kernels *kernels, bool hides,
                   struct arena *arena, const struct count_row *rows, size_t nrows,
                   struct named_rows *out, struct error *err)
{
    size_t ndims = plan->query->ndims, ncounted = 0;
    /* Else a row that lacks a position is in no cell, and its values are not told. */
    bool tells_all = !plan->query->is_plain || plan->query->format == AST_FORMAT_NESTED;
    struct select_scratch scratch = {.kernels = kernels};
    struct named_row *named = arena_array(arena, nrows, sizeof *named);
    uint32_t *places = arena_array(arena, nrows, (ndims ? ndims : 1) * sizeof *places);
    for (size_t i = 0; i < nrows;) {
        uint16_t together[ROWS_AT_ONCE];
        bool hits[ROWS_AT_ONCE];
        uint32_t n = rows_together(rows + i, nrows - i, together);
        if (plan->own_filter) {
            select_mark(&scratch, plan->own_filter, rows[i].id >> CHUNK_BITS, together, n, hits);
        } else {
            memset(hits, true, n);
        }
        for (uint32_t j = 0; j < n; j++, i++) {
            named[i].name = rows[i].name;
            named[i].is_counted = hits[j] != (plan->own_filter && plan->own_is_complement);
            if (!named[i].is_counted) {
                continue;
            }
            uint32_t *own = places + ncounted++ * ndims;
            bool is_told = place_row(plan, &scratch, rows[i].id, own) || tells_all;
            named[i].places = own;
            if (is_told && !hides && !check_bins(plan, &scratch, rows[i].id, own, err)) {
                return false;
            }
        }
    }
    *out = (struct named_rows){.ndims = ndims};
    out->dims = arena_array(arena, ndims, sizeof *out->dims);
    for (size_t d = 0; d < ndims; d++) {
        const struct count_dim *dim = &plan->dims[d];
        if (dim->is_open) {
            order_dim(arena, dim, d, ndims, places, ncounted, &out->dims[d]);
        } else {
            out->dims[d].npositions = dim->npositions;
        }
    }
    out->nslots = 1;
    out->slots = arena_alloc(arena, sizeof *out->slots);
    out->slots[0].nrows = nrows;
    out->slots[0].rows = named;
    return true;
}
