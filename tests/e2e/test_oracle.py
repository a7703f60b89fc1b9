"""The oracle held against answers worked out by hand; needs no server."""

import random
import unittest

from oracle import Dataset, QueryError
from oracle_dates import bin_of, date_of_epoch, read_date
from oracle_values import like
from query_reader import Unreadable, read, read_query
from oracle import (
    And, Between, Compare, Dim, Exists, In, IsMissing, List, Missing, Not, Number, OpenDim, Or, Other,
    Query, Range, Text, Value, WidthDim, canonical, expected, number, shown, write,
)

ROWS = {
    b"profile_1": {b"sex": b"female", b"age": b"30", b"n": b"1"},
    b"profile_2": {b"sex": b"male", b"age": b"33.5", b"n": b"2"},
    b"profile_3": {b"sex": b"female", b"age": b"007", b"n": b"10"},
    b"profile_4": {b"age": b"-3", b"n": b"9"},
    b"profile_5": {b"sex": b"", b"n": b"x"},
}


def keys(cond):
    return [int(key[8:]) for key, row in ROWS.items() if cond.holds(row)]


class Oracle(unittest.TestCase):
    def test_numbers(self):
        for text in (b"0", b"7", b"-3", b"2.5", b"-0.5", b"0.05", b"9223372036854775808"):
            self.assertIsNotNone(number(text), text)
            self.assertEqual(canonical(number(text)), text)
            self.assertEqual(shown(text), text)
        for text in (b"", b"007", b"5.", b"1 ", b"1\n", b"-", b"00.5", b"1e401", b"1e", b"+", b".", b"NaN", b"inf", b"0x1",
                     b"1_0", "\u0661".encode()):
            self.assertIsNone(number(text), text)
            self.assertEqual(shown(text), text)
        for text, value in ((b"2.50", b"2.5"), (b"-0", b"0"), (b"+1", b"1"), (b"1e3", b"1000"), (b".5", b"0.5"),
                            (b"1.2e1", b"12"), (b"0.0", b"0"), (b"1e-2", b"0.01"), (b"1e400", b"1" + 400 * b"0")):
            self.assertEqual(shown(text), value)
        self.assertEqual(Number("-0.0").text, b"0")
        self.assertEqual(Number("2.50").text, b"2.5")

    def test_conditions(self):
        cases = [
            (Compare(b"sex", "=", Text(b"female")), [1, 3]),
            (Compare(b"sex", "!=", Text(b"female")), [2, 5]),
            (Not(Compare(b"sex", "=", Text(b"female"))), [2, 4, 5]),
            (Compare(b"sex", "=", Text(b"")), [5]),
            (Compare(b"age", ">", Number(30)), [2]),
            (Compare(b"age", "<=", Number(30)), [1, 4]),
            (Compare(b"age", "=", Number("30.0")), [1]),
            (Compare(b"age", "=", Text(b"007")), [3]),
            (Compare(b"n", "<", Number(9)), [1, 2]),
            (Compare(b"n", "<", Text(b"9")), [1, 2]),
            (Compare(b"n", "<", Text(b"9,")), [1, 2, 3, 4]),  # bytes: "10" too
            (Compare(b"n", ">=", Text(b"9")), [3, 4]),
            (Compare(b"n", ">=", Text(b"9 ")), [5]),
            (Compare(b"n", "=", Text(b"+9e0")), [4]),
            (In(b"age", Range(Number(-3), Number("33.5"))), [1, 2, 4]),
            (In(b"age", Range(Number(0), Number(40)), negated=True), [3, 4]),
            (In(b"sex", List(Value(Text(b"male")), Missing())), [2, 4]),
            (In(b"sex", List(Value(Text(b"male")), Missing()), negated=True), [1, 3, 5]),
            (In(b"n", List(Between(Number(2), Number(9)), Value(Text(b"x")))), [2, 4, 5]),
            (In(b"sex", List(Value(Text(b"male")), Other())), [1, 2, 3, 5]),
            (IsMissing(b"sex"), [4]),
            (Exists(b"age"), [1, 2, 3, 4]),
            (And(Exists(b"age"), Not(Exists(b"sex"))), [4]),
            (Or(Compare(b"n", "=", Number(1)), IsMissing(b"age")), [1, 5]),
        ]
        for cond, rows in cases:
            self.assertEqual(keys(cond), rows, write(Query(where=cond), random.Random(1)))

    def test_counts(self):
        cases = [
            (Query(), 5),
            (Query(where=Exists(b"sex")), 4),
            (Query(format="rows"), [[5]]),
            (Query(where=Exists(b"z"), format="rows"), []),
            (Query([Dim(b"n", Range(1, 3))]), [1, 1, 0]),
            (Query([Dim(b"age", Range(30, 34))]), [1, 0, 0, 0, 0]),
            (
                Query([Dim(b"sex", List(Missing(), Value(Text(b"female")), Other(b"rest")))], format="rows"),
                [[b"missing", 1], [b"female", 2], [b"rest", 2]],
            ),
            (Query([OpenDim(b"n")]), [[b"1", 1], [b"2", 1], [b"9", 1], [b"10", 1], [b"x", 1]]),
            (Query([WidthDim(b"age", Number(10))]), [[b"[-10,0)", 1], [b"[30,40)", 2]]),
            (Query([WidthDim(b"age", Number("0.5"))]),
             [[b"[-3,-2.5)", 1], [b"[30,30.5)", 1], [b"[33.5,34)", 1]]),
            (
                Query([Dim(b"age", List(Between(Number(-5), Number("30.0"))))], format="rows"),
                [[b"[-5,30]", 2]],
            ),
            (
                Query([OpenDim(b"sex"), Dim(b"n", Range(1, 2))], format="nested"),
                [[0, 0], [1, 0], [0, 1]],
            ),
            (Query([Dim(b"n", Range(1, 2)), OpenDim(b"z")], format="nested"), [[], []]),
            (Query(suppress=6), None),
            (Query(suppress=5), 5),
            (Query([Dim(b"sex", List(Value(Text(b"female")), Value(Text(b"male")), Value(Text(b"x"))))], suppress=2),
             [2, None, 0]),
            (Query([OpenDim(b"sex")], suppress=2), [[b"female", 2]]),
            (Query([OpenDim(b"sex"), Dim(b"n", List(Between(Number(1), Number(9)), Other()))], suppress=2), []),
            (Query([OpenDim(b"sex"), Dim(b"n", List(Other()))], format="nested", suppress=2), [[2]]),
        ]
        for query, answer in cases:
            self.assertEqual(expected(query, ROWS), answer, write(query, random.Random(1)))

    def test_writer(self):
        query = Query(
            [Dim(b"a", Range(1, 2)), OpenDim(b"Origin State", b"from")],
            Or(And(Compare(b"x", "=", Text(b"it's")), Not(Or(Exists(b"y"), Exists(b"z")))), Exists(b"count")),
        )
        texts = {write(query, random.Random(seed)) for seed in range(50)}
        self.assertGreater(len(texts), 45)
        for text in texts:
            self.assertIn(b"`Origin State`", text)
            self.assertIn(b"`count`", text)
            self.assertEqual(text.count(b"("), text.count(b")"))


