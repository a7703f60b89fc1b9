"""The oracle's measures, options, statistics and formats, held against answers worked out by hand; needs no server."""

import json
import math
import random
import time
import unittest
from fractions import Fraction

from oracle import Dataset, QueryError, Real, answers, differs, expected, write
from oracle_formats import csv_records
from oracle_measures import quantile
from oracle_secrets import least
from oracle_tests import chi2_tail, chi2_test, letter, letters, residuals, wilson
from query_reader import read, read_query
from random_language import FEATURES, LanguageData

ROWS = {
    b"profile_1": {b"g": b"a", b"x": b"1", b"w": b"2", b"c": b"1"},
    b"profile_2": {b"g": b"a", b"x": b"2", b"w": b"1", b"c": b"1"},
    b"profile_3": {b"g": b"a", b"x": b"4.5", b"w": b"1", b"c": b"2"},
    b"profile_4": {b"g": b"b", b"x": b"10", b"w": b"0.5", b"c": b"2"},
    b"profile_5": {b"g": b"b", b"w": b"1", b"c": b"2"},
    b"profile_6": {b"g": b"b", b"x": b"text", b"w": b"0", b"c": b"1"},
    b"profile_7": {b"g": b"c", b"x": b"3", b"c": b"3"},
    b"profile_8": {b"x": b"7", b"w": b"1"},
}


