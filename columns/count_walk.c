/*
 * Counts a chunk by a walk over all of its rows, if its dimensions have more bits than a pattern
 * (count_planes). in: the dimensions as they were laid out, and a mask; out: the cells.
 *
 * 512 rows are taken at a time: for each dimension their codes are gathered, and their positions
 * are added to the rows' cells.
 */
#include "columns/count_walk.h"

#include "columns/count_planes.h"

/* Writes the sparse dimensions out as planes; each one's first plane is in work->order. */
static void
expand_sparse(struct chunk_work *work, size_t ndims)
{
    size_t nexpanded = 0;
    planes_reserve(work, ndims);
    for (size_t d = 0; d < ndims; d++) {
        work->order[d] = nexpanded;
        if (!work->dims[d].is_fixed && work->dims[d].chunk->kind == CHUNK_SPARSE) {
            planes_expand(work, work->dims[d].chunk, work->layout[d].nbits, nexpanded);
            nexpanded += work->layout[d].nbits;
        } else if (!work->dims[d].is_fixed) {
            work->select.read_bytes += (uint64_t) work->layout[d].nbits * PLANE_BYTES;
        }
    }
}

/* Adds a dimension's positions to the cells of a block's rows; a row without one is in no cell. */
static void
place_block(struct chunk_work *work, size_t d, unsigned block, bool *is_in)
{
    const struct chunk_dim *dim = &work->dims[d];
    const uint64_t *planes[32];
    unsigned nbits = work->layout[d].nbits;
    const uint64_t *words = dim->chunk->kind == CHUNK_SPARSE
                                ? work->expanded + work->order[d] * CHUNK_WORDS
                                : dim->chunk->planes;
    for (unsigned p = 0; p < nbits; p++) {
        planes[p] = words + (size_t) p * CHUNK_WORDS;
    }
    work->select.kernels->gather32(planes, nbits, block, work->codes);
    for (unsigned r = 0; r < BLOCK_ROWS; r++) {
        uint32_t code = work->codes[r];
        if (!code && work->layout[d].is_full) {
            code = work->codes[r] = 1u << nbits;
        }
        uint32_t position = dim_position(dim->dim, code);
        work->cells[r] += position * dim->stride;
        is_in[r] = is_in[r] && position != NO_POSITION;
    }
}

/* Adds a block's numbers: that dimension was placed last, so its codes are still there. */
static void
sum_block(const struct chunk_work *work, struct chunk_grid *grid, const struct chunk_dim *value,
          const bool *is_in)
{
    for (unsigned r = 0; r < BLOCK_ROWS; r++) {
        if (is_in[r]) {
            uint32_t code = value->is_fixed ? value->chunk->code : work->codes[r];
            sums_add(&grid->sums, work->cells[r], code, 1);
        }
    }
}

void
walk_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, const uint64_t *mask,
           uint64_t fixed)
{
    bool *is_in = work->hits;
    expand_sparse(work, ndims);
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        for (unsigned r = 0; r < BLOCK_ROWS; r++) {
            unsigned row = block * BLOCK_ROWS + r;
            is_in[r] = !mask || (mask[row / 64] >> row % 64 & 1);
            work->cells[r] = fixed;
        }
        for (size_t d = 0; d < ndims; d++) {
            if (!work->dims[d].is_fixed) {
                place_block(work, d, block, is_in);
            }
        }
        for (unsigned r = 0; r < BLOCK_ROWS; r++) {
            if (is_in[r]) {
                cells_add(&grid->cells, work->cells[r], 1);
            }
        }
        if (grid->sums.numbers) {
            sum_block(work, grid, &work->dims[ndims - 1], is_in);
        }
    }
}
