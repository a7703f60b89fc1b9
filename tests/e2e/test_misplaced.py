"""Keys on a shard that does not own them: VERIFY says so, REPAIR brings them where they belong."""

import os
import unittest

import quipu_harness as harness
from quipu_harness import Client, Server, pairs


class Misplaced(unittest.TestCase):
    def setUp(self):
        self.server = Server(2, ("--partitions", "16"))
        self.addCleanup(self.server.close)
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.shards = [Client(os.path.join(self.server.dir, "data", "shard-%d" % i, "redis.sock")) for i in range(2)]
        for shard in self.shards:
            self.addCleanup(shard.close)
        for i in range(20):
            self.client.call("HSET", "profile_%d" % i, "a", i % 2)

    def audit(self, word):
        report = pairs(self.client.call("DATASET", word, "current"))
        return report.get("misplaced", 0), report["mismatches"], report.get("repaired")

    def other(self, key):
        """The shard that does not own it."""
        owns = [shard.call("EXISTS", key) for shard in self.shards]
        self.assertEqual(sum(owns), 1, key)
        return self.shards[owns.index(0)]

    def clean(self):
        self.assertEqual(self.audit("VERIFY"), (0, 0, None))

    def stored(self, row):
        return [key for shard in self.shards for key in shard.call("KEYS", row + ("*" if harness.METHOD == "sets" else ""))][0]

    def test_plain_keys(self):
        self.clean()
        for i in range(30):
            self.client.call("SET", "plain_%d" % i, i, "PX", 600000)
            there = self.other("plain_%d" % i)
            content = there.call("DUMP", "plain_%d" % i) or self.shards[1 - self.shards.index(there)].call("DUMP", "plain_%d" % i)
            self.client.call("DEL", "plain_%d" % i)
            there.call("RESTORE", "plain_%d" % i, 500000, content)
        self.assertEqual(self.client.call("GET", "plain_7"), None)
        self.assertEqual(self.audit("VERIFY"), (30, 30, None))
        self.assertEqual(self.audit("REPAIR"), (30, 30, 30))
        self.clean()
        for i in range(30):
            self.assertEqual(self.client.call("GET", "plain_%d" % i), b"%d" % i)
            self.assertTrue(0 < self.client.call("PTTL", "plain_%d" % i) <= 500000)
        self.assertIn("has the key", self.server.process.log())

    def test_a_row_that_its_owner_has_not(self):
        """Also of what quipu-load or a program wrote at the wrong shard."""
        stored = self.stored("profile_3")
        there = self.other(stored)
        self.client.call("DEL", "profile_3")
        there.call("HSET", stored, "a", 7)
        self.assertEqual(self.client.call("HGET", "profile_3", "a"), None)
        misplaced, mismatches, _ = self.audit("VERIFY")
        self.assertEqual(misplaced, 1)
        misplaced, mismatches, repaired = self.audit("REPAIR")
        self.assertEqual((misplaced, mismatches), (1, repaired))
        self.clean()
        self.assertEqual(self.client.call("HGET", "profile_3", "a"), b"7")
        self.assertEqual(self.client.call("QUERY", "count a from current"), [[b"0", 10], [b"1", 9], [b"7", 1]])

    def test_a_row_that_both_have(self):
        stored = self.stored("profile_4")
        there = self.other(stored)
        there.call("HSET", stored, "a", 7)
        self.assertEqual(self.audit("VERIFY")[0], 1)
        misplaced, mismatches, repaired = self.audit("REPAIR")
        self.assertEqual((misplaced, mismatches - repaired), (1, 1))
        self.assertIn("and has one, too", self.server.process.log())
        self.assertEqual(self.client.call("HGET", "profile_4", "a"), b"0")
        there.call("DEL", stored)
        self.clean()

    @unittest.skipIf(harness.METHOD == "columns", "rows are stored under their names")
    def test_hashes_that_are_called_as_rows(self):
        """What a script wrote that took a row's name for its key."""
        self.shards[0].call("HSET", "profile_new", "a", 5)
        self.shards[1].call("HSET", "profile_5", "a", 5)
        self.shards[1].call("SET", "profile_text", "a")
        self.assertEqual(self.audit("VERIFY"), (3, 3, None))
        self.assertEqual(self.audit("REPAIR")[0], 3)
        self.assertEqual(self.client.call("HGET", "profile_new", "a"), b"5")
        self.assertEqual(self.client.call("QUERY", "count from current"), 21)
        self.assertEqual(self.audit("VERIFY"), (2, 2, None))
        self.shards[1].call("DEL", "profile_5", "profile_text")
        self.clean()

    @unittest.skipIf(harness.METHOD == "columns", "there are no keys of an index")
    def test_index_keys(self):
        key = next(key for key in self.shards[0].call("KEYS", "current:a=1*"))
        self.shards[1].call("SADD", key, "profile_1")
        self.assertEqual(self.audit("VERIFY")[0], 1)
        self.assertEqual(self.audit("REPAIR")[0], 1)
        self.assertEqual(self.shards[1].call("EXISTS", key), 0)
        self.clean()

    def test_another_datasets_rows_are_its_own(self):
        self.client.call("DATASET", "CREATE", "people", "PREFIX", "person_")
        self.client.call("HSET", "person_1", "a", 1)
        stored = self.stored("person_1")
        there = self.other(stored)
        self.client.call("DEL", "person_1")
        there.call("HSET", stored, "a", 7)
        self.clean()
        report = pairs(self.client.call("DATASET", "REPAIR", "people"))
        self.assertEqual((report["misplaced"], report["mismatches"]), (1, report["repaired"]))
        self.assertEqual(self.client.call("HGET", "person_1", "a"), b"7")

    def test_one_shard_owns_all(self):
        with Server(1) as server, server.client() as client, Client(os.path.join(server.dir, "data", "shard-0", "redis.sock")) as shard:
            shard.call("SET", "profile_9", 1)
            self.assertEqual(pairs(client.call("DATASET", "VERIFY", "current"))["mismatches"], 0)


if __name__ == "__main__":
    unittest.main()
