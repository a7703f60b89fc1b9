/*
 * The rows of the chunk in hand as a bitmap.
 */
#ifndef QUIPU_COLUMNS_COUNT_MASK_H
#define QUIPU_COLUMNS_COUNT_MASK_H

#include "columns/count_work.h"

/* The rows that there are. Borrowed until the next chunk. */
const uint64_t *mask_of_rows(struct chunk_work *work);
/* The rows that the filter takes, in work->mask, and how many in work->mask_rows. Done once per chunk. */
void mask_make(struct chunk_work *work);

#endif
