"""A naive reading of the query language: every row held against every condition, one by one.

It shares nothing with the server: it was written from docs/language.md alone, and does the plainest thing
that could be right. Rows are dicts of bytes, as Redis keeps them.

    rows = {b"profile_1": {b"a": b"2", b"b": b"x"}, ...}
    query = Query([Dim(b"a", Range(1, 3))], Compare(b"b", "=", Text(b"x")))
    expected(query, rows)          -> [0, 1, 0]
    write(query, random.Random(1)) -> b"COUNT a in [1,3] from current WHERE b='x'"

How it reads the places where one sentence of the language could be read in two ways:

- A text literal ('7', "x" or a word) compares with `< <= > >=` as bytes with the bytes of any value, a
  number's too: with f = "10", f < '9' holds. A number literal holds for numbers only.
- Equality is that of bytes with the literal's canonical text, so f = 7, f = 7.0 and f = '7' are one test.
- f != v and f NOT IN {...} need the field. f IN {..., missing} holds where it is missing; NOT IN never does. `other`
  in a condition's list is any value the row has.
- A range holds numbers only, decimals too. As a dimension, [1,3] is the three values 1, 2 and 3: 2.5 is in none.
- An open dimension's positions, and the bins of BY, are those that occur in a row that passes WHERE, also when another
  dimension puts that row in no cell. A text is in no bin.
- SUPPRESS BELOW n makes null of 1 to n - 1; a position of an open dimension that no number is left in goes.
- `other` holds a row that has the field and is in no other listed position.
"""

import re
from fractions import Fraction

NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?\Z")


def number(text):
    """The value of a canonical number, exactly; None for text."""
    if not NUMBER.match(text) or text == b"-0":
        return None
    return Fraction(text.decode())


def value_order(text):
    """Sorts values: numbers by size, then text by bytes."""
    n = number(text)
    return (0, n, b"") if n is not None else (1, 0, text)


def canonical(value):
    """An exact decimal as canonical text."""
    value = Fraction(value)
    digits = 0
    scaled = value
    while scaled.denominator != 1:
        scaled *= 10
        digits += 1
    whole = str(abs(scaled.numerator)).rjust(digits + 1, "0")
    if digits:
        whole = whole[:-digits] + "." + whole[-digits:]
    return (("-" if value < 0 else "") + whole).encode()


# ---- literals ----


class Number:
    """A number as it is written in the query: 7, 7.0, -0."""

    def __init__(self, written):
        self.written = written.encode() if isinstance(written, str) else b"%d" % written
        self.value = Fraction(self.written.decode())
        self.text = canonical(self.value)


class Text:
    def __init__(self, text):
        self.text = text


# ---- positions: of dimensions, and behind IN in conditions ----


class Range:
    """[lo,hi]: one position per integer in a dimension, any number between in a condition."""

    def __init__(self, lo, hi):
        self.lo, self.hi = lo, hi


class List:
    """{item, item, ...}"""

    def __init__(self, *items):
        self.items = items


class Value:
    def __init__(self, literal, label=None):
        self.literal, self.label = literal, label

    def holds(self, value):
        return value is not None and value == self.literal.text

    def default_label(self):
        return self.literal.text


class Between:
    """[lo,hi] inside {...}"""

    def __init__(self, lo, hi, label=None):
        self.lo, self.hi, self.label = lo, hi, label

    def holds(self, value):
        n = None if value is None else number(value)
        return n is not None and self.lo.value <= n <= self.hi.value

    def default_label(self):
        return b"[%s,%s]" % (self.lo.text, self.hi.text)


class Missing:
    def __init__(self, label=None):
        self.label = label

    def holds(self, value):
        return value is None

    def default_label(self):
        return b"missing"


class Other:
    """Whoever asks has tried the other items first."""

    def __init__(self, label=None):
        self.label = label

    def holds(self, value):
        return value is not None

    def default_label(self):
        return b"other"


# ---- conditions: holds(row) is the truth ----


