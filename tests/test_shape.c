/*
 * The mission's data: sizes are exact at any number of rows, values in range, half of the full rows
 * kept.
 */
#include <check.h>
#include <string.h>

#include "tests/suite.h"
#include "tools/shape.h"

static const uint64_t sizes[] = {0, 1, 5, 99, 1000, 4999, 5000, 12345, 200000, 1000000};

START_TEST(test_sizes)
{
    static const unsigned char most[SHAPE_FIELDS] = {2, 8, 3, 7, 2, 2, 2, 2, 2, 2,
                                                     2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    uint64_t nrows = sizes[_i], seen = 0, full = 0, kept = 0;
    uint64_t have[SHAPE_FIELDS] = {0};
    unsigned char values[SHAPE_FIELDS];
    struct shape *shape = shape_new(nrows, 7);
    while (shape_next(shape, values)) {
        bool filter = false, in_range = true;
        for (int i = 0; i < SHAPE_FIELDS; i++) {
            in_range &= values[i] <= most[i];
            have[i] += values[i] != 0;
            filter |= i >= 4 && values[i] == 1;
        }
        ck_assert(in_range);
        seen++;
        full += values[2] && values[3];
        kept += values[2] && values[3] && filter;
    }
    shape_free(shape);
    ck_assert_uint_eq(seen, nrows);
    for (unsigned i = 0; i < SHAPE_FIELDS; i++) {
        ck_assert_uint_eq(have[i], shape_field_rows(nrows, i + 1));
    }
    ck_assert_uint_eq(full, (nrows + 5000) / 10000);
    ck_assert_uint_eq(kept, (full + 1) / 2);
}
END_TEST

START_TEST(test_field_rows)
{
    static const struct {
        unsigned field;
        uint64_t nrows;
    } expected[] = {{1, 1000000}, {2, 1000000}, {3, 1000},   {4, 1000},
                    {5, 10},      {6, 18},      {19, 54117}, {20, 100000}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        ck_assert_uint_eq(shape_field_rows(1000000, expected[i].field), expected[i].nrows);
    }
}
END_TEST

START_TEST(test_seed)
{
    struct shape *a = shape_new(1000, 1), *b = shape_new(1000, 1), *c = shape_new(1000, 2);
    unsigned char of_a[SHAPE_FIELDS], of_b[SHAPE_FIELDS], of_c[SHAPE_FIELDS];
    int ndiffer = 0;
    while (shape_next(a, of_a)) {
        ck_assert(shape_next(b, of_b));
        ck_assert(shape_next(c, of_c));
        ck_assert_mem_eq(of_a, of_b, sizeof of_a);
        ndiffer += memcmp(of_a, of_c, sizeof of_a) != 0;
    }
    ck_assert_int_gt(ndiffer, 500);
    shape_free(a);
    shape_free(b);
    shape_free(c);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("shape");
    TCase *tcase = tcase_create("shape");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_sizes, 0, sizeof sizes / sizeof *sizes);
    tcase_add_test(tcase, test_field_rows);
    tcase_add_test(tcase, test_seed);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
