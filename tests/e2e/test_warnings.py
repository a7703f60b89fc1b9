"""Warnings, and unknown fields as errors: over all shards, by each setting, in each format that has room for them; by QUIPU_METHOD."""

import json
import os
import unittest

import quipu_harness as harness
from cluster_harness import Cluster
from quipu_harness import METHOD, ReplyError, Server, ServerCase, pairs

ORGIN = "no row of current has the field 'orgin'; did you mean 'Origin'?"


class Warnings(ServerCase):
    def setUp(self):
        super().setUp()
        self.client.call("FLUSHALL")
        for i in range(12):
            self.hset("profile_%d" % i, sex="fm"[i % 2], Origin="x")

    def tearDown(self):
        self.client.call("CONFIG", "SET", "unknown-fields", "warn")
        super().tearDown()

    def warnings(self, text, client=None):
        return json.loads(self.query(text + " format json", client))["warnings"]

    def assert_unknown(self, text="count orgin from current", client=None):
        self.assertEqual(self.assert_error("NOFIELD", "QUERY", text, client=client), "NOFIELD " + ORGIN)

    def test_formats(self):
        text = "count sex from current where orgin = 1 format "
        self.assertEqual(json.loads(self.query(text + "json"))["warnings"], [ORGIN])
        self.assertEqual(pairs(self.query(text + "map"))["warnings"], [ORGIN.encode()])
        with self.server.client(resp3=True) as resp3:
            self.assertEqual(self.query(text + "map", resp3)[b"warnings"], [ORGIN.encode()])
        self.assertIn("\nwarning: %s\n" % ORGIN, self.query(text + "table").decode())
        self.assertIn("\n- warning: %s\n" % ORGIN, self.query(text + "markdown").decode())
        for form in ("rows", "csv", "nested"):
            self.assertNotIn("orgin", str(self.query(text.replace("sex", "sex in {f, m}") + form)))
        for verb in ("explain ", "profile "):
            self.assertEqual(self.query(verb + "count orgin from current")[-1].decode(), "warning  " + ORGIN)
            self.assertNotIn(b"warning", b"".join(self.query(verb + "count sex from current")))

    def test_each_of_several_tables(self):
        answers = json.loads(self.query("count (sex), (orgin) from current format json"))
        self.assertEqual([answer["warnings"] for answer in answers], [[ORGIN], [ORGIN]])

    def test_a_field_of_one_row_is_known(self):
        self.assertEqual(self.warnings("count rare from current"), ["no row of current has the field 'rare'"])
        for i in range(12):
            key = "profile_%d" % i
            self.client.call("HSET", key, "rare", 1)
            self.assertEqual(self.warnings("count from current where rare = 1"), [])
            self.client.call("HDEL", key, "rare")
            self.assertEqual(self.warnings("count rare from current"), ["no row of current has the field 'rare'"])

    def test_the_nearest_name_of_any_shard_is_proposed(self):
        for i in range(12):
            self.client.call("HSET", "profile_%d" % i, "income_of_%d" % i, 1)
        for i in range(12):
            name = "income_of_%d" % i
            self.assertEqual(self.warnings("count incme_of_%d from current" % i), ["no row of current has the field 'incme_of_%d'; did you mean '%s'?" % (i, name)])

    def test_fields_of_any_name(self):
        for name in ("rows", "a=b", "{x}", "größe", "a:b%", " ", "count", "\x01"):
            quoted = "`%s`" % name
            known = self.warnings("count from current where %s = 1" % quoted)
            self.assertEqual(len(known), 1, known)
            self.client.call("HSET", "profile_3", name, 1)
            self.assertEqual(self.warnings("count from current where %s = 1" % quoted), [])

    def test_names_that_are_not_utf_8(self):
        self.client.call("HSET", "profile_3", b"abc\xffd", 1)
        reply = self.client.call("QUERY", b"count `abc\xfed` from current format json")
        [line, replaced] = json.loads(reply)["warnings"]
        self.assertEqual(line, "no row of current has the field 'abc\ufffdd'; did you mean 'abc\ufffdd'?")
        self.assertIn("UTF-8", replaced)

    def test_many_fields(self):
        text = "count from current where " + " or ".join("f%d = 1" % i for i in range(3000))
        self.assertEqual(len(self.warnings(text)), 100)
        self.client.call("HSET", "profile_7", *[word for i in range(3000) for word in ("f%d" % i, 2)])
        self.assertEqual(self.warnings(text), [])
        self.assertEqual(len(self.warnings(text.replace("f", "g").replace("grom", "from"))), 100)

    def test_an_empty_dataset(self):
        self.client.call("FLUSHALL")
        self.assertEqual(self.warnings("count sex from current"), ["no row of current has the field 'sex'"])
        self.assertEqual(self.warnings("count from current"), [])

    def test_no_hash_is_written_of_a_mistyped_field(self):
        self.client.call("CLIENT", "UNKNOWNFIELDS", "error")
        self.addCleanup(self.client.call, "CLIENT", "UNKNOWNFIELDS", "default")
        self.assert_unknown("count orgin from current into k")
        self.assertEqual(self.client.call("EXISTS", "k"), 0)
        self.assertEqual(self.query("count Origin from current into k"), 1)
        self.assertEqual(self.client.call("HGETALL", "k"), [b"x", b"12"])

    def test_an_alias_is_called_as_the_query_calls_it(self):
        self.client.call("DATASET", "ALIAS", "folk", "current")
        self.addCleanup(self.client.call, "DATASET", "UNALIAS", "folk")
        self.assertEqual(self.warnings("count orgin from folk"), [ORGIN.replace("current", "folk")])

    def test_dates_that_the_filter_leaves_out(self):
        self.client.call("HSET", "profile_3", "born", "2001-02-03")
        self.assertEqual(self.warnings("count born by month from current where sex = f"), [])
        self.assertEqual(
            self.warnings("count Origin by month, born by year, sex by hour from current"),
            ["no row of current has a date in 'Origin': BY MONTH finds nothing", "no row of current has a time of day in 'sex': BY HOUR finds nothing"])
        self.assertEqual(self.warnings("count born by hour from current"), ["no row of current has a time of day in 'born': BY HOUR finds nothing"])
        # bins of the same field that are no hours, and no dates
        self.client.call("HSET", "profile_3", "Origin", "12")
        for other in ("born by week", "born by 10", "born by 2 quantiles", "born"):
            self.assertEqual(self.warnings("count born by hour, %s from current" % other),
                             ["no row of current has a time of day in 'born': BY HOUR finds nothing"])
            self.assertEqual(self.warnings("count Origin by month, %s from current" % other.replace("born", "Origin")),
                             ["no row of current has a date in 'Origin': BY %s finds nothing" % unit
                              for unit in ("MONTH", "WEEK")[:1 + ("week" in other)]])
        self.client.call("HSET", "profile_3", "born", "2001-02-03 10:00")
        self.assertEqual(self.warnings("count born by hour, born by week from current"), [])
        self.client.call("DATASET", "ALTER", "current", "FIELD", "at", "EPOCH", "s")
        self.addCleanup(self.client.call, "DATASET", "ALTER", "current", "FIELD", "at", "PLAIN")
        self.client.call("HSET", "profile_3", "at", 1000000000)
        self.assertEqual(self.warnings("count at by year from current where sex = f"), [])

    def test_a_setting_of_the_server(self):
        self.assertEqual(self.client.call("CONFIG", "GET", "unknown-fields"), [b"unknown-fields", b"warn"])
        self.assertEqual(self.query("count orgin from current"), [])
        self.client.call("CONFIG", "SET", "unknown-fields", "error")
        self.assert_unknown()
        self.assert_unknown("count sex in {f, m} from current where orgin = 1")
        self.assert_unknown("explain count orgin from current")
        self.assert_unknown("count sex, orgin in {top 2} from current")
        self.assertEqual(self.query("count sex in {f, m} from current where Origin = x"), [6, 6])
        self.assert_error("ERR", "CONFIG", "SET", "unknown-fields", "maybe")
        self.assertEqual(pairs(self.query("describe current format map")).keys(), {"sex", "Origin"})

    def test_a_setting_of_a_user(self):
        self.client.call("ACL", "SETUSER", "ann", "on", ">x", "~*", "alldatasets", "+@all", "unknown-fields:error")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        with self.server.client() as ann:
            ann.call("AUTH", "ann", "x")
            self.assert_unknown(client=ann)
            self.assertEqual(self.query("count orgin from current"), [])
            self.client.call("CONFIG", "SET", "unknown-fields", "error")
            self.client.call("ACL", "SETUSER", "ann", "unknown-fields:warn")
            self.assertEqual(self.query("count orgin from current", ann), [])
            self.client.call("ACL", "SETUSER", "ann", "unknown-fields:default")
            self.assert_unknown(client=ann)
        self.assert_error("ERR", "ACL", "SETUSER", "ann", "unknown-fields:x", contains="warn or error")

    def test_a_setting_of_a_connection(self):
        with self.server.client() as other:
            self.assertEqual(self.client.call("CLIENT", "UNKNOWNFIELDS", "Error"), b"OK")
            self.assert_unknown()
            self.assertEqual(self.query("count orgin from current", other), [])
            self.client.call("CONFIG", "SET", "unknown-fields", "error")
            self.assert_unknown(client=other)
            self.client.call("CLIENT", "UNKNOWNFIELDS", "warn")
            self.assertEqual(self.query("count orgin from current"), [])
            self.client.call("CLIENT", "UNKNOWNFIELDS", "default")
            self.assert_unknown()
            other.call("CLIENT", "UNKNOWNFIELDS", "warn")
            other.call("RESET")
            self.assert_unknown(client=other)
        self.assert_error("ERR", "CLIENT", "UNKNOWNFIELDS", "maybe")

    def test_small_counts_hidden(self):
        """What the rows decide would tell of them, so it is not told; what the text says is."""
        self.client.call("ACL", "SETUSER", "bob", "on", ">x", "~*", "alldatasets", "+@all", "suppress-below:3")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "bob")
        with self.server.client() as bob:
            bob.call("AUTH", "bob", "x")
            for text, lines in (("count orgin from current", []), ("count sex in {f, null} from current", 1)):
                try:
                    found = self.warnings(text, bob)
                except ReplyError as error:
                    self.assertIn("only plain counts", error.text)  # until all answers can be told
                    continue
                self.assertEqual(len(found) if lines else found, lines)
            bob.call("CLIENT", "UNKNOWNFIELDS", "error")
            self.assertEqual(self.assert_error("NOFIELD", "QUERY", "count orgin from current", client=bob), "NOFIELD " + ORGIN.split(";")[0])

    def test_beside_a_client_that_leaves(self):
        self.client.call("CONFIG", "SET", "unknown-fields", "error")
        for _ in range(50):
            with self.server.client() as gone:
                gone.send("QUERY", "count orgin, Origin by month from current format json")
        self.assert_unknown()
        harness.wait_until(lambda: harness.info(self.client, "queries").get("queries_running", "0") == "0", "no query")

    @unittest.skipUnless(METHOD == "columns", "the shards have no module")
    def test_a_shard_of_its_own(self):
        with harness.Client(os.path.join(self.server.dir, "data", "shard-0", "redis.sock")) as shard:
            found = json.loads(shard.call("QUIPU.COUNT", "count sex in {f, null} from current where orgin = 1 format json"))
            self.assertEqual(found["warnings"], [ORGIN, "null is a text like any other; rows without 'sex' are what MISSING lists"])
            missing = lambda text: json.loads(shard.call("QUIPU.COUNT", text + " format json"))["warnings"]  # noqa: E731
            self.assertEqual(missing("count Origin by month, sex by hour, orgin by year from current"),
                             [ORGIN, "no row of current has a date in 'Origin': BY MONTH finds nothing",
                              "no row of current has a time of day in 'sex': BY HOUR finds nothing"])
            shard.call("HSET", "profile_20", "born", "2012-06-01", "sex", "x")  # a date, and no time of day
            self.assertEqual(missing("count born by month from current where sex = f"), [])
            self.assertEqual(missing("count born by hour from current where sex = f"),
                             ["no row of current has a time of day in 'born': BY HOUR finds nothing"])
            shard.call("DEL", "profile_20")
            self.assertEqual(shard.call("QUIPU.INFO", "current", "HAS", "2", "3", "sex", "orgin", "Origin", "sex", "f", "sex", "x"),
                             [[1, 3], [1], [b"sex", b"Origin"]])
            self.assertEqual(shard.call("QUIPU.INFO", "current", "HAS", "1", "1", "sex"), [[1], [], []])
            for words in (("1",), ("x", "1", "a"), ("2", "1", "a"), ("1", "1"), ("0", "0", "a"), ("-1", "0")):
                with self.assertRaises(ReplyError):
                    shard.call("QUIPU.INFO", "current", "HAS", *words)


class OfACluster(unittest.TestCase):
    def test_fields_of_one_node(self):
        with Cluster(masters=3, replicas=0) as cluster, Server(shard_words=["cluster", cluster.seeds()[0]], options=["--partitions", "16"]) as server:
            with server.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "Origin", "x", "f%d" % i, 1) for i in range(30)])
                for i in range(0, 30, 5):
                    self.assertEqual(json.loads(client.call("QUERY", "count f%d from current format json" % i))["warnings"], [])
                client.call("CLIENT", "UNKNOWNFIELDS", "error")
                with self.assertRaisesRegex(ReplyError, ORGIN.replace("?", "[?]")):
                    client.call("QUERY", "count from current where f7 = 1 or orgin = 1")
                self.assertEqual(client.call("QUERY", "count from current where f7 = 1 or Origin = y"), 1)


if __name__ == "__main__":
    harness.main()
