/*
 * base: slices, the arena, errors, string building and numbers.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/cluster_nodes.h"
#include "base/error.h"
#include "base/json.h"
#include "base/lines.h"
#include "base/list.h"
#include "base/must.h"
#include "base/number.h"
#include "base/slice.h"
#include "base/slot.h"
#include "base/strbuf.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static int
sign(int n)
{
    return (n > 0) - (n < 0);
}

/* slice */

START_TEST(test_slice_equal)
{
    ck_assert(slice_equal(slice_lit("abc"), slice_str("abc")));
    ck_assert(!slice_equal(slice_lit("abc"), slice_lit("abd")));
    ck_assert(!slice_equal(slice_lit("abc"), slice_lit("ab")));
    ck_assert(slice_equal(slice_lit(""), slice_of(NULL, 0)));
    ck_assert(slice_equal(slice_lit("a\0b"), slice_of("a\0b", 3)));
    ck_assert(!slice_equal(slice_lit("a\0b"), slice_lit("a\0c")));
    ck_assert_uint_eq(slice_str(NULL).len, 0);
    ck_assert_ptr_nonnull(slice_str(NULL).ptr);
    ck_assert(slice_equal_nocase(slice_lit("Count_1"), slice_lit("cOUNT_1")));
    ck_assert(!slice_equal_nocase(slice_lit("@"), slice_lit("`")));
    ck_assert(!slice_equal_nocase(slice_lit("["), slice_lit("{")));
    ck_assert(!slice_equal_nocase(slice_lit("\xc3\x84"), slice_lit("\xc3\xa4")));
    ck_assert(!slice_equal_nocase(slice_lit("a"), slice_lit("ab")));
    ck_assert(slice_ends_nocase(slice_lit("a.SAV"), slice_lit(".sav")));
    ck_assert(!slice_ends_nocase(slice_lit("a.sav"), slice_lit(".zsav")));
    ck_assert(!slice_ends_nocase(slice_lit("a.sav.gz"), slice_lit(".sav")));
    ck_assert(!slice_ends_nocase(slice_lit(".sav"), slice_lit(".sav")));
    ck_assert(slice_starts_with(slice_lit("profile_7"), slice_lit("profile_")));
    ck_assert(slice_starts_with(slice_lit("a"), slice_lit("")));
    ck_assert(!slice_starts_with(slice_lit("pro"), slice_lit("profile_")));
    ck_assert(slice_hash(slice_lit("a")) != slice_hash(slice_lit("b")));
    /* FNV-1a's published value */
    ck_assert_uint_eq(slice_hash(slice_lit("foobar")), 0x85944171f73967e8u);
}
END_TEST

static const struct {
    struct slice a, b;
    int order;
} slice_rows[] = {
    {SLICE_LIT(""), SLICE_LIT(""), 0},       {SLICE_LIT(""), SLICE_LIT("a"), -1},
    {SLICE_LIT("a"), SLICE_LIT("ab"), -1},   {SLICE_LIT("b"), SLICE_LIT("ab"), 1},
    {SLICE_LIT("a"), SLICE_LIT("\xff"), -1}, {SLICE_LIT("a\0b"), SLICE_LIT("a\0a"), 1},
    {SLICE_LIT("10"), SLICE_LIT("9"), -1},
};

START_TEST(test_slice_compare)
{
    ck_assert_int_eq(sign(slice_compare(slice_rows[_i].a, slice_rows[_i].b)), slice_rows[_i].order);
    ck_assert_int_eq(sign(slice_compare(slice_rows[_i].b, slice_rows[_i].a)),
                     -slice_rows[_i].order);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
    int64_t n;
} int64_rows[] = {
    {"0", true, 0},
    {"7", true, 7},
    {"-12", true, -12},
    {"007", true, 7},
    {"-0", true, 0},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"18446744073709551616", false, 0},
    {"99999999999999999999999", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"1.0", false, 0},
    {"--1", false, 0},
    {"\xb2", false, 0},
};

START_TEST(test_slice_to_int64)
{
    int64_t n = 42;
    ck_assert(slice_to_int64(slice_str(int64_rows[_i].text), &n) == int64_rows[_i].ok);
    ck_assert_int_eq(n, int64_rows[_i].ok ? int64_rows[_i].n : 42);
}
END_TEST

/* arena */

static bool
holds_only(const unsigned char *bytes, size_t len, unsigned char byte)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

/* Sizes around the blocks' own: every piece is aligned, zeroed and nobody else's. */
static const struct {
    const char *text, *part, *rest;
} shift_rows[] = {
    {"a b c", "a", "b c"}, {" a", "", "a"}, {"a ", "a", ""},
    {"a", "a", ""},        {"", "", ""},    {" ", "", ""},
};

