/*
 * A few rows of a chunk that wait until those of more chunks are there: what they read is fetched together.
 */
#ifndef QUIPU_COLUMNS_COUNT_PENDING_H
#define QUIPU_COLUMNS_COUNT_PENDING_H

#include "columns/count_work.h"

/* The list's n rows, at most PENDING_ROWS, wait for a grid; the rare dimensions and `source` are in their cells already. */
void pending_add(struct chunk_work *work, size_t grid, size_t source, uint32_t n);
/* Counts what waits. Changes the chunk in hand. */
void pending_drain(struct chunk_work *work);

#endif
