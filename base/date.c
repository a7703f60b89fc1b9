/*
 * Reading dates, and naming the year, quarter, month, week, day, weekday or hour that they are in.
 * in: a value's text; out: a key that sorts as time does, and its label.
 *
 * Days are counted from 1970-01-01, weeks from the one of Monday, 1969-12-29. The way from a date to
 * its day and back is Howard Hinnant's (chrono-Compatible Low-Level Date Algorithms, 2013): years that
 * begin in March, so that the leap day is the last, in eras of 400 years.
 *
 * Example: 2012-12-31 is day 15705, a Monday, in week 2244; that week's Thursday is 2013-01-03, the
 * third day of 2013, so the week is 2013-W01.
 */
#include "base/date.h"

#include <assert.h>

#include "base/number.h"

enum {
    LEAST_YEAR = 1,
    LAST_YEAR = 9999,
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    EPOCH_DAY = 719468, /* from 0000-03-01 to 1970-01-01 */
    DAY_SECONDS = 86400,
    MONDAY = 3 /* days from a Monday to 1970-01-01, a Thursday */
};

const char *
date_unit_name(enum date_unit unit)
{
    switch (unit) {
    case DATE_YEAR: return "YEAR";
    case DATE_QUARTER: return "QUARTER";
    case DATE_MONTH: return "MONTH";
    case DATE_WEEK: return "WEEK";
    case DATE_DAY: return "DAY";
    case DATE_WEEKDAY: return "WEEKDAY";
    case DATE_HOUR: return "HOUR";
    }
    return "";
}

/* Rounded down, also below 0. */
static int64_t
divide_down(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

static int64_t
day_of(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = divide_down(y, ERA_YEARS), year_of_era = y - era * ERA_YEARS;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAY;
}

static struct date
date_of_day(int64_t day)
{
    day += EPOCH_DAY;
    int64_t era = divide_down(day, ERA_DAYS), day_of_era = day - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* from March */
    return (struct date){
        .year = (int) (year_of_era + era * ERA_YEARS + (month >= 10)),
        .month = (int) (month < 10 ? month + 3 : month - 9),
        .day = (int) (day_of_year - (153 * month + 2) / 5 + 1),
        .hour = DATE_NO_HOUR,
    };
}

/* Takes one character off the text, if it is that. */
static bool
take(struct slice *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c) {
        return false;
    }
    *text = slice_of(text->ptr + 1, text->len - 1);
    return true;
}

/* Takes so many digits off the text, if they make a number from least to most. */
static bool
take_number(struct slice *text, size_t ndigits, int least, int most, int *out)
{
    int n = 0;
    if (text->len < ndigits) {
        return false;
    }
    for (size_t i = 0; i < ndigits; i++) {
        char c = text->ptr[i];
        if (c < '0' || c > '9') {
            return false;
        }
        n = n * 10 + (c - '0');
    }
    *text = slice_of(text->ptr + ndigits, text->len - ndigits);
    *out = n;
    return n >= least && n <= most;
}

static bool
take_day(struct slice *text, struct date *date)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!take_number(text, 4, LEAST_YEAR, LAST_YEAR, &date->year) || !take(text, '-') ||
        !take_number(text, 2, 1, 12, &date->month) || !take(text, '-')) {
        return false;
    }
    bool is_leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);
    int last = days[date->month - 1] + (is_leap && date->month == 2);
    return take_number(text, 2, 1, last, &date->day);
}

static bool
take_time(struct slice *text, struct date *date)
{
    int minute, second;
    if (!take_number(text, 2, 0, 23, &date->hour) || !take(text, ':') ||
        !take_number(text, 2, 0, 59, &minute)) {
        return false;
    }
    if (!take(text, ':')) {
        return true;
    }
    if (!take_number(text, 2, 0, 60, &second)) { /* 60: a leap second */
        return false;
    }
    if (!take(text, '.')) {
        return true;
    }
    int digit;
    bool has_digits = false;
    while (take_number(text, 1, 0, 9, &digit)) {
        has_digits = true;
    }
    return has_digits;
}