START_TEST(test_slice_shift)
{
    struct slice rest = slice_str(shift_rows[_i].text);
    ck_assert(slice_equal(slice_shift(&rest, ' '), slice_str(shift_rows[_i].part)));
    ck_assert(slice_equal(rest, slice_str(shift_rows[_i].rest)));
}
END_TEST

START_TEST(test_must)
{
    int *list = must_grow(NULL, 2, sizeof *list);
    list[0] = 1, list[1] = 2;
    list = must_grow(list, 1000, sizeof *list);
    ck_assert_int_eq(list[0] + list[1], 3);
    free(list);
    char *zeroed = must_alloc(64);
    ck_assert_int_eq(zeroed[0] | zeroed[63], 0);
    free(zeroed);
}
END_TEST

START_TEST(test_arena_alloc)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4095, 4096, 4097, 8192, 100000, 3, 1 << 21, 5};
    enum { N = sizeof sizes / sizeof *sizes, ROUNDS = 4 };
    struct arena *arena = arena_new();
    unsigned char *pieces[N * ROUNDS];
    size_t total_bytes = 0;
    ck_assert_uint_eq(arena_bytes(arena), 0);
    for (size_t i = 0; i < N * ROUNDS; i++) {
        size_t size = sizes[i % N];
        pieces[i] = arena_alloc(arena, size);
        total_bytes += size;
        ck_assert_ptr_nonnull(pieces[i]);
        ck_assert_uint_eq((uintptr_t) pieces[i] % 16, 0);
        ck_assert(holds_only(pieces[i], size, 0));
        memset(pieces[i], (int) i + 1, size);
    }
    for (size_t i = 0; i < N * ROUNDS; i++) {
        ck_assert(holds_only(pieces[i], sizes[i % N], (unsigned char) (i + 1)));
    }
    ck_assert_uint_ge(arena_bytes(arena), total_bytes);
    arena_free(arena);
    arena_free(NULL);
}
END_TEST

START_TEST(test_what_is_in_a_joined_arena_lives_on_in_the_other)
{
    for (int has_own = 0; has_own < 2; has_own++) {
        struct arena *arena = arena_new(), *other = arena_new();
        char *own = has_own ? arena_alloc(arena, 10) : NULL;
        struct slice small = arena_copy(other, slice_lit("small"));
        char *large = arena_alloc(other, 100000);
        size_t total_bytes = arena_bytes(arena) + arena_bytes(other);
        arena_join(arena, other);
        ck_assert_uint_eq(arena_bytes(arena), total_bytes);
        arena_join(arena, arena_new()); /* which has nothing */
        for (int i = 0; i < 1000; i++) {
            memset(arena_alloc(arena, 100), 1, 100);
        }
        ck_assert(slice_equal(small, slice_lit("small")));
        ck_assert(holds_only((unsigned char *) large, 100000, 0));
        ck_assert(!has_own || holds_only((unsigned char *) own, 10, 0));
        arena_free(arena);
    }
}
END_TEST

START_TEST(test_arena_text)
{
    struct arena *arena = arena_new();
    char text[] = "a\0b";
    struct slice copy = arena_copy(arena, slice_of(text, 3));
    text[0] = 'x';
    ck_assert(slice_equal(copy, slice_lit("a\0b")));
    ck_assert_int_eq(copy.ptr[3], '\0');
    copy = arena_copy(arena, slice_of(NULL, 0));
    ck_assert_uint_eq(copy.len, 0);
    ck_assert_int_eq(copy.ptr[0], '\0');
    struct slice printed = arena_printf(arena, "%s=%d", "cells", 336);
    ck_assert(slice_equal(printed, slice_lit("cells=336")));
    ck_assert_int_eq(printed.ptr[printed.len], '\0');
    printed = arena_printf(arena, "%0*d", 10000, 7);
    ck_assert_uint_eq(printed.len, 10000);
    ck_assert_int_eq(printed.ptr[9999], '7');
    int64_t *numbers = arena_array(arena, 1000, sizeof *numbers);
    ck_assert_int_eq(numbers[999], 0);
    ck_assert_ptr_nonnull(arena_array(arena, 0, 0));
    arena_free(arena);
}
END_TEST

START_TEST(test_arena_array_overflow)
{
    struct arena *arena = arena_new();
    arena_array(arena, SIZE_MAX / 4, 8);
}
END_TEST

/* error */

