/*
 * From cells to partials. in: a plan, and the cells of each of its grids; out: a partial for each
 * of the query's grids, its positions in the order of the answer.
 *
 * Example: grid (age, sex) has the cells 7 and 12. Of age only the values 31 and 30 occur, with
 * codes 1 and 2. In the partial they are the positions 1 and 0.
 */
#include "columns/count_result.h"

#include <assert.h>
#include <string.h>

#include "answer/fold.h"
#include "answer/ranks.h"

/* The positions of an open dimension that occur, in the order of the answer. */
struct axis {
    uint32_t *rank_of; /* per position of the grid; NO_POSITION: does not occur. NULL: closed */
    uint32_t *occurring;
    uint32_t noccurring;
};

struct result {
    const struct count_grid *grid;
    struct arena *scratch;
    struct axis *axes; /* per dimension of the grid */
    size_t ndims;      /* of the partial */
    uint64_t nnonzero, cells_most;
    const struct sums *sums; /* of a grid of numbers */
    struct fold_layout layout;
    struct partial *partial;
};

/* ---- Positions that occur ---- */

static void
mark_position(struct axis *axis, uint32_t position)
{
    if (axis->rank_of[position] == NO_POSITION) {
        axis->rank_of[position] = 0;
        axis->occurring[axis->noccurring++] = position;
    }
}

/* Counts the cells, and marks the positions that occur. */
static bool
look_at_cell(void *ctx, uint64_t index, uint64_t count)
{
    struct result *result = ctx;
    const struct count_grid *grid = result->grid;
    (void) count;
    if (++result->nnonzero > result->cells_most) {
        return false;
    }
    for (size_t d = 0; d < result->ndims; d++) {
        if (result->axes[d].rank_of) {
            mark_position(&result->axes[d], (uint32_t) (index / grid->dims[d].stride %
                                                        grid->dims[d].dim->npositions));
        }
    }
    return true;
}

static bool
look_at_axis_cell(void *ctx, uint64_t index, uint64_t count)
{
    (void) count;
    mark_position(ctx, (uint32_t) index);
    return true;
}

static void
open_axes(struct result *result)
{
    const struct count_grid *grid = result->grid;
    result->axes = arena_array(result->scratch, result->ndims, sizeof *result->axes);
    for (size_t d = 0; d < result->ndims; d++) {
        const struct count_dim *dim = grid->dims[d].dim;
        if (dim->is_open) {
            struct axis *axis = &result->axes[d];
            axis->rank_of = arena_array(result->scratch, dim->npositions, sizeof *axis->rank_of);
            axis->occurring =
                arena_array(result->scratch, dim->npositions, sizeof *axis->occurring);
            memset(axis->rank_of, 0xff, dim->npositions * sizeof *axis->rank_of);
        }
    }
}

/* A plain query's nested answer has all positions that occur under the filter. */
static void
mark_all_positions(struct result *result, const struct count_plan *plan, const struct cells *totals)
{
    for (size_t g = plan->nown_grids; g < plan->ngrids; g++) {
        for (size_t d = 0; d < result->ndims; d++) {
            if (result->grid->dims[d].dim == plan->grids[g].dims[0].dim) {
                cells_each(&totals[g], look_at_axis_cell, &result->axes[d]);
            }
        }
    }
}

/* A value that is too long for any bin must not be left out silently. */
static bool
check_bins(const struct result *result, struct error *err)
{
    for (size_t d = 0; d < result->ndims; d++) {
        const struct count_dim *dim = result->grid->dims[d].dim;
        if (dim->bad_position != NO_POSITION &&
            result->axes[d].rank_of[dim->bad_position] != NO_POSITION) {
            return count_too_long(dim, dim->bad_code, err);
        }
    }
    return true;
}

/* The same for a set: row by row, and the last dimension's positions once for all rows. */
static bool
look_at_set(struct result *result, const struct cells *cells)
{
    const struct count_grid *grid = result->grid;
    size_t nwords = grid->row_cells / 64, last = grid->ndims - 1;
    uint64_t *occurs = arena_array(result->scratch, nwords, sizeof *occurs);
    for (uint64_t index = 0; index < cells->ncells; index += grid->row_cells) {
        const uint64_t *row = cells->bits + index / 64;
        uint64_t n = 0;
        for (size_t w = 0; w < nwords; w++) {
            n += (uint64_t) __builtin_popcountll(row[w]);
            occurs[w] |= row[w];
        }
        result->nnonzero += n;
        if (result->nnonzero > result->cells_most) {
            return false;
        }
        for (size_t d = 0; n && d < last; d++) {
            if (result->axes[d].rank_of) {
                mark_position(&result->axes[d], (uint32_t) (index / grid->dims[d].stride %
                                                            grid->dims[d].dim->npositions));
            }
        }
    }
    for (size_t w = 0; result->axes[last].rank_of && w < nwords; w++) {
        for (uint64_t bits = occurs[w]; bits; bits &= bits - 1) {
            mark_position(&result->axes[last],
                          (uint32_t) (w * 64 + (size_t) __builtin_ctzll(bits)));
        }
    }
    return true;
}

