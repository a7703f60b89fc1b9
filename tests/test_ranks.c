/*
 * Values in order, each once, and where each went: as sorting them by value_compare gives it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/ranks.h"
#include "base/number.h"
#include "tests/suite.h"

/* Values parted by commas; ranks parted by blanks. */
static const struct row {
    const char *values, *sorted, *ranks;
} rows[] = {
    {"10,x,9,10", "9,10,x", "1 2 0 1"},
    {"x,x,x", "x", "0 0 0"},
    {"07,7,-7,-0,0", "-7,0,7,-0,07", "4 2 0 3 1"},
    {"name of b,name of a,name of ,name of", "name of,name of ,name of a,name of b", "3 2 1 0"},
    {"prefix 12345678b,prefix 12345678a,1", "1,prefix 12345678a,prefix 12345678b", "2 1 0"},
    {"1234567890123456789,1234567890123456788", "1234567890123456788,1234567890123456789", "1 0"},
    {"-1234567890123456789,-1234567890123456788", "-1234567890123456789,-1234567890123456788",
     "0 1"},
    {"1,3,5,2,3,4", "1,2,3,4,5", "0 2 4 1 2 3"},
    {"\377,a,,\303\244", ",a,\303\244,\377", "3 1 0 2"},
};

static size_t
split(struct slice text, struct slice *values)
{
    size_t n = 1;
    for (size_t i = 0; i < text.len; i++) {
        n += text.ptr[i] == ',';
    }
    for (size_t i = 0; i < n; i++) {
        values[i] = slice_shift(&text, ',');
    }
    return n;
}

START_TEST(values_have_ranks)
{
    struct arena *arena = arena_new();
    struct slice values[10], expected[10], sorted[10];
    size_t ranks[10];
    size_t n = split(slice_str(rows[_i].values), values);
    size_t nexpected = split(slice_str(rows[_i].sorted), expected);
    ck_assert_uint_eq(values_rank(arena, values, n, sorted, ranks), nexpected);
    for (size_t i = 0; i < nexpected; i++) {
        ck_assert_msg(slice_equal(sorted[i], expected[i]), "%.*s", SLICE_ARG(sorted[i]));
    }
    struct slice left = slice_str(rows[_i].ranks);
    for (size_t i = 0; i < n; i++) {
        int64_t rank = -1;
        ck_assert(slice_to_int64(slice_shift(&left, ' '), &rank));
        ck_assert_int_eq(rank, (int64_t) ranks[i]);
    }
    ck_assert_uint_eq(values_rank(arena, NULL, 0, sorted, ranks), 0);
    arena_free(arena);
}
END_TEST

static int
by_value(const void *a, const void *b)
{
    return value_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/* Numbers of many lengths and texts that begin alike: few runs, and many. */
START_TEST(many_values_are_as_sorted_by_value_compare)
{
    enum { NVALUES = 3000 };
    static const char *const FORMATS[] = {"%u", "-%u", "%u.5", "text %u", "text of %u", "%08u"};
    struct arena *arena = arena_new();
    struct slice *values = arena_array(arena, NVALUES, sizeof *values);
    struct slice *expected = arena_array(arena, NVALUES, sizeof *expected);
    struct slice *sorted = arena_array(arena, NVALUES, sizeof *sorted);
    size_t *ranks = arena_array(arena, NVALUES, sizeof *ranks);
    srand((unsigned) _i);
    for (size_t i = 0; i < NVALUES; i++) {
        char text[64];
        unsigned number = (unsigned) rand() % (1u << rand() % 20);
        size_t format = _i < 6 ? (size_t) _i : (size_t) rand() % 6;
        int len = snprintf(text, sizeof text, FORMATS[format], number);
        values[i] = expected[i] = arena_copy(arena, slice_of(text, (size_t) len));
    }
    qsort(expected, NVALUES, sizeof *expected, by_value);
    if (_i == 7) { /* lists that are in order */
        memcpy(values, expected, NVALUES / 2 * sizeof *values);
        qsort(values + NVALUES / 2, NVALUES / 2, sizeof *values, by_value);
        memcpy(expected, values, NVALUES * sizeof *values);
        qsort(expected, NVALUES, sizeof *expected, by_value);
    }
    size_t n = values_rank(arena, values, NVALUES, sorted, ranks), at = 0;
    for (size_t i = 0; i < NVALUES; i++) {
        at += i > 0 && !slice_equal(expected[i - 1], expected[i]);
        ck_assert(at < n && slice_equal(sorted[at], expected[i]));
        ck_assert(ranks[i] < n && slice_equal(sorted[ranks[i]], values[i]));
    }
    ck_assert_uint_eq(at + 1, n);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ranks");
    TCase *tcase = tcase_create("ranks");
    tcase_add_loop_test(tcase, values_have_ranks, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tcase, many_values_are_as_sorted_by_value_compare, 0, 8);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
