/*
 * Values of typed formats as the text of a cell: numbers, dates, times, bytes.
 *
 *     value_print_decimal(&text, wide_of_int128(-1250), 2)        "-12.50"
 *     value_print_float(&text, 0.1f)                              "0.1"
 *     value_print_date(&text, 19782)                              "2024-02-29"
 *     value_print_timestamp(&text, 1709210096500, 1000, true)     "2024-02-29T12:34:56.5Z"
 *
 * Dates and times are ISO 8601, as base/date.h reads them. Nothing here fails.
 */
#ifndef QUIPU_TOOLS_ROWS_VALUE_TEXT_H
#define QUIPU_TOOLS_ROWS_VALUE_TEXT_H

#include "base/strbuf.h"
#include "base/wide.h"

/* n / 10^scale with all its decimals. */
void value_print_decimal(struct strbuf *out, struct wide n, size_t scale);
/* The shortest that reads back as the same; else `NaN`, `Infinity`, `-Infinity`. */
void value_print_double(struct strbuf *out, double x);
void value_print_float(struct strbuf *out, float x);
/* Days since 1970. A year beyond 9999 has a sign, one before 0 too. */
void value_print_date(struct strbuf *out, int64_t days);
/* Since midnight, so many to a second: 1, 1,000, 1,000,000 or 1,000,000,000. Decimals that are zero at the end are
 * left out. */
void value_print_time(struct strbuf *out, int64_t ticks, int64_t per_second);
/* Since 1970. is_utc: it is a moment, and `Z` says so; else what a clock on the wall shows. */
void value_print_timestamp(struct strbuf *out, int64_t ticks, int64_t per_second, bool is_utc);
/* Bytes that are UTF-8 as they are; of others, `\xNN` for each that is no printable ASCII character, and for `\`. */
void value_print_bytes(struct strbuf *out, struct slice bytes);

#endif
