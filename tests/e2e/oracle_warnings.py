"""What an answer should warn of: fields that no row has, keywords that are values, fields without a date.

    Expected(Query([OpenDim(b"sexx")]), dataset).differs([...])      -> None, or what is wrong with the lines of an answer

Words in the place of values are warned of where they are fields; whether a text is written as a word is the writer's to choose, so
these lines may be there, and need not.

What statistics are made of is no mistake of the query, and the answer says it all the same: of_weights, of_infinity.
"""

import math
import re

from oracle_conditions import And, In, List, Missing, Not, Or, Other, fields_of
from oracle_places import Group, UnitBins, When
from oracle_values import parts

MOST = 100  # lines
NULL = "null is a text like any other; "  # where it is written as a word
NOT_UTF_8 = "some labels are not UTF-8: U+FFFD stands for bytes of theirs"


def of_weights(query, tests):
    """Of tests and intervals of weighted counts."""
    what = ["tests"] * bool(tests) + ["intervals"] * (query.ci is not None)
    if query.weight is None or not what:
        return []
    lacks_exact = any(test["chi2"] and test["chi2"]["df"] == 1 for test in tests)
    return ["%s are of weighted counts, scaled to Kish's effective base%s" % (" and ".join(what), ": without Yates and Fisher" * lacks_exact)]


def of_infinity(tests):
    """Of json, where an infinite odds ratio is null."""
    fishers = [test["chi2"]["fisher"] for test in tests if test["chi2"] and test["chi2"]["fisher"]]
    return ["an infinite odds_ratio is null: JSON has no infinity"] * any(math.isinf(fisher["odds_ratio"].value) for fisher in fishers)


def mistakes(a, b):
    """Left out, added, changed, two that changed places; by recursion over prefixes, as no server does it."""
    known = {}

    def count(i, j):
        if i == 0 or j == 0:
            return i + j
        if (i, j) not in known:
            best = min(count(i - 1, j) + 1, count(i, j - 1) + 1, count(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and (a[i - 1], a[i - 2]) == (b[j - 2], b[j - 1]):
                best = min(best, count(i - 2, j - 2) + 1)
            known[i, j] = best
        return known[i, j]

    return count(len(a), len(b))


def nearest(name, names):
    """None: none is near."""
    found = None
    text = name.decode().lower()
    for other in sorted(names):
        try:
            n = mistakes(text, other.decode().lower())
        except UnicodeDecodeError:
            continue
        most = max(len(text) // 3, min(2, len(text) // 2))
        if n <= most and (found is None or n < found[0]):
            found = n, other
    return found and found[1]


def lists_of(cond):
    """The lists of a condition: (field, singles)."""
    if isinstance(cond, Not):
        return lists_of(cond.child)
    if isinstance(cond, (And, Or)):
        return [found for child in cond.children for found in lists_of(child)]
    return [(cond.field, cond.positions.items)] if isinstance(cond, In) and isinstance(cond.positions, List) else []


class Expected:
    def __init__(self, query, dataset):
        self.query, self.dataset = query, dataset
        self.names = {field for row in dataset.texts.values() for field in row}
        dims = [dim for table in query.tables for dim in table]
        conds = [cond for cond in [query.where] + [item.cond for dim in dims for item in dim.items if isinstance(item, When)] if cond]
        measures = query.measures + [having.by for having in [query.having] if having] + [order.by for order in query.order]
        fields = [measure.field for measure in measures if not isinstance(measure, bytes)] + [query.weight] + (query.fields or [])
        self.fields = set(fields + [dim.field for dim in dims] + [field for cond in conds for field in fields_of(cond)]) - {None}
        self.lists = [(dim.field, item.singles if isinstance(item, Group) else [item]) for dim in dims for item in dim.items]
        self.lists += [found for cond in conds for found in lists_of(cond)]
        self.dates = {(dim.field, item.unit) for dim in dims for item in dim.items if isinstance(item, UnitBins)}

    def values(self, field):
        return {row[field] for row in self.dataset.texts.values() if field in row}

    def unknown(self, field):
        meant = nearest(field, self.names)
        hint = "; did you mean '%s'?" % meant.decode() if meant else ""
        return "no row of %s has the field '%s'%s" % (self.query.dataset.decode(), field.decode(), hint)

    def keywords(self):
        for field, singles in self.lists:
            for kind, word in ((Missing, b"missing"), (Other, b"other")):
                is_value = {word, word.upper(), word.capitalize()} & self.values(field) if field else False
                if is_value and any(isinstance(single, kind) for single in singles):
                    yield "%s in a list is no value, but '%s' has a value of that name: in quotes it is the value" % (
                        word.decode().upper(), field.decode())

    def without_dates(self):
        for field, unit in self.dates:
            values = {value for row in self.dataset.rows.values() for value in parts(row, field)}
            if field in self.names and not any(UnitBins(unit).key(value, self.dataset, field) for value in values):
                yield "no row of %s has a %s in '%s': BY %s finds nothing" % (
                    self.query.dataset.decode(), "time of day" if unit == "hour" else "date", field.decode(), unit.upper())

    def lines(self):
        unknown = [self.unknown(field) for field in sorted(self.fields - self.names)]
        return set(unknown) | set(self.keywords()) | set(self.without_dates())

    def may_be(self, line):
        """Of what the writer decides."""
        word = re.fullmatch("'(.*)' is a text here and not the field of that name: fields are not compared with each other", line)
        return word and word.group(1).encode() in self.names or line == NOT_UTF_8 or line.startswith(NULL)

    def differs(self, lines, statistics=()):
        """statistics: what must be there whatever the query names."""
        if not set(statistics) <= set(lines):
            return "without the warnings %r: %r" % (statistics, lines)
        if not self.query.warns:
            return None
        lines = [line for line in lines if line not in statistics]
        if self.query.suppress and self.query.suppress > 1:
            return None if all(line == NOT_UTF_8 or line.startswith(NULL) for line in lines) else "warnings where small counts are hidden: %r" % lines
        want, got = self.lines(), {line for line in lines if not self.may_be(line)}
        if len(got) < len(want) == MOST:
            return None
        return None if want == got else "the warnings are %r and not %r" % (sorted(got), sorted(want))
