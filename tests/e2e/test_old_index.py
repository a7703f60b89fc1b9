"""An index by sets as an older version left it: an entry for each text, marks without a layout. It is made anew, and never
read; until then counts answer INDEXING."""

import binascii
import re
import unittest

import quipu_harness as harness
from datasets_harness import Shards, verify, write_rows
from quipu_harness import ReplyError, Server, wait_until

TEXTS = ["12", "12.0", "+12", "1.2e1", "7", "7.00", "x", "007"]
NROWS = 160
VALUES = [[b"7", 40], [b"12", 80], [b"007", 20], [b"x", 20]]
# What the scripts of the first layout read of a mark: "live 3 17".
FIRST_MARK = re.compile(rb"^([A-Za-z]+) ([0-9]+)")


def tag_of(key):
    return key[-5:]


def make_old(shards, dataset, row_prefix=b"", marked=True):
    """Entries as the first layout had them, in place of those that are there; with marks, or as before there were marks."""
    for shard in shards.clients:
        for key in shard.call("KEYS", dataset + b":*"):
            name = key[len(dataset) + 1:]
            if name.startswith((b"n=", b"values:n{", b"where:", b"cache:", b"deps:")):
                shard.call("DEL", key)
        for rows in shard.call("KEYS", dataset + b":rows{*"):
            tag = tag_of(rows)
            for row in shard.call("SMEMBERS", rows):
                text = shard.call("HGET", row_prefix + row + tag, "n")
                shard.call("SADD", b"%s:n=%s%s" % (dataset, text, tag), row)
                shard.call("SADD", b"%s:values:n%s" % (dataset, tag), text)
                if text == b"12":
                    for name in (b"n = 12", b"~n = 12"):
                        shard.call("SADD", b"%s:where:%s%s" % (dataset, name, tag), row)
        for key in shard.call("KEYS", dataset + b":index:state{*"):
            mark = shard.call("GET", key)
            shard.call(*(["SET", key, re.sub(rb"^2 ", b"", mark)] if marked else ["DEL", key]))


