/*
 * A chunk counted by a walk over all of its rows.
 */
#ifndef QUIPU_COLUMNS_COUNT_WALK_H
#define QUIPU_COLUMNS_COUNT_WALK_H

#include "columns/count_work.h"

/* After planes_lay_out. mask: NULL, or the rows that count. fixed: the part of the cell's index that is the same for all. */
void walk_count(struct chunk_work *work, struct chunk_grid *grid, size_t ndims,
                const uint64_t *mask, uint64_t fixed);

#endif
