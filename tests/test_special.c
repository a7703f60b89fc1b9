/*
 * Special functions: twelve digits of R's, thirteen of exact values, and what is at the ends.
 */
#include <stddef.h>

#include "answer/special.h"
#include "tests/close.h"
#include "tests/suite.h"

enum function { CHI2, TAIL, QUANTILE };

struct row {
    enum function function;
    double x, df, expected;
};

#define CHI2_TAIL(x, df, p) {CHI2, x, df, p},
#define NORMAL_TAIL(z, p) {TAIL, z, 0, p},
#define NORMAL_QUANTILE(p, z) {QUANTILE, p, 0, z},

static const struct row rows_of_r[] = {
#include "tests/data/statistics/special.inc"
};

static const struct row exact_rows[] = {
#include "tests/data/statistics/special_exact.inc"
};

static void
check_row(const struct row *row, double tolerance)
{
    double got = 0;
    switch (row->function) {
    case CHI2: got = chi2_tail(row->x, row->df); break;
    case TAIL: got = normal_tail(row->x); break;
    case QUANTILE: got = normal_quantile(row->x); break;
    }
    static const char *const NAMES[] = {"chi2_tail", "normal_tail", "normal_quantile"};
    ck_assert_msg(is_close(got, row->expected, tolerance), "%s(%.17g, %.17g): %.17g, not %.17g",
                  NAMES[row->function], row->x, row->df, got, row->expected);
}

START_TEST(functions_agree_with_r)
{
    check_row(&rows_of_r[_i], 1e-12);
}
END_TEST

START_TEST(functions_agree_with_exact_values)
{
    check_row(&exact_rows[_i], 1e-13);
}
END_TEST

START_TEST(functions_have_ends)
{
    ck_assert(chi2_tail(0, 1) == 1 && chi2_tail(0, 1000) == 1);
    ck_assert(chi2_tail(INFINITY, 3) == 0);
    ck_assert(chi2_tail(1e300, 1) == 0 && chi2_tail(1e6, 9) == 0);
    ck_assert(chi2_tail(1e-300, 1) == 1);
    ck_assert(chi2_tail(1e-300, 1e8) == 1);
    ck_assert(normal_tail(-INFINITY) == 1 && normal_tail(INFINITY) == 0);
    ck_assert(normal_tail(0) == 0.5 && normal_tail(40) == 0);
    ck_assert(normal_quantile(0) == -INFINITY && normal_quantile(1) == INFINITY);
    ck_assert(normal_quantile(0.5) == 0);
}
END_TEST

START_TEST(tails_fall)
{
    for (double df = 1; df < 100; df += 7) {
        for (double x = 0.01, last = 1; x < 500; x *= 1.01) { /* over the seam at x = df + 2 too */
            double tail = chi2_tail(x, df);
            ck_assert_msg(tail <= last && tail > 0, "chi2_tail(%g, %g): %g, and before %g", x, df,
                          tail, last);
            last = tail;
        }
    }
}
END_TEST

START_TEST(quantile_is_the_inverse_of_the_tail)
{
    for (double p = 1e-300; p < 0.5; p *= 1.7) {
        /* One digit in z is about z^2 digits in p. */
        assert_close("tail of quantile", normal_tail(-normal_quantile(p)), p, 1e-12);
        ck_assert(p < 1e-9 || is_close(normal_quantile(1 - p), -normal_quantile(p), 1e-6));
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("special");
    TCase *tcase = tcase_create("special");
    tcase_add_loop_test(tcase, functions_agree_with_r, 0, sizeof rows_of_r / sizeof *rows_of_r);
    tcase_add_loop_test(tcase, functions_agree_with_exact_values, 0,
                        sizeof exact_rows / sizeof *exact_rows);
    tcase_add_test(tcase, functions_have_ends);
    tcase_add_test(tcase, tails_fall);
    tcase_add_test(tcase, quantile_is_the_inverse_of_the_tail);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
