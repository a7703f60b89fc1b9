/*
 * Numbers of statistics programs as text. in: a number, and the format of its variable; out: digits,
 * or a date of ISO 8601.
 *
 * Example: 13558060800 of SPSS with format DATE11 is 156922 days of 86,400 seconds behind 1582-10-14,
 * day 15494 from 1970-01-01 on: "2012-06-03".
 */
#include "tools/rows/stat_format.h"

#include <ctype.h>
#include <math.h>

#include "base/date.h"
#include "base/double.h"
#include "tools/rows/value_text.h"

enum {
    DAY_SECONDS = 86400,
    FIRST_DAY = -719162, /* 0001-01-01, from 1970-01-01 */
    LAST_DAY = 2932896,  /* 9999-12-31 */
    YEAR_1960 = 1960,
};

/* ---- what a format is ---- */

struct known_format {
    const char *start; /* of the name; a longer start stands before a shorter one */
    enum stat_kind kind;
    bool is_whole; /* nothing may come behind it */
};

static const struct known_format SPSS_FORMATS[] = {
    {"DATETIME", STAT_DATETIME, true}, {"YMDHMS", STAT_DATETIME, true}, {"DATE", STAT_DATE, true},
    {"ADATE", STAT_DATE, true},        {"EDATE", STAT_DATE, true},      {"SDATE", STAT_DATE, true},
    {"JDATE", STAT_DATE, true},        {"QYR", STAT_DATE, true},        {"MOYR", STAT_DATE, true},
    {"WKYR", STAT_DATE, true},         {"TIME", STAT_TIME, true},       {"DTIME", STAT_TIME, true},
    {"MTIME", STAT_TIME, true},        {NULL, STAT_NUMBER, false},
};

/* By the parts of SAS' documentation "SAS formats by category"; letters behind a start are marks that
 * stand between its parts (YYMMDDD, YYQS). */
static const struct known_format SAS_FORMATS[] = {
    {"DATETIME", STAT_DATETIME, true},
    {"DATEAMPM", STAT_DATETIME, true},
    {"MDYAMPM", STAT_DATETIME, true},
    {"DT", STAT_DATETIME, false}, /* DTDATE, DTMONYY, DTWKDATX, DTYEAR, DTYYQC */
    {"E8601DT", STAT_DATETIME, true},
    {"E8601DN", STAT_DATETIME, true},
    {"E8601DX", STAT_DATETIME, true},
    {"E8601DZ", STAT_DATETIME, true},
    {"E8601LX", STAT_DATETIME, true},
    {"B8601DT", STAT_DATETIME, true},
    {"B8601DN", STAT_DATETIME, true},
    {"B8601DX", STAT_DATETIME, true},
    {"B8601DZ", STAT_DATETIME, true},
    {"B8601LX", STAT_DATETIME, true},
    {"IS8601DT", STAT_DATETIME, true},
    {"IS8601DN", STAT_DATETIME, true},
    {"NLDATM", STAT_DATETIME, false},
    {"E8601DA", STAT_DATE, true},
    {"B8601DA", STAT_DATE, true},
    {"IS8601DA", STAT_DATE, true},
    {"NLDATE", STAT_DATE, false},
    {"DATE", STAT_DATE, true},
    {"DAY", STAT_DATE, true},
    {"DDMMYY", STAT_DATE, false},
    {"DOWNAME", STAT_DATE, true},
    {"JULDAY", STAT_DATE, true},
    {"JULIAN", STAT_DATE, true},
    {"MMDDYY", STAT_DATE, false},
    {"MMYY", STAT_DATE, false},
    {"MONNAME", STAT_DATE, true},
    {"MONTH", STAT_DATE, true},
    {"MONYY", STAT_DATE, true},
    {"QTR", STAT_DATE, false},
    {"WEEKDATE", STAT_DATE, true},
    {"WEEKDATX", STAT_DATE, true},
    {"WEEKDAY", STAT_DATE, true},
    {"WEEKU", STAT_DATE, true},
    {"WEEKV", STAT_DATE, true},
    {"WEEKW", STAT_DATE, true},
    {"WORDDATE", STAT_DATE, true},
    {"WORDDATX", STAT_DATE, true},
    {"YEAR", STAT_DATE, true},
    {"YYMM", STAT_DATE, false}, /* YYMMDD, YYMON is below */
    {"YYMON", STAT_DATE, true},
    {"YYQ", STAT_DATE, false},
    {"TOD", STAT_TIME_OF_DAY, true},
    {"TIMEAMPM", STAT_TIME_OF_DAY, true},
    {"TIME", STAT_TIME, true},
    {"HHMM", STAT_TIME, true},
    {"HOUR", STAT_TIME, true},
    {"MMSS", STAT_TIME, true},
    {"E8601TM", STAT_TIME, true},
    {"E8601TZ", STAT_TIME, true},
    {"E8601LZ", STAT_TIME, true},
    {"B8601TM", STAT_TIME, true},
    {"B8601TZ", STAT_TIME, true},
    {"B8601LZ", STAT_TIME, true},
    {"IS8601TM", STAT_TIME, true},
    {"NLTIME", STAT_TIME, true},
    {NULL, STAT_NUMBER, false},
};

