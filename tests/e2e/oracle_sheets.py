"""The formats for people, table and markdown, held against the oracle's answer: each number, in its place among the others.

    sheets_differ(tables, b"sex     count\\n-------------\\nfemale      3\\n...", "table")    -> None, or in words what is wrong

Of a table's text only the numbers are read: how it is drawn is for the golden files. A row's numbers are its last words, and a wide
table is in blocks of columns. How many columns a block has is found by trying, since a label may look like a number.
"""

import math
import re

FIRST_RULE = re.compile(r"[-+]+\Z")  # below the names
RULE = re.compile(r" *[-+]{3,}\Z")  # between rows: a dash alone is a number that is not there
LETTERS = re.compile(r"(?<=[0-9])( [A-Z]{1,2})+(?= |$)")  # of TEST COLUMNS, behind a number
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\Z")


class Sheet:
    """The numbers that a sheet must have: rows of [(value, is_percent), ...]"""

    def __init__(self, rows, ncolumns):
        self.rows, self.ncolumns = rows, ncolumns

    def is_empty(self):
        return not self.rows or self.ncolumns == 0


def _leaves(table, cell):
    found = table.leaf_parts(cell)
    nmeasures = len(table.query.measures)
    is_count = [i == nmeasures and table.query.with_count for i in range(len(found))]
    return [(value, bool(table.query.percent) and not count) for value, count in zip(found, is_count)]


def _sheets(table):
    """One for each position of the dimensions before the last three."""
    query, ndims = table.query, len(table.dims)
    if query.is_listed() or ndims < 2:
        cells = table.listed() if query.is_listed() else list(table.all_cells())
        return [Sheet([_leaves(table, cell) for cell in cells], len(table.leaf_names()))]
    nacross = len(table.indexes(ndims - 1))
    nrows = math.prod(len(table.indexes(d)) for d in range(max(0, ndims - 3), ndims - 1))
    nsheets = math.prod(len(table.indexes(d)) for d in range(max(0, ndims - 3)))
    leaves = [leaf for cell in table.all_cells() for leaf in _leaves(table, cell)]
    ncolumns = nacross * len(table.leaf_names())
    rows = [leaves[i * ncolumns : (i + 1) * ncolumns] for i in range(nsheets * nrows)]
    found = [Sheet(rows[i * nrows : (i + 1) * nrows], ncolumns) for i in range(nsheets)]
    return found or [Sheet([], 0)]


# ---- one number ----


def _is_shown(want, is_percent, text):
    if want is None:
        return text == "-"
    value = want if isinstance(want, int) else want.value
    if text == ".":
        return abs(value) <= getattr(want, "tolerance", 0)
    if not NUMBER.match(text):
        return False
    if isinstance(want, int) and not is_percent:
        return text == str(want)
    return math.isclose(float(text), float(value), rel_tol=1e-5, abs_tol=0.0501 if is_percent else 0)


def _row_is(wanted, texts):
    return len(wanted) == len(texts) and all(_is_shown(*want, text) for want, text in zip(wanted, texts))


# ---- table ----


def _block(lines, at, nrows):
    """The words of the next block's rows, and the line behind it; None: there is none."""
    while at < len(lines) and not FIRST_RULE.match(lines[at]):
        at += 1
    rows = []
    at += 1
    while at < len(lines) and len(rows) < nrows:
        if not RULE.match(lines[at]):
            rows.append(re.sub(r" \| ", "   ", lines[at]).split())
        at += 1
    return (rows, at) if len(rows) == nrows else None


def _blocks_end(sheet, lines, at, first):
    """The lines behind the sheet's blocks from column `first` on, each that there may be."""
    if first == sheet.ncolumns:
        yield at
        return
    found = _block(lines, at, len(sheet.rows))
    if found is None:
        return
    texts, behind = found
    for n in range(sheet.ncolumns - first, 0, -1):
        if all(_row_is(wanted[first : first + n], words[-n:]) for wanted, words in zip(sheet.rows, texts)):
            yield from _blocks_end(sheet, lines, behind, first + n)


def _table_end(sheet, lines, at):
    if sheet.is_empty():
        ends = (i + 1 for i in range(at, len(lines)) if lines[i] == "nothing found")
        return next(ends, None)
    return next(_blocks_end(sheet, lines, at, 0), None)


# ---- markdown ----


def _markdown_end(sheet, lines, at):
    if sheet.is_empty():
        return _table_end(sheet, lines, at)
    while at < len(lines) and not re.match(r"\|( :-- \|)*( --: \|)+\Z", lines[at]):
        at += 1
    rows = lines[at + 1 : at + 1 + len(sheet.rows)]
    for wanted, line in zip(sheet.rows, rows):
        cells = re.findall(r" ((?:\\.|[^\\|])*) \|", line)
        if not _row_is(wanted, [re.sub(r"\*\*|\\", "", cell) for cell in cells[-sheet.ncolumns :]]):
            return None
    return at + 1 + len(rows) if len(rows) == len(sheet.rows) else None


def sheets_differ(found, reply, form):
    lines, at = reply.decode("utf-8", "replace").split("\n"), 0
    for table in found:
        lines = [re.sub(LETTERS, "", line) for line in lines] if table.query.columns else lines
        for number, sheet in enumerate(_sheets(table)):
            end = (_table_end if form == "table" else _markdown_end)(sheet, lines, at)
            if end is None:
                wanted = [[repr(value) for value, _ in row] for row in sheet.rows]
                return "no sheet %d with the numbers %.500s behind line %d" % (number, wanted, at)
            at = end
    return None
