/*
 * Values of typed formats as text. in: numbers as Parquet, Arrow and DuckDB hold them; out: cells.
 *
 * Example: -1 tick of a millisecond since 1970 is day -1 and 86,399,999 ms: 1969-12-31T23:59:59.999.
 */
#include "tools/rows/value_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/double.h"
#include "base/utf8.h"

enum { DAY_SECONDS = 86400 };

void
value_print_decimal(struct strbuf *out, struct wide n, size_t scale)
{
    size_t start = out->len;
    wide_print_decimal(out, n, scale);
    const char *point = scale ? memchr(out->ptr + start, '.', out->len - start) : NULL;
    size_t ndecimals = point ? (size_t) (out->ptr + out->len - point) - 1 : 0;
    if (scale && !point) {
        strbuf_append_char(out, '.');
    }
    for (; ndecimals < scale; ndecimals++) {
        strbuf_append_char(out, '0');
    }
}

void
value_print_double(struct strbuf *out, double x)
{
    if (isnan(x)) {
        strbuf_append_str(out, "NaN");
    } else if (isinf(x)) {
        strbuf_append_str(out, x < 0 ? "-Infinity" : "Infinity");
    } else {
        double_print(out, x);
    }
}

/* The decimal of the fewest digits that is nearest to x among floats is printed as a double would be. */
void
value_print_float(struct strbuf *out, float x)
{
    enum { DIGITS_LEAST = 6, DIGITS_MOST = 9 };
    double decimal = x;
    if (isfinite(x)) {
        for (int digits = DIGITS_LEAST; digits <= DIGITS_MOST; digits++) {
            char text[32];
            snprintf(text, sizeof text, "%.*g", digits, (double) x);
            decimal = strtod(text, NULL);
            if ((float) decimal == x) {
                break;
            }
        }
    }
    value_print_double(out, decimal);
}

/* Rounds towards the past, where / rounds towards 0. */
static int64_t
floor_divide(int64_t n, int64_t by)
{
    return n / by - (n % by < 0);
}

/* What is left of n behind that, from 0 up; of the least n too, where the product would overflow. */
static int64_t
floor_rest(int64_t n, int64_t by)
{
    int64_t rest = n % by;
    return rest < 0 ? rest + by : rest;
}

/* The day's year, month and day, by eras of 400 years that begin in March (Hinnant, "chrono-compatible low-level
 * date algorithms", 2013). */
void
value_print_date(struct strbuf *out, int64_t days)
{
    enum { ERA_DAYS = 146097, DAYS_FROM_0000_03_01 = 719468 };
    int64_t era = floor_divide(days, ERA_DAYS);
    int64_t day = floor_rest(days, ERA_DAYS) + DAYS_FROM_0000_03_01;
    era += day / ERA_DAYS;
    day %= ERA_DAYS;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int64_t of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* from March */
    int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    year += era * 400 + (month <= 2);
    strbuf_printf(out, "%s%04lld-%02lld-%02lld",
                  year < 0      ? "-"
                  : year > 9999 ? "+"
                                : "",
                  (long long) (year < 0 ? -year : year), (long long) month, (long long) of_month);
}

void
value_print_time(struct strbuf *out, int64_t ticks, int64_t per_second)
{
    long long second = (long long) floor_divide(ticks, per_second);
    int64_t fraction = floor_rest(ticks, per_second);
    strbuf_printf(out, "%02lld:%02lld:%02lld", second / 3600, second / 60 % 60, second % 60);
    if (fraction) {
        strbuf_append_char(out, '.');
    }
    while (fraction) {
        per_second /= 10;
        strbuf_append_char(out, (char) ('0' + fraction / per_second));
        fraction %= per_second;
    }
}

void
value_print_timestamp(struct strbuf *out, int64_t ticks, int64_t per_second, bool is_utc)
{
    int64_t per_day = per_second * DAY_SECONDS;
    value_print_date(out, floor_divide(ticks, per_day));
    strbuf_append_char(out, 'T');
    value_print_time(out, floor_rest(ticks, per_day), per_second);
    if (is_utc) {
        strbuf_append_char(out, 'Z');
    }
}

void
value_print_bytes(struct strbuf *out, struct slice bytes)
{
    if (utf8_is_valid(bytes)) {
        strbuf_append(out, bytes);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char byte = (unsigned char) bytes.ptr[i];
        if (byte >= ' ' && byte < 0x7f && byte != '\\') {
            strbuf_append_char(out, (char) byte);
        } else {
            strbuf_printf(out, "\\x%02X", byte);
        }
    }
}
