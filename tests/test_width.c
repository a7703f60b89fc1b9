/*
 * base/width: cells of characters, text that would leave its cells, and text made to fit.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "base/width.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))
#define REPLACED "\xef\xbf\xbd"

static const struct {
    const char *what;
    struct slice text;
    size_t ncells;
    const char *shown; /* NULL: as it is */
} rows[] = {
    {"nothing", SLICE_LIT(""), 0, NULL},
    {"ASCII", SLICE_LIT("a b~"), 4, NULL},
    {"NUL", SLICE_LIT("\0"), 1, "\xe2\x90\x80"},
    {"line break", SLICE_LIT("a\nb"), 3,
     "a\xe2\x90\x8a"
     "b"},
    {"tab and escape", SLICE_LIT("\t\x1b[31m"), 6, "\xe2\x90\x89\xe2\x90\x9b[31m"},
    {"delete", SLICE_LIT("\x7f"), 1, "\xe2\x90\xa1"},
    {"a picture itself", SLICE_LIT("\xe2\x90\x8a"), 1, NULL},
    {"C1 control U+0085", SLICE_LIT("\xc2\x85"), 1, REPLACED},
    {"no-break space", SLICE_LIT("\xc2\xa0"), 1, NULL},
    {"soft hyphen", SLICE_LIT("\xc2\xad"), 1, NULL},
    {"e acute", SLICE_LIT("\xc3\xa9"), 1, NULL},
    {"e and U+0301", SLICE_LIT("e\xcc\x81"), 1, NULL},
    {"Cyrillic", SLICE_LIT("\xd0\x9c\xd0\xb8\xd1\x80"), 3, NULL},
    {"Hebrew", SLICE_LIT("\xd7\xa9\xd7\x9c"), 2, NULL},
    {"Arabic with a vowel", SLICE_LIT("\xd8\xa8\xd9\x8e"), 1, NULL},
    {"Devanagari, mark on the right", SLICE_LIT("\xe0\xa4\x95\xe0\xa4\xbe"), 2, NULL},
    {"Devanagari, mark above", SLICE_LIT("\xe0\xa4\x95\xe0\xa5\x87"), 1, NULL},
    {"Thai", SLICE_LIT("\xe0\xb8\x81\xe0\xb8\xb3"), 2, NULL},
    {"ideographs", SLICE_LIT("\xe6\x97\xa5\xe6\x9c\xac"), 4, NULL},
    {"Hiragana", SLICE_LIT("\xe3\x81\x82"), 2, NULL},
    {"half-width Katakana", SLICE_LIT("\xef\xbd\xb1"), 1, NULL},
    {"full-width A", SLICE_LIT("\xef\xbc\xa1"), 2, NULL},
    {"Hangul", SLICE_LIT("\xed\x95\x9c"), 2, NULL},
    {"Hangul of letters", SLICE_LIT("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), 2, NULL},
    {"ideographic space", SLICE_LIT("\xe3\x80\x80"), 2, NULL},
    {"U+2E80, the first of its range", SLICE_LIT("\xe2\xba\x80"), 2, NULL},
    {"U+303F, between ranges", SLICE_LIT("\xe3\x80\xbf"), 1, NULL},
    {"plane 2", SLICE_LIT("\xf0\xa0\x80\x80"), 2, NULL},
    {"grinning face", SLICE_LIT("\xf0\x9f\x98\x80"), 2, NULL},
    {"euro", SLICE_LIT("\xe2\x82\xac"), 1, NULL},
    {"ellipsis, ambiguous", SLICE_LIT("\xe2\x80\xa6"), 1, NULL},
    {"box drawing, ambiguous", SLICE_LIT("\xe2\x94\x80"), 1, NULL},
    {"zero width space", SLICE_LIT("\xe2\x80\x8b"), 0, NULL},
    {"joiner", SLICE_LIT("\xe2\x80\x8d"), 0, NULL},
    {"U+10FFFF", SLICE_LIT("\xf4\x8f\xbf\xbf"), 1, NULL},
    {"right-to-left override",
     SLICE_LIT("a\xe2\x80\xae"
               "b"),
     3, "a" REPLACED "b"},
    {"right-to-left mark", SLICE_LIT("\xe2\x80\x8f"), 1, REPLACED},
    {"isolate", SLICE_LIT("\xe2\x81\xa6\xe2\x81\xa9"), 2, REPLACED REPLACED},
    {"Arabic letter mark", SLICE_LIT("\xd8\x9c"), 1, REPLACED},
    {"line separator", SLICE_LIT("\xe2\x80\xa8"), 1, REPLACED},
    {"U+FFFD itself", SLICE_LIT(REPLACED), 1, NULL},
    {"no UTF-8", SLICE_LIT("\xff\xe6\x97"), 3, REPLACED REPLACED REPLACED},
};

START_TEST(test_width)
{
    struct strbuf text;
    strbuf_init(&text);
    ck_assert_msg(width_of(rows[_i].text) == rows[_i].ncells, "%s: %zu", rows[_i].what,
                  width_of(rows[_i].text));
    width_append(&text, rows[_i].text);
    struct slice shown = rows[_i].shown ? slice_str(rows[_i].shown) : rows[_i].text;
    ck_assert_msg(slice_equal(strbuf_slice(&text), shown), "%s: %s", rows[_i].what, text.ptr);
    ck_assert_uint_eq(width_of(shown), rows[_i].ncells);
    strbuf_fini(&text);
}
END_TEST

#define NI "\xe6\x97\xa5"  /* two cells */
#define HON "\xe6\x9c\xac" /* two more */
#define ACUTE "\xcc\x81"   /* none */
#define MORE "\xe2\x80\xa6"

static const struct {
    const char *text;
    size_t ncells;
    enum width_side side;
    const char *fitted;
} fit_rows[] = {
    {"", 0, WIDTH_LEFT, ""},
    {"", 3, WIDTH_LEFT, "   "},
    {"ab", 5, WIDTH_LEFT, "ab   "},
    {"ab", 5, WIDTH_RIGHT, "   ab"},
    {"abc", 3, WIDTH_LEFT, "abc"},
    {"abcd", 3, WIDTH_LEFT, "ab" MORE},
    {"abcd", 3, WIDTH_RIGHT, "ab" MORE},
    {"abcd", 1, WIDTH_LEFT, MORE},
    {"abcd", 0, WIDTH_LEFT, ""},
    {NI HON, 5, WIDTH_LEFT, NI HON " "},
    {NI HON, 5, WIDTH_RIGHT, " " NI HON},
    {NI HON, 4, WIDTH_LEFT, NI HON},
    {NI HON, 3, WIDTH_LEFT, NI MORE},
    {NI HON, 2, WIDTH_LEFT, MORE " "},
    {NI HON NI, 4, WIDTH_RIGHT, NI MORE " "},
    {"e" ACUTE "tude", 5, WIDTH_LEFT, "e" ACUTE "tude"},
    {"e" ACUTE "tude", 2, WIDTH_LEFT, "e" ACUTE MORE},
    {"a\nb", 4, WIDTH_LEFT,
     "a\xe2\x90\x8a"
     "b "},
    {"\xff\xff\xff", 2, WIDTH_LEFT, REPLACED MORE},
};

START_TEST(test_fit)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append_str(&text, "|");
    width_fit(&text, slice_str(fit_rows[_i].text), fit_rows[_i].ncells, fit_rows[_i].side);
    ck_assert_str_eq(text.ptr + 1, fit_rows[_i].fitted);
    strbuf_fini(&text);
}
END_TEST

static uint64_t seed = 7;

static unsigned
random_below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned) (seed >> 33) % n;
}

