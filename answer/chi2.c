/*
 * Are two dimensions independent? in: a table and its margins; out: the tests, the residuals.
 *
 *     203 122     expected 123.2 201.8     (O - E)^2 / E, added over all cells: 133.05
 *     118 167              108.1 176.9     degrees (3 - 1) (2 - 1) = 2
 *     178 528              267.7 438.3
 *
 * The sums are made with the cells as they are. A scale s changes E to s E, the statistic to s
 * times, a residual to sqrt(s) times, and V not at all.
 *
 * Sources: Yates (1934), "Contingency tables involving small numbers and the chi-square test";
 * Cramer, Mathematical Methods of Statistics (1946), 21.9; Haberman (1973), "The analysis of
 * residuals in cross-classified tables".
 */
#include "answer/chi2.h"

#include <math.h>

#include "answer/special.h"

static bool
is_kept(const struct margins *margins, size_t row, size_t column)
{
    return margins->rows[row] > 0 && margins->columns[column] > 0;
}

/* Of a cell that is kept. Multiplied first: a count that is 5 exactly stays so. */
static long double
expected_at(const struct margins *margins, size_t row, size_t column)
{
    return margins->rows[row] * margins->columns[column] / margins->total;
}

/* An expected count under 5. What is 5 but for the rounding of a scale is not. */
static bool
is_low(const struct observed *observed, long double expected)
{
    return observed->weighted ? expected * observed->scale < 5 * (1 - 1e-14L) : expected < 5;
}

/* The sum over all cells of (|O - E| - correction)^2 / E; also how many E are under 5. */
static long double
squares_add(const struct observed *observed, const struct margins *margins, long double correction,
            size_t *nlow)
{
    long double sum = 0;
    *nlow = 0;
    for (size_t i = 0; i < observed->nrows; i++) {
        for (size_t j = 0; j < observed->ncols; j++) {
            if (is_kept(margins, i, j)) {
                long double expected = expected_at(margins, i, j);
                long double away = fabsl(observed_away(observed, margins, i, j)) - correction;
                sum += away * away / expected;
                *nlow += is_low(observed, expected);
            }
        }
    }
    return sum;
}

/* Of a table with two rows and two columns left, whose |O - E| are all equal. */
static void
test_two_by_two(const struct observed *observed, const struct margins *margins,
                struct chi2_test *test)
{
    long double kept[4], away = 0;
    size_t n = 0, nlow;
    for (size_t i = 0; i < observed->nrows; i++) {
        for (size_t j = 0; j < observed->ncols; j++) {
            if (is_kept(margins, i, j)) {
                kept[n++] = observed_at(observed, i, j);
                away = fabsl(observed_away(observed, margins, i, j));
            }
        }
    }
    test->has_yates = true;
    test->yates_statistic =
        (double) squares_add(observed, margins, away < 0.5L ? away : 0.5L, &nlow);
    test->yates_p = chi2_tail(test->yates_statistic, 1);
    if (margins->total <= FISHER_ROWS_MOST) {
        test->has_fisher = true;
        test->fisher =
            fisher_test((int64_t) kept[0], (int64_t) kept[1], (int64_t) kept[2], (int64_t) kept[3]);
    }
}

struct chi2_test
chi2_test(const struct observed *observed, const struct margins *margins)
{
    struct chi2_test test = {.is_null = !margins->is_testable};
    if (test.is_null) {
        return test;
    }
    size_t nlow, nrows = margins->nrows, ncols = margins->ncols;
    long double sum = squares_add(observed, margins, 0, &nlow);
    test.statistic = (double) (sum * observed->scale);
    test.df = (double) (nrows - 1) * (double) (ncols - 1);
    test.p = chi2_tail(test.statistic, test.df);
    size_t least = (nrows < ncols ? nrows : ncols) - 1;
    test.v = (double) sqrtl(sum / (margins->total * (long double) least));
    test.low_expected = (double) nlow / ((double) nrows * (double) ncols);
    if (nrows == 2 && ncols == 2 && !observed->weighted) {
        test_two_by_two(observed, margins, &test);
    }
    return test;
}

void
chi2_residuals_row(const struct observed *observed, const struct margins *margins, size_t row,
                   double *residuals)
{
    long double total = margins->total, scale = sqrtl(observed->scale);
    long double other_rows = (total - margins->rows[row]) / total;
    for (size_t j = 0; j < observed->ncols; j++) {
        residuals[j] = NAN;
        if (!margins->is_testable || !is_kept(margins, row, j)) {
            continue;
        }
        long double expected = expected_at(margins, row, j);
        long double other_columns = (total - margins->columns[j]) / total;
        long double variance = expected * other_rows * other_columns;
        if (variance > 0) { /* 0: the rest of the table is nothing beside this row or column */
            long double away = observed_away(observed, margins, row, j);
            residuals[j] = (double) (away / sqrtl(variance) * scale);
        }
    }
}
