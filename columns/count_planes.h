/*
 * A chunk counted on its bit planes, or made ready for that.
 *
 *     nbits = planes_lay_out(work, ndims)          at most RAW_BITS, with the mask's
 *     planes_count(work, grid, ndims, nbits, mask)
 */
#ifndef QUIPU_COLUMNS_COUNT_PLANES_H
#define QUIPU_COLUMNS_COUNT_PLANES_H

#include "columns/count_work.h"

/* Where the bits of each variable dimension stand in a pattern: work->layout. Returns how many bits all of them have. */
unsigned planes_lay_out(struct chunk_work *work, size_t ndims);
/* Counts the chunk: after planes_lay_out. mask: NULL, or the rows that count. */
enum count_method planes_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                               unsigned nbits, const uint64_t *mask);

/* The planes of all variable dimensions, where the layout says that they stand. Borrowed until the next chunk. */
void planes_collect(struct chunk_work *work, size_t ndims, const uint64_t **planes);
/* Room in work->expanded for all sparse dimensions of the chunk, as they were laid out. */
void planes_reserve(struct chunk_work *work, size_t ndims);
/* Writes a sparse chunk out as planes, from work->expanded's plane `first_plane` on. */
const uint64_t *planes_expand(struct chunk_work *work, const struct chunk *chunk, unsigned nbits,
                              size_t first_plane);

#endif
