/*
 * tools/key_set: keys that come twice.
 */
#include <check.h>
#include <stdio.h>

#include "tests/suite.h"
#include "tools/key_set.h"

START_TEST(each_key_is_new_once)
{
    struct key_set *set = key_set_new();
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < 100000; i++) {
            char key[16];
            snprintf(key, sizeof key, "%d", i);
            ck_assert_int_eq(key_set_add(set, slice_str(key)), turn ? KEY_SEEN : KEY_NEW);
        }
    }
    ck_assert_int_eq(key_set_add(set, slice_lit("")), KEY_NEW);
    ck_assert_int_eq(key_set_add(set, slice_lit("")), KEY_SEEN);
    key_set_free(set);
    key_set_free(NULL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("key_set");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, each_key_is_new_once);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
