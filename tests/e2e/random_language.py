"""Random rows with every kind of value, and random queries over them with everything the language has.

    data = LanguageData(random.Random(7), nrows=200, features={"measures", "totals"})
    data.dataset               what the oracle reads: the rows, and what is declared of fields
    data.definition_commands() what is declared of fields, and
    data.load_commands()       the HSETs that make it so
    data.change_commands(5)    random changes to rows, carried out on data.dataset too
    data.query()               a random query that makes sense for these rows, of the features alone
"""

from oracle import (
    And, Between, BetweenTest, BinsDim, Compare, Dataset, Dim, Exists, Group, Having, In, IsMissing, Like, List, Measure, Missing, Net,
    Not, Number, OpenDim, Or, Order, Other, QuantileBins, Query, QueryError, Range, Star, Text, Top, UnitBins, Value, When, WhensDim, WidthBins,
    WidthDim, number
)
from oracle_dates import UNITS

# What a query may have, beside counts by lists, ranges, open dimensions and bins of a width.
FEATURES = {
    "numerals",  # rows have 3.0, +3 and 3e0 beside 3
    "like", "between", "half_open",  # in conditions
    "half_open_positions",
    "groups", "nets", "when", "star", "top", "listed_bins", "dates", "quantiles", "multi", "epoch", "value_labels",
    "tables", "measures", "distinct", "quantile_measures", "weights", "totals", "percent", "ci", "having", "order", "limit",
    "chi2", "columns", "residuals", "suppress", "values", "rows", "into", "map", "json", "csv", "table",
    "warnings",  # of fields that no row has
}

INTEGERS = [b"%d" % i for i in range(1, 7)]
NUMERALS = [b"1.0", b"+2", b"3e0", b"30e-1", b"4.00", b"0.5e1", b"06", b" 6", b"6.", b".5", b"-0", b"0"]
DECIMALS = [b"0", b"0.5", b"-0.5", b"1.25", b"-2.75", b"3", b"10", b"12.125", b"-7", b"0.001", b"99.9", b"2.5", b"4", b"5"]
HUGE = [b"9007199254740993", b"-9223372036854775808", b"18446744073709551616", b"12345678901234567890.5", b"1", b"-1", b"0.000001"]
TEXTS = [b"", b" ", b"x", b"X", b"abc", b"aBc", b"a_c", b"a%c", b"a\\c", b"it's", b'say "hi"', b"a,b", b"l1\nl2", b"\t", b"NaN", b"inf", b"0x1",
         "größe".encode(), "日本語".encode(), b"\xff\xfe", b"missing", b"other", b"total", b"[0,10)", b"007", b"1,000"]
CATEGORIES = [b"red", b"green", b"blue", b"grey", b"1", b"2"]
DATES = [b"2012-01-01", b"2012-12-31", b"2013-01-01", b"2012-02-29", b"2012-06-01T09:30:00Z", b"2012-06-01 23:59", b"2012-06-02T00:00:00.5+02:00",
         b"2011-03-31", b"2012-04-01", b"2012-06-30T12:00-0800", b"2010-01-03", b"2013-02-29", b"2012-13-01", b"yesterday", b"20120601"]
SECONDS = [b"0", b"-1", b"1340000000", b"1340000000.75", b"1338508800", b"86399", b"86400", b"1325376000", b"never", b"1356998399"]
MILLISECONDS = [b"0", b"-1", b"1340000000000", b"1338508800000", b"86399999", b"86400000", b"x"]
WEIGHTS = [b"1", b"1", b"2", b"0.5", b"1.25", b"0.125", b"3", b"0", b"-1", b"heavy"]

#        name, how often rows have it, its values, which kind of field
FIELDS = [
    (b"a", 1.0, INTEGERS[:3], "integer"),
    (b"b", 0.9, INTEGERS, "integer"),
    (b"sex", 0.95, [b"female", b"male", b"x"], "text"),
    (b"d", 0.8, DECIMALS, "number"),
    (b"huge", 0.5, HUGE, "huge"),
    (b"t", 0.8, TEXTS, "text"),
    (b"mixed", 0.7, TEXTS + DECIMALS + INTEGERS, "number"),
    (b"Origin State", 0.6, [b"Ohio", b"New York", b"1"], "text"),
    (b"count", 0.4, [b"1", b"2", b"count"], "number"),
    (b"rare", 0.04, [b"1", b"2.5"], "number"),
    (b"w", 0.9, WEIGHTS, "weight"),
    (b"likes", 0.8, CATEGORIES, "multi"),
    (b"at", 0.9, DATES, "date"),
    (b"s", 0.7, SECONDS, "epoch"),
    (b"ms", 0.7, MILLISECONDS, "epoch"),
]
ABSENT = b"nobody has it"
MISSPELT = (b"sexx", b"Orgin State", b"hgue")
LABELS = {b"a": {b"1": b"Male", b"2": "weiblich ♀".encode()}, b"sex": {b"female": b"F \"1\""}}