START_TEST(test_error)
{
    struct error err;
    error_clear(&err);
    ck_assert(!error_is_set(&err));
    ck_assert(!error_set(&err, "LIMIT", "max-cells is %d", 10));
    ck_assert(error_is_set(&err));
    ck_assert(!error_set(&err, "ERR", "later"));
    ck_assert_str_eq(err.code, "LIMIT");
    ck_assert_str_eq(err.message, "max-cells is 10");
    error_clear(&err);
    ck_assert(!error_is_set(&err));

    char text[ERROR_MESSAGE_BYTES + 1];
    memset(text, 'x', sizeof text);
    text[ERROR_MESSAGE_BYTES] = '\0';
    error_set(&err, "ERR", "%s", text);
    ck_assert_uint_eq(strlen(err.message), ERROR_MESSAGE_BYTES - 1);
    ck_assert_str_eq(err.message + ERROR_MESSAGE_BYTES - 5, "x...");
    error_clear(&err);
    error_set(&err, "ERR", "%s", text + 1);
    ck_assert_uint_eq(strlen(err.message), ERROR_MESSAGE_BYTES - 1);
    ck_assert_str_eq(err.message + ERROR_MESSAGE_BYTES - 2, "x");
}
END_TEST

static const struct {
    struct slice token;
    const char *quoted;
} quote_rows[] = {
    {SLICE_LIT(""), "''"},
    {SLICE_LIT("form"), "'form'"},
    {SLICE_LIT("a\0\n\x7f"), "'a\\x00\\x0a\\x7f'"},
    {SLICE_LIT("gr\xc3\xbcn"), "'gr\xc3\xbcn'"},
    {SLICE_LIT("0123456789012345678901234567890123456789"),
     "'0123456789012345678901234567890123456789'"},
    {SLICE_LIT("0123456789012345678901234567890123456789x"),
     "'0123456789012345678901234567890123456789'..."},
    {SLICE_LIT("012345678901234567890123456789012345678\xc3\xbcx"),
     "'012345678901234567890123456789012345678'..."},
    {SLICE_LIT(
         "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"),
     "'\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01"
     "\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01"
     "\\x01\\x01\\x01\\x01'..."},
};

START_TEST(test_error_quote)
{
    char *buffer = malloc(ERROR_QUOTE_BYTES);
    ck_assert_ptr_nonnull(buffer);
    ck_assert_str_eq(error_quote(buffer, quote_rows[_i].token), quote_rows[_i].quoted);
    free(buffer);
}
END_TEST

/* strbuf */

START_TEST(test_strbuf)
{
    struct strbuf buf;
    strbuf_init(&buf);
    ck_assert_uint_eq(strbuf_slice(&buf).len, 0);
    ck_assert_ptr_nonnull(strbuf_slice(&buf).ptr);
    strbuf_append(&buf, slice_lit("a\0b"));
    strbuf_append_char(&buf, '\0');
    strbuf_append_str(&buf, "");
    strbuf_append_int(&buf, INT64_MIN);
    strbuf_append_char(&buf, ' ');
    strbuf_append_int(&buf, INT64_MAX);
    strbuf_append_char(&buf, ' ');
    strbuf_append_int(&buf, 0);
    strbuf_printf(&buf, " %s=%d", "cells", 336);
    strbuf_printf(&buf, "%s", "");
    ck_assert(slice_equal(strbuf_slice(&buf),
                          slice_lit("a\0b\0-9223372036854775808 9223372036854775807 0 cells=336")));
    ck_assert_int_eq(buf.ptr[buf.len], '\0');
    strbuf_clear(&buf);
    ck_assert_str_eq(buf.ptr, "");
    for (int i = 0; i < 100000; i++) {
        strbuf_append_char(&buf, (char) ('a' + i % 26));
    }
    ck_assert_uint_eq(buf.len, 100000);
    ck_assert_int_eq(buf.ptr[99999], 'a' + 99999 % 26);
    strbuf_printf(&buf, "%0*d", 100000, 1);
    ck_assert_uint_eq(buf.len, 200000);
    ck_assert_int_eq(buf.ptr[199999], '1');
    memset(strbuf_reserve(&buf, 1000), 'x', 1000);
    buf.len += 1000;
    strbuf_append_str(&buf, "end");
    ck_assert_str_eq(buf.ptr + 200999, "xend");
    strbuf_fini(&buf);
    strbuf_fini(&buf);
}
END_TEST

/* number */

static const struct {
    const char *text;
    bool is_number;
    bool is_integer;
} canonical_rows[] = {
    {"0", true, true},
    {"7", true, true},
    {"-3", true, true},
    {"10", true, true},
    {"123456789012345678901234567890", true, true},
    {"2.5", true, false},
    {"-2.5", true, false},
    {"0.5", true, false},
    {"-0.5", true, false},
    {"10.01", true, false},
    {"", false, false},
    {"-", false, false},
    {"-0", false, false},
    {"+1", false, false},
    {"007", false, false},
    {"-01", false, false},
    {"00.5", false, false},
    {"2.50", false, false},
    {"2.0", false, false},
    {"-0.0", false, false},
    {"0.0", false, false},
    {"1.", false, false},
    {".5", false, false},
    {"-.5", false, false},
    {"1e3", false, false},
    {"1.2.3", false, false},
    {"1 ", false, false},
    {" 1", false, false},
    {"--1", false, false},
    {"abc", false, false},
};

