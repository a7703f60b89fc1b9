/*
 * Numbers that agree to so many significant digits.
 *
 *     assert_close("p", test.p, row->p, 1e-10);
 *
 * NAN agrees with NAN, an infinity with itself, 0 with 0 alone. Where another 0 is meant (what is left of numbers that
 * cancel out), assert_close_or_tiny.
 */
#ifndef QUIPU_TESTS_CLOSE_H
#define QUIPU_TESTS_CLOSE_H

#include <check.h>
#include <math.h>
#include <stdbool.h>

static inline bool
is_close(double got, double expected, double tolerance)
{
    if (isnan(expected) || isinf(expected) || expected == 0) {
        return isnan(expected) ? isnan(got) : got == expected;
    }
    return fabs(got - expected) <= tolerance * fabs(expected);
}

static inline void
assert_close(const char *what, double got, double expected, double tolerance)
{
    ck_assert_msg(is_close(got, expected, tolerance), "%s: %.17g, not %.17g", what, got, expected);
}

/* The same; but what is expected to be at most tiny may be anything that is. */
static inline void
assert_close_or_tiny(const char *what, double got, double expected, double tolerance, double tiny)
{
    bool is_tiny = fabs(expected) <= tiny && fabs(got) <= tiny;
    ck_assert_msg(is_tiny || is_close(got, expected, tolerance), "%s: %.17g, not %.17g", what, got,
                  expected);
}

#endif
