"""The oracle held against answers worked out by hand; needs no server."""

import random
import unittest

from oracle import (
    And, Between, Compare, Dim, Exists, In, IsMissing, List, Missing, Not, Number, OpenDim, Or, Other,
    Query, Range, Text, Value, WidthDim, canonical, expected, number, write,
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
        for text in (b"", b"007", b"2.50", b"-0", b"+1", b"1e3", b".5", b"5.", b"1 ", b"1\n", b"-", b"0.0"):
            self.assertIsNone(number(text), text)
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
            (Compare(b"n", "<", Text(b"9")), [1, 2, 3]),  # bytes: "10" too
            (Compare(b"n", ">=", Text(b"9")), [4, 5]),
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


if __name__ == "__main__":
    unittest.main()
