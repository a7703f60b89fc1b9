/*
 * tools/key_start: what keys of added rows begin with.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/key_set.h"
#include "tools/key_start.h"

/* As two loads of two machines may: within one microsecond there are several. */
START_TEST(no_two_are_the_same_whoever_makes_them_and_when)
{
    struct key_set *set = key_set_new();
    for (int i = 0; i < 100000; i++) {
        char start[KEY_START_BYTES];
        struct error err = {0};
        ck_assert(key_start_make(start, &err));
        ck_assert_int_eq(key_set_add(set, slice_str(start)), KEY_NEW);
    }
    key_set_free(set);
}
END_TEST

START_TEST(those_of_a_later_time_come_behind)
{
    char start[KEY_START_BYTES], last[KEY_START_BYTES] = "";
    struct error err = {0};
    for (int i = 0; i < 1000; i++) {
        ck_assert(key_start_make(start, &err));
        ck_assert_uint_eq(strlen(start), KEY_START_BYTES - 1);
        ck_assert_int_le(memcmp(last, start, KEY_START_TIME), 0);
        memcpy(last, start, sizeof last);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("key_start");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, no_two_are_the_same_whoever_makes_them_and_when);
    tcase_add_test(tcase, those_of_a_later_time_come_behind);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