PEOPLE = {
    b"profile_1": {b"sex": b"female", b"age": b"30", b"likes": b"red,blue", b"at": b"2012-06-01", b"s": b"0"},
    b"profile_2": {b"sex": b"male", b"age": b"33.5", b"likes": b"red", b"at": b"2012-06-03T23:30:00Z", b"s": b"86399.5"},
    b"profile_3": {b"sex": b"female", b"age": b"old", b"likes": b",blue,,blue", b"at": b"2012-12-31 08:00", b"s": b"-1"},
    b"profile_4": {b"age": b"-3", b"likes": b"green", b"at": b"2012-02-30"},
    b"profile_5": {b"sex": b"x%y", b"age": b"30", b"likes": b",", b"at": b"2013-01-01T00:10+02:00"},
}
DATA = Dataset(PEOPLE, separators={b"likes": b","}, epochs={b"s": "s"})


def plain(tree):
    """What a query says, comparable: numbers and texts by what they are worth, and the order of AND and OR left out."""
    if isinstance(tree, (list, tuple)):
        return [plain(child) for child in tree]
    if isinstance(tree, (And, Or)):
        return type(tree).__name__, sorted(map(repr, plain(tree.children)))
    if isinstance(tree, (Number, Text)):
        return tree.text
    if hasattr(tree, "__dict__"):
        return type(tree).__name__, [(name, plain(child)) for name, child in sorted(vars(tree).items()) if name[0] != "_"]
    return tree


