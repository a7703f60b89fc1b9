"""Random rows, random writes to them and random queries over them: awkward ones.

    data = Data(random.Random(7), nrows=2000)
    data.rows                  what the dataset holds, as the oracle reads it
    data.load_commands()       the HSETs that make it so
    data.write_command()       a random write, carried out on data.rows too -> (command, reply it must get)
    data.query()               a random query that makes sense for these rows
"""

import re

from oracle import (
    And, Between, Compare, Dim, Exists, In, IsMissing, List, Missing, Not, Number, OpenDim, Or, Other,
    Query, Range, Text, Value, WidthDim, number,
)

INTEGER = re.compile(rb"(?:0|-?[1-9][0-9]*)\Z")  # for Redis
HUGE = [b"9007199254740992", b"9007199254740993", b"9223372036854775807", b"-9223372036854775808",
        b"9223372036854775808", b"-9223372036854775809", b"18446744073709551616",
        b"1000000000000000000000000000000", b"0.00000000000000000000000001"]
NOT_NUMBERS = [b"007", b"5.", b"0x10", b" 1", b"1 ", b"--1", b"00", b"00.5", b"1e401", b"1e", b"1,000", b"NaN", b"-inf"]
# The same numbers written in several ways.
NUMERALS = [b"2.50", b"+1", b"-0", b"1e3", b".5", b"12.0", b"+12", b"1.2e1", b"1E1", b"10", b"1e+05", b"5e-1", b"0.50", b"-.5",
            b"-0.0", b"0e0", b"+3", b"3.000", b"-1e-400", b"1e400"]
TEXTS = [b"", b" ", b"x", b"X", b"yes", b"a b", b"it's", b'say "hi"', b"`", b"\\", b"\\'", b"{}", b"{a}", b"}",
         b"a=1", b"100%", b"%d%s", b"a:b", b"a,b", b"[1,2]", b"||", b"l1\nl2", b"\r\n", b"\t", b"\x00", b"\x01\xff",
         "größe".encode(), "日本".encode(), b"missing", b"other", b"count", b"[0,10)", b"-", b"_"]

# name, how often rows have it, values, whether BY and HINCRBY make sense
FIELDS = [
    (b"value_1", 1.0, [b"%d" % i for i in range(1, 3)], True),
    (b"value_2", 1.0, [b"%d" % i for i in range(1, 9)], True),
    (b"sex", 0.95, [b"female", b"male", b"other", b"x"], False),
    (b"age", 0.9, [b"%d" % i for i in range(-12, 60)]
     + [b"33.5", b"-0.5", b"0.25", b"unknown", b"007", b"12.0", b"+3", b"1e1", b".5", b"5.0", b"33.50", b"-0", b" 5"], True),
    (b"price", 0.5, [b"0", b"0.1", b"0.10", b"0.05", b"1.25", b"-2.5", b"-2", b"10", b"9.99", b"100.001", b"1e-1",
                     b".10", b"1e1", b"10.0", b"+1.25", b"-200e-2"], True),
    (b"big", 0.4, HUGE + NUMERALS + [b"0", b"-1", b"7", b"9007199254740993.0", b"9.223372036854775808e18"], False),
    (b"mixed", 0.6, HUGE + NOT_NUMBERS + NUMERALS + TEXTS + [b"%d" % i for i in range(-3, 12)], False),
    (b"text", 0.5, TEXTS + NOT_NUMBERS + NUMERALS, False),
    (b"rare", 0.02, [b"1", b"2"], True),
    (b"rarer", 0.004, [b"1", b"2", b"x"], True),
    (b"Origin State", 0.7, [b"Ohio", b"New York", b"Rhode Island", b"1"], False),
    (b"a=1", 0.3, [b"1", b"2", b"3"], True),
    (b"{x}", 0.3, [b"1", b"{x}", b"{"], False),
    (b"count", 0.3, [b"1", b"2", b"count"], True),
    (b"where", 0.2, [b"1", b"2"], True),
    (b"rows", 0.1, [b"0", b"1"], True),
    (b"it's `so`", 0.2, [b"1", b"it's `so`"], False),
    (b"100%:d", 0.2, [b"%", b"1", b"2"], False),
    ("größe\n".encode(), 0.2, [b"1", b"2", b"2.5"], True),
    (b"value_1=1", 0.2, [b"1", b""], False),
    (b"a.b:c-d", 0.3, [b"1", b"2"], True),
    (b" ", 0.1, [b" ", b"1"], False),
]
ABSENT = b"nobody has it"
KEYS = [b"profile_", b"profile_{x}", b"profile_{}", b"profile_a b", b"profile_}{", b"profile_\r\n", b"profile_%s",
        "profile_größe".encode(), b"profile_profile_1", b"profile_007", b"profile_:rows", b"profile_=1{"]


