/*
 * base/spelling: rows, and counts of mistakes against a search of all edits.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/spelling.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct {
    const char *wrong;
    const char *names[4];
    const char *nearest; /* NULL: none */
} rows[] = {
    {"orgin", {"Origin", "Order"}, "Origin"},
    {"SEX", {"set", "sex"}, "sex"},
    {"sex", {"set", "sec", "sexe"}, "set"},    /* the first of three as near */
    {"hieght", {"eight", "height"}, "height"}, /* two that changed places: one mistake */
    {"vlaue_12", {"value_1", "value_12"}, "value_12"},
    {"countri", {"country", "county"}, "country"},
    {"weigth", {"width", "weight"}, "weight"},
    {"depatment_nmae", {"department", "department_name"}, "department_name"},
    {"depatmnt_nmea", {"department_name"}, "department_name"}, /* 4 of 13: a third */
    {"departement_naam_x", {"department_name"}, "department_name"},
    {"abcdefgh", {"abcdezzz"}, NULL}, /* 3 of 8 */
    {"abcdefghi", {"abcdefzzz"}, "abcdefzzz"},
    {"abcdefghi", {"abcdezzzz"}, NULL},
    {"abcd", {"abzz"}, "abzz"},
    {"abc", {"abz"}, "abz"},
    {"abc", {"azz"}, NULL},
    {"ab", {"az"}, "az"},
    {"a", {"b"}, NULL},
    {"a", {"A"}, "A"},
    {"a", {"ab"}, NULL},
    {"ab", {"b"}, "b"},
    {"", {"a"}, NULL},
    {"age", {"region", "income"}, NULL},
    {"stra\xc3\x9f"
     "e",
     {"strase"},
     "strase"}, /* one character, two bytes */
    {"\xc3\xa9t\xc3\xa9", {"ete"}, NULL},
    {"\xff\xfe"
     "bcd",
     {"bcd"},
     "bcd"},
    {"anything", {NULL}, NULL},
};

START_TEST(test_rows)
{
    struct slice names[4], nearest = slice_lit("untouched");
    size_t nnames = 0;
    for (; nnames < 4 && rows[_i].names[nnames]; nnames++) {
        names[nnames] = slice_str(rows[_i].names[nnames]);
    }
    bool found = spelling_nearest(names, nnames, slice_str(rows[_i].wrong), &nearest);
    ck_assert_msg(found == (rows[_i].nearest != NULL), "%s: %.*s", rows[_i].wrong,
                  SLICE_ARG(nearest));
    ck_assert(slice_equal(nearest, slice_str(found ? rows[_i].nearest : "untouched")));
}
END_TEST

START_TEST(test_long)
{
    char text[66];
    memset(text, 'x', sizeof text);
    struct slice name = slice_of(text, 64), longer = slice_of(text, 65), nearest;
    ck_assert(spelling_nearest(&name, 1, name, &nearest));
    ck_assert(!spelling_nearest(&longer, 1, name, &nearest));
    ck_assert(!spelling_nearest(&name, 1, longer, &nearest));
    struct slice both[] = {longer, name};
    ck_assert(spelling_nearest(both, 2, slice_of(text, 63), &nearest) && nearest.len == 64);
}
END_TEST

/* Whether up to `most` mistakes make b of a: the next characters are the same, or each kind is tried. */
static bool
naive_within(const char *a, const char *b, int most)
{
    if (*a && *a == *b) {
        return naive_within(a + 1, b + 1, most) ||
               (most > 0 && (naive_within(a + 1, b, most - 1) || naive_within(a, b + 1, most - 1)));
    }
    if (!*a && !*b) {
        return true;
    }
    return most > 0 &&
           ((*a && naive_within(a + 1, b, most - 1)) || (*b && naive_within(a, b + 1, most - 1)) ||
            (*a && *b && naive_within(a + 1, b + 1, most - 1)) ||
            (*a && *b && a[0] == b[1] && a[1] == b[0] && a[0] != a[1] &&
             naive_within(a + 2, b + 2, most - 1)));
}

static uint64_t seed = 99;

static unsigned
random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (seed >> 33) % n;
}

static void
random_name(char *name, unsigned least_len)
{
    unsigned len = least_len + random_below(3);
    for (unsigned i = 0; i < len; i++) {
        name[i] = (char) ('a' + random_below(3));
    }
    name[len] = '\0';
}

START_TEST(test_random)
{
    int nnear = 0;
    for (int i = 0; i < 40000; i++) {
        char wrong[16], name[16];
        random_name(wrong, 6); /* 6 to 8 characters: 2 mistakes */
        random_name(name, 6);
        struct slice only = slice_str(name), nearest;
        bool expected = naive_within(wrong, name, 2);
        bool found = spelling_nearest(&only, 1, slice_str(wrong), &nearest);
        if (found != expected) {
            ck_abort_msg("%s, %s: %d", wrong, name, found);
        }
        nnear += expected;
    }
    ck_assert_int_gt(nnear, 1000);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("spelling");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_rows, 0, NROWS(rows));
    tcase_add_test(tcase, test_long);
    tcase_add_test(tcase, test_random);
    Suite *suite = suite_create("spelling");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
