/*
 * Numbers of statistics programs are the text that the programs' users know them by.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/rows/stat_format.h"

static const struct {
    enum stat_program program;
    const char *format;
    double number;
    const char *text;
} ROWS[] = {
    {STAT_SPSS, NULL, 3, "3"},
    {STAT_SPSS, "F8.2", 0.1, "0.1"},
    {STAT_SPSS, "F8.2", -0.0, "0"},
    {STAT_SPSS, "F8.2", 1e15, "1000000000000000"},
    {STAT_SPSS, "F8.2", 1e22, "1e+22"},
    {STAT_SPSS, "DATE11", 0, "1582-10-14"},
    {STAT_SPSS, "DATE11", 13558060800, "2012-06-03"},
    {STAT_SPSS, "ADATE10", 13558060800 + 86399, "2012-06-03"},
    {STAT_SPSS, "DATE11", -86400.0 * 700000, "-60480000000"}, /* before the year 1 */
    {STAT_SPSS, "DATE11", 1e300, "1e+300"},
    {STAT_SPSS, "DATETIME20", 13558060800.25, "2012-06-03T00:00:00.25"},
    {STAT_SPSS, "YMDHMS", 13558060800.1, "2012-06-03T00:00:00.1"},
    {STAT_SPSS, "TIME8", 3661, "01:01:01"},
    {STAT_SPSS, "DTIME", 90000.5, "25:00:00.5"},
    {STAT_SPSS, "TIME8", -1, "-00:00:01"},
    {STAT_SPSS, "WKDAY3", 2, "2"},
    {STAT_SPSS, "DATES", 2, "2"},
    {STAT_SAS, "DATE9", 0, "1960-01-01"},
    {STAT_SAS, "DATE9.", 19145.75, "2012-06-01"},
    {STAT_SAS, "yymmddd10.", -1, "1959-12-31"},
    {STAT_SAS, "MMDDYY", 19145, "2012-06-01"},
    {STAT_SAS, "E8601DA10.", 19145, "2012-06-01"},
    {STAT_SAS, "E8601DT19.", 19145 * 86400.0 + 90, "2012-06-01T00:01:30"},
    {STAT_SAS, "DTMONYY7", 19145 * 86400.0, "2012-06-01T00:00:00"},
    {STAT_SAS, "TIME8", 3661.5, "01:01:01.5"},
    {STAT_SAS, "TOD9", 3661, "01:01:01"},
    {STAT_SAS, "TOD9", 86400, "1960-01-02T00:00:00"},
    {STAT_SAS, "BEST12.", 19145, "19145"},
    {STAT_SAS, "$CHAR8", 19145, "19145"},
    {STAT_STATA, "%td", 19145, "2012-06-01"},
    {STAT_STATA, "%-tdD_m_Y", 19145, "2012-06-01"},
    {STAT_STATA, "%d", 19145, "2012-06-01"},
    {STAT_STATA, "%12.0g", 19145, "19145"},
    {STAT_STATA, "%9s", 19145, "19145"},
    {STAT_STATA, "%tc", 19145 * 86400000.0 + 1250, "2012-06-01T00:00:01.25"},
    {STAT_STATA, "%tc", -1, "1959-12-31T23:59:59.999"},
    {STAT_STATA, "%tC", 19145 * 86400000.0 + 24000, "2012-06-01T00:00:00"},
    {STAT_STATA, "%tC", 4565 * 86400000.0 + 1000, "1972-07-01T00:00:00"},
    {STAT_STATA, "%tC", 4565 * 86400000.0 + 500, "1972-06-30T23:59:59.5"}, /* a leap second */
    {STAT_STATA, "%tm", 629, "2012-06-01"},
    {STAT_STATA, "%tm", -1, "1959-12-01"},
    {STAT_STATA, "%tq", 209, "2012-04-01"},
    {STAT_STATA, "%th", 105, "2012-07-01"},
    {STAT_STATA, "%tw", 2705, "2012-01-08"},
    {STAT_STATA, "%tw", -1, "1959-12-24"},
    {STAT_STATA, "%ty", 2012, "2012"},
    {STAT_STATA, "%tm", 1e9, "1000000000"},
    {STAT_STATA, "%td", -1e7, "-10000000"},
};

START_TEST(numbers_are_text)
{
    struct strbuf text;
    strbuf_init(&text);
    stat_number_print(stat_format_of(ROWS[_i].program, ROWS[_i].format), ROWS[_i].number, &text);
    ck_assert_str_eq(strbuf_slice(&text).ptr, ROWS[_i].text);
    strbuf_fini(&text);
}
END_TEST

START_TEST(single_precision_is_short)
{
    static const struct {
        float number;
        const char *text;
    } rows[] = {{0.1F, "0.1"},
                {16777216.0F, "16777216"},
                {1.0F / 3, "0.33333334"},
                {3.4e38F, "3.4e+38"},
                {1e-10F, "1e-10"},
                {-2.5F, "-2.5"},
                {123456.79F, "123456.79"}};
    struct stat_format format = stat_format_of(STAT_STATA, "%9.0g");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct strbuf text;
        strbuf_init(&text);
        stat_float_print(format, rows[i].number, &text);
        ck_assert_str_eq(strbuf_slice(&text).ptr, rows[i].text);
        strbuf_fini(&text);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("stat_format");
    TCase *tcase = tcase_create("numbers");
    tcase_add_loop_test(tcase, numbers_are_text, 0, (int) (sizeof ROWS / sizeof *ROWS));
    tcase_add_test(tcase, single_precision_is_short);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
