"""What ROWS answers: rows by their names, with what they have, held against a reply by every format.

    rows_differ(read_query("rows sex from current order by age limit 10"), dataset, reply)      -> None, or what is wrong

The order is by value (numbers, then text; whichever way, a row without the field is last), then by name in byte order.
"""

import json

from oracle_formats import JSON, RESP2, csv_records, loads, value_differs
from oracle_values import shown, value_order


def as_bytes(key):
    return key.encode() if isinstance(key, str) else key


def listed(query, dataset):
    """[(name, row), ...] of the answer."""
    found = [(as_bytes(key), row) for key, row in dataset.rows.items() if query.where is None or query.where.holds(row)]
    found.sort(key=lambda item: item[0])
    if query.order:
        field = query.order[0].by
        there = [item for item in found if field in item[1]]
        values = sorted({value_order(shown(row[field])) for _, row in there}, reverse=query.order[0].descending)
        place = {value: i for i, value in enumerate(values)}
        there.sort(key=lambda item: place[value_order(shown(item[1][field]))])
        found = there + [item for item in found if field not in item[1]]
    found = found[query.offset or 0 :]
    return found if query.limit is None else found[: query.limit]


def _columns(query, found):
    return query.fields or sorted({field for _, row in found for field in row})


def _rows(query, found):
    if query.fields:
        return [[name] + [row.get(field) for field in query.fields] for name, row in found]
    return [[name] + [part for field in sorted(row) for part in (field, row[field])] for name, row in found]


def _csv_differs(fields, found, reply):
    want = [[b"row"] + fields] + [[name] + [row.get(field, b"") for field in fields] for name, row in found]
    try:
        got = csv_records(reply)
    except ValueError as error:
        return "no csv: %s: %.300r" % (error, reply)
    return value_differs(want, got, RESP2)


def _json_differs(query, fields, found, reply):
    want = {"dataset": query.dataset, "fields": fields, "rows": [[name] + [row.get(field) for field in fields] for name, row in found]}
    try:
        return value_differs(want, loads(reply), JSON)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        return "no json: %s: %.300r" % (error, reply)


def _table_differs(fields, found, reply):
    """As far as names and small values go; its looks are shown in tests/queries/rows.test."""
    lines = [line for line in reply.decode().split("\n") if not line.startswith("warning: ")]
    if len(lines) != len(found) + 3 or lines[-1] or not lines[0].startswith("row"):
        return "%d lines for %d rows: %.300r" % (len(lines), len(found), reply)
    for line, (name, _) in zip(lines[2:], found):
        if line.split(" ")[0] != name.decode():
            return "%r is not the line of %r" % (line, name)
    return None


def rows_differ(query, dataset, reply, resp3):
    found = listed(query, dataset)
    form = query.format or "rows"
    if form == "rows":
        return value_differs(_rows(query, found), reply, RESP2)
    if not isinstance(reply, bytes) or (type(reply).__name__ == "Verbatim") != resp3:
        return "%.200r is not the string of %s" % (reply, form)
    fields = _columns(query, found)
    if form == "csv":
        return _csv_differs(fields, found, reply)
    return _json_differs(query, fields, found, reply) if form == "json" else _table_differs(fields, found, reply)