START_TEST(test_number_is_canonical)
{
    struct slice text = slice_str(canonical_rows[_i].text);
    ck_assert(number_is_canonical(text) == canonical_rows[_i].is_number);
    ck_assert(number_is_integer(text) == canonical_rows[_i].is_integer);
}
END_TEST

/* Each is less than the next; all pairs are compared. Numbers first, then text in byte order. */
static const char *const ordered[] = {
    "-10000000000000000000000",
    "-9223372036854775809",
    "-9223372036854775808",
    "-100",
    "-12.5",
    "-12.45",
    "-12.4",
    "-12",
    "-1",
    "-0.5",
    "-0.05",
    "0",
    "0.05",
    "0.1",
    "0.11",
    "0.2",
    "1",
    "1.5",
    "2",
    "9",
    "9.9",
    "10",
    "100",
    "9223372036854775806",
    "9223372036854775807",
    "9223372036854775808",
    "10000000000000000000000",
    "",
    "-",
    "007",
    "1e3",
    "2.50",
    "B",
    "a",
    "ab",
    "\xff",
};

START_TEST(test_value_compare)
{
    struct slice a = slice_str(ordered[_i]);
    for (int i = 0; i < NROWS(ordered); i++) {
        struct slice b = slice_str(ordered[i]);
        int order = (_i > i) - (_i < i);
        ck_assert_int_eq(sign(value_compare(a, b)), order);
        if (number_is_canonical(a) && number_is_canonical(b)) {
            ck_assert_int_eq(sign(number_compare(a, b)), order);
        }
    }
}
END_TEST

static const struct {
    const char *text, *value; /* NULL: the text itself, which is no numeral */
} value_rows[] = {
    {"7", "7"},
    {"-7", "-7"},
    {"+7", "7"},
    {"2.5", "2.5"},
    {"2.50", "2.5"},
    {"2.00", "2"},
    {"-2.500", "-2.5"},
    {"0", "0"},
    {"-0", "0"},
    {"+0", "0"},
    {"0.0", "0"},
    {"-0.000", "0"},
    {"0e0", "0"},
    {"0e400", "0"},
    {"-0.00e-400", "0"},
    {"100", "100"},
    {"100.100", "100.1"},
    {"0.001", "0.001"},
    {".5", "0.5"},
    {"-.50", "-0.5"},
    {"+.5", "0.5"},
    {".0", "0"},
    {"1e0", "1"},
    {"1E0", "1"},
    {"1.2e1", "12"},
    {"12e-1", "1.2"},
    {"120e-1", "12"},
    {"120e-2", "1.2"},
    {"1e5", "100000"},
    {"1e+05", "100000"},
    {"1e-05", "0.00001"},
    {"-1.25E2", "-125"},
    {"1.25e1", "12.5"},
    {"0.0012e2", "0.12"},
    {"0.0012e3", "1.2"},
    {"0.0012e4", "12"},
    {"0.0012e5", "120"},
    {".0012e-1", "0.00012"},
    {"1e00000000000000000000000000003", "1000"},
    {"-12345678901234567890.10", "-12345678901234567890.1"},
    {"123456789012345678901234567890.5e-10", "12345678901234567890.12345678905"},
    {"", NULL},
    {"-", NULL},
    {"+", NULL},
    {".", NULL},
    {"-.", NULL},
    {"e5", NULL},
    {".e5", NULL},
    {"5.", NULL},
    {"5.e1", NULL},
    {"007", NULL},
    {"-007", NULL},
    {"00", NULL},
    {"00.5", NULL},
    {"00e1", NULL},
    {"1e", NULL},
    {"1e+", NULL},
    {"1e-", NULL},
    {"1e5.0", NULL},
    {"1e401", NULL},
    {"1e-401", NULL},
    {"0e401", NULL},
    {"1e99999999999999999999999", NULL},
    {"1.2.3", NULL},
    {"++1", NULL},
    {"+-1", NULL},
    {"--1", NULL},
    {" 12", NULL},
    {"12 ", NULL},
    {"12\n", NULL},
    {"1,000", NULL},
    {"1_000", NULL},
    {"0x1", NULL},
    {"0x1p3", NULL},
    {"1f", NULL},
    {"NaN", NULL},
    {"nan", NULL},
    {"inf", NULL},
    {"-inf", NULL},
    {"Infinity", NULL},
    {"abc", NULL},
    {"2012-06-01", NULL},
};

