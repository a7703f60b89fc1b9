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
cells_init(struct cells *cells, uint64_t ncells)
{
    *cells = (struct cells){.ncells = ncells, .is_dense = ncells <= DENSE_CELLS_MOST};
    if (cells->is_dense) {
        cells->counts = must_array(ncells, sizeof *cells->counts);
    }
}

void
cells_fini(struct cells *cells)
{
    free(cells->counts);
    free(cells->keys);
}

size_t
cells_bytes(const struct cells *cells)
{
    return cells->is_dense ? cells->ncells * sizeof *cells->counts
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
    cells_each(from, add_cell, cells);
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

static bool
same_layout(const struct layout *a, const struct layout *b, size_t ndims)
{
    if (a->nbits != b->nbits || a->has_mask != b->has_mask || a->has_lanes != b->has_lanes) {
        return false;
    }
    for (size_t d = 0; d < ndims; d++) {
        if (a->dims[d].shift != b->dims[d].shift || a->dims[d].nbits != b->dims[d].nbits ||
            a->dims[d].is_full != b->dims[d].is_full ||
            a->dims[d].position != b->dims[d].position) {
            return false;
        }
    }
    return true;
}

/* The cell of a pattern; false: it has none. */
static bool
cell_of(const struct raw *raw, uint32_t pattern, uint64_t *cell)
{
    *cell = 0;
    for (size_t d = 0; d < raw->grid->ndims; d++) {
        const struct layout_dim *layout = &raw->layout.dims[d];
        const struct count_dim *dim = raw->grid->dims[d].dim;
        uint32_t position = layout->position;
        if (layout->nbits) {
            uint32_t code = pattern >> layout->shift & ((1u << layout->nbits) - 1);
            if (!code && layout->is_full) {
                code = 1u << layout->nbits;
            }
            position = dim_position(dim, code);
        }
        if (position >= dim->npositions) {
            return false;
        }
        *cell += position * raw->grid->dims[d].stride;
    }
    return true;
}

void
raw_flush(struct raw *raw, struct cells *cells)
{
    if (!raw->is_used) {
        return;
    }
    raw->is_used = false;
    unsigned nbits = raw->layout.nbits;
    uint32_t npatterns = 1u << nbits, nlanes = raw->layout.has_lanes ? RAW_LANES : 1;
    for (uint32_t i = raw->layout.has_mask ? npatterns / 2 : 0; i < npatterns; i++) {
        uint64_t count = 0, cell;
        for (uint32_t lane = 0; lane < nlanes; lane++) {
            count += raw->counts[(size_t) lane << nbits | i];
        }
        uint32_t pattern = raw->layout.has_mask ? i & (npatterns / 2 - 1) : i;
        if (count && cell_of(raw, pattern, &cell)) {
            cells_add(cells, cell, count);
        }
    }
    memset(raw->counts, 0, (size_t) nlanes * npatterns * sizeof *raw->counts);
}

void
raw_begin(struct raw *raw, struct cells *cells, const struct layout *layout)
{
    if (raw->is_used && same_layout(&raw->layout, layout, raw->grid->ndims)) {
        return;
    }
    raw_flush(raw, cells);
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
