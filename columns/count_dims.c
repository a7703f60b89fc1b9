/*
 * The dimensions of a grid in one chunk. in: a grid and a chunk's number; out: each dimension's
 * part of the chunk, and its position if all rows have the same.
 *
 * Example: sex is the constant m in chunk 70: its position is fixed, and only age is looked up row
 * by row.
 */
#include "columns/count_dims.h"

#include "columns/count_select.h"

/* The chunk of a condition: what is known of it without its bitmap. */
static const struct chunk *
when_chunk(const struct count_when *when, uint32_t number)
{
    static const struct chunk NONE = {.kind = CHUNK_EMPTY},
                              SOME = {.kind = CHUNK_PLANES, .width = 1, .rows = 1},
                              ALL = {.kind = CHUNK_CONSTANT, .code = 1, .rows = CHUNK_ROWS};
    switch (when->filter ? select_state(when->filter, number) : SELECT_NEVER) {
    case SELECT_NEVER: return &NONE;
    case SELECT_SOME: return &SOME;
    case SELECT_ALL: return &ALL;
    }
    return &NONE;
}

bool
chunk_dims_look(const struct count_plan *plan, const struct count_grid *grid, uint32_t number,
                struct chunk_dim *dims)
{
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct count_dim *dim = grid->dims[d].dim;
        const struct chunk *chunk =
            dim->when ? when_chunk(dim->when, number) : table_chunk(dim->column->table, number);
        dims[d] = (struct chunk_dim){.dim = dim, .stride = grid->dims[d].stride, .chunk = chunk};
        if (chunk->kind == CHUNK_EMPTY || chunk->kind == CHUNK_CONSTANT) {
            dims[d].is_fixed = true;
            dims[d].position =
                chunk->kind == CHUNK_EMPTY ? dim->of_missing : dim_position(dim, chunk->code);
            if (!plan->is_prepared && chunk->kind == CHUNK_CONSTANT) {
                dims[d].position = 0;
            }
        }
        if ((dims[d].is_fixed && dims[d].position == NO_POSITION) ||
            (dim->codes.kind == CODES_NONE && dim->of_missing == NO_POSITION)) {
            return false;
        }
    }
    return true;
}

unsigned
chunk_dim_bits(const struct chunk_dim *dim, bool *is_full)
{
    if (dim->chunk->kind == CHUNK_PLANES) {
        uint32_t ncodes = dim->dim->column->dictionary.ncodes;
        unsigned nbits = ncodes > 2 ? 32 - (unsigned) __builtin_clz(ncodes - 1) : 1;
        *is_full = dim->chunk->rows == CHUNK_ROWS && nbits <= dim->chunk->width;
        return *is_full ? nbits : dim->chunk->width;
    }
    *is_full = false;
    return code_bits(dim->dim->column->dictionary.ncodes);
}

uint64_t
chunk_dims_fixed_cell(const struct chunk_dim *dims, size_t ndims, size_t *nvariable)
{
    uint64_t fixed = 0;
    *nvariable = 0;
    for (size_t d = 0; d < ndims; d++) {
        if (dims[d].is_fixed) {
            fixed += dims[d].position * dims[d].stride;
        } else {
            ++*nvariable;
        }
    }
    return fixed;
}
