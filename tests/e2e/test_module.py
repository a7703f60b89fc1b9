"""quipu.so follows the keyspace: after whatever happens to a row, the counts are the oracle's and the index is what the
hashes are. Against real redis-servers; random writes, counts in threads and fuzzing are in test_module_random.py, clusters
in test_module_cluster.py."""

import json
import os
import random
import threading
import time
import unittest

from module_harness import MODULE, ModuleRedis, Partial, check, random_rows, read_rows, verify, wait_indexed
from quipu_harness import BIN, Client, Closed, ReplyError, Server, Status, info, main, pairs, wait_in_step, wait_until


class ModuleCase(unittest.TestCase):
    words, options, is_open = (), (), False

    @classmethod
    def setUpClass(cls):
        cls.redis = ModuleRedis(*cls.words, options=cls.options, port=cls.is_open)

    @classmethod
    def tearDownClass(cls):
        try:
            if cls.redis.process.popen.poll() is None:
                cls.redis.stop()
        finally:
            cls.redis.close()

    def setUp(self):
        self.client = self.redis.client()
        self.addCleanup(self.client.close)
        self.client.call("FLUSHALL")
        self.call("CONFIG", "SET", "maxmemory", "0")

    def call(self, *args):
        return self.client.call(*args)

    def count(self, text="count a from current"):
        return self.call("QUIPU.COUNT", text)

    def assert_error(self, code, *args, contains="", client=None):
        with self.assertRaises(ReplyError, msg="%r" % (args,)) as caught:
            (client or self.client).call(*args)
        self.assertEqual(caught.exception.code, code, caught.exception.text)
        self.assertIn(contains, caught.exception.text)


