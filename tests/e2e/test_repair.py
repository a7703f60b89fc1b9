"""An index that was damaged: VERIFY sees it, REPAIR mends it."""

import random
import threading
import unittest

import quipu_harness as harness
from datasets_harness import describe, embedded_shards, listed, verify, write_rows
from quipu_harness import Closed, ReplyError, ServerCase, pairs, wait_until


class Damage(ServerCase):
    """Somebody wrote to a shard by hand."""

    NROWS = 400

    def setUp(self):
        super().setUp()
        write_rows(self.client, "profile_", self.NROWS, a=lambda i: i % 4, b=lambda i: "x{%d}" % (i % 3))
        self.client.call("DATASET", "CREATE", "own", "PREFIX", "profile_")
        write_rows(self.client, "own:profile_", self.NROWS, a=lambda i: i % 4, b=lambda i: "x{%d}" % (i % 3))
        self.shards = embedded_shards(self.server)
        self.addCleanup(self.shards.close)

    def tearDown(self):
        self.client.call("DATASET", "DROP", "own")
        wait_until(lambda: list(listed(self.client)) == ["current"], "the drop")
        self.client.call("DEL", *["profile_%d" % i for i in range(self.NROWS + 10)])
        super().tearDown()

    def row(self, dataset, number):
        start = "profile_" if dataset == "current" else "own:row:profile_"
        return self.shards.one("%s%d{*}" % (start, number))

    def damages(self, dataset):
        """By name: a function that does it, of the shard and the partition's tag, and what the rows then are."""
        name = dataset + ":"

        def change_row(rows):
            key, shard = self.row(dataset, 7)
            shard.call("HSET", key, "a", 9, "c", "new")
            rows[7].update(a="9", c="new")

        def delete_row(rows):
            key, shard = self.row(dataset, 8)
            shard.call("DEL", key)
            del rows[8]

        def add_row(rows):
            key, shard = self.row(dataset, 9)
            # A row that lies where its name belongs: taken away by hand, put back by hand.
            shard.call("DEL", key)
            shard.call("SREM", b"%srows%s" % (name.encode(), key[-5:]), "profile_9")
            shard.call("HSET", key, "a", 1, "d", "z")
            rows[9] = {"a": "1", "d": "z"}

        def forget_entry(rows):
            key, shard = self.row(dataset, 10)
            shard.call("SREM", b"%sa=2%s" % (name.encode(), key[-5:]), "profile_10")

        def forget_field(rows):
            key, shard = self.row(dataset, 11)
            shard.call("DEL", b"%sb%s" % (name.encode(), key[-5:]))

        def forget_lists(rows):
            key, shard = self.row(dataset, 12)
            shard.call("DEL", b"%sindex:fields%s" % (name.encode(), key[-5:]))
            shard.call("DEL", b"%svalues:a%s" % (name.encode(), key[-5:]))

        def invent_entry(rows):
            key, shard = self.row(dataset, 13)
            shard.call("SADD", b"%sa=7%s" % (name.encode(), key[-5:]), "profile_13", "profile_nobody")

        def invent_row(rows):
            key, shard = self.row(dataset, 14)
            shard.call("SADD", b"%srows%s" % (name.encode(), key[-5:]), "profile_nobody")

        def forget_row(rows):
            key, shard = self.row(dataset, 15)
            shard.call("SREM", b"%srows%s" % (name.encode(), key[-5:]), "profile_15")

        def other_type(rows):
            key, shard = self.row(dataset, 16)
            shard.call("SET", key, "no hash")
            del rows[16]

        return [change_row, delete_row, add_row, forget_entry, forget_field, forget_lists, invent_entry, invent_row,
                forget_row, other_type]

    def check(self, dataset, rows):
        def counts(field):
            found = {}
            for row in rows.values():
                if field in row:
                    found[row[field]] = found.get(row[field], 0) + 1
            return sorted(found.items())

        for field in "abcd":
            reply = self.query("count %s from %s nocache" % (field, dataset))
            self.assertEqual(sorted((value.decode(), n) for value, n in reply), counts(field), field)
        self.assertEqual(self.query("count from %s where a in [7,9]" % dataset),
                         sum(row.get("a") in ("7", "8", "9") for row in rows.values()))
        self.assertEqual(self.query("count from " + dataset), len(rows))

    @unittest.skipIf(harness.METHOD == "columns", "what it damages are sets")
    def test_verify_finds_each_and_repair_mends_it(self):
        for dataset in ("current", "own"):
            rows = {i: {"a": str(i % 4), "b": "x{%d}" % (i % 3)} for i in range(self.NROWS)}
            self.assertEqual(verify(self.client, dataset), (self.NROWS, 0))
            for damage in self.damages(dataset):
                with self.subTest(dataset=dataset, damage=damage.__name__):
                    for _ in range(3):
                        self.query("count from %s where a = 1 || b = 'x{2}'" % dataset)  # cached
                    damage(rows)
                    self.assertGreater(verify(self.client, dataset)[1], 0, "VERIFY does not see it")
                    repaired = pairs(self.client.call("DATASET", "REPAIR", dataset))
                    self.assertGreater(repaired["repaired"], 0)
                    self.assertEqual(repaired["repaired"], repaired["mismatches"])
                    self.assertEqual(verify(self.client, dataset), (len(rows), 0))
                    self.check(dataset, rows)
                    self.assertEqual(
                        self.query("count from %s where a = 1 || b = 'x{2}'" % dataset),
                        sum(row.get("a") == "1" or row.get("b") == "x{2}" for row in rows.values()))
            again = pairs(self.client.call("DATASET", "REPAIR", dataset))
            self.assertEqual((again["mismatches"], again["repaired"]), (0, 0))

    def test_repair_beside_writes(self):
        """Rows written meanwhile are neither damaged nor reported."""
        stopping = threading.Event()
        failed = []

        def write(seed):
            chance = random.Random(seed)
            with self.server.client() as client:
                while not stopping.is_set():
                    key = "own:profile_%d" % chance.randrange(self.NROWS)
                    try:
                        client.pipeline([("HSET", key, "a", chance.randrange(6)), ("HDEL", key, "b"),
                                         ("DEL", key), ("HSET", key, "a", chance.randrange(4), "b", "x")])
                    except (ReplyError, Closed, OSError) as error:
                        failed.append(error)
                        return

        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(2)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(6):
                found = pairs(self.client.call("DATASET", "REPAIR", "own"))
                self.assertEqual(found["mismatches"], 0)
        finally:
            stopping.set()
            for writer in writers:
                writer.join()
        self.assertEqual(failed, [])
        self.assertEqual(verify(self.client, "own"), (self.NROWS, 0))

    @unittest.skipIf(harness.METHOD == "columns", "what it damages are sets")
    def test_reindex_makes_the_index_from_nothing_but_rows(self):
        for dataset in ("current", "own"):
            for key in self.shards.keys(dataset + ":*"):
                if not key.startswith(b"own:row:") and b":index:state" not in key:
                    self.shards.of(key).call("DEL", key)
            self.assertEqual(self.query("count from %s nocache" % dataset), 0)
            self.assertEqual(self.client.call("DATASET", "REINDEX", dataset), b"OK")
            wait_until(lambda: describe(self.client, dataset)["state"] == b"live", "the index")
            self.assertEqual(describe(self.client, dataset)["progress"], 100)
            self.assertEqual(verify(self.client, dataset), (self.NROWS, 0))
            self.check(dataset, {i: {"a": str(i % 4), "b": "x{%d}" % (i % 3)} for i in range(self.NROWS)})


if __name__ == "__main__":
    harness.main()
