/*
 * tools/rows/value_text: moments as text, to the ends of what 64 bits hold.
 */
#include <check.h>

#include "tests/suite.h"
#include "tools/rows/value_text.h"

static const struct timestamp {
    int64_t ticks, per_second;
    const char *text;
} timestamps[] = {
    {0, 1, "1970-01-01T00:00:00"},
    {-1, 1000, "1969-12-31T23:59:59.999"},
    {INT64_MAX, 1000000000, "2262-04-11T23:47:16.854775807"},
    {INT64_MIN, 1000000000, "1677-09-21T00:12:43.145224192"},
    {INT64_MIN, 1000000, "-290308-12-21T19:59:05.224192"},
    {INT64_MIN + 1, 1000000, "-290308-12-21T19:59:05.224193"},
};

START_TEST(a_timestamp_is_its_day_and_its_time)
{
    const struct timestamp *timestamp = &timestamps[_i];
    struct strbuf text;
    strbuf_init(&text);
    value_print_timestamp(&text, timestamp->ticks, timestamp->per_second, false);
    ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(timestamp->text)), "'%.*s', not '%s'",
                  SLICE_ARG(strbuf_slice(&text)), timestamp->text);
    strbuf_fini(&text);
}
END_TEST

START_TEST(the_least_and_greatest_numbers_are_printed_at_all)
{
    static const int64_t numbers[] = {INT64_MIN, INT64_MIN + 1, INT64_MAX};
    static const int64_t per_second[] = {1, 1000, 1000000, 1000000000};
    struct strbuf text;
    strbuf_init(&text);
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
        for (size_t i = 0; i < sizeof per_second / sizeof *per_second; i++) {
            strbuf_clear(&text);
            value_print_timestamp(&text, numbers[n], per_second[i], true);
            value_print_time(&text, numbers[n], per_second[i]);
            value_print_date(&text, numbers[n]);
            ck_assert_uint_gt(text.len, 0);
        }
    }
    strbuf_fini(&text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("value_text");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, a_timestamp_is_its_day_and_its_time, 0,
                        (int) (sizeof timestamps / sizeof *timestamps));
    tcase_add_test(tcase, the_least_and_greatest_numbers_are_printed_at_all);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
