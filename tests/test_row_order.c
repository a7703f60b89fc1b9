/*
 * The order of rows in a list: by value, then by name; what has no value is last, whichever way it goes.
 */
#include <check.h>

#include "answer/row_order.h"
#include "tests/suite.h"

static struct row_key
key_of(const char *name, const char *value)
{
    return (struct row_key){slice_str(name), value ? slice_str(value) : (struct slice){0}};
}

START_TEST(each_is_before_the_next)
{
    static const struct {
        const char *name, *value;
    } UP[] = {{"p_9", "-3"},  {"p_1", "9"},          {"p_10", "9"}, {"p_2", "9"},
              {"p_0", "10"},  {"p_3", "1000000000"}, {"p_0", ""},   {"p_4", "10x"},
              {"p_5", "ten"}, {"p_10", NULL},        {"p_2", NULL}};
    /* The names of equal values go up still. */
    static const size_t DOWN[] = {8, 7, 6, 5, 4, 1, 2, 3, 0, 9, 10};
    enum { N = sizeof UP / sizeof *UP };
    for (size_t i = 0; i < N; i++) {
        for (size_t j = 0; j < N; j++) {
            struct row_key a = key_of(UP[i].name, UP[i].value);
            struct row_key b = key_of(UP[j].name, UP[j].value);
            int order = row_key_compare(&a, &b, false);
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
            a = key_of(UP[DOWN[i]].name, UP[DOWN[i]].value);
            b = key_of(UP[DOWN[j]].name, UP[DOWN[j]].value);
            order = row_key_compare(&a, &b, true);
            ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}
END_TEST

START_TEST(without_values_names_alone)
{
    struct row_key a = key_of("p_1", NULL), b = key_of("p_10", NULL), c = key_of("p_1\xff", NULL);
    ck_assert_int_lt(row_key_compare(&a, &b, false), 0);
    ck_assert_int_lt(row_key_compare(&a, &b, true), 0);
    ck_assert_int_lt(row_key_compare(&b, &c, false), 0);
    ck_assert_int_eq(row_key_compare(&a, &a, true), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("row_order");
    TCase *tcase = tcase_create("row_order");
    tcase_add_test(tcase, each_is_before_the_next);
    tcase_add_test(tcase, without_values_names_alone);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
