"""Conditions for the oracle: holds(row) is the truth. And what lists are made of, in conditions and dimensions alike.

A test on a field of several values holds if any of them does; what is negated (!=, NOT IN, NOT LIKE, NOT BETWEEN) holds
where the row has the field and the test without the negation does not.
"""

from oracle_values import Number, compares, like, numeral, parts


def _number(written):
    return written if written is None or isinstance(written, Number) else Number(written)


# ---- singles: what a list names. holds(value) for a value that is there, None for a field that is not ----


class Value:
    kind = "value"

    def __init__(self, literal, label=None):
        self.literal, self.label = literal, label

    def holds(self, value):
        return value is not None and value == self.literal.text

    def default_label(self):
        return self.literal.text


class Between:
    """A range inside {...}, or behind IN in a condition: [lo,hi], [lo,hi), (lo,hi], [lo,), (,hi]. None: no bound."""

    kind = "range"

    def __init__(self, lo, hi, label=None, has_lo=True, has_hi=True):
        self.lo, self.hi, self.label, self.has_lo, self.has_hi = _number(lo), _number(hi), label, has_lo, has_hi

    def has(self, n):
        if self.lo is not None and (n < self.lo.value or (n == self.lo.value and not self.has_lo)):
            return False
        return self.hi is None or n < self.hi.value or (n == self.hi.value and self.has_hi)

    def holds(self, value):
        n = None if value is None else numeral(value)
        return n is not None and self.has(n)

    def is_empty(self):
        if self.lo is None or self.hi is None:
            return False
        return self.lo.value > self.hi.value or (self.lo.value == self.hi.value and not (self.has_lo and self.has_hi))

    def overlaps(self, other):
        """Whether some number is in both."""
        lo = max((r.lo.value for r in (self, other) if r.lo is not None), default=None)
        hi = min((r.hi.value for r in (self, other) if r.hi is not None), default=None)
        if lo is None or hi is None or lo < hi:
            return True
        return lo == hi and self.has(lo) and other.has(lo)

    def default_label(self):
        lo = b"" if self.lo is None else self.lo.text
        hi = b"" if self.hi is None else self.hi.text
        return (b"[" if self.has_lo else b"(") + lo + b"," + hi + (b"]" if self.has_hi else b")")


class Missing:
    kind = "missing"

    def __init__(self, label=None):
        self.label = label

    def holds(self, value):
        return value is None

    def default_label(self):
        return b"missing"


class Other:
    """In a dimension, whoever asks has tried the other positions first."""

    kind = "other"

    def __init__(self, label=None):
        self.label = label

    def holds(self, value):
        return value is not None

    def default_label(self):
        return b"other"


class List:
    """{item, item, ...}"""

    def __init__(self, *items):
        self.items = items


class Range:
    """[lo,hi]: one position per integer in a dimension, any number between in a condition."""

    def __init__(self, lo, hi):
        self.lo, self.hi = lo, hi


# ---- tests ----


class _Test:
    """A test of one field: some value of it passes, or, negated, there is one and none does."""

    negated = False

    def holds(self, row):
        found = parts(row, self.field)
        passes = any(self.passes(value) for value in found) or (not found and self.passes_missing())
        return bool(found) and not passes if self.negated else passes

    def passes_missing(self):
        return False


class Compare(_Test):
    def __init__(self, field, operator, literal):
        self.field, self.operator, self.literal = field, operator, literal
        self.negated = operator == "!="

    def passes(self, value):
        return compares("=" if self.negated else self.operator, value, self.literal)


class In(_Test):
    """field [NOT] IN a Range, a Between or a List of singles."""

    def __init__(self, field, positions, negated=False):
        self.field, self.positions, self.negated = field, positions, negated
        if isinstance(positions, Range):
            self._singles = (Between(positions.lo, positions.hi),)
        else:
            self._singles = (positions,) if isinstance(positions, Between) else positions.items

    def passes(self, value):
        return any(single.holds(value) for single in self._singles)

    def passes_missing(self):
        return any(single.holds(None) for single in self._singles)


class Like(_Test):
    """field [NOT] LIKE|ILIKE pattern, as it is written between the quotes."""

    def __init__(self, field, pattern, negated=False, folds=False):
        self.field, self.pattern, self.negated, self.folds = field, pattern, negated, folds

    def passes(self, value):
        return like(self.pattern, value, self.folds)


class BetweenTest(_Test):
    """field [NOT] BETWEEN lo AND hi: of one value, >= lo and <= hi."""

    def __init__(self, field, lo, hi, negated=False):
        self.field, self.lo, self.hi, self.negated = field, lo, hi, negated

    def passes(self, value):
        return compares(">=", value, self.lo) and compares("<=", value, self.hi)


class IsMissing:
    def __init__(self, field):
        self.field = field

    def holds(self, row):
        return not parts(row, self.field)


class Exists:
    def __init__(self, field):
        self.field = field

    def holds(self, row):
        return bool(parts(row, self.field))


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


def fields_of(cond):
    """The fields that a condition tests."""
    if cond is None:
        return []
    if isinstance(cond, Not):
        return fields_of(cond.child)
    if isinstance(cond, (And, Or)):
        return [field for child in cond.children for field in fields_of(child)]
    return [cond.field]