/* ---- Their order ---- */

static void
rank_axis(struct result *result, size_t d, struct arena *arena)
{
    struct axis *axis = &result->axes[d];
    const struct count_dim *dim = result->grid->dims[d].dim;
    struct partial_dim *out = &result->partial->dims[d];
    size_t n = axis->noccurring;
    struct slice *values = arena_array(result->scratch, n, sizeof *values);
    size_t *ranks = arena_array(result->scratch, n, sizeof *ranks);
    for (size_t i = 0; i < n; i++) {
        values[i] = dim_text(dim, axis->occurring[i]);
    }
    out->is_open = true;
    out->npositions = n;
    out->values = arena_array(arena, n, sizeof *out->values);
    values_rank(result->scratch, values, n, out->values, ranks);
    for (size_t i = 0; i < n; i++) {
        axis->rank_of[axis->occurring[i]] = (uint32_t) ranks[i];
        out->values[i] = arena_copy(arena, out->values[i]);
    }
}

/* ---- Cells ---- */

/* Writes a cell's numbers into its vector. */
static void
write_sums(const struct result *result, uint64_t index, int64_t *words)
{
    const struct sums *sums = result->sums;
    const size_t *offsets = result->layout.offsets;
    const struct {
        bool is_there;
        enum fold_number number;
        __int128 value;
    } numbers[] = {
        {sums->sums, FOLDED_SUM, sums->sums ? sums->sums[index] : 0},
        {sums->squares, FOLDED_SQUARES, sums->squares ? sums->squares[index] : 0},
        {sums->least, FOLDED_LEAST, sums->least ? sums->least[index] : 0},
        {sums->least, FOLDED_GREATEST, sums->least ? sums->greatest[index] : 0},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        size_t at = offsets[numbers[i].number];
        if (numbers[i].is_there) {
            bool fits = words_set(words + at, measure_words(result->layout.kinds[at]),
                                  wide_of_int128(numbers[i].value));
            assert(fits); /* each has 128 bits or more */
            (void) fits;
        }
    }
}

/* The cell's index among the first ndims dimensions of the partial. */
static uint64_t
placed_index(const struct result *result, uint64_t index, size_t ndims)
{
    const struct count_grid *grid = result->grid;
    uint64_t placed = 0;
    for (size_t d = 0; d < ndims; d++) {
        uint32_t position =
            (uint32_t) (index / grid->dims[d].stride % grid->dims[d].dim->npositions);
        const uint32_t *rank_of = result->axes[d].rank_of;
        placed =
            placed * result->partial->dims[d].npositions + (rank_of ? rank_of[position] : position);
    }
    return placed;
}

static bool
place_cell(void *ctx, uint64_t index, uint64_t count)
{
    struct result *result = ctx;
    const struct count_grid *grid = result->grid;
    struct cell_list *cells = &result->partial->cells;
    uint64_t placed = placed_index(result, index, result->ndims);
    int64_t *words = cells->values + cells->n * cells->nmeasures;
    words[0] = (int64_t) count;
    if (grid->numbers) {
        write_sums(result, index, words);
    }
    cell_list_index(cells, placed);
    return true;
}

static bool
words_any(const uint64_t *words, size_t n)
{
    size_t i = 0;
    while (i < n && !words[i]) {
        i++;
    }
    return i < n;
}

/* The cells of a set, each with one row: of each row in the order of the last dimension. */
static void
place_set(struct result *result, const struct cells *cells)
{
    const struct count_grid *grid = result->grid;
    size_t last = grid->ndims - 1, n = result->partial->dims[last].npositions;
    const struct axis *axis = &result->axes[last];
    struct cell_list *to = &result->partial->cells;
    uint32_t *positions = arena_array(result->scratch, n, sizeof *positions); /* by rank */
    for (uint32_t i = 0; i < n; i++) {
        uint32_t position = axis->rank_of ? axis->occurring[i] : i;
        positions[axis->rank_of ? axis->rank_of[position] : i] = position;
    }
    for (uint64_t index = 0; index < cells->ncells; index += grid->row_cells) {
        const uint64_t *row = cells->bits + index / 64;
        if (!words_any(row, grid->row_cells / 64)) {
            continue; /* it may have no place */
        }
        uint64_t placed = placed_index(result, index, last) * n;
        for (size_t i = 0; i < n; i++) {
            /* Without a branch: written behind the last one, and kept if the bit is set. */
            to->indexes[to->n] = placed + i;
            to->values[to->n] = 1;
            to->n += row[positions[i] / 64] >> positions[i] % 64 & 1;
        }
    }
}

