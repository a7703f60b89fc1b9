"""A server's reply held against the oracle's answer, whatever the format and the protocol.

    value_differs([1, Real(Fraction(1, 2))], [1, b"0.5"], RESP2)    -> None, or in words what is not as it should be
    csv_differs(tables, b"sex,count\\r\\nfemale,3\\r\\n"), members_differ(...)

What differs between protocols is what LANGUAGE says: counts are integers, other numbers are text in RESP2 and doubles in RESP3;
a map is a flat array in RESP2; json, csv, table and markdown are strings.
"""

import json
import math
import re

from oracle_measures import Real
from oracle_warnings import Expected, of_infinity, of_weights

RESP2, RESP3, JSON, TEXT = "resp2", "resp3", "json", "text"
REPLACED = re.compile("\ufffd+")


class Token(str):
    """A number of json, as it is written."""


# ---- one value against another ----


def _digits(text):
    """How many digits are written, without zeros in front."""
    return len(re.sub(r"[eE].*|[-+.]", "", text).lstrip("0"))


def _text_differs(want, text):
    """A Real, as it is written."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return "%r is no number" % text
    if want.has_all_digits:
        return None if text == want.text().decode() else "%s in place of %s" % (text, want.text().decode())
    if not want.tolerance and float(text) == want.double():
        is_long = _digits(text) > _digits(repr(want.double())) or ("." in text and re.sub(r"[eE].*", "", text)[-1] == "0")
        return "%s could be shorter: %r" % (text, want.double()) if is_long and abs(want.double()) < 1e15 else None
    return None if want == float(text) else "%s in place of %r" % (text, want.double())


def _real_differs(want, got, how):
    if math.isinf(want.value):  # an odds ratio
        inf = {RESP2: b"inf", RESP3: math.inf, JSON: None}.get(how, b"inf")
        return None if got == inf else "%r in place of %r" % (got, inf)
    if how == RESP3:
        if isinstance(got, float) and want.is_double():
            return None if want == got else "%r in place of %r" % (got, want)
        if not (isinstance(got, bytes) and want.has_all_digits and not want.is_double()):
            return "%r in place of the double %r" % (got, want)
    if how == JSON and not isinstance(got, Token):
        return "%r in place of the number %r" % (got, want)
    if how != JSON and not isinstance(got, bytes):
        return "%r in place of the text of %r" % (got, want)
    return _text_differs(want, got if isinstance(got, str) else got.decode())


def _label_differs(want, got, how):
    if how == JSON:
        want = REPLACED.sub("\ufffd", want.decode("utf-8", "replace"))
        got = REPLACED.sub("\ufffd", got) if type(got) is str else got
    return None if want == got else "%r in place of %r" % (got, want)


def _dict_differs(want, got, how):
    if how == RESP2:
        if not isinstance(got, list) or len(got) % 2:
            return "%r is no flat map" % (got,)
        got = dict(zip(got[0::2], got[1::2]))
    if not isinstance(got, dict):
        return "%r is no map" % (got,)
    if how != JSON:
        got = {name.decode(): value for name, value in got.items()}
    if set(want) - set(got):
        return "without %s" % ", ".join(sorted(set(want) - set(got)))
    for name, value in want.items():
        found = value_differs(value, got[name], how)
        if found:
            return "%s: %s" % (name, found)
    return None


def value_differs(want, got, how):
    if isinstance(want, dict):
        return _dict_differs(want, got, how)
    if isinstance(want, list):
        if not isinstance(got, list) or len(want) != len(got):
            return "%.500r in place of %.500r" % (got, want)
        found = (("at %d: " % i, value_differs(w, g, how)) for i, (w, g) in enumerate(zip(want, got)))
        return next((at + what for at, what in found if what), None)
    if isinstance(want, Real):
        return _real_differs(want, got, how)
    if isinstance(want, str):
        want = want.encode()
    if isinstance(want, bytes):
        return _label_differs(want, got, how)
    if isinstance(want, bool) and how == RESP2:
        want = int(want)
    if how == JSON and isinstance(got, Token):
        got = int(got) if got.lstrip("-").isdigit() else got
    if type(want) is not type(got) or want != got:
        return "%r in place of %r" % (got, want)
    return None


# ---- csv ----


def csv_records(text):
    """RFC 4180: [[field, ...], ...], an empty line as []. Raises ValueError for what is not."""
    records, record, at = [], [], 0
    while at < len(text):
        if text[at : at + 1] == b'"':
            match = re.compile(rb'"((?:[^"]|"")*)"', re.DOTALL).match(text, at)
            if not match:
                raise ValueError("a quote that does not end")
            field = match.group(1).replace(b'""', b'"')
        else:
            match = re.compile(rb'[^",\r\n]*').match(text, at)
            field = match.group()
        at = match.end()
        record.append(field)
        if text[at : at + 1] == b",":
            at += 1
            if at == len(text):
                raise ValueError("no line break at the end")
        elif text[at : at + 2] == b"\r\n":
            records.append([] if record == [b""] and match.end() == match.start() else record)
            record, at = [], at + 2
        else:
            raise ValueError("%r behind a field" % text[at : at + 10])
    return records


def csv_leaf(leaf):
    return list(leaf) if isinstance(leaf, list) else [leaf]


def csv_of(table):
    """The records that are wanted: values, not yet text."""
    has_totals = table.query.totals and table.dims
    totals = [b"totals"] if has_totals else []
    records = [totals + [dim.shown_name for dim in table.dims] + table.leaf_names()]
    for cell in table.told():
        records.append(table.record(cell) + csv_leaf(table.leaf(cell)))
    return records


def csv_value_differs(want, got):
    if want is None:
        return None if got == b"" else "%r in place of nothing" % got
    if isinstance(want, int):
        return None if got == b"%d" % want else "%r in place of %d" % (got, want)
    return value_differs(want, got, TEXT)


def csv_differs(found, text):
    try:
        records = csv_records(text)
    except ValueError as error:
        return "no csv: %s in %.300r" % (error, text)
    wanted = []
    for table in found:
        wanted += ([[]] if wanted else []) + csv_of(table)
    if len(records) != len(wanted):
        return "%d lines in place of %d: %.300r, %.300r" % (len(records), len(wanted), records, wanted)
    for i, (want, got) in enumerate(zip(wanted, records)):
        if len(want) != len(got):
            return "line %d: %r in place of %r" % (i + 1, got, want)
        for w, g in zip(want, got):
            what = csv_value_differs(w, g)
            if what:
                return "line %d: %s" % (i + 1, what)
    return None


# ---- replies ----


def format_of(query):
    return query.format or ("rows" if query.answers_rows() else "nested")


def rows_of(table):
    return [table.labels(cell) + [table.leaf(cell)] for cell in table.told()]


def members_differ(table, got, how):
    want = table.members()
    differs_ = value_differs(want, got, how)
    if differs_:
        return differs_
    if how == RESP2:
        got = dict(zip(got[0::2], got[1::2]))
    got = got if how == JSON else {name.decode(): value for name, value in got.items()}
    left = {"warnings", "shards", "took_us"} - set(got)
    if left or set(got) - set(want) - {"warnings", "shards", "took_us"}:
        return "its members are %r" % sorted(got)
    warnings = [warning if isinstance(warning, str) else warning.decode("utf-8", "replace") for warning in got["warnings"]]
    statistics = of_weights(table.query, want["tests"]) + (of_infinity(want["tests"]) if how == JSON else [])
    return Expected(table.query, table.dataset).differs(warnings, statistics)


def loads(text):
    return json.loads(text.decode("utf-8"), parse_float=Token, parse_int=Token)


def several_differ(found, got, how, differ):
    """Of one table, or of the array of all."""
    if len(found) == 1:
        return differ(found[0], got, how)
    if not isinstance(got, list) or len(got) != len(found):
        return "%.300r are not %d tables" % (got, len(found))
    for i, (table, one) in enumerate(zip(found, got)):
        what = differ(table, one, how)
        if what:
            return "table %d: %s" % (i, what)
    return None


# ---- the answer as plain RESP2 ----


def plain(value):
    """As a client of RESP2 reads it."""
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value.text() if isinstance(value, Real) else value

