"""DESCRIBE: each field of random rows, against the oracle; by both methods, in both protocols, over several shards."""

import json
import os
import random
import re
import threading
import unittest

import quipu_harness as harness
from oracle_dates import read_date
from oracle_values import numeral, shown, value_order
from quipu_harness import METHOD, Client, ReplyError, Server, ServerCase

MEMBERS = ["kind", "values", "exact", "rows", "least", "greatest", "most_frequent", "bytes"]


def kind_of(values):
    numbers = [numeral(value) for value in values]
    if None not in numbers:
        return b"integer" if all(n.denominator == 1 for n in numbers) else b"number"
    if any(n is not None for n in numbers):
        return b"mixed"
    return b"date" if all(map(read_date, values)) else b"text"


def described(rows):
    """{field: members}, but for bytes."""
    found = {}
    for field in sorted({field for row in rows for field in row}):
        counts = {}
        for row in rows:
            if field in row:
                counts[shown(row[field])] = counts.get(shown(row[field]), 0) + 1
        values = sorted(counts, key=value_order)
        found[field] = {"kind": kind_of(values), "values": len(values), "exact": True, "rows": sum(counts.values()),
                        "least": values[0], "greatest": values[-1], "most_frequent": max(values, key=lambda v: counts[v])}
    return found


def as_maps(reply):
    """A map of RESP3, or what RESP2 makes of it."""
    if isinstance(reply, list):
        reply = dict(zip(reply[::2], (dict(zip(members[::2], members[1::2])) for members in reply[1::2])))
    return {field: {name.decode(): value for name, value in members.items()} for field, members in reply.items()}


FIELD_LINE = re.compile(rb"field    (.*): (\d+) bytes of index(?:, at least (\d+) values?|; (?:(\d+) values? of )?(\d+) rows? in [\d.]+ ms(.*))")


def planned(lines):
    """The lines of a plan that are of fields, as FIELD_LINE reads them, and the field whose count's plan is shown, with it."""
    fields = [FIELD_LINE.fullmatch(line).groups() for line in lines if line.startswith(b"field ")]
    shown = [(re.fullmatch(b"plan     of (.*), w.*", line)[1], i) for i, line in enumerate(lines) if line.startswith(b"plan ")]
    name, at = shown[0] if shown else (None, len(lines))
    return fields, name, [line[2:] for line in lines[at + 1 :] if line.startswith(b"  ")]


FIELDS = {
    b"whole": lambda rng: b"%d" % rng.randrange(-20, 20),
    b"decimal": lambda rng: rng.choice((b"1.50", b"1.5", b"-.5", b"2e1", b"20", b"0.1")),
    b"born": lambda rng: rng.choice((b"2012-06-01", b"2011-01-31T09:30Z")),
    b"mixed": lambda rng: rng.choice((b"7", b"007", b"7.0", b"x", b"")),
    "{größe=%}: `a`".encode(): lambda rng: rng.choice(("日本".encode(), b"\xff\x00", b"a%b{}")),
    b"rows": lambda rng: b"r%d" % rng.randrange(9),
    b"count": lambda rng: b"same",
    b"one": lambda rng: b"1",
}


def random_rows(rng, nrows):
    often = {field: rng.random() for field in FIELDS}
    return [{field: make(rng) for field, make in FIELDS.items() if rng.random() < often[field]} or {b"one": b"1"}
            for _ in range(nrows)]


class Random(unittest.TestCase):
    def test_random_rows(self):
        seed = int(os.environ.get("QUIPU_SEED", random.randrange(1 << 20)))
        print("seed", seed, flush=True)
        rng = random.Random(seed)
        for nshards in (1, 2, 5):
            with Server(nshards) as server, server.client() as client, server.client(resp3=True) as client3:
                self.assertEqual(client.call("DESCRIBE", "current"), [])
                self.assertEqual(client3.call("DESCRIBE", "current"), {})
                for nrows in (1, 7, 300):
                    rows = random_rows(rng, nrows)
                    client.call("FLUSHALL")
                    client.pipeline([("HSET", "profile_%d" % i, *(part for pair in row.items() for part in pair))
                                     for i, row in enumerate(rows)])
                    self.check(rows, client.call("DESCRIBE", "current"))
                    self.check(rows, client3.call("DESCRIBE", "current"))
                    self.check_plan(rows, client)
                    written = json.loads(client.call("QUERY", "describe current format json").decode())
                    self.assertEqual(list(written), [field.decode(errors="replace") for field in described(rows)])

    def check(self, rows, reply):
        found = as_maps(reply)
        self.assertEqual(list(found), list(described(rows)))
        for members in found.values():
            self.assertEqual(list(members), MEMBERS)
            self.assertGreater(members.pop("bytes"), 0)
        self.assertEqual(found, described(rows))

    def check_plan(self, rows, client):
        """PROFILE has counted what DESCRIBE tells, and EXPLAIN lists the same fields."""
        wanted = described(rows)
        names = [b"`%s`" % field.replace(b"`", b"``") if not re.fullmatch(b"[a-z]+", field) else field for field in wanted]
        fields, slowest, _ = planned(client.call("QUERY", "profile describe current"))
        self.assertEqual([field[0].strip(b"`") for field in fields], [name.strip(b"`") for name in names])
        self.assertEqual([(int(field[3]), int(field[4])) for field in fields], [(said["values"], said["rows"]) for said in wanted.values()])
        self.assertIn(slowest, [field[0] for field in fields])
        fields, largest, _ = planned(client.call("QUERY", "explain describe current"))
        self.assertEqual([field[0].strip(b"`") for field in fields], [name.strip(b"`") for name in names])
        self.assertEqual(largest, max(fields, key=lambda field: int(field[1]))[0])
        for field, said in zip(fields, wanted.values()):
            self.assertTrue(1 <= int(field[2]) <= said["values"], field)