class Compare:
    def __init__(self, field, operator, literal):
        self.field, self.operator, self.literal = field, operator, literal

    def holds(self, row):
        value = row.get(self.field)
        if value is None:
            return False
        if self.operator == "=":
            return value == self.literal.text
        if self.operator == "!=":
            return value != self.literal.text
        if isinstance(self.literal, Number):
            value = number(value)
            if value is None:
                return False
            limit = self.literal.value
        else:
            limit = self.literal.text
        if self.operator == "<":
            return value < limit
        if self.operator == "<=":
            return value <= limit
        if self.operator == ">":
            return value > limit
        return value >= limit


class In:
    def __init__(self, field, positions, negated=False):
        self.field, self.positions, self.negated = field, positions, negated

    def _contains(self, value):
        if isinstance(self.positions, Range):
            n = None if value is None else number(value)
            return n is not None and self.positions.lo.value <= n <= self.positions.hi.value
        return any(item.holds(value) for item in self.positions.items)

    def holds(self, row):
        value = row.get(self.field)
        if self.negated:
            return value is not None and not self._contains(value)
        return self._contains(value)


class IsMissing:
    def __init__(self, field):
        self.field = field

    def holds(self, row):
        return self.field not in row


class Exists:
    def __init__(self, field):
        self.field = field

    def holds(self, row):
        return self.field in row


class Not:
    def __init__(self, child):
        self.child = child

    def holds(self, row):
        return not self.child.holds(row)


class And:
    def __init__(self, *children):
        self.children = children

    def holds(self, row):
        return all(child.holds(row) for child in self.children)


class Or:
    def __init__(self, *children):
        self.children = children

    def holds(self, row):
        return any(child.holds(row) for child in self.children)


# ---- dimensions: labels(rows) are the positions, place(value) is the number of one, or None ----


class Dim:
    """field IN positions"""

    is_open = False

    def __init__(self, field, positions, name=None):
        self.field, self.positions, self.name = field, positions, name

    def prepare(self, _rows):
        if isinstance(self.positions, Range):
            integers = range(self.positions.lo, self.positions.hi + 1)
            self.labels = [b"%d" % i for i in integers]
            self._items = [Value(Text(label)) for label in self.labels]
        else:
            self._items = list(self.positions.items)
            self.labels = [
                item.default_label() if item.label is None else item.label for item in self._items
            ]

    def place(self, value):
        other = None
        for i, item in enumerate(self._items):
            if isinstance(item, Other):
                other = i
            elif item.holds(value):
                return i
        return other if value is not None else None


class OpenDim:
    """field, nothing more: the values that occur"""

    is_open = True

    def __init__(self, field, name=None):
        self.field, self.name = field, name

    def prepare(self, rows):
        self.labels = sorted({row[self.field] for row in rows if self.field in row}, key=value_order)
        self._place = {label: i for i, label in enumerate(self.labels)}

    def place(self, value):
        return self._place.get(value)


class WidthDim:
    """field BY width: the bins that occur"""

    is_open = True

    def __init__(self, field, width, name=None):
        self.field, self.width, self.name = field, width, name

    def _bin(self, value):
        n = None if value is None else number(value)
        return None if n is None else n // self.width.value

    def prepare(self, rows):
        bins = {self._bin(row.get(self.field)) for row in rows} - {None}
        bins = sorted(bins)
        self.labels = [
            b"[%s,%s)" % (canonical(k * self.width.value), canonical((k + 1) * self.width.value))
            for k in bins
        ]
        self._place = {k: i for i, k in enumerate(bins)}

    def place(self, value):
        return self._place.get(self._bin(value))


# ---- queries ----


class Query:
    def __init__(self, dims=(), where=None, format=None, nocache=False, timeout=None, suppress=None):
        self.dims, self.where, self.format = list(dims), where, format
        self.nocache, self.timeout, self.suppress = nocache, timeout, suppress

    def answers_rows(self):
        if self.format:
            return self.format == "rows"
        return any(dim.is_open for dim in self.dims)


def count(query, rows):
    """The non-zero cells: {(position, ...): count}. Afterwards dims have their labels."""
    kept = [row for row in rows.values() if query.where is None or query.where.holds(row)]
    for dim in query.dims:
        dim.prepare(kept)
    cells = {}
    for row in kept:
        cell = tuple(dim.place(row.get(dim.field)) for dim in query.dims)
        if None not in cell:
            cells[cell] = cells.get(cell, 0) + 1
    return cells