class Following(ModuleCase):
    def check(self, nrows=None):
        rows = check(self, self.client)
        if nrows is not None:
            self.assertEqual(len(rows), nrows)
        return rows

    def test_hashes_are_written_in_every_way(self):
        self.call("HSET", "profile_1", "a", "1", "b", "x")
        self.assertEqual(self.count(), [[b"1", 1]])
        self.call("HMSET", "profile_2", "a", "2", "b", "7")
        self.call("HSETNX", "profile_2", "a", "3")
        self.call("HSETNX", "profile_3", "a", "3")
        self.assertEqual(self.count(), [[b"1", 1], [b"2", 1], [b"3", 1]])
        self.call("HINCRBY", "profile_1", "a", "41")
        self.call("HINCRBYFLOAT", "profile_2", "a", "0.5")
        self.assertEqual(self.count(), [[b"2.5", 1], [b"3", 1], [b"42", 1]])
        self.call("HDEL", "profile_1", "b")
        self.check(3)
        self.call("HDEL", "profile_1", "a")  # its last field: the row is gone
        self.check(2)

    def test_rows_are_deleted(self):
        for i in range(6):
            self.call("HSET", "profile_%d" % i, "a", i)
        self.call("DEL", "profile_0", "profile_1", "nobody")
        self.call("UNLINK", "profile_2", "profile_3")
        self.call("GETDEL", "nobody")
        self.assertEqual(self.count("count from current"), 2)
        self.check(2)

    def test_a_row_that_expires_is_gone(self):
        self.call("HSET", "profile_1", "a", "1")
        self.call("HSET", "profile_2", "a", "2")
        replies = self.client.pipeline([("MULTI",), ("PEXPIRE", "profile_1", "60"), ("QUIPU.COUNT", "count from current"),
                                        ("EXEC",)])
        self.assertEqual(replies[3], [1, 2])
        time.sleep(0.4)
        self.assertEqual(self.count(), [[b"2", 1]])
        self.check(1)
        self.call("EXPIREAT", "profile_2", "1")  # in the past
        self.check(0)

    def test_a_row_whose_time_is_over_is_not_counted_before_redis_removes_it(self):
        self.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
        try:
            commands = [("MULTI",)]
            for i in range(200):
                commands.append(("HSET", "profile_%d" % i, "a", i % 2))
                if i % 2:
                    commands.append(("PEXPIRE", "profile_%d" % i, "30"))
            commands += [("PERSIST", "profile_1"), ("PEXPIRE", "profile_3", "100000"), ("RENAME", "profile_5", "profile_500")]
            self.assertEqual(self.client.pipeline(commands + [("EXEC",)])[-1][-3:], [1, 1, b"OK"])
            time.sleep(0.1)
            self.assertEqual(self.count(), [[b"0", 100], [b"1", 2]])
            self.check(102)
            self.assertEqual(pairs(self.call("QUIPU.INFO", "current"))["rows_that_expire"], 1)
            self.call("HSET", "profile_5", "a", "1")  # again, and for good
            self.check(103)
        finally:
            self.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")

    def test_evicted_rows_are_gone(self):
        self.client.pipeline(random_rows(random.Random(1), 3000))
        self.check(3000)
        used = int(info(self.client, "memory")["used_memory"])
        self.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        self.call("CONFIG", "SET", "maxmemory", used - 50000)
        self.client.pipeline(random_rows(random.Random(2), 200, 3000))
        self.call("CONFIG", "SET", "maxmemory", "0")
        rows = self.check()
        self.assertLess(len(rows), 3200)
        self.assertGreater(int(info(self.client, "stats")["evicted_keys"]), 0)

    def test_renames(self):
        self.call("HSET", "profile_1", "a", "1")
        self.call("HSET", "profile_2", "a", "2", "b", "x")
        self.call("HSET", "other", "a", "3")
        self.call("RENAME", "profile_1", "profile_2")  # onto a row
        self.assertEqual(self.count(), [[b"1", 1]])
        self.check(1)
        self.call("RENAME", "other", "profile_3")  # becomes one
        self.call("RENAMENX", "profile_3", "profile_4")
        self.assertEqual(self.count(), [[b"1", 1], [b"3", 1]])
        self.call("RENAME", "profile_4", "elsewhere")  # is none any more
        self.assertEqual(self.count(), [[b"1", 1]])
        self.call("RENAME", "profile_2", "profile_2")
        self.check(1)

    def test_copies(self):
        self.call("HSET", "profile_1", "a", "1", "b", "x")
        self.call("HSET", "profile_2", "a", "2")
        self.call("COPY", "profile_1", "profile_2", "REPLACE")
        self.call("COPY", "profile_1", "profile_3")
        self.call("COPY", "profile_1", "not_a_row")
        self.call("COPY", "profile_1", "profile_1", "DB", "3")
        self.assertEqual(self.count(), [[b"1", 3]])
        self.check(3)
        self.call("SELECT", "3")
        self.check(1)

    def test_rows_that_are_overwritten_by_something_else(self):
        writes = [
            ("SET", "{}", "x"), ("GETSET", "{}", "x"), ("MSET", "{}", "x"), ("SETEX", "{}", "100", "x"),
            ("SUNIONSTORE", "{}", "some_set"), ("SINTERSTORE", "{}", "some_set", "nobody"),
            ("ZUNIONSTORE", "{}", "1", "some_set"), ("SORT", "some_set", "STORE", "{}"), ("SORT", "nobody", "STORE", "{}"),
            ("BITOP", "NOT", "{}", "some_string"), ("GEOSEARCHSTORE", "{}", "some_geo", "FROMLONLAT", "1", "1", "BYRADIUS",
                                                   "1", "km"),
        ]
        self.call("SADD", "some_set", "1", "2")
        self.call("SET", "some_string", "x")
        self.call("GEOADD", "some_geo", "1", "1", "here")
        for i, write in enumerate(writes):
            key = "profile_%d" % i
            self.call("HSET", key, "a", i)
            self.assertEqual(self.count("count from current"), 1)
            try:
                self.call(*[word.format(key) if "{}" in word else word for word in write])
            except ReplyError as error:  # GETSET of a hash is one: then it stays
                self.assertEqual(error.code, "WRONGTYPE")
                self.call("DEL", key)
            self.assertEqual(self.count("count from current"), 0, write)
        self.check(0)

    def test_restored_rows(self):
        self.call("HSET", "profile_1", "a", "1")
        dump = self.call("DUMP", "profile_1")
        self.call("SET", "text", "x")
        text = self.call("DUMP", "text")
        self.call("HSET", "profile_2", "a", "2")
        self.call("RESTORE", "profile_2", "0", dump, "REPLACE")
        self.call("RESTORE", "profile_3", "0", dump)
        self.assertEqual(self.count(), [[b"1", 3]])
        self.call("RESTORE", "profile_3", "0", text, "REPLACE")
        self.call("RESTORE", "profile_2", "1", dump, "REPLACE", "ABSTTL")  # over before it began
        self.assertEqual(self.count(), [[b"1", 1]])
        self.check(1)

    def test_databases_are_apart(self):
        for db in range(3):
            self.call("SELECT", db)
            for i in range(db + 1):
                self.call("HSET", "profile_%d" % i, "a", db)
        self.assertEqual(self.count(), [[b"2", 3]])
        self.call("SELECT", "0")
        self.assertEqual(self.count(), [[b"0", 1]])
        self.call("MOVE", "profile_0", "7")
        self.assertEqual(self.count(), [])
        self.call("SELECT", "7")
        self.assertEqual(self.count(), [[b"0", 1]])
        self.call("SELECT", "2")
        self.call("FLUSHDB")
        self.assertEqual(self.count(), [])
        for db in range(9):
            self.call("SELECT", db)
            self.check()

    def test_databases_change_places(self):
        self.call("HSET", "profile_1", "a", "1")
        self.call("PEXPIRE", "profile_1", "100000")
        self.call("SELECT", "1")
        self.call("HSET", "profile_2", "a", "2")
        # In one turn: what is noted in a database goes with it.
        replies = self.client.pipeline([
            ("HSET", "profile_3", "a", "3"), ("SWAPDB", "0", "1"), ("QUIPU.COUNT", "count a from current"),
            ("HSET", "profile_4", "a", "4"), ("SWAPDB", "1", "9"), ("QUIPU.COUNT", "count a from current")])
        self.assertEqual(replies[2], [[b"1", 1]])
        self.assertEqual(replies[5], [])
        self.call("SELECT", "0")
        self.assertEqual(self.count(), [[b"2", 1], [b"3", 1]])
        self.check(2)
        self.call("SELECT", "9")
        self.check(2)
        self.assertEqual(pairs(self.call("QUIPU.INFO", "current"))["rows_that_expire"], 1)

    def test_what_a_command_names_is_not_all_that_is_done_to_a_row(self):
        """HSET says which fields it writes: the row is not read for that, unless more was done to it in the same turn."""
        more = ["f%d" % i for i in range(6)]
        script = ("redis.call('HSET', KEYS[1], 'a', '1') redis.call('HDEL', KEYS[1], 'b') "
                  "redis.call('HSET', KEYS[1], 'c', '3')")
        replies = self.client.pipeline([
            ("HSET", "profile_1", "a", "1", "b", "2"), ("HSET", "profile_1", "a", "2", "a", "3"),  # the last value counts
            ("HSETNX", "profile_1", "a", "9"), ("HSETNX", "profile_1", "c", "4"), ("HMSET", "profile_2", "a", "1"),
            ("HSET", "profile_2", "b", "1"), ("HDEL", "profile_2", "b"), ("HSET", "profile_3", "b", "1"),
            ("EVAL", script, "1", "profile_3"), ("HSET", "profile_4", *[w for f in more for w in (f, "1")]),
            ("HSET", "profile_5", "a", "1"), ("DEL", "profile_5"), ("HSET", "profile_6", "a", "1"), ("DEL", "profile_6"),
            ("HSET", "profile_6", "b", "6"), ("HSET", "profile_7", "a", "1"), ("RENAME", "profile_7", "profile_8"),
            ("SET", "profile_9", "text"), ("HSET", "profile_9", "a", "1"), ("SET", "profile_8", "text"),
            ("MULTI",), ("HSET", "profile_10", "a", "1"), ("HSET", "profile_10", "b", "1"), ("HDEL", "profile_10", "a"),
            ("EXEC",), ("HSET", "profile_11", "a", "1"), ("PEXPIRE", "profile_11", "0"), ("HSET", "profile_12", "a"),
            ("HSET", "profile_13", "a", "1"), ("UNLINK", "profile_13"), ("HSET", "profile_13", "b", "1"),
        ])
        refused = [i for i, reply in enumerate(replies) if isinstance(reply, ReplyError)]
        self.assertEqual(refused, [18, 27])
        self.check(7)
        self.assertEqual(self.count(), [[b"1", 2], [b"3", 1]])
        before = pairs(self.call("QUIPU.INFO"))["rows_read"]
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i) for i in range(1000)])
        self.check(998)  # two names are texts by now
        read = pairs(self.call("QUIPU.INFO"))["rows_read"] - before
        self.assertEqual(read, 0, "rows that were read")

    def test_flushes(self):
        for flush in (("FLUSHALL",), ("FLUSHALL", "ASYNC"), ("FLUSHDB",), ("FLUSHDB", "SYNC")):
            self.client.pipeline(random_rows(random.Random(3), 500) + [("DEL", "profile_y")])
            self.assertEqual(self.count("count from current"), 500)
            replies = self.client.pipeline([("HSET", "profile_x", "a", "1"), flush, ("QUIPU.COUNT", "count from current"),
                                            ("HSET", "profile_y", "a", "1"), ("QUIPU.COUNT", "count from current")])
            self.assertEqual((replies[2], replies[4]), (0, 1), flush)
            self.check(1)

    def test_transactions_and_scripts(self):
        self.call("MULTI")
        self.call("HSET", "profile_1", "a", "1")
        self.call("QUIPU.COUNT", "count a from current")
        self.call("RENAME", "profile_1", "profile_2")
        self.call("HSET", "profile_2", "a", "2")
        self.call("QUIPU.COUNT", "count a from current")
        replies = self.call("EXEC")
        self.assertEqual((replies[1], replies[4]), ([[b"1", 1]], [[b"2", 1]]))
        script = """
            local before = redis.call('QUIPU.COUNT', 'count from current')
            for i = 1, 1000 do redis.call('HSET', 'profile_' .. i, 'a', i % 3) end
            for i = 1, 1000, 2 do redis.call('DEL', 'profile_' .. i) end
            return {before, redis.call('QUIPU.COUNT', 'count a in [0,2] from current')}
        """
        self.assertEqual(self.call("EVAL", script, "0"), [1, [166, 167, 167]])
        self.assertEqual(self.call("EVAL", "return redis.call('QUIPU.VERIFY', 'current')", "0")[1], 500)
        self.check(500)

    def test_rows_with_any_bytes(self):
        self.call("HSET", b"profile_\x00\xff{", b"a", b"\x00", b"b", b"")
        self.call("HSET", b"profile_", b"a", b"\r\n")
        self.call("HSET", b"profile_007", b"", b"x", b"a", b"7")
        self.check(3)

    def test_a_row_of_many_fields(self):
        for i in range(0, 20000, 500):
            self.call("HSET", "profile_1", *[word for j in range(i, i + 500) for word in ("f%d" % j, j)])
        self.call("HSET", "profile_1", "a", "1")
        self.check(1)
        self.call("HDEL", "profile_1", *["f%d" % j for j in range(0, 20000, 2)])
        self.assertEqual(self.count("count f7 from current"), [[b"7", 1]])
        self.assertEqual(self.count("count f8 from current"), [])
        self.check(1)

    def test_long_values(self):
        long = b"x" * 300000
        for i in range(5):
            self.call("HSET", "profile_%d" % i, "a", long, "b", i)
        self.assertEqual(self.count("count a from current"), [[long, 5]])
        self.check(5)

    def test_debug_reload(self):
        self.client.pipeline(random_rows(random.Random(4), 2000))
        self.call("PEXPIRE", "profile_7", "100000")
        self.call("DEBUG", "RELOAD")
        self.assertEqual(self.count("count from current"), 2000)
        self.check(2000)
        self.call("SELECT", "4")
        self.call("HSET", "profile_1", "a", "1")
        self.call("DEBUG", "RELOAD")
        self.check(1)

    def test_keys_of_others_are_left_alone(self):
        self.call("HSET", "profil", "a", "1")
        self.call("HSET", "Profile_1", "a", "1")
        self.call("SET", "profile_1", "x")
        self.call("LPUSH", "profile_2", "x")
        hits = info(self.client, "stats")
        self.check(0)
        self.call("HSET", "profile_3", "a", "1")
        self.count()
        after = info(self.client, "stats")
        self.assertEqual(after["keyspace_misses"], hits["keyspace_misses"])  # we look without being seen

    def test_following_watches_nothing_and_breaks_no_transaction(self):
        self.call("HSET", "profile_1", "a", "1")
        self.call("WATCH", "profile_1")
        with self.redis.client() as other:
            self.assertEqual(other.call("QUIPU.COUNT", "count from current"), 1)
            self.assertEqual(verify(other)["mismatches"], 0)
        self.call("MULTI")
        self.call("PING")
        self.assertEqual(self.call("EXEC"), [b"PONG"])


