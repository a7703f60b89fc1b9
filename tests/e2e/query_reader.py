"""The text of a query as the oracle's objects: so that an answer in tests/queries is held against a count row by row.

It shares nothing with the server, and is as plain as it can be: words by one regular expression, one function per thing.

    read("count a in [1,3] from current where b = x")    -> "current", Query([Dim(b"a", Range(1, 3))], Compare(b"b", "=", Text(b"x")))
    read("explain count from current")                   raises Unreadable: the oracle has nothing to say of it
"""

import re

from oracle import (
    And, Between, Compare, Dim, Exists, In, IsMissing, List, Missing, Not, Number, OpenDim, Or, Other, Query, Range, Text, Value, WidthDim
)

TOKEN = re.compile(
    r"""\s*(?: (?P<text>'(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*")
             | (?P<name>`[^`]*`)
             | (?P<number>-?[0-9]+(?:\.[0-9]+)?(?![\w.]))
             | (?P<word>[^\W\d][\w.:-]*)
             | (?P<sign>\|\||&&|==|!=|<>|<=|>=|[\[\](){},=<>!;])
             | (?P<end>\Z) )""",
    re.VERBOSE | re.DOTALL,
)
SAME = {"==": "=", "<>": "!="}


class Unreadable(Exception):
    """Not a query that the oracle can count."""


class Reader:
    def __init__(self, text):
        self.tokens, at, kind = [], 0, None
        while kind != "end":
            match = TOKEN.match(text, at)
            if not match:
                raise Unreadable(text[at:])
            at, kind = match.end(), match.lastgroup
            self.tokens.append((kind, match.group(kind)))
        self.at = 0

    # ---- tokens ----

    def is_next(self, *words):
        """A keyword or a sign."""
        kind, text = self.tokens[self.at]
        return kind in ("word", "sign") and text.lower() in words

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

    def name(self):
        return self.take_kind("word", "name").strip("`").encode()

    def integer(self):
        return int(self.take_kind("number"))

    # ---- values ----

    def value(self):
        kind, text = self.tokens[self.at]
        self.take_kind("text", "number", "word")
        if kind == "number":
            return Number(text)
        if kind == "word":
            return Text(text.encode())
        quote = text[0]
        return Text(re.sub(r"\\(.)|%s%s" % (quote, quote), lambda m: m.group(1) or quote, text[1:-1], flags=re.DOTALL).encode())

    def number(self):
        return Number(self.take_kind("number"))

    def label(self, has_labels):
        if not has_labels or not self.take_if("as"):
            return None
        return self.take_kind("word", "name", "text").strip("`'\"").encode()

    def item(self, has_labels):
        if self.take_if("["):
            low = self.number()
            self.take(",")
            high = self.number()
            self.take("]")
            return Between(low, high, self.label(has_labels))
        if self.take_if("missing"):
            return Missing(self.label(has_labels))
        if self.take_if("other"):
            return Other(self.label(has_labels))
        return Value(self.value(), self.label(has_labels))

    def items(self, has_labels):
        found = [self.item(has_labels)]
        while self.take_if(","):
            found.append(self.item(has_labels))
        self.take("}")
        return List(*found)

    # ---- dimensions ----

    def dimension(self):
        field = self.name()
        if self.take_if("in"):
            if self.take("[", "{") == "{":
                dim = Dim(field, self.items(True))
            else:
                low = self.integer()
                self.take(",")
                dim = Dim(field, Range(low, self.integer()))
                self.take("]")
        elif self.take_if("by"):
            dim = WidthDim(field, self.number())
        else:
            dim = OpenDim(field)
        if self.take_if("as"):
            dim.name = self.name()
        return dim

    def dimensions(self):
        # `from` may be a field's name, too: `count from from current` has it twice.
        if self.is_next("from") and self.tokens[self.at + 1][1].lower() != "from":
            return []
        found = [self.dimension()]
        while self.take_if(","):
            found.append(self.dimension())
        return found

    # ---- conditions ----

    def test(self):
        field = self.name()
        if self.take_if("exists"):
            return Exists(field)
        if self.take_if("is"):
            negated = self.take_if("not")
            self.take("missing")
            return Exists(field) if negated else IsMissing(field)
        negated = bool(self.take_if("not"))
        if negated or self.is_next("in"):
            self.take("in")
            if self.take("[", "{") == "{":
                return In(field, self.items(False), negated)
            low = self.number()
            self.take(",")
            positions = Range(low, self.number())
            self.take("]")
            return In(field, positions, negated)
        operator = self.take("=", "==", "!=", "<>", "<", "<=", ">", ">=")
        return Compare(field, SAME.get(operator, operator), self.value())

    def negation(self):
        # A keyword before an operator is a field's name.
        if self.is_next("!") or (self.is_next("not") and self.tokens[self.at + 1][1] not in ("=", "!=", "<", "<=", ">", ">=")):
            self.at += 1
            return Not(self.negation())
        if self.take_if("("):
            found = self.disjunction()
            self.take(")")
            return found
        return self.test()

    def conjunction(self):
        found = self.negation()
        while self.take_if("&&", "and"):
            found = And(found, self.negation())
        return found

    def disjunction(self):
        found = self.conjunction()
        while self.take_if("||", "or"):
            found = Or(found, self.conjunction())
        return found

    # ---- the query ----

    def option(self, query):
        option = self.take("format", "nocache", "timeout", "suppress")
        if option == "format":
            query.format = self.take("nested", "rows")
        elif option == "nocache":
            query.nocache = True
        elif option == "timeout":
            query.timeout = self.integer()
        else:
            self.take("below")
            query.suppress = self.integer()

    def query(self):
        self.take("count")
        dims = self.dimensions()
        self.take("from")
        dataset = self.name().decode()
        query = Query(dims, self.disjunction() if self.take_if("where") else None)
        while self.tokens[self.at][0] != "end" and not self.is_next(";"):
            self.option(query)
        self.take_if(";")
        self.take_kind("end")
        return dataset, query


def read(text):
    """The dataset's name, and the query."""
    return Reader(text).query()
