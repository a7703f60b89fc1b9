/*
 * base/like: rows as PostgreSQL answers them, and random patterns against a table of all prefixes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/like.h"
#include "base/utf8.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct {
    const char *pattern, *text;
    bool like, ilike;
} rows[] = {
    {"", "", true, true},
    {"", "a", false, false},
    {"%", "", true, true},
    {"%", "anything", true, true},
    {"%%", "x", true, true},
    {"_", "", false, false},
    {"_", "a", true, true},
    {"_", "ab", false, false},
    {"__", "ab", true, true},
    {"a", "a", true, true},
    {"a", "A", false, true},
    {"A%", "abc", false, true},
    {"abc", "ab", false, false},
    {"ab", "abc", false, false},
    {"a%", "abc", true, true},
    {"%c", "abc", true, true},
    {"%b%", "abc", true, true},
    {"%b", "abc", false, false},
    {"a%c", "abcbc", true, true},
    {"a_c", "abc", true, true},
    {"%ab", "aab", true, true},
    {"%_", "", false, false},
    {"%_", "a", true, true},
    {"_%_", "a", false, false},
    {"_%_", "ab", true, true},
    {"%a%b%c%", "xxaxxbxxcxx", true, true},
    {"%a%b%c%", "xxaxxcxxbxx", false, false},
    {"%aab", "aaaaab", true, true},
    {"100\\%", "100%", true, true},
    {"100\\%", "1000", false, false},
    {"a\\_b", "a_b", true, true},
    {"a\\_b", "axb", false, false},
    {"a\\\\b", "a\\b", true, true},
    {"\\%%", "%abc", true, true},
    {"%\\%", "abc%", true, true},
    {"%\\%", "abc", false, false},
    {"\\a\\bc", "abc", true, true},
    {"\\A", "a", false, true},
    {"*.?", "*.?", true, true},
    {"*", "a", false, false},
    {"[a-c]", "b", false, false},
    {"%.5", "12.5", true, true},
    {"caf_", "caf\xc3\xa9", true, true},
    {"caf__", "caf\xc3\xa9", false, false},
    {"%\xc3\xa9", "caf\xc3\xa9", true, true},
    {"%\xc3\x89", "caf\xc3\xa9", false, false}, /* only ASCII folds */
    {"%\xa9", "caf\xc3\xa9", false, false},     /* half a character */
    {"caf\xc3%", "caf\xc3\xa9", false, false},
    {"%__", "\xe2\x82\xac", false, false}, /* '%' takes characters, not bytes */
    {"_", "\xf0\x9f\x98\x80", true, true},
    {"_", "\xff", true, true},
    {"__", "\xe2\x82", true, true},
    {"_\xa9", "\xff\xa9", true, true},
    {"\xff%", "\xff\xff", true, true},
    {"\xe2\x82\xac_", "\xe2\x82\xac\xac", true, true},
    {"\\\xc3\xa9", "\xc3\xa9", true, true},
};

START_TEST(test_rows)
{
    struct error err;
    error_clear(&err);
    struct slice pattern = slice_str(rows[_i].pattern), text = slice_str(rows[_i].text);
    ck_assert(like_check(pattern, &err));
    ck_assert_msg(like_matches(pattern, false, text) == rows[_i].like, "'%s' LIKE '%s'",
                  rows[_i].text, rows[_i].pattern);
    ck_assert_msg(like_matches(pattern, true, text) == rows[_i].ilike, "'%s' ILIKE '%s'",
                  rows[_i].text, rows[_i].pattern);
}
END_TEST

START_TEST(test_zero_bytes)
{
    ck_assert(like_matches(slice_lit("a\0%"), false, slice_lit("a\0b")));
    ck_assert(!like_matches(slice_lit("a\0%"), false, slice_lit("ab")));
    ck_assert(like_matches(slice_lit("a_b"), false, slice_lit("a\0b")));
}
END_TEST

START_TEST(test_check)
{
    struct error err;
    error_clear(&err);
    ck_assert(like_check(slice_lit(""), &err));
    ck_assert(like_check(slice_lit("\\\\"), &err));
    ck_assert(like_check(slice_lit("\\x"), &err)); /* PostgreSQL: it is x */
    ck_assert(!error_is_set(&err));
    ck_assert(!like_check(slice_lit("ab\\\\\\"), &err));
    ck_assert_str_eq(err.code, "SYNTAX");
    ck_assert_str_eq(err.message,
                     "the pattern 'ab\\\\\\' ends in a backslash; a backslash itself is '\\\\'");
    error_clear(&err);
    ck_assert(!like_check(slice_lit("\\"), &err));
}
END_TEST

