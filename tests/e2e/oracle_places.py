"""Dimensions for the oracle: which positions there are, and in which of them a row stands.

    dim = Dim(b"age", List(Between(0, 18, has_hi=False), Other(b"grown"), Missing()))
    dim.check()                      raises QueryError: a value listed twice, ranges that overlap, ...
    dim.prepare(rows)                fixes the positions: dim.labels -> [b"[0,18)", b"grown", b"missing"]
    dim.places({b"age": b"31"})      -> [1]

What a list names: its values, groups and ranges take values for themselves. `*`, TOP and BY stand for values that none of these
name; NET and WHEN take nothing from anybody. OTHER, wherever it is written, is the values in no position but WHEN.
"""

from oracle_conditions import Between, Missing, Other, Range, Value
from oracle_dates import bin_of, date_of_epoch, read_date
from oracle_values import Number, canonical, numeral, parts, value_order


class QueryError(Exception):
    """What the server must answer with an error: its code, and what is wrong."""

    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


# ---- what a list is made of, beside the singles ----


class Group:
    """(a, b, ...): one position"""

    kind = "group"

    def __init__(self, singles, label=None):
        self.singles, self.label = list(singles), label

    def default_label(self):
        return b"(" + b",".join(single.default_label() for single in self.singles) + b")"


class Net(Group):
    """NET (a, b, ...): one position that may overlap the others"""

    kind = "net"

    def default_label(self):
        return b"net" + super().default_label()


class When:
    """WHEN (cond) AS label"""

    kind = "when"

    def __init__(self, cond, label):
        self.cond, self.label = cond, label


class Star:
    """*: the values that occur"""


class Top:
    """TOP n: the most frequent of them"""

    def __init__(self, n):
        self.n = n


class WidthBins:
    """BY width"""

    def __init__(self, width):
        self.width = width

    def key(self, value, _dataset, _field):
        n = numeral(value)
        return None if n is None else n // self.width.value

    def label(self, key):
        return b"[%s,%s)" % (canonical(key * self.width.value), canonical((key + 1) * self.width.value))


class UnitBins:
    """BY MONTH and its kin"""

    def __init__(self, unit):
        self.unit = unit

    def _bin(self, value, dataset, field):
        epoch = dataset.epochs.get(field) if dataset else None
        date = date_of_epoch(value, epoch) if epoch else read_date(value)
        return None if date is None else bin_of(self.unit, *date)

    def key(self, value, dataset, field):
        return self._bin(value, dataset, field)

    @staticmethod
    def label(key):
        return key[1]


