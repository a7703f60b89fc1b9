"""The oracle's answer to a query, format by format still to be written: the members that `map` and `json` show.

    answers(query, dataset) -> [{"dataset": b"current", "dims": [...], "measures": [b"count"], "cells": [68, 68], "rows": None, ...}]

One for each table. Labels and names are bytes, numbers are int or Real, and `warnings` are the fields that no row has. `shards` and
`took_us` are left out. Nothing is hidden: oracle_secrets says what SUPPRESS may do to an answer.
"""

import itertools
from fractions import Fraction

from oracle_measures import Real, amount_of, check_measures, effective_base, measure_of, weight_of
from oracle_places import QueryError
from oracle_query import Measure, as_dataset
from oracle_conditions import fields_of
from oracle_tests import COLUMNS_MOST, chi2_test, letters, residuals, wilson

COUNT = Measure("count")


def check(query):
    """Raises what the server must refuse, as far as it can be known before anything is counted."""
    for dims in query.tables:
        for dim in dims:
            dim.check()
    check_measures(query)
    kinds = {measure.kind for measure in query.measures}
    tests = query.chi2 or query.columns or query.residuals
    if query.is_listed() and query.format == "nested":
        raise QueryError("ERR", "a list of rows is not nested")
    if query.percent and not kinds <= {"count", "sum"}:
        raise QueryError("ERR", "PERCENT of what is no share")
    if query.ci and not (query.percent and kinds == {"count"}):
        raise QueryError("ERR", "CI without PERCENT of counts")
    if tests:
        if any(len(dims) < 2 for dims in query.tables):
            raise QueryError("ERR", "a test needs two dimensions")
        if query.format not in ("map", "json", "table", "markdown"):
            raise QueryError("ERR", "a format that cannot carry tests")
    if query.suppress and query.suppress > 1:
        uses_top = any(type(item).__name__ in ("Top", "QuantileBins") for dims in query.tables for dim in dims for item in dim.items)
        if tests or query.ci or query.having or uses_top or kinds & {"min", "max", "median", "quantile"}:
            raise QueryError("ERR", "not under SUPPRESS")
        measured = {measure.field for measure in query.measures if measure.kind not in ("count", "distinct")} | {query.weight} - {None}
        if measured & set(dimension_fields(query)):
            raise QueryError("ERR", "a sum of a dimension is an equation of its counts")


