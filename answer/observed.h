/*
 * The counts of a table of two dimensions, as tests take them, and their margins.
 *
 *                 Yes   No                   struct observed observed = {
 *     1st         203  122                       .nrows = 4, .ncols = 2, .cells = cells, .scale = 1};
 *     2nd         118  167                   struct margins margins = margins_of(arena, &observed);
 *     3rd         178  528                       .rows 325 285 706 0, .columns 499 817, .total 1316,
 *     Crew          0    0                       .nrows 3, .ncols 2
 *
 * Rows and columns that total 0 take no part in any test. Where fewer than two rows or two columns
 * are left there is nothing to test: the margins say so.
 */
#ifndef QUIPU_ANSWER_OBSERVED_H
#define QUIPU_ANSWER_OBSERVED_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* So that a long double holds every int64_t. */
_Static_assert(LDBL_MANT_DIG >= 64, "long double must hold every count");

struct observed {
    size_t nrows, ncols;
    /*
     * Row by row, none below 0, without totals: counts of rows, or (weighted) sums of weights. Sums of
     * decimals are better told in units of their last digit, since whole numbers are exact.
     */
    const long double *cells;
    bool weighted;
    /* Weighted: Kish's effective base over the sum of weights, the same for all cells. Otherwise 1. */
    double scale;
};

struct margins {
    const long double *rows, *columns; /* totals, by row and by column; not scaled */
    long double total;                 /* not scaled */
    size_t nrows, ncols;               /* those that do not total 0 */
    bool is_testable;                  /* at least two of each */
    bool is_whole; /* all cells are whole numbers, and their sum is below 2^63 */
};

static inline long double
observed_at(const struct observed *observed, size_t row, size_t column)
{
    return observed->cells[row * observed->ncols + column];
}

/*
 * How far a cell is away from what its row and column, which do not total 0, make expect: O - E. As
 * (O n - r c) / n, of whole numbers, so that it is 0 if nothing is away.
 */
static inline long double
observed_away(const struct observed *observed, const struct margins *margins, size_t row,
              size_t column)
{
    long double cell = observed_at(observed, row, column);
    if (margins->is_whole) {
        __int128 away = (__int128) cell * (__int128) margins->total -
                        (__int128) margins->rows[row] * (__int128) margins->columns[column];
        return (long double) away / margins->total;
    }
    return cell - margins->rows[row] * margins->columns[column] / margins->total;
}

/* The arrays are in the arena. Linear. */
struct margins margins_of(struct arena *arena, const struct observed *observed);

#endif
