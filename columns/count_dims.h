/*
 * The dimensions of a grid in one chunk: which part of the chunk is whose, and what is the same for all of its rows.
 *
 *     chunk_dims_look(plan, grid, 70, dims)     false: no row of chunk 70 is in a cell
 */
#ifndef QUIPU_COLUMNS_COUNT_DIMS_H
#define QUIPU_COLUMNS_COUNT_DIMS_H

#include "columns/count_plan.h"

/* A dimension in a chunk. */
struct chunk_dim {
    const struct count_dim *dim;
    uint64_t stride;
    /* Of a condition that holds for some rows: one plane that is not there yet (count_when). */
    const struct chunk *chunk;
    bool is_fixed;     /* the same position for all rows */
    uint32_t position; /* fixed */
};

/* Fills dims, one per dimension of the grid. False: no row of the chunk is in a cell. Before the plan is prepared positions
 * are not known: those of constants are given as 0. */
bool chunk_dims_look(const struct count_plan *plan, const struct count_grid *grid, uint32_t number,
                     struct chunk_dim *dims);
/* The part of the cell's index that is the same for all rows; *nvariable: how many dimensions are not. */
uint64_t chunk_dims_fixed_cell(const struct chunk_dim *dims, size_t ndims, size_t *nvariable);
/* Bits that tell a dimension's codes apart. *is_full: no row is missing, and bits 0 stand for the last code: a full chunk of 8
 * values has three, code 8 being 000. */
unsigned chunk_dim_bits(const struct chunk_dim *dim, bool *is_full);

/* Must each row in a cell have a code there? */
static inline bool
chunk_dim_is_needed(const struct chunk_dim *dim)
{
    return !dim->is_fixed && dim->dim->of_missing == NO_POSITION;
}

/* Is the dimension worth asking before the filter? */
static inline bool
chunk_dim_is_rare(const struct chunk_dim *dim)
{
    enum { RARE_ROWS = CHUNK_ROWS / 4 };
    return chunk_dim_is_needed(dim) && dim->chunk->rows <= RARE_ROWS;
}

#endif