/* The name without its width: "DATE11", "TIME8.2", "E8601DA10." */
static struct slice
name_of(const char *format)
{
    struct slice name = slice_str(format);
    while (name.len && strchr("0123456789.", name.ptr[name.len - 1])) {
        name.len--;
    }
    return name;
}

static enum stat_kind
kind_by_name(const struct known_format *known, struct slice name)
{
    for (; known->start; known++) {
        struct slice start = slice_str(known->start);
        bool is_start =
            name.len >= start.len && slice_equal_nocase(slice_of(name.ptr, start.len), start);
        if (is_start && (name.len == start.len || !known->is_whole)) {
            return known->kind;
        }
    }
    return STAT_NUMBER;
}

/* "%td", "%-tcHH:MM", "%d"; a year (%ty) is its number. */
static enum stat_kind
kind_by_stata(const char *format)
{
    const char *at = *format == '%' ? format + 1 : format;
    while (*at == '-' || isdigit((unsigned char) *at)) {
        at++;
    }
    if (*at != 't') {
        return *at == 'd' ? STAT_DATE : STAT_NUMBER;
    }
    switch (at[1]) {
    case 'd': return STAT_DATE;
    case 'c': return STAT_DATETIME;
    case 'C': return STAT_DATETIME_LEAP;
    case 'w': return STAT_WEEKS;
    case 'm': return STAT_MONTHS;
    case 'q': return STAT_QUARTERS;
    case 'h': return STAT_HALVES;
    default: return STAT_NUMBER;
    }
}

struct stat_format
stat_format_of(enum stat_program program, const char *format)
{
    struct stat_format found = {.program = program, .kind = STAT_NUMBER};
    if (!format) {
        return found;
    }
    switch (program) {
    case STAT_SPSS: found.kind = kind_by_name(SPSS_FORMATS, name_of(format)); break;
    case STAT_SAS: found.kind = kind_by_name(SAS_FORMATS, name_of(format)); break;
    case STAT_STATA: found.kind = kind_by_stata(format); break;
    }
    return found;
}

/* ---- dates ---- */