class Datasets(ModuleCase):
    words = ("dataset", "current", "profile_", "dataset", "people", "person:", "workers", "1", "kernel", "plain")

    def names(self, client=None):
        listed = (client or self.client).call("QUIPU.INDEX", "LIST")
        return {pairs(entry)["name"]: pairs(entry)["prefix"] for entry in listed}

    def test_of_the_arguments(self):
        self.assertEqual(self.names(), {b"current": b"profile_", b"people": b"person:"})
        info = pairs(self.call("QUIPU.INFO"))
        self.assertEqual((info["kernel"], info["workers"], info["datasets"]), (b"plain", 1, 2))

    def test_create_and_drop(self):
        self.client.pipeline(random_rows(random.Random(5), 300))
        self.client.pipeline([["HSET", "old:%d" % i, "a", i % 2] for i in range(100)])
        self.assertEqual(self.call("QUIPU.INDEX", "CREATE", "old", "PREFIX", "old:"), b"OK")
        wait_indexed(self.client, "old")
        self.assertEqual(self.count("count a from old"), [[b"0", 50], [b"1", 50]])
        check(self, self.client, "old:", "old")
        # Overlapping: a row is in each whose prefix it has.
        self.call("QUIPU.INDEX", "CREATE", "all", "PREFIX", "")
        self.call("QUIPU.INDEX", "CREATE", "some", "PREFIX", "profile_1")
        wait_indexed(self.client, "all")
        wait_indexed(self.client, "some")
        self.assertEqual(self.count("count from all"), 400)
        self.call("HSET", "profile_1000", "a", "1")
        self.call("DEL", "profile_1")
        check(self, self.client, "", "all")
        check(self, self.client, "profile_1", "some")
        check(self, self.client)
        for name in ("old", "all", "some"):
            self.assertEqual(self.call("QUIPU.INDEX", "DROP", name), b"OK")
            self.assert_error("NODATASET", "QUIPU.COUNT", "count from " + name, contains="'%s'" % name)
        self.call("HSET", "old:1", "a", "9")
        self.assertEqual(self.names(), {b"current": b"profile_", b"people": b"person:"})

    def test_what_cannot_be_created(self):
        self.assertEqual(self.call("QUIPU.INDEX", "CREATE", "current", "PREFIX", "profile_"), b"OK")  # as it is
        self.assert_error("ERR", "QUIPU.INDEX", "CREATE", "current", "PREFIX", "x", contains="profile_")
        self.assert_error("ERR", "QUIPU.INDEX", "CREATE", "no:name", "PREFIX", "x", contains="no:name")
        self.assert_error("ERR", "QUIPU.INDEX", "CREATE", "x", "PRAEFIX", "x", contains="PREFIX")
        self.assert_error("ERR", "QUIPU.INDEX", "CREATE", "x", contains="wrong number of arguments")
        self.assert_error("NODATASET", "QUIPU.INDEX", "DROP", "nobody", contains="nobody")
        self.assert_error("NODATASET", "QUIPU.VERIFY", "nobody")
        self.assert_error("NODATASET", "QUIPU.INFO", "nobody")

    def test_info_counts_rows_that_are_written_or_removed(self):
        """And none that another dataset's walk over the keys reads again."""
        def told():
            found = pairs(self.call("QUIPU.INFO", "current"))
            return found["changes"], found["changes_since"]

        self.addCleanup(self.client.call, "QUIPU.INDEX", "DROP", "other")
        first, since = told()
        for i in range(8):
            self.call("HSET", "profile_%d" % i, "a", i)
        self.assertEqual(told(), (first + 8, since))
        self.call("QUIPU.INDEX", "CREATE", "other", "PREFIX", "other_")
        wait_indexed(self.client, "other")
        self.assertEqual(told(), (first + 8, since))
        self.call("DEL", "profile_7")
        self.assertEqual(told(), (first + 9, since))
        wait_until(lambda: time.time() * 1000 > since + 1, "another millisecond")
        self.call("QUIPU.INDEX", "DROP", "current")
        self.call("QUIPU.INDEX", "CREATE", "current", "PREFIX", "profile_")
        wait_indexed(self.client)
        changes, again = told()
        self.assertEqual(changes, 0)
        self.assertGreater(again, since)

    def settled_memory(self):
        """Redis' memory without the buffers of its clients and its own hash tables, of which it has two while it rehashes:
        they come and go when it has time. What the module frees, it frees in steps."""
        last = 0
        for _ in range(40):
            now = int(info(self.client, "memory")["used_memory_dataset"])
            if abs(now - last) < 4096:
                return now
            last = now
            time.sleep(0.7)
        self.fail("memory does not settle")

    def test_info_accounts_for_every_byte(self):
        self.client.pipeline(random_rows(random.Random(6), 20000))
        found = pairs(self.call("QUIPU.INFO", "current"))
        self.assertEqual((found["rows"], found["fields"]), (20000, 3))
        self.assertEqual(found["bytes"], sum(found[name] for name in found if name.startswith("bytes_")))
        self.assertEqual(found["values"], sum(pairs(f)["values"] for f in self.call("QUIPU.INFO", "current", "FIELDS")))
        fields = {pairs(f)["field"]: pairs(f) for f in self.call("QUIPU.INFO", "current", "FIELDS")}
        self.assertEqual((fields[b"a"]["rows"], fields[b"a"]["values"]), (20000, 3))
        chunks = [sum(f["chunks_" + kind] for f in fields.values()) for kind in ("empty", "sparse", "planes", "constant")]
        self.assertEqual(sum(chunks), 3)
        # What it says it has is what Redis sees go when it goes; malloc's rounding is the difference.
        before = self.settled_memory()
        self.call("QUIPU.INDEX", "DROP", "current")
        freed = before - self.settled_memory()
        self.call("QUIPU.INDEX", "CREATE", "current", "PREFIX", "profile_")
        self.assertAlmostEqual(freed / found["bytes"], 1, delta=0.15)


