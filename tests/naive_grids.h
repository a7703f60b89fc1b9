/*
 * For tests: what a shard would answer, counted row by row.
 *
 *     rows, one a line of `field=value` with blanks between   "a=1 x=800\na=1 x=1200.5\nb=2"
 *     naive_grids(arena, query, rows, 0, 2)                   of every second row, from the first one
 *
 * Values are taken as they are: canonical numbers, texts without blanks.
 */
#ifndef QUIPU_TESTS_NAIVE_GRIDS_H
#define QUIPU_TESTS_NAIVE_GRIDS_H

#include <check.h>

#include "answer/fold.h"
#include "answer/partials.h"
#include "answer/place_key.h"
#include "answer/ranks.h"
#include "base/like.h"
#include "base/number.h"
#include "planner/bound.h"

enum { NAIVE_ROWS_MOST = 512, NAIVE_DIMS_MOST = 12 };

/* A field's value in a row; ptr NULL: it has none. */
static inline struct slice
naive_value(struct slice row, struct slice field)
{
    while (row.len) {
        struct slice word = slice_shift(&row, ' ');
        struct slice name = slice_shift(&word, '=');
        if (slice_equal(name, field)) {
            return word;
        }
    }
    return (struct slice){NULL, 0};
}

static inline bool
naive_holds(const struct filter *filter, struct slice row)
{
    bool is_and = filter->kind == FILTER_AND, holds = is_and;
    struct slice value = naive_value(row, filter->field);
    switch (filter->kind) {
    case FILTER_IN:
        for (size_t i = 0; value.ptr && i < filter->nvalues; i++) {
            holds = holds || slice_equal(filter->values[i], value);
        }
        return holds;
    case FILTER_RANGE: return value.ptr && filter_range_holds(filter, value);
    case FILTER_LIKE: return value.ptr && like_matches(filter->pattern, filter->folds_case, value);
    case FILTER_PARTS: return value.ptr && filter_value_holds(filter, value);
    case FILTER_EXISTS: return value.ptr;
    case FILTER_NOT: return !naive_holds(filter->children[0], row);
    case FILTER_OR:
    case FILTER_AND: break;
    }
    for (size_t i = 0; i < filter->nchildren; i++) {
        bool child = naive_holds(filter->children[i], row);
        holds = is_and ? holds && child : holds || child;
    }
    return holds;
}

/* How one dim is looked up. */
struct naive_dim {
    const struct bound_dim *dim;
    struct place_list list;
    struct place_bins bins;
    struct place_keys keys;
};

static inline void
naive_dim_init(struct naive_dim *naive, struct arena *arena, const struct bound_dim *dim)
{
    naive->dim = dim;
    if (dim->kind == DIM_LIST || dim->kind == DIM_BINS) {
        place_list_init(&naive->list, arena, dim, true);
    } else if (dim->kind == DIM_WIDTH) {
        place_bins_init(&naive->bins, arena, dim->width);
    } else if (dim->kind == DIM_PLACED) {
        place_keys_init(&naive->keys, arena, dim->rule);
    }
}

static inline uint32_t
naive_missing(const struct bound_dim *dim)
{
    for (uint32_t i = 0; i < dim->npositions; i++) {
        if (dim->positions[i].kind == POSITION_MISSING) {
            return i;
        }
    }
    return PLACE_NONE;
}

/* The position of a row, or its text where the dim is open. False: it has none. */
static inline bool
naive_place(struct naive_dim *naive, struct arena *arena, struct slice row, uint32_t *position,
            struct slice *text)
{
    const struct bound_dim *dim = naive->dim;
    struct slice value = naive_value(row, dim->field);
    uint64_t key = value.ptr ? order_key(value) : 0;
    switch (dim->kind) {
    case DIM_LIST:
    case DIM_BINS:
        *position = value.ptr ? place_of(&naive->list, key, value) : naive_missing(dim);
        return *position != PLACE_NONE;
    case DIM_OPEN: *text = value; return value.ptr;
    case DIM_WIDTH:
        *position = value.ptr ? place_bin(&naive->bins, arena, key, value) : PLACE_NONE;
        *text = *position == PLACE_NONE ? value : naive->bins.lowers[*position];
        return *position != PLACE_NONE;
    case DIM_PLACED:
        *position = value.ptr ? place_key_of(&naive->keys, arena, key, value)
                              : place_key_missing(&naive->keys);
        *text = *position == PLACE_NONE ? value : naive->keys.texts[*position];
        return *position != PLACE_NONE;
    case DIM_WHEN: *position = !dim->when || naive_holds(dim->when, row); return true;
    }
    return false;
}

