/*
 * One chunk counted: how it is done is chosen by what the chunk is made of.
 *
 *     chunk_work_init(&work, plan, kernels, false)     one per worker: scratch and its own cells
 *     chunk_count(&work, 70)                           work.grids[..].cells += those of chunk 70
 */
#ifndef QUIPU_COLUMNS_COUNT_CHUNK_H
#define QUIPU_COLUMNS_COUNT_CHUNK_H

#include "columns/count_work.h"

/* Fetches what is small of chunks that will be counted next, together. */
void chunk_touch_run(struct chunk_work *work, uint32_t first, uint32_t end);
void chunk_count(struct chunk_work *work, uint32_t number);
/* Counts what waits, and turns raw counts into cells: before the cells are read. */
void chunk_count_flush(struct chunk_work *work);

#endif
