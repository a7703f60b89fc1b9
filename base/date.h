/*
 * Dates as the language reads them (docs/language.md): ISO 8601, and seconds or milliseconds since
 * 1970. A date stands in one year, quarter, month, ... and each of those has a key and a label.
 *
 *     struct date date;
 *     int64_t key;
 *     date_read(slice_lit("2012-12-31T09:30:00+02:00"), &date)    -> true
 *     date_key(date, DATE_WEEK, &key)                             -> true
 *     date_label_print(&text, DATE_WEEK, key)                     "2013-W01"
 *
 * The order of keys is the order of time (of weekdays: from Monday), and neighbours differ by 1.
 */
#ifndef QUIPU_BASE_DATE_H
#define QUIPU_BASE_DATE_H

#include "base/error.h"
#include "base/strbuf.h"

enum date_unit {
    DATE_YEAR,
    DATE_QUARTER,
    DATE_MONTH,
    DATE_WEEK, /* of ISO 8601: from Monday; its year is its Thursday's */
    DATE_DAY,
    DATE_WEEKDAY,
    DATE_HOUR,
};

enum { DATE_NUNITS = DATE_HOUR + 1, DATE_NO_HOUR = -1 };

/* Of the Gregorian calendar, years 1 to 9999. */
struct date {
    int year, month, day;
    int hour; /* 0 to 23, or DATE_NO_HOUR */
};

/* "YEAR", "QUARTER", ...; a constant. */
const char *date_unit_name(enum date_unit unit);
/*
 * `2012-06-01`; or that, `T` or a space, `hh:mm[:ss[.digits]]` and nothing, `Z`, `+hh:mm`, `+hhmm` or
 * `+hh` (or `-`). Date and hour are as written: the offset must be one, and is not applied. False for
 * all else, also for a day that does not exist.
 */
QUIPU_MUST_CHECK bool date_read(struct slice text, struct date *out);
/* Since 1970 in UTC, by a canonical number (base/number.h) of seconds or milliseconds. False for text
 * and outside the years 1 to 9999. */
QUIPU_MUST_CHECK bool date_of_epoch(struct slice number, bool is_ms, struct date *out);
/* False: DATE_HOUR of a date without one. */
QUIPU_MUST_CHECK bool date_key(struct date date, enum date_unit unit, int64_t *key);
/* `2012`, `2012-Q2`, `2012-06`, `2012-W23`, `2012-06-01`, `Mon`, `09`. The key is one of date_key. */
void date_label_print(struct strbuf *out, enum date_unit unit, int64_t key);

#endif
