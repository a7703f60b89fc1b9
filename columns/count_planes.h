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
/*
 * The same of dimensions that were laid out: the last one's whole codes first, in *width planes,
 * then the others' in *nbits. There is room for one plane more. False: there are too many planes.
 * The layout of the last dimension changes.
 */
enum { GATHERED_PLANES_MOST = 32 };
bool planes_collect_last_first(struct chunk_work *work, size_t ndims,
                               const uint64_t *planes[GATHERED_PLANES_MOST], unsigned *width,
                               unsigned *nbits);
/* Room in work->expanded for all sparse dimensions of the chunk, as they were laid out. */
void planes_reserve(struct chunk_work *work, size_t ndims);
/* Writes a sparse chunk out as planes, from work->expanded's plane `first_plane` on. */
const uint64_t *planes_expand(struct chunk_work *work, const struct chunk *chunk, unsigned nbits,
                              size_t first_plane);

#endif
