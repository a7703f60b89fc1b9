/*
 * base/double: rows as ECMAScript writes them, and random doubles against what makes a text the
 * shortest: it reads back, and one digit less does not.
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/double.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

static const struct {
    double x;
    const char *text;
} rows[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1, "-1"},
    {10, "10"},
    {120, "120"},
    {0.1, "0.1"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {-12.5, "-12.5"},
    {1.0 / 3, "0.3333333333333333"},
    {2.0 / 3, "0.6666666666666666"},
    {100.0 / 3, "33.333333333333336"},
    {52.083333333333336, "52.083333333333336"},
    {0.5, "0.5"},
    {0.25, "0.25"},
    {0x1p-16, "0.0000152587890625"},
    {0x1p-17, "0.00000762939453125"},
    {0.00001, "0.00001"},
    {0.000001, "0.000001"},
    {0.00000123, "0.00000123"},
    {0.0000001, "1e-7"},
    {0.00000025, "2.5e-7"},
    {-1.5e-10, "-1.5e-10"},
    {123456789012345680, "123456789012345680"},
    {9007199254740991, "9007199254740991"},
    {9007199254740992, "9007199254740992"},
    {9007199254740994, "9007199254740994"},
    {4503599627370495.5, "4503599627370495.5"},
    {1e15, "1000000000000000"},
    {1e20, "100000000000000000000"},
    {123456789012345678901.0, "123456789012345680000"},
    {999999999999999900000.0, "999999999999999900000"},
    {1e21, "1e+21"},
    {1.5e21, "1.5e+21"},
    {1e23, "1e+23"},
    {9.5e22, "9.5e+22"},
    {1e100, "1e+100"},
    {DBL_MAX, "1.7976931348623157e+308"},
    {DBL_MIN, "2.2250738585072014e-308"},
    {0x1p-1074, "5e-324"},
    {0x3p-1074, "1.5e-323"},
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p-24, "5.960464477539063e-8"},
    {9.313225746154785e-10, "9.313225746154785e-10"},
    {0x1p+54, "18014398509481984"},
    {0x1p+63, "9223372036854776000"},
    {INFINITY, "null"},
    {-INFINITY, "null"},
    {NAN, "null"},
};

START_TEST(test_rows)
{
    struct strbuf text;
    strbuf_init(&text);
    double_print(&text, rows[_i].x);
    ck_assert_str_eq(text.ptr, rows[_i].text);
    strbuf_fini(&text);
}
END_TEST

static uint64_t seed = 88172645463325252;

static uint64_t
random_u64(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

/* The digits of a text, without the zeros around them, and how many. */
static int
significant(const char *text, char *digits)
{
    int n = 0, kept = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) {
            digits[n++] = *text;
            kept = *text != '0' ? n : kept;
        }
    }
    digits[kept] = '\0';
    return kept;
}

static void
check_shortest(double x, const char *text)
{
    char digits[400], shorter[64], nearest[64];
    ck_assert_msg(strtod(text, NULL) == x, "%a is %s", x, text);
    int n = significant(text, digits);
    ck_assert_int_le(n, 17);
    if (n > 1) { /* the nearest two of one digit less */
        snprintf(shorter, sizeof shorter, "%.*e", n - 2, x);
        ck_assert_msg(strtod(shorter, NULL) != x, "%s is longer than %s", text, shorter);
    }
    int exponent;
    if (n == 17 || frexp(fabs(x), &exponent) != 0.5) { /* the nearest, if that reads back */
        snprintf(nearest, sizeof nearest, "%.*e", n - 1, x);
        char expected[64];
        significant(nearest, expected);
        ck_assert_str_eq(digits, expected);
    }
}