START_TEST(test_value_canonical)
{
    struct arena *arena = arena_new();
    struct strbuf buffer;
    strbuf_init(&buffer);
    /* Right behind the text stand bytes that are not its own. */
    struct slice text = arena_printf(arena, "%s5e3", value_rows[_i].text);
    text.len -= 3;
    bool is_numeral = value_rows[_i].value;
    struct slice expected = is_numeral ? slice_str(value_rows[_i].value) : text;
    bool is_same = slice_equal(text, expected);
    struct slice values[] = {value_canonical(arena, text), value_canonical_buffered(&buffer, text)};
    for (int i = 0; i < NROWS(values); i++) {
        ck_assert(slice_equal(values[i], expected));
        ck_assert((values[i].ptr == text.ptr) == is_same);
        ck_assert(number_is_canonical(values[i]) == is_numeral);
    }
    ck_assert(number_is_numeral(text) == is_numeral);
    strbuf_fini(&buffer);
    arena_free(arena);
}
END_TEST

/* As long as it gets, on the heap, so that writing past the room is seen. */
START_TEST(test_value_canonical_longest)
{
    static const char *const exponents[] = {"e400", "e-400"};
    for (size_t len = 1; len < 900; len += len < 20 ? 1 : 97) {
        for (int i = 0; i < 4; i++) {
            struct strbuf text, expected;
            strbuf_init(&text);
            strbuf_init(&expected);
            struct arena *arena = arena_new();
            bool is_small = i & 1, has_point = i & 2;
            strbuf_append_str(&text, has_point ? "-0." : "-");
            strbuf_append_str(&expected, is_small ? "-0." : "-");
            ptrdiff_t whole = (is_small ? -400 : 400) + (has_point ? 0 : (ptrdiff_t) len);
            for (; is_small && whole < 0; whole++) {
                strbuf_append_char(&expected, '0');
            }
            if (is_small && whole) { /* digits on both sides of the point */
                expected.len -= 2;
            }
            for (size_t n = 0; n < len; n++) {
                if (expected.len > 1 && whole == (ptrdiff_t) n && whole) {
                    strbuf_append_char(&expected, '.');
                }
                strbuf_append_char(&text, (char) ('1' + n % 9));
                strbuf_append_char(&expected, (char) ('1' + n % 9));
            }
            for (ptrdiff_t n = (ptrdiff_t) len; n < whole; n++) {
                strbuf_append_char(&expected, '0');
            }
            strbuf_append_str(&text, exponents[i & 1]);
            ck_assert(
                slice_equal(value_canonical(arena, strbuf_slice(&text)), strbuf_slice(&expected)));
            arena_free(arena);
            strbuf_fini(&text);
            strbuf_fini(&expected);
        }
    }
}
END_TEST

static const struct {
    const char *number, *width;
    const char *lower, *upper; /* NULL: does not fit */
} bin_rows[] = {
    {"0", "10", "0", "10"},
    {"9", "10", "0", "10"},
    {"10", "10", "10", "20"},
    {"37", "10", "30", "40"},
    {"-1", "10", "-10", "0"},
    {"-10", "10", "-10", "0"},
    {"-11", "10", "-20", "-10"},
    {"-0.5", "1", "-1", "0"},
    {"9.99", "10", "0", "10"},
    {"2.5", "0.5", "2.5", "3"},
    {"2.49", "0.5", "2", "2.5"},
    {"-2.51", "0.5", "-3", "-2.5"},
    {"0.3", "0.1", "0.3", "0.4"},
    {"0.7", "0.1", "0.7", "0.8"},
    {"1.1", "0.25", "1", "1.25"},
    {"7", "2.5", "5", "7.5"},
    {"0.001", "1000", "0", "1000"},
    {"999999999999999999", "1", "999999999999999999", "1000000000000000000"},
    {"-999999999999999999", "1", "-999999999999999999", "-999999999999999998"},
    {"9223372036854775807", "1", "9223372036854775807", "9223372036854775808"},
    {"4611686018427387904", "0.1", "4611686018427387904", "4611686018427387904.1"},
    {"1234567890123456789012345678901234567", "1", "1234567890123456789012345678901234567",
     "1234567890123456789012345678901234568"},
    {"12345678901234567890123456789012345678", "1", NULL, NULL},
    {"1", "123456789012345678901234567890123456789", NULL, NULL},
    {"0.1234567890123456789012345678901234567", "1", NULL, NULL},
    {"10000000000000000000000000000", "0.000000001", NULL, NULL}, /* 38 digits once scaled */
};