def _nested(dims, cells, cell):
    if len(cell) == len(dims):
        return cells.get(cell, 0)
    return [_nested(dims, cells, cell + (i,)) for i in range(len(dims[len(cell)].labels))]


def _told(dims, cells):
    """Without the positions of open dimensions that no cell tells of: (the cells, their dims changed)."""
    for d in reversed(range(len(dims))):
        if not dims[d].is_open:
            continue
        kept = sorted({cell[d] for cell, n in cells.items() if n is not None})
        dims[d].labels = [dims[d].labels[i] for i in kept]
        cells = {cell[:d] + (kept.index(cell[d]),) + cell[d + 1:]: n for cell, n in cells.items() if cell[d] in kept}
    return cells


def expected(query, rows):
    """The answer as a client reads it."""
    cells = count(query, rows)
    if query.suppress is not None:
        cells = {cell: n if n >= query.suppress else None for cell, n in cells.items()}
        if query.suppress > 1:
            cells = _told(query.dims, cells)
    if query.answers_rows():
        return [
            [dim.labels[i] for dim, i in zip(query.dims, cell)] + [cells[cell]]
            for cell in sorted(cells)
        ]
    return _nested(query.dims, cells, ())


BIN_DIGITS_MOST = 37


def may_refuse_bins(query, rows):
    """Whether BY meets a number that, written as a whole number of its or the width's last digit, is too long for
    the server's exact arithmetic. It answers LIMIT then."""
    for dim in query.dims:
        if not isinstance(dim, WidthDim):
            continue
        for row in rows.values():
            value = row.get(dim.field)
            if value is None or number(value) is None:
                continue
            texts = (value, dim.width.text)
            scale = max(len(text.partition(b".")[2]) for text in texts)
            if any(abs(number(text)) * 10**scale >= 10**BIN_DIGITS_MOST for text in texts):
                return True
    return False


# ---- queries as text, each time in another way ----

WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_.:-]*\Z")
KEYWORDS = frozenset(
    b"count from where by in as and or not is exists missing other sum avg min max distinct explain profile having "
    b"order asc desc limit offset totals percent of row column total weight suppress below test chi2 into ex "
    b"format nested rows map table json csv timeout nocache".split()
)


