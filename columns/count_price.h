/*
 * What it costs to count a chunk: nanoseconds of one thread, and bytes that are read. Rough figures.
 */
#ifndef QUIPU_COLUMNS_COUNT_PRICE_H
#define QUIPU_COLUMNS_COUNT_PRICE_H

#include "columns/count_source.h"

/* By a list that starts from the source. */
double price_list(const struct count_plan *plan, const struct list_source *source, bool has_filter,
                  uint32_t number, const struct chunk_dim *dims, size_t ndims, double *bytes);
/* By whole planes, and the filter as a bitmap. */
double price_mask(const struct count_plan *plan, bool has_filter, uint32_t number,
                  const struct chunk_dim *dims, size_t ndims, double *bytes);
/* All chunks, for the query's own grids: the price of up to 16 chunks, evenly picked, stands for all. */
void price_chunks(const struct count_plan *plan, uint32_t nchunks, double *ns, double *bytes);

#endif
