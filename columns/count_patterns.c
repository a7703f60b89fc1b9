/*
 * Sums by bit pattern become sums by cell. in: rows and sums of offsets for each pattern of planes;
 * out: the cells of a grid of numbers.
 *
 * Example: offsets below 2^17 leave room for 2^47 rows: the sums are turned into cells once, at the
 * end. Offsets of 47 bits leave room for two chunks.
 */
#include "columns/count_patterns.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void
patterns_init(struct patterns *patterns, const struct count_grid *grid)
{
    *patterns = (struct patterns){.grid = grid};
    patterns->layout.dims = must_array(grid->ndims, sizeof *patterns->layout.dims);
}

void
patterns_fini(struct patterns *patterns)
{
    free(patterns->layout.dims);
    free(patterns->rows);
    free(patterns->sums);
    free(patterns->cells);
}

void
patterns_flush(struct patterns *patterns, struct cells *cells, struct sums *sums)
{
    if (!patterns->is_used) {
        return;
    }
    size_t n = (size_t) 1 << patterns->layout.nbits;
    for (size_t i = 0; i < n; i++) {
        uint64_t rows = patterns->rows[i], cell = patterns->cells[i];
        if (rows && cell != NO_CELL) {
            cells_add(cells, cell, rows);
            if (sums->sums) {
                sums->sums[cell] += (__int128) patterns->sums[i] +
                                    (__int128) sums->numbers->least * (__int128) rows;
            }
        }
    }
    memset(patterns->rows, 0, n * sizeof *patterns->rows);
    memset(patterns->sums, 0, n * sizeof *patterns->sums);
    patterns->is_used = false;
}

static void
reserve(struct patterns *patterns, size_t n)
{
    if (n > patterns->capacity) {
        free(patterns->rows);
        free(patterns->sums);
        free(patterns->cells);
        patterns->rows = must_array(n, sizeof *patterns->rows);
        patterns->sums = must_array(n, sizeof *patterns->sums);
        patterns->cells = must_array(n, sizeof *patterns->cells);
        patterns->capacity = n;
    }
}

void
patterns_begin(struct patterns *patterns, struct cells *cells, struct sums *sums,
               const struct layout *layout)
{
    size_t ndims = patterns->grid->ndims - 1;
    const struct count_numbers *numbers = sums->numbers;
    uint64_t range = numbers ? (uint64_t) numbers->greatest - (uint64_t) numbers->least : 0;
    bool is_same = patterns->is_used && layouts_equal(&patterns->layout, layout, ndims);
    if (is_same && patterns->rows_left >= CHUNK_ROWS) {
        patterns->rows_left -= CHUNK_ROWS;
        return;
    }
    patterns_flush(patterns, cells, sums);
    patterns->is_used = true;
    patterns->rows_left = UINT64_MAX / (range ? range : 1) - CHUNK_ROWS;
    if (is_same) {
        return;
    }
    struct layout_dim *dims = patterns->layout.dims;
    memcpy(dims, layout->dims, ndims * sizeof *dims);
    patterns->layout = *layout;
    patterns->layout.dims = dims;
    reserve(patterns, (size_t) 1 << layout->nbits);
    for (uint32_t i = 0; i < 1u << layout->nbits; i++) {
        if (!layout_cell(layout, patterns->grid, ndims, i, &patterns->cells[i])) {
            patterns->cells[i] = NO_CELL;
        }
    }
}
