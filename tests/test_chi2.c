/*
 * Chi-square, Yates', Fisher's tests and residuals: ten digits of R's, and of exact values where R has
 * fewer; weighted tables; tables of which nothing is left.
 */
#include <stdint.h>

#include "answer/chi2.h"
#include "tests/close.h"
#include "tests/suite.h"

/* Nine for counts near 2^63: there a long double tells whole rows only. */
static const double TEN_DIGITS = 1e-10, NINE_DIGITS = 1e-9;

struct row {
    const char *name;
    size_t nrows, ncols;
    const long double *cells;
    double statistic, df, p, v, low_expected; /* NAN: there is no test */
    double yates_statistic, yates_p, fisher_p, odds_ratio;
    const double *residuals;
};

#define CELLS(...) ((const long double[]){__VA_ARGS__})
#define RESIDUALS(...) ((const double[]){__VA_ARGS__})
#define CHI2(...) {__VA_ARGS__},

static const struct row rows_of_r[] = {
#include "tests/data/statistics/chi2.inc"
};

/* Nothing is away from what is expected, or less than Yates takes off: 0, as R says, and not nearly. */
static const struct {
    size_t nrows, ncols;
    const long double *cells;
    double statistic, yates_statistic, scale; /* yates_statistic NAN: no test of 2 x 2 */
} zero_rows[] = {
    {2, 2, CELLS(1, 2, 3, 5), -1, 0, 1},
    {2, 2, CELLS(7, 3, 3, 1), -1, 0, 1},
    {2, 2, CELLS(10, 20, 30, 60), 0, 0, 1},
    {2, 2, CELLS(1, 3, 7, 21), 0, 0, 1},
    {2, 2, CELLS(3000000019, 3000000037, 3000000019, 3000000037), 0, 0, 1},
    {3, 3, CELLS(7, 11, 13, 14, 22, 26, 49, 77, 91), 0, NAN, 1},
    {3, 2, CELLS(1000000007, 3, 0, 0, 3000000021, 9), 0, 0, 1},
    {2, 3, CELLS(3, 5, 7, 33, 55, 77), 0, NAN, 0.1}, /* weights: sums of tenths */
};

static const struct row exact_rows[] = {
#include "tests/data/statistics/chi2_exact.inc"
};

static const struct {
    int64_t a, b, c, d;
    double p, odds_ratio;
} fisher_rows[] = {
#define FISHER(...) {__VA_ARGS__},
#include "tests/data/statistics/fisher.inc"
};

static struct chi2_test
test_of(struct arena *arena, const struct observed *observed, const double **residuals)
{
    struct margins margins = margins_of(arena, observed);
    double *rows = arena_array(arena, observed->nrows * observed->ncols, sizeof *rows);
    for (size_t i = 0; i < observed->nrows; i++) {
        chi2_residuals_row(observed, &margins, i, &rows[i * observed->ncols]);
    }
    *residuals = rows;
    return chi2_test(observed, &margins);
}

static struct observed
observed_of(const struct row *row)
{
    return (struct observed){
        .nrows = row->nrows, .ncols = row->ncols, .cells = row->cells, .scale = 1};
}

/* What a table and its weighted likes have in common. Statistics of independence itself are rounding. */
static void
check_common(const struct row *row, const struct chi2_test *test, const double *residuals,
             double tolerance)
{
    ck_assert_msg(test->is_null == isnan(row->statistic), "%s: is_null", row->name);
    for (size_t i = 0; i < row->nrows * row->ncols; i++) {
        assert_close_or_tiny(row->name, residuals[i], row->residuals[i], tolerance,
                             tolerance / 100);
    }
    if (test->is_null) {
        return;
    }
    assert_close_or_tiny(row->name, test->statistic, row->statistic, tolerance, 1e-18);
    assert_close(row->name, test->df, row->df, tolerance);
    assert_close(row->name, test->p, row->p, tolerance);
    assert_close_or_tiny(row->name, test->v, row->v, tolerance, 1e-15);
    assert_close(row->name, test->low_expected, row->low_expected, tolerance);
}