static bool
take_offset(struct slice *text)
{
    int hours, minutes;
    if (text->len == 0 || take(text, 'Z')) {
        return true;
    }
    if ((!take(text, '+') && !take(text, '-')) || !take_number(text, 2, 0, 23, &hours)) {
        return false;
    }
    if (text->len == 0) {
        return true;
    }
    take(text, ':');
    return take_number(text, 2, 0, 59, &minutes);
}

bool
date_read(struct slice text, struct date *out)
{
    struct date date = {.hour = DATE_NO_HOUR};
    if (!take_day(&text, &date)) {
        return false;
    }
    bool has_time = take(&text, 'T') || take(&text, ' ');
    if (has_time && (!take_time(&text, &date) || !take_offset(&text))) {
        return false;
    }
    if (text.len > 0) {
        return false;
    }
    *out = date;
    return true;
}

bool
date_of_epoch(struct slice number, bool is_ms, struct date *out)
{
    if (!number_is_canonical(number)) {
        return false;
    }
    const char *dot = memchr(number.ptr, '.', number.len);
    struct slice whole = slice_of(number.ptr, dot ? (size_t) (dot - number.ptr) : number.len);
    int64_t seconds;
    if (!slice_to_int64(whole, &seconds) || seconds == INT64_MIN) {
        return false;
    }
    seconds -= dot && number.ptr[0] == '-'; /* rounded down */
    if (is_ms) {
        seconds = divide_down(seconds, 1000);
    }
    int64_t day = divide_down(seconds, DAY_SECONDS);
    if (day < day_of(LEAST_YEAR, 1, 1) || day > day_of(LAST_YEAR, 12, 31)) {
        return false;
    }
    *out = date_of_day(day);
    out->hour = (int) ((seconds - day * DAY_SECONDS) / 3600);
    return true;
}

bool
date_key(struct date date, enum date_unit unit, int64_t *key)
{
    int64_t since_monday = day_of(date.year, date.month, date.day) + MONDAY;
    switch (unit) {
    case DATE_YEAR: *key = date.year; return true;
    case DATE_QUARTER: *key = date.year * 4 + (date.month - 1) / 3; return true;
    case DATE_MONTH: *key = date.year * 12 + date.month - 1; return true;
    case DATE_WEEK: *key = divide_down(since_monday, 7); return true;
    case DATE_DAY: *key = since_monday - MONDAY; return true;
    case DATE_WEEKDAY: *key = since_monday - 7 * divide_down(since_monday, 7); return true;
    case DATE_HOUR: *key = date.hour; return date.hour != DATE_NO_HOUR;
    }
    return false;
}

static void
week_print(struct strbuf *out, int64_t week)
{
    int64_t thursday = week * 7 - MONDAY + 3;
    int year = date_of_day(thursday).year;
    int number = (int) (thursday - day_of(year, 1, 1)) / 7 + 1;
    strbuf_printf(out, "%04d-W%02d", year, number);
}

void
date_label_print(struct strbuf *out, enum date_unit unit, int64_t key)
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int n = (int) key;
    struct date date;
    switch (unit) {
    case DATE_YEAR: strbuf_printf(out, "%04d", n); return;
    case DATE_QUARTER: strbuf_printf(out, "%04d-Q%d", n / 4, n % 4 + 1); return;
    case DATE_MONTH: strbuf_printf(out, "%04d-%02d", n / 12, n % 12 + 1); return;
    case DATE_WEEK: week_print(out, key); return;
    case DATE_DAY:
        date = date_of_day(key);
        strbuf_printf(out, "%04d-%02d-%02d", date.year, date.month, date.day);
        return;
    case DATE_WEEKDAY:
        assert(key >= 0 && key < 7);
        strbuf_append_str(out, weekdays[key]);
        return;
    case DATE_HOUR: strbuf_printf(out, "%02d", n); return;
    }
}
