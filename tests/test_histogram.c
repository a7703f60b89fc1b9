/*
 * base/histogram: which bucket a time is in, what is within a bound, percentiles.
 */
#include <stdlib.h>

#include "base/histogram.h"
#include "tests/suite.h"

/* Each time is within the powers of two that it is within, and in no bucket that is too wide. */
START_TEST(test_bounds)
{
    for (int64_t us = 1; us < 1 << 20; us += 1 + us / 7) {
        for (int64_t near = us - 1; near <= us + 1; near++) {
            struct histogram histogram = {0};
            histogram_add(&histogram, near);
            for (int bits = 0; bits <= HISTOGRAM_MAX_BITS; bits++) {
                ck_assert_uint_eq(histogram_count_upto(&histogram, bits), near <= 1LL << bits);
            }
            double end = (double) histogram_percentile(&histogram, 50);
            double least = near < 1 ? 1 : (double) near;
            ck_assert(end >= least && end <= least * 1.125);
        }
    }
}
END_TEST

/* What is nothing, negative, or endless is counted at an end. */
START_TEST(test_ends)
{
    struct histogram histogram = {0};
    ck_assert_uint_eq(histogram_percentile(&histogram, 99), 0);
    histogram_add(&histogram, -5);
    histogram_add(&histogram, 0);
    ck_assert_uint_eq(histogram_count_upto(&histogram, 0), 2);
    ck_assert_uint_eq(histogram.sum_us, 0);
    histogram_add(&histogram, INT64_MAX);
    ck_assert_uint_eq(histogram.count, 3);
    ck_assert_uint_eq(histogram_count_upto(&histogram, HISTOGRAM_MAX_BITS - 1), 2);
    ck_assert_uint_eq(histogram_count_upto(&histogram, HISTOGRAM_MAX_BITS), 3);
}
END_TEST

START_TEST(test_percentiles)
{
    struct histogram histogram = {0};
    for (int us = 1; us <= 1000; us++) {
        histogram_add(&histogram, us);
    }
    ck_assert_uint_eq(histogram.sum_us, 500500);
    ck_assert_uint_eq(histogram_percentile(&histogram, 0), 1);
    ck_assert_uint_eq(histogram_percentile(&histogram, 0.4), 4);
    ck_assert_uint_eq(histogram_percentile(&histogram, 50), 512);
    ck_assert_uint_eq(histogram_percentile(&histogram, 51.2), 512);
    ck_assert_uint_eq(histogram_percentile(&histogram, 51.3), 576);
    ck_assert_uint_eq(histogram_percentile(&histogram, 100), 1024);
    ck_assert_uint_eq(histogram_count_upto(&histogram, 9), 512);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("histogram");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_ends);
    tcase_add_test(tcase, test_percentiles);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
