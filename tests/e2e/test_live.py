"""A dataset's version: it is another one after each change, whoever made it, and the same one while nothing changes.

    QUIPU_METHOD=columns python3 tests/e2e/test_live.py Versions.test_expiry

Unchanged is shown by asking twice: a version that were to change without a reason would do so between two questions, since
each question looks at the shards.
"""

import threading
import time
import unittest

from cluster_harness import Cluster, SlotMove, slot_of
from datasets_harness import beside, embedded_shards
from quipu_harness import METHOD, ReplyError, Server, main, wait_until

BY_COLUMNS = METHOD == "columns"


def version(client, name="current"):
    return client.call("DATASET", "VERSION", name)


class Versions(unittest.TestCase):
    """One server for all: each test leaves `current` with whatever rows, and its definition as it was."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server(shards=2)
        cls.client = cls.server.client()
        cls.client.pipeline([("HSET", "profile_%d" % i, "sex", str(i % 2), "age", str(i)) for i in range(100)])

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.close()

    def assert_still(self):
        """The version, which two questions agree about."""
        before = version(self.client)
        self.assertEqual(version(self.client), before)
        return before

    def assert_changed(self, before, what=None):
        after = version(self.client)
        self.assertGreater(after, before, what)
        return after

    def test_each_kind_of_write(self):
        self.client.call("HSET", "profile_1", "n", "1")
        writes = [
            ("HSET", "profile_1", "sex", "7"), ("HSET", "profile_new", "sex", "1"), ("HMSET", "profile_1", "a", "1", "b", "2"),
            ("HSETNX", "profile_1", "c", "1"), ("HINCRBY", "profile_1", "n", "2"), ("HDEL", "profile_1", "n"),
            ("HSET", "profile_1", "sex", "7.0"), ("DEL", "profile_new"), ("UNLINK", "profile_2"),
        ]
        for command in writes:
            before = self.assert_still()
            self.client.call(*command)
            self.assert_changed(before, command)

    def test_other_keys_and_other_datasets(self):
        self.client.call("DATASET", "CREATE", "apart", "PREFIX", "apart_")
        before = self.assert_still()
        other = version(self.client, "apart")
        self.client.call("SET", "some_key", "1")
        self.client.call("HSET", "apart_1", "sex", "1")
        self.assertEqual(version(self.client), before)
        self.assertGreater(version(self.client, "apart"), other)
        self.client.call("DATASET", "DROP", "apart")

    def test_definitions(self):
        undo = ("DATASET", "ALTER", "current", "FIELD", "colours", "PLAIN")
        for command in (("DATASET", "LABEL", "current", "sex", "1", "Male"), ("DATASET", "LABEL", "current", "sex", "1", ""),
                        ("DATASET", "ALTER", "current", "FIELD", "colours", "MULTI", ","), undo,
                        ("DATASET", "ALIAS", "people", "current"), ("DATASET", "UNALIAS", "people")):
            before = self.assert_still()
            self.client.call(*command)
            self.assert_changed(before, command)

    def test_dropped_and_made_again(self):
        self.client.call("DATASET", "CREATE", "week", "PREFIX", "week_")
        self.client.call("HSET", "week_1", "sex", "1")
        before = version(self.client, "week")
        self.client.call("DATASET", "DROP", "week")
        with self.assertRaises(ReplyError) as caught:
            version(self.client, "week")
        self.assertEqual(caught.exception.code, "NODATASET")
        wait_until(lambda: not [e for e in self.client.call("DATASET", "LIST") if b"week" in e], "the end of week")
        self.client.call("DATASET", "CREATE", "week", "PREFIX", "week_")
        self.assertGreater(version(self.client, "week"), before)
        self.client.call("DATASET", "DROP", "week")

    def test_an_alias_means_another_dataset(self):
        self.client.call("DATASET", "CREATE", "w1", "PREFIX", "w1_")
        self.client.call("DATASET", "CREATE", "w2", "PREFIX", "w2_")
        self.client.call("DATASET", "ALIAS", "w", "w1")
        before = version(self.client, "w")
        self.client.call("DATASET", "ALIAS", "w", "w2")
        after = version(self.client, "w")
        self.assertGreater(after, before)
        self.client.call("HSET", "w2_1", "sex", "1")
        self.assertGreater(version(self.client, "w"), after)

    def test_flushall(self):
        self.client.call("HSET", "profile_1", "sex", "1")
        before = self.assert_still()
        self.client.call("FLUSHALL")
        wait_until(lambda: self.counted() == 0, "the datasets")
        between = self.assert_changed(before)
        self.client.call("HSET", "profile_1", "sex", "1")
        self.assert_changed(between)

    def counted(self):
        try:
            return self.client.call("QUERY", "count from current")
        except ReplyError:
            return None

    def test_repair(self):
        if BY_COLUMNS:
            self.skipTest("by columns the index follows the keyspace")
        self.client.call("HSET", "profile_1", "sex", "1")
        before = self.assert_still()
        with embedded_shards(self.server) as shards:
            key, shard = shards.one("profile_1{*")
            shard.call("HSET", key, "sex", "5")
        self.assertEqual(version(self.client), before)  # what a shard was told by hand is not in the index
        self.client.call("DATASET", "REPAIR", "current")
        self.assert_changed(before)

    def test_reindex(self):
        before = self.assert_still()
        self.client.call("DATASET", "REINDEX", "current")
        wait_until(lambda: self.counted() is not None, "the index")
        self.assert_changed(before)
        before = self.assert_still()
        self.client.call("HSET", "profile_1", "sex", "9")
        self.assert_changed(before)

    def test_written_at_the_shard(self):
        if not BY_COLUMNS:
            self.skipTest("by sets rows are written through the server")
        with embedded_shards(self.server) as shards:
            self.client.call("HSET", "profile_3", "sex", "1")
            shard = shards.of("profile_3")
            for command in (("HSET", "profile_3", "sex", "8"), ("RENAME", "profile_3", "profile_{profile_3}"),
                            ("DEL", "profile_{profile_3}"), ("HSET", "profile_3", "sex", "1")):
                before = self.assert_still()
                shard.call(*command)
                self.assert_changed(before, command)

    def test_expiry(self):
        if not BY_COLUMNS:
            self.skipTest("by sets rows do not expire")
        self.client.call("HSET", "profile_4", "sex", "1")
        counted = self.client.call("QUERY", "count from current")
        self.client.call("PEXPIRE", "profile_4", "600")
        before = version(self.client)
        wait_until(lambda: version(self.client) != before, "the row's end")
        self.assertEqual(self.client.call("QUERY", "count from current"), counted - 1)

    def test_another_servers_writes(self):
        with beside(self.server) as other, other.client() as writer:
            mine = self.assert_still()
            theirs = version(writer)
            writer.call("HSET", "profile_5", "sex", "6")
            self.assert_changed(mine)
            self.assertGreater(version(writer), theirs)
            theirs = version(writer)
            self.client.call("HSET", "profile_5", "sex", "5")
            self.assertGreater(version(writer), theirs)

    def test_restart_of_a_shard(self):
        before = self.assert_still()
        self.server.kill_shard(1)
        wait_until(lambda: self.answered() > before, "the shard")
        before = self.assert_still()
        self.client.call("HSET", "profile_1", "sex", "4")
        self.assert_changed(before)

    def answered(self):
        try:
            return version(self.client)
        except ReplyError as error:
            self.assertIn(error.code, ("SHARDDOWN", "LOADING"))
            return 0

    def test_watched_partitions_are_no_keys_of_clients(self):
        size = len(self.client.call("KEYS", "*"))
        version(self.client)
        self.assertEqual(len(self.client.call("KEYS", "*")), size)
        self.assertFalse([key for key in self.client.call("KEYS", "*") if b"index:changes" in key])

    def test_each_write_of_many_is_seen(self):
        """Versions that are asked for beside writes: after the last write the version no longer changes."""
        over = threading.Event()
        seen = []

        def ask():
            with self.server.client() as client:
                while not over.is_set():
                    seen.append(version(client))

        thread = threading.Thread(target=ask)
        thread.start()
        for i in range(300):
            before = version(self.client)
            self.client.call("HSET", "profile_%d" % (i % 50), "age", str(1000 + i))
            self.assert_changed(before)
        over.set()
        thread.join()
        self.assertEqual(seen, sorted(seen))
        self.assert_still()


class OverACluster(unittest.TestCase):
    """Slots that move and masters that go are changes, as far as anybody can tell; what is written after them is one."""

    def test_moves_and_failover(self):
        with Cluster(masters=2, replicas=1) as cluster, Server(
            shard_words=["cluster", cluster.seeds()[0]], options=["--partitions", "8"]
        ) as server, server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "sex", str(i % 2)) for i in range(200)])
            self.check(client)
            slot = slot_of("profile_1") if BY_COLUMNS else 16384 // 16
            move = SlotMove(cluster, slot, next(n for n in cluster.masters() if n is not cluster.owner(slot)))
            move.begin()
            while move.keys(100):
                pass
            move.end()
            self.check(client)
            master = cluster.owner(slot)
            before = version(client)
            cluster.wait_whole()
            cluster.failover(cluster.replicas_of(master)[0])
            wait_until(lambda: version(client) > before, "another version, of another master")
            self.check(client)

    def check(self, client):
        wait_until(lambda: version(client) == version(client), "peace")
        for i in range(1, 20):
            before = version(client)
            client.call("HSET", "profile_%d" % i, "sex", time.monotonic())
            self.assertGreater(version(client), before)


if __name__ == "__main__":
    main()