class Table:
    """One table of the query: its positions, and the rows of each cell."""

    def __init__(self, query, dims, dataset, kept):
        self.query, self.dims, self.dataset = query, dims, dataset
        self.rows = kept
        if query.weight is not None:
            self.rows = [row for row in kept if weight_of(row, query.weight) is not None]
        self.base, self.nexcluded_weight = len(kept), len(kept) - len(self.rows)
        for dim in dims:
            dim.prepare(self.rows, dataset)
        self.lengths = [len(dim.positions) for dim in dims]
        self.cells = {}  # also those of totals, whose number is the dimension's length
        self.nexcluded_position = 0
        for row in self.rows:
            places = [dim.places(row) for dim in dims]
            if not all(places):
                self.nexcluded_position += 1
                continue
            totals = [[n] for n in self.lengths] if self.needs_totals() else [[]] * len(dims)
            for cell in itertools.product(*(found + total for found, total in zip(places, totals))):
                self.cells.setdefault(cell, []).append(row)
        self._amounts, self._leaves = {}, {}

    def needs_totals(self):
        query = self.query
        return query.totals or query.percent or query.chi2 or query.columns or query.residuals

    # ---- cells ----

    def indexes(self, d):
        return range(self.lengths[d] + (1 if self.query.totals else 0))

    def all_cells(self):
        """In cell order, those of totals in their places where they are asked for."""
        return itertools.product(*(self.indexes(d) for d in range(len(self.dims))))

    def is_total(self, cell):
        return any(i == n for i, n in zip(cell, self.lengths))

    def is_grand_total(self, cell):
        return bool(cell) and all(i == n for i, n in zip(cell, self.lengths))

    def rows_of(self, cell):
        return self.cells.get(cell, [])

    def is_closed(self):
        return not any(dim.is_open for dim in self.dims)

    # ---- leaves ----

    def amount(self, measure, cell):
        key = (id(measure), cell)
        if key not in self._amounts:
            self._amounts[key] = amount_of(measure, self.rows_of(cell), self.query.weight)
        return self._amounts[key]

    def measured(self, measure, cell):
        return measure_of(measure, self.rows_of(cell), self.query.weight)

    def percent_base(self, cell):
        """The cell that a share is of: over the last dimension, the one before it, or both."""
        over = {"row": (1,), "column": (2,), "total": (1, 2)}[self.query.percent]
        if len(self.dims) == 1:
            over = (1,)
        found = list(cell)
        for back in over:
            if back <= len(cell):
                found[-back] = self.lengths[-back]
        return tuple(found)

    def percent(self, measure, cell):
        part, whole = self.amount(measure, cell), self.amount(measure, self.percent_base(cell))
        return Real(100 * part / whole) if part is not None and whole else None

    def leaf_parts(self, cell):
        if not self.query.percent:
            return [self.measured(measure, cell) for measure in self.query.measures]
        found = [self.percent(measure, cell) for measure in self.query.measures]
        if self.query.with_count:
            found.append(self.measured(COUNT, cell))
        if self.query.ci:
            base = self.percent_base(cell)
            scale = self.scale(base)
            ends = wilson(self.amount(COUNT, cell) * scale, self.amount(COUNT, base) * scale, float(self.query.ci.value))
            found += [None if end is None else Real(end, tolerance=1e-9) for end in ends]
        return found

    def leaf(self, cell):
        if cell not in self._leaves:
            found = self.leaf_parts(cell)
            self._leaves[cell] = found[0] if len(found) == 1 else found
        return self._leaves[cell]

    def leaf_names(self):
        names = [measure.shown_name for measure in self.query.measures]
        if not self.query.percent:
            return names
        names = [b"percent"] if len(names) == 1 else [b"percent(" + name + b")" for name in names]
        return names + [b"count"] * self.query.with_count + ([b"low", b"high"] if self.query.ci else [])

    def nested(self, leaf, cell=()):
        if len(cell) == len(self.dims):
            return leaf(cell)
        return [self.nested(leaf, cell + (i,)) for i in self.indexes(len(cell))]

    # ---- lists of rows ----

    def compared(self, by, cell):
        """What HAVING and ORDER BY compare: a number or None; of a dimension, the position."""
        if isinstance(by, bytes):
            named = [measure for measure in self.query.measures if measure.name == by]
            if not named:
                for dim, i in zip(self.dims, cell):
                    if dim.shown_name == by:
                        return i
                raise QueryError("ERR", "%r is no measure and no dimension" % by)
            by = named[0]
        value = self.measured(by, cell)
        return value.value if isinstance(value, Real) else value

    def passes(self, cell):
        if self.query.having is None:
            return True
        value, limit = self.compared(self.query.having.by, cell), self.query.having.number.value
        if value is None:
            return False
        return {"=": value == limit, "!=": value != limit, "<": value < limit, "<=": value <= limit, ">": value > limit,
                ">=": value >= limit}[self.query.having.operator]

    def listed(self):
        """The cells of an answer that is a list of rows, totals last."""
        cells = list(self.all_cells())
        if not self.is_closed():
            cells = [cell for cell in cells if self.rows_of(cell) or self.is_grand_total(cell)]
        totals = [cell for cell in cells if self.is_total(cell)]
        return self.ordered([cell for cell in cells if not self.is_total(cell) and self.passes(cell)]) + totals

    def ordered(self, cells, hidden=()):
        """What ORDER BY and LIMIT make of cells that are in cell order. hidden: their measures are null."""
        for order in reversed(self.query.order):
            is_dim = isinstance(order.by, bytes) and all(measure.name != order.by for measure in self.query.measures)
            values = {cell: None if cell in hidden and not is_dim else self.compared(order.by, cell) for cell in cells}
            sign = -1 if order.descending else 1  # ties stay in cell order
            there = sorted((cell for cell in cells if values[cell] is not None), key=lambda cell: sign * values[cell])
            cells = there + [cell for cell in cells if values[cell] is None]
        return cells if self.query.limit is None else cells[self.query.offset : self.query.offset + self.query.limit]

    def told(self):
        """The cells that `rows` and `csv` have."""
        if self.query.is_listed():
            return self.listed()
        return [cell for cell in self.all_cells() if self.rows_of(cell) or self.is_grand_total(cell)]

    def labels(self, cell):
        """None: a total."""
        return [None if i == n else dim.labels[i] for dim, i, n in zip(self.dims, cell, self.lengths)]

    def record(self, cell):
        """Its labels as csv has them: those totalled are named first."""
        labels = self.labels(cell)
        names = [dim.shown_name for dim, label in zip(self.dims, labels) if label is None]
        first = [b",".join(names)] if self.query.totals and self.dims else []
        return first + [b"" if label is None else label for label in labels]

    # ---- tests ----

    def scale(self, cell):
        """Under WEIGHT: Kish's effective base over the sum of weights."""
        rows = self.rows_of(cell)
        if self.query.weight is None or not rows:
            return Fraction(1)
        return effective_base(rows, self.query.weight) / self.amount(COUNT, cell)

    def test(self, layer):
        query = self.query
        rows, columns = self.lengths[-2:]
        scale = self.scale(layer + (rows, columns))
        observed = [[self.amount(COUNT, layer + (i, j)) * scale for j in range(columns)] for i in range(rows)]
        if query.columns and columns > COLUMNS_MOST:
            raise QueryError("LIMIT", "too many columns")
        alpha = float(query.level.value) if query.level else 0.05
        return {
            "layer": list(layer),
            "chi2": about(chi2_test(observed, query.weight is not None)) if query.chi2 else None,
            "residuals": about(residuals(observed)) if query.residuals else None,
            "letters": letters(observed, alpha) if query.columns else None,
        }

    def tests(self):
        if not (self.query.chi2 or self.query.columns or self.query.residuals):
            return []
        return [self.test(layer) for layer in itertools.product(*map(range, self.lengths[:-2]))]

    # ---- all of it ----

    def described_dims(self):
        found = []
        for dim in self.dims:
            labels = self.dataset.labels.get(dim.field, {})
            positions = [{"kind": p.kind, "label": p.label, "text": labels.get(p.value)} for p in dim.positions]
            if self.query.totals:
                positions.append({"kind": "total", "label": b"total", "text": None})
            found.append({"name": dim.shown_name, "field": dim.field, "overlaps": dim.overlaps(self.dataset), "positions": positions})
        return found

    def members(self):
        query, weight = self.query, self.query.weight
        is_listed = query.is_listed()
        return {
            "dataset": query.dataset,
            "dims": self.described_dims(),
            "measures": self.leaf_names(),
            "cells": None if is_listed else self.nested(self.leaf),
            "rows": [list(cell) + [self.leaf(cell)] for cell in self.listed()] if is_listed else None,
            "hidden": [],
            "base": self.base,
            "excluded": {"position": self.nexcluded_position, "weight": self.nexcluded_weight},
            "bases": None if weight is None else self.nested(lambda cell: len(self.rows_of(cell))),
            "effective": None if weight is None else self.nested(lambda cell: Real(effective_base(self.rows_of(cell), weight))),
            "tests": self.tests(),
        }