class Answers(ModuleCase):
    def setUp(self):
        super().setUp()
        self.call("HSET", "profile_1", "sex", "f", "age", "31")
        self.call("HSET", "profile_2", "sex", "m", "age", "47")
        self.call("HSET", "profile_3", "sex", "f", "age", "9")

    def test_formats(self):
        self.assertEqual(self.count("count from current"), 3)
        self.assertEqual(self.count("count sex in {m,f,x} from current"), [1, 2, 0])
        self.assertEqual(self.count("count sex, age by 10 from current"),
                         [[b"f", b"[0,10)", 1], [b"f", b"[30,40)", 1], [b"m", b"[40,50)", 1]])
        self.assertEqual(self.count("count sex in {m as men, other} from current format rows"),
                         [[b"men", 1], [b"other", 2]])
        self.assertEqual(self.count("count sex, age in [8,9] from current format nested"), [[0, 1], [0, 0]])
        self.assertEqual(self.count("count zip from current format nested"), [])
        self.assertEqual(self.count("count sex in {f}, zip from current format nested"), [[]])

    def test_formats_are_those_of_the_server(self):
        """Of one shard, but for how long it took and what shards there are, which the server alone knows."""
        queries = ("count from current", "count sex, age by 10 from current", "count sex in {f, x}, age in {9, missing} from current",
                   "count, sum(age), avg(age) by sex from current totals", "count sex from current weight by age",
                   "count sex, age by 20 from current percent of row with count", "count (sex), (sex, age) from current",
                   "count age from current order by count desc, age desc limit 2", "count sex, age by 20 from current test chi2 residuals",
                   "count sex from current where nothing = 1")
        with Server(1, ("--method", "columns")) as server:
            with server.client() as client:
                for key in (b"profile_1", b"profile_2", b"profile_3"):
                    client.call("HSET", key, *self.call("HGETALL", key))
            socket = os.path.join(server.dir, "data", "shard-0", "redis.sock")
            for resp3 in (False, True):
                with server.client(resp3=resp3) as client, Client(socket, resp3) as shard:
                    for text in queries:
                        for form in ("nested", "rows", "map", "table", "markdown", "json", "csv"):
                            query = "%s format %s" % (text, form)
                            told = [self.without_figures(self.reply(*asked), form)
                                    for asked in ((client, "QUERY", query), (shard, "QUIPU.COUNT", query))]
                            self.assertEqual(told[0], told[1], query)

    @staticmethod
    def reply(client, command, query):
        try:
            return client.call(command, query)
        except ReplyError as error:
            return error.text

    def without_figures(self, reply, form):
        """The kind and the text of a reply; of map and json all members but shards and took_us."""
        if isinstance(reply, str) or form not in ("map", "json"):
            return getattr(reply, "kind", type(reply)), reply
        answer = json.loads(reply) if form == "json" else reply
        tables = answer if isinstance(answer, list) and not isinstance(answer[0], bytes) else [answer]
        tables = [table if form == "json" else pairs(table) for table in tables]
        return [{name: table[name] for name in table if name not in ("shards", "took_us")} for table in tables]

    def test_words_are_joined(self):
        self.assertEqual(self.call("QUIPU.COUNT", "count", "from", "current", "where", "age", ">", "10"), 2)

    def test_resp3(self):
        with self.redis.client(resp3=True) as client:
            self.assertEqual(client.call("QUIPU.COUNT", "count sex from current"), [[b"f", 2], [b"m", 1]])
            self.assertEqual(client.call("QUIPU.INFO", "current")[b"rows"], 3)
            self.assertEqual(client.call("QUIPU.VERIFY", "current")[b"mismatches"], 0)

    def test_explain_and_profile(self):
        for command in (("QUIPU.EXPLAIN", "count sex, age from current where age > 10"),
                        ("QUIPU.COUNT", "explain count sex, age from current where age > 10")):
            lines = self.call(*command)
            self.assertEqual(lines[0], b"query    2 dimensions, the cells that occur of current")
            self.assertEqual(lines[1], b"filter   age > 10")
            self.assertIn(b"  field  sex: 2 values, 3 rows; chunks: 1 sparse", lines)
            self.assertRegex(lines[-1], rb"^estimate .* read, .* ms on one thread$")
        for command in (("QUIPU.PROFILE", "count sex from current"), ("QUIPU.COUNT", "profile count sex from current")):
            lines = self.call(*command)
            self.assertRegex(lines[-1], rb"^read  ")
            self.assertIn(b"1: ", lines[-2])

    def test_errors(self):
        self.assert_error("SYNTAX", "QUIPU.COUNT", "count sex form current", contains="column 11")
        self.assert_error("NODATASET", "QUIPU.COUNT", "count sex from nobody", contains="'nobody'")
        self.assert_error("LIMIT", "QUIPU.COUNT", "count a in [1,1001], b in [1,1001] from current", contains="max-cells")
        self.assert_error("ERR", "QUIPU.COUNT", contains="wrong number of arguments")
        self.assert_error("ERR", "QUIPU.COUNT", "count from current into k", contains="quipu-server's to write")
        self.assert_error("ERR", "QUIPU.COUNT", "count from current suppress below 5", contains="quipu-server's to keep")
        self.assert_error("SYNTAX", "QUIPU.COUNT", "a\r\nb")
        self.assert_error("SYNTAX", "QUIPU.PARTIAL", b"\x00\xff")
        self.assertEqual(self.call("PING"), b"PONG")

    def test_partial(self):
        data, slots = self.call("QUIPU.PARTIAL", "count sex, age from current")
        self.assertEqual(slots, b"")
        partial = Partial(data)
        self.assertEqual(partial.dims, [[b"f", b"m"], [b"9", b"31", b"47"]])
        self.assertEqual(partial.rows(), {(b"f", b"31"): 1, (b"m", b"47"): 1, (b"f", b"9"): 1})
        # Many cells, most of them counted: a dense vector is smaller than pairs.
        self.client.pipeline([["HSET", "profile_%d" % i, "age", i % 50, "sex", "f"] for i in range(10, 1000)])
        data, _ = self.call("QUIPU.PARTIAL", "count age in [0,49], sex in {f,m} from current")
        self.assertLess(len(data), 120)
        self.assertEqual(sum(Partial(data).rows().values()), 990 + 3)
        data, _, lines = self.call("QUIPU.PARTIAL", "profile count sex from current")
        self.assertEqual(Partial(data).rows()[(b"m",)], 1)
        self.assertRegex(lines[-1], rb"^read  ")
        lines = self.call("QUIPU.PARTIAL", "explain count sex from current")
        self.assertRegex(lines[-1], rb"^estimate ")

    def test_access(self):
        self.call("ACL", "SETUSER", "reader", "on", "nopass", "~*", "+quipu.count", "+quipu.index|list")
        with self.redis.client() as client:
            client.call("AUTH", "reader", "x")
            self.assertEqual(client.call("QUIPU.COUNT", "count from current"), 3)
            self.assertEqual(len(client.call("QUIPU.INDEX", "LIST")), 1)
            self.assert_error("NOPERM", "QUIPU.INDEX", "DROP", "current", client=client)
            self.assert_error("NOPERM", "QUIPU.VERIFY", "current", client=client)
        self.call("ACL", "DELUSER", "reader")

    def test_verify_finds_what_differs(self):
        """A module may write to a hash and tell nobody: such a one writes here."""
        self.call("MODULE", "LOAD", os.path.join(BIN, "silent.so"))
        self.assertEqual(self.count("count from current"), 3)
        self.call("SILENT.HSET", "profile_1", "age", "32")
        self.call("SILENT.HSET", "profile_2", "zip", "1")
        self.call("SILENT.HSET", "profile_9", "age", "1")
        self.call("SILENT.DEL", "profile_3")
        found = verify(self.client)
        differences = [
            b"row 'profile_1': field 'age' is '32', the index has '31'",
            b"row 'profile_2': field 'zip' is '1', the index has none",
            b"row 'profile_3': the index has it, but there is no such hash",
            b"row 'profile_9': the index has no such row"]
        version = [int(part) for part in info(self.client, "server")["redis_version"].split(".")]
        if version >= [7, 2]:  # it tells of each key that goes, whoever removes it
            del differences[2]
        self.assertEqual((sorted(found["differences"]), found["mismatches"]), (differences, len(differences)))
        for i in range(30):
            self.call("SILENT.HSET", "profile_1%d" % i, "age", "32")
        found = verify(self.client)
        self.assertEqual((found["mismatches"], len(found["differences"])), (len(differences) + 30, 10))