static void
check_row(const struct row *row, double tolerance)
{
    struct arena *arena = arena_new();
    const double *residuals;
    struct observed observed = observed_of(row);
    struct chi2_test test = test_of(arena, &observed, &residuals);
    check_common(row, &test, residuals, tolerance);
    ck_assert_msg(test.has_yates == !isnan(row->yates_statistic), "%s: Yates", row->name);
    ck_assert_msg(test.has_fisher == !isnan(row->fisher_p), "%s: Fisher", row->name);
    if (test.has_yates) {
        assert_close_or_tiny(row->name, test.yates_statistic, row->yates_statistic, tolerance,
                             1e-18);
        assert_close(row->name, test.yates_p, row->yates_p, tolerance);
    }
    if (test.has_fisher) {
        assert_close(row->name, test.fisher.p, row->fisher_p, tolerance);
        /* R looks for it between 0 and 1 (of it, or of one by it) with a tolerance of 1.2e-4. */
        double odds = test.fisher.odds_ratio, r = row->odds_ratio;
        double away = odds > 1 ? fabs(1 / odds - 1 / r) : fabs(odds - r);
        ck_assert_msg(odds == r || away < 1.3e-4, "%s: %.17g, not %.17g", row->name, odds, r);
    }
    arena_free(arena);
}

START_TEST(zero_is_exact)
{
    struct arena *arena = arena_new();
    const double *residuals;
    const size_t nrows = zero_rows[_i].nrows, ncols = zero_rows[_i].ncols;
    struct observed observed = {.nrows = nrows,
                                .ncols = ncols,
                                .cells = zero_rows[_i].cells,
                                .weighted = zero_rows[_i].scale != 1,
                                .scale = zero_rows[_i].scale};
    struct chi2_test test = test_of(arena, &observed, &residuals);
    if (zero_rows[_i].statistic == 0) {
        ck_assert(test.statistic == 0 && test.p == 1 && test.v == 0);
        for (size_t i = 0; i < nrows * ncols; i++) {
            ck_assert(isnan(residuals[i]) || (residuals[i] == 0 && !signbit(residuals[i])));
        }
    } else {
        ck_assert(test.statistic > 0);
    }
    ck_assert_int_eq(test.has_yates, zero_rows[_i].yates_statistic == 0);
    ck_assert(!test.has_yates || (test.yates_statistic == 0 && test.yates_p == 1));
    arena_free(arena);
}
END_TEST

START_TEST(tests_agree_with_r)
{
    check_row(&rows_of_r[_i], TEN_DIGITS);
}
END_TEST

START_TEST(tests_agree_with_exact_values)
{
    check_row(&exact_rows[_i], NINE_DIGITS);
}
END_TEST

START_TEST(fisher_agrees_with_exact_values)
{
    int64_t a = fisher_rows[_i].a, b = fisher_rows[_i].b;
    int64_t c = fisher_rows[_i].c, d = fisher_rows[_i].d;
    double p = fisher_rows[_i].p, odds_ratio = fisher_rows[_i].odds_ratio;
    const struct {
        int64_t a, b, c, d;
        double odds_ratio;
    } likes[] = {{a, b, c, d, odds_ratio},
                 {a, c, b, d, odds_ratio}, /* turned */
                 {d, c, b, a, odds_ratio},
                 {b, a, d, c, 1 / odds_ratio}};
    for (size_t i = 0; i < sizeof likes / sizeof *likes; i++) {
        struct fisher_test test = fisher_test(likes[i].a, likes[i].b, likes[i].c, likes[i].d);
        assert_close("p", test.p, p, 1e-12);
        assert_close("odds ratio", test.odds_ratio, likes[i].odds_ratio, 1e-12);
    }
}
END_TEST

/* Weights of 8 with a scale of 1/8 are as no weights, but without Yates and Fisher. */
START_TEST(weights_are_scaled)
{
    const struct row *row = &rows_of_r[_i];
    struct arena *arena = arena_new();
    size_t ncells = row->nrows * row->ncols;
    long double *cells = arena_array(arena, ncells, sizeof *cells);
    for (size_t i = 0; i < ncells; i++) {
        cells[i] = row->cells[i] * 8;
    }
    struct observed observed = {row->nrows, row->ncols, cells, .weighted = true, .scale = 0.125};
    const double *residuals;
    struct chi2_test test = test_of(arena, &observed, &residuals);
    check_common(row, &test, residuals, TEN_DIGITS);
    ck_assert(!test.has_yates && !test.has_fisher);
    arena_free(arena);
}
END_TEST