static double
random_double(int kind)
{
    double x;
    uint64_t bits;
    switch (kind) {
    case 0: /* any */
        do {
            bits = random_u64();
            memcpy(&x, &bits, sizeof x);
        } while (!isfinite(x));
        return x;
    case 1: /* a mean */
        return (double) (random_u64() % 1000000) / (double) (1 + random_u64() % 1000);
    case 2: /* few digits */ return (double) (random_u64() % 100000) / 1000;
    case 3: /* whole */ return (double) (random_u64() >> random_u64() % 63);
    case 4: /* around a power of two */
        x = ldexp(1, (int) (random_u64() % 120) - 60);
        bits = random_u64() % 3;
        return bits == 0 ? x : nextafter(x, bits == 1 ? 0 : INFINITY);
    default: /* around the edges of the plain ones */
        x = random_u64() % 2 ? 0x1p-16 : 0x1p+53;
        return x + (double) ((int) (random_u64() % 200) - 100) * x * 0x1p-52;
    }
}

START_TEST(test_random)
{
    struct strbuf text;
    strbuf_init(&text);
    for (int i = 0; i < 60000; i++) {
        double x = random_double(i % 6);
        strbuf_clear(&text);
        double_print(&text, x);
        if (x != 0) {
            check_shortest(x, text.ptr);
        }
    }
    strbuf_fini(&text);
}
END_TEST

static const struct {
    const char *number;
    bool is_exact;
} exact_rows[] = {
    {"0", true},
    {"-7", true},
    {"0.5", true},
    {"-12.25", true},
    {"0.1", false},
    {"0.15", false},
    {"2.675", false},
    {"100000000000000", true},
    {"999999999999999", true},
    {"9007199254740992", true},
    {"9007199254740993", false},
    {"9007199254740994", true},
    {"-9007199254740993", false},
    {"4503599627370495.5", true},
    {"9007199254740991.5", false},
    {"100000000000000000000000", false}, /* 1e23 is not */
    {"340282366920938463463374607431768211456", true},
    {"340282366920938463463374607431768211457", false},
    {"0.0000152587890625", true},
    {"0.000015258789062", false},
    {"0.00001525878906251", false},
    {"0.00001525878906255", false},
};

START_TEST(test_exact)
{
    struct slice number = slice_str(exact_rows[_i].number);
    ck_assert_msg(double_is_exact(number) == exact_rows[_i].is_exact, "%s", exact_rows[_i].number);
}
END_TEST

/* All decimals of a double are it, and one more digit is not. */
START_TEST(test_exact_random)
{
    for (int i = 0; i < 2000; i++) {
        char text[1500];
        int len = snprintf(text, sizeof text, "%.1074f", random_double(i % 5));
        while (text[len - 1] == '0') {
            len--;
        }
        len -= text[len - 1] == '.';
        ck_assert_msg(double_is_exact(slice_of(text, (size_t) len)), "%.*s", len, text);
        if (len < 1390 && memchr(text, '.', (size_t) len)) {
            text[len] = '5';
            ck_assert_msg(!double_is_exact(slice_of(text, (size_t) len + 1)), "%.*s", len + 1,
                          text);
        }
    }
}
END_TEST

START_TEST(a_text_of_any_length_is_the_nearest_double)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "0.1");
    ck_assert(double_read(strbuf_slice(&text)) == 0.1);
    for (int i = 0; i < 600; i++) {
        strbuf_append_char(&text, '0');
    }
    ck_assert(double_read(strbuf_slice(&text)) == 0.1);
    strbuf_clear(&text);
    strbuf_append_char(&text, '1');
    for (int i = 0; i < 300; i++) {
        strbuf_append_char(&text, '0');
    }
    ck_assert(double_read(strbuf_slice(&text)) == 1e300);
    ck_assert(double_read(slice_lit("-2.5e-7")) == -2.5e-7);
    strbuf_fini(&text);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("double");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_rows, 0, NROWS(rows));
    tcase_add_test(tcase, test_random);
    tcase_add_loop_test(tcase, test_exact, 0, NROWS(exact_rows));
    tcase_add_test(tcase, test_exact_random);
    Suite *suite = suite_create("double");
    tcase_add_test(tcase, a_text_of_any_length_is_the_nearest_double);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