@unittest.skipIf(harness.METHOD == "columns", "the index by columns is never older than its server")
class OldIndex(unittest.TestCase):
    def setUp(self):
        redises = [self.enterContext(harness.Redis()) for _ in range(2)]
        self.shards = self.enterContext(Shards(*(redis.socket for redis in redises)))
        self.words = ["static"] + ["unix:" + redis.socket for redis in redises]
        self.server = self.enterContext(self.another())
        self.client = self.enterContext(self.server.client())
        write_rows(self.client, "profile_", NROWS, n=lambda i: TEXTS[i % len(TEXTS)])
        self.assertEqual(self.count("count n from current"), VALUES)

    def another(self, *options):
        return Server(2, options, self.words)

    def count(self, text, client=None):
        return (client or self.client).call("QUERY", text)

    def restart(self, *options):
        self.server.options = list(options)
        self.server.restart()
        self.client = self.enterContext(self.server.client())

    def is_indexing(self, *args, client=None):
        with self.assertRaises(ReplyError) as caught:
            (client or self.client).call(*args)
        self.assertEqual(str(caught.exception).partition("%")[2], ": the index of dataset %s is being made anew" % self.dataset)
        return caught.exception.code == "INDEXING"

    dataset = "current"

    def await_counts(self, client=None, name="current"):
        def counts():
            try:
                self.count("count from " + name, client)
            except ReplyError as error:
                self.assertEqual(error.code, "INDEXING")
                return False
            return True
        wait_until(counts, "the index")

    def assert_new(self, values=VALUES, nrows=NROWS, dataset=b"current"):
        self.assertEqual(self.count("count n from current"), values)
        self.assertEqual(self.count("count from current where n = 12"), dict(map(tuple, values))[b"12"])
        self.assertEqual(verify(self.client, "current"), (nrows, 0))
        for key in self.shards.keys(dataset + b":*"):
            self.assertNotRegex(key, rb":(n=|values:.*=)(12\.0|\+12|1\.2e1|7\.00)")
            self.assertNotRegex(key, rb":where:~?n = ")
        marks = [self.shards.of(key).call("GET", key) for key in self.shards.keys(dataset + b":index:state*")]
        self.assertEqual(len(marks), 64)
        for mark in marks:
            self.assertRegex(mark, rb"^2 live \d+ \d+$")
            self.assertIsNone(FIRST_MARK.match(mark))

    def test_marks_without_a_layout(self):
        make_old(self.shards, b"current")
        self.restart()
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.await_counts()
        self.assert_new()

    def test_no_marks(self):
        make_old(self.shards, b"current", marked=False)
        self.restart("--cache-consistency", "ttl")
        self.assertTrue(self.is_indexing("QUERY", "count from current where n = 12"))
        self.await_counts()
        self.assert_new()

    def test_no_catalog_either(self):
        """As a server left it before there were catalogs."""
        self.server.stop()
        make_old(self.shards, b"current", marked=False)
        for key in (b"quipu:catalog", b"quipu:copy:0", b"quipu:copy:1", b"quipu:copy:2"):
            for shard in self.shards.clients:
                shard.call("DEL", key)
        self.restart()
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.await_counts()
        self.assert_new()

    def test_verify_finds_out_too(self):
        for words in (("DATASET", "VERIFY", "current"), ("DATASET", "REPAIR", "current")):
            make_old(self.shards, b"current")
            self.assertTrue(self.is_indexing(*words))
            self.await_counts()
            self.assert_new()

    def test_a_first_pass_finds_out_too(self):
        """What TOP asks for meets the old index before the query itself is known."""
        make_old(self.shards, b"current")
        self.restart()
        self.assertTrue(self.is_indexing("QUERY", "count n in {top 2} from current"))
        self.await_counts()
        self.assert_new()

    def test_writes_go_on(self):
        """Into partitions with old entries, and into empty ones, whose marks then speak for no other."""
        make_old(self.shards, b"current", marked=False)
        more = 400
        for i in range(NROWS, NROWS + more):
            self.client.call("HSET", "profile_%d" % i, "n", "12.00")
        self.client.call("HSET", "profile_1", "n", "8.0")
        self.client.call("DEL", "profile_4")
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.client.call("HSET", "profile_2", "n", "8")
        self.await_counts()
        self.assert_new([[b"7", 39], [b"8", 2], [b"12", 78 + more], [b"007", 20], [b"x", 20]], NROWS + more - 1)

    def test_a_refilled_partition_speaks_for_itself(self):
        """All are written to but the last one of a shard, which has old entries: a script's first partition says nothing
        of it."""
        rows = self.shards.clients[1].call("KEYS", "profile_*")
        last = max((tag_of(row) for row in rows), key=lambda tag: binascii.crc_hqx(tag[1:-1], 0) % 16384)
        kept = {row[:-5] for row in rows if tag_of(row) == last}
        self.client.pipeline([("DEL", "profile_%d" % i) for i in range(NROWS) if b"profile_%d" % i not in kept])
        make_old(self.shards, b"current", marked=False)
        more = [b"profile_%d" % i for i in range(2 * NROWS, 8 * NROWS)]
        self.client.pipeline([("HSET", row, "n", "7e0") for row in more])
        refilled = [key for key in self.shards.keys("current:index:state*")]
        self.assertGreater(len(refilled), 50)
        self.client.pipeline([("DEL", row) for row in more])
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.await_counts()
        self.assertEqual(self.count("count from current"), len(kept))
        self.assertEqual(verify(self.client, "current"), (len(kept), 0))
        self.assertEqual(self.shards.keys("current:n=12.0*"), [])

    def test_two_servers_find_out(self):
        with self.another() as other, other.client() as client:
            for _ in range(20):  # the index may be made before the others have asked
                make_old(self.shards, b"current")
                self.assertTrue(self.is_indexing("QUERY", "count n from current", client=client))
                replies = [asker.pipeline([("QUERY", "count n from current")])[0] for asker in (self.client, client)]
                for asker in (self.client, client):
                    self.await_counts(asker)
                    self.assertEqual(self.count("count n from current", asker), VALUES)
                self.assert_new()
                if all(isinstance(reply, ReplyError) for reply in replies):
                    break
            self.assertEqual([reply.code for reply in replies], ["INDEXING"] * 2)

    def test_a_dataset_that_an_alias_means(self):
        """And whose own name is hidden by an alias for another."""
        self.client.call("DATASET", "CREATE", "w46", "PREFIX", "profile_")
        write_rows(self.client, "w46:profile_", NROWS, n=lambda i: TEXTS[i % len(TEXTS)])
        self.client.call("DATASET", "ALIAS", "current", "w46")
        make_old(self.shards, b"w46", b"w46:row:")
        make_old(self.shards, b"current")
        self.dataset = "w46"
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.await_counts()
        self.assert_new(dataset=b"w46")
        self.client.call("DATASET", "ALIAS", "before", "current")
        self.dataset = "current"
        self.assertTrue(self.is_indexing("QUERY", "count n from before"))
        self.await_counts(name="before")
        self.assertEqual(self.count("count n from before"), VALUES)

    def test_a_catalog_that_is_written_again_hides_nothing(self):
        make_old(self.shards, b"current")
        self.shards.of(b"quipu:catalog").call("DEL", "quipu:catalog")
        wait_until(lambda: any(shard.call("EXISTS", "quipu:catalog") for shard in self.shards.clients), "the catalog")
        self.assertTrue(self.is_indexing("QUERY", "count n from current"))
        self.await_counts()
        self.assert_new()

    def test_an_empty_shard_is_not_old(self):
        """It lost all it had; the rows that are written then are counted at once."""
        lost = next(shard for shard in self.shards.clients if not shard.call("EXISTS", "quipu:catalog"))
        lost.call("FLUSHALL")
        write_rows(self.client, "profile_", NROWS, n=lambda i: TEXTS[i % len(TEXTS)])
        self.assertEqual(self.count("count n from current"), VALUES)
        self.client.call("FLUSHALL")
        write_rows(self.client, "profile_", NROWS, n=lambda i: TEXTS[i % len(TEXTS)])
        self.assertEqual(self.count("count n from current"), VALUES)
        self.assertEqual(verify(self.client, "current"), (NROWS, 0))


if __name__ == "__main__":
    harness.main()
