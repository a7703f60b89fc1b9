"""Datasets that are counted by columns: the shards' own modules, behind quipu-server.

test_language, test_differential, test_faults, test_cluster and others run by columns, too (QUIPU_METHOD=columns); here is what
only columns have, and both methods beside each other. QUIPU_SEED and QUIPU_ROUNDS steer the random test.
"""

import os
import random
import select
import signal
import socket
import struct
import threading
import time
import unittest

import oracle
import quipu_harness as harness
from module_harness import ModuleRedis
from quipu_harness import Client, Redis, ReplyError, Server, pairs, wait_until
from random_queries import Data

SEED = int(os.environ.get("QUIPU_SEED", "0")) or random.randrange(1 << 30)
ROUNDS = int(os.environ.get("QUIPU_ROUNDS", "150"))
COLUMNS = ("--method", "columns")


def describe(client, dataset):
    return pairs(client.call("DATASET", "INFO", dataset))


def listed(client):
    return [pairs(one)["name"] for one in client.call("DATASET", "LIST")]


def shard_client(server, shard):
    return Client(os.path.join(server.dir, "data", "shard-%d" % shard, "redis.sock"))


class Loaded(unittest.TestCase):
    """One server over two embedded shards that have the module."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(2, COLUMNS)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.stop()
        finally:
            cls.server.close()

    def setUp(self):
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.client.call("FLUSHALL")
        self.call = self.client.call

    def count(self, text):
        return self.call("QUERY", text)

    def count_indexed(self, text):
        """When the index is whole."""
        until = time.monotonic() + 60
        while True:
            try:
                return self.count(text)
            except ReplyError as error:
                if error.code != "INDEXING" or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    def assert_error(self, code, contains, *args):
        with self.assertRaises(ReplyError) as caught:
            self.call(*args)
        self.assertEqual(caught.exception.code, code, caught.exception.text)
        self.assertIn(contains, caught.exception.text)

    def test_every_command_on_a_row_is_followed(self):
        for i in range(8):
            self.call("HSET", "profile_%d" % i, "a", i % 2, "n", i)
        self.assertEqual(self.count("count a in [0,1] from current"), [4, 4])
        self.call("HINCRBY", "profile_0", "a", 1)
        self.assertEqual(self.count("count a in [0,1] from current"), [3, 5])
        self.call("HINCRBYFLOAT", "profile_2", "a", "0.5")
        self.assertEqual(self.count("count a in {0,0.5,1} from current"), [2, 1, 5])
        self.call("HDEL", "profile_4", "a")
        self.assertEqual(self.count("count a in {0,missing} from current"), [1, 1])
        self.call("RENAME", "profile_6", "{profile_6}else")
        self.assertEqual(self.count("count from current"), 7)
        self.call("RENAME", "{profile_6}else", "profile_6")
        self.assertEqual(self.count("count from current"), 8)
        self.call("SET", "profile_1", "no hash")
        self.assertEqual(self.count("count from current"), 7)
        self.call("PEXPIRE", "profile_3", 40)
        wait_until(lambda: self.count("count from current") == 6, "the row's end")
        self.assertEqual(self.call("DEL", "profile_0", "profile_2", "profile_1", "nothing"), 3)
        self.assertEqual(self.count("count from current"), 4)
        self.assertEqual(self.call("EVAL", "return redis.call('HSET', KEYS[1], 'a', 7)", 1, "profile_5"), 0)
        self.assertEqual(self.count("count a in {7} from current"), [1])
        self.call("MULTI")
        self.call("HSET", "profile_7", "a", 8)
        self.call("HSET", "profile_7", "b", 9)
        self.assertEqual(self.call("EXEC"), [0, 1])
        self.assertEqual(self.count("count a in {8}, b in {9} from current"), [[1]])
        self.call("FLUSHALL")
        self.assertEqual(self.count("count from current"), 0)

    def test_rows_are_keys_like_others(self):
        self.call("HSET", "profile_1", "a", 1)
        self.call("SET", "other", 1)
        self.assertEqual(sorted(self.call("KEYS", "*")), [b"other", b"profile_1"])
        self.assertEqual(self.call("DBSIZE"), 2)
        self.assertEqual(self.call("TYPE", "profile_1"), b"hash")
        self.assertEqual(self.call("OBJECT", "ENCODING", "profile_1"), b"listpack")
        self.assertEqual(self.call("HGETALL", "current:profile_1"), [b"a", b"1"])
        self.assertEqual(self.call("EXISTS", "profile_1", "current:profile_1", "other"), 3)

    def test_the_modules_commands_ask_all_shards_or_none(self):
        self.assert_error("ERR", "COUNT", "QUIPU.COUNT", "count from current")
        self.assert_error("ERR", "DATASET", "QUIPU.INDEX", "DROP", "current")

    def test_datasets_beside_each_other(self):
        self.call("HSET", "profile_1", "a", "old")
        self.assertEqual(self.call("DATASET", "CREATE", "w47", "PREFIX", "profile_"), b"OK")
        self.assertEqual(describe(self.client, "w47")["method"], b"columns")
        for i in range(5):
            self.call("HSET", "w47:profile_%d" % i, "a", "new")
        self.assertEqual(self.count("count a from current"), [[b"old", 1]])
        self.assertEqual(self.count("count a from w47"), [[b"new", 5]])
        self.assertEqual(self.call("DATASET", "ALIAS", "current", "w47"), b"OK")
        self.assertEqual(self.count("count a from current"), [[b"new", 5]])
        self.assertEqual(self.call("HGET", "profile_1", "a"), b"new")
        self.assertEqual(self.call("HSET", "profile_9", "a", "newest"), 1)
        self.assertEqual(self.call("HGET", "w47:profile_9", "a"), b"newest")
        self.assertEqual(self.count("count a from w47"), [[b"new", 5], [b"newest", 1]])
        self.assertEqual(self.call("EXPIRE", "profile_9", 1000), 1)
        self.assertGreater(self.call("TTL", "w47:profile_9"), 990)
        self.assertEqual(self.call("DEL", "profile_9", "profile_0"), 2)
        self.assertEqual(self.count("count from w47"), 4)
        self.assertNotIn(b"w47:profile_9", self.call("KEYS", "*"))
        self.assertEqual(self.call("DATASET", "ALIAS", "current", "current"), b"OK")
        self.assertEqual(self.count("count a from current"), [[b"old", 1]])
        self.assertEqual(self.call("DATASET", "DROP", "w47"), b"OK")
        self.assert_error("NODATASET", "w47", "QUERY", "count from w47")
        wait_until(lambda: b"w47" not in listed(self.client), "the drop")
        self.assertEqual(self.count("count a from current"), [[b"old", 1]])
        for shard in range(2):
            with shard_client(self.server, shard) as redis:
                self.assertEqual(redis.call("KEYS", "w47:*"), [])
                names = [pairs(one)["name"] for one in redis.call("QUIPU.INDEX", "LIST")]
                self.assertNotIn(b"w47", names)

    def test_nothing_is_written_behind_a_drop(self):
        """A row that would be swept is refused, and not acknowledged; what was acknowledged stays."""
        for name, row in (("plain", "d_%d"), ("w48", "w48:profile_%d")):
            with self.subTest(rows=row):
                self.call("DATASET", "CREATE", name, "PREFIX", "d_" if name == "plain" else "profile_")
                self.client.pipeline([("HSET", row % i, "a", 1) for i in range(200)])
                with self.server.client() as other:
                    other.call("MULTI")
                    other.call("HSET", row % 7, "a", "late")
                    self.assertEqual(self.call("DATASET", "DROP", name), b"OK")
                    acknowledged = set()
                    for words in (("HSET", row % 1, "a", 2), ("HINCRBY", row % 1, "a", 2), ("RENAME", "x", row % 1), ("SET", row % 1, "x"),
                                  ("EVAL", "return redis.call('hset', KEYS[1], 'a', 1)", 1, row % 1)):
                        self.assert_error("NODATASET", "is being dropped", *words)
                    with self.assertRaises(ReplyError) as caught:
                        other.call("EXEC")
                    self.assertIn("is being dropped", caught.exception.text)
                    self.call("MULTI")
                    self.assert_error("NODATASET", "is being dropped", "HSET", row % 1, "a", 2)
                    self.call("DISCARD")
                self.call("DEL", row % 199)
                self.call("SET", "dd", "1")
                i = 1000
                while name.encode() in listed(self.client):
                    i += 1
                    try:
                        self.call("HSET", row % i, "a", 3)
                        acknowledged.add(row % i)
                    except ReplyError as error:
                        self.assertEqual(error.code, "NODATASET")
                self.call("HSET", row % 5, "a", 4)
                acknowledged.add(row % 5)
                keys = {key.decode() for key in self.call("KEYS", "*") if key.decode().startswith(row[:-2])}
                self.assertEqual(keys, acknowledged)
                self.client.pipeline([("DEL", key) for key in keys | {"dd"}])

    def test_a_drop_can_keep_the_rows(self):
        self.call("DATASET", "CREATE", "kept", "PREFIX", "k_")
        self.call("DATASET", "CREATE", "bysets", "PREFIX", "b_", "METHOD", "sets")
        self.call("HSET", "k_1", "a", 1)
        self.assert_error("ERR", "by sets: its rows are stored for it alone", "DATASET", "DROP", "bysets", "KEEPROWS")
        self.assert_error("ERR", "KEEPROWS", "DATASET", "DROP", "kept", "keep")
        self.assertEqual(self.call("DATASET", "DROP", "kept", "KEEPROWS"), b"OK")
        self.call("DATASET", "DROP", "bysets")
        wait_until(lambda: listed(self.client) == [b"current"], "the drops")
        self.assertEqual(self.call("HGETALL", "k_1"), [b"a", b"1"])
        for shard in range(2):
            with shard_client(self.server, shard) as redis:
                self.assertEqual(len(redis.call("QUIPU.INDEX", "LIST")), 1)
        self.assertEqual(self.call("DATASET", "CREATE", "again", "PREFIX", "k_"), b"OK")
        self.assertEqual(self.count_indexed("count a from again"), [[b"1", 1]])
        self.call("DATASET", "DROP", "again")
        wait_until(lambda: listed(self.client) == [b"current"], "the drop")
        self.assertEqual(self.call("EXISTS", "k_1"), 0)

    def test_a_dataset_by_sets_beside_one_by_columns(self):
        self.call("DATASET", "CREATE", "s", "PREFIX", "s_", "METHOD", "sets")
        try:
            for i in range(20):
                self.call("HSET", "s_%d" % i, "a", i % 3)
                self.call("HSET", "profile_%d" % i, "a", i % 4)
            self.assertEqual(self.count("count a in [0,3] from s"), [7, 7, 6, 0])
            self.assertEqual(self.count("count a in [0,3] from current"), [5, 5, 5, 5])
            self.assertEqual(self.call("DEL", "s_0", "profile_0", "neither"), 2)
            self.assertEqual(self.call("EXISTS", "s_0", "s_1", "profile_0", "profile_1"), 2)
            self.assertEqual(sorted(set(key[:2] for key in self.call("KEYS", "*"))), [b"pr", b"s_"])
            self.assert_error("ERR", "the index would not follow it", "EXPIRE", "s_1", 10)
            self.assertEqual(self.call("EXPIRE", "profile_1", 100), 1)
        finally:
            self.call("DATASET", "DROP", "s")
            wait_until(lambda: b"s" not in listed(self.client), "the drop")

    def test_explain_and_profile_say_what_each_shard_does(self):
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", i % 5) for i in range(2000)])
        lines = [line.decode() for line in self.call("EXPLAIN", "count a, b from current where b > 1")]
        self.assertRegex(lines[0], r"^query +2 dimensions")
        self.assertIn("filter   b > 1", lines)
        self.assertIn("method   columns, by 2 shards", lines)
        self.assertEqual(len([line for line in lines if line.startswith("shard ")]), 2)
        text = "\n".join(lines)
        self.assertRegex(text, r"kernels (avx512|avx2|plain)")
        self.assertRegex(text, r"field  a: 3 values, \d+ rows; chunks: 1 ")
        self.assertRegex(text, r"estimate [\d.]+ \w+ read")
        self.assertNotRegex(text, r"\n  read ")
        profile = "\n".join(line.decode() for line in self.call("PROFILE", "count a, b from current where b > 1"))
        self.assertTrue(profile.startswith(text.split("shard 0")[0]), profile)
        self.assertEqual(profile.count("\n  read "), 2)
        self.assertRegex(profile, r"chunks +\d+: ")
        self.assertRegex(profile, r"measured \d+\.\d ms$")

    def test_verify_is_of_all_shards(self):
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", i) for i in range(1000)])
        self.assertEqual(
            pairs(self.call("DATASET", "VERIFY", "current")), {"rows": 1000, "entries": 2000, "mismatches": 0}
        )
        self.assertEqual(
            pairs(self.call("DATASET", "REPAIR", "current")),
            {"rows": 1000, "entries": 2000, "mismatches": 0, "repaired": 0},
        )

    def test_a_shard_without_the_index_makes_it_anew(self):
        """One whose index is gone (here by hand) is described, counted when it has it again, and nobody sees less."""
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(300)])
        with shard_client(self.server, 1) as redis:
            redis.call("QUIPU.INDEX", "DROP", "current")
        self.assertEqual(describe(self.client, "current")["progress"], 0)
        self.assertEqual(self.count_indexed("count a in [0,2] from current"), [100, 100, 100])
        self.assertEqual(describe(self.client, "current")["progress"], 100)

    def test_limits_of_shards_are_told(self):
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i, "b", -i) for i in range(3000)])
        self.assert_error("LIMIT", "max-cells", "QUERY", "count a, b from current format nested")
        self.assertEqual(len(self.count("count a, b from current")), 3000)


class LongCounts(unittest.TestCase):
    """A count that takes long holds nobody up, and ends when nobody wants it any more."""

    def test_ends_with_its_client_and_its_time(self):
        nrows = 300000
        with Server(1, COLUMNS) as server, server.client() as client, shard_client(server, 0) as shard:
            rows = "".join("%d,%d,%d\n" % (i, i, i * 7 % nrows) for i in range(nrows))
            loaded = harness.run_load(server, "--dataset", "current", "-", stdin=("key,a,b\n" + rows).encode())
            self.assertEqual(loaded.returncode, 0, loaded.stderr)
            slow = "count a, b, b as d from current"
            with self.assertRaises(ReplyError) as caught:
                client.call("QUERY", slow + " timeout 1")
            self.assertEqual(caught.exception.code, "TIMEOUT")
            before = pairs(shard.call("QUIPU.INFO"))["counts_cancelled"]
            for _ in range(20):
                leaver = server.client()
                leaver.send("QUERY", slow)
                wait_until(lambda: client.call("QUERY", "LIST"), "the count")
                leaver.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                leaver.close()
                wait_until(lambda: not client.call("QUERY", "LIST"), "the count's end")
                if pairs(shard.call("QUIPU.INFO"))["counts_cancelled"] > before:
                    break
            else:
                self.fail("no count of 20 was cancelled")
            wait_until(lambda: pairs(shard.call("QUIPU.INFO"))["counts_running"] == 0, "the shard's rest")
            self.assertEqual(client.call("QUERY", "count from current"), nrows)
            server.stop()

    def test_one_that_is_being_prepared_is_listed_and_can_be_killed(self):
        nrows = 100000
        terms = " || ".join("(id < %d && x = 1)" % i for i in range(900))  # 9 * 10^7 values are looked at first
        with Server(1, COLUMNS) as server, server.client() as client, server.client() as asker, shard_client(server, 0) as shard:
            rows = "".join("%d,%d,%d\n" % (i, i, i % 3) for i in range(nrows))
            loaded = harness.run_load(server, "--dataset", "current", "-", stdin=("key,id,x\n" + rows).encode())
            self.assertEqual(loaded.returncode, 0, loaded.stderr)
            for _ in range(20):
                asker.send("QUERY", "count from current where " + terms)
                wait_until(lambda: client.call("QUERY", "LIST") or select.select([asker.socket], [], [], 0)[0], "the count, or its end")
                found = [pairs(query) for query in client.call("QUERY", "LIST")]
                killed = found and client.pipeline([("QUERY", "KILL", found[0]["id"])]) == [b"OK"]
                reply = asker.read()
                if killed and isinstance(reply, ReplyError):
                    break
            else:
                self.fail("none of 20 was killed")
            self.assertEqual(reply.code, "KILLED", reply)
            self.assertEqual(found[0]["state"], b"counting")
            self.assertTrue(found[0]["query"].startswith(b"count from current where (id < 0"), found)
            wait_until(lambda: pairs(shard.call("QUIPU.INFO"))["counts_running"] == 0, "the shard's rest")
            self.assertEqual(client.call("QUERY", "count x in [0,1] from current where id < 30"), [10, 10])
            server.stop()

    def test_more_counts_at_once_than_connections(self):
        with Server(2, COLUMNS) as server, server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 7) for i in range(7000)])
            clients = [server.client() for _ in range(100)]
            for one in clients:
                for _ in range(5):
                    one.send("QUERY", "count a in [0,6] from current")
            for one in clients:
                for _ in range(5):
                    self.assertEqual(one.read(), [1000] * 7)
                one.close()
            server.stop()


class Methods(unittest.TestCase):
    """Which method a dataset gets, and that it stays."""

    def method(self, *options, words=None, shards=2):
        with Server(shards, options, words) as server, server.client() as client:
            client.call("HSET", "profile_1", "a", 1)
            self.assertEqual(client.call("QUERY", "count from current"), 1)
            found = describe(client, "current")["method"]
            server.stop()
            return found

    def test_embedded_shards_have_the_module(self):
        self.assertEqual(self.method("--method", "auto"), b"columns")
        self.assertEqual(self.method("--method", "auto", "--redis-module", "none"), b"sets")
        self.assertEqual(self.method("--method", "sets"), b"sets")

    def redis(self, with_module):
        redis = Redis.__new__(Redis)
        saved, harness.METHOD = harness.METHOD, "columns" if with_module else "sets"
        try:
            redis.__init__()
        finally:
            harness.METHOD = saved
        self.addCleanup(redis.close)
        return redis

    def test_auto_is_columns_only_where_every_shard_has_it(self):
        with_it, without = self.redis(True), self.redis(False)
        words = ["static", "unix:" + with_it.socket, "unix:" + without.socket]
        self.assertEqual(self.method("--method", "auto", words=words), b"sets")
        with with_it.client() as client:
            self.assertEqual(client.call("QUIPU.INDEX", "LIST"), [])

    def test_columns_without_the_module_say_which_shard(self):
        with_it, without = self.redis(True), self.redis(False)
        words = ["static", "unix:" + with_it.socket, "unix:" + without.socket]
        with Server(2, ("--method", "sets"), words) as server, server.client() as client:
            with self.assertRaises(ReplyError) as caught:
                client.call("DATASET", "CREATE", "c", "PREFIX", "c_", "METHOD", "columns")
            self.assertIn("shard 1 (unix:%s) has not loaded the module quipu.so" % without.socket, caught.exception.text)
            self.assertEqual(listed(client), [b"current"])
            server.stop()

    def test_it_stays_what_it_was(self):
        with Server(2, ("--method", "sets")) as server:
            with server.client() as client:
                client.call("HSET", "profile_1", "a", 1)
            server.stop()
            server.options = ["--method", "auto"]
            server.start()
            with server.client() as client:
                self.assertEqual(describe(client, "current")["method"], b"sets")
                self.assertEqual(client.call("QUERY", "count from current"), 1)
            server.stop()
            server.options = list(COLUMNS)
            with self.assertRaises(AssertionError) as caught:
                server.start()
            self.assertIn("by method sets, the configuration makes it columns", str(caught.exception))

    def test_rows_that_were_there_are_adopted(self):
        """An existing server is given the module, nothing is rewritten; counts say how far it is until they are right."""
        redis = self.redis(True)
        with redis.client() as shard:
            shard.pipeline([("HSET", "profile_%d" % i, "a", i % 4, "b", i) for i in range(20000)])
            with Server(1, COLUMNS, ["static", "unix:" + redis.socket]) as server, server.client() as client:
                until = time.monotonic() + 60
                while True:
                    try:
                        self.assertEqual(client.call("QUERY", "count a in [0,3] from current"), [5000] * 4)
                        break
                    except ReplyError as error:
                        self.assertRegex(error.text, r"^INDEXING \d+%: .* the index of dataset current")
                        self.assertLess(time.monotonic(), until)
                self.assertEqual(shard.call("HGET", "profile_7", "b"), b"7")
                self.assertEqual(client.call("HGET", "profile_7", "b"), b"7")
                server.stop()


def is_right(client):
    """VERIFY finds nothing wrong; False while an index is made."""
    try:
        return pairs(client.call("DATASET", "VERIFY", "current"))["mismatches"] == 0
    except ReplyError as error:
        if error.code != "INDEXING":
            raise
        return False


class Damage(unittest.TestCase):
    """A module that changes hashes and tells nobody: VERIFY finds it, REPAIR and REINDEX mend it."""

    NROWS = 5000

    def test_is_found_and_mended(self):
        silent = ("--loadmodule", os.path.join(harness.BIN, "silent.so"))
        with ModuleRedis("no-dataset", options=silent) as one, ModuleRedis("no-dataset", options=silent) as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, COLUMNS, words) as server, server.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "a", i % 4, "b", i) for i in range(self.NROWS)])
                for mends in ("REPAIR", "REINDEX"):
                    self.damage((one, two), mends)
                    report = pairs(client.call("DATASET", "VERIFY", "current"))
                    self.assertEqual((report["rows"], report["mismatches"]), (self.NROWS, 100))
                    client.call("DATASET", mends, "current")
                    wait_until(lambda: is_right(client), "the index")
                    wait_until(lambda: describe(client, "current")["state"] == b"live", "the dataset")
                    self.assertEqual(client.call("QUERY", "count from current where a = %s" % mends), 100)
                server.stop()

    def damage(self, shards, value):
        for shard in shards:
            with shard.client() as redis:
                for key in sorted(redis.call("KEYS", "profile_*"))[:50]:
                    redis.call("SILENT.HSET", key, "a", value)


class Killed(unittest.TestCase):
    def test_shards_killed_while_written_to_lose_nothing_and_count_right(self):
        with Server(2, COLUMNS + ("--appendfsync", "always")) as server:
            acknowledged, stop = {}, threading.Event()

            def write():
                with server.client() as client:
                    i = 0
                    while not stop.is_set():
                        i += 1
                        try:
                            client.call("HSET", "profile_%d" % (i % 3000), "a", i % 7, "b", i)
                            acknowledged[i % 3000] = i
                        except ReplyError as error:
                            self.assertIn(error.code, ("SHARDDOWN", "LOADING"))
                            acknowledged.pop(i % 3000, None)  # it may be there or not
                            time.sleep(0.01)

            writer = threading.Thread(target=write)
            writer.start()
            try:
                for round_ in range(4):
                    time.sleep(0.7)
                    os.kill(server.shard_pids()[round_ % 2], signal.SIGKILL)
                    time.sleep(0.3)
                    server.wait_counting()
            finally:
                stop.set()
                writer.join()
            with server.client() as client:
                wait_until(lambda: is_right(client), "the index")
                rows = client.pipeline([("HMGET", "profile_%d" % i, "a", "b") for i in range(3000)])
                for i, written in acknowledged.items():
                    self.assertEqual(rows[i], [b"%d" % (written % 7), b"%d" % written])
                counts = [sum(1 for row in rows if row[0] == b"%d" % a) for a in range(7)]
                self.assertEqual(client.call("QUERY", "count a in [0,6] from current"), counts)
            server.stop()

    def test_a_drop_goes_on_after_a_restart(self):
        with Server(2, COLUMNS) as server:
            with server.client() as client:
                client.call("DATASET", "CREATE", "w46", "PREFIX", "w46_")
                client.pipeline([("HSET", "w46_%d" % i, "a", i % 4) for i in range(3000)])
                client.call("DATASET", "DROP", "w46")
            server.kill()
            server.start()
            server.wait_counting()
            with server.client() as client:
                self.assertEqual(pairs(client.call("DATASET", "LIST")[1])["state"], b"dropping")
                wait_until(lambda: listed(client) == [b"current"], "the drop")
                self.assertEqual(client.call("KEYS", "w46_*"), [])
            server.stop()


class BothMethods(unittest.TestCase):
    """The same random writes to a dataset by sets and one by columns: sets = columns = oracle, whatever is asked."""

    def test_random_writes_and_queries(self):
        print("seed %d, %d rounds" % (SEED, ROUNDS))
        rng = random.Random(SEED)
        data = Data(rng, 800)
        with Server(3, COLUMNS) as server, server.client() as client:
            client.call("DATASET", "CREATE", "bysets", "PREFIX", "s_", "METHOD", "sets", "PARTITIONS", 16)
            self.write(client, data.load_commands())
            for round_ in range(ROUNDS):
                query = data.query()
                text = oracle.Writer(rng).query(query)
                wanted = oracle.expected(query, data.rows)
                client.send("QUERY", text)
                client.send("QUERY", oracle.Writer(rng).query(query, b"bysets"))
                by_columns, by_sets = client.read(), client.read()
                refused = [getattr(reply, "code", "") == "LIMIT" for reply in (by_columns, by_sets)]
                if any(refused) and oracle.may_refuse_bins(query, data.rows):
                    self.assertTrue(all(refused), text)
                elif not by_columns == by_sets == wanted:
                    self.fail("QUIPU_SEED=%d round %d: %r\n columns %r\n sets    %r\n oracle  %r" % (
                        SEED, round_, text, by_columns, by_sets, wanted))
                self.write(client, [data.write_command()[0] for _ in range(rng.randrange(8))])
            for dataset in ("current", "bysets"):
                self.assertEqual(pairs(client.call("DATASET", "VERIFY", dataset))["mismatches"], 0)
            server.stop()

    def write(self, client, commands):
        """To both: they answer the same."""
        prefix = b"profile_"
        both = []
        for name, key, *rest in commands:
            key = key if isinstance(key, bytes) else key.encode()
            self.assertTrue(key.startswith(prefix))
            both += [(name, key, *rest), (name, b"s_" + key[len(prefix):], *rest)]
        replies = client.pipeline(both)
        for i in range(0, len(replies), 2):
            self.assertEqual(type(replies[i]), type(replies[i + 1]), both[i])
            if not isinstance(replies[i], ReplyError):
                self.assertEqual(replies[i], replies[i + 1], both[i])


if __name__ == "__main__":
    harness.main()
