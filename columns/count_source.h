/*
 * Where a list of rows may start: a sparse chunk that every row in a cell must be in.
 */
#ifndef QUIPU_COLUMNS_COUNT_SOURCE_H
#define QUIPU_COLUMNS_COUNT_SOURCE_H

#include "columns/count_dims.h"

#define NO_DIM SIZE_MAX

struct list_source {
    const struct chunk *chunk; /* sparse; NULL: there is none */
    const struct code_set *codes;
    size_t dim; /* of the grid, whose chunk it is; NO_DIM: none's */
};

/* The smallest one. rows_chunk: the rows that there are. */
struct list_source list_source_find(const struct count_plan *plan, const struct chunk *rows_chunk,
                                    bool has_filter, uint32_t number, const struct chunk_dim *dims,
                                    size_t ndims);

#endif