class Measures(unittest.TestCase):
    def check(self, table):
        for text, answer in table:
            with self.subTest(text):
                self.assertEqual(expected(read(text)[1], ROWS), answer)

    def test_measures(self):
        self.check([
            ("sum(x) from current", b"27.5"),
            ("sum(x) by g from current", [[b"a", b"7.5"], [b"b", b"10"], [b"c", b"3"]]),
            ("avg(x), count by g from current", [[b"a", [b"2.5", 3]], [b"b", [b"10", 3]], [b"c", [b"3", 1]]]),
            ("min(x), max(x), median(x), quantile(x, .25) by g in {a, b, d} from current",
             [[b"1", b"4.5", b"2", b"1.5"], [b"10", b"10", b"10", b"10"], [None, None, None, None]]),
            ("variance(x), stddev(x) by g in {a, b} from current", [[b"3.25", repr(math.sqrt(3.25)).encode()], [None, None]]),
            ("distinct(x) by g in {a, b, d} from current", [3, 2, None]),
            ("avg(x) by c from current where g = b", [[b"1", None], [b"2", b"10"]]),
            ("avg(x) from current where x < 4", b"2"),
            ("avg(x) from current where x < 4 or x = 10 and c = 2 or x = 7", b"4.6"),
        ])
        self.assertEqual(quantile([Fraction(n) for n in (1, 2, 4, 8)], Fraction(1, 10)), Fraction(13, 10))

    def test_a_sum_is_exact(self):
        rows = {b"%d" % i: {b"x": text} for i, text in enumerate((b"0.1", b"0.2", b"9007199254740993", b"-0.001"))}
        self.assertEqual(expected(read("sum(x) from current")[1], rows), b"9007199254740993.299")
        self.assertEqual(expected(read("max(x) from current")[1], rows), b"9007199254740992")

    def test_weights(self):
        self.check([
            ("count by g from current weight by w", [[b"a", b"4"], [b"b", b"1.5"]]),
            ("sum(x), avg(x), min(x), distinct(x), variance(x) by g in {a, b} from current weight by w",
             [[b"8.5", b"2.125", b"1", 3, repr(8.1875 / 3).encode()], [b"5", b"10", b"10", 1, None]]),
        ])
        answer = answers(read("count g in {a, b, c} from current weight by w")[1], ROWS)[0]
        self.assertEqual((answer["cells"], answer["bases"], answer["effective"]),
                         ([4, Fraction(3, 2), 0], [3, 2, 0], [Fraction(16, 6), Fraction(9, 5), 0]))
        self.assertEqual((answer["base"], answer["excluded"]), (8, {"position": 1, "weight": 2}))

    def test_totals(self):
        self.check([
            ("count g from current totals", [[b"a", 3], [b"b", 3], [b"c", 1], [None, 7]]),
            ("count g in {a, b, missing}, c in [1,2] from current totals", [[2, 1, 3], [1, 2, 3], [0, 0, 0], [3, 3, 6]]),
            ("count g in {a, net(a, b) as both} from current totals", [3, 6, 6]),
            ("avg(x) by g in {a, b} from current totals", [b"2.5", b"10", b"4.375"]),
            ("count g, c from current where g = b totals",
             [[b"b", b"1", 1], [b"b", b"2", 2], [b"b", None, 3], [None, b"1", 1], [None, b"2", 2], [None, None, 3]]),
            ("count g from current where g = nobody totals", [[None, 0]]),
            ("count from current totals", 8),
        ])

    def test_percent(self):
        third = repr(100 / 3).encode()
        self.check([
            ("count g in {a, b}, c in [1,2] from current percent of row", [[repr(200 / 3).encode(), third], [third, repr(200 / 3).encode()]]),
            ("count g in {a, c}, c in [1,3] from current percent of column", [[b"100", b"100", b"0"], [b"0", b"0", b"100"]]),
            ("count g in {a, d} from current percent of row", [b"100", b"0"]),
            ("count g in {d}, c in [1,2] from current percent of row", [[None, None]]),
            ("count g in {a, b}, c in [1,2] from current percent of total totals",
             [[third, repr(100 / 6).encode(), b"50"], [repr(100 / 6).encode(), third, b"50"], [b"50", b"50", b"100"]]),
            ("count g in {a, b} from current percent of total with count", [[b"50", 3], [b"50", 3]]),
            ("sum(x) by g in {a, b} from current percent of total", [repr(750 / 17.5).encode(), repr(1000 / 17.5).encode()]),
            ("count g in {a, b} from current percent of total having count > 2 limit 1", [[b"a", b"50"]]),
        ])
        answer = answers(read("count g in {a, c} from current percent of total ci .95")[1], ROWS)[0]
        self.assertEqual(answer["measures"], [b"percent", b"low", b"high"])
        self.assertEqual(answer["cells"][0][0], 75)

    def test_lists(self):
        self.check([
            ("count g from current having count >= 3", [[b"a", 3], [b"b", 3]]),
            ("count g in {a, d, c} from current order by count", [[b"d", 0], [b"c", 1], [b"a", 3]]),
            ("count g in {a, b, c} from current order by count desc", [[b"a", 3], [b"b", 3], [b"c", 1]]),
            ("avg(x) as m by c from current order by m desc limit 2 offset 1", [[b"3", b"3"], [b"1", b"1.5"]]),
            ("sum(x) by g in {d, a, b} from current order by sum(x)", [[b"a", b"7.5"], [b"b", b"10"], [b"d", None]]),
            ("sum(x) by g in {d, a, b} from current having sum(x) < 10", [[b"a", b"7.5"]]),
            ("count g, c from current order by c desc, count limit 3", [[b"c", b"3", 1], [b"a", b"2", 1], [b"b", b"2", 2]]),
            ("count g from current totals limit 1", [[b"a", 3], [None, 7]]),
            ("count (g), (c) from current limit 1", [[[b"a", 3]], [[b"1", 3]]]),
        ])
        answer = answers(read("count g in {a, b} from current order by count desc format json")[1], ROWS)[0]
        self.assertEqual((answer["cells"], answer["rows"]), (None, [[0, 3], [1, 3]]))

    def test_errors(self):
        for text in ("count g from current limit 1 format nested", "avg(x) by g from current percent of row", "median(x) from current weight by w",
                     "count g from current test chi2 format json", "count g, c from current test chi2", "quantile(x, 1.5) from current",
                     "count g in {net(a)}, c from current test chi2 format json", "count g from current ci .9",
                     "count g in {top 1} from current suppress below 3", "min(x) from current suppress below 3"):
            with self.subTest(text), self.assertRaises(QueryError):
                answers(read(text)[1], ROWS)