/* Whatever the bytes are, what is shown is UTF-8 on one line, as wide as was asked for. */
START_TEST(test_any_bytes)
{
    static const char *const parts[] = {"a",    NI,     ACUTE, "\n", "\xe2\x80\xae",
                                        "\xff", "\xe6", "\x97"};
    struct strbuf text, again;
    strbuf_init(&text);
    strbuf_init(&again);
    for (int i = 0; i < 20000; i++) {
        char bytes[40];
        size_t len = 0, ncells = random_below(20);
        for (unsigned n = random_below(12); n > 0; n--) {
            const char *part = parts[random_below(NROWS(parts))];
            memcpy(bytes + len, part, strlen(part));
            len += strlen(part);
        }
        strbuf_clear(&text);
        strbuf_clear(&again);
        width_fit(&text, slice_of(bytes, len), ncells, random_below(2) ? WIDTH_LEFT : WIDTH_RIGHT);
        struct slice fitted = strbuf_slice(&text);
        bool is_clean = !utf8_clean(&again, fitted) && !memchr(fitted.ptr, '\n', fitted.len);
        if (width_of(fitted) != ncells || !is_clean) {
            ck_abort_msg("%zu cells: '%s'", ncells, text.ptr);
        }
    }
    strbuf_fini(&text);
    strbuf_fini(&again);
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("width");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_width, 0, NROWS(rows));
    tcase_add_loop_test(tcase, test_fit, 0, NROWS(fit_rows));
    tcase_add_test(tcase, test_any_bytes);
    Suite *suite = suite_create("width");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