/* An empty list with room for all cells, and the scale of their sums. */
static void
make_cells(struct result *result, struct arena *arena)
{
    const struct count_grid *grid = result->grid;
    struct partial *partial = result->partial;
    if (!grid->numbers) {
        partial->cells = cell_list_counts(arena, result->nnonzero + 1); /* place_set */
        return;
    }
    result->layout = fold_layout_of(grid->bound);
    struct partial_scales *scales = arena_alloc(arena, sizeof *scales);
    *scales = result->layout.scales;
    scales->value = grid->numbers->scale;
    partial->scales = scales;
    partial->cells =
        cell_list_new(arena, result->layout.kinds, result->layout.nwords, result->nnonzero, false);
}

static bool
make_partial(struct result *result, const struct cells *cells, struct arena *arena,
             struct error *err)
{
    struct partial *partial = arena_alloc(arena, sizeof *partial);
    bool is_open = false, is_open_before = false; /* before the last one */
    result->partial = partial;
    partial->ndims = result->ndims;
    partial->dims = arena_array(arena, result->ndims, sizeof *partial->dims);
    for (size_t d = 0; d < result->ndims; d++) {
        if (result->axes[d].rank_of) {
            rank_axis(result, d, arena);
            is_open = true;
            is_open_before = is_open_before || d + 1 < result->ndims;
        } else {
            partial->dims[d].npositions = result->grid->dims[d].dim->npositions;
        }
    }
    if (!partial_multiply_dims(partial)) {
        return error_set(err, "LIMIT", "the open dimensions have more than 2^64 combinations");
    }
    make_cells(result, arena);
    if (cells->bits) {
        place_set(result, cells);
    } else {
        cells_each(cells, place_cell, result);
    }
    if (is_open_before || (!cells->bits && (is_open || !cells->is_dense))) {
        cell_list_sort(arena, &partial->cells);
    }
    return true;
}

/* ---- All of it ---- */

bool
count_check_bytes(uint64_t bytes, uint64_t max_bytes, struct error *err)
{
    return !max_bytes || bytes <= max_bytes ||
           error_set(err, "LIMIT", "max-partial-bytes is %llu, the query needs more",
                     (unsigned long long) max_bytes);
}

/* An answer's cells are a plain query's; of other queries they are made later. */
static uint64_t
cells_most(const struct count_plan *plan, const struct count_limits *limits)
{
    enum { CELL_BYTES = sizeof(uint64_t) + sizeof(int64_t) };
    return plan->query->is_plain ? limits->max_cells ? limits->max_cells : UINT64_MAX
           : limits->max_bytes   ? limits->max_bytes / CELL_BYTES
                                 : UINT64_MAX;
}

static bool
grid_result(const struct count_plan *plan, size_t g, const struct cells *totals,
            const struct sums *sums, const struct count_limits *limits, struct arena *arena,
            struct partial **out, struct error *err)
{
    const struct count_grid *grid = &plan->grids[g];
    struct result result = {.grid = grid,
                            .ndims = grid->ndims - (grid->numbers ? 1 : 0),
                            .scratch = arena_new(),
                            .cells_most = cells_most(plan, limits),
                            .sums = &sums[g]};
    open_axes(&result);
    mark_all_positions(&result, plan, totals);
    bool ok = totals[g].bits ? look_at_set(&result, &totals[g])
                             : cells_each(&totals[g], look_at_cell, &result);
    if (!ok && plan->query->is_plain) {
        error_set(err, "LIMIT", "max-cells is %llu, the answer has more",
                  (unsigned long long) limits->max_cells);
    } else if (!ok) {
        ok = count_check_bytes(UINT64_MAX, limits->max_bytes, err);
    }
    ok = ok && (limits->hides || check_bins(&result, err)) &&
         make_partial(&result, &totals[g], arena, err);
    *out = result.partial;
    arena_free(result.scratch);
    return ok;
}

bool
count_result(const struct count_plan *plan, const struct cells *totals, const struct sums *sums,
             const struct count_limits *limits, struct arena *arena, struct partials **out,
             struct error *err)
{
    *out = partials_new(arena, plan->nown_grids);
    for (size_t g = 0; g < plan->nown_grids; g++) {
        const struct bound_grid *bound = plan->grids[g].bound;
        struct partial **to = &(*out)->items[g], *raw;
        if (!grid_result(plan, g, totals, sums, limits, arena, &raw, err)) {
            return false;
        }
        *to = raw;
        if (bound->is_folded && !plan->grids[g].numbers &&
            !fold_partial_hiding(arena, bound, raw, limits->hides, to, err)) {
            return false;
        }
    }
    return true;
}