class QuantileBins:
    """BY n QUANTILES"""

    def __init__(self, n):
        self.n = n

    def ranges(self, numbers):
        """The bins of these numbers: edge k is the ceil(N k / n)-th of them; equal edges are one."""
        numbers = sorted(numbers)
        if not numbers:
            return []
        edges = []
        for k in range(1, self.n + 1):
            edge = numbers[-(-len(numbers) * k // self.n) - 1]
            if not edges or edge != edges[-1]:
                edges.append(edge)
        lows = [numbers[0]] + edges[:-1]
        written = [(Number(canonical(lo).decode()), Number(canonical(hi).decode())) for lo, hi in zip(lows, edges)]
        return [Between(lo, hi, has_lo=i == 0) for i, (lo, hi) in enumerate(written)]


MANY = (Star, Top, WidthBins, UnitBins, QuantileBins)


# ---- positions, when the values are known ----


class Position:
    def __init__(self, kind, label, takes=None, cond=None, value=None, is_named=False, has_other=False, has_missing=False):
        self.kind, self.label = kind, label
        self.takes = takes or (lambda value: False)  # of a value that is there
        self.cond = cond
        self.value = value  # of kind value, called what it is: what a value label is looked up by
        self.is_named = is_named  # takes its values for itself, before *, TOP and BY
        self.has_other, self.has_missing = has_other, has_missing


def _listed_position(item):
    """Of a single, a group, a net or a WHEN."""
    label = item.default_label() if item.label is None else item.label
    if isinstance(item, When):
        return Position("when", label, cond=item.cond)
    singles = item.singles if isinstance(item, Group) else [item]
    found = [single for single in singles if not isinstance(single, (Missing, Other))]
    return Position(
        item.kind, label,
        takes=lambda value: any(single.holds(value) for single in found),
        value=item.literal.text if isinstance(item, Value) and label == item.literal.text else None,
        is_named=not isinstance(item, Net),
        has_other=any(isinstance(single, Other) for single in singles),
        has_missing=any(isinstance(single, Missing) for single in singles),
    )


class BaseDim:
    """A field (None: conditions alone), and the items of its list."""

    field = None
    name = None

    @property
    def items(self):
        raise NotImplementedError

    @property
    def is_open(self):
        return any(isinstance(item, MANY) for item in self.items)

    @property
    def shown_name(self):
        return self.field if self.name is None else self.name

    def overlaps(self, dataset=None):
        """Whether a row may be in several positions."""
        separated = dataset is not None and self.field in dataset.separators
        return separated or any(isinstance(item, (Net, When)) for item in self.items)

    # ---- what is wrong with the list ----

    def check(self):
        items = self.items
        if sum(isinstance(item, MANY) for item in items) > 1:
            raise QueryError("ERR", "two of *, TOP and BY in one list")
        for item in items:
            if isinstance(item, WidthBins) and item.width.value <= 0:
                raise QueryError("ERR", "a width that is not above 0")
            if (isinstance(item, Top) or isinstance(item, QuantileBins)) and item.n < 1:
                raise QueryError("ERR", "TOP or QUANTILES of none")
        exclusive = [single for item in items if not isinstance(item, (Net, When, *MANY))
                     for single in (item.singles if isinstance(item, Group) else [item])]
        nets = [single for item in items if isinstance(item, Net) for single in item.singles]
        if any(isinstance(single, Between) and single.is_empty() for single in exclusive + nets):
            raise QueryError("ERR", "an empty range")
        for i, one in enumerate(exclusive):
            for other in exclusive[:i]:
                if self._both(one, other):
                    raise QueryError("ERR", "%r is listed twice or overlaps" % one.default_label())

    @staticmethod
    def _both(one, other):
        if isinstance(one, Between) and isinstance(other, Between):
            return one.overlaps(other)
        if isinstance(one, Value) and isinstance(other, (Value, Between)):
            return other.holds(one.literal.text)
        if isinstance(other, Value) and isinstance(one, Between):
            return one.holds(other.literal.text)
        return type(one) is type(other)

    # ---- its positions ----

    def prepare(self, rows, dataset=None):
        """Of the rows that pass the filter."""
        items = self.items
        self._dataset = dataset
        listed = {item: _listed_position(item) for item in items if not isinstance(item, MANY)}
        named = [position for position in listed.values() if position.is_named]
        free = {}  # the values that nothing names: how many rows have each
        if self.is_open:
            for row in rows:
                for value in parts(row, self.field):
                    free[value] = free.get(value, 0) + 1
            free = {value: n for value, n in free.items() if not any(position.takes(value) for position in named)}
        self.positions = []
        for item in items:
            self.positions += [listed[item]] if item in listed else self._many_positions(item, free)
        self.labels = [position.label for position in self.positions]
        self._places = {}

    def _many_positions(self, item, free):
        if isinstance(item, (Star, Top)):
            values = free
            if isinstance(item, Top):
                values = sorted(free, key=lambda value: (-free[value], value_order(value)))[: item.n]
            return [Position("value", value, takes=value.__eq__, value=value) for value in sorted(values, key=value_order)]
        if isinstance(item, QuantileBins):
            numbers = [numeral(value) for value, n in free.items() if numeral(value) is not None for _ in range(n)]
            return [
                Position("bin", bin_.default_label(), takes=lambda value, bin_=bin_: value in free and bin_.holds(value))
                for bin_ in item.ranges(numbers)
            ]
        keys = {value: item.key(value, self._dataset, self.field) for value in free}
        return [
            Position("bin", item.label(key), takes=lambda value, key=key: value in free and keys[value] == key)
            for key in sorted(set(keys.values()) - {None})
        ]

    # ---- where a row stands ----

    def places_of_value(self, value):
        if value not in self._places:
            found = [i for i, position in enumerate(self.positions) if position.takes(value)]
            if not found:
                found = [i for i, position in enumerate(self.positions) if position.has_other]
            self._places[value] = found
        return self._places[value]

    def places(self, row):
        found = {i for i, position in enumerate(self.positions) if position.cond and position.cond.holds(row)}
        values = parts(row, self.field)
        for value in values:
            found.update(self.places_of_value(value))
        if not values:
            found.update(i for i, position in enumerate(self.positions) if position.has_missing)
        return sorted(found)


class Dim(BaseDim):
    """field IN positions: a Range of integers, or a List"""

    def __init__(self, field, positions, name=None):
        self.field, self.written, self.name = field, positions, name
        if isinstance(positions, Range):
            lo, hi = (int(end.value) if isinstance(end, Number) else end for end in (positions.lo, positions.hi))
            self._items = [Value(Number(i)) for i in range(lo, hi + 1)]
        else:
            self._items = list(positions.items)

    @property
    def items(self):
        return self._items

    def check(self):
        if not self._items:
            raise QueryError("ERR", "an empty range")
        super().check()


class OpenDim(BaseDim):
    """field, nothing more: the values that occur"""

    def __init__(self, field, name=None):
        self.field, self.name, self._items = field, name, [Star()]

    @property
    def items(self):
        return self._items


class BinsDim(BaseDim):
    """field BY bins: those that occur"""

    def __init__(self, field, bins, name=None):
        self.field, self.name, self.bins, self._items = field, name, bins, [bins]

    @property
    def items(self):
        return self._items


class WidthDim(BinsDim):
    """field BY width"""

    def __init__(self, field, width, name=None):
        super().__init__(field, WidthBins(width), name)
        self.width = width


class WhensDim(BaseDim):
    """{WHEN (cond) AS label, ...} AS name: no field"""

    def __init__(self, whens, name):
        self.whens, self.name = list(whens), name

    @property
    def items(self):
        return self.whens