/* What is exponential by recursion: 64 times '%a', and a text of a's without the last character. */
START_TEST(test_hard)
{
    enum { NPERCENTS = 64, LEN = 20000 };
    char pattern[2 * NPERCENTS + 1];
    char *text = malloc(LEN);
    memset(text, 'a', LEN);
    for (int i = 0; i < NPERCENTS; i++) {
        memcpy(pattern + 2 * i, "%a", 2);
    }
    pattern[2 * NPERCENTS] = 'b';
    ck_assert(!like_matches(slice_of(pattern, sizeof pattern), false, slice_of(text, LEN)));
    text[LEN - 1] = 'b';
    ck_assert(like_matches(slice_of(pattern, sizeof pattern), false, slice_of(text, LEN)));
    free(text);
}
END_TEST

/* The reference: elements and characters, and for each two prefixes whether one matches the other. */
enum { MOST = 16, PERCENT = -1, ANY_ONE = -2 };

static int
lower(int code)
{
    return code >= 'A' && code <= 'Z' ? code - 'A' + 'a' : code;
}

static bool
naive_matches(struct slice pattern, bool folds, struct slice text)
{
    int elements[MOST], codes[MOST], nelements = 0, ncodes = 0;
    while (pattern.len > 0) {
        int code = (int) utf8_take(&pattern);
        if (code == '\\') {
            code = (int) utf8_take(&pattern);
        } else if (code == '%' || code == '_') {
            code = code == '%' ? PERCENT : ANY_ONE;
        }
        elements[nelements++] = code;
    }
    while (text.len > 0) {
        codes[ncodes++] = (int) utf8_take(&text);
    }
    bool matches[MOST + 1][MOST + 1] = {{true}};
    for (int e = 1; e <= nelements; e++) {
        int element = elements[e - 1];
        matches[e][0] = matches[e - 1][0] && element == PERCENT;
        for (int c = 1; c <= ncodes; c++) {
            int code = codes[c - 1];
            bool is_same =
                element == ANY_ONE || element == code || (folds && lower(element) == lower(code));
            matches[e][c] = element == PERCENT ? matches[e - 1][c] || matches[e][c - 1]
                                               : matches[e - 1][c - 1] && is_same;
        }
    }
    return matches[nelements][ncodes];
}

static uint64_t seed = 4711;

static unsigned
random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (seed >> 33) % n;
}

/* Of few characters, so that much matches; whole ones and parts of them. */
static struct slice
random_text(char *buffer, const char *const *parts, unsigned nparts)
{
    size_t len = 0;
    for (unsigned n = random_below(8); n > 0 && len < MOST - 4; n--) {
        const char *part = parts[random_below(nparts)];
        memcpy(buffer + len, part, strlen(part));
        len += strlen(part);
    }
    return slice_of(buffer, len);
}

START_TEST(test_random)
{
    static const char *const texts[] = {"a",  "a", "b",        "A",    "%",    "_",
                                        "\\", "B", "\xc3\xa9", "\xc3", "\xa9", "\xe2\x82\xac"};
    static const char *const patterns[] = {"a",    "b",    "A",    "%",        "%",
                                           "_",    "\\%",  "\\_",  "\\\\",     "\\a",
                                           "\xc3", "\xa9", "\xac", "\xc3\xa9", "\xe2\x82\xac"};
    int nmatches = 0;
    for (int i = 0; i < 300000; i++) {
        char text_buffer[MOST], pattern_buffer[MOST];
        struct slice text = random_text(text_buffer, texts, NROWS(texts));
        struct slice pattern = random_text(pattern_buffer, patterns, NROWS(patterns));
        bool folds = random_below(2);
        bool expected = naive_matches(pattern, folds, text);
        ck_assert_msg(like_matches(pattern, folds, text) == expected, "'%.*s' LIKE '%.*s' (%d)",
                      SLICE_ARG(text), SLICE_ARG(pattern), folds);
        nmatches += expected;
    }
    ck_assert_int_gt(nmatches, 10000);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("like");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_rows, 0, NROWS(rows));
    tcase_add_test(tcase, test_zero_bytes);
    tcase_add_test(tcase, test_check);
    tcase_add_test(tcase, test_hard);
    tcase_add_test(tcase, test_random);
    Suite *suite = suite_create("like");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
