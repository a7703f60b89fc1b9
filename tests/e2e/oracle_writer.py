"""Queries of the oracle as text, each time in another way: case, white space, parentheses, quotes, the order of options.

    write(Query([OpenDim(b"sex")], Exists(b"age")), random.Random(1))   -> b"Count  `sex` FROM current where (age exists)"
"""

import re

from oracle_conditions import And, Between, BetweenTest, Compare, In, IsMissing, Like, Missing, Not, Or, Other, Range, Value
from oracle_places import BinsDim, Group, Net, OpenDim, QuantileBins, Star, Top, UnitBins, When, WhensDim
from oracle_query import Measure
from oracle_values import Number, Text

WORD = re.compile(rb"[A-Za-z_][A-Za-z0-9_.:-]*\Z")
KEYWORDS = frozenset(
    b"count from where by in as and or not is exists missing other sum avg min max distinct explain profile having "
    b"order asc desc limit offset totals percent of row column total weight suppress below test chi2 into ex "
    b"format nested rows map table json csv timeout nocache values describe year quarter month week day weekday hour "
    b"quantiles when net top like ilike between median stddev variance quantile with columns level residuals ci markdown".split()
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
        text = literal.written
        if WORD.match(text) and text.lower() not in KEYWORDS and self.rng.random() < 0.5:
            return text
        return self.quoted(text, self.rng.choice((b"'", b'"')))

    # ---- dimensions ----

    def list(self, texts, ends=b"{}"):
        """With commas between."""
        texts = (self.space() + b"," + self.space()).join(texts)
        return ends[:1] + self.space() + texts + self.space() + ends[1:]

    def label(self, item):
        if item.label is None:
            return b""
        return b" " + self.keyword("as") + b" " + self.literal(Text(item.label))

    def range(self, lo, hi, has_lo=True, has_hi=True):
        lo, hi = (self.number(end) for end in (lo, hi))
        s = self.space
        return (b"[" if has_lo else b"(") + s() + lo + s() + b"," + s() + hi + s() + (b"]" if has_hi else b")")

    @staticmethod
    def number(end):
        if end is None:
            return b""
        return end.written if isinstance(end, Number) else b"%d" % end

    def single(self, single):
        if isinstance(single, Value):
            return self.literal(single.literal)
        if isinstance(single, Between):
            return self.range(single.lo, single.hi, single.has_lo, single.has_hi)
        return self.keyword("missing" if isinstance(single, Missing) else "other")

    def bins(self, bins):
        if isinstance(bins, UnitBins):
            return self.keyword(bins.unit)
        if isinstance(bins, QuantileBins):
            return b"%d" % bins.n + self.gap() + self.keyword("quantiles")
        return bins.width.written

    def item(self, item):
        if isinstance(item, Star):
            return b"*"
        if isinstance(item, Top):
            return self.keyword("top") + self.gap() + b"%d" % item.n
        if isinstance(item, When):
            text = self.keyword("when") + self.space() + b"(" + self.space() + self.cond(item.cond) + self.space() + b")"
        elif isinstance(item, Group):
            text = self.keyword("net") + self.space() if isinstance(item, Net) else b""
            text += self.list([self.single(single) for single in item.singles], b"()")
        elif isinstance(item, (Value, Between, Missing, Other)):
            text = self.single(item)
        else:
            return self.keyword("by") + self.gap() + self.bins(item)
        return text + self.label(item)

    def positions(self, positions):
        if isinstance(positions, Range):
            return self.range(positions.lo, positions.hi)
        if isinstance(positions, Between):
            return self.single(positions)
        return self.list([self.item(item) for item in positions.items])

    def dim(self, dim):
        if isinstance(dim, WhensDim):
            text = self.list([self.item(when) for when in dim.whens])
        else:
            text = self.name(dim.field)
        if isinstance(dim, BinsDim):
            text += self.gap() + self.keyword("by") + self.gap() + self.bins(dim.bins)
        elif not isinstance(dim, (WhensDim, OpenDim)):
            text += self.gap() + self.keyword("in") + self.space() + self.positions(dim.written)
        if dim.name is not None:
            text += self.gap() + self.keyword("as") + self.gap() + self.name(dim.name)
        return text

    def dims(self, dims):
        return (self.space() + b"," + self.space()).join(self.dim(dim) for dim in dims)

    def tables(self, query):
        tables = query.tables
        if len(tables) == 1 and not query.in_parentheses:
            return self.dims(tables[0])
        return (self.space() + b"," + self.space()).join(b"(" + self.dims(dims) + b")" for dims in tables)

    # ---- conditions ----

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
        negated = self.keyword("not") + self.gap() if getattr(test, "negated", False) else b""
        if isinstance(test, Compare):
            same = {"=": (b"=", b"=="), "!=": (b"!=", b"<>")}
            operator = self.rng.choice(same.get(test.operator, (test.operator.encode(),)))
            # `a<-1` is fine, but a word ends in - . or : only at white space
            return name + self.space() + operator + self.space() + self.literal(test.literal)
        if isinstance(test, In):
            return name + self.gap() + negated + self.keyword("in") + self.space() + self.positions(test.positions)
        if isinstance(test, Like):
            keyword = self.keyword("ilike" if test.folds else "like")
            quote = self.rng.choice((b"'", b'"'))
            return name + self.gap() + negated + keyword + self.gap() + quote + test.pattern.replace(quote, quote + quote) + quote
        if isinstance(test, BetweenTest):
            ends = self.literal(test.lo) + self.gap() + self.keyword("and") + self.gap() + self.literal(test.hi)
            return name + self.gap() + negated + self.keyword("between") + self.gap() + ends
        if isinstance(test, IsMissing):
            return name + self.gap() + self.keyword("is") + self.gap() + self.keyword("missing")
        if self.rng.random() < 0.5:
            return name + self.gap() + self.keyword("exists")
        words = [self.keyword(word) for word in ("is", "not", "missing")]
        return name + self.gap() + self.gap().join(words)

    # ---- measures and options ----

    def measure(self, measure):
        text = self.keyword(measure.kind)
        if measure.kind != "count":
            p = [measure.p.written] if measure.kind == "quantile" else []
            text += self.space() + self.list([self.name(measure.field)] + p, b"()")
        if measure.name is not None:
            text += self.gap() + self.keyword("as") + self.gap() + self.name(measure.name)
        return text

    def by(self, by):
        return self.measure(Measure(by.kind, by.field, by.p)) if isinstance(by, Measure) else self.name(by)

    def words(self, text):
        """Of keywords: "percent of row"."""
        return self.gap().join(self.keyword(word) for word in text.split())

    def order(self, order):
        directions = ("desc",) if order.descending else ("", "asc")
        direction = self.rng.choice(directions)
        return self.by(order.by) + (self.gap() + self.keyword(direction) if direction else b"")

    def options(self, query):
        g = self.gap
        found = []
        if query.having:
            by = self.by(query.having.by)
            found.append(self.words("having") + g() + by + g() + query.having.operator.encode() + g() + query.having.number.written)
        if query.order:
            orders = (self.space() + b"," + self.space()).join(self.order(order) for order in query.order)
            found.append(self.words("order by") + g() + orders)
        if query.limit is not None:
            offset = g() + self.words("offset") + g() + b"%d" % query.offset if query.offset else b""
            found.append(self.words("limit") + g() + b"%d" % query.limit + offset)
        if query.percent:
            found.append(self.words("percent of " + query.percent + (" with count" if query.with_count else "")))
        if query.weight is not None:
            found.append(self.words("weight by") + g() + self.name(query.weight))
        if query.suppress is not None:
            found.append(self.words("suppress below") + g() + b"%d" % query.suppress)
        if query.columns:
            level = g() + self.words("level") + g() + query.level.written if query.level else b""
            found.append(self.words("test columns") + level)
        if query.ci:
            found.append(self.words("ci") + g() + query.ci.written)
        if query.into is not None:
            seconds = g() + self.words("ex") + g() + b"%d" % query.into_seconds if query.into_seconds else b""
            found.append(self.words("into") + g() + self.quoted(query.into, b"'") + seconds)
        if query.format:
            found.append(self.words("format " + query.format))
        if query.timeout:
            found.append(self.words("timeout") + g() + b"%d" % query.timeout)
        for name, words in (("totals", "totals"), ("chi2", "test chi2"), ("residuals", "residuals"), ("nocache", "nocache")):
            if getattr(query, name):
                found.append(self.words(words))
        self.rng.shuffle(found)
        return b"".join(g() + option for option in found)

    # ---- the query ----

    def crosstab(self, query):
        kinds = [measure.kind for measure in query.measures]
        if kinds == ["count"] and query.measures[0].name is None:
            return self.keyword("count") + (b" " + self.tables(query) if any(query.tables) else b"")
        text = (self.space() + b"," + self.space()).join(self.measure(measure) for measure in query.measures)
        if any(query.tables):
            text += self.gap() + self.keyword("by") + self.gap() + self.tables(query)
        return text

    def query(self, query, dataset=None):
        if query.statement == "crosstab":
            text = self.crosstab(query) + self.gap() + self.keyword("from")
        elif query.statement == "describe":
            text = self.keyword("describe")
        else:
            comma = self.space() + b"," + self.space()
            fields = comma.join(self.name(field) for field in query.fields) if query.fields else b"*"
            text = self.keyword(query.statement) + self.gap() + fields + self.gap() + self.keyword("from")
        text += self.gap() + (dataset or (query.dataset if query.dataset == b"current" else self.name(query.dataset)))
        if query.where is not None:
            text += self.gap() + self.keyword("where") + self.gap() + self.cond(query.where)
        return text + self.options(query)


def write(query, rng):
    return Writer(rng).query(query)
