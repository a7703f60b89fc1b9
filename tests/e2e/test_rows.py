"""ROWS where it is more than an answer: many rows and a slow reader, rows that go meanwhile, limits, rights, shards that are down.

What rows are answered, and in which order, is in tests/queries/rows.test and in test_language_random.py."""

import json
import re
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, SlotMove, slot_of
from oracle_rows import listed
from oracle_query import Dataset
from query_reader import read_query
from quipu_harness import METHOD, ReplyError, Server, ServerCase, pairs, wait_until


def used(client):
    return int(harness.info(client)["used_memory"])


class Rows(ServerCase):
    def setUp(self):
        super().setUp()
        self.client.call("FLUSHALL")

    def load(self, nrows, nbytes=0):
        commands = (("HSET", "profile_%d" % i, "n", str(i % 97), "text", "x" * nbytes) for i in range(nrows))
        batch = []
        for command in commands:
            batch.append(command)
            if len(batch) == 1000:
                self.client.pipeline(batch)
                batch = []
        self.client.pipeline(batch)

    def set_for_this_test(self, name, value):
        before = self.client.call("CONFIG", "GET", name)[1]
        self.client.call("CONFIG", "SET", name, value)
        self.addCleanup(self.client.call, "CONFIG", "SET", name, before)

    def state(self):
        return [pairs(query)["state"] for query in self.client.call("QUERY", "LIST")]

    def stalled(self, text):
        """A client that has asked, and reads nothing; the query waits for it."""
        slow = self.server.client()
        self.addCleanup(slow.close)
        slow.send("QUERY", text)
        self.server.wait_until(lambda: self.state() == [b"waiting"], "the query to wait for its client")
        return slow

    # ---- Streaming ----

    def test_many_rows_are_not_held_for_a_slow_reader(self):
        """40 MB of rows, of which the server holds their names and what the client's connection has no room for."""
        nrows = 5000
        self.load(nrows, 8000)
        before = used(self.client)
        slow = self.stalled("rows text, n from current order by n")
        if not harness.IS_SANITIZED:
            self.assertLess(used(self.client) - before, 16 << 20)
        found = slow.read()
        self.assertEqual(len(found), nrows)
        self.assertEqual(found, sorted(found, key=lambda row: (int(row[2]), row[0])))
        self.assertEqual({row[1] for row in found}, {b"x" * 8000})
        self.assertEqual(slow.call("PING"), b"PONG")
        self.assertEqual(self.state(), [])

    def test_the_deadline_is_not_the_readers(self):
        self.load(2500, 8000)
        slow = self.stalled("rows text from current timeout 2000")
        wait_until(lambda: int(pairs(self.client.call("QUERY", "LIST")[0])["age-ms"]) > 2500, "the reader to be late")
        self.assertEqual(len(slow.read()), 2500)

    def test_rows_that_go_meanwhile(self):
        """They keep their place, and have no values."""
        self.load(2500, 8000)
        slow = self.stalled("rows n, text from current")
        last = sorted(b"profile_%d" % i for i in range(2500))[-3:]
        self.client.call("DEL", last[0])
        self.client.call("HDEL", last[1], "n")
        self.client.call("HSET", last[2], "n", "new")
        found = slow.read()
        self.assertEqual([row[:2] for row in found[-3:]], [[last[0], None], [last[1], None], [last[2], b"new"]])
        self.assertEqual([row[2] is None for row in found[-3:]], [True, False, False])
        slow = self.stalled("rows * from current")
        self.client.call("DEL", last[2])
        self.assertEqual(slow.read()[-1], [last[2]])

    def test_a_client_that_leaves(self):
        self.load(2500, 8000)
        self.stalled("rows * from current").close()
        self.server.wait_until(lambda: self.state() == [], "the query to be cancelled")

    def test_a_query_that_is_killed_midway_ends_the_connection(self):
        """A part of the answer was sent: what is left of it must not look like an answer."""
        self.load(2500, 8000)
        slow = self.stalled("rows * from current")
        self.client.call("QUERY", "KILL", str(pairs(self.client.call("QUERY", "LIST")[0])["id"]))
        with self.assertRaises(harness.Closed):
            slow.read()

    def test_others_are_answered_in_their_order(self):
        self.load(3000, 100)
        commands = [("ROWS", "*", "from", "current"), ("PING",), ("ROWS", "n", "from", "current", "limit", "2"), ("COUNT", "from", "current")]
        replies = self.client.pipeline(commands)
        self.assertEqual([len(replies[0]), replies[1], len(replies[2]), replies[3]], [3000, b"PONG", 2, 3000])

    # ---- Limits ----

    def test_limits(self):
        self.load(500, 100)
        self.set_for_this_test("max-rows", "499")
        self.assert_error("LIMIT", "QUERY", "rows n from current", contains="max-rows is 499, the filter holds more: ask for some of them by LIMIT")
        self.assert_error("LIMIT", "QUERY", "rows n from current limit 499 offset 1", contains="max-rows is 499, LIMIT and OFFSET are 500 together")
        self.assertEqual(len(self.query("rows n from current where n < 90")), 465)
        self.assertEqual(len(self.query("rows n from current limit 499")), 499)
        self.assertEqual(len(self.query("rows n from current order by n limit 400 offset 99")), 400)
        self.set_for_this_test("max-partial-bytes", "40000")
        for form in ("json", "csv", "table"):
            self.assert_error("LIMIT", "QUERY", "rows text from current limit 300 format " + form,
                              contains="max-partial-bytes is 40000, the answer as one text needs more: FORMAT ROWS is sent as it is read")
        self.assertEqual(len(self.query("rows text from current limit 300")), 300)
        self.assertEqual(len(json.loads(self.query("rows text from current limit 100 format json"))["rows"]), 100)

    def test_first_rows_of_many(self):
        """Each shard sends its first ones: their order is that of names as they are, not as they are in keys."""
        names = ["profile_%s" % c for c in ("%", "{a}", "z", "{", "}", "~", "A", "", "é")] + ["profile_%d" % i for i in range(800)]
        rows = {}
        for i, name in enumerate(names):
            rows[name.encode()] = {b"n": b"%d" % (i % 7), b"x": (b"%d.0", b"t%d", b"%d")[i % 3] % (i % 11)}
            if i % 5 == 0:
                del rows[name.encode()][b"x"]
        self.client.pipeline([("HSET", name, *(part for pair in row.items() for part in pair)) for name, row in rows.items()])
        for order in ("", "order by n", "order by n desc", "order by x", "order by x desc", "order by nobody"):
            for limit in ("", "limit 5", "limit 3 offset 2", "limit 200 offset 300", "limit 50 offset 650"):
                text = "rows x, n from current where n < 6 %s %s" % (order, limit)
                want = [[name, row.get(b"x"), row.get(b"n")] for name, row in listed(read_query(text), Dataset(rows))]
                self.assertEqual(self.query(text), want, text)

    def test_rows_behind_a_name(self):
        """Page by page they are all rows, each once, whatever is written meanwhile to those that were read."""
        names = ["profile_%s" % c for c in ("%", "{a}", "z", "{", "}", "~", "A", "", "é")] + ["profile_%d" % i for i in range(700)]
        self.client.pipeline([("HSET", name, "n", str(i % 7)) for i, name in enumerate(names)])
        text = "rows n from current where n < 6"
        whole, found, after = self.query(text), [], None
        while True:
            words = ("AFTER", after) if after else ()
            page = self.client.call("QUERY", *words, text + " limit 50")
            found += page
            if len(page) < 50:
                break
            after = page[-1][0]
            self.client.pipeline([("HSET", page[0][0], "n", "6"), ("DEL", page[1][0]), ("HSET", "profile_", "n", "2")])
        self.assertEqual(found, whole)
        self.assertEqual(len(found), len({row[0] for row in found}))
        behind = [row for row in self.query("rows n from current where n < 6") if row[0] > b"profile_5"]
        self.assertEqual(self.client.call("QUERY", "AFTER", "profile_5", text), behind)
        self.assertEqual(self.client.call("QUERY", "AFTER", "", text), self.query(text))
        self.assertEqual(self.client.call("QUERY", "AFTER", "profile_5", text + " limit 3 offset 2"), behind[2:5])
        self.assertEqual(self.client.call("QUERY", "AFTER", "q", text), [])
        self.set_for_this_test("max-rows", str(len(behind)))
        self.assertEqual(self.client.call("QUERY", "AFTER", "profile_5", text), behind)
        self.assert_error("LIMIT", "QUERY", "AFTER", "", text, contains="max-rows is %d" % len(behind))
        for wrong in (text + " order by n", "count from current", "explain " + text, "profile " + text):
            self.assert_error("ERR", "QUERY", "AFTER", "profile_5", wrong, contains="takes a ROWS without ORDER BY")
        self.assert_error("SYNTAX", "QUERY", "AFTER", "profile_5", "rows n form current", contains="at column 8")
        self.assert_error("ERR", "QUERY", "AFTER", "profile_5", contains="wrong number of arguments")

    # ---- Around it ----

    def test_ways_in(self):
        self.hset("profile_1", sex="f", age=31)
        self.hset("profile_2", sex="m")
        want = [[b"profile_1", b"31", b"f"], [b"profile_2", None, b"m"]]
        self.assertEqual(self.client.call("ROWS", "age,", "sex", "from", "current"), want)
        self.client.send_bytes(b"rows age, sex from current\r\n")
        self.assertEqual(self.client.read(), want)
        with self.server.client(resp3=True) as client3:
            self.assertEqual(client3.call("QUERY", "rows age, sex from current"), want)
            text = client3.call("QUERY", "rows age from current limit 1 format csv")
            self.assertEqual((type(text).__name__, text), ("Verbatim", b"row,age\r\nprofile_1,31\r\n"))
        self.client.call("DATASET", "ALIAS", "now", "current")
        self.addCleanup(self.client.call, "DATASET", "UNALIAS", "now")
        self.assertEqual(self.query("rows age, sex from now"), want)
        self.assertEqual(json.loads(self.query("rows age from now format json"))["dataset"], "now")
        self.assertEqual(self.client.call("COMMAND", "INFO", "rows")[0][0], b"rows")

    def test_explain(self):
        self.hset("profile_1", sex="f", age=31)
        lines = self.query("explain rows age, sex from current where sex = f order by age desc limit 2 offset 1")
        self.assertTrue(lines[0].startswith(b"query    rows: age, sex of current, by age desc, then by name, limit 2 offset 1"), lines)
        self.assertEqual(lines[1], b"filter   sex = 'f'")
        self.assertTrue(lines[2].startswith(b"method   " + METHOD.encode()), lines)
        self.assertIn(b"query    rows: all fields of current, by name", self.query("explain rows * from current")[0])

    def test_profile_finds_and_reads_all_rows_and_sends_none(self):
        """Also more than are read at a time; each window of them has a deadline of its own, as where they are sent."""
        self.load(3000, 200)
        text = "rows text, n from current where n < 90 order by n desc"
        rows = self.query(text)
        lines = self.query("profile " + text)
        head = self.query("explain " + text)[0].split(b", 3000 rows in ")[0]
        self.assertTrue(lines[0].startswith(head), lines)
        self.assertEqual(lines[1], b"filter   n < 90")
        self.assertTrue(lines[2].startswith(b"method   " + METHOD.encode()), lines)
        told = "\n".join(line.decode() for line in lines)
        self.assertRegex(told, r"(?m)^search   %d rows told in [\d.]+ ms" % len(rows))
        self.assertRegex(told, r"(?m)^read     %d rows, \d{6} bytes in [\d.]+ ms$" % len(rows))
        self.assertRegex(told, r"\nmeasured [\d.]+ ms$")
        if METHOD == "columns":
            counted = self.query("profile count from current where n < 90")
            self.assertRegex(told, r"(?m)^count    %d rows in [\d.]+ ms$" % len(rows))
            self.assertEqual(told.count("\n  shard ") - 2, sum(line.startswith(b"shard ") for line in counted))
            shards = re.findall(r"(?m)^  shard \d, .*: (\d+) rows told in [\d.]+ ms, asked \d+ times?$", told)
            self.assertEqual(sum(map(int, shards)), len(rows))
        csv = self.query("profile " + text + " format csv")
        written = len(self.query(text + " format csv"))
        self.assertTrue(any(line.startswith(b"written  as csv, %d bytes in " % written) for line in csv), csv)
        self.set_for_this_test("max-partial-bytes", "300000")
        for mode in ("", "profile "):  # what is an error of the statement is one of its profile
            self.assert_error("LIMIT", "QUERY", mode + text + " format csv", contains="as one text needs more")
        self.set_for_this_test("max-rows", "10")
        self.assert_error("LIMIT", "QUERY", "profile " + text, contains="max-rows is 10")

    def test_rights(self):
        """Rows are shown as HGETALL shows them: a right to count them is not enough."""
        self.hset("profile_1", sex="f")
        users = (("ann", ("~*", "suppress-below:5")), ("bob", ("~profile_1*",)), ("cid", ("~*", "resetdatasets")), ("dan", ("%W~profile_*",)))
        for name, words in users:
            self.client.call("ACL", "SETUSER", name, "on", ">" + name, "alldatasets", "+@all", *words)
            self.addCleanup(self.client.call, "ACL", "DELUSER", name)
            with self.server.client() as client:
                client.call("AUTH", name, name)
                self.assert_error("NOPERM", "ROWS", "*", "from", "current", client=client)
                self.assert_error("NOPERM", "QUERY", "rows * from current", client=client)
                self.assert_error("NOPERM", "QUERY", "profile rows * from current", client=client)
                self.assert_error("NOPERM", "QUERY", "AFTER", "", "rows * from current", client=client)
        self.client.call("ACL", "SETUSER", "eve", "on", ">eve", "alldatasets", "+@crosstab", "%R~profile_*")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "eve")
        with self.server.client() as client:
            client.call("AUTH", "eve", "eve")
            self.assertEqual(client.call("ROWS", "sex", "from", "current"), [[b"profile_1", b"f"]])
            self.assertEqual(client.call("QUERY", "rows sex from current"), [[b"profile_1", b"f"]])
            self.assertEqual(client.call("QUERY", "AFTER", "profile_0", "rows sex from current"), [[b"profile_1", b"f"]])


