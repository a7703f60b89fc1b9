/*
 * Wilson's intervals: ten digits of R's prop.test, and what is at the ends.
 */
#include "answer/interval.h"
#include "tests/close.h"
#include "tests/suite.h"

static const struct {
    double count, base, confidence, low, high;
} rows[] = {
#define INTERVAL(...) {__VA_ARGS__},
#include "tests/data/statistics/interval.inc"
};

START_TEST(intervals_agree_with_r)
{
    double z = interval_z(rows[_i].confidence);
    struct interval interval = interval_of_share(rows[_i].count, rows[_i].base, z);
    ck_assert(!interval.is_null);
    assert_close("low", interval.low, rows[_i].low, 1e-10);
    assert_close("high", interval.high, rows[_i].high, 1e-10);
}
END_TEST

START_TEST(intervals_have_ends)
{
    double z = interval_z(0.95);
    struct interval interval = interval_of_share(0, 0, z);
    ck_assert(interval.is_null);
    for (long double base = 1e-3L; base < 1e13L; base *= 7) { /* weighted bases are any number */
        interval = interval_of_share(0, base, z);
        ck_assert(interval.low == 0 && interval.high > 0 && interval.high < 100);
        struct interval other = interval_of_share(base, base, z);
        ck_assert(other.high == 100 && other.low < 100 && other.low > 0);
        assert_close("mirror", 100 - other.low, interval.high, base < 1e6L ? 1e-7 : 1e-1);
        other = interval_of_share(base * 1.0000001L, base, z); /* a sum of weights, rounded up */
        ck_assert(other.high == 100 && other.low < 100);
        interval = interval_of_share(base / 3, base, z);
        ck_assert(interval.low > 0 && interval.low < 100.0 / 3 && interval.high > 100.0 / 3);
        ck_assert(interval.high < 100);
    }
}
END_TEST

/* The greatest counts: 2^63 - 1 rows, half of them, a few of them. */
START_TEST(huge_counts_keep_their_digits)
{
    const long double base = 9223372036854775807.0L;
    double z = interval_z(0.95);
    struct interval interval = interval_of_share(4611686018427387904.0L, base, z);
    /* 50 -+ 50 z / sqrt(base) */
    assert_close("low", 50 - interval.low, 3.226808786294656949922e-8, 1e-6);
    assert_close("high", interval.high - 50, 3.226808786294656949922e-8, 1e-6);
    interval = interval_of_share(2, base, z); /* as Poisson: 2 + zz / 2 -+ z sqrt(2 + zz / 4) */
    assert_close("low", interval.low, 5.946546838466338590010e-18, 1e-10);
    assert_close("high", interval.high, 7.907072005005559076611e-17, 1e-10);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("interval");
    TCase *tcase = tcase_create("interval");
    tcase_add_loop_test(tcase, intervals_agree_with_r, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, intervals_have_ends);
    tcase_add_test(tcase, huge_counts_keep_their_digits);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
