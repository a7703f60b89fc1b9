/*
 * Counts a chunk of a grid that is a set. in: the dimensions in the chunk, and a mask; out: a bit for
 * each (cell, value) that occurs.
 *
 * Few planes are counted as in other grids, and what has a row becomes a bit in the end. Else each
 * row's code is gathered, with the pattern of the other dimensions, and its bit is set at once.
 *
 * Example: a million values in 16 cells are two megabytes of bits, which stay in the cache of the
 * second level. As counts they would be 128 megabytes.
 */
#include "columns/count_values.h"

#include "columns/count_planes.h"
#include "columns/count_walk.h"

/* The rows of each pattern, with the mask's bit on top: where its bits begin, or NO_CELL. */
static void
set_bits(struct chunk_work *work, uint64_t *bits, const uint64_t *const *planes, unsigned width,
         unsigned nplanes, const uint64_t *begins)
{
    uint32_t gathered[BLOCK_ROWS], codes = (1u << width) - 1;
    for (unsigned block = 0; block < CHUNK_BLOCKS; block++) {
        work->select.kernels->gather32(planes, nplanes, block, gathered);
        for (unsigned r = 0; r < BLOCK_ROWS; r++) {
            uint32_t code = gathered[r] & codes;
            uint64_t begin = begins[gathered[r] >> width];
            if (code && begin != NO_CELL) {
                uint64_t index = begin + code - 1;
                bits[index / 64] |= 1ull << index % 64;
            }
        }
    }
}

enum count_method
values_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims, const uint64_t *mask,
             uint64_t fixed)
{
    const uint64_t *planes[GATHERED_PLANES_MOST];
    const struct chunk_dim *value = &work->dims[ndims - 1];
    unsigned all_bits = planes_lay_out(work, ndims), width, nbits;
    struct layout_dim laid_out = work->layout[ndims - 1];
    bool is_gathered = !value->is_fixed && !value->dim->positions_of &&
                       all_bits + (mask != NULL) > LANES_BITS &&
                       planes_collect_last_first(work, ndims, planes, &width, &nbits);
    if (!is_gathered) {
        work->layout[ndims - 1] = laid_out;
        if (all_bits + (mask != NULL) <= RAW_BITS) {
            return planes_count(work, grid, ndims, all_bits, mask);
        }
        walk_count(work, grid, ndims, mask, fixed);
        return COUNT_WALK;
    }
    struct layout layout = {.nbits = nbits, .dims = work->layout};
    patterns_begin(&grid->patterns, &grid->cells, &grid->sums, &layout);
    uint64_t begins[2 << PATTERN_BITS], *to = begins;
    for (size_t i = 0; mask && i < (size_t) 1 << nbits; i++) {
        *to++ = NO_CELL;
    }
    for (size_t i = 0; i < (size_t) 1 << nbits; i++) {
        *to++ = grid->patterns.cells[i];
    }
    if (mask) {
        planes[width + nbits] = mask;
    }
    set_bits(work, grid->cells.bits, planes, width, width + nbits + (mask != NULL), begins);
    return COUNT_SCATTER;
}
