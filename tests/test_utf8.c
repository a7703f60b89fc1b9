/*
 * base/utf8: every code point there is, sequences that are none, and text made valid.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))
#define BAD(byte) ((uint32_t) UTF8_INVALID + (byte))

/* The textbook way to write one, also those that UTF-8 forbids. */
static size_t
encode(uint32_t code, size_t len, char *out)
{
    for (size_t i = len; i-- > 1; code >>= 6) {
        out[i] = (char) (0x80 | (code & 0x3f));
    }
    static const unsigned char heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char) (heads[len] | code);
    return len;
}

START_TEST(test_every_code)
{
    int nwrong = 0; /* an assertion for each would take ten seconds */
    for (uint32_t code = 0; code < 0x200000; code++) {
        for (size_t len = 1; len <= 4; len++) {
            static const uint32_t ends[] = {0, 0x80, 0x800, 0x10000, 0x200000};
            if (code >= ends[len]) {
                continue;
            }
            char bytes[4];
            encode(code, len, bytes);
            struct slice rest = slice_of(bytes, len);
            bool is_valid = (len == 1 || code >= ends[len - 1]) && code < 0x110000 &&
                            !(code >= 0xd800 && code < 0xe000);
            uint32_t taken = utf8_take(&rest);
            nwrong += taken != (is_valid ? code : BAD((unsigned char) bytes[0]));
            nwrong += rest.len != (is_valid ? 0 : len - 1);
        }
    }
    ck_assert_int_eq(nwrong, 0);
}
END_TEST

static const struct {
    struct slice text;
    uint32_t codes[5];
    size_t ncodes;
} rows[] = {
    {SLICE_LIT(""), {0}, 0},
    {SLICE_LIT("a\0b"), {'a', 0, 'b'}, 3},
    {SLICE_LIT("\xc3\xa9z"), {0xe9, 'z'}, 2},
    {SLICE_LIT("\xe2\x82\xac"), {0x20ac}, 1},
    {SLICE_LIT("\xf0\x9f\x98\x80"), {0x1f600}, 1},
    {SLICE_LIT("\xff"), {BAD(0xff)}, 1},
    {SLICE_LIT("\x80"), {BAD(0x80)}, 1},
    {SLICE_LIT("\xc3"), {BAD(0xc3)}, 1},
    {SLICE_LIT("\xc3z"), {BAD(0xc3), 'z'}, 2},
    {SLICE_LIT("\xe2\x82"), {BAD(0xe2), BAD(0x82)}, 2},
    {SLICE_LIT("\xe2\x82z"), {BAD(0xe2), BAD(0x82), 'z'}, 3},
    {SLICE_LIT("\xe2\xc3\xa9"), {BAD(0xe2), 0xe9}, 2},
    {SLICE_LIT("\xf0\x9f\x98"), {BAD(0xf0), BAD(0x9f), BAD(0x98)}, 3},
    {SLICE_LIT("\xf0\x9f\x98\xc3\xa9"), {BAD(0xf0), BAD(0x9f), BAD(0x98), 0xe9}, 4},
    {SLICE_LIT("\xc0\x80"), {BAD(0xc0), BAD(0x80)}, 2},
    {SLICE_LIT("\xf8\x88\x80\x80\x80"), {BAD(0xf8), BAD(0x88), BAD(0x80), BAD(0x80), BAD(0x80)}, 5},
};

START_TEST(test_take)
{
    struct slice rest = rows[_i].text;
    size_t ncodes = 0;
    for (; rest.len > 0; ncodes++) {
        ck_assert_uint_lt(ncodes, rows[_i].ncodes);
        ck_assert_uint_eq(utf8_take(&rest), rows[_i].codes[ncodes]);
    }
    ck_assert_uint_eq(ncodes, rows[_i].ncodes);
}
END_TEST

#define MARK "\xef\xbf\xbd"

static const struct {
    struct slice text, clean;
    bool replaced;
} clean_rows[] = {
    {SLICE_LIT(""), SLICE_LIT(""), false},
    {SLICE_LIT("abc"), SLICE_LIT("abc"), false},
    {SLICE_LIT("\xc3\xa9\0\xe2\x82\xac"), SLICE_LIT("\xc3\xa9\0\xe2\x82\xac"), false},
    {SLICE_LIT(MARK), SLICE_LIT(MARK), false},
    {SLICE_LIT("\xff"), SLICE_LIT(MARK), true},
    {SLICE_LIT("a\xff"), SLICE_LIT("a" MARK), true},
    {SLICE_LIT("\xffz"), SLICE_LIT(MARK "z"), true},
    {SLICE_LIT("ab\xc3\xc3\xa9z\xe2\x82"), SLICE_LIT("ab" MARK "\xc3\xa9z" MARK MARK), true},
};

START_TEST(test_clean)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "<");
    ck_assert(utf8_clean(&text, clean_rows[_i].text) == clean_rows[_i].replaced);
    ck_assert(utf8_is_valid(clean_rows[_i].text) != clean_rows[_i].replaced);
    ck_assert(slice_equal(slice_of(text.ptr + 1, text.len - 1), clean_rows[_i].clean));
    strbuf_fini(&text);
}
END_TEST

/* At every length: what is left ends with a whole character, and the next does not fit. */
START_TEST(test_cut)
{
    static const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
    struct slice text = slice_lit("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
    for (size_t n = 0; n < NROWS(ends); n++) {
        ck_assert_uint_eq(utf8_cut(text, n).len, ends[n]);
    }
    ck_assert_uint_eq(utf8_cut(slice_lit("\x80\x80\x80\x80\x80\x80"), 5).len, 2);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("utf8");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_every_code);
    tcase_add_test(tcase, test_cut);
    tcase_add_loop_test(tcase, test_take, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_clean, 0, NROWS(clean_rows));
    Suite *suite = suite_create("utf8");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
