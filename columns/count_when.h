/*
 * Conditions as dimensions (WHEN), in the chunk in hand: which rows they hold for.
 *
 *     whens_make(work, ndims)        each has its bitmap, as a chunk of one plane: for all rows
 *     n = when_place(work, dim, n)   a list's rows get their positions
 */
#ifndef QUIPU_COLUMNS_COUNT_WHEN_H
#define QUIPU_COLUMNS_COUNT_WHEN_H

#include "columns/count_work.h"

/* Makes the bitmaps that work->dims want, each once per chunk. */
void whens_make(struct chunk_work *work, size_t ndims);
/* True: the dimension is a condition whose bitmap is not there. */
static inline bool
when_is_unmade(const struct chunk_dim *dim)
{
    return dim->dim->when && !dim->is_fixed && !dim->chunk->planes;
}
/* Adds the positions of such a dimension to the cells of the list's n rows. All of them stay. */
void when_place(struct chunk_work *work, const struct chunk_dim *dim, uint32_t n);

#endif