START_TEST(test_number_bin)
{
    struct arena *arena = arena_new();
    struct slice lower, upper;
    bool ok = number_bin(arena, slice_str(bin_rows[_i].number), slice_str(bin_rows[_i].width),
                         &lower, &upper);
    ck_assert(ok == (bin_rows[_i].lower != NULL));
    if (ok) {
        ck_assert(slice_equal(lower, slice_str(bin_rows[_i].lower)));
        ck_assert(slice_equal(upper, slice_str(bin_rows[_i].upper)));
    }
    arena_free(arena);
}
END_TEST

/* The CRC specification's check value, and what the documents of CLUSTER KEYSLOT show. */
static const struct {
    struct slice key;
    unsigned slot;
} slot_rows[] = {
    {SLICE_LIT("123456789"), 0x31c3},
    {SLICE_LIT("a{123456789}b{x}"), 0x31c3},
    {SLICE_LIT("somekey"), 11058},
    {SLICE_LIT("foo{hash_tag}"), 2515},
    {SLICE_LIT("bar{hash_tag}"), 2515},
    {SLICE_LIT("foo{}{bar}"), 8363}, /* an empty tag is none */
    {SLICE_LIT(""), 0},
};

START_TEST(test_key_slot)
{
    ck_assert_uint_eq(key_slot(slot_rows[_i].key), slot_rows[_i].slot);
}
END_TEST

/* As text: epoch, master, address, then each range. */
static const struct {
    const char *nodes, *id, *text; /* id NULL: the node itself; text NULL: there is no such node */
} nodes_rows[] = {
    {"07 h:1@2 myself,master - 0 0 3 connected 0-5 9\n", NULL, "3 - h:1 0-5 9"},
    {"67 h:3@4,x master - 0 0 2 connected 7\n07 h:1@2 master,myself - 0 0 3 connected\n", NULL,
     "3 - h:1"},
    {"67 h:3@4,x master - 0 0 2 connected 7\n07 h:1@2 myself - 0 0 3 connected\n", "67",
     "2 - h:3 7"},
    {"07 h:1@2 myself,slave 67 0 0 3 connected\n", NULL, "3 67 h:1"},
    {"07 h:1@2 myself,master - 0 0 3 connected 0-9 [5->-67] [16383-<-68]\n", NULL,
     "3 - h:1 0-9 5>67 16383<68"},
    {"07 h:1@2 myself,master - 0 0 x connected 16384 3-16384 -1 a [ [x->-67] 9-8 4\n", NULL,
     "0 - h:1 4"},
    {"07 h:1@2 myself", NULL, "0  h:1"},
    {"07 h:1@2 master - 0 0 3 connected 0-5\n", NULL, NULL},
    {"07 h:1@2 myself,master - 0 0 3 connected 0-5\n", "08", NULL},
    {"", NULL, NULL},
};

START_TEST(test_cluster_nodes)
{
    const char *id = nodes_rows[_i].id;
    struct cluster_node node;
    struct node_slots range;
    struct strbuf text;
    strbuf_init(&text);
    bool is_there = cluster_nodes_find(slice_str(nodes_rows[_i].nodes),
                                       id ? slice_str(id) : slice_of(NULL, 0), &node);
    ck_assert_int_eq(is_there, nodes_rows[_i].text != NULL);
    if (is_there) {
        strbuf_printf(&text, "%d %.*s %.*s", (int) node.epoch, SLICE_ARG(node.master),
                      SLICE_ARG(node.address));
        while (node_slots_shift(&node.slots, &range)) {
            strbuf_printf(&text, " %u", range.first);
            if (range.state != SLOTS_SERVED) {
                strbuf_printf(&text, "%c%.*s", range.state == SLOTS_LEAVING ? '>' : '<',
                              SLICE_ARG(range.peer));
            } else if (range.last > range.first) {
                strbuf_printf(&text, "-%u", range.last);
            }
        }
        ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(nodes_rows[_i].text)), "%.*s",
                      SLICE_ARG(strbuf_slice(&text)));
    }
    strbuf_fini(&text);
}
END_TEST

START_TEST(test_key_tag)
{
    ck_assert(slice_equal(key_tag(slice_lit("{{x}y")), slice_lit("{x")));
    ck_assert_uint_eq(key_tag(slice_lit("{x")).len, 0);
    ck_assert_uint_eq(key_tag(slice_lit("}x{")).len, 0);
    ck_assert_uint_eq(key_tag(slice_of(NULL, 0)).len, 0);
    ck_assert_uint_eq(key_slot(slice_lit("{")), key_slot(slice_lit("x{{}")));
    ck_assert_uint_eq(crc16(slice_lit("123456789")), 0x31c3);
}
END_TEST