class Statistics(unittest.TestCase):
    """Against what R prints."""

    def near(self, found, wanted, digits=7):
        self.assertTrue(math.isclose(found, wanted, rel_tol=10**-digits), (found, wanted))

    def test_chi2(self):
        for x, df, p in ((3.841458820694124, 1, 0.05), (5.991464547107979, 2, 0.05), (16.918977604620448, 9, 0.05), (0, 3, 1.0),
                         (18.307038053275146, 10, 0.05)):
            self.near(chi2_tail(x, df), p, 12)
        found = chi2_test([[1198, 1493], [557, 1278]])  # UCBAdmissions, Gender by Admit
        self.near(found["statistic"], 92.205280, 7)
        self.near(found["yates"]["statistic"], 91.6096, 6)
        self.assertEqual((found["df"], found["low_expected"]), (1, 0))
        found = chi2_test([[68, 20, 15, 5], [119, 84, 54, 29], [26, 17, 14, 14], [7, 94, 10, 16]])  # HairEyeColor
        self.near(found["statistic"], 138.28984, 7)
        self.assertEqual((found["df"], found["fisher"]), (9, None))
        self.assertIsNone(chi2_test([[1, 0], [2, 0]]))
        self.assertEqual(chi2_test([[1, 0, 2], [2, 0, 1], [0, 0, 0]])["df"], 1)

    def test_fisher(self):
        found = chi2_test([[3, 1], [1, 3]])["fisher"]  # the lady tasting tea
        self.near(found["p"], 0.4857142857, 9)
        self.near(found["odds_ratio"], 6.408309, 5)
        found = chi2_test([[2, 10], [15, 3]])["fisher"]  # twins and criminality
        self.near(found["p"], 0.0005367241, 6)
        self.near(found["odds_ratio"], 0.04693661, 5)
        self.assertEqual([chi2_test(t)["fisher"]["odds_ratio"] for t in ([[0, 3], [2, 1]], [[3, 0], [1, 2]])], [0.0, math.inf])

    def test_residuals(self):
        found = residuals([[1198, 1493], [557, 1278]])
        self.near(found[0][0], math.sqrt(92.205280), 7)
        self.near(found[0][1], -found[0][0])
        self.assertEqual(residuals([[1, 2, 0], [2, 1, 0], [0, 0, 0]])[2], [None, None, None])
        self.assertIsNone(residuals([[1, 2]]))

    def test_letters(self):
        self.assertEqual([letter(n) for n in (0, 25, 26, 51, 52, 99)], ["A", "Z", "AA", "AZ", "BA", "CV"])
        self.assertEqual(letters([[10, 40], [90, 60]], 0.05), [["", "A"], ["B", ""]])
        self.assertEqual(letters([[10, 12], [90, 88]], 0.05), [["", ""], ["", ""]])
        self.assertEqual(letters([[50, 0, 30], [50, 60, 170]], 0.05), [["C", "", ""], ["", "", "A"]])
        self.assertEqual(letters([[90, 40, 10], [10, 60, 90]], 0.05), [["B C", "C", ""], ["", "A", "A B"]])

    def test_wilson(self):
        for end in wilson(15, 25, 0.95):  # where the z test of the share is at its limit
            share = end / 100
            self.near(abs(share - 15 / 25) / math.sqrt(share * (1 - share) / 25), 1.959963984540054, 12)
        self.assertEqual(wilson(0, 0, 0.95), (None, None))