class Writer:
    """Writes a query; rng picks between the ways to write the same."""

    def __init__(self, rng):
        self.rng = rng

    def keyword(self, word):
        pick = self.rng.randrange(3)
        return (word, word.upper(), word.capitalize())[pick].encode()

    def space(self):
        """Where none is needed."""
        return self.rng.choice((b"", b"", b" ", b" ", b"  ", b"\n", b"\t"))

    def gap(self):
        """Where some is."""
        return self.rng.choice((b" ", b" ", b" ", b"  ", b"\n", b"\r\n\t"))

    def quoted(self, text, quote):
        out = []
        for byte in text:
            byte = bytes((byte,))
            if byte == b"\\":
                out.append(b"\\\\")
            elif byte == quote:
                out.append(self.rng.choice((quote + quote, b"\\" + quote)))
            else:
                out.append(byte)
        return quote + b"".join(out) + quote

    def name(self, name):
        if WORD.match(name) and name.lower() not in KEYWORDS and self.rng.random() < 0.8:
            return name
        return b"`" + name.replace(b"`", b"``") + b"`"

    def literal(self, literal):
        if isinstance(literal, Number):
            return literal.written
        text = literal.text
        if WORD.match(text) and text.lower() not in KEYWORDS and self.rng.random() < 0.5:
            return text
        return self.quoted(text, self.rng.choice((b"'", b'"')))

    def label(self, item):
        if item.label is None:
            return b""
        return b" " + self.keyword("as") + b" " + self.literal(Text(item.label))

    def item(self, item):
        if isinstance(item, Value):
            text = self.literal(item.literal)
        elif isinstance(item, Between):
            text = self.bracket(self.literal(item.lo), self.literal(item.hi))
        elif isinstance(item, Missing):
            text = self.keyword("missing")
        else:
            text = self.keyword("other")
        return text + self.label(item)

    def bracket(self, lo, hi):
        s = self.space
        return b"[" + s() + lo + s() + b"," + s() + hi + s() + b"]"

    def positions(self, positions):
        if isinstance(positions, Range):
            lo, hi = positions.lo, positions.hi
            lo = lo.written if isinstance(lo, Number) else b"%d" % lo
            hi = hi.written if isinstance(hi, Number) else b"%d" % hi
            return self.bracket(lo, hi)
        items = (self.space() + b"," + self.space()).join(self.item(i) for i in positions.items)
        return b"{" + self.space() + items + self.space() + b"}"

    def dim(self, dim):
        text = self.name(dim.field)
        if isinstance(dim, Dim):
            text += self.gap() + self.keyword("in") + self.space() + self.positions(dim.positions)
        elif isinstance(dim, WidthDim):
            text += self.gap() + self.keyword("by") + self.gap() + dim.width.written
        if dim.name is not None:
            text += self.gap() + self.keyword("as") + self.gap() + self.name(dim.name)
        return text

    # How tightly a condition binds: a looser one inside a tighter one needs parentheses.
    TIGHTNESS = {Or: 1, And: 2}

    def cond(self, cond, around=0):
        tightness = self.TIGHTNESS.get(type(cond), 3)
        if isinstance(cond, (And, Or)):
            children = list(cond.children)
            self.rng.shuffle(children)
            text = self.cond(children[0], tightness + 1)
            for child in children[1:]:
                text += self.connective(cond) + self.cond(child, tightness + 1)
        elif isinstance(cond, Not):
            text = self.rng.choice((b"!" + self.space(), self.keyword("not") + self.gap()))
            text += self.cond(cond.child, 3)
        else:
            text = self.test(cond)
        while tightness < around or self.rng.random() < 0.15:
            text = b"(" + self.space() + text + self.space() + b")"
            tightness = 3
        return text

    def connective(self, cond):
        sign = b"||" if isinstance(cond, Or) else b"&&"
        word = self.keyword("or" if isinstance(cond, Or) else "and")
        if self.rng.random() < 0.5:
            return self.space() + sign + self.space()
        return self.gap() + word + self.gap()

    def test(self, test):
        name = self.name(test.field)
        if isinstance(test, Compare):
            same = {"=": (b"=", b"=="), "!=": (b"!=", b"<>")}
            operator = self.rng.choice(same.get(test.operator, (test.operator.encode(),)))
            # `a<-1` is fine, but a word ends in - . or : only at white space
            return name + self.space() + operator + self.space() + self.literal(test.literal)
        if isinstance(test, In):
            negated = self.keyword("not") + self.gap() if test.negated else b""
            return (
                name + self.gap() + negated + self.keyword("in") + self.space()
                + self.positions(test.positions)
            )
        if isinstance(test, IsMissing):
            return name + self.gap() + self.keyword("is") + self.gap() + self.keyword("missing")
        if self.rng.random() < 0.5:
            return name + self.gap() + self.keyword("exists")
        words = [self.keyword(word) for word in ("is", "not", "missing")]
        return name + self.gap() + self.gap().join(words)

    def query(self, query, dataset=b"current"):
        text = self.keyword("count")
        if query.dims:
            comma = self.space() + b"," + self.space()
            text += b" " + comma.join(self.dim(dim) for dim in query.dims)
        text += self.gap() + self.keyword("from") + self.gap() + dataset
        if query.where is not None:
            text += self.gap() + self.keyword("where") + self.gap() + self.cond(query.where)
        options = []
        if query.format:
            options.append(self.keyword("format") + self.gap() + self.keyword(query.format))
        if query.nocache:
            options.append(self.keyword("nocache"))
        if query.timeout:
            options.append(self.keyword("timeout") + self.gap() + b"%d" % query.timeout)
        if query.suppress is not None:
            options.append(self.keyword("suppress") + self.gap() + self.keyword("below") + b" %d" % query.suppress)
        self.rng.shuffle(options)
        for option in options:
            text += self.gap() + option
        return text


def write(query, rng):
    return Writer(rng).query(query)
