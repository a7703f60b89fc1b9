/*
 * Counts one chunk in the way that is cheapest for it. in: its number; out: cells, added to those
 * of the worker.
 *
 * chunk_count(number):
 *     no row, or the filter holds nowhere          -> skipped
 *     each dimension: empty or constant            -> its position is fixed, or nothing is counted
 *     all fixed, no filter                         -> the chunk's number of rows is the answer
 *     something sparse that all rows must have     -> its rows as a list, if that is cheaper: each
 *                                                     other dimension and the filter shorten it
 *     else the filter becomes a bitmap; few rows   -> the list of them
 *     up to JOINT_BITS_MOST planes                 -> AND and popcount
 *     up to 16 planes                              -> one number per row, and a histogram
 *     more                                         -> codes gathered, cells added one by one
 *
 * Example, the mission's query: value_3 is sparse with 65 rows; value_4 leaves 6 of them, the
 * filter 3; value_1 and value_2 are looked up for those. Nothing else of the chunk is read.
 */
#include "columns/count_chunk.h"

#include "columns/count_list.h"
#include "columns/count_mask.h"
#include "columns/count_measure.h"
#include "columns/count_pending.h"
#include "columns/count_planes.h"
#include "columns/count_price.h"
#include "columns/count_source.h"
#include "columns/count_values.h"
#include "columns/count_walk.h"
#include "columns/count_when.h"

enum { LISTED_MASK_MOST = 2048 }; /* a bitmap with so few rows is listed */

static enum count_method
count_masked(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, size_t nvariable,
             uint64_t fixed)
{
    const uint64_t *mask = NULL;
    uint32_t rows = work->rows_chunk->rows;
    if (work->has_filter) {
        mask_make(work);
        mask = work->mask;
        rows = work->mask_rows;
    } else if (work->rows_chunk->kind != CHUNK_CONSTANT) {
        bool is_needed = false;
        for (size_t d = 0; d < ndims; d++) {
            is_needed = is_needed || chunk_dim_is_needed(&work->dims[d]);
        }
        /* A row that has a code exists. */
        mask = is_needed || !nvariable ? NULL : mask_of_rows(work);
    }
    if (rows == 0) {
        return COUNT_SKIPPED;
    }
    if (nvariable == 0) {
        cells_add(&grid->cells, fixed, rows);
        if (grid->sums.numbers) {
            sums_add(&grid->sums, fixed, work->dims[ndims - 1].chunk->code, rows);
        }
        return work->has_filter ? COUNT_PLANES : COUNT_WHOLE;
    }
    if (mask && rows <= LISTED_MASK_MOST) {
        list_count_mask(work, grid, ndims, mask, fixed);
        return COUNT_LIST;
    }
    whens_make(work, ndims);
    if (grid->sums.numbers) {
        return measure_count(work, grid, ndims, mask, fixed);
    }
    if (grid->cells.bits) {
        return values_count(work, grid, ndims, mask, fixed);
    }
    unsigned nbits = planes_lay_out(work, ndims);
    if (nbits + (mask != NULL) > RAW_BITS) {
        walk_count(work, grid, ndims, mask, fixed);
        return COUNT_WALK;
    }
    return planes_count(work, grid, ndims, nbits, mask);
}

/* is_looked: work->dims are the grid's already. */
static enum count_method
count_grid(struct chunk_work *work, size_t g, bool is_looked)
{
    const struct count_plan *plan = work->plan;
    const struct count_grid *grid = &plan->grids[g];
    if (!grid->is_countable || grid->ncells == 0 ||
        !(is_looked || chunk_dims_look(plan, grid, work->number, work->dims))) {
        return COUNT_SKIPPED;
    }
    size_t nvariable;
    uint64_t fixed = chunk_dims_fixed_cell(work->dims, grid->ndims, &nvariable);
    bool is_whole = nvariable == 0 && !work->has_filter;
    if (!is_whole) {
        double bytes;
        bool must_filter = work->has_filter && !work->has_mask;
        struct list_source source = list_source_find(plan, work->rows_chunk, work->has_filter,
                                                     work->number, work->dims, grid->ndims);
        if (source.chunk &&
            price_list(plan, &source, must_filter, work->number, work->dims, grid->ndims, &bytes) <
                price_mask(plan, must_filter, work->number, work->dims, grid->ndims, &bytes)) {
            uint32_t n = list_begin(work, &source, fixed);
            list_count(work, &work->grids[g], grid->ndims, source.dim, !work->has_filter, n);
            return COUNT_LIST;
        }
    }
    return count_masked(work, &work->grids[g], grid->ndims, nvariable, fixed);
}

enum { HANDFUL = 128 };

