"""The formats for people, table and markdown, held against the oracle's answer: each number, letter and note, in its place among the others.

    sheets_differ(tables, b"sex     count\\n-------------\\nfemale      3\\nbase 3\\n", "table")    -> None, or in words what is wrong

Of a table's text only numbers, letters and notes are read: how it is drawn is for the golden files. A row's numbers are its last words,
and a wide table is in blocks of columns. How many columns a block has is found by trying, since a label may look like a number.

What SUPPRESS hides the oracle does not know: `told` is what `json` says of the same query, and the sheets must say the same.
"""

import itertools
import math
import re
from fractions import Fraction

from oracle_measures import Real
from oracle_warnings import Expected, of_weights

FIRST_RULE = re.compile(r"[-+]+\Z")  # below the names
RULE = re.compile(r" *[-+]{3,}\Z")  # between rows: a dash alone is a number that is not there
LETTER = re.compile(r"[A-Z]{1,2}\Z")  # of TEST COLUMNS, behind a number
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?\Z")
HIDDEN = object()
VALUE, PERCENT, RESIDUAL = "value", "percent", "residual"


class Sheet:
    """What stands in a sheet's columns: rows of [(value, kind, letters), ...]"""

    def __init__(self, rows, ncolumns):
        self.rows, self.ncolumns = rows, ncolumns

    def is_empty(self):
        return not self.rows or self.ncolumns == 0


class Page:
    """Sheets one below the other, and the notes that follow: (text with {} for numbers, the numbers)"""

    def __init__(self, sheets, notes):
        self.sheets, self.notes = sheets, notes


# ---- what must be there ----


class Content:
    """The numbers of a table, as the oracle or (of an answer that hides some) as json has them."""

    def __init__(self, table, told=None):
        self.table, self.query, self.told = table, table.query, told
        self.tests = [] if told else table.tests()
        self.is_flat = self.query.is_listed() or len(table.dims) < 2
        if told:
            self.lengths = [len(dim["positions"]) for dim in told["dims"]]
            self.hidden = {tuple(map(int, cell)) for cell in told["hidden"]}
            excluded = told["excluded"]
            self.base, self.in_no_position, self.without_weight = (HIDDEN if n is None else int(n) for n in (told["base"], excluded["position"], excluded["weight"]))
        else:
            self.lengths = [len(table.indexes(d)) for d in range(len(table.dims))]
            self.base, self.in_no_position, self.without_weight = table.base, table.nexcluded_position, table.nexcluded_weight

    def rows(self):
        """[(cell, numbers), ...]"""
        if not self.told:
            cells = self.table.listed() if self.query.is_listed() else self.table.all_cells()
            return [(cell, self.table.leaf_parts(cell)) for cell in cells]
        if self.told["rows"] is not None:
            return [(tuple(map(int, row[:-1])), self._told_numbers(tuple(map(int, row[:-1])), row[-1])) for row in self.told["rows"]]
        found = []
        for cell in itertools.product(*map(range, self.lengths)):
            leaf = self.told["cells"]
            for i in cell:
                leaf = leaf[i]
            found.append((cell, self._told_numbers(cell, leaf)))
        return found

    def _told_numbers(self, cell, leaf):
        parts = leaf if isinstance(leaf, list) else [leaf]
        if cell in self.hidden:
            return [HIDDEN] * len(parts)
        return [None if part is None else Real(Fraction(part)) if re.search("[.e]", part) else int(part) for part in parts]

    def kinds(self):
        """Of a leaf's numbers."""
        n = len(self.table.leaf_names())
        nmeasures = len(self.query.measures)
        return [PERCENT if self.query.percent and not (k == nmeasures and self.query.with_count) else VALUE for k in range(n)]

    def letters_leaf(self):
        """The first number that is a count or its share; where there is none, the first."""
        kinds = [measure.kind for measure in self.query.measures] + ["count"] * self.query.with_count
        return kinds.index("count") if "count" in kinds else 0

    def has_counts(self):
        return self.query.with_count or any(measure.kind == "count" for measure in self.query.measures)

    # ---- sheets ----

    def nlayers(self):
        """Dimensions with sheets of their own: those before the last three, and where there are tests before the last two."""
        return 0 if self.is_flat else max(0, len(self.lengths) - (2 if self.tests else 3))

    def sheets(self):
        rows, kinds = self.rows(), self.kinds()
        leaves = [[(value, kind, "") for value, kind in zip(numbers, kinds)] for _, numbers in rows]
        if self.is_flat:
            return [Sheet(leaves, len(kinds))]
        nlayers = self.nlayers()
        nsheets, nrows, nacross = math.prod(self.lengths[:nlayers]), math.prod(self.lengths[nlayers:-1]), self.lengths[-1]
        joined = [[one for leaf in leaves[i * nacross : (i + 1) * nacross] for one in leaf] for i in range(nsheets * nrows)]
        found = [Sheet(joined[i * nrows : (i + 1) * nrows], nacross * len(kinds)) for i in range(nsheets)]
        return found or [Sheet([], 0)]

    def test_of(self, number):
        """The test of sheet `number`; None: it is a total's, or there is none."""
        if not self.tests or self.is_flat:
            return None
        layer = []
        for length in reversed(self.lengths[:-2]):
            number, i = divmod(number, length)
            layer.insert(0, i)
        return next((test for test in self.tests if test["layer"] == layer), None)

    def put_letters(self, sheet, test):
        nleaves = len(self.kinds())
        for row, letters in zip(sheet.rows, test["letters"]):
            for j, text in enumerate(letters):
                at = j * nleaves + self.letters_leaf()
                row[at] = row[at][:2] + (text,)

    # ---- notes ----

    def notes(self):
        found = [self.base_note()]
        if self.query.is_listed():
            found += [("a list of rows has no room for tests: json and map have them", [])] if self.tests else []
        elif any(test["letters"] for test in self.tests) and not self.has_counts():
            found.append(("letters compare the columns' counts, not the numbers they stand at", []))
        found += [(line, []) for line in of_weights(self.query, self.tests)]
        overlapping = [dim.shown_name.decode() for dim in self.table.dims if dim.overlaps(self.table.dataset)]
        if overlapping:
            found.append(("overlaps: %s (a row may be in several positions)" % ", ".join(overlapping), []))
        return found

    def base_note(self):
        text, numbers = "base {}", [self.base]
        for n, where in ((self.in_no_position, "in no position"), (self.without_weight, "without a weight")):
            if n != 0:
                text += ", {} " + where
                numbers.append(n)
        return text, numbers

    def pages(self):
        found, sheets = [], self.sheets()
        for number, sheet in enumerate(sheets):
            test, page = self.test_of(number), Page([sheet], [])
            if test and test["letters"]:
                self.put_letters(sheet, test)
            if test and test["residuals"]:
                rows = [[(value, RESIDUAL, "") for value in row] for row in test["residuals"]]
                page.sheets.append(Sheet(rows, len(rows[0])))
            page.notes += _chi2_notes(test["chi2"]) if test and test["chi2"] else []
            page.notes += self.notes() if number + 1 == len(sheets) else []
            found.append(page)
        return found


