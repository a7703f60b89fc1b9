/*
 * Numbers as people write them: each text by the marks of several countries.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/rows/numeral.h"

static const struct {
    char decimal, thousands;
    const char *text, *number; /* NULL: it is none */
} rows[] = {
    {'.', 0, "12", "12"},
    {'.', 0, "-1.5e+3", "-1.5e3"},
    {'.', 0, "1,5", NULL},
    {'.', ',', "1,234,567.5", "1234567.5"},
    {'.', ',', "1,23", NULL},
    {'.', ',', "1234,567", NULL},
    {'.', '\'', "1'234", "1234"},
    {',', 0, "1,5", "1.5"},
    {',', 0, ",5", ".5"},
    {',', 0, "5,", NULL},
    {',', 0, "1.5", NULL},
    {',', '.', "-1.234,5", "-1234.5"},
    {',', ' ', "1 234", "1234"},
    {',', ' ',
     "1\xc2\xa0"
     "234",
     "1234"},
    {',', ' ',
     "1\xe2\x80\xaf"
     "234",
     "1234"},
    {',', 0, "v1,5", NULL},
    {',', 0, "1,5 ", NULL},
    {',', 0, "", NULL},
    {',', 0, "-", NULL},
    {',', 0, "1e", NULL},
};

START_TEST(test_read)
{
    char buffer[NUMERAL_BYTES_MOST];
    struct slice number;
    struct numeral_marks marks = {rows[_i].decimal, rows[_i].thousands};
    bool is_number = numeral_read(marks, slice_str(rows[_i].text), buffer, &number);
    ck_assert_int_eq(is_number, rows[_i].number != NULL);
    if (is_number) {
        ck_assert(slice_equal(number, slice_str(rows[_i].number)));
    }
}
END_TEST

START_TEST(test_longest)
{
    char text[NUMERAL_BYTES_MOST + 2], buffer[NUMERAL_BYTES_MOST];
    struct slice number;
    memset(text, '7', sizeof text);
    text[1] = ',';
    struct numeral_marks marks = {.decimal = ','};
    ck_assert(numeral_read(marks, slice_of(text, NUMERAL_BYTES_MOST), buffer, &number));
    ck_assert(!numeral_read(marks, slice_of(text, NUMERAL_BYTES_MOST + 1), buffer, &number));
}
END_TEST

START_TEST(test_grouped)
{
    char separator;
    ck_assert(numeral_is_grouped(slice_lit("1,234"), &separator) && separator == ',');
    ck_assert(numeral_is_grouped(slice_lit("12.345.678"), &separator) && separator == '.');
    ck_assert(numeral_is_grouped(slice_lit("1 234"), &separator) && separator == ' ');
    ck_assert(!numeral_is_grouped(slice_lit("1,23"), &separator));
    ck_assert(!numeral_is_grouped(slice_lit("1234"), &separator));
}
END_TEST

START_TEST(test_kinds)
{
    static const struct {
        const char *text;
        enum numeral_kind kind;
        char separator;
    } kinds[] = {{"12", NUMERAL_NUMBER, 0},
                 {"-1.5e3", NUMERAL_NUMBER, 0},
                 {".5", NUMERAL_NUMBER, 0},
                 {"1.234", NUMERAL_NUMBER, 0},
                 {"1,500", NUMERAL_GROUPED, ','},
                 {"-1.234.567", NUMERAL_GROUPED, '.'},
                 {"1.234,5", NUMERAL_GROUPED, '.'},
                 {"1'234", NUMERAL_GROUPED, '\''},
                 {"1 234", NUMERAL_GROUPED, ' '},
                 {"1\u202f234", NUMERAL_GROUPED, ' '},
                 {"1,5", NUMERAL_COMMA, 0},
                 {"+,5", NUMERAL_COMMA, 0},
                 {"2024-01-05", NUMERAL_NONE, 0},
                 {"007", NUMERAL_NONE, 0},
                 {"1 house", NUMERAL_NONE, 0},
                 {"12a", NUMERAL_NONE, 0},
                 {"-", NUMERAL_NONE, 0},
                 {"", NUMERAL_NONE, 0},
                 {"x", NUMERAL_NONE, 0}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char separator = 0;
        ck_assert_int_eq(numeral_kind(slice_str(kinds[i].text), &separator), kinds[i].kind);
        ck_assert_int_eq(separator, kinds[i].separator);
    }
}
END_TEST

START_TEST(test_adorned)
{
    static const char *const are[] = {"12%",
                                      "12 %",
                                      "1,5 %",
                                      "$1,234.50",
                                      "-$5",
                                      "\xe2\x88\x92"
                                      "5",
                                      "\xe2\x88\x92$5",
                                      "3,00 \xe2\x82\xac",
                                      "\xe2\x82\xac\xc2\xa0"
                                      "3",
                                      "(5)",
                                      "($5)",
                                      "EUR 7"};
    static const char *const are_none[] = {"12", "-12", "1,234", "%",     "$",   "(a)",
                                           "()", "a5",  "5 kg",  "12%%%", "--5", "5)"};
    for (size_t i = 0; i < sizeof are / sizeof *are; i++) {
        ck_assert_msg(numeral_is_adorned(slice_str(are[i])), "%s", are[i]);
    }
    for (size_t i = 0; i < sizeof are_none / sizeof *are_none; i++) {
        ck_assert_msg(!numeral_is_adorned(slice_str(are_none[i])), "%s", are_none[i]);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("numeral");
    TCase *tcase = tcase_create("numeral");
    tcase_add_loop_test(tcase, test_read, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, test_longest);
    tcase_add_test(tcase, test_grouped);
    tcase_add_test(tcase, test_adorned);
    tcase_add_test(tcase, test_kinds);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