START_TEST(test_must_room)
{
    size_t *heap = NULL, *own = NULL, heap_capacity = 0, own_capacity = 0;
    struct arena *arena = arena_new();
    for (size_t n = 0; n < 1000; n++) {
        heap = must_room(heap, n, &heap_capacity, sizeof *heap);
        own = arena_room(arena, own, n, &own_capacity, sizeof *own);
        heap[n] = own[n] = n;
        ck_assert_uint_gt(heap_capacity, n);
        ck_assert_uint_gt(own_capacity, n);
    }
    for (size_t n = 0; n < 1000; n++) {
        ck_assert_uint_eq(heap[n], n);
        ck_assert_uint_eq(own[n], n);
    }
    ck_assert_uint_eq(heap_capacity, 1024);
    free(heap);
    arena_free(arena);
}
END_TEST

START_TEST(test_must_copy)
{
    char *copy = must_copy(slice_of("a\0bc", 3)), *empty = must_copy(slice_of(NULL, 0));
    ck_assert_int_eq(memcmp(copy, "a\0b", 4), 0);
    ck_assert_str_eq(empty, "");
    free(copy);
    free(empty);
}
END_TEST

START_TEST(test_must_grow_overflow)
{
    must_grow(NULL, SIZE_MAX / 4, 8);
}
END_TEST

static const struct {
    struct slice text;
    const char *json;
} json_strings[] = {
    {SLICE_LIT(""), "\"\""},
    {SLICE_LIT("a\"b\\c/"), "\"a\\\"b\\\\c/\""},
    {SLICE_LIT("\n\t\r\x1f\0"), "\"\\u000a\\u0009\\u000d\\u001f\\u0000\""},
    {SLICE_LIT("\x7f\xc3\xa4\xff"), "\"\x7f\xc3\xa4\xff\""},
};

START_TEST(test_json_string)
{
    struct strbuf out;
    strbuf_init(&out);
    json_append_string(&out, json_strings[_i].text);
    ck_assert_str_eq(out.ptr, json_strings[_i].json);
    strbuf_fini(&out);
}
END_TEST

static const struct {
    struct slice text;
    const char *json;
    bool replaced;
} json_valid_strings[] = {
    {SLICE_LIT(""), "\"\"", false},
    {SLICE_LIT("caf\xc3\xa9 \"\n"), "\"caf\xc3\xa9 \\\"\\u000a\"", false},
    {SLICE_LIT("\xff"), "\"\xef\xbf\xbd\"", true},
    {SLICE_LIT("\"\xe2\x82\\"), "\"\\\"\xef\xbf\xbd\xef\xbf\xbd\\\\\"", true},
};

START_TEST(test_json_valid_string)
{
    struct strbuf out;
    strbuf_init(&out);
    bool replaced = json_append_valid_string(&out, json_valid_strings[_i].text);
    ck_assert_str_eq(out.ptr, json_valid_strings[_i].json);
    ck_assert(replaced == json_valid_strings[_i].replaced);
    strbuf_fini(&out);
}
END_TEST

START_TEST(test_json)
{
    struct strbuf out;
    strbuf_init(&out);
    struct json json = json_to(&out);
    json_array(&json);
    json_object(&json);
    json_object_end(&json);
    json_array(&json);
    json_array_end(&json);
    json_object(&json);
    json_key(&json, slice_lit("a\""));
    json_int(&json, INT64_MIN);
    json_key(&json, slice_lit("b"));
    json_array(&json);
    json_number(&json, slice_lit("-12345678901234567890.5"));
    json_bool(&json, true);
    json_bool(&json, false);
    json_array_end(&json);
    json_key(&json, slice_lit("c"));
    json_null(&json);
    json_object_end(&json);
    json_string(&json, slice_lit("x"));
    json_array_end(&json);
    ck_assert_str_eq(out.ptr, "[{},[],{\"a\\\"\":-9223372036854775808,"
                              "\"b\":[-12345678901234567890.5,true,false],\"c\":null},\"x\"]");
    strbuf_fini(&out);
}
END_TEST

START_TEST(test_lines)
{
    struct arena *arena = arena_new();
    struct lines lines;
    lines_init(&lines, arena);
    strbuf_append_str(&lines.text, "begun");
    lines_add(&lines, slice_lit("first"));
    lines_end(&lines);
    lines_end(&lines);
    for (int i = 0; i < 20; i++) {
        lines_add(&lines, slice_lit("more"));
    }
    lines_fini(&lines);
    ck_assert_uint_eq(lines.count, 23);
    ck_assert(slice_equal(lines.items[0], slice_lit("first")));
    ck_assert(slice_equal(lines.items[1], slice_lit("begun")));
    ck_assert_uint_eq(lines.items[2].len, 0);
    ck_assert(slice_equal(lines.items[22], slice_lit("more")));
    arena_free(arena);
}
END_TEST