def _chi2_notes(chi2):
    low = chi2["low_expected"]
    text, numbers = "chi2 {}, df {}, p {}, V {}", [chi2["statistic"], chi2["df"], chi2["p"], chi2["v"]]
    if low.value > 0:
        text, numbers = text + ", {}% of expected counts under 5", numbers + [Real(Fraction(round(1000 * low.value), 10), tolerance=1e-9)]
    found = [(text, numbers)]
    if chi2["yates"]:
        found.append(("Yates chi2 {}, p {}", [chi2["yates"]["statistic"], chi2["yates"]["p"]]))
    if chi2["fisher"]:
        odds = chi2["fisher"]["odds_ratio"]
        is_infinite = math.isinf(odds.value)
        found.append(("Fisher p {}, odds ratio {}" + " (infinite: a count is 0)" * is_infinite, [chi2["fisher"]["p"], None if is_infinite else odds]))
    return found


# ---- one number ----


def _is_shown(want, kind, text):
    if want is None or want is HIDDEN:
        return text == ("-" if want is None else "*")
    value = want if isinstance(want, int) else want.value
    if text == ".":
        return kind != RESIDUAL and abs(value) <= getattr(want, "tolerance", 0)
    if not NUMBER.match(text):
        return False
    if isinstance(want, int) and kind == VALUE:
        return text == str(want)
    return math.isclose(float(text), float(value), rel_tol=1e-5, abs_tol={VALUE: getattr(want, "tolerance", 0), PERCENT: 0.0501, RESIDUAL: 0.00501}[kind])