class Language(unittest.TestCase):
    """Queries as text, over PEOPLE."""

    def check(self, table):
        for text, answer in table:
            with self.subTest(text):
                self.assertEqual(expected(read(text)[1], DATA), answer)

    def test_conditions(self):
        self.check([
            ("count from current where sex like 'f%'", 2),
            ("count from current where sex like '%m%'", 3),
            ("count from current where sex not like '%m%'", 1),
            ("count from current where sex like 'x\\%y'", 1),
            ("count from current where sex like 'm_le' or sex ilike 'FEM%'", 3),
            ("count from current where age like '3%'", 3),
            ("count from current where age between 30 and 33", 2),
            ("count from current where age not between 30 and 33", 3),
            ("count from current where age between 33 and 30", 0),
            ("count from current where age in [30,33.5)", 2),
            ("count from current where age in (30,33.5]", 1),
            ("count from current where age in [30,)", 3),
            ("count from current where age in (,30]", 3),
            ("count from current where age not in (,30]", 2),
            ("count from current where age in {(,0], [33,), old}", 3),
            ("count from current where sex in {male, missing}", 2),
            ("count from current where sex not in {male, missing}", 3),
            ("count from current where sex in {other}", 4),
            ("count from current where likes = red", 2),
            ("count from current where likes != red", 2),
            ("count from current where likes in {blue, green}", 3),
            ("count from current where likes not in {blue, green}", 1),
            ("count from current where likes is missing", 1),
            ("count from current where !(likes = red)", 3),
            ("count from current where likes like 'r%' and likes like 'b%'", 1),
        ])

    def test_positions(self):
        self.check([
            ("count sex in {(female, male) as known, other, missing} from current", [3, 1, 1]),
            ("count sex in {female, (male, missing), other} from current format rows",
             [[b"female", 2], [b"(male,missing)", 2], [b"other", 1]]),
            ("count sex in {female, net(female, male) as both, male, other} from current", [2, 3, 1, 1]),
            ("count sex in {net(female, male), *} from current",
             [[b"net(female,male)", 3], [b"female", 2], [b"male", 1], [b"x%y", 1]]),
            ("count sex in {when (age = 30) as thirty, female, missing} from current", [2, 2, 1]),
            ("count {when (age >= 30) as grown, when (likes = red) as red} as what from current", [3, 2]),
            ("count sex in {male, *, missing} from current",
             [[b"male", 1], [b"female", 2], [b"x%y", 1], [b"missing", 1]]),
            ("count sex in {top 1, other, missing} from current", [[b"female", 2], [b"other", 2], [b"missing", 1]]),
            ("count age in {top 2, other} from current", [[b"-3", 1], [b"30", 2], [b"other", 2]]),
            ("count age in {[0,30), [30,33.5), [33.5,)} from current format rows", [[b"[30,33.5)", 2], [b"[33.5,)", 1]]),
            ("count age in {(,30], (30,40]} from current format rows", [[b"(,30]", 3], [b"(30,40]", 1]]),
            ("count age in {by 10, other} from current", [[b"[-10,0)", 1], [b"[30,40)", 3], [b"other", 1]]),
            ("count age in {30 as thirty, by 10} from current", [[b"thirty", 2], [b"[-10,0)", 1], [b"[30,40)", 1]]),
            ("count age by 2 quantiles from current", [[b"[-3,30]", 3], [b"(30,33.5]", 1]]),
            ("count age by 4 quantiles from current", [[b"[-3,-3]", 1], [b"(-3,30]", 2], [b"(30,33.5]", 1]]),
            ("count age by 3 quantiles from current where age = nobody", []),
            ("count likes from current", [[b"blue", 2], [b"green", 1], [b"red", 2]]),
            ("count likes in {red, blue, other, missing} from current", [2, 2, 1, 1]),
            ("count likes in {(red, blue), net(red, green)} from current", [3, 3]),
            ("count likes, likes from current where likes = red",
             [[b"blue", b"blue", 1], [b"blue", b"red", 1], [b"red", b"blue", 1], [b"red", b"red", 2]]),
        ])

    def test_dates(self):
        self.check([
            ("count at by year from current", [[b"2012", 3], [b"2013", 1]]),
            ("count at by quarter from current", [[b"2012-Q2", 2], [b"2012-Q4", 1], [b"2013-Q1", 1]]),
            ("count at by month from current", [[b"2012-06", 2], [b"2012-12", 1], [b"2013-01", 1]]),
            ("count at by week from current", [[b"2012-W22", 2], [b"2013-W01", 2]]),
            ("count at by weekday from current", [[b"Mon", 1], [b"Tue", 1], [b"Fri", 1], [b"Sun", 1]]),
            ("count at by hour from current", [[b"00", 1], [b"08", 1], [b"23", 1]]),
            ("count at in {by month, other} from current",
             [[b"2012-06", 2], [b"2012-12", 1], [b"2013-01", 1], [b"other", 1]]),
            ("count s by day from current", [[b"1969-12-31", 1], [b"1970-01-01", 2]]),
            ("count s by hour from current", [[b"00", 1], [b"23", 2]]),
        ])
        for text in (b"2012-6-1", b"2012-02-30", b"20120601", b"2012-06-01T", b"2012-06-01Z", b"2012-06-01T24:00", b"2012", b"x"):
            self.assertIsNone(read_date(text), text)
        for text, label in ((b"2012-12-31", b"2013-W01"), (b"2010-01-03", b"2009-W53"), (b"0001-01-01", b"0001-W01")):
            self.assertEqual(bin_of("week", *read_date(text))[1], label)
        self.assertEqual(bin_of("day", *date_of_epoch(b"1340000000000", "ms"))[1], b"2012-06-18")
        self.assertIsNone(date_of_epoch(b"1e20", "s"))

    def test_like(self):
        for pattern, value, matches in (
            (b"", b"", True), (b"%", b"", True), (b"_", b"", False), (b"_", "é".encode(), True), (b"__", "é".encode(), False),
            (b"_", b"\xff", True), (b"%a%b%", b"xxaxxbxx", True), (b"%a%b%", b"xxbxxaxx", False), (b"\\_", b"_", True),
            (b"\\_", b"x", False), (b"\\x", b"x", True), (b"a%a", b"a", False), (b"A", b"a", False),
        ):
            self.assertEqual(like(pattern, value, False), matches, (pattern, value))
        self.assertTrue(like(b"stra%", b"STRASSE", True))
        self.assertFalse(like("ä".encode(), "Ä".encode(), True))

    def test_errors(self):
        for text in (
            "count age in {1, 1} from current", "count age in {[1,5], [5,9]} from current", "count age in {3, [1,5]} from current",
            "count age in {[5,1]} from current", "count age in {[5,5)} from current", "count age in [5,1] from current",
            "count age in {(1,2), 2} from current", "count age in {other, (1, other)} from current", "count age in {*, top 2} from current",
            "count age in {missing, missing} from current", "count age by 0 from current", "count age in {[1,), (,1]} from current",
        ):
            with self.subTest(text), self.assertRaises(QueryError):
                expected(read(text)[1], DATA)
        for text in ("count age in {[1,2), [2,3)} from current", "count age in {1, (1,2]} from current", "count age in {1, net(1,2)} from current"):
            expected(read(text)[1], DATA)

    def test_unreadable(self):
        for text in (
            "count", "count sex form current", "count from current where", "count a in (1,5) from current", "count a in {when (b=1)} from current",
            "count a in {[,5]} from current", "count from current where a = 007", "count from current where a like 'x\\'",
            "count from current where (a = 1", "sum age from current", "sum(age) by from current", "count from current limit",
            "count from current format yaml", "count a in {} from current", "count from current where a like b", "count a from current; x",
        ):
            with self.subTest(text), self.assertRaises(Unreadable):
                read_query(text)

    def test_what_is_read(self):
        query = read_query(
            "explain sum(`Origin State`) as total, count, quantile(x, .5) by (a, b), (c by month as m) from d where a = 1 "
            "having total >= 3 order by m desc, count limit 5 offset 2 totals percent of row with count weight by w suppress below 3 "
            "test columns level .01 test chi2 residuals ci .95 into k ex 9 format json timeout 7 nocache ;"
        )
        self.assertEqual([measure.shown_name for measure in query.measures], [b"total", b"count", b"quantile(x,0.5)"])
        self.assertEqual([[dim.shown_name for dim in dims] for dims in query.tables], [[b"a", b"b"], [b"m"]])
        self.assertEqual((query.mode, query.dataset, query.having.by, query.having.operator), ("explain", b"d", b"total", ">="))
        self.assertEqual([(order.by if isinstance(order.by, bytes) else order.by.kind, order.descending) for order in query.order],
                         [(b"m", True), ("count", False)])
        self.assertEqual((query.limit, query.offset, query.totals, query.percent, query.with_count), (5, 2, True, "row", True))
        self.assertEqual((query.weight, query.suppress, query.columns, query.chi2, query.residuals), (b"w", 3, True, True, True))
        self.assertEqual((query.into, query.into_seconds, query.format, query.timeout, query.nocache), (b"k", 9, "json", 7, True))
        for text, statement, fields in (("rows * from d", "rows", None), ("rows a, `b c` from d limit 3", "rows", [b"a", b"b c"]),
                                        ("values sex from d", "values", [b"sex"]), ("describe d", "describe", None)):
            query = read_query(text)
            self.assertEqual((query.statement, query.fields), (statement, fields))
        self.assertEqual([dim.field for dim in read_query("count net, top, when, by from current").dims], [b"net", b"top", b"when", b"by"])
        self.assertEqual(expected(read("count as from current")[1], {b"k": {b"as": b"1"}}), [[b"1", 1]])

    def test_what_is_written_is_read(self):
        text = ("sum(age) as s, count by sex in {(female, male) as a, net(male, other), when (age like 'a''%') as w, top 3, missing}, "
                "age in {by 3 quantiles, (,-5]}, {when (a not between 1 and x) as w} as g, at by week from current "
                "where likes not in {red, [1,2), other} && !(age in (1,2]) having s > 1 order by count desc, g limit 3 offset 1")
        answer = plain(read_query(text))
        self.assertIn("quantilebins", repr(answer).lower())
        for seed in range(30):
            again = write(read_query(text), random.Random(seed))
            self.assertEqual(plain(read_query(again)), answer, again)


if __name__ == "__main__":
    unittest.main()
