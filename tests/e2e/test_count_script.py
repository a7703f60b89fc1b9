"""The count script with several grids, in a real redis-server: executor/sets/lua against counting row by row.

Rows, their index and the programs are made here, so nothing of the server is needed. QUIPU_SEED repeats a run.
"""

import json
import os
import random
import unittest

import quipu_harness as harness
from quipu_harness import Redis, ReplyError

LUA = os.path.join(harness.ROOT, "executor", "sets", "lua")
FILES = "keys filters values like program tests sets count"
SEED = int(os.environ.get("QUIPU_SEED", random.randrange(1 << 30)))
TAGS = ["{A}", "{B}", "{C}"]
# texts, and the values that they are
FIELDS = {
    "a": {"1": "1", "1.0": "1", "2": "2", "x": "x"},
    "b": {"p": "p", "q": "q"},
    "c": {str(n): str(n) for n in range(8)},
    "income": {"%d.50" % n: "%d.5" % n for n in range(3000)},
}
OPEN = {"income", "c"}


def script():
    texts = []
    for name in FILES.split():
        with open(os.path.join(LUA, name + ".lua"), encoding="utf-8") as source:
            texts.append(source.read())
    return "\n".join(texts)


class CountScript(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.client = cls.redis.client()
        cls.addClassCleanup(cls.redis.stop)
        cls.text = script()

    def setUp(self):
        self.random = random.Random(SEED)
        self.client.call("FLUSHALL")
        self.rows = []
        for tag in TAGS:
            self.client.call("SET", "d:index:state" + tag, "2 live 1 1")
        for n in range(200):
            self.add_row("r%d" % n, self.random.choice(TAGS))

    def add_row(self, name, tag):
        row = {}
        for field, texts in FIELDS.items():
            if self.random.random() < 0.8:
                row[field] = self.random.choice(list(texts))
        if not row:
            return
        self.client.call("HSET", name + tag, *[word for pair in row.items() for word in pair])
        self.client.call("SADD", "d:rows" + tag, name)
        for field, text in row.items():
            value = FIELDS[field][text]
            self.client.call("SADD", "d:%s%s" % (field, tag), name)
            self.client.call("SADD", "d:%s=%s%s" % (field, value, tag), name)
            self.client.call("SADD", "d:values:%s%s" % (field, tag), value)
        self.rows.append({field: FIELDS[field][text] for field, text in row.items()})

    def ask(self, program):
        program = dict({"ds": "d", "born": "1", "rp": "", "complement": False, "ttl": 60000, "most": 100, "sets": [],
                        "excluded": [], "tests": [], "named": 0}, **program)
        keys = ["d:rows" + tag for tag in TAGS]
        return self.client.call("EVAL", self.text, len(keys), *keys, json.dumps(program), "0")

    def counts(self, reply, grids, listed):
        """For each grid {positions: rows}: the value, `missing`, `other`, or whether a condition holds."""
        _, _, _, opened, radices, flats = reply
        found = []
        for grid, flat in zip(grids, flats):
            cells = {}
            for index, count in zip(flat[::2], flat[1::2]):
                places = []
                for d in reversed(grid):
                    place, index = index % radices[d - 1], index // radices[d - 1]
                    values = opened[d - 1]
                    places.append(listed[d - 1][place] if listed[d - 1] else
                                  values[place - 1].decode() if place else "missing")
                self.assertEqual(index, 0)
                places = tuple(reversed(places))
                self.assertNotIn(places, cells)
                cells[places] = count
            found.append(cells)
        return found

    def dims(self):
        """Dimensions as in a program, the names of their positions, and the place of a row."""
        when = [{"k": "or", "c": [{"k": "in", "i": 3, "v": ["3", "4"]},
                                  {"k": "not", "c": [{"k": "ex", "i": 2}]}]}]
        return [
            ({"e": "a", "i": 1, "n": 4, "v": ["1", "2"], "p": [0, 2], "missing": 1, "other": 3},
             ["1", "missing", "2", "other"],
             lambda row: "missing" if "a" not in row else row["a"] if row["a"] in ("1", "2") else "other"),
            ({"e": "b", "i": 2, "n": 1, "v": ["q"], "p": [0]}, ["q"],
             lambda row: "q" if row.get("b") == "q" else None),
            ({"e": "c", "i": 3, "open": True, "missing": 0}, None, lambda row: row.get("c", "missing")),
            ({"e": "income", "i": 4, "open": True}, None, lambda row: row.get("income")),
            ({"n": 2, "when": when}, [False, True], lambda row: row.get("c") in ("3", "4") or "b" not in row),
            ({"n": 2, "when": []}, [False, True], lambda row: True),
        ]

    def expected(self, dims, grid, passes):
        cells = {}
        for row in filter(passes, self.rows):
            places = tuple(dims[d - 1][2](row) for d in grid)
            if None not in places:
                cells[places] = cells.get(places, 0) + 1
        return cells

    def check(self, grids, by, filters):
        dims = self.dims()
        is_mixed = len(set(by)) > 1
        set_of, test_of, passes, complement = filters
        program = {"dims": [dim for dim, _, _ in dims], "grids": grids, "by": by, "complement": complement,
                   "fields": list(FIELDS), "method": "mixed" if is_mixed else "cells" if by[0] else "split"}
        if by[0] and not is_mixed:
            program["sets"] = set_of
        else:
            program["tests"] = test_of
            program["filter"] = set_of
        reply = self.ask(program)
        self.assertIsInstance(reply, list, reply)
        found = self.counts(reply, grids, [names for _, names, _ in dims])
        for grid, cells in zip(grids, found):
            self.assertEqual(cells, self.expected(dims, grid, passes), "seed %d, grid %s" % (SEED, grid))

    def test_random_grids_are_as_row_by_row(self):
        filters = [
            ([], [], lambda row: True, False),
            (["b=p"], [{"k": "in", "i": 2, "v": ["p"]}], lambda row: row.get("b") == "p", False),
            ([{"k": "u", "c": ["b=p", "a=1"]}],
             [{"k": "or", "c": [{"k": "in", "i": 2, "v": ["p"]}, {"k": "in", "i": 1, "v": ["1"]}]}],
             lambda row: row.get("b") == "p" or row.get("a") == "1", False),
            (["a=x"], [{"k": "not", "c": [{"k": "in", "i": 1, "v": ["x"]}]}], lambda row: row.get("a") != "x", True),
            (["a=nobody"], [{"k": "in", "i": 1, "v": ["nobody"]}], lambda row: False, False),
        ]
        for _ in range(60):
            grids, by = [], []
            for _ in range(self.random.randrange(1, 5)):
                grid = self.random.sample(range(1, 7), self.random.choice([0, 1, 1, 2, 3]))
                is_possible = not {4, 5, 6} & set(grid)
                grids.append(grid)
                by.append(is_possible and self.random.random() < 0.5)
            self.check(grids, by, self.random.choice(filters))

    def test_a_value_of_each_row(self):
        self.check([[1, 4], [4, 1], [4]], [False, False, False], ([], [], lambda row: True, False))
        self.check([[4, 3], [2], []], [True, True, True], ([], [], lambda row: True, False))

    def test_a_partition_without_rows(self):
        self.client.call("FLUSHALL")
        self.rows = []
        for tag in TAGS:
            self.client.call("SET", "d:index:state" + tag, "2 live 1 1")
        self.check([[1], [4, 2], []], [True, False, True], ([], [], lambda row: True, False))

    def test_too_many_combinations_are_refused(self):
        for tag in TAGS:
            for field in ("p", "q", "r", "s"):
                values = [str(n) for n in range(10000)]
                self.client.call("SADD", "d:values:%s%s" % (field, tag), *values)
        dims = [{"e": field, "i": 1, "open": True} for field in ("p", "q", "r", "s")]
        program = {"dims": dims, "grids": [[1, 2, 3], [2, 3, 4]], "by": [False, False], "fields": ["p"],
                   "method": "split"}
        self.assertIsInstance(self.ask(program), list)
        program["grids"][1] = [1, 2, 3, 4]
        with self.assertRaisesRegex(ReplyError, "LIMIT the open dimensions have more than 2\\^53 combinations"):
            self.ask(program)


if __name__ == "__main__":
    unittest.main(verbosity=2)
