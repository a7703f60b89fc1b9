"""Dates for the oracle: ISO 8601 as it is written, and seconds or milliseconds since 1970 in UTC.

    read_date(b"2012-06-01T09:30Z")         -> datetime(2012, 6, 1, 9, 30), True      True: it has an hour
    bin_of("month", *read_date(b"2012-06-01")) -> ((2012, 6), b"2012-06")             what sorts it, its label
"""

import datetime
import re

from oracle_values import numeral

ISO = re.compile(
    rb"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    rb"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?(?:Z|[+-]([0-9]{2})(?::?([0-9]{2}))?)?)?\Z"
)
UNITS = ("year", "quarter", "month", "week", "day", "weekday", "hour")
WEEKDAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
EPOCH = datetime.datetime(1970, 1, 1)


def read_date(text):
    """The date and hour as they are written, and whether there is an hour; None for what is no date."""
    match = ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second, ahead, ahead_minutes = (int(part) if part else 0 for part in match.groups())
    if ahead > 23 or ahead_minutes > 59:
        return None
    try:
        return datetime.datetime(year, month, day, hour, minute, second), match.group(4) is not None
    except ValueError:
        return None


def date_of_epoch(text, unit):
    """Of so many "s" or "ms" since 1970; the number's fraction goes to the earlier moment."""
    value = numeral(text)
    if value is None:
        return None
    try:
        return EPOCH + datetime.timedelta(seconds=(value if unit == "s" else value / 1000).__floor__()), True
    except OverflowError:
        return None


def bin_of(unit, date, has_hour):
    """What sorts the bin, and its label; None where the date has no such part."""
    if unit == "year":
        return (date.year,), b"%04d" % date.year
    if unit == "quarter":
        quarter = (date.month + 2) // 3
        return (date.year, quarter), b"%04d-Q%d" % (date.year, quarter)
    if unit == "month":
        return (date.year, date.month), b"%04d-%02d" % (date.year, date.month)
    if unit == "week":
        year, week, _ = date.isocalendar()
        return (year, week), b"%04d-W%02d" % (year, week)
    if unit == "day":
        return (date.year, date.month, date.day), b"%04d-%02d-%02d" % (date.year, date.month, date.day)
    if unit == "weekday":
        return (date.weekday(),), WEEKDAYS[date.weekday()]
    return ((date.hour,), b"%02d" % date.hour) if has_hour else None
