/*
 * answer/number_text, answer/wrap: numbers and labels as tables show them. tests/test_golden.c has
 * whole tables.
 */
#include <check.h>
#include <math.h>

#include "answer/number_text.h"
#include "answer/wrap.h"
#include "base/strbuf.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static struct arena *arena;

static void
setup(void)
{
    arena = arena_new();
}

static void
teardown(void)
{
    arena_free(arena);
}

#define TEXT(s)                                                                                    \
    {                                                                                              \
        .kind = NUMBER_DECIMAL, .text = SLICE_LIT(s)                                               \
    }
#define EXACT(s)                                                                                   \
    {                                                                                              \
        .kind = NUMBER_EXACT, .text = SLICE_LIT(s)                                                 \
    }
#define INTEGER(n)                                                                                 \
    {                                                                                              \
        .kind = NUMBER_INTEGER, .integer = (n)                                                     \
    }

static const struct {
    struct number number;
    enum leaf_kind kind;
    const char *text;
} number_rows[] = {
    {{.kind = NUMBER_NULL}, LEAF_VALUE, "-"},
    {{.kind = NUMBER_HIDDEN}, LEAF_PERCENT, "*"},
    {INTEGER(1234567), LEAF_VALUE, "1234567"},
    {INTEGER(100), LEAF_PERCENT, "100.0"},
    {TEXT("33.333333333333336"), LEAF_PERCENT, "33.3"},
    {TEXT("0.05"), LEAF_LOW, "0.1"},
    {TEXT("99.96"), LEAF_HIGH, "100.0"},
    {TEXT("1033.3333333333333"), LEAF_VALUE, "1033.33"},
    {TEXT("2.50000001"), LEAF_VALUE, "2.5"},
    {TEXT("-2.5"), LEAF_VALUE, "-2.5"},
    {TEXT("0.1"), LEAF_VALUE, "0.1"},
    {TEXT("0.012345678"), LEAF_VALUE, "0.0123457"},
    {TEXT("0.00001234567"), LEAF_VALUE, "0.0000123457"},
    {TEXT("0.000001234567"), LEAF_VALUE, "1.23457e-06"},
    {TEXT("-0.0000000001"), LEAF_VALUE, "-1e-10"},
    {TEXT("999999.5"), LEAF_VALUE, "1000000"},
    {TEXT("123456.7"), LEAF_VALUE, "123457"},
    {TEXT("12345678.9"), LEAF_VALUE, "12345679"},
    {TEXT("1e+21"), LEAF_VALUE, "1e+21"},
    {TEXT("123456789012345680000"), LEAF_VALUE, "123456789012345680000"},
    {EXACT("9007199254740993"), LEAF_VALUE, "9007199254740993"},
    {EXACT("12345678901234567890.5"), LEAF_VALUE, "12345678901234567890"},
    {EXACT("0"), LEAF_VALUE, "0"},
};

START_TEST(test_number)
{
    struct slice text = number_text(arena, number_rows[_i].number, number_rows[_i].kind);
    ck_assert_str_eq(arena_copy(arena, text).ptr, number_rows[_i].text);
}
END_TEST

START_TEST(test_not_finite)
{
    ck_assert(slice_equal(number_text_real(arena, NAN), slice_lit("-")));
    ck_assert(slice_equal(number_text_real(arena, INFINITY), slice_lit("-")));
    ck_assert(slice_equal(number_text_real(arena, 0), slice_lit("0")));
}
END_TEST

static const struct {
    const char *text;
    size_t ncells;
    const char *lines; /* with / between */
} wrap_rows[] = {
    {"", 5, ""},
    {"abc", 5, "abc"},
    {"abcde", 5, "abcde"},
    {"abcdef", 5, "abcde/f"},
    {"never married", 8, "never/married"},
    {"never married", 13, "never married"},
    {"a b c d", 3, "a b/c d"},
    {"abcdefghij klm", 4, "abcd/efgh/ij …"},
    {"one two three four", 5, "one/two/thre…"},
    {"日本語", 4, "日本/語"},
    {"日", 1, "日"},
    {"e\xcc\x81"
     "e\xcc\x81",
     1, "e\xcc\x81/e\xcc\x81"},
};

START_TEST(test_wrap)
{
    struct slice lines[WRAP_LINES_MOST];
    struct strbuf out;
    strbuf_init(&out);
    size_t n = wrap(arena, slice_str(wrap_rows[_i].text), wrap_rows[_i].ncells, lines);
    ck_assert_uint_ge(n, 1);
    for (size_t i = 0; i < n; i++) {
        strbuf_append_str(&out, i ? "/" : "");
        strbuf_append(&out, lines[i]);
    }
    ck_assert_str_eq(strbuf_slice(&out).ptr, wrap_rows[_i].lines);
    strbuf_fini(&out);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sheet");
    TCase *tcase = tcase_create("all");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, test_number, 0, NROWS(number_rows));
    tcase_add_test(tcase, test_not_finite);
    tcase_add_loop_test(tcase, test_wrap, 0, NROWS(wrap_rows));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