/* Gives the grid's open dims their values, and the rows the positions in them. */
static inline void
naive_rank(struct arena *arena, struct partial *partial, size_t nrows,
           struct slice (*texts)[NAIVE_DIMS_MOST], uint32_t (*positions)[NAIVE_DIMS_MOST])
{
    for (size_t d = 0; d < partial->ndims; d++) {
        struct slice values[NAIVE_ROWS_MOST];
        size_t ranks[NAIVE_ROWS_MOST];
        for (size_t i = 0; i < nrows && partial->dims[d].is_open; i++) {
            values[i] = texts[i][d];
        }
        if (partial->dims[d].is_open) {
            partial->dims[d].values = arena_array(arena, nrows, sizeof *values);
            partial->dims[d].npositions =
                values_rank(arena, values, nrows, partial->dims[d].values, ranks);
        }
        for (size_t i = 0; i < nrows && partial->dims[d].is_open; i++) {
            positions[i][d] = (uint32_t) ranks[i];
        }
    }
}

static inline struct partial *
naive_grid(struct arena *arena, const struct bound_query *query, const struct bound_grid *grid,
           const struct slice *rows, size_t nrows)
{
    static struct slice texts[NAIVE_ROWS_MOST][NAIVE_DIMS_MOST];
    static uint32_t positions[NAIVE_ROWS_MOST][NAIVE_DIMS_MOST];
    struct naive_dim dims[NAIVE_DIMS_MOST];
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    size_t nkept = 0;
    partial->ndims = grid->ndims;
    partial->dims = arena_array(arena, grid->ndims, sizeof *partial->dims);
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct bound_dim *dim = &query->dims[grid->dims[d]];
        naive_dim_init(&dims[d], arena, dim);
        partial->dims[d].is_open = bound_dim_is_unlisted(dim);
        partial->dims[d].npositions = dim->npositions;
    }
    for (size_t i = 0; i < nrows; i++) {
        bool is_in = !query->filter || naive_holds(query->filter, rows[i]);
        for (size_t d = 0; is_in && d < grid->ndims; d++) {
            is_in = naive_place(&dims[d], arena, rows[i], &positions[nkept][d], &texts[nkept][d]);
        }
        nkept += is_in;
    }
    naive_rank(arena, partial, nkept, texts, positions);
    ck_assert(partial_multiply_dims(partial));
    struct cell_list all = cell_list_counts(arena, nkept);
    for (size_t i = 0; i < nkept; i++) {
        uint64_t index = 0;
        for (size_t d = 0; d < grid->ndims; d++) {
            index = index * partial->dims[d].npositions + positions[i][d];
        }
        cell_list_add(&all, index, 1);
    }
    cell_list_sort(arena, &all);
    partial->cells = cell_list_counts(arena, nkept);
    for (size_t i = 0; i < nkept; i++) {
        struct cell_list *cells = &partial->cells;
        if (cells->n && cells->indexes[cells->n - 1] == all.indexes[i]) {
            cells->values[cells->n - 1]++;
        } else {
            cell_list_add(cells, all.indexes[i], 1);
        }
    }
    return partial;
}

/* One row in `step`, from the first one. Folded grids are folded. */
static inline bool
naive_grids(struct arena *arena, const struct bound_query *query, const char *text, size_t first,
            size_t step, struct partials **out, struct error *err)
{
    struct slice rest = slice_str(text), rows[NAIVE_ROWS_MOST];
    size_t nrows = 0;
    for (size_t i = 0; rest.len; i++) {
        struct slice row = slice_shift(&rest, '\n');
        if (i % step == first) {
            rows[nrows++] = row;
        }
    }
    *out = partials_new(arena, query->ngrids);
    for (size_t g = 0; g < query->ngrids; g++) {
        const struct bound_grid *grid = &query->grids[g];
        struct partial *partial = naive_grid(arena, query, grid, rows, nrows);
        if (grid->is_folded && !fold_partial(arena, grid, partial, &partial, err)) {
            return false;
        }
        (*out)->items[g] = partial;
    }
    return true;
}

#endif