class Loading(unittest.TestCase):
    """Rows and definitions over a restart."""

    def fill(self, client, n=3000):
        client.pipeline(random_rows(random.Random(7), n))
        client.call("QUIPU.INDEX", "CREATE", "w47", "PREFIX", "w47:")
        wait_indexed(client, "w47")
        client.call("HSET", "w47:1", "a", "1")
        client.call("QUIPU.INDEX", "CREATE", "gone", "PREFIX", "gone:")
        client.call("QUIPU.INDEX", "DROP", "gone")

    def check(self, client, n=3000, at_once=True):
        """at_once: nothing is indexed anew. A CREATE in an append-only file comes behind its rows: then it is."""
        self.assertEqual(client.call("QUIPU.COUNT", "count from current"), n)
        if not at_once:
            wait_indexed(client, "w47")
        self.assertEqual(client.call("QUIPU.COUNT", "count a from w47"), [[b"1", 1]])
        with self.assertRaises(ReplyError):
            client.call("QUIPU.COUNT", "count from gone")
        check(self, client)
        check(self, client, "w47:", "w47")

    def test_rdb(self):
        with ModuleRedis() as redis:
            with redis.client() as client:
                self.fill(client)
                client.call("SAVE")
            redis.kill()
            redis.start()
            with redis.client() as client:
                self.check(client)

    def test_a_dropped_default_stays_dropped_and_arguments_stay(self):
        with ModuleRedis() as redis:
            with redis.client() as client:
                client.call("QUIPU.INDEX", "DROP", "current")
                client.call("SAVE")
            redis.kill()
            redis.start()
            with redis.client() as client:
                self.assertEqual(client.call("QUIPU.INDEX", "LIST"), [])
            redis.words = ["dataset", "current", "profile_"]
            redis.kill()
            redis.start()
            with redis.client() as client:
                self.assertEqual(client.call("QUIPU.COUNT", "count from current"), 0)

    def test_append_only_file(self):
        for preamble in ("yes", "no"):
            with self.subTest(preamble=preamble):
                options = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--appendfsync", "always"]
                with ModuleRedis(options=options) as redis:
                    with redis.client() as client:
                        self.fill(client)
                    redis.kill()
                    redis.start()
                    with redis.client() as client:
                        self.check(client, at_once=False)
                        client.call("BGREWRITEAOF")
                        self.wait_rewritten(client)
                        client.call("HSET", "profile_999999", "a", "1")
                    redis.kill()
                    redis.start()
                    with redis.client() as client:
                        self.check(client, 3001, at_once=preamble == "yes")

    def wait_rewritten(self, client):
        until = time.monotonic() + 60
        while info(client, "persistence")["aof_rewrite_in_progress"] == "1" or (
                info(client, "persistence")["aof_rewrite_scheduled"] == "1"):
            self.assertLess(time.monotonic(), until)
            time.sleep(0.05)

    def test_killed_while_written(self):
        """kill -9 in the midst of writes of every kind; from the append-only file, no mismatch."""
        for round_number in range(3):
            with ModuleRedis(options=["--appendonly", "yes", "--appendfsync", "everysec"]) as redis:
                threads = [threading.Thread(target=self.write_until_closed, args=(redis, seed)) for seed in range(2)]
                for thread in threads:
                    thread.start()
                with redis.client() as client:
                    wait_until(lambda: client.call("DBSIZE") > 1000 * (round_number + 1), "rows")
                redis.kill()
                for thread in threads:
                    thread.join()
                redis.start()
                with redis.client() as client:
                    wait_indexed(client)
                    wait_until(lambda: pairs(client.call("QUIPU.INFO", "current"))["rows_that_expire"] == 0, "rows whose time is over are gone")
                    rows = check(self, client)
                    self.assertGreater(len(rows), 100)
                    self.assertGreater(int(info(client, "persistence")["aof_current_size"]), 0)

    @staticmethod
    def write_until_closed(redis, seed):
        rng = random.Random(seed)
        try:
            with redis.client() as client:
                while True:
                    commands = random_rows(rng, 50, rng.randrange(5000))
                    for _ in range(20):
                        key = "profile_%d" % rng.randrange(5000)
                        other = "profile_%d" % rng.randrange(5000)
                        commands.append(rng.choice([
                            ("DEL", key), ("HDEL", key, "a"), ("HINCRBY", key, "n", 1), ("COPY", key, other, "REPLACE"),
                            ("SET", key, "x"), ("PEXPIRE", key, 50)]))
                    client.pipeline(commands)
        except (OSError, Closed):
            pass

    def test_bad_arguments_are_refused_in_the_log(self):
        for words, message in ((("workers", "0"), "workers must be 1 to 64, not '0'"),
                               (("kernel", "sse"), "kernel must be auto, avx512, avx2 or plain, not 'sse'"),
                               (("colour", "red"), "'colour' is no setting of quipu.so"),
                               (("dataset", "x"), "'dataset' needs a name and a prefix behind it"),
                               (("dataset", "no:name", "x"), "no:name"),
                               (("dataset", "x", "x", "dataset", "x", "y"), "x")):
            with self.assertRaises(AssertionError) as caught:
                ModuleRedis(*words).close()
            self.assertIn(message, str(caught.exception))
        # A server that runs is not harmed by them.
        with ModuleRedis(load=False) as redis, redis.client() as client:
            with self.assertRaises(ReplyError):
                client.call("MODULE", "LOAD", MODULE, "dataset", "no:name", "x")
            self.assertEqual(client.call("PING"), b"PONG")
            client.call("MODULE", "LOAD", MODULE)
            self.assertEqual(client.call("QUIPU.COUNT", "count from current"), 0)


