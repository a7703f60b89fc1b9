/*
 * tools/beside: what a dataset beside another is called.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/beside.h"
#include "tools/key_set.h"

/* Names tell the second, and many loads may begin in it. */
START_TEST(no_two_names_are_the_same_whoever_makes_them_and_when)
{
    struct arena *arena = arena_new();
    struct key_set *set = key_set_new();
    for (int i = 0; i < 10000; i++) {
        struct slice name;
        struct error err = {0};
        ck_assert(beside_name(arena, slice_lit("survey"), slice_lit("survey_"), &name, &err));
        ck_assert(slice_starts_with(name, slice_lit("survey.20")));
        ck_assert_int_eq(key_set_add(set, name), KEY_NEW);
    }
    key_set_free(set);
    arena_free(arena);
}
END_TEST

/* "survey.20261129...:" would begin with the prefix "s". */
START_TEST(rows_of_a_name_cannot_be_taken_for_rows_of_the_prefix)
{
    static const struct {
        const char *prefix, *start;
    } rows[] = {{"s", "_survey."}, {"survey.", "_survey."}, {"survey_", "survey."}};
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice name;
        struct error err = {0};
        ck_assert(beside_name(arena, slice_lit("survey"), slice_str(rows[i].prefix), &name, &err));
        ck_assert_msg(slice_starts_with(name, slice_str(rows[i].start)), "%s", rows[i].prefix);
    }
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("beside");
    TCase *tcase = tcase_create("beside");
    tcase_add_test(tcase, no_two_names_are_the_same_whoever_makes_them_and_when);
    tcase_add_test(tcase, rows_of_a_name_cannot_be_taken_for_rows_of_the_prefix);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
