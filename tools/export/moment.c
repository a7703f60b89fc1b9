/*
 * Dates as numbers. in: YYYY-MM-DD, or that and Thh:mm:ss; out: days or seconds since 1970.
 */
#include "tools/export/moment.h"

#include "base/date.h"

enum { HOUR_AT = 11, MINUTE_AT = 14, SECOND_AT = 17, DATETIME_BYTES = 19 };

int64_t
moment_days(struct slice text)
{
    struct date date;
    int64_t days;
    return date_read(text, &date) && date_key(date, DATE_DAY, &days) ? days : 0;
}

static int64_t
two_digits(struct slice text, size_t at)
{
    return (text.ptr[at] - '0') * 10 + text.ptr[at + 1] - '0';
}

int64_t
moment_seconds(struct slice text)
{
    enum { DAY = 86400, HOUR = 3600, MINUTE = 60 };
    if (text.len < DATETIME_BYTES) {
        return 0;
    }
    return moment_days(text) * DAY + two_digits(text, HOUR_AT) * HOUR +
           two_digits(text, MINUTE_AT) * MINUTE + two_digits(text, SECOND_AT);
}
