/*
 * Numbers of statistics programs as text, by the format that a variable has there: dates as ISO 8601.
 *
 *     struct stat_format format = stat_format_of(STAT_STATA, "%td");
 *     stat_number_print(format, 19145, &text)                    "2012-06-01"
 *     stat_number_print(stat_format_of(STAT_SPSS, "F8.2"), 0.1, &text)        "0.1"
 *
 *     program   day 0        dates     dates with a time   times
 *     SPSS      1582-10-14   seconds   seconds             seconds
 *     SAS       1960-01-01   days      seconds             seconds
 *     Stata     1960-01-01   days      milliseconds
 */
#ifndef QUIPU_TOOLS_ROWS_STAT_FORMAT_H
#define QUIPU_TOOLS_ROWS_STAT_FORMAT_H

#include "base/strbuf.h"

enum stat_program { STAT_SPSS, STAT_STATA, STAT_SAS };

enum stat_kind {
    STAT_NUMBER,
    STAT_DATE,
    STAT_DATETIME,
    STAT_TIME,
    STAT_TIME_OF_DAY,   /* of SAS: what a day or more has is a date with a time */
    STAT_DATETIME_LEAP, /* of Stata, %tC: leap seconds are counted */
    STAT_WEEKS,         /* of Stata: the 52 of a year, from its first day on */
    STAT_MONTHS,
    STAT_QUARTERS,
    STAT_HALVES,
};

struct stat_format {
    enum stat_program program;
    enum stat_kind kind;
};

/* From 1970-01-01 to the day 0 of a program. */
enum { STAT_SPSS_DAY = -141428, STAT_1960_DAY = -3653 };

/* The format as ReadStat gives it: "DATE11", "%tcDD", "E8601DA10."; NULL or unknown: a number. */
struct stat_format stat_format_of(enum stat_program program, const char *format);
/*
 * Appends the number. Dates are `2012-06-01`, of weeks, months, quarters and half years the first
 * day; with a time `2012-06-01T09:30:00`, with as many digits of seconds as tell the number; times
 * `09:30:00`, whose hours may be more than 24. What is no date of the years 1 to 9999 is a number:
 * the shortest text that reads back as it. x is finite.
 */
void stat_number_print(struct stat_format format, double x, struct strbuf *out);
/* The same for a number of single precision: 0.1F is "0.1". */
void stat_float_print(struct stat_format format, float x, struct strbuf *out);

#endif