class Data:
    def __init__(self, rng, nrows):
        self.rng = rng
        self.rows = {}
        # A run leaves some fields out and makes others common, so that plans differ.
        self.fields = [field for field in FIELDS if rng.random() < 0.85] or FIELDS
        self.names = [field[0] for field in self.fields] + [ABSENT]
        self.values = {field[0]: field[2] for field in self.fields}
        self.values[ABSENT] = [b"1"]
        self.numeric = [field[0] for field in self.fields if field[3]]
        self.past = []
        for i in range(nrows):
            self.rows[self.random_key(i)] = self.random_row()

    def random_key(self, i):
        if self.rng.random() < 0.02:
            return self.rng.choice(KEYS)
        return b"profile_%d" % i

    def random_row(self):
        row = {}
        while not row:
            for name, often, values, _ in self.fields:
                if self.rng.random() < often:
                    row[name] = self.rng.choice(values)
        return row

    def load_commands(self):
        commands = []
        for key, row in self.rows.items():
            commands.append(("HSET", key) + tuple(part for pair in row.items() for part in pair))
        return commands

    # ---- writes ----

    def write_command(self):
        rng = self.rng
        keys = list(self.rows)
        new_key = self.random_key(rng.randrange(10 * (len(keys) + 1)))
        key = rng.choice(keys) if keys and rng.random() < 0.85 else new_key
        row = self.rows.get(key, {})
        kind = rng.choice(("HSET", "HSET", "HMSET", "HDEL", "HDEL", "DEL", "UNLINK", "HINCRBY", "HSETNX"))
        if kind in ("HSET", "HMSET"):
            new = self.random_row()
            names = rng.sample(sorted(new), rng.randint(1, min(3, len(new))))
            nnew = sum(name not in row for name in names)
            self.rows.setdefault(key, {}).update((name, new[name]) for name in names)
            args = [part for name in names for part in (name, new[name])]
            return (kind, key, *args), nnew if kind == "HSET" else b"OK"
        if kind == "HDEL":
            names = rng.sample(self.names, rng.randint(1, 3))
            if rng.random() < 0.1:
                names = list(row) or names
            gone = sum(row.pop(name, None) is not None for name in names)
            if not row:
                self.rows.pop(key, None)
            return (kind, key, *names), gone
        if kind in ("DEL", "UNLINK"):
            return (kind, key), int(self.rows.pop(key, None) is not None)
        if kind == "HSETNX":
            name = rng.choice(self.names[:-1])
            value = rng.choice(self.values[name])
            is_new = name not in row
            if is_new:
                self.rows.setdefault(key, {})[name] = value
            return (kind, key, name, value), int(is_new)
        name = rng.choice(self.names[:-1])
        step = rng.choice((1, -1, 3, -40, 2**62))
        old = row.get(name, b"0")
        is_integer = INTEGER.match(old) and -(2**63) <= int(old) < 2**63
        if not is_integer or not -(2**63) <= int(old) + step < 2**63:
            return (kind, key, name, step), None  # an error, and nothing changes
        self.rows.setdefault(key, {})[name] = b"%d" % (int(old) + step)
        return (kind, key, name, step), int(old) + step

    # ---- queries ----

    def query(self):
        rng = self.rng
        ndims = rng.choice((0, 1, 1, 2, 2, 3, 4))
        dims, ncells = [], 1
        for _ in range(ndims):
            dim, npositions = self.dim()
            if ncells * npositions <= 20000:
                dims.append(dim)
                ncells *= npositions
        where = None
        if rng.random() < 0.85:
            if self.past and rng.random() < 0.4:
                where = rng.choice(self.past)
            else:
                where = self.cond(rng.choice((0, 1, 1, 2, 2, 3, 5)))
                self.past.append(where)
        return Query(
            dims, where,
            format=rng.choice((None, None, None, "nested", "rows")),
            nocache=rng.random() < 0.1,
            timeout=rng.choice((None, None, None, 60000)),
            suppress=rng.choice((None, None, None, None, 0, 1, 2, 5, 40)),
        )

    def dim(self):
        rng = self.rng
        field = rng.choice(self.names)
        name = rng.choice((None, None, None, b"alias", b"two words", b"from"))
        kind = rng.choice(("range", "range", "list", "list", "list", "open", "width"))
        if kind == "width" and field in self.numeric and field not in (b"big", b"mixed"):
            width = Number(rng.choice(("1", "2", "10", "0.5", "0.1", "2.50", "7", "1000")))
            return WidthDim(field, width, name), 100
        if kind == "open":
            return OpenDim(field, name), len(self.values[field])
        if kind == "range":
            lo = rng.randint(-5, 5)
            hi = lo + rng.randint(0, 9)
            return Dim(field, Range(lo, hi), name), hi - lo + 1
        items = self.items(field, labels=True)
        return Dim(field, List(*items), name), len(items)

    def items(self, field, labels):
        """Distinct values and ranges that do not overlap, in any order."""
        rng = self.rng
        items, taken, ranges = [], set(), []

        def label():
            return rng.choice((None, None, None, b"label", b"a b", b"missing", b"1")) if labels else None

        for _ in range(rng.randint(0, 3)):
            lo, hi = sorted((self.number(), self.number()), key=lambda n: n.value)
            if not any(lo.value <= r.hi.value and r.lo.value <= hi.value for r in ranges):
                ranges.append(Between(lo, hi, label()))
        for _ in range(rng.randint(1, 6)):
            literal = self.value_literal(field)
            n = number(literal.text)
            inside = n is not None and any(r.lo.value <= n <= r.hi.value for r in ranges)
            if literal.text not in taken and not inside:
                taken.add(literal.text)
                items.append(Value(literal, label()))
        items += ranges
        if rng.random() < 0.3:
            items.append(Missing(label()))
        if rng.random() < 0.3:
            items.append(Other(label()))
        if not items:
            items.append(Missing(label()))
        rng.shuffle(items)
        return items

    def number(self):
        rng = self.rng
        kind = rng.randrange(6)
        if kind < 3:
            return Number(rng.randint(-6, 12))
        if kind == 3:
            return Number("%d.%d" % (rng.randint(-5, 40), rng.randint(0, 99)))
        if kind == 4:
            return Number(rng.choice(("0", "-0", "1.0", "2.50", "-0.50", "33.5", "0.10")))
        return Number(rng.choice(HUGE + NUMERALS).decode())

    def value_literal(self, field):
        """One that some row may have, or one nearby."""
        rng = self.rng
        if rng.random() < 0.1:
            return self.number()
        if rng.random() < 0.05:
            return Text(rng.choice(TEXTS))
        text = rng.choice(self.values[field])
        if number(text) is not None and rng.random() < 0.9:
            is_plain = text.strip(b"+-").isdigit()
            return Number(text.decode() + (rng.choice((".0", "e0", "E+00")) if is_plain and rng.random() < 0.1 else ""))
        return Text(text)

    def cond(self, depth):
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            return self.test()
        kind = rng.randrange(5)
        if kind == 0:
            return Not(self.cond(depth - 1))
        children = [self.cond(depth - 1) for _ in range(rng.choice((2, 2, 2, 3, 3, 5)))]
        return Or(*children) if kind < 3 else And(*children)

    def test(self):
        rng = self.rng
        field = rng.choice(self.names)
        kind = rng.randrange(10)
        if kind < 4:
            return Compare(field, rng.choice(("=", "=", "=", "!=")), self.value_literal(field))
        if kind < 6:
            literal = self.number() if rng.random() < 0.4 else self.value_literal(field)
            return Compare(field, rng.choice(("<", "<=", ">", ">=")), literal)
        if kind == 6:
            lo, hi = sorted((self.number(), self.number()), key=lambda n: n.value)
            return In(field, Range(lo, hi), rng.random() < 0.3)
        if kind == 7:
            return In(field, List(*self.items(field, labels=False)), rng.random() < 0.4)
        return rng.choice((IsMissing, Exists))(field)
