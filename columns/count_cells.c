/*
 * The cells of an answer while they are counted, by one thread or added up. in: counts of cells, or
 * of bit patterns; out: cells that are not zero.
 *
 * Example: 2 x 8 cells are a vector of 16 numbers. An open dimension of a million values with
 * another one is a hash table of the pairs that occur.
 */
#include "columns/count_cells.h"
#include "base/must.h"

#include <stdlib.h>
#include <string.h>

void
cells_init(struct cells *cells, uint64_t ncells, bool is_set)
{
    *cells = (struct cells){.ncells = ncells, .is_dense = !is_set && ncells <= DENSE_CELLS_MOST};
    if (is_set) {
        cells->bits = must_array(ncells / 64 + 1, sizeof *cells->bits);
    }
    if (cells->is_dense) {
        cells->counts = must_array(ncells, sizeof *cells->counts);
    }
}

void
cells_fini(struct cells *cells)
{
    free(cells->counts);
    free(cells->keys);
    free(cells->bits);
}

size_t
cells_bytes(const struct cells *cells)
{
    return cells->bits       ? (cells->ncells / 64 + 1) * sizeof *cells->bits
           : cells->is_dense ? cells->ncells * sizeof *cells->counts
                             : cells->capacity * (sizeof *cells->counts + sizeof *cells->keys);
}

static size_t
probe(const struct cells *cells, uint64_t index)
{
    size_t at = hash_number(index, 0) & (cells->capacity - 1);
    while (cells->counts[at] && cells->keys[at] != index) {
        at = (at + 1) & (cells->capacity - 1);
    }
    return at;
}

static void
grow(struct cells *cells)
{
    struct cells old = *cells;
    cells->capacity = old.capacity ? old.capacity * 2 : 1024;
    cells->counts = must_array(cells->capacity, sizeof *cells->counts);
    cells->keys = must_array(cells->capacity, sizeof *cells->keys);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.counts[i]) {
            size_t at = probe(cells, old.keys[i]);
            cells->keys[at] = old.keys[i];
            cells->counts[at] = old.counts[i];
        }
    }
    cells_fini(&old);
}

void
cells_add_hashed(struct cells *cells, uint64_t index, uint64_t count)
{
    if ((cells->nnonzero + 1) * 2 > cells->capacity) {
        grow(cells);
    }
    size_t at = probe(cells, index);
    cells->nnonzero += cells->counts[at] == 0;
    cells->keys[at] = index;
    cells->counts[at] += count;
}

bool
cells_each(const struct cells *cells, bool (*visit)(void *ctx, uint64_t index, uint64_t count),
           void *ctx)
{
    size_t n = cells->is_dense ? cells->ncells : cells->capacity;
    for (size_t i = 0; i < n; i++) {
        if (cells->counts[i] &&
            !visit(ctx, cells->is_dense ? i : cells->keys[i], cells->counts[i])) {
            return false;
        }
    }
    return true;
}

static bool
add_cell(void *ctx, uint64_t index, uint64_t count)
{
    cells_add(ctx, index, count);
    return true;
}

void
cells_merge(struct cells *cells, const struct cells *from)
{
    for (size_t w = 0; from->bits && w <= from->ncells / 64; w++) {
        cells->bits[w] |= from->bits[w];
    }
    if (!from->bits) {
        cells_each(from, add_cell, cells);
    }
}

/* ---- Raw counts ---- */

void
raw_init(struct raw *raw, const struct count_grid *grid)
{
    *raw = (struct raw){.grid = grid};
    raw->layout.dims = must_array(grid->ndims, sizeof *raw->layout.dims);
}

void
raw_fini(struct raw *raw)
{
    free(raw->layout.dims);
    free(raw->counts);
}

bool
layouts_equal(const struct layout *a, const struct layout *b, size_t ndims)
{
    if (a->nbits != b->nbits || a->has_mask != b->has_mask || a->has_lanes != b->has_lanes) {
        return false;
    }
    for (size_t d = 0; d < ndims; d++) {
        if (a->dims[d].shift != b->dims[d].shift || a->dims[d].nbits != b->dims[d].nbits ||
            a->dims[d].is_full != b->dims[d].is_full ||
            a->dims[d].position != b->dims[d].position || a->dims[d].code != b->dims[d].code) {
            return false;
        }
    }
    return true;
}

static uint32_t
layout_code(const struct layout_dim *dim, uint32_t pattern)
{
    uint32_t code = pattern >> dim->shift & ((1u << dim->nbits) - 1);
    return !code && dim->is_full ? 1u << dim->nbits : code;
}

bool
layout_cell(const struct layout *layout, const struct count_grid *grid, size_t ndims,
            uint32_t pattern, uint64_t *cell)
{
    *cell = 0;
    for (size_t d = 0; d < ndims; d++) {
        const struct layout_dim *at = &layout->dims[d];
        const struct count_dim *dim = grid->dims[d].dim;
        uint32_t position = at->nbits ? dim_position(dim, layout_code(at, pattern)) : at->position;
        if (position >= dim->npositions) {
            return false;
        }
        *cell += position * grid->dims[d].stride;
    }
    return true;
}

/* The rows of a pattern are rows of a cell, and in a grid of numbers have all the same one. */
static void
raw_to_cell(const struct raw *raw, uint32_t pattern, uint64_t count, struct cells *cells,
            struct sums *sums)
{
    const struct count_grid *grid = raw->grid;
    uint64_t cell;
    if (!layout_cell(&raw->layout, grid, grid->ndims, pattern, &cell)) {
        return;
    }
    cells_add(cells, cell, count);
    if (grid->numbers) {
        const struct layout_dim *value = &raw->layout.dims[grid->ndims - 1];
        uint32_t code = value->nbits ? layout_code(value, pattern) : value->code;
        sums_add(sums, cell, code, count);
    }
}

void
raw_flush(struct raw *raw, struct cells *cells, struct sums *sums)
{
    if (!raw->is_used) {
        return;
    }
    raw->is_used = false;
    unsigned nbits = raw->layout.nbits;
    uint32_t npatterns = 1u << nbits, nlanes = raw->layout.has_lanes ? RAW_LANES : 1;
    for (uint32_t i = raw->layout.has_mask ? npatterns / 2 : 0; i < npatterns; i++) {
        uint64_t count = 0;
        for (uint32_t lane = 0; lane < nlanes; lane++) {
            count += raw->counts[(size_t) lane << nbits | i];
        }
        if (count) {
            raw_to_cell(raw, raw->layout.has_mask ? i & (npatterns / 2 - 1) : i, count, cells,
                        sums);
        }
    }
    memset(raw->counts, 0, (size_t) nlanes * npatterns * sizeof *raw->counts);
}

void
raw_begin(struct raw *raw, struct cells *cells, struct sums *sums, const struct layout *layout)
{
    if (raw->is_used && layouts_equal(&raw->layout, layout, raw->grid->ndims)) {
        return;
    }
    raw_flush(raw, cells, sums);
    struct layout_dim *dims = raw->layout.dims;
    memcpy(dims, layout->dims, raw->grid->ndims * sizeof *dims);
    raw->layout = *layout;
    raw->layout.dims = dims;
    raw->is_used = true;
    /* Counts are all 0 between layouts, so a larger vector needs no copy. */
    size_t wanted = (size_t) (layout->has_lanes ? RAW_LANES : 1) << layout->nbits;
    if (wanted > raw->capacity) {
        free(raw->counts);
        raw->counts = must_array(wanted, sizeof *raw->counts);
        raw->capacity = wanted;
    }
}
