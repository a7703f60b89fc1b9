/*
 * A chunk of a grid of numbers: rows and sums of its cells.
 *
 *     measure_count(work, grid, ndims, mask, fixed)
 */
#ifndef QUIPU_COLUMNS_COUNT_MEASURE_H
#define QUIPU_COLUMNS_COUNT_MEASURE_H

#include "columns/count_work.h"

/* work->dims are the grid's, and not all of them are fixed. mask: NULL, or the rows that count. */
enum count_method measure_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                                const uint64_t *mask, uint64_t fixed);

#endif
