/*
 * Conditions that are dimensions, in one chunk. in: the plan's conditions; out: a bitmap for each,
 * or positions of listed rows.
 *
 * To the code that counts a condition is a column with one code: where the bitmap has a row, its
 * code is 1. So a condition and a field of one value are counted by the same loops.
 *
 * Example: {when (age > 30) as old}: rows 3 and 17 of the chunk are in the bitmap. They have
 * position 1, all others 0.
 */
#include "columns/count_when.h"

void
whens_make(struct chunk_work *work, size_t ndims)
{
    for (size_t d = 0; d < ndims; d++) {
        struct chunk_dim *dim = &work->dims[d];
        if (!when_is_unmade(dim)) {
            continue;
        }
        struct when_bitmap *when = &work->whens[dim->dim->when->number];
        if (!when->is_made || when->number != work->number) {
            uint64_t *bits = work->when_bits + dim->dim->when->number * CHUNK_WORDS;
            select_bitmap(&work->select, dim->dim->when->filter, work->number, bits);
            when->chunk = *dim->chunk;
            when->chunk.planes = bits;
            when->number = work->number;
            when->is_made = true;
        }
        dim->chunk = &when->chunk;
    }
}

void
when_place(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n)
{
    select_mark(&work->select, dim->dim->when->filter, work->number, work->rows, n, work->hits);
    for (uint32_t i = 0; i < n; i++) {
        work->cells[i] += dim->dim->positions_of[work->hits[i]] * dim->stride;
    }
}
