/*
 * Margins of a table of two dimensions. in: its cells; out: totals, and what is left to test.
 *
 *     3 0 1           rows 4 0, columns 3 0 1, total 4
 *     0 0 0           one row is left: not testable
 */
#include "answer/observed.h"

#include <assert.h>
#include <math.h>

static size_t
count_positive(const long double *totals, size_t n)
{
    size_t npositive = 0;
    for (size_t i = 0; i < n; i++) {
        npositive += totals[i] > 0;
    }
    return npositive;
}

struct margins
margins_of(struct arena *arena, const struct observed *observed)
{
    assert(observed->scale > 0 && (observed->weighted || observed->scale == 1));
    long double *rows = arena_array(arena, observed->nrows, sizeof *rows);
    long double *columns = arena_array(arena, observed->ncols, sizeof *columns);
    struct margins margins = {.rows = rows, .columns = columns, .is_whole = true};
    for (size_t i = 0; i < observed->nrows; i++) {
        for (size_t j = 0; j < observed->ncols; j++) {
            long double cell = observed_at(observed, i, j);
            assert(cell >= 0);
            rows[i] += cell;
            columns[j] += cell;
            margins.is_whole = margins.is_whole && cell == truncl(cell);
        }
        margins.total += rows[i];
    }
    margins.is_whole = margins.is_whole && margins.total < 0x1p63L;
    margins.nrows = count_positive(rows, observed->nrows);
    margins.ncols = count_positive(columns, observed->ncols);
    margins.is_testable = margins.nrows >= 2 && margins.ncols >= 2;
    return margins;
}