class Filling(unittest.TestCase):
    """The module comes to a Redis that has rows already."""

    def test_existing_rows_are_indexed_in_the_background(self):
        with ModuleRedis(load=False) as redis, redis.client() as client:
            client.pipeline([["HSET", "profile_%d" % i, "a", i % 3, "b", i % 100] for i in range(60000)])
            client.pipeline([["SET", "other_%d" % i, "x"] for i in range(60000)])
            client.call("SELECT", "5")
            client.pipeline(random_rows(random.Random(8), 1000))
            client.call("SELECT", "0")
            client.call("MODULE", "LOAD", MODULE)
            percents, slowest = [], 0
            while True:
                try:
                    client.call("QUIPU.COUNT", "count from current")
                    break
                except ReplyError as error:
                    self.assertRegex(error.text, r"^INDEXING \d+%$")
                    percents.append(int(error.text.split()[1][:-1]))
                # Rows that are written meanwhile, before and behind the walk.
                i = len(percents)
                client.pipeline([("HSET", "profile_%d" % i, "a", "new"), ("DEL", "profile_%d" % (30000 + i)),
                                 ("RENAME", "profile_%d" % (40000 + i), "profile_x%d" % i),
                                 ("HSET", "profile_y%d" % i, "a", "new")])
                start = time.monotonic()
                client.call("PING")
                slowest = max(slowest, time.monotonic() - start)
            print("%d counts refused, slowest PING meanwhile %.1f ms" % (len(percents), slowest * 1000))
            self.assertGreater(len(percents), 5)
            self.assertEqual(percents, sorted(percents))
            self.assertGreater(max(percents), 30)
            check(self, client)
            client.call("SELECT", "5")
            check(self, client)
            self.assertEqual(client.call("QUIPU.INDEX", "LIST")[0][5], b"ready")

    def test_databases_that_change_places_meanwhile(self):
        with ModuleRedis(load=False) as redis, redis.client() as client:
            client.pipeline([["HSET", "profile_%d" % i, "a", i % 3] for i in range(30000)])
            client.call("SELECT", "1")
            client.pipeline([["HSET", "profile_%d" % i, "a", "other"] for i in range(1000)])
            client.call("MODULE", "LOAD", MODULE)
            for _ in range(5):
                client.call("SWAPDB", "0", "1")
            client.call("MOVE", "profile_5", "2")
            wait_indexed(client)
            for db in range(3):
                client.call("SELECT", db)
                check(self, client)

    def test_flushed_meanwhile(self):
        with ModuleRedis(load=False) as redis, redis.client() as client:
            client.pipeline([["HSET", "profile_%d" % i, "a", i % 3] for i in range(30000)])
            client.call("MODULE", "LOAD", MODULE)
            client.call("FLUSHALL")
            client.call("HSET", "profile_1", "a", "1")
            wait_indexed(client)
            self.assertEqual(len(check(self, client)), 1)


