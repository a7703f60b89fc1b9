/*
 * Counts a chunk of a grid that is a set: which values of its last dimension occur in which cell.
 */
#ifndef QUIPU_COLUMNS_COUNT_VALUES_H
#define QUIPU_COLUMNS_COUNT_VALUES_H

#include "columns/count_work.h"

/* As planes_count, of dimensions that are not all fixed. mask: NULL: all rows count. */
enum count_method values_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                               const uint64_t *mask, uint64_t fixed);

#endif
