/*
 * Counts a chunk row by row, if few of its rows are left. in: a few rows with their cells as far as
 * they are known; out: the cells, with one row added to each.
 *
 * Each dimension adds its position to the rows' cells, and removes the rows that have none. The
 * rarest dimension comes first, and the filter after the rare ones.
 *
 * Example: the list starts with 65 rows of value_3. value_4 leaves 6 of them, the filter 3. value_1
 * and value_2 are looked up for those 3.
 */
#include "columns/count_list.h"

#include "columns/count_when.h"

enum { LINE = 64 }; /* bytes that come from memory at once */

/*
 * Drops the list's rows that a sparse chunk lacks. No branch depends on the data, so none is
 * mispredicted.
 */
static uint32_t
keep_sparse(struct chunk_work *work, const struct chunk *chunk, uint32_t n)
{
    const uint16_t *positions = chunk->positions;
    uint64_t *marks = work->marks;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < chunk->rows; i++) {
        marks[positions[i] / 64] |= 1ull << positions[i] % 64;
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t row = work->rows[i];
        work->rows[kept] = (uint16_t) row;
        work->cells[kept] = work->cells[i];
        kept += marks[row / 64] >> row % 64 & 1;
    }
    for (uint32_t i = 0; i < chunk->rows; i++) {
        marks[positions[i] / 64] = 0;
    }
    return kept;
}

/*
 * The list and the chunk ascend, and the chunk has all rows of the list: both are walked together.
 */
static uint32_t
place_merged(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n)
{
    const struct chunk *chunk = dim->chunk;
    const void *codes = sparse_codes(chunk);
    uint32_t kept = 0, at = 0;
    for (uint32_t i = 0; i < n; i++) {
        while (chunk->positions[at] != work->rows[i]) {
            at++;
        }
        uint32_t position = dim_position(dim->dim, sparse_code(codes, chunk->width, at));
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i] + position * dim->stride;
        kept += position != NO_POSITION;
    }
    return kept;
}

/* Adds the dimension's position to each row's cell; rows without one leave the list. */
static uint32_t
place_dim(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n)
{
    enum { MERGE_RATIO = 8 };
    const struct chunk *chunk = dim->chunk;
    if (when_is_unmade(dim)) {
        when_place(work, dim, n);
        return n;
    }
    if (chunk->kind == CHUNK_SPARSE) {
        uint64_t whole = (uint64_t) chunk->rows * (2u + chunk->width), probed = (uint64_t) n * LINE;
        work->select.read_bytes += probed < whole ? probed : whole;
        if (chunk_dim_is_needed(dim) && chunk->rows < n * MERGE_RATIO) {
            n = keep_sparse(work, chunk, n);
            if (chunk->rows < n * MERGE_RATIO) {
                return place_merged(work, dim, n);
            }
        }
    } else {
        work->select.read_bytes += (uint64_t) n * chunk->width * LINE;
    }
    bool is_full = false;
    unsigned nbits = chunk->kind == CHUNK_PLANES ? chunk_dim_bits(dim, &is_full) : 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t code = nbits ? planes_low_code(chunk->planes, nbits, work->rows[i])
                              : chunk_get(chunk, work->rows[i]);
        if (nbits && !code && is_full) {
            code = 1u << nbits;
        }
        uint32_t position = dim_position(dim->dim, code);
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i] + position * dim->stride;
        kept += position != NO_POSITION;
    }
    return kept;
}

uint32_t
list_keep_filtered(struct chunk_work *work, uint32_t n)
{
    bool wanted = !work->plan->is_complement || work->has_mask;
    if (work->has_mask) {
        for (uint32_t i = 0; i < n; i++) {
            uint32_t row = work->rows[i];
            work->hits[i] = work->mask[row / 64] >> row % 64 & 1;
        }
    } else {
        select_mark(&work->select, work->plan->filter, work->number, work->rows, n, work->hits);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        work->rows[kept] = work->rows[i];
        work->cells[kept] = work->cells[i];
        kept += work->hits[i] == wanted;
    }
    return kept;
}

size_t
list_order_dims(struct chunk_work *work, size_t ndims, size_t but)
{
    size_t n = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (work->dims[d].is_fixed || d == but) {
            continue;
        }
        uint32_t rows =
            chunk_dim_is_needed(&work->dims[d]) ? work->dims[d].chunk->rows : CHUNK_ROWS;
        size_t at = n++;
        for (; at > 0; at--) {
            const struct chunk_dim *before = &work->dims[work->order[at - 1]];
            uint32_t before_rows = chunk_dim_is_needed(before) ? before->chunk->rows : CHUNK_ROWS;
            if (before_rows <= rows) {
                break;
            }
            work->order[at] = work->order[at - 1];
        }
        work->order[at] = d;
    }
    return n;
}

uint32_t
list_place_rare(struct chunk_work *work, size_t nvariable, size_t *at, uint32_t n)
{
    for (; *at < nvariable && n && chunk_dim_is_rare(&work->dims[work->order[*at]]); ++*at) {
        n = place_dim(work, &work->dims[work->order[*at]], n);
    }
    return n;
}

void
list_count_placed(struct chunk_work *work, struct chunk_grid *grid, size_t nvariable, size_t at,
                  uint32_t n)
{
    for (; at < nvariable && n; at++) {
        n = place_dim(work, &work->dims[work->order[at]], n);
    }
    for (uint32_t r = 0; r < n; r++) {
        cells_add(&grid->cells, work->cells[r], 1);
    }
    if (grid->sums.numbers) {
        const struct chunk *numbers = work->dims[grid->raw.grid->ndims - 1].chunk;
        for (uint32_t r = 0; r < n; r++) {
            sums_add(&grid->sums, work->cells[r], chunk_get(numbers, work->rows[r]), 1);
        }
    }
}

void
list_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, size_t but,
           bool is_filtered, uint32_t n)
{
    size_t nvariable = list_order_dims(work, ndims, but), at = 0;
    n = list_place_rare(work, nvariable, &at, n);
    if (!is_filtered && n) {
        n = list_keep_filtered(work, n);
    }
    list_count_placed(work, grid, nvariable, at, n);
}

uint32_t
list_begin(struct chunk_work *work, const struct list_source *source, uint64_t fixed)
{
    const struct chunk *chunk = source->chunk;
    uint32_t n = select_sparse(chunk, source->codes, work->rows, work->codes);
    work->select.read_bytes += (uint64_t) chunk->rows * (2u + chunk->width);
    const struct chunk_dim *dim = source->dim == NO_DIM ? NULL : &work->dims[source->dim];
    for (uint32_t i = 0; i < n; i++) {
        work->cells[i] = fixed + (dim ? dim_position(dim->dim, work->codes[i]) * dim->stride : 0);
    }
    return n;
}

void
list_count_mask(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                const uint64_t *mask, uint64_t fixed)
{
    uint32_t n = work->select.kernels->list(mask, work->rows);
    for (uint32_t i = 0; i < n; i++) {
        work->cells[i] = fixed;
    }
    list_count(work, grid, ndims, NO_DIM, true, n);
}