/* A row or column of zeros, wherever it is, changes nothing but its own residuals. */
START_TEST(zeros_are_left_out)
{
    const struct row *row = &rows_of_r[_i];
    struct arena *arena = arena_new();
    size_t nrows = row->nrows + 1, ncols = row->ncols + 1;
    size_t zero_row = (size_t) _i % nrows, zero_column = (size_t) _i % ncols;
    long double *cells = arena_array(arena, nrows * ncols, sizeof *cells);
    double *expected = arena_array(arena, nrows * ncols, sizeof *expected);
    for (size_t i = 0, from = 0; i < nrows; i++) {
        for (size_t j = 0; j < ncols; j++) {
            bool is_zero = i == zero_row || j == zero_column;
            cells[i * ncols + j] = is_zero ? 0 : row->cells[from];
            expected[i * ncols + j] = is_zero ? NAN : row->residuals[from];
            from += !is_zero;
        }
    }
    struct row wider = *row;
    wider.nrows = nrows;
    wider.ncols = ncols;
    wider.cells = cells;
    wider.residuals = expected;
    check_row(&wider, TEN_DIGITS);
    arena_free(arena);
}
END_TEST

START_TEST(little_is_null)
{
    static const struct {
        size_t nrows, ncols;
        long double cells[6];
    } rows[] = {
        {0, 0, {0}}, {1, 1, {5}},          {1, 3, {5, 6, 7}},          {2, 1, {5, 6}},
        {2, 2, {0}}, {2, 2, {5, 6, 0, 0}}, {2, 2, {5, 0, 6, 0}},       {2, 2, {0, 0, 0, 7}},
        {3, 0, {0}}, {0, 3, {0}},          {2, 3, {1, 2, 3, 0, 0, 0}}, {3, 2, {0, 1, 0, 2, 0, 3}},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct observed observed = {
            .nrows = rows[i].nrows, .ncols = rows[i].ncols, .cells = rows[i].cells, .scale = 1};
        const double *residuals;
        ck_assert_msg(test_of(arena, &observed, &residuals).is_null, "table %zu", i);
        for (size_t j = 0; j < observed.nrows * observed.ncols; j++) {
            ck_assert(isnan(residuals[j]));
        }
    }
    arena_free(arena);
}
END_TEST

/* Expected counts of 8 and 4: how many are under 5 depends on the scale. */
START_TEST(low_expected_counts_are_scaled)
{
    static const struct {
        double scale, low_expected;
    } rows[] = {{2, 0}, {1.25, 0}, {1, 0.5}, {0.625, 0.5}, {0.5, 1}};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct observed observed = {2, 2, CELLS(7, 9, 5, 3), true, rows[i].scale};
        const double *residuals;
        struct chi2_test test = test_of(arena, &observed, &residuals);
        assert_close("low_expected", test.low_expected, rows[i].low_expected, 0);
    }
    arena_free(arena);
}
END_TEST

int
main(void)
{
    enum { NROWS = sizeof rows_of_r / sizeof *rows_of_r };
    Suite *suite = suite_create("chi2");
    TCase *tcase = tcase_create("chi2");
    tcase_add_loop_test(tcase, tests_agree_with_r, 0, NROWS);
    tcase_add_loop_test(tcase, tests_agree_with_exact_values, 0,
                        sizeof exact_rows / sizeof *exact_rows);
    tcase_add_loop_test(tcase, fisher_agrees_with_exact_values, 0,
                        sizeof fisher_rows / sizeof *fisher_rows);
    tcase_add_loop_test(tcase, weights_are_scaled, 0, NROWS);
    tcase_add_loop_test(tcase, zeros_are_left_out, 0, NROWS);
    tcase_add_loop_test(tcase, zero_is_exact, 0, (int) (sizeof zero_rows / sizeof *zero_rows));
    tcase_add_test(tcase, little_is_null);
    tcase_add_test(tcase, low_expected_counts_are_scaled);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