class Describe(ServerCase):
    def setUp(self):
        super().setUp()
        self.client.call("FLUSHALL")

    def load(self, rows, first=0):
        self.client.pipeline([("HSET", "profile_%d" % i, *(part for pair in row.items() for part in pair))
                              for i, row in enumerate(rows, first)])

    def describe(self, client=None, *options):
        return as_maps((client or self.client).call("DESCRIBE", "current", *options))

    def test_too_many_values(self):
        """Then values are at least so many, and the rows are told all the same."""
        self.load([{"id": str(i), "c": str(i % 3)} for i in range(200)] + [{"c": "1"}])
        self.client.call("CONFIG", "SET", "max-cells", "50")
        try:
            found = self.describe()
        finally:
            self.client.call("CONFIG", "SET", "max-cells", "1000000")
        self.assertEqual((found[b"id"]["exact"], found[b"id"]["rows"], found[b"c"]["values"]), (0, 200, 3))
        self.assertTrue(0 < found[b"id"]["values"] <= 200)
        for name in ("kind", "least", "greatest", "most_frequent"):
            self.assertIsNone(found[b"id"][name])
        self.assertEqual(self.describe()[b"id"]["values"], 200)

    def test_explain_shows_the_plan_of_a_count(self):
        """Its lines are those of EXPLAIN of that count."""
        self.load([{"a": str(i), "b": str(i % 3)} for i in range(90)])
        lines = self.client.call("EXPLAIN", "describe", "current")
        self.assertEqual(lines[0], b"query    describe current: 2 fields, counted one after the other")
        self.assertTrue(lines[1].startswith(b"method   %s: " % METHOD.encode()), lines[1])
        fields, largest, plan = planned(lines)
        self.assertEqual([field[0] for field in fields], [b"a", b"b"])
        self.assertEqual(plan, self.client.call("EXPLAIN", "count", largest.decode(), "from", "current"))
        self.client.call("DATASET", "ALIAS", "now", "current")
        try:
            self.assertEqual(self.client.call("QUERY", "explain describe now;"), lines)
        finally:
            self.client.call("DATASET", "UNALIAS", "now")

    def test_profile_has_the_plan_of_the_slowest_count(self):
        """Its lines are those of PROFILE of that count, but for what was measured. Fields of too many values are counted by rows."""
        self.load([{"a": str(i), "b": str(i % 3), "c": "x,y"} for i in range(90)])
        self.client.call("DATASET", "ALTER", "current", "FIELD", "c", "MULTI", ",")
        self.client.call("CONFIG", "SET", "max-cells", "50")
        try:
            lines = self.client.call("PROFILE", "describe", "current", "suppress", "below", "2")
            profile = self.client.call("PROFILE", "describe", "current")
        finally:
            self.client.call("CONFIG", "SET", "max-cells", "1000000")
            self.client.call("DATASET", "ALTER", "current", "FIELD", "c", "PLAIN")
        self.assertEqual(planned(lines)[0][1:], planned(profile)[0][1:], "a plan tells what the answer hides")
        fields, slowest, plan = planned(profile)
        self.assertEqual([(field[0], field[3], field[4]) for field in fields], [(b"a", None, b"90"), (b"b", b"3", b"90"), (b"c", b"2", b"90")])
        self.assertEqual(fields[0][5], b": its values were too many to be counted, so its rows were")
        self.assertRegex(b"\n".join(profile), rb"(?m)^rows     90 in [\d.]+ ms\nfields   3 in [\d.]+ ms$")
        of = {b"a": "count from current where a exists", b"b": "count b from current", b"c": "count c from current totals"}[slowest]
        same = self.client.call("QUERY", "profile " + of)
        self.assertEqual([line.split(b" ")[0] for line in plan], [line.split(b" ")[0] for line in same])
        self.assertRegex(plan[-1], rb"^measured [\d.]+ ms")
        self.assertRegex(profile[-1], rb"^measured [\d.]+ ms$")

    def test_a_plan_is_refused_as_the_statement_is(self):
        self.load([{"a": "1"}])
        self.client.call("ACL", "SETUSER", "bob", "on", ">secret", "~*", "dataset:other", "+@all")
        self.client.call("ACL", "SETUSER", "eve", "on", ">secret", "~*", "alldatasets", "+@all", "suppress-below:2")
        try:
            for name, said in (("bob", "NOPERM"), ("eve", "NOPERM counts below 2 are to be kept from this user, and a plan tells some")):
                with self.server.client() as client:
                    client.call("AUTH", name, "secret")
                    for mode in ("explain", "profile"):
                        with self.assertRaises(ReplyError) as caught:
                            client.call("QUERY", mode + " describe current")
                        self.assertTrue(caught.exception.text.startswith(said), caught.exception.text)
        finally:
            self.client.call("ACL", "DELUSER", "bob", "eve")

    def test_fields_that_are_gone(self):
        self.load([{"a": "1", "b": "x"}, {"a": "2"}])
        self.client.call("HDEL", "profile_0", "b")
        self.assertEqual(list(self.describe()), [b"a"])
        self.client.call("DEL", "profile_0", "profile_1")
        self.assertEqual(self.describe(), {})

    def test_an_alias(self):
        self.load([{"a": "1"}])
        self.client.call("DATASET", "ALIAS", "now", "current")
        self.assertEqual(as_maps(self.client.call("DESCRIBE", "now")), self.describe())
        self.client.call("DATASET", "UNALIAS", "now")

    def test_a_floor(self):
        """Nothing that ann is told depends on what fewer than 5 rows have or lack."""
        rows = [{"sex": "female", "age": "30"}] * 12 + [{"sex": "male", "age": "40"}] * 9
        self.client.call("ACL", "SETUSER", "ann", "on", ">secret", "~*", "alldatasets", "+@all", "suppress-below:5")
        try:
            with self.server.client() as ann:
                ann.call("AUTH", "ann", "secret")
                told = []
                for rare in (["50", "60"], ["50", "x"]):
                    self.client.call("FLUSHALL")
                    self.load(rows + [{"sex": "female", "age": age, "rare" + age: "1"} for age in rare])
                    told.append(self.describe(ann))
                self.assertEqual(*told)
                self.assertEqual(told[0], {
                    b"age": {"kind": b"integer", "values": 2, "exact": None, "rows": 23, "least": b"30", "greatest": b"40",
                             "most_frequent": b"30", "bytes": None},
                    b"sex": {"kind": b"text", "values": 2, "exact": None, "rows": 23, "least": b"female", "greatest": b"male",
                             "most_frequent": b"female", "bytes": None}})
                self.load([{"other": "1"}] * 3, 23)
                self.assertIsNone(self.describe(ann)[b"sex"]["rows"])
        finally:
            self.client.call("ACL", "DELUSER", "ann")

    def test_it_is_a_query_like_others(self):
        self.load([{"a": "1"}])
        for text, error in (("describe current timeout 0", "SYNTAX"), ("describe nowhere", "NODATASET")):
            with self.assertRaises(ReplyError) as caught:
                self.client.call("QUERY", text)
            self.assertTrue(caught.exception.text.startswith(error), caught.exception.text)
        self.assertEqual(self.describe(None, "TIMEOUT", "5000"), self.describe())

    def test_writes_go_on_meanwhile(self):
        """Each row that is there all the time is counted, and clients that leave are no matter."""
        self.load([{"a": str(i % 7), "b": "x", "c%d" % (i % 5): "y"} for i in range(500)])
        over = threading.Event()

        def write():
            with self.server.client() as client:
                at = 0
                while not over.is_set():
                    at += 1
                    client.call("HSET", "profile_%d" % (1000 + at % 20), "a", "1", "d%d" % (at % 9), str(at))
                    client.call("DEL", "profile_%d" % (1000 + (at + 7) % 20))

        writer = threading.Thread(target=write)
        writer.start()
        try:
            asked = (("DESCRIBE", "current"), ("EXPLAIN", "describe", "current"), ("PROFILE", "describe", "current"),
                     ("PROFILE", "rows", "*", "from", "current"))
            for i in range(20):
                leaving = self.server.client()
                leaving.send(*asked[i % len(asked)])
                leaving.close()
                found = self.describe()
                self.assertTrue(500 <= found[b"a"]["rows"] <= 520)
                self.assertEqual((found[b"b"]["rows"], found[b"c3"]["rows"]), (500, 100))
        finally:
            over.set()
            writer.join()

    @unittest.skipIf(METHOD == "sets", "shards by sets have no module")
    def test_a_shard_refuses(self):
        with Client(os.path.join(self.server.dir, "data", "shard-0", "redis.sock")) as shard:
            for command in ("QUIPU.COUNT", "QUIPU.PARTIAL"):
                with self.assertRaises(ReplyError) as caught:
                    shard.call(command, "describe current")
                self.assertIn("DESCRIBE is quipu-server's to answer", caught.exception.text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