static int64_t
divide_down(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

/* False: the day is none of the years 1 to 9999. */
static bool
is_date(int64_t day)
{
    return day >= FIRST_DAY && day <= LAST_DAY;
}

static bool
day_print(int64_t day, struct strbuf *out)
{
    if (is_date(day)) {
        value_print_date(out, day);
    }
    return is_date(day);
}

/* Seconds as whole ticks. */
struct ticks {
    int64_t n, per_second;
};

/* The fewest digits that read back as x. Seconds of many years and a third are no more exact than 6. */
static struct ticks
ticks_of(double x)
{
    enum { MOST = 1000000 };
    struct ticks ticks = {llround(x), 1};
    while ((double) ((long double) ticks.n / ticks.per_second) != x && ticks.per_second < MOST) {
        ticks.per_second *= 10;
        ticks.n = llroundl((long double) x * ticks.per_second);
    }
    return ticks;
}

static bool
datetime_print(int64_t first_day, struct ticks ticks, struct strbuf *out)
{
    int64_t of_day = DAY_SECONDS * ticks.per_second;
    bool ok = is_date(first_day + divide_down(ticks.n, of_day));
    if (ok) {
        value_print_timestamp(out, first_day * of_day + ticks.n, ticks.per_second, false);
    }
    return ok;
}

static bool
time_print(double x, struct strbuf *out)
{
    struct ticks ticks = ticks_of(fabs(x));
    strbuf_append_str(out, x < 0 ? "-" : "");
    value_print_time(out, ticks.n, ticks.per_second);
    return true;
}

/* Days, from 1970-01-01 on, that begin behind a leap second (IERS Bulletin C). */
static const int LEAP_DAYS[] = {912,  1096, 1461,  1826,  2191,  2557,  2922,  3287,  3652,
                                4199, 4564, 4929,  5660,  6574,  7305,  7670,  8217,  8582,
                                8947, 9496, 10043, 10592, 13149, 14245, 15522, 16617, 17167};
enum { NLEAP_DAYS = sizeof LEAP_DAYS / sizeof *LEAP_DAYS };

/* Without the leap seconds before it. One itself is the second before it: a day has 86,400. */
static int64_t
ms_without_leaps(int64_t ms)
{
    int64_t behind = 0;
    for (int i = 0; i < NLEAP_DAYS; i++) {
        int64_t leap_ms = ((int64_t) LEAP_DAYS[i] - STAT_1960_DAY) * DAY_SECONDS * 1000;
        behind += ms - behind * 1000 >= leap_ms;
    }
    return ms - behind * 1000;
}

static bool
months_print(int64_t months, struct strbuf *out)
{
    int64_t years = divide_down(months, 12), day;
    struct date date = {.year = (int) (YEAR_1960 + years),
                        .month = (int) (months - 12 * years) + 1,
                        .day = 1,
                        .hour = DATE_NO_HOUR};
    return date_key(date, DATE_DAY, &day) && day_print(day, out);
}

static bool
weeks_print(int64_t weeks, struct strbuf *out)
{
    int64_t years = divide_down(weeks, 52), day;
    struct date date = {
        .year = (int) (YEAR_1960 + years), .month = 1, .day = 1, .hour = DATE_NO_HOUR};
    return date_key(date, DATE_DAY, &day) && day_print(day + 7 * (weeks - 52 * years), out);
}

/* False, and nothing is appended: it is no date. */
static bool
date_print(struct stat_format format, double x, struct strbuf *out)
{
    enum { MS_MOST_BITS = 50 }; /* far beyond the year 9999 in milliseconds */
    bool is_spss = format.program == STAT_SPSS, is_stata = format.program == STAT_STATA;
    int64_t first_day = is_spss ? STAT_SPSS_DAY : STAT_1960_DAY;
    if (fabs(x) >= (double) (1LL << MS_MOST_BITS)) {
        return false;
    }
    int64_t n = (int64_t) floor(x);
    switch (format.kind) {
    case STAT_NUMBER: return false;
    case STAT_DATE: return day_print(first_day + (is_spss ? divide_down(n, DAY_SECONDS) : n), out);
    case STAT_DATETIME:
        return datetime_print(first_day, is_stata ? (struct ticks){n, 1000} : ticks_of(x), out);
    case STAT_DATETIME_LEAP:
        return datetime_print(first_day, (struct ticks){ms_without_leaps(n), 1000}, out);
    case STAT_TIME: return time_print(x, out);
    case STAT_TIME_OF_DAY:
        return fabs(x) < DAY_SECONDS ? time_print(x, out)
                                     : datetime_print(first_day, ticks_of(x), out);
    case STAT_WEEKS: return fabs(x) < 1e6 && weeks_print(n, out);
    case STAT_MONTHS: return fabs(x) < 1e6 && months_print(n, out);
    case STAT_QUARTERS: return fabs(x) < 1e6 && months_print(3 * n, out);
    case STAT_HALVES: return fabs(x) < 1e6 && months_print(6 * n, out);
    }
    return false;
}

/* ---- numbers ---- */

/* Most numbers of surveys are whole. */
static bool
whole_print(double x, struct strbuf *out)
{
    if (fabs(x) >= (double) (1LL << 53) || x != (double) (int64_t) x) {
        return false;
    }
    strbuf_append_int(out, (int64_t) x);
    return true;
}

void
stat_number_print(struct stat_format format, double x, struct strbuf *out)
{
    if (!date_print(format, x, out) && !whole_print(x, out)) {
        double_print(out, x);
    }
}

void
stat_float_print(struct stat_format format, float x, struct strbuf *out)
{
    if (!date_print(format, (double) x, out) && !whole_print((double) x, out)) {
        value_print_float(out, x);
    }
}
