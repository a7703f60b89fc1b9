"""A reply to a query held against the oracle's answer: by every format, in both protocols.

    differs(read_query("count sex from current"), dataset, [[b"female", 3]])    -> None, or in words what is not as it should be
"""

import json
import random

from oracle_answer import into_fields, tables
from oracle_counts import hidden_counts
from oracle_formats import (
    JSON, RESP2, RESP3, csv_differs, csv_leaf, csv_records, csv_value_differs, format_of, loads, members_differ, rows_of, several_differ, value_differs
)
from oracle_places import OpenDim
from oracle_query import as_dataset
from oracle_rows import rows_differ
from oracle_secrets import hidden_differs
from oracle_sheets import sheets_differ
from oracle_writer import write


def _is_string(reply, resp3):
    return isinstance(reply, bytes) and (type(reply).__name__ == "Verbatim") == resp3


def asker(client):
    """What `differs` asks a server about its answer."""
    return lambda query: client.call("QUERY", write(query, random.Random(1)))


def differs(query, rows, reply, resp3=False, ask=None):
    """ask: what the same server answers to another query, by the same protocol. It is needed where small counts are hidden."""
    dataset = as_dataset(rows)
    if query.statement == "rows":
        return rows_differ(query, dataset, reply, resp3)
    if query.statement == "values":
        query = _values_as_count(query)
    found = tables(query, dataset)
    how, form = RESP3 if resp3 else RESP2, format_of(query)
    if query.into is not None:
        return value_differs(len(into_fields(found)), reply, how)
    if form in ("json", "csv", "table", "markdown") and not _is_string(reply, resp3):
        return "%.200r is not the string of %s" % (reply, form)
    if query.suppress is not None and query.suppress > 1:
        if form in ("nested", "rows") and _tells_nothing_else(query, dataset):
            return value_differs(hidden_counts(query, dataset), reply, how)
        return hidden_differs(found, reply, how, form, ask)
    if form == "nested":
        return several_differ(found, reply, how, lambda table, got, how: value_differs(table.nested(table.leaf), got, how))
    if form == "rows":
        return several_differ(found, reply, how, lambda table, got, how: value_differs(rows_of(table), got, how))
    if form == "map":
        return several_differ(found, reply, how, members_differ)
    if form == "csv":
        return csv_differs(found, reply)
    if form == "json":
        try:
            return several_differ(found, loads(reply), JSON, members_differ)
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            return "no json: %s: %.300r" % (error, reply)
    return sheets_differ(found, reply, form)


def into_differs(query, rows, pairs):
    """The hash that INTO makes: {a cell's labels as a record of csv: its leaf as one}."""
    cells = into_fields(tables(query, rows))
    if len(cells) != len(pairs):
        return "%d cells in place of %d" % (len(pairs), len(cells))
    for field, value in pairs.items():
        labels, leaf = (record[0] if record else [] for record in (csv_records(text + b"\r\n") for text in (field, value)))
        found = cells.get(tuple(labels)) or cells.get((b"",) if not labels else None)
        if found is None:
            return "%r is no cell" % labels
        table, cell = found
        want, leaf = csv_leaf(table.leaf(cell)), leaf or [b""]
        wrong = next((what for what in map(csv_value_differs, want, leaf) if what), None)
        if wrong or len(want) != len(leaf):
            return "%r: %r: %s" % (labels, leaf, wrong)
    return None


def _tells_nothing_else(query, dataset):
    """Whether a hidden count cannot be worked out of the others, whatever they are."""
    is_exclusive = not any(dim.overlaps(dataset) for dim in query.dims)
    return is_exclusive and query.is_plain_count() and len(query.tables) == 1 and not query.totals and not query.is_listed()


def _values_as_count(query):
    """VALUES field is what an open dimension tells."""
    same = type(query)([OpenDim(query.fields[0])], query.where, query.format or "rows", query.nocache, query.timeout, query.suppress)
    same.dataset, same.into = query.dataset, query.into
    return same