class Replication(unittest.TestCase):
    def test_a_replica_counts_and_is_promoted(self):
        with ModuleRedis(port=True) as master, ModuleRedis(port=True) as replica:
            at_master, at_replica = master.client(), replica.client()
            at_master.pipeline(random_rows(random.Random(9), 2000))
            at_replica.call("HSET", "profile_stale", "a", "1")
            at_master.call("QUIPU.INDEX", "CREATE", "early", "PREFIX", "early:")
            at_replica.call("REPLICAOF", "127.0.0.1", master.port)
            wait_in_step(at_master, at_replica)
            self.assertEqual(len(check(self, at_replica)), 2000)
            self.assertEqual(at_replica.call("QUIPU.COUNT", "count from early"), 0)
            # From here on as a stream of commands.
            at_master.call("QUIPU.INDEX", "CREATE", "late", "PREFIX", "late:")
            at_master.call("HSET", "late:1", "a", "1")
            at_master.call("QUIPU.INDEX", "DROP", "early")
            at_master.pipeline([("RENAME", "profile_1", "profile_2"), ("SET", "profile_3", "x"), ("DEL", "profile_4"),
                                ("HINCRBY", "profile_5", "n", "1"), ("COPY", "profile_6", "profile_new")])
            wait_in_step(at_master, at_replica)
            check(self, at_replica)
            self.assertEqual(at_replica.call("QUIPU.COUNT", "count a from late"), [[b"1", 1]])
            with self.assertRaises(ReplyError) as caught:
                at_replica.call("QUIPU.COUNT", "count from early")
            self.assertEqual(caught.exception.code, "NODATASET")
            with self.assertRaises(ReplyError) as caught:
                at_replica.call("QUIPU.INDEX", "CREATE", "x", "PREFIX", "x")
            self.assertEqual(caught.exception.code, "READONLY")
            self.assertEqual(at_replica.call("QUIPU.COUNT", "count from current"),
                             at_master.call("QUIPU.COUNT", "count from current"))
            # The master dies; its replica goes on alone.
            master.kill()
            at_replica.call("REPLICAOF", "NO", "ONE")
            at_replica.pipeline(random_rows(random.Random(10), 500, 5000))
            at_replica.call("QUIPU.INDEX", "CREATE", "x", "PREFIX", "x")
            check(self, at_replica)
            at_master.close()
            at_replica.close()

    def test_a_replica_does_not_count_what_has_expired(self):
        """A replica waits for its master to remove a row; its reads, and its counts, do not show it before."""
        with ModuleRedis(port=True) as master, ModuleRedis(port=True) as replica:
            at_master, at_replica = master.client(), replica.client()
            at_replica.call("REPLICAOF", "127.0.0.1", master.port)
            at_master.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
            at_master.pipeline([("HSET", "profile_1", "a", "1"), ("HSET", "profile_2", "a", "2")])
            wait_in_step(at_master, at_replica)
            self.assertEqual(at_replica.call("QUIPU.COUNT", "count from current"), 2)
            at_master.call("PEXPIRE", "profile_1", "1")
            wait_in_step(at_master, at_replica)
            time.sleep(0.1)
            self.assertEqual(at_replica.call("HGETALL", "profile_1"), [])
            self.assertEqual(at_replica.call("DBSIZE"), 2)
            self.assertEqual(at_replica.call("QUIPU.COUNT", "count a from current"), [[b"2", 1]])
            self.assertEqual(verify(at_replica)["mismatches"], 0)
            at_master.call("GET", "profile_1")  # now it goes
            until = time.monotonic() + 60
            while at_replica.call("DBSIZE") > 1:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.01)
            check(self, at_replica)
            at_master.close()
            at_replica.close()


if __name__ == "__main__":
    main()
