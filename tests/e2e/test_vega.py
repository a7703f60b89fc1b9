"""Public data sets (npm vega-datasets) load without options, and count as DuckDB (npm @duckdb/node-api) counts them.

Both are asked the same random questions: open dimensions, filters, sums. Where the two differ for good reasons, the question is put to
DuckDB in Quipu's terms: a cell is its text, an empty text is missing, a numeral is its value (1.0 is 1, also of a title that is a
number), and a test of a missing value is false.
"""

import decimal
import json
import os
import random
import re
import unittest

import quipu_harness as harness
from quipu_harness import ServerCase, run_load
from test_typed import NODE_MODULES, dry_run, duckdb

DATA = os.path.join(NODE_MODULES, "vega-datasets", "data")
FILES = ["birdstrikes.csv", "cars.json", "movies.json", "weather.csv", "flights-2k.json", "flights-airport.csv", "weekly-weather.json"]
QUESTIONS = 12
NUMERAL = re.compile(r"[+-]?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
# What a cell is in DuckDB's terms: its text, or the number that it is; and that number alone.
MACROS = [
    "create macro num(x) as case when regexp_full_match(x, '%s') then try_cast(x as decimal(38, 12)) end" % NUMERAL.pattern,
    "create macro val(x) as coalesce(num(x)::varchar, x)",
]


def value(label):
    """A label as both write it."""
    return decimal.Decimal(label) if label is not None and NUMERAL.fullmatch(label) else label


def name(field):
    return "`%s`" % field.replace("`", "``")


def column(field):
    return '"%s"' % field.replace('"', '""')


def text(label):
    return "'%s'" % label.replace("'", "''")


class Questions:
    """Random questions to a dataset, each as a query and as SQL of rows (labels ..., count, sum)."""

    def __init__(self, seed, dataset, values):
        """values: {field: its values, as texts}"""
        self.random, self.dataset, self.values = random.Random(seed), dataset, values
        self.fields = sorted(values)
        self.numbers = [field for field in self.fields if sum(map(bool, map(NUMERAL.fullmatch, values[field]))) * 2 > len(values[field])]
        self.few = [field for field in self.fields if 0 < len(values[field]) <= 40] or self.fields[:1]

    def test(self):
        pick = self.random
        field = pick.choice(self.fields)
        kind = pick.choice(["=", "!=", "in", "missing", "exists"] + ["<", ">=", "range"] * (field in self.numbers))
        some = [pick.choice(self.values[field] or ["none"]) for _ in range(3)]
        c = column(field)
        if kind == "=":
            return "%s = %s" % (name(field), text(some[0])), "coalesce(val(%s) = val(%s), false)" % (c, text(some[0]))
        if kind == "!=":
            return "%s != %s" % (name(field), text(some[0])), "coalesce(val(%s) <> val(%s), false)" % (c, text(some[0]))
        if kind == "in":
            some = list({value(each): each for each in some}.values())
            return ("%s in {%s}" % (name(field), ", ".join(map(text, some))),
                    "coalesce(val(%s) in (%s), false)" % (c, ", ".join("val(%s)" % text(each) for each in some)))
        if kind in ("missing", "exists"):
            is_there = kind == "exists"
            return "%s %s" % (name(field), "exists" if is_there else "is missing"), "%s is %s null" % (c, "not" if is_there else "")
        numbers = sorted(value(each) for each in some if NUMERAL.fullmatch(each)) or [decimal.Decimal(0)]
        low, high = numbers[0], numbers[-1]
        if kind == "range":
            return "%s in [%f,%f]" % (name(field), low, high), "coalesce(num(%s) between %f and %f, false)" % (c, low, high)
        return "%s %s %f" % (name(field), kind, low), "coalesce(num(%s) %s %f, false)" % (c, kind, low)

    def condition(self):
        (a, sql_a), (b, sql_b) = self.test(), self.test()
        form = self.random.choice(["%s and %s", "%s or not (%s)", "not (%s and %s)", "%s or %s"])
        return form % (a, b), form % (sql_a, sql_b)

    def question(self):
        dims = self.random.sample(self.few, min(len(self.few), self.random.choice([1, 1, 2])))
        where, sql_where = self.condition()
        measured = self.random.choice(self.numbers or [self.fields[0]])
        labels = ["val(%s)" % column(dim) for dim in dims]
        query = "count, sum(%s) by %s from %s where %s" % (name(measured), ", ".join(map(name, dims)), self.dataset, where)
        sql = "select %s, count(*)::varchar, sum(num(%s))::varchar from t where (%s) and %s group by all" % (
            ", ".join(labels + ["null"] * (2 - len(dims))), column(measured), sql_where,
            " and ".join("%s is not null" % column(dim) for dim in dims))
        return query, sql


@unittest.skipUnless(os.path.isdir(DATA), "SKIPPED: scripts/setup has not installed vega-datasets")
class Vega(ServerCase):
    def answer(self, query):
        """{labels: (count, sum)}, of the cells that are not zero."""
        answer = {}
        for *labels, (count, total) in self.query(query):
            labels = tuple(value(each.decode() if isinstance(each, bytes) else str(each)) for each in labels)
            if count:
                answer[labels + (None,) * (2 - len(labels))] = (count, total if total is None else decimal.Decimal(total.decode()))
        return answer

    def told(self, questions, table):
        """DuckDB's answers, in the same form."""
        parts = ["(select %d as q, * from (%s))" % (n, sql) for n, (_, sql) in enumerate(questions)]
        answers = [{} for _ in questions]
        for n, first, second, count, total in duckdb(*MACROS, table, " union all ".join(parts)):
            answers[int(n)][value(first), value(second)] = (int(count), total if total is None else decimal.Decimal(total))
        return answers

    def table(self, path, fields):
        """A table of texts; an empty one is missing."""
        if path.endswith(".csv"):
            source = "read_csv('%s', all_varchar = true, header = true)" % path
            columns = ["nullif(%s, '') as %s" % (column(field), column(field)) for field in fields]
        else:
            source = "(select unnest(from_json(content, '[\"json\"]')) as json from read_text('%s'))" % path
            pointers = ["/" + field.replace(".", "/") for field in fields]
            columns = ["nullif(json ->> '%s', '') as %s" % (pointer, column(field)) for pointer, field in zip(pointers, fields)]
        return "create table t as select %s from %s" % (", ".join(columns), source)

    def check(self, number, file):
        path, dataset = os.path.join(DATA, file), "vega%dx" % number
        done = run_load(self.server, "--dataset", dataset, path)
        self.assertEqual(done.returncode, 0, done.stderr)
        described = json.loads(self.query("describe %s format json" % dataset))
        fields = list(described)
        values = {field: [label.decode() if isinstance(label, bytes) else str(label)
                          for label, _ in self.query("values %s from %s limit 500" % (name(field), dataset))] for field in fields}
        asked = Questions(number, dataset, values)
        questions = [("count from %s" % dataset, "select null, null, count(*)::varchar, null from t")]
        questions += [asked.question() for _ in range(QUESTIONS)]
        told = self.told(questions, self.table(path, fields))
        self.assertEqual(self.query(questions[0][0]), told[0][None, None][0])
        for (query, sql), right in zip(questions[1:], told[1:]):
            self.assertEqual(self.answer(query), right, "%s\n%s" % (query, sql))

    def test_each_file_counts_as_duckdb_counts_it(self):
        for number, file in enumerate(FILES):
            with self.subTest(file=file):
                self.check(number, file)

    def test_the_largest_file_has_all_its_rows(self):
        path = os.path.join(DATA, "flights-200k.json")
        [[rows]] = duckdb("select count(*)::varchar from '%s'" % path)
        self.assertIn("rows         %s;" % format(int(rows), ","), dry_run(path))


if __name__ == "__main__":
    harness.main()