struct thing {
    char name;
    struct list in_list;
};

/* The names in their order, and from the other end. */
static void
check_list(struct list *list, const char *names)
{
    size_t n = 0, len = strlen(names);
    LIST_EACH (struct thing, thing, list, in_list) {
        ck_assert_int_eq(thing->name, names[n++]);
    }
    ck_assert_uint_eq(n, len);
    for (struct list *at = list->prev; at != list; at = at->prev) {
        ck_assert_int_eq(LIST_ITEM(at, struct thing, in_list)->name, names[--n]);
    }
    ck_assert_uint_eq(n, 0);
    ck_assert_int_eq(list_is_empty(list), len == 0);
    const struct thing *first = LIST_FIRST(list, struct thing, in_list);
    ck_assert_int_eq(first ? first->name : 0, names[0]);
}

START_TEST(test_list)
{
    struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    struct list list, other, none;
    list_init(&list);
    check_list(&list, "");
    list_add_last(&list, &b.in_list);
    list_add_first(&list, &a.in_list);
    list_add_last(&list, &c.in_list);
    check_list(&list, "abc");
    list_remove(&b.in_list);
    check_list(&list, "ac");
    ck_assert(list_is_empty(&b.in_list));
    list_remove(&b.in_list); /* it is in none */
    check_list(&list, "ac");
    list_move(&list, &other);
    check_list(&list, "");
    check_list(&other, "ac");
    list_move(&list, &none);
    check_list(&list, "");
    check_list(&none, "");
    list_add_first(&list, &b.in_list);
    check_list(&list, "b");
    list_remove(&b.in_list);
    check_list(&list, "");
}
END_TEST

START_TEST(test_list_survives_removal)
{
    struct list list;
    list_init(&list);
    for (int i = 0; i < 5; i++) {
        struct thing *thing = must_alloc(sizeof *thing);
        thing->name = (char) ('a' + i);
        list_add_last(&list, &thing->in_list);
    }
    LIST_EACH (struct thing, thing, &list, in_list) {
        if (thing->name != 'b' && thing->name != 'd') {
            list_remove(&thing->in_list);
            free(thing);
        }
    }
    check_list(&list, "bd");
    LIST_EACH (struct thing, thing, &list, in_list) {
        list_remove(&thing->in_list);
        free(thing);
    }
    check_list(&list, "");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("base");
    TCase *tcase = tcase_create("base");
    tcase_add_test(tcase, test_slice_equal);
    tcase_add_loop_test(tcase, test_slice_compare, 0, NROWS(slice_rows));
    tcase_add_loop_test(tcase, test_slice_to_int64, 0, NROWS(int64_rows));
    tcase_add_loop_test(tcase, test_slice_shift, 0, NROWS(shift_rows));
    tcase_add_test(tcase, test_must);
    tcase_add_test(tcase, test_must_room);
    tcase_add_test(tcase, test_must_copy);
    tcase_add_test_raise_signal(tcase, test_must_grow_overflow, SIGABRT);
    tcase_add_test(tcase, test_lines);
    tcase_add_test(tcase, test_list);
    tcase_add_test(tcase, test_list_survives_removal);
    tcase_add_loop_test(tcase, test_json_string, 0, NROWS(json_strings));
    tcase_add_loop_test(tcase, test_json_valid_string, 0, NROWS(json_valid_strings));
    tcase_add_test(tcase, test_json);
    tcase_add_test(tcase, test_arena_alloc);
    tcase_add_test(tcase, test_what_is_in_a_joined_arena_lives_on_in_the_other);
    tcase_add_test(tcase, test_arena_text);
    tcase_add_test_raise_signal(tcase, test_arena_array_overflow, SIGABRT);
    tcase_add_test(tcase, test_error);
    tcase_add_loop_test(tcase, test_error_quote, 0, NROWS(quote_rows));
    tcase_add_test(tcase, test_strbuf);
    tcase_add_loop_test(tcase, test_number_is_canonical, 0, NROWS(canonical_rows));
    tcase_add_loop_test(tcase, test_value_compare, 0, NROWS(ordered));
    tcase_add_loop_test(tcase, test_value_canonical, 0, NROWS(value_rows));
    tcase_add_test(tcase, test_value_canonical_longest);
    tcase_add_loop_test(tcase, test_number_bin, 0, NROWS(bin_rows));
    tcase_add_loop_test(tcase, test_key_slot, 0, NROWS(slot_rows));
    tcase_add_loop_test(tcase, test_cluster_nodes, 0, NROWS(nodes_rows));
    tcase_add_test(tcase, test_key_tag);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
