"""The text of a query as the oracle's objects: so that an answer in tests/queries is held against a count row by row.

It shares nothing with the server, and is as plain as it can be: words one after the other, one function per rule of the grammar.

    read("count a in [1,3] from current where b = x")    -> "current", Query([Dim(b"a", Range(1, 3))], Compare(b"b", "=", Text(b"x")))
    read("count a form current")                         raises Unreadable: the oracle has nothing to say of it
"""

import re
import unicodedata

from oracle_conditions import (
    And, Between, BetweenTest, Compare, Exists, In, IsMissing, Like, List, Missing, Not, Or, Other, Range, Value
)
from oracle_dates import UNITS
from oracle_places import BinsDim, Dim, Group, Net, OpenDim, QuantileBins, Star, Top, UnitBins, When, WhensDim, WidthBins, WidthDim
from oracle_query import FORMATS, MEASURES, Having, Measure, Order, Query
from oracle_values import Number, Text, like_pattern

SPACE = re.compile(r"[ \t\r\n\v\f]*")
TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*")
      | (?P<name>`(?:[^`]|``)+`)
      | (?P<number>[+-]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<sign>\|\||&&|==|!=|<>|<=|>=|[\[\](){},=<>!;*])""",
    re.VERBOSE | re.DOTALL,
)
OPERATORS = ("=", "==", "!=", "<>", "<", "<=", ">", ">=")
SAME = {"==": "=", "<>": "!="}


class Unreadable(Exception):
    """Not a query that the oracle can read."""


def _is_word(c, is_first):
    category = unicodedata.category(c)
    return category[0] == "L" or c == "_" or (not is_first and (category[0] == "M" or category == "Nd" or c in ".:-"))


def tokens(text):
    """[(kind, text)], the last of kind end."""
    found, at = [], 0
    while True:
        at = SPACE.match(text, at).end()
        if at == len(text):
            return found + [("end", "")]
        match = TOKEN.match(text, at)
        if match:
            end, kind = match.end(), match.lastgroup
            if kind == "number" and end < len(text) and (_is_word(text[end], False) or text[end] == "."):
                raise Unreadable(text[at:])
        elif _is_word(text[at], True):
            end, kind = at + 1, "word"
            while end < len(text) and _is_word(text[end], False):
                end += 1
        else:
            raise Unreadable(text[at:])
        found.append((kind, text[at:end]))
        at = end


def to_bytes(text):
    return text.encode("utf-8", "surrogateescape")


class Reader:
    def __init__(self, text):
        if isinstance(text, bytes):
            text = text.decode("utf-8", "surrogateescape")
        self.tokens, self.at = tokens(text), 0

    # ---- tokens ----

    def is_at(self, ahead, *words):
        """A keyword or a sign, so many tokens ahead."""
        kind, text = self.tokens[min(self.at + ahead, len(self.tokens) - 1)]
        return kind in ("word", "sign") and text.lower() in words

    def is_next(self, *words):
        return self.is_at(0, *words)

    def kind_at(self, ahead):
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)][0]

    def take_if(self, *words):
        if not self.is_next(*words):
            return None
        self.at += 1
        return self.tokens[self.at - 1][1].lower()

    def take(self, *words):
        found = self.take_if(*words)
        if found is None:
            raise Unreadable("%r in place of %r" % (self.tokens[self.at][1], words))
        return found

    def take_kind(self, *kinds):
        kind, text = self.tokens[self.at]
        if kind not in kinds:
            raise Unreadable("%r in place of %r" % (text, kinds))
        self.at += 1
        return text

    def some(self, read):
        """One, or several with commas between."""
        found = [read()]
        while self.take_if(","):
            found.append(read())
        return found

    # ---- names and values ----

    def unquoted(self, text):
        if text[0] == "`":
            return to_bytes(text[1:-1].replace("``", "`"))
        if text[0] in "'\"":
            quote = text[0]
            return to_bytes(re.sub(r"\\(.)|%s%s" % (quote, quote), lambda m: m.group(1) or quote, text[1:-1], flags=re.DOTALL))
        return to_bytes(text)

    def field(self):
        return self.unquoted(self.take_kind("word", "name"))

    def name(self):
        return self.unquoted(self.take_kind("word", "name", "text"))

    def as_name(self):
        return self.name() if self.take_if("as") else None

    def integer(self):
        text = self.take_kind("number")
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            raise Unreadable(text)
        return int(text)

    def number(self):
        return Number(self.take_kind("number"))

    def value(self):
        kind = self.tokens[self.at][0]
        text = self.take_kind("text", "number", "word")
        return Number(text) if kind == "number" else Text(self.unquoted(text))

    def pattern(self):
        """As it is written, but for quotes."""
        text = self.take_kind("text")
        quote = text[0]
        found = to_bytes(re.sub(r"\\%s|%s%s|(\\.)" % (quote, quote, quote), lambda m: m.group(1) or quote, text[1:-1], flags=re.DOTALL))
        if like_pattern(found) is None:
            raise Unreadable(text)
        return found

    # ---- lists ----

    def label(self):
        return self.unquoted(self.take_kind("word", "name", "text", "number")) if self.take_if("as") else None

    def is_range(self):
        """Whether a parenthesis opens a range, (lo,hi] or (,hi], and no group."""
        if self.is_at(1, ","):
            return True
        return self.kind_at(1) == "number" and self.is_at(2, ",") and self.kind_at(3) == "number" and self.is_at(4, "]")

    def range(self):
        has_lo = self.take("[", "(") == "["
        lo = None if not has_lo and self.is_next(",") else self.number()
        self.take(",")
        hi = None if has_lo and self.is_next(")") else self.number()
        has_hi = self.take("]", ")") == "]"
        if not has_lo and not has_hi:
            raise Unreadable("open at both sides")
        return Between(lo, hi, has_lo=has_lo, has_hi=has_hi)

    def single(self):
        if self.is_next("[") or (self.is_next("(") and self.is_range()):
            return self.range()
        if self.take_if("missing"):
            return Missing()
        if self.take_if("other"):
            return Other()
        return Value(self.value())

    def singles(self):
        self.take("(")
        found = self.some(self.single)
        self.take(")")
        return found

    def bins(self):
        """Behind BY."""
        if self.is_next(*UNITS):
            return UnitBins(self.take(*UNITS))
        number = self.number()
        if self.take_if("quantiles"):
            return QuantileBins(int(number.value))
        return WidthBins(number)

    def are_bins(self, ahead):
        return self.kind_at(ahead) == "number" or self.is_at(ahead, *UNITS)

    def when(self):
        self.take("when")
        self.take("(")
        cond = self.disjunction()
        self.take(")")
        if not self.is_next("as"):
            raise Unreadable("WHEN without a label")
        return When(cond, self.label())

    def item(self):
        if self.take_if("*"):
            return Star()
        if self.is_next("top") and self.kind_at(1) == "number":
            self.at += 1
            return Top(self.integer())
        if self.is_next("by") and self.are_bins(1):
            self.at += 1
            return self.bins()
        if self.is_next("when") and self.is_at(1, "("):
            return self.when()
        if self.is_next("net") and self.is_at(1, "("):
            self.at += 1
            found = Net(self.singles())
        elif self.is_next("(") and not self.is_range():
            found = Group(self.singles())
        else:
            found = self.single()
        found.label = self.label()
        return found

    def items(self, read):
        self.take("{")
        found = self.some(read)
        self.take("}")
        return List(*found)

    # ---- dimensions ----

    def dimension(self):
        if self.is_next("{"):
            whens = self.items(self.when).items
            self.take("as")
            return WhensDim(whens, self.name())
        field = self.field()
        if self.take_if("in"):
            if self.is_next("{"):
                dim = Dim(field, self.items(self.item))
            else:
                self.take("[")
                low = self.integer()
                self.take(",")
                dim = Dim(field, Range(low, self.integer()))
                self.take("]")
        elif self.is_next("by") and self.are_bins(1):
            self.at += 1
            bins = self.bins()
            dim = WidthDim(field, bins.width) if isinstance(bins, WidthBins) else BinsDim(field, bins)
        else:
            dim = OpenDim(field)
        dim.name = self.as_name()
        return dim

    def table(self):
        self.take("(")
        found = self.some(self.dimension)
        self.take(")")
        return found

    def tables(self):
        return self.some(self.table) if self.is_next("(") else [self.some(self.dimension)]

    # ---- conditions ----

    def membership(self, field, negated):
        if self.is_next("{"):
            def single():
                found = self.single()
                found.label = self.label()
                return found
            return In(field, self.items(single), negated)
        return In(field, self.range(), negated)

    def test(self):
        field = self.field()
        if self.take_if("exists"):
            return Exists(field)
        if self.take_if("is"):
            negated = self.take_if("not")
            self.take("missing")
            return Exists(field) if negated else IsMissing(field)
        negated = bool(self.take_if("not"))
        if negated or self.is_next("in", "like", "ilike", "between"):
            kind = self.take("in", "like", "ilike", "between")
            if kind == "in":
                return self.membership(field, negated)
            if kind == "between":
                low = self.value()
                self.take("and")
                return BetweenTest(field, low, self.value(), negated)
            return Like(field, self.pattern(), negated, folds=kind == "ilike")
        operator = self.take(*OPERATORS)
        return Compare(field, SAME.get(operator, operator), self.value())

    def negation(self):
        # A keyword before an operator is a field's name.
        if self.is_next("!") or (self.is_next("not") and not self.is_at(1, *OPERATORS)):
            self.at += 1
            return Not(self.negation())
        if self.take_if("("):
            found = self.disjunction()
            self.take(")")
            return found
        return self.test()

    def conjunction(self):
        found = [self.negation()]
        while self.take_if("&&", "and"):
            found.append(self.negation())
        return found[0] if len(found) == 1 else And(*found)

    def disjunction(self):
        found = [self.conjunction()]
        while self.take_if("||", "or"):
            found.append(self.conjunction())
        return found[0] if len(found) == 1 else Or(*found)

    # ---- measures and options ----

    def measure(self, has_name=True):
        kind = self.take(*MEASURES)
        measure = Measure(kind)
        if kind != "count":
            self.take("(")
            measure.field = self.field()
            if kind == "quantile":
                self.take(",")
                measure.p = self.number()
            self.take(")")
        measure.name = self.as_name() if has_name else None
        return measure

    def by(self, *behind):
        """A measure, or a name."""
        if self.is_next(*MEASURES) and (self.is_at(1, "(") or (self.is_next("count") and self.is_at(1, *behind))):
            return self.measure(has_name=False)
        return self.measure(has_name=False) if self.is_next("count") else self.name()

    def order(self):
        order = Order(self.by("asc", "desc", ",", ";"))
        order.descending = self.take_if("asc", "desc") == "desc"
        return order

    def option(self, query):
        option = self.take(
            "having", "order", "limit", "totals", "percent", "weight", "suppress", "test", "residuals", "ci", "into", "format",
            "timeout", "nocache"
        )
        if option in ("totals", "residuals", "nocache"):
            setattr(query, option, True)
        elif option == "having":
            by = self.by(*OPERATORS)
            operator = self.take(*OPERATORS)
            query.having = Having(by, SAME.get(operator, operator), self.number())
        elif option == "order":
            self.take("by")
            query.order = self.some(self.order)
        elif option == "limit":
            query.limit = self.integer()
            query.offset = self.integer() if self.take_if("offset") else 0
        elif option == "percent":
            self.take("of")
            query.percent = self.take("row", "column", "total")
            if self.take_if("with"):
                query.with_count = bool(self.take("count"))
        elif option == "weight":
            self.take("by")
            query.weight = self.field()
        elif option == "suppress":
            self.take("below")
            query.suppress = self.integer()
        elif option == "test":
            if self.take("chi2", "columns") == "chi2":
                query.chi2 = True
            else:
                query.columns = True
                query.level = self.number() if self.take_if("level") else None
        elif option == "ci":
            query.ci = self.number()
        elif option == "into":
            query.into = self.unquoted(self.take_kind("word", "text"))
            query.into_seconds = self.integer() if self.take_if("ex") else None
        elif option == "format":
            query.format = self.take(*FORMATS)
        else:
            query.timeout = self.integer()

    # ---- the query ----

    def crosstab(self, query):
        if self.take_if("count"):
            if self.take_if(","):
                query.measures += self.some(self.measure)
            # `from` and `by` may be fields' names, too: `count from from current` has one.
            elif not (self.is_next("from") and not self.is_at(1, "from")) and not (self.is_next("by") and not self.is_at(1, "from", ",")):
                query.tables = self.tables()
                return
        else:
            query.measures = self.some(self.measure)
        if self.take_if("by"):
            query.tables = self.tables()

    def query(self):
        query = Query()
        query.mode = self.take_if("explain", "profile")
        if self.is_next("rows", "values", "describe"):
            query.statement = self.take("rows", "values", "describe")
            if query.statement == "rows" and not self.take_if("*"):
                query.fields = self.some(self.field)
            elif query.statement == "values":
                query.fields = [self.field()]
        else:
            self.crosstab(query)
        if query.statement != "describe":
            self.take("from")
        query.dataset = self.field()
        if self.take_if("where"):
            query.where = self.disjunction()
        while self.kind_at(0) != "end" and not self.is_next(";"):
            self.option(query)
        self.take_if(";")
        self.take_kind("end")
        return query


def read_query(text):
    return Reader(text).query()


def read(text):
    """The dataset's name, and the query: of those that answer a table."""
    query = read_query(text)
    if query.mode or query.statement != "crosstab":
        raise Unreadable(text)
    return query.dataset.decode(), query
