"""What a query is made of, beside its dimensions and conditions; and what a dataset is.

    Query([OpenDim(b"sex")], where=Exists(b"age"), measures=[Measure("count"), Measure("avg", b"age", name=b"mean")], totals=True)
    Dataset(rows, separators={b"colours": b","}, epochs={b"at": "ms"}, labels={b"sex": {b"1": b"Male"}})
"""

from oracle_values import Row

MEASURES = ("count", "sum", "avg", "min", "max", "median", "stddev", "variance", "distinct", "quantile")
FORMATS = ("nested", "rows", "map", "table", "markdown", "json", "csv")


class Measure:
    """COUNT, SUM(field), ..., QUANTILE(field, p)"""

    def __init__(self, kind, field=None, p=None, name=None):
        self.kind, self.field, self.p, self.name = kind, field, p, name

    @property
    def shown_name(self):
        if self.name is not None:
            return self.name
        if self.kind == "count":
            return b"count"
        p = b"," + self.p.text if self.kind == "quantile" else b""
        return self.kind.encode() + b"(" + self.field + p + b")"

    def is_same(self, other):
        p = [measure.p.value if measure.p else None for measure in (self, other)]
        return (self.kind, self.field, p[0]) == (other.kind, other.field, p[1])


class Having:
    """HAVING measure cmp number: by a Measure, or by a name that AS gave"""

    def __init__(self, by, operator, number):
        self.by, self.operator, self.number = by, operator, number


class Order:
    """One of ORDER BY: by a Measure, or by a name of a measure or a dimension"""

    def __init__(self, by, descending=False):
        self.by, self.descending = by, descending


class Query:
    """COUNT and measures by tables; or, by `statement`, rows, values, describe."""

    def __init__(self, dims=(), where=None, format=None, nocache=False, timeout=None, suppress=None, **options):
        self.where, self.format = where, format
        self.nocache, self.timeout, self.suppress = nocache, timeout, suppress
        self.tables, self.in_parentheses = [list(dims)], False
        self.statement, self.mode, self.dataset = "crosstab", None, b"current"
        self.measures = [Measure("count")]
        self.fields = None  # of ROWS: None for *; of VALUES: one
        self.having, self.order, self.limit, self.offset = None, [], None, 0
        self.totals, self.percent, self.with_count, self.weight = False, None, False, None
        self.chi2, self.columns, self.level, self.residuals, self.ci = False, False, None, False, None
        self.into, self.into_seconds = None, None
        self.warns = True  # whether an answer without its warnings is wrong
        for name, value in options.items():
            if not hasattr(self, name):
                raise TypeError(name)
            setattr(self, name, value)

    @property
    def dims(self):
        """Of the first table, which is the only one in most queries."""
        return self.tables[0]

    def is_listed(self):
        """Whether the answer is a list of rows whatever the format."""
        return self.having is not None or bool(self.order) or self.limit is not None

    def is_open(self):
        return any(dim.is_open for dims in self.tables for dim in dims)

    def answers_rows(self):
        if self.format:
            return self.format == "rows"
        return self.is_open() or self.is_listed()

    def summed_fields(self):
        """Of its measures, those of HAVING and ORDER BY, and its weight: those that must be one number."""
        by = [self.having.by] if self.having else []
        found = self.measures + [one for one in by + [order.by for order in self.order] if isinstance(one, Measure)]
        return {measure.field for measure in found if measure.kind != "distinct"} | {self.weight}

    def is_plain_count(self):
        return [measure.kind for measure in self.measures] == ["count"] and self.weight is None and self.percent is None


class Dataset:
    """Rows, and what is declared of their fields."""

    def __init__(self, rows, separators=None, epochs=None, labels=None):
        self.separators, self.epochs, self.labels = separators or {}, epochs or {}, labels or {}
        self.texts = rows
        self.rows = {key: Row(row, self.separators) for key, row in rows.items()} if self.separators else rows

    def has_field(self, field):
        return any(field in row for row in self.texts.values())


def as_dataset(rows):
    return rows if isinstance(rows, Dataset) else Dataset(rows)