class Formats(unittest.TestCase):
    """What a server may say, and what is found to be wrong."""

    def test_replies(self):
        data = Dataset(ROWS, labels={b"g": {b"a": b"Anna"}})
        position = [b"kind", b"value", b"label", b"a", b"text", b"Anna"]
        flat = [b"dataset", b"current", b"dims", [[b"name", b"g", b"field", b"g", b"overlaps", 0, b"positions", [position]]],
                b"measures", [b"avg(x)"], b"cells", [b"2.5"], b"rows", None, b"hidden", [], b"base", 8,
                b"excluded", [b"position", 5, b"weight", 0], b"bases", None, b"effective", None, b"tests", [], b"warnings", [],
                b"shards", [], b"took_us", 1]
        as_json = json.dumps({
            "dataset": "current", "measures": ["count"], "cells": [3], "rows": None, "hidden": [], "base": 8, "bases": None, "effective": None,
            "dims": [{"name": "g", "field": "g", "overlaps": False, "positions": [{"kind": "value", "label": "a", "text": "Anna"}]}],
            "excluded": {"position": 5, "weight": 0}, "tests": [], "warnings": [], "shards": [], "took_us": 3}).encode()
        for text, resp3, reply, is_right in (
            ("count g from current", False, [[b"a", 3], [b"b", 3], [b"c", 1]], True),
            ("count g from current", False, [[b"a", 3], [b"b", 3]], False),
            ("count g from current", False, [[b"a", 3], [b"b", 3.0], [b"c", 1]], False),
            ("avg(x) by g in {a} from current", False, [b"2.5"], True),
            ("avg(x) by g in {a} from current", False, [b"2.50"], False),
            ("avg(x) by g in {a} from current", True, [2.5], True),
            ("avg(x) by g in {a} from current", True, [b"2.5"], False),
            ("avg(x) by g in {a} from current format map", False, flat, True),
            ("avg(x) by g in {a} from current format map", False, flat[:-2], False),
            ("avg(x) by g in {a} from current where y = 1 || g exists || x = 7 format map", False, flat, False),
            ("count g in {a} from current format json", False, as_json, True),
            ("count g in {a} from current format json", False, as_json.replace(b"8", b"7"), False),
            ("count g in {a} from current format json", True, as_json, False),
            ("count g, c from current where g = a format csv", False, b"g,c,count\r\na,1,2\r\na,2,1\r\n", True),
            ("count g, c from current where g = a format csv", False, b"g,c,count\r\na,1,2\r\na,2,1", False),
            ("count g from current where g = c totals format csv", False, b"totals,g,count\r\n,c,1\r\ng,,1\r\n", True),
            ("count (g), (c) from current where g = c format csv", False, b"g,count\r\nc,1\r\n\r\nc,count\r\n3,1\r\n", True),
            ("values g from current", False, [[b"a", 3], [b"b", 3], [b"c", 1]], True),
            ("count g from current into k", False, 3, True),
        ):
            with self.subTest(text):
                found = differs(read_query(text), data, reply, resp3)
                self.assertEqual(found is None, is_right, found)

    def test_csv(self):
        self.assertEqual(csv_records(b'a,"b ""c"",\r\n",\r\n\r\n'), [[b"a", b'b "c",\r\n', b""], []])
        for text in (b"a\n", b"a", b'"a\r\n', b'"a"b\r\n', b"a,"):
            with self.assertRaises(ValueError, msg=text):
                csv_records(text)

    def test_sheets(self):
        """Of each text a number is made another one, and a line is left out."""
        table = ("count   c\ng       1  2  3 | total\n----------------+------\na       2  1  . |     3\nb       1  2  . |     3\n"
                 "c       .  .  1 |     1\n----------------+------\ntotal   3  3  1 |     7\nbase 8, 1 in no position\n")
        folded = "count   c\ng   1  2\n--------\na   2  1\nb   1  2\nc   0  0\n\ncount   c\ng   3\n-----\na   0\nb   0\nc   1\nbase 8, 1 in no position\n"
        means = "c  avg(x)\n---------\n1     1.5\n2    7.25\n3       3\nbase 8, 1 in no position\n"
        shares = "percent  c\ng            1     2\n-------------------\na         66.7  33.3\nd            -     -\nbase 8, 5 in no position\n"
        markdown = "avg(x) by g, c\n\n| g | 1 | 2 |\n| :-- | --: | --: |\n| a\\|b | 1.5 | 4.5 |\n| b | - | 10 |\n\n- base 8, 2 in no position\n"
        nothing = "nothing found\nbase 0\n"
        chi2 = ("count  c\ng      1  2\n------------\na      2  1\nb      1  2\n\nresiduals  c\ng              1      2\n----------------------\na           0.82  -0.82\n"
                "b          -0.82   0.82\nchi2 0.666667, df 1, p 0.414216, V 0.333333, 100.0% of expected counts under 5\nYates chi2 0, p 1\n"
                "Fisher p 1, odds ratio 3.10548\nbase 8, 2 in no position\n")
        in_pipes = ("count by g, c\n\n| g | 1 | 2 |\n| :-- | --: | --: |\n| a | 2 | 1 |\n| b | 1 | 2 |\n\nresiduals by g, c\n\n| g | 1 | 2 |\n"
                    "| :-- | --: | --: |\n| a | 0.82 | -0.82 |\n| b | -0.82 | 0.82 |\n\n- chi2 0.666667, df 1, p 0.414216, V 0.333333, 100.0% of expected "
                    "counts under 5\n- Yates chi2 0, p 1\n- Fisher p 1, odds ratio 3.10548\n- base 8, 2 in no position\n")
        tested = "count g in {a, b}, c in {1, 2} from current test chi2 residuals format "
        letters = "count  c\ng      1 (A)  2 (B)\n-------------------\na        2 B    1\nb        1      2 A\nbase 8, 2 in no position\n"
        for query, text, number in (
            ("count g, c from current totals format table", table, " 7"),
            ("count g, c from current format table", folded, " 1\nbase"),
            ("avg(x) by c from current format table", means, "7.25"),
            ("count g in {a, d}, c in {1, 2} from current percent of row format table", shares, "33.3"),
            ("avg(x) by g in {a as 'a|b', b}, c in {1, 2} from current format markdown", markdown, "10"),
            ("count (g in {a}), (c) from current where g = q format table", "g  count\n--------\na      0\nbase 0\n\n" + nothing, "0\n"),
            (tested + "table", chi2, "-0.82"), (tested + "table", chi2, "0.414216"), (tested + "table", chi2, "100.0"),
            (tested + "table", chi2, "3.10548"), (tested + "markdown", in_pipes, "0.82"), (tested + "markdown", in_pipes, "1, odds"),
            ("count g in {a, b}, c in {1, 2} from current test columns level 0.9 format table", letters, " B"),
            ("count g in {a, b}, c in {1, 2} from current test columns level 0.9 format table", letters, "2 A"),
        ):
            with self.subTest(query):
                for reply, is_right in ((text, True), (text.replace(number, number.replace(number.strip()[0], "6", 1), 1), False),
                                        (text.replace(number, "", 1), False)):
                    found = differs(read_query(query), ROWS, reply.encode())
                    self.assertEqual(found is None, is_right, (reply, found))

    def test_secrets(self):
        closed = "count g in {a, b, c}, c in [1,3] from current suppress below 2"
        for text, reply, said in (
            (closed, [[2, None, 0], [None, 2, 0], [0, 0, None]], None),
            (closed, [[2, 1, 0], [None, 2, 0], [0, 0, None]], "1 in place of None"),
            (closed, [[2, None, 0], [None, 3, 0], [0, 0, None]], "in place of 2"),
            (closed + " totals", [[2, None, 0, 3], [None, 2, 0, 3], [0, 0, None, None], [3, 3, None, 7]], "told by the others"),
            (closed + " totals", [[None, None, 0, 3], [None, None, 0, 3], [0, 0, None, None], [3, 3, None, None]], None),
            ("count g from current suppress below 2", [[b"a", 3], [b"b", 3]], None),
            ("count g from current suppress below 2", [[b"a", 3], [b"b", 3], [b"c", None]], "in place of"),
            ("count g from current suppress below 2", [[b"a", 3]], "in place of"),
            ("count g from current suppress below 2 totals", [[b"a", 3], [b"b", 3], [None, 7]], None),
            ("count g from current suppress below 2 totals", [[b"a", 3], [b"b", 3], [b"c", None], [None, 7]], "no count is left"),
            ("count g from current suppress below 2 totals", [[b"a", 3], [b"b", 3], [b"c", 1], [None, 7]], "is shown"),
            ("count g in {a, net(a, c)} from current suppress below 4", [None, 4], None),
            ("count c in {3, 2, net(2, 3)} from current suppress below 2", [None, 3, 4], "told by the others"),
            ("count c in {3, 2, net(2, 3)} from current suppress below 2", [None, None, 4], None),
            ("count c in {3, 2, when (c > 1) as more} from current suppress below 2", [None, 3, 4], None),
            ("count g in {a, b, c} from current suppress below 2 totals", [3, 3, None, 7], "told by the others"),
            ("count g in {a, b}, c in {1, 2, other, missing} from current where g in {a, b} suppress below 2 totals",
             [[2, None, 0, 0, 3], [None, None, 0, 0, 3], [None, None, 0, 0, 6]], "told by the others"),
            ("count g in {a, b, c} from current suppress below 2 totals", [3, None, None, 7], None),
            ("count (g in {a, b}, c in [1,3]), (g in {a, b}) from current suppress below 2", [[[2, None, 0], [None, 2, 0]], [3, 3]], None),
            ("count (g in {a, b}, c in {1, 2, other, missing}), (g in {a, b}) from current suppress below 2",
             [[[2, None, 0, 0], [None, 2, 0, 0]], [3, 3]], "told by the others"),
        ):
            with self.subTest(text):
                found = differs(read_query(text), ROWS, reply)
                self.assertEqual(found is None, said is None, found)
                self.assertIn(said or "", found or "")


    def test_secrets_in_lists_and_sheets(self):
        """What is asked beside the reply: the whole list, and json."""
        listed = "count g in {a, b, c} from current order by count%s suppress below 2"
        whole = [[b"a", 3], [b"b", 3], [b"c", None]]
        form = "count g in {a, b, c} from current suppress below 2 format "
        json = b'{"dims":[{"name":"g","positions":[%s]}],"cells":[3,3,null],"rows":null,"hidden":[[2]],"base":null,"excluded":{"position":null,"weight":0}}'
        json %= b",".join(b'{"kind":"value","label":"%s"}' % label for label in (b"a", b"b", b"c"))
        table = "g  count\n--------\na      3\nb      3\nc      *\nbase *, * in no position\n"
        for text, reply, other, said in (
            (listed % "", whole, whole, None), (listed % " desc", whole, whole, None), (listed % "", whole[2:] + whole[:2], whole, "the list"),
            (listed % " limit 2", whole[:2], whole, None), (listed % " limit 2 offset 2", whole[2:], whole, None), (listed % " limit 2", whole[1:], whole, "the list"),
            (listed % " limit 2", whole[:2], [[b"a", 3], [b"b", 3], [b"c", 1]], "is shown"),
            (form + "table", table.encode(), json, None), (form + "table", table.replace("*", "1", 1).encode(), json, "no sheet"),
            (form + "table", table.replace("3", "*", 1).encode(), json, "no sheet"), (form + "table", table.replace("*,", "8,").encode(), json, "notes"),
            (form + "markdown", b"| g | count |\n| :-- | --: |\n| a | 3 |\n| b | 3 |\n| c | \\* |\n\n- base \\*, \\* in no position\n", json, None),
            (form + "markdown", b"| g | count |\n| :-- | --: |\n| a | 3 |\n| b | 3 |\n| c | 1 |\n\n- base \\*, \\* in no position\n", json, "no sheet"),
            (form + "table", table.replace("*", "8", 1).encode(), json.replace(b"null,\"excl", b"8,\"excl").replace(b":null,\"w", b":1,\"w"), "told by the others"),
        ):
            with self.subTest(text, reply=reply):
                found = differs(read_query(text), ROWS, reply, ask=lambda query: other)
                self.assertEqual(found is None, said is None, found)
                self.assertIn(said or "", found or "")


