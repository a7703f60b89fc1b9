/*
 * Different values of several texts that hold several each.
 */
#include <check.h>
#include <string.h>

#include "answer/value_parts.h"
#include "tests/suite.h"

enum { TEXTS_MOST = 6 };

/* Texts parted by blanks, the separator, and how many values the texts have up to each of them. */
static const struct row {
    const char *texts, *separator;
    size_t counts[TEXTS_MOST];
} rows[] = {
    {"red,blue red blue,green,blue", ",", {2, 2, 3}},
    {", red ,,red,", ",", {0, 1, 1}},
    {"3.0,red 3 +3,0", ",", {2, 2, 3}},
    {"a||b a|b b", "||", {2, 3, 3}},
    {"007 7,007", ",", {1, 2}},
};

static size_t
split(const char *text, struct slice *texts)
{
    size_t n = 0;
    for (struct slice rest = slice_str(text); rest.len;) {
        texts[n++] = slice_shift(&rest, ' ');
    }
    return n;
}

START_TEST(a_value_counts_once)
{
    const struct row *row = &rows[_i];
    struct arena *arena = arena_new();
    struct slice texts[TEXTS_MOST];
    size_t ntexts = split(row->texts, texts);
    struct value_parts *parts = value_parts_new(arena, slice_str(row->separator), texts, ntexts);
    for (size_t again = 0; again < 2; again++) {
        size_t n = 0;
        value_parts_begin(parts);
        for (size_t i = 0; i < ntexts; i++) {
            n += value_parts_add(parts, i);
            ck_assert_uint_eq(n, row->counts[i]);
        }
    }
    arena_free(arena);
}
END_TEST

START_TEST(separators_alone_are_no_value)
{
    struct arena *arena = arena_new();
    const struct slice texts[] = {slice_str(","), slice_str(",a"), slice_str("")};
    struct value_parts *parts = value_parts_new(arena, slice_str(","), texts, 3);
    ck_assert(!value_parts_has(parts, 0));
    ck_assert(value_parts_has(parts, 1));
    ck_assert(!value_parts_has(parts, 2));
    (void) value_parts_new(arena, slice_str(","), NULL, 0);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("value_parts");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, a_value_counts_once, 0, (int) (sizeof rows / sizeof *rows));
    tcase_add_test(tcase, separators_alone_are_no_value);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