def _row_is(wanted, texts):
    """texts: each with its letters"""
    return len(wanted) == len(texts) and all(_is_shown(value, kind, text) and letters == behind for (value, kind, letters), (text, behind) in zip(wanted, texts))


def _last_numbers(words, n):
    """The last n numbers of a line, each with the letters behind it; fewer where there are fewer."""
    found, letters = [], []
    for word in reversed(words):
        if len(found) == n:
            break
        if LETTER.match(word):
            letters.insert(0, word)
            continue
        found.insert(0, (word, " ".join(letters)))
        letters = []
    return found


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


def _blocks_end(sheet, lines, at, first=0):
    """The lines behind the sheet's blocks from column `first` on, each that there may be."""
    if first == sheet.ncolumns:
        yield at
        return
    found = _block(lines, at, len(sheet.rows))
    if found is None:
        return
    texts, behind = found
    for n in range(sheet.ncolumns - first, 0, -1):
        if all(_row_is(wanted[first : first + n], _last_numbers(words, n)) for wanted, words in zip(sheet.rows, texts)):
            yield from _blocks_end(sheet, lines, behind, first + n)


# ---- markdown ----


def _pipe_end(sheet, lines, at):
    while at < len(lines) and not re.match(r"\|( :-- \|)*( --: \|)+\Z", lines[at]):
        at += 1
    rows = lines[at + 1 : at + 1 + len(sheet.rows)]
    for wanted, line in zip(sheet.rows, rows):
        cells = re.findall(r" ((?:\\.|[^\\|])*) \|", line)
        texts = [re.sub(r"\\(.)", r"\1", cell.replace("**", "")).partition(" ") for cell in cells[-sheet.ncolumns :]]
        if not _row_is(wanted, [(number, letters) for number, _, letters in texts]):
            return
    if len(rows) == len(sheet.rows):
        yield at + 1 + len(rows)


# ---- both ----


def _ends(sheets, lines, at, form):
    """The lines behind these sheets, each that there may be."""
    if not sheets:
        yield at
        return
    if sheets[0].is_empty():
        ends = itertools.islice((i + 1 for i in range(at, len(lines)) if lines[i] == "nothing found"), 1)
    else:
        ends = (_blocks_end if form == "table" else _pipe_end)(sheets[0], lines, at)
    for end in ends:
        yield from _ends(sheets[1:], lines, end, form)


def _notes_at(lines, at, form):
    """The notes that begin there, and the line behind them."""
    if form == "markdown" and lines[at : at + 1] == [""] and lines[at + 1 : at + 2] and lines[at + 1].startswith("- "):
        at += 1
    found = []
    while at < len(lines) and lines[at]:
        line = lines[at]
        if form == "markdown":
            line = re.sub(r"\\(.)", r"\1", line[2:]).replace("&lt;", "<").replace("&amp;", "&")
        found.append(line)
        at += 1
    return found, at


def _note_is(want, line):
    text, numbers = want
    match = re.fullmatch("(.+?)".join(map(re.escape, text.split("{}"))), line)
    return match is not None and all(_is_shown(number, VALUE, found) for number, found in zip(numbers, match.groups()))


def _page_end(page, lines, at, form, has_warnings):
    """The line behind a page, and the warnings in it; in place of it None, or which notes are wrong."""
    wrong = None
    for behind in _ends(page.sheets, lines, at, form):
        notes, end = _notes_at(lines, behind, form)
        warnings = [line for line in notes if line.startswith("warning: ")] if has_warnings else []
        notes = notes[: len(notes) - len(warnings)]
        if len(notes) == len(page.notes) and all(map(_note_is, page.notes, notes)):
            return end, [line[len("warning: ") :] for line in warnings]
        wrong = wrong or "notes %r in place of %r" % (notes, page.notes)
    return None, wrong


def sheets_differ(found, reply, form, told=None):
    lines, at = reply.decode("utf-8", "replace").split("\n"), 0
    for i, table in enumerate(found):
        pages = Content(table, told[i] if told else None).pages()
        for number, page in enumerate(pages):
            is_last = i + 1 == len(found) and number + 1 == len(pages)
            end, said = _page_end(page, lines, at, form, is_last)
            if end is None:
                wanted = [[repr(one[0]) for one in row] for sheet in page.sheets for row in sheet.rows]
                return said or "no sheet %d with the numbers %.500s behind line %d" % (number, wanted, at)
            at = end
            if is_last and table.query.warns:
                return Expected(table.query, table.dataset).differs(said)
    return None