/* Do the grid's dimensions leave no row (source->chunk is NULL), or a handful? */
static bool
is_handful(struct chunk_work *work, const struct count_grid *grid, struct list_source *source)
{
    const struct count_plan *plan = work->plan;
    *source = (struct list_source){.dim = NO_DIM};
    if (!grid->is_countable || grid->ncells == 0 ||
        !chunk_dims_look(plan, grid, work->number, work->dims)) {
        return true;
    }
    *source = list_source_find(plan, work->rows_chunk, work->has_filter, work->number, work->dims,
                               grid->ndims);
    return source->chunk && source->chunk->rows <= HANDFUL;
}

/* work->dims are the grid's. */
static void
count_few(struct chunk_work *work, size_t g, const struct list_source *source)
{
    size_t ndims = work->plan->grids[g].ndims, nvariable, at = 0;
    uint64_t fixed = chunk_dims_fixed_cell(work->dims, ndims, &nvariable);
    uint32_t n = list_begin(work, source, fixed);
    if (!work->has_filter) {
        list_count(work, &work->grids[g], ndims, source->dim, true, n);
        return;
    }
    nvariable = list_order_dims(work, ndims, source->dim);
    n = list_place_rare(work, nvariable, &at, n);
    if (n > PENDING_ROWS) {
        n = list_keep_filtered(work, n);
        list_count_placed(work, &work->grids[g], nvariable, at, n);
    } else if (n) {
        pending_add(work, g, source->dim, n);
    }
}

/*
 * If the dimensions alone leave no row, or a handful, the filter need not look at the whole chunk:
 * with a thousand chunks and sixteen tests that look is most of the time. False: it must look, and
 * if there is one grid, is_looked tells whether its dimensions are in hand. All grids are asked before
 * one is counted, the first one last, so that it is not asked twice.
 */
static bool
count_handful(struct chunk_work *work, bool *is_looked)
{
    const struct count_plan *plan = work->plan;
    uint32_t number = work->number;
    struct list_source source = {.dim = NO_DIM};
    *is_looked = false;
    if (work->wants_base) {
        return false;
    }
    if (!work->rows_chunk->rows) {
        work->chunks_by[COUNT_SKIPPED] += plan->ngrids;
        return true;
    }
    work->has_filter = plan->filter != NULL;
    for (size_t g = plan->ngrids; g-- > 0;) {
        if (!is_handful(work, &plan->grids[g], &source)) {
            *is_looked = plan->ngrids == 1;
            return false;
        }
    }
    for (size_t g = 0; g < plan->ngrids; g++) {
        work->number = number; /* rows that waited may have been counted */
        bool has_rows = (g == 0 || is_handful(work, &plan->grids[g], &source)) && source.chunk;
        if (has_rows) {
            count_few(work, g, &source);
        }
        work->chunks_by[has_rows ? COUNT_LIST : COUNT_SKIPPED]++;
    }
    return true;
}

void
chunk_touch_run(struct chunk_work *work, uint32_t first, uint32_t end)
{
    const struct count_plan *plan = work->plan;
    for (uint32_t number = first; number < end; number++) {
        for (size_t d = 0; d < plan->query->ndims; d++) {
            const struct count_dim *dim = &plan->dims[d];
            chunk_touch_small(table_chunk(dim->column->table, number), &work->touch);
            if (dim->when && dim->when->filter) {
                select_touch_small(dim->when->filter, number, &work->touch);
            }
        }
        if (plan->filter) {
            select_touch_small(plan->filter, number, &work->touch);
        }
    }
    touch_all(&work->touch);
}

void
chunk_count(struct chunk_work *work, uint32_t number)
{
    const struct count_plan *plan = work->plan;
    work->number = number;
    work->rows_chunk = table_chunk(plan->snapshot->rows.table, number);
    work->has_mask = false;
    bool is_looked;
    if (count_handful(work, &is_looked)) {
        return;
    }
    enum select_state state = plan->filter ? select_state(plan->filter, number) : SELECT_ALL;
    if (plan->filter && plan->is_complement) {
        state = SELECT_ALL - state;
    }
    work->has_filter = state == SELECT_SOME;
    if (work->rows_chunk->rows && state != SELECT_NEVER) {
        if (work->wants_base && work->has_filter) {
            mask_make(work);
        }
        work->base +=
            work->has_filter ? (work->has_mask ? work->mask_rows : 0) : work->rows_chunk->rows;
        for (size_t g = 0; g < plan->ngrids; g++) {
            work->chunks_by[count_grid(work, g, is_looked)]++;
        }
    } else {
        work->chunks_by[COUNT_SKIPPED] += plan->ngrids;
    }
}

void
chunk_count_flush(struct chunk_work *work)
{
    pending_drain(work);
    for (size_t g = 0; g < work->plan->ngrids; g++) {
        struct chunk_grid *grid = &work->grids[g];
        raw_flush(&grid->raw, &grid->cells, &grid->sums);
        if (grid->sums.numbers) {
            patterns_flush(&grid->patterns, &grid->cells, &grid->sums);
        }
    }
}
