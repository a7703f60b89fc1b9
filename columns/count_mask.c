/*
 * Makes a bitmap of the rows of a chunk that a count needs. in: the current chunk; out: which of
 * its rows exist, and which of them the filter takes.
 */
#include "columns/count_mask.h"

#include <string.h>

const uint64_t *
mask_of_rows(struct chunk_work *work)
{
    const struct chunk *chunk = work->rows_chunk;
    if (chunk->kind == CHUNK_PLANES) {
        work->select.read_bytes += PLANE_BYTES;
        return chunk->planes; /* a single plane: its blocks are a bitmap */
    }
    memset(work->row_bits, chunk->kind == CHUNK_CONSTANT ? 0xff : 0, PLANE_BYTES);
    for (uint32_t i = 0; chunk->kind == CHUNK_SPARSE && i < chunk->rows; i++) {
        uint32_t row = chunk->positions[i];
        work->row_bits[row / 64] |= 1ull << row % 64;
    }
    return work->row_bits;
}

void
mask_make(struct chunk_work *work)
{
    if (work->has_mask) {
        return;
    }
    select_bitmap(&work->select, work->plan->filter, work->number, work->mask);
    if (work->plan->is_complement) {
        const uint64_t *rows = mask_of_rows(work);
        for (size_t w = 0; w < CHUNK_WORDS; w++) {
            work->mask[w] = rows[w] & ~work->mask[w];
        }
    }
    work->has_mask = true;
    work->mask_rows = work->select.kernels->popcount(work->mask);
}