class LanguageData:
    def __init__(self, rng, nrows, features):
        unknown = set(features) - FEATURES
        if unknown:
            raise ValueError("no such features: %s" % ", ".join(sorted(unknown)))
        self.rng, self.features = rng, set(features)
        self.fields = [field for field in FIELDS if self.is_used(field[3])]
        self.values = {name: self.values_of(values, kind) for name, _, values, kind in self.fields}
        for name in (ABSENT, *(MISSPELT if self.has("warnings") else ())):
            self.values[name] = [b"1"]
        self.names = list(self.values)
        self.declared = {field[0] for field in self.fields}
        self.separators = {b"likes": b","} if self.has("multi") else {}
        self.epochs = {b"s": "s", b"ms": "ms"} if self.has("epoch") else {}
        self.labels = LABELS if self.has("value_labels") else {}
        self.rows = {b"profile_%d" % i: self.row() for i in range(nrows)}

    def has(self, feature):
        return feature in self.features

    def is_used(self, kind):
        needed = {"multi": "multi", "date": "dates", "epoch": "epoch"}.get(kind)
        return needed is None or self.has(needed)

    def values_of(self, values, kind):
        numerals = NUMERALS if self.has("numerals") and kind in ("integer", "number") else []
        return values + numerals

    @property
    def dataset(self):
        return Dataset(self.rows, self.separators, self.epochs, self.labels)

    # ---- rows ----

    def value(self, name, kind):
        if kind == "multi":
            return b",".join(self.rng.choice(CATEGORIES + [b"", b"red"]) for _ in range(self.rng.choice((1, 1, 2, 3))))
        return self.rng.choice(self.values[name])

    def row(self):
        found = {}
        while not found:
            for name, often, _, kind in self.fields:
                if self.rng.random() < often:
                    found[name] = self.value(name, kind)
        return found

    def definition_commands(self):
        """What is declared of fields, told to the server."""
        found = [("DATASET", "ALTER", "current", "FIELD", field, "MULTI", separator) for field, separator in self.separators.items()]
        found += [("DATASET", "ALTER", "current", "FIELD", field, "EPOCH", unit) for field, unit in self.epochs.items()]
        for field, labels in self.labels.items():
            found.append(("DATASET", "LABEL", "current", field, *[part for pair in labels.items() for part in pair]))
        return found

    def load_commands(self):
        return [("HSET", key) + tuple(part for pair in row.items() for part in pair) for key, row in self.rows.items()]

    def change_commands(self, n):
        rng, commands = self.rng, []
        for _ in range(n):
            key = b"profile_%d" % rng.randrange(len(self.rows) + 5)
            name, _, _, kind = rng.choice(self.fields)
            if rng.random() < 0.7 or key not in self.rows:
                value = self.value(name, kind)
                self.rows.setdefault(key, {})[name] = value
                commands.append(("HSET", key, name, value))
            elif name in self.rows[key] and len(self.rows[key]) > 1:
                del self.rows[key][name]
                commands.append(("HDEL", key, name))
        return commands

    # ---- literals and conditions ----

    def name_of(self, *kinds):
        """A field of one of these kinds, if there is one; now and then any."""
        found = [name for name, _, _, kind in self.fields if kind in kinds]
        return self.rng.choice(found) if found and self.rng.random() < 0.95 else self.rng.choice(self.names)

    def number(self):
        rng = self.rng
        written = rng.choice((str(rng.randint(-3, 8)), "%d.%d" % (rng.randint(-3, 12), rng.randint(0, 9)), rng.choice(("0", "-0.5", "1.25", "3"))))
        if self.has("numerals") and rng.random() < 0.2:
            written = rng.choice(("+2", "1e1", ".5", "25e-1", "3.0"))
        return Number(written)

    def literal(self, name):
        """One that some row may have, or one nearby."""
        if self.rng.random() < 0.1:
            return self.number()
        value = self.rng.choice(self.values[name])
        is_plain = number(value) is not None and value.lstrip(b"-")[:1].isdigit() and value[:1] != b"0"
        return Number(value.decode()) if is_plain and self.rng.random() < 0.8 else Text(value)

    def ends(self):
        return sorted((self.number(), self.number()), key=lambda n: n.value)

    def range(self, half_open):
        lo, hi = self.ends()
        if not half_open or self.rng.random() < 0.4:
            return Between(lo, hi)
        if lo.value == hi.value:
            hi = Number(str(int(lo.value) + 1))
        return self.rng.choice((Between(lo, hi, has_hi=False), Between(lo, hi, has_lo=False), Between(lo, None, has_hi=False),
                                Between(None, hi, has_lo=False)))

    def pattern(self, name):
        """Of a value, with some of it left open."""
        rng = self.rng
        text = rng.choice(self.values[name]).decode("utf-8", "replace").replace("\ufffd", "_")
        found = ""
        for c in text:
            c = "\\" + c if c in "%_\\" else c
            found += rng.choice((c, c, c, c.upper(), "_", "%", "%" + c))
        return (rng.choice(("", "%")) + found + rng.choice(("", "%"))).encode()

    def test(self):
        rng = self.rng
        name = rng.choice(self.names)
        kinds = ["compare", "compare", "compare", "order", "order", "range", "list", "missing"]
        kinds += [kind for kind in ("like", "between") if self.has(kind)]
        kind = rng.choice(kinds)
        if kind == "compare":
            return Compare(name, rng.choice(("=", "=", "!=")), self.literal(name))
        if kind == "order":
            return Compare(name, rng.choice(("<", "<=", ">", ">=")), self.number() if rng.random() < 0.4 else self.literal(name))
        if kind == "range":
            return In(name, self.range(self.has("half_open")), rng.random() < 0.3)
        if kind == "list":
            return In(name, List(*self.singles(name, half_open=self.has("half_open"))), rng.random() < 0.3)
        if kind == "like":
            return Like(name, self.pattern(name), rng.random() < 0.3, rng.random() < 0.4)
        if kind == "between":
            ends = self.ends() if rng.random() < 0.7 else (self.literal(name), self.literal(name))
            return BetweenTest(name, *ends, rng.random() < 0.3)
        return rng.choice((IsMissing, Exists))(name)

    def cond(self, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.3:
            return self.test()
        if rng.random() < 0.2:
            return Not(self.cond(depth - 1))
        children = [self.cond(depth - 1) for _ in range(rng.choice((2, 2, 3)))]
        return rng.choice((And, Or))(*children)

    # ---- dimensions ----

    def singles(self, name, taken=None, most=4, half_open=None):
        """Distinct values and ranges that do not overlap: with each other, nor with those taken already."""
        rng, found = self.rng, []
        half_open = self.has("half_open_positions") if half_open is None else half_open
        taken = [] if taken is None else taken
        for _ in range(rng.randint(1, most)):
            single = self.range(half_open) if rng.random() < 0.25 else Value(self.literal(name))
            dim = Dim(name, List(*taken, single))
            try:
                dim.check()
            except QueryError:
                continue
            found.append(single)
            taken.append(single)
        for kind in (Missing, Other):
            if rng.random() < 0.2 and not any(isinstance(single, kind) for single in taken):
                found.append(kind())
                taken.append(found[-1])
        if not found:
            kind = next((kind for kind in (Missing, Other) if not any(isinstance(single, kind) for single in taken)), None)
            found = [kind()] if kind else []
            taken += found
        return found

    def label(self):
        return self.rng.choice((None, None, None, b"label", b"a b", b"1", b'"q", x', "größe".encode()))

    def bins(self, name):
        rng = self.rng
        kind = next(field[3] for field in self.fields if field[0] == name) if name in self.declared else "text"
        kinds = [WidthBins(Number(rng.choice(("1", "2", "0.5", "2.50", "10"))))] if kind not in ("huge",) else []
        if self.has("dates") and kind in ("date", "epoch", "text"):
            kinds = [UnitBins(rng.choice(UNITS))]
        if self.has("quantiles") and (rng.random() < 0.4 or not kinds):
            kinds = [QuantileBins(rng.choice((1, 2, 3, 4, 10)))]
        return rng.choice(kinds) if kinds else WidthBins(Number("1000000"))

    def list_items(self, name):
        """A list's items, in any order."""
        rng, taken, items = self.rng, [], []
        many = [kind for kind in ("star", "top", "listed_bins") if self.has(kind)]
        kind = rng.choice(many) if many and rng.random() < 0.4 else None
        if kind is None or rng.random() < 0.6:
            for single in self.singles(name, taken):
                single.label = self.label()
                items.append(single)
        if kind == "star":
            items.append(Star())
        elif kind == "top":
            items.append(Top(rng.randint(1, 4)))
        elif kind == "listed_bins":
            items.append(self.bins(name))
        if self.has("groups") and rng.random() < 0.4:
            group = self.singles(name, taken, 3)
            items += [Group(group, self.label())] if group else []
        if self.has("nets") and rng.random() < 0.3:
            items.append(Net(self.singles(name), self.label()))
        if self.has("when") and rng.random() < 0.3:
            items.append(When(self.cond(1), rng.choice((b"w", b"a b"))))
        rng.shuffle(items)
        return items

    def dim(self):
        rng = self.rng
        name = rng.choice(self.names)
        shown = rng.choice((None, None, None, b"alias", b"two words"))
        kinds = ["range", "list", "list", "list", "open", "bins"] + ["when"] * self.has("when")
        kind = rng.choice(kinds)
        if kind == "open":
            return OpenDim(name, shown)
        if kind == "range":
            lo = rng.randint(-2, 4)
            return Dim(self.name_of("integer"), Range(lo, lo + rng.randint(0, 4)), shown)
        if kind == "bins":
            name = self.name_of("number", "integer", "date", "epoch")
            bins = self.bins(name)
            return WidthDim(name, bins.width, shown) if isinstance(bins, WidthBins) else BinsDim(name, bins, shown)
        if kind == "when":
            return WhensDim([When(self.cond(1), label) for label in (b"p", b"q", b"a b")[: rng.randint(1, 3)]], b"whens")
        return Dim(name, List(*self.list_items(name)), shown)

    def dims(self, most):
        return [self.dim() for _ in range(self.rng.choice((0, 1, 1, 2, 2, 3)[: most + 3]))]

    # ---- measures and options ----

    def measures(self, names=(None, None, b"m", b"two words")):
        rng = self.rng
        if not self.has("measures") or rng.random() < 0.4:
            return [Measure("count")]
        kinds = ["count", "sum", "sum", "avg", "avg", "min", "max", "variance", "stddev"]
        kinds += ["distinct", "distinct"] * self.has("distinct") + ["median", "quantile"] * self.has("quantile_measures")
        found = []
        for i in range(rng.choice((1, 1, 2, 3))):
            kind = rng.choice(kinds)
            field = None if kind == "count" else self.name_of("number", "integer")
            if kind == "distinct":
                field = rng.choice(self.names)
            p = Number(rng.choice(("0", "1", ".5", "0.25", "0.9", "0.333"))) if kind == "quantile" else None
            name = rng.choice(names)
            found.append(Measure(kind, field, p, name and name + b"%d" % i))
        if found[0].kind == "count" and len(found) > 1:
            found[0].name = None  # a leading COUNT takes no AS
        if len(found) == 1 and found[0].kind == "count":
            found[0].name = None
        return found

    def order(self, query):
        rng = self.rng
        choices = [measure.name or Measure(measure.kind, measure.field, measure.p) for measure in query.measures]
        if len(query.tables) == 1 and query.dims:
            choices += [dim.shown_name for dim in query.dims]
        return [Order(rng.choice(choices), rng.random() < 0.5) for _ in range(rng.choice((1, 1, 2)))]

    def add_options(self, query):
        rng = self.rng

        def picks(feature, often):
            return self.has(feature) and rng.random() < often

        query.totals = picks("totals", 0.35)
        if picks("weights", 0.25):
            query.weight = self.name_of("weight")
            query.measures = [m for m in query.measures if m.kind not in ("median", "quantile")] or [Measure("count")]
            query.measures[0].name = query.measures[0].name if query.measures[0].kind != "count" else None
        if picks("percent", 0.3) and all(measure.kind in ("count", "sum") for measure in query.measures):
            query.percent, query.with_count = rng.choice(("row", "column", "total")), rng.random() < 0.4
            if picks("ci", 0.4) and all(measure.kind == "count" for measure in query.measures):
                query.ci = Number(rng.choice(("0.9", "0.95", ".99")))
        self.add_list(query, picks)
        forms = [None, None, "rows", "rows"] + ["nested"] * (not query.is_listed())
        forms += [form for form in ("map", "json", "csv") for _ in range(2) if self.has(form)]
        forms += ["table", "markdown"] * self.has("table")
        query.format = rng.choice(forms)
        self.add_tests(query, picks)

    def add_list(self, query, picks):
        rng = self.rng
        if picks("having", 0.2):
            measure = rng.choice(query.measures)
            by = measure.name or Measure(measure.kind, measure.field, measure.p)
            query.having = Having(by, rng.choice((">", ">=", "<", "!=", "=")), Number(rng.choice(("0", "1", "3", "2.5", "10"))))
        if picks("order", 0.25):
            query.order = self.order(query)
        if picks("limit", 0.2):
            query.limit, query.offset = rng.choice((0, 1, 3, 10)), rng.choice((0, 0, 1, 5))

    def add_tests(self, query, picks):
        is_exclusive = not any(dim.overlaps(self.dataset) for dims in query.tables for dim in dims)
        is_asked = any(self.has(feature) for feature in ("chi2", "columns", "residuals"))
        forms = [form for form in ("map", "json", "table", "markdown") if self.has("table" if form == "markdown" else form)]
        if is_asked and forms and is_exclusive and all(len(dims) >= 2 for dims in query.tables) and self.rng.random() < 0.4:
            query.chi2, query.columns, query.residuals = (picks(feature, 0.6) for feature in ("chi2", "columns", "residuals"))
            if query.columns and self.rng.random() < 0.5:
                query.level = Number(self.rng.choice(("0.01", ".1", "0.3")))
            if query.chi2 or query.columns or query.residuals:
                query.format = self.rng.choice(forms)

    def add_secrecy(self, query):
        """SUPPRESS instead of what goes not with it."""
        query.measures = [m for m in query.measures if m.kind not in ("min", "max", "median", "quantile")] or [Measure("count")]
        query.measures[0].name = None
        query.ci = query.having = None
        query.order = self.order(query) if query.order else []
        query.chi2 = query.columns = query.residuals = False
        uses_top = any(isinstance(item, (Top, QuantileBins)) for dims in query.tables for dim in dims for item in dim.items)
        query.suppress = self.rng.choice((0, 1) if uses_top else (1, 2, 3, 5, 20))

    def rows_query(self, where):
        rng = self.rng
        names = self.names + [ABSENT]
        query = Query(where=where, statement="rows", format=rng.choice((None, "rows", "csv", "json", "table")))
        query.fields = None if rng.random() < 0.3 else [rng.choice(names) for _ in range(rng.randint(1, 4))]
        if rng.random() < 0.6:
            query.order = [Order(rng.choice(names), rng.random() < 0.4)]
        if rng.random() < 0.5:
            query.limit, query.offset = rng.choice((0, 1, 2, 10, 50)), rng.choice((0, 0, 1, 5, 300))
        return query

    def query(self):
        rng = self.rng
        where = None if rng.random() < 0.3 else self.cond(rng.choice((0, 1, 1, 2, 2, 3)))
        if self.has("values") and rng.random() < 0.04:
            return Query(where=where, statement="values", fields=[rng.choice(self.names)])
        if self.has("rows") and rng.random() < 0.06:
            return self.rows_query(where)
        query = Query(self.dims(3), where, measures=self.measures(), nocache=rng.random() < 0.1)
        if self.has("tables") and rng.random() < 0.15:
            query.tables = [self.dims(2) or [self.dim()] for _ in range(rng.choice((1, 2, 3)))]
            query.in_parentheses = True
        self.add_options(query)
        if self.has("suppress") and rng.random() < 0.15:
            self.add_secrecy(query)
        elif self.has("into") and rng.random() < 0.05:
            query.into, query.format = b"into key", None
            query.chi2 = query.columns = query.residuals = False
        query.warns = self.has("warnings")
        return query