def about(tree):
    """Floats as numbers that may be a little off."""
    if isinstance(tree, dict):
        return {name: about(child) for name, child in tree.items()}
    if isinstance(tree, list):
        return [about(child) for child in tree]
    return Real(tree, tolerance=1e-9) if isinstance(tree, float) else tree


def dimension_fields(query):
    """Those by which the tables are made, with those of WHEN."""
    named = []
    for dims in query.tables:
        for dim in dims:
            named.append(dim.field)
            named += [field for item in dim.items if hasattr(item, "cond") for field in fields_of(item.cond)]
    return [field for field in named if field is not None]


def tables(query, rows):
    dataset = as_dataset(rows)
    check(query)
    if any(field in dataset.separators for field in query.summed_fields()):
        raise QueryError("ERR", "several values are no number and no weight")
    kept = [row for row in dataset.rows.values() if query.where is None or query.where.holds(row)]
    found = [Table(query, dims, dataset, kept) for dims in query.tables]
    if query.chi2 or query.columns or query.residuals:
        if any(dim.overlaps(dataset) for dims in query.tables for dim in dims):
            raise QueryError("ERR", "a test of positions that overlap")
    if query.into is not None:
        into_fields(found)
    return found


def into_fields(found):
    """The hash of INTO: {labels, behind the number of the table where there are several: (table, cell)}."""
    fields = {}
    for number, table in enumerate(found, 1):
        for cell in table.told():
            labels = tuple([b"%d" % number] * (len(found) > 1) + table.record(cell))
            if not table.rows_of(cell):
                continue
            if labels in fields:
                raise QueryError("ERR", "two cells have the same labels")
            fields[labels] = (table, cell)
    return fields


def answers(query, rows):
    return [table.members() for table in tables(query, rows)]
