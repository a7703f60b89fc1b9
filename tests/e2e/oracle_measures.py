"""Measures for the oracle: what is told of a cell's rows. Exact until it is shown.

    value = measure_of(Measure("avg", b"age"), rows, None)   -> Real(Fraction(61, 3))     None where no row has a number
    value.text()                                              -> b"20.333333333333332"     RESP2, json, csv
    value.double()                                            -> 20.333333333333332        RESP3
"""

import math
from fractions import Fraction

from oracle_places import QueryError
from oracle_values import canonical, numeral, parts


class Real:
    """A number that is no count: shown as the nearest double's shortest text, or with all its digits.

    tolerance: how far what a server shows may be off, as a share of it. 0: not at all."""

    def __init__(self, value, has_all_digits=False, tolerance=0.0):
        self.value, self.has_all_digits, self.tolerance = value, has_all_digits, tolerance

    def double(self):
        return float(self.value)

    def is_double(self):
        """Whether a double holds it exactly."""
        return not self.has_all_digits or Fraction(self.double()) == self.value

    def text(self):
        if self.has_all_digits:
            return canonical(self.value)
        double = self.double()
        if math.isinf(double):
            return b"inf"
        return canonical(Fraction(repr(double))) if 1e-5 <= abs(double) < 1e21 or not double else repr(double).encode()

    def __eq__(self, other):
        other = other.value if isinstance(other, Real) else other
        if not isinstance(other, (int, float, Fraction)):
            return NotImplemented
        if self.tolerance:
            return math.isclose(self.double(), float(other), rel_tol=self.tolerance, abs_tol=self.tolerance)
        return self.value == other or (not self.has_all_digits and self.double() == float(other))

    __hash__ = None

    def __repr__(self):
        return "%s" % (self.text().decode() if self.has_all_digits else self.double())


def weight_of(row, field):
    """A number above 0, or None."""
    found = [numeral(value) for value in parts(row, field)]
    return found[0] if len(found) == 1 and found[0] is not None and found[0] > 0 else None


def quantile(numbers, p):
    """R's type 7, between the two neighbours. numbers are sorted."""
    h = (len(numbers) - 1) * Fraction(p)
    below = h.__floor__()
    above = min(below + 1, len(numbers) - 1)
    return numbers[below] + (h - below) * (numbers[above] - numbers[below])


def amount_of(measure, rows, weight):
    """COUNT or SUM as a Fraction; None: no row has a number."""
    if measure.kind == "count":
        return Fraction(len(rows)) if weight is None else sum((weight_of(row, weight) for row in rows), Fraction(0))
    pairs = _pairs(measure, rows, weight)
    return sum((w * x for x, w in pairs), Fraction(0)) if pairs else None


def _pairs(measure, rows, weight):
    """(number, weight) of each row that has a number in the field."""
    found = []
    for row in rows:
        w = Fraction(1) if weight is None else weight_of(row, weight)
        found += [(numeral(value), w) for value in parts(row, measure.field) if numeral(value) is not None]
    return found


def rows_with_value(measure, rows):
    """How many rows a measure stands on; of COUNT 0, since it needs no value."""
    if measure.kind == "count":
        return 0
    if measure.kind == "distinct":
        return sum(1 for row in rows if parts(row, measure.field))
    return sum(1 for row in rows if any(numeral(value) is not None for value in parts(row, measure.field)))


def _variance(pairs):
    total = sum(w for _, w in pairs)
    if total - 1 <= 0:
        return None
    mean = sum(w * x for x, w in pairs) / total
    return sum(w * (x - mean) ** 2 for x, w in pairs) / (total - 1)


def measure_of(measure, rows, weight=None):
    kind = measure.kind
    if kind == "count":
        amount = amount_of(measure, rows, weight)
        return len(rows) if weight is None else Real(amount, has_all_digits=True)
    if kind == "distinct":
        values = {value for row in rows for value in parts(row, measure.field)}
        return len(values) if values else None
    pairs = _pairs(measure, rows, weight)
    if not pairs:
        return None
    if kind == "sum":
        return Real(amount_of(measure, rows, weight), has_all_digits=True)
    numbers = sorted(x for x, _ in pairs)
    if kind in ("min", "max"):
        return Real(numbers[0] if kind == "min" else numbers[-1])
    if kind == "avg":
        return Real(sum(w * x for x, w in pairs) / sum(w for _, w in pairs))
    if kind in ("median", "quantile"):
        return Real(quantile(numbers, Fraction(1, 2) if kind == "median" else measure.p.value))
    variance = _variance(pairs)
    if variance is None:
        return None
    return Real(variance) if kind == "variance" else Real(math.sqrt(variance), tolerance=4e-16)


def effective_base(rows, weight):
    """Kish: (sum w)^2 / sum w^2; of no rows 0."""
    weights = [weight_of(row, weight) for row in rows]
    return sum(weights) ** 2 / sum(w * w for w in weights) if weights else Fraction(0)


SUM_DIGITS_MOST = 38  # of 128 bits, a little less than all


def may_refuse_sums(query, dataset):
    """Whether a number of a measured field, or a sum of them, may be too long for the server's exact arithmetic: LIMIT then."""
    fields = {measure.field for measure in query.measures if measure.kind not in ("count", "distinct")} | {query.weight} - {None}
    for field in fields - {None}:
        numbers = [numeral(value) for row in dataset.rows.values() for value in parts(row, field)]
        numbers = [n for n in numbers if n is not None]
        digits = max((len(canonical(n).partition(b".")[2]) for n in numbers), default=0)
        if any(abs(n) * len(numbers) * 10 ** (2 * digits if query.weight else digits) >= 10 ** (SUM_DIGITS_MOST - 2) for n in numbers):
            return True
    return False


def check_measures(query):
    """Raises what the server must refuse."""
    for measure in query.measures:
        if query.weight is not None and measure.kind in ("median", "quantile"):
            raise QueryError("ERR", "%s under WEIGHT" % measure.kind)
        if measure.kind == "quantile" and not 0 <= measure.p.value <= 1:
            raise QueryError("ERR", "a quantile beyond 0 to 1")