class Bounds(unittest.TestCase):
    def test_least(self):
        # x + y = 3, y + z = 1: x is 2 or 3; with z shown to be 1, y is 0.
        for cost, vectors, sizes, value in (
            ([1, 0, 0], [[1, 1, 0], [0, 1, 1]], [3, 1], 2), ([-1, 0, 0], [[1, 1, 0], [0, 1, 1]], [3, 1], -3),
            ([0, -1, 0], [[1, 1, 0], [0, 1, 1], [0, 0, 1]], [3, 1, 1], 0), ([-1, 0], [[0, 1]], [1], None), ([1, 1], [[1, 1], [1, 1]], [4, 4], 4),
        ):
            self.assertEqual(least(cost, vectors, sizes), value)


class Reals(unittest.TestCase):
    def test_text(self):
        for value, has_all, text in ((Fraction(1, 3), False, b"0.3333333333333333"), (Fraction(5), False, b"5"), (Fraction(-1, 4), True, b"-0.25"),
                                     (Fraction(2**60 + 1), True, b"1152921504606846977")):
            self.assertEqual(Real(value, has_all).text(), text)
        self.assertFalse(Real(Fraction(2**60 + 1), True).is_double())


class RandomQueries(unittest.TestCase):
    def test_what_is_written_is_read_and_answers_the_same(self):
        seed = time.time_ns() % 1000000
        print("seed %d" % seed)
        nanswers = 0
        for round_number in range(6):
            rng = random.Random("%d %d" % (seed, round_number))
            data = LanguageData(rng, 60, FEATURES)
            for _ in range(40):
                query = data.query()
                text = write(query, rng)
                again = read_query(text)
                try:
                    wanted = answers(query, data.dataset)
                except QueryError:
                    with self.assertRaises(QueryError, msg=text):
                        answers(again, data.dataset)
                    continue
                self.assertEqual(repr(answers(again, data.dataset)), repr(wanted), text)
                nanswers += 1
            data.change_commands(20)
        self.assertGreater(nanswers, 200)


if __name__ == "__main__":
    unittest.main()