class WithoutAShard(unittest.TestCase):
    def test_a_shard_that_is_down(self):
        with Server(2) as server, server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "n", str(i)) for i in range(50)])
            server.kill_shard(1)
            with self.assertRaises(ReplyError) as caught:
                client.call("QUERY", "rows n from current")
            self.assertIn(caught.exception.code, ("SHARDDOWN", "LOADING"))

            def is_back():
                try:
                    return len(client.call("QUERY", "rows n from current")) == 50
                except ReplyError:
                    return False

            wait_until(is_back, "the shard to come back")


class OverACluster(unittest.TestCase):
    """A slot stays half way between two nodes: by columns the answer is whole all the same. By sets a slot that is not whole is waited for,
    until the deadline."""

    NROWS = 400

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(masters=2, replicas=0)
        cls.server = Server(shard_words=["cluster", cls.cluster.seeds()[0]], options=["--method", METHOD])
        cls.client = cls.server.client()
        cls.rows = {}
        for i in range(cls.NROWS):  # half of them in one slot
            name = "profile_%d%s" % (i, "{one}" if i % 2 else "")
            cls.rows[name.encode()] = {b"n": b"%d" % (i % 13), b"x": b"%d.50" % (i % 7)}
            if i % 5 == 0:
                del cls.rows[name.encode()][b"x"]
        cls.client.pipeline([("HSET", name, *(part for pair in row.items() for part in pair)) for name, row in cls.rows.items()])

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.close()
        cls.cluster.close()

    def check(self, is_moving=False):
        for order in ("", "order by n desc", "order by x"):
            for limit in ("", "limit 30 offset 15"):
                text = "rows x, n from current where n < 9 %s %s" % (order, limit)
                want = [[name, row.get(b"x"), row.get(b"n")] for name, row in listed(read_query(text), Dataset(self.rows))]
                asked = text + (" timeout 500" if is_moving and METHOD == "sets" else "")
                try:
                    self.assertEqual(self.client.call("QUERY", asked), want, text)
                    if not order + limit:
                        self.assertEqual(self.client.call("QUERY", "AFTER", want[99][0], asked), want[100:], text)
                except ReplyError as error:
                    self.assertEqual((METHOD, error.code), ("sets", "TIMEOUT"), text)

        if METHOD == "columns":
            self.check_plans()

    def check_plans(self):
        """PROFILE counts rows of slots on their way, as the statement does."""
        holds = sum(int(row[b"n"]) < 9 for row in self.rows.values())
        lines = self.client.call("QUERY", "profile rows n from current where n < 9")
        self.assertIn(b"count    %d rows in" % holds, b"\n".join(lines))
        self.assertIn(b"\nsearch   %d rows told in " % holds, b"\n".join(lines))
        self.assertIn(b"\nread     %d rows, " % holds, b"\n".join(lines))
        lines = self.client.call("QUERY", "profile describe current")
        self.assertIn(b"\nrows     %d in " % len(self.rows), b"\n".join(lines))
        self.assertIn(b"; 13 values of %d rows in " % len(self.rows), b"\n".join(lines))

    def test_a_slot_half_way(self):
        self.check()
        slot = slot_of("{one}" if METHOD == "columns" else next(iter(self.cluster.masters()[0].ask("KEYS", "profile_*"))))
        source = self.cluster.owner(slot)
        move = SlotMove(self.cluster, slot, next(node for node in self.cluster.masters() if node is not source), source)
        move.begin()
        self.check(is_moving=True)
        for _ in range(3):
            self.assertGreater(move.keys(25), 0)
            self.check(is_moving=True)
            if METHOD == "sets":
                break  # it takes its deadline each time
        if METHOD == "columns":
            for node in (source, move.target):  # behind all rows: which slots there are, and those on their way by name
                next_id, slots, rows, named = node.ask("QUIPU.FIND", str(2**63 - 1), "rows n from current")
                self.assertEqual((next_id, rows, named[:2]), (-1, [], b"R1"))
                self.assertEqual(b"{one}" in named, node is source)
                self.assertNotIn(b"%d" % slot, re.split(b"[ -]", slots))
            # what arrived is counted as it is now, and not as it was
            self.rows[b"profile_1{one}"] = {b"n": b"1", b"x": b"0"}
            self.client.call("HSET", "profile_1{one}", "n", "1", "x", "0")
            self.check(is_moving=True)
        while move.keys(100):
            pass
        self.check(is_moving=True)
        move.end()
        self.cluster.wait_whole()
        self.check()


if __name__ == "__main__":
    harness.main()
