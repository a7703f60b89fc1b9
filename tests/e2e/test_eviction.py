"""Shards that evict keys when their memory is full: by sets nothing is counted that may be wrong, by columns rows are followed
as they go."""

import random
import unittest

import quipu_harness as harness
from module_harness import ModuleRedis
from quipu_harness import Redis, ReplyError, Server, info, pairs

ROWS = 2000
WHY = "evicts rows and their index apart"


class Evicting(unittest.TestCase):
    def start(self, method, *options):
        self.redis = ModuleRedis("no-dataset", options=options) if method == "columns" else Redis(options=options)
        self.addCleanup(self.redis.close)
        self.shard = self.redis.client()
        self.addCleanup(self.shard.close)
        self.server = Server(1, ["--method", method, "--partitions", "4", "--stats-ttl", "50"],
                             shard_words=["static", "unix:" + self.redis.socket])
        self.addCleanup(self.server.close)
        self.client = self.server.client()
        self.addCleanup(self.client.close)

    def load(self, first=0, nrows=ROWS):
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 2, "b", i % 3, "d", i % 7)
                              for i in range(first, first + nrows)])

    def counts(self):
        """What counts answer, or the code and text of their error."""
        try:
            return self.client.call("COUNT", "from", "current")
        except ReplyError as error:
            return error.text

    def wait_refused(self):
        self.server.wait_until(lambda: WHY in str(self.counts()), "counts refused")

    def wait_answered(self, expected):
        self.server.wait_until(lambda: self.counts() == expected, "counts answered")

    def pressure(self):
        """As much memory as is in use now is all there is."""
        self.shard.call("CONFIG", "SET", "maxmemory", int(info(self.shard, "memory")["used_memory"]))

    def test_a_shard_that_is_met_so(self):
        self.start("sets", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru")
        self.load(nrows=10)
        text = self.counts()
        self.assertTrue(text.startswith("ERR shard 0 (unix:"), text)
        self.assertIn("maxmemory-policy allkeys-lru " + WHY, text)
        for query in ("count a from current", "count from current where a = 1 nocache", "profile count from current"):
            with self.assertRaises(ReplyError) as caught:
                self.client.call("QUERY", query)
            self.assertIn(WHY, caught.exception.text)
        self.assertEqual(self.client.call("HGET", "profile_1", "a"), b"1", "all else goes on")
        self.client.call("QUERY", "explain count a from current")
        self.shard.call("CONFIG", "SET", "maxmemory-policy", "noeviction")
        self.wait_answered(10)

    def test_a_policy_that_changes(self):
        self.start("sets")
        self.load(nrows=10)
        self.assertEqual(self.counts(), 10)
        for policy, is_refused in (("allkeys-lru", True), ("volatile-lru", False), ("allkeys-random", True), ("noeviction", False),
                                   ("allkeys-lfu", True), ("volatile-ttl", False)):
            self.shard.call("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", policy)
            if is_refused:
                self.wait_refused()
            else:
                self.wait_answered(10)
        self.shard.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        self.wait_refused()
        self.shard.call("CONFIG", "SET", "maxmemory", "0")
        self.wait_answered(10)
        self.assertIn("evicts no more", self.server.process.log())
        self.assertNotIn("has evicted keys", self.server.process.log())

    def test_one_of_several_shards(self):
        with Redis() as one, Redis() as two, one.client() as shard, \
                Server(2, ["--method", "sets"], shard_words=["static", "unix:" + one.socket, "unix:" + two.socket]) as server, \
                server.client() as client:
            client.call("HSET", "profile_1", "a", "1")
            shard.call("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")

            def is_refused():
                try:
                    client.call("COUNT", "from", "current")
                except ReplyError as error:
                    return error.text.startswith("ERR shard 0 ")
                return False

            server.wait_until(is_refused, "counts refused")

    def test_what_was_evicted(self):
        """Rows are lost, as was asked for; what is left can be made to agree."""
        self.start("sets")
        self.load()
        self.shard.call("CONFIG", "SET", "maxmemory-policy", "allkeys-random")
        self.pressure()
        self.wait_refused()
        for i in range(4):
            self.client.pipeline([("SET", "filler_%d_%d" % (i, n), "x" * 500) for n in range(200)])
        self.assertGreater(int(info(self.shard, "stats")["evicted_keys"]), 0)
        self.server.wait_until(lambda: "has evicted keys" in self.server.process.log(), "it is said")
        self.shard.call("CONFIG", "SET", "maxmemory", 0)
        self.server.wait_until(lambda: WHY not in str(self.counts()), "counts")

        def is_repaired():
            try:
                self.client.call("DATASET", "REPAIR", "current")
                return True
            except ReplyError as error:  # a mark was evicted, too: the index is made anew
                self.assertTrue(error.text.startswith("INDEXING "), error.text)
                return False

        self.server.wait_until(is_repaired, "the repair")
        self.assertEqual(pairs(self.client.call("DATASET", "VERIFY", "current"))["mismatches"], 0)
        cells = self.client.call("QUERY", "count a in [0,1], b in [0,2] from current")
        self.assertEqual(sum(map(sum, cells)), self.counts())

    def test_a_volatile_policy_takes_cached_filters_alone(self):
        """And never what a write drops them by."""
        self.start("sets", "--maxmemory-policy", "volatile-random")
        rng = random.Random(7)
        self.load()
        rows = {i: i % 2 for i in range(ROWS)}
        query = "count d in [0,6] from current where a = 1 || b = 2"
        wheres = [query] + [query + " || d = %d" % d for d in range(7)] + [query + " || d < %d" % d for d in range(1, 7)]

        def expected():
            answer = [0] * 7
            for i, a in rows.items():
                answer[i % 7] += a == 1 or i % 3 == 2
            return answer

        evicted = 0
        for _ in range(12):
            for text in wheres * 2:
                self.client.call("QUERY", text)
            self.shard.call("CONFIG", "SET", "maxmemory", int(info(self.shard, "memory")["used_memory"]) - 60000)
            self.shard.call("PING")  # evicts where it can
            try:
                self.shard.call("SET", "filler", "x")
            except ReplyError:
                pass  # there is nothing left to evict
            self.shard.call("CONFIG", "SET", "maxmemory", 0)
            evicted = int(info(self.shard, "stats")["evicted_keys"])
            for _ in range(20):
                i = rng.randrange(ROWS)
                rows[i] = rng.randrange(2)
                self.client.call("HSET", "profile_%d" % i, "a", rows[i])
            self.assertEqual(self.client.call("QUERY", query), expected())
        self.assertGreater(evicted, 0)
        for name in ("cache:names", "cache:deps", "deps:a", "deps:b"):
            for key in self.shard.call("KEYS", "current:%s{*" % name):
                self.assertEqual(self.shard.call("PTTL", key), -1, key)

    def test_by_columns_rows_are_followed(self):
        self.start("columns", "--maxmemory-policy", "allkeys-random")
        self.load()
        self.pressure()
        self.client.pipeline([("SET", "filler_%d" % n, "x" * 500) for n in range(500)])
        self.assertGreater(int(info(self.shard, "stats")["evicted_keys"]), 0)
        self.shard.call("CONFIG", "SET", "maxmemory", 0)
        self.assertEqual(self.counts(), len(self.shard.call("KEYS", "profile_*")))



if __name__ == "__main__":
    harness.main()
