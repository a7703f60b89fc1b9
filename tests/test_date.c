/*
 * base/date: texts, seconds since 1970, and every day from 1900 to 2100 against a calendar that goes
 * day by day, from Monday, 1900-01-01, in week 1.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "tests/suite.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* The labels of a date, by unit, with spaces between; "-" where there is none. */
static const char *
labels_of(struct date date, struct strbuf *text)
{
    strbuf_clear(text);
    for (int unit = 0; unit < DATE_NUNITS; unit++) {
        int64_t key;
        strbuf_append_str(text, unit ? " " : "");
        if (date_key(date, (enum date_unit) unit, &key)) {
            date_label_print(text, (enum date_unit) unit, key);
        } else {
            strbuf_append_char(text, '-');
        }
    }
    return text->ptr;
}

static const struct {
    const char *text, *labels; /* NULL: no date */
} rows[] = {
    {"2012-06-01", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri -"},
    {"2012-06-04", "2012 2012-Q2 2012-06 2012-W23 2012-06-04 Mon -"},
    {"2012-12-31", "2012 2012-Q4 2012-12 2013-W01 2012-12-31 Mon -"},
    {"2021-01-03", "2021 2021-Q1 2021-01 2020-W53 2021-01-03 Sun -"},
    {"2000-02-29", "2000 2000-Q1 2000-02 2000-W09 2000-02-29 Tue -"},
    {"0001-01-01", "0001 0001-Q1 0001-01 0001-W01 0001-01-01 Mon -"},
    {"9999-12-31", "9999 9999-Q4 9999-12 9999-W52 9999-12-31 Fri -"},
    {"2012-06-01T09:30", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 09"},
    {"2012-06-01 23:59:59", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"2012-06-01T00:00:00.5", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 00"},
    {"2012-06-01T23:59:60Z", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"2012-06-01T23:30Z", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"2012-06-01T23:30:00.123456789+05:30", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"2012-06-01 23:30-0800", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"2012-06-01 23:30:00+00", "2012 2012-Q2 2012-06 2012-W22 2012-06-01 Fri 23"},
    {"", NULL},
    {"2012", NULL},
    {"2012-06", NULL},
    {"20120601", NULL},
    {"2012-6-1", NULL},
    {"2012-06-1", NULL},
    {"2012/06/01", NULL},
    {"2012-06-01 ", NULL},
    {" 2012-06-01", NULL},
    {"2012-06-01T", NULL},
    {"2012-06-01Z", NULL},
    {"2012-06-01+02:00", NULL},
    {"2012-06-01x", NULL},
    {"2012-06-011", NULL},
    {"+2012-06-01", NULL},
    {"-2012-06-01", NULL},
    {"12012-06-01", NULL},
    {"0000-06-01", NULL},
    {"2012-00-01", NULL},
    {"2012-13-01", NULL},
    {"2012-06-00", NULL},
    {"2012-06-31", NULL},
    {"2011-02-29", NULL},
    {"1900-02-29", NULL},
    {"2012-02-30", NULL},
    {"2012-W22-5", NULL},
    {"2012-153", NULL},
    {"2012-06-01T9:30", NULL},
    {"2012-06-01T09", NULL},
    {"2012-06-01T0930", NULL},
    {"2012-06-01T24:00", NULL},
    {"2012-06-01T09:60", NULL},
    {"2012-06-01T09:30:61", NULL},
    {"2012-06-01T09:30:", NULL},
    {"2012-06-01T09:30:00.", NULL},
    {"2012-06-01T09:30:00.x", NULL},
    {"2012-06-01T09:30:00,5", NULL},
    {"2012-06-01T09:30:00z", NULL},
    {"2012-06-01t09:30", NULL},
    {"2012-06-01  09:30", NULL},
    {"2012-06-01T09:30 Z", NULL},
    {"2012-06-01T09:30ZZ", NULL},
    {"2012-06-01T09:30+", NULL},
    {"2012-06-01T09:30+2", NULL},
    {"2012-06-01T09:30+24:00", NULL},
    {"2012-06-01T09:30+02:", NULL},
    {"2012-06-01T09:30+02:60", NULL},
    {"2012-06-01T09:30+02:000", NULL},
    {"2012-06-01T09:30+020", NULL},
    {"2012-06-0\xb2", NULL},
};

START_TEST(test_read)
{
    struct date date = {.year = -1};
    struct strbuf text;
    strbuf_init(&text);
    bool is_date = date_read(slice_str(rows[_i].text), &date);
    ck_assert_msg(is_date == (rows[_i].labels != NULL), "'%s'", rows[_i].text);
    if (is_date) {
        ck_assert_str_eq(labels_of(date, &text), rows[_i].labels);
    } else {
        ck_assert_int_eq(date.year, -1);
    }
    strbuf_fini(&text);
}
END_TEST

/* No part of a date is one but the date, and time to the minute, second, fraction and hour's offset. */
START_TEST(test_cut)
{
    static const char whole[] = "2012-06-01T09:30:15.25+05:30";
    static const size_t good[] = {10, 16, 19, 21, 22, 25, 28};
    size_t ngood = 0;
    for (size_t len = 0; len < sizeof whole; len++) {
        struct date date;
        bool expected = len == good[ngood];
        ngood += expected;
        ck_assert_msg(date_read(slice_of(whole, len), &date) == expected, "%zu bytes", len);
    }
    ck_assert_int_eq((int) ngood, NROWS(good));
}
END_TEST

static const struct {
    const char *number;
    bool is_ms;
    const char *day_and_hour; /* NULL: none */
} epoch_rows[] = {
    {"0", false, "1970-01-01 00"},
    {"0", true, "1970-01-01 00"},
    {"3599", false, "1970-01-01 00"},
    {"3599.999", false, "1970-01-01 00"},
    {"3600", false, "1970-01-01 01"},
    {"86399", false, "1970-01-01 23"},
    {"86400", false, "1970-01-02 00"},
    {"-1", false, "1969-12-31 23"},
    {"-0.5", false, "1969-12-31 23"},
    {"-3600", false, "1969-12-31 23"},
    {"-3600.5", false, "1969-12-31 22"},
    {"-86400", false, "1969-12-31 00"},
    {"-86400.1", false, "1969-12-30 23"},
    {"-1", true, "1969-12-31 23"},
    {"-0.001", true, "1969-12-31 23"},
    {"-86400000", true, "1969-12-31 00"},
    {"-86400000.5", true, "1969-12-30 23"},
    {"1338542999", false, "2012-06-01 09"},
    {"1338542999", true, "1970-01-16 11"},
    {"1338542999999", true, "2012-06-01 09"},
    {"1338542999.75", false, "2012-06-01 09"},
    {"951782400", false, "2000-02-29 00"},
    {"253402300799", false, "9999-12-31 23"},
    {"253402300799.9", false, "9999-12-31 23"},
    {"253402300800", false, NULL},
    {"253402300799999", true, "9999-12-31 23"},
    {"253402300800000", true, NULL},
    {"-62135596800", false, "0001-01-01 00"},
    {"-62135596800.5", false, NULL},
    {"-62135596801", false, NULL},
    {"-62135596800000", true, "0001-01-01 00"},
    {"-62135596800001", true, NULL},
    {"9223372036854775807", false, NULL},
    {"-9223372036854775807.5", false, NULL},
    {"-9223372036854775808", true, NULL},
    {"-9223372036854775808.5", true, NULL},
    {"99999999999999999999999999", true, NULL},
    {"2012-06-01", false, NULL},
    {"", false, NULL},
    {"007", false, NULL},
    {"now", false, NULL},
};

START_TEST(test_epoch)
{
    struct date date;
    struct strbuf text;
    strbuf_init(&text);
    bool is_date = date_of_epoch(slice_str(epoch_rows[_i].number), epoch_rows[_i].is_ms, &date);
    ck_assert_msg(is_date == (epoch_rows[_i].day_and_hour != NULL), "%s", epoch_rows[_i].number);
    if (is_date) {
        int64_t day, hour;
        ck_assert(date_key(date, DATE_DAY, &day) && date_key(date, DATE_HOUR, &hour));
        date_label_print(&text, DATE_DAY, day);
        strbuf_append_char(&text, ' ');
        date_label_print(&text, DATE_HOUR, hour);
        ck_assert_str_eq(text.ptr, epoch_rows[_i].day_and_hour);
    }
    strbuf_fini(&text);
}
END_TEST

/* What a calendar on the wall does: a day, a weekday and a week's number, from one day to the next. */
struct wall {
    int year, month, day, weekday, week_year, week;
};

static int
days_in(int year, int month)
{
    if (month == 2) {
        return year % 400 == 0 || (year % 4 == 0 && year % 100 != 0) ? 29 : 28;
    }
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static void
wall_turn(struct wall *wall)
{
    if (++wall->day > days_in(wall->year, wall->month)) {
        wall->day = 1;
        if (++wall->month > 12) {
            wall->month = 1;
            wall->year++;
        }
    }
    wall->weekday = (wall->weekday + 1) % 7;
    if (wall->weekday == 0) {
        wall->week++;
        /* Week 1 has January 4: its Monday is from December 29 to January 4. */
        bool is_first =
            (wall->month == 12 && wall->day >= 29) || (wall->month == 1 && wall->day <= 4);
        if (is_first) {
            wall->week = 1;
            wall->week_year = wall->year + (wall->month == 12);
        }
    }
}

static void
check_key_step(enum date_unit unit, struct date date, int64_t *before, bool is_next)
{
    int64_t key;
    ck_assert(date_key(date, unit, &key));
    ck_assert_int_eq(key, *before + is_next);
    *before = key;
}

START_TEST(test_every_day)
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct wall wall = {1900, 1, 1, 0, 1900, 1};
    struct strbuf text;
    strbuf_init(&text);
    int64_t day = -25568, week = 0, month = 1900 * 12 - 1, quarter = 1900 * 4 - 1, year = 1899;
    for (; wall.year <= 2100; wall_turn(&wall)) {
        char iso[40], expected[120];
        struct date date;
        snprintf(iso, sizeof iso, "%04d-%02d-%02d", wall.year, wall.month, wall.day);
        ck_assert(date_read(slice_str(iso), &date));
        snprintf(expected, sizeof expected, "%04d %04d-Q%d %04d-%02d %04d-W%02d %s %s -", wall.year,
                 wall.year, (wall.month + 2) / 3, wall.year, wall.month, wall.week_year, wall.week,
                 iso, weekdays[wall.weekday]);
        ck_assert_str_eq(labels_of(date, &text), expected);
        if (day == -25568) {
            ck_assert(date_key(date, DATE_WEEK, &week));
            week--;
        }
        bool is_first = wall.day == 1;
        check_key_step(DATE_DAY, date, &day, true);
        check_key_step(DATE_WEEK, date, &week, wall.weekday == 0);
        check_key_step(DATE_MONTH, date, &month, is_first);
        check_key_step(DATE_QUARTER, date, &quarter, is_first && wall.month % 3 == 1);
        check_key_step(DATE_YEAR, date, &year, is_first && wall.month == 1);
        snprintf(iso, sizeof iso, "%lld", (long long) day * 86400 + 43199);
        struct date by_seconds;
        ck_assert(date_of_epoch(slice_str(iso), false, &by_seconds));
        ck_assert_int_eq(by_seconds.hour, 11);
        by_seconds.hour = DATE_NO_HOUR;
        ck_assert_str_eq(labels_of(by_seconds, &text), expected);
    }
    strbuf_fini(&text);
}
END_TEST

START_TEST(test_units)
{
    static const char *const names[] = {"YEAR", "QUARTER", "MONTH", "WEEK",
                                        "DAY",  "WEEKDAY", "HOUR"};
    ck_assert_int_eq(NROWS(names), DATE_NUNITS);
    for (int unit = 0; unit < DATE_NUNITS; unit++) {
        ck_assert_str_eq(date_unit_name((enum date_unit) unit), names[unit]);
    }
}
END_TEST

int
main(void)
{
    TCase *tcase = tcase_create("date");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_read, 0, NROWS(rows));
    tcase_add_test(tcase, test_cut);
    tcase_add_loop_test(tcase, test_epoch, 0, NROWS(epoch_rows));
    tcase_add_test(tcase, test_every_day);
    tcase_add_test(tcase, test_units);
    Suite *suite = suite_create("date");
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
