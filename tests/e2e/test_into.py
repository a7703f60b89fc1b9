"""INTO: an answer becomes a hash, in one step, with the client's right to write it. What the hash has is tested by
tests/queries/into.test and, against the oracle, by test_language_random.py."""

import threading
import time

import quipu_harness as harness
from access_harness import NOKEY, AccessCase, no_command
from cluster_harness import Cluster, SlotMove, slot_of
from quipu_harness import ReplyError, Server, ServerCase, pairs

CELLS = 20000  # several pieces


class Into(ServerCase):
    def tearDown(self):
        super().tearDown()
        self.client.call("DEL", "k", "{k}old", "profile")

    def fill(self):
        for start in range(0, CELLS, 5000):
            rows = [("HSET", "profile_%d" % i, "n", i, "sex", "fm"[i % 2]) for i in range(start, start + 5000)]
            self.client.pipeline(rows)
        self.rows.update("profile_%d" % i for i in range(CELLS))

    def test_what_was_there_is_replaced(self):
        self.hset("profile_1", sex="f")
        for before in (("SET", "k", "x"), ("LPUSH", "k", 1, 2), ("HSET", "k", "a", "b"), ("XADD", "k", "*", "a", "b")):
            self.client.call("DEL", "k")
            self.client.call(*before)
            self.client.call("EXPIRE", "k", 1000)
            self.assertEqual(self.query("count sex from current into k"), 1)
            self.assertEqual(pairs(self.client.call("HGETALL", "k")), {"f": b"1"})
            self.assertEqual(self.client.call("TTL", "k"), -1)
        self.assertEqual(self.query("count sex from current into k ex 100"), 1)
        self.assertIn(self.client.call("TTL", "k"), (99, 100))
        self.assertEqual(self.query("count sex from current where sex = x into k"), 0)
        self.assertEqual(self.client.call("EXISTS", "k"), 0)

    def test_the_next_command_sees_it(self):
        self.hset("profile_1", sex="f")
        for command in (("COUNT", "sex", "from", "current", "into", "k"), ("HGET", "k", "f"), ("DEL", "k")):
            self.client.send(*command)
        self.assertEqual([self.client.read() for _ in range(3)], [1, b"1", 1])

    def test_keys_that_are_refused(self):
        self.hset("profile_1", sex="f")
        self.assert_error("ERR", "QUERY", "count sex from current into profile_2", contains="would make a row of dataset current")
        self.assert_error("ERR", "QUERY", "count sex from current into 'current:profile_2'", contains="would make a row")
        self.assert_error("ERR", "QUERY", "explain count sex from current into profile_2", contains="would make a row")
        self.assert_error("ERR", "QUERY", "count sex from current into 'quipu:catalog'", contains="one of Quipu's own")
        self.assertEqual(self.client.call("EXISTS", "profile_2"), 0)
        self.assertEqual(self.query("count sex from current into profile"), 1)
        self.assertEqual(self.query("count from current"), 1)

    def test_what_is_refused(self):
        self.hset("profile_1", sex="f", a="1")
        self.client.call("SET", "k", "x")
        for text, said in (("count sex, a from current test chi2 format json", "INTO has no room for TEST"),
                           ("count sex, a from current residuals format json", "INTO has no room for RESIDUALS"),
                           ("count {when (sex = f) as x, when (a = 1) as x} as w from current", "two cells have the same labels")):
            self.assert_error("ERR", "QUERY", text + " into k", contains=said)
        self.assert_error("ERR", "QUERY", "count from current into k ex 9223372036854775807", contains="EX takes at most")
        self.assert_error("ERR", "QUERY", "describe current into k", contains="DESCRIBE does not have INTO")
        self.client.call("MULTI")
        self.assert_error("ERR", "COUNT", "from", "current", "into", "k", contains="not carried out in a transaction")
        self.client.call("DISCARD")
        self.assertEqual(self.client.call("GET", "k"), b"x")

    def test_plans_write_nothing(self):
        self.hset("profile_1", sex="f")
        for mode in ("explain", "profile"):
            self.assertIn(b"query", self.query(mode + " count sex from current into k")[0])
        self.assertEqual(self.client.call("EXISTS", "k"), 0)

    def test_readers_see_the_whole(self):
        self.fill()
        self.client.call("HSET", "k", "old", "1")
        seen, over = set(), threading.Event()

        def look():
            with self.server.client() as reader:
                while not over.is_set():
                    seen.add(reader.call("HLEN", "k"))

        thread = threading.Thread(target=look)
        thread.start()
        try:
            self.assertEqual(self.query("count n, sex from current into k"), CELLS)
        finally:
            over.set()
            thread.join()
        self.assertLessEqual(seen, {1, CELLS})
        found = pairs(self.client.call("HGETALL", "k"))
        self.assertFalse(set(found.items()) ^ {("%d,%s" % (i, "fm"[i % 2]), b"1") for i in range(CELLS)})
        self.assertEqual(self.client.call("TTL", "k"), -1)

    def test_labels_that_repeat_across_pieces(self):
        self.fill()
        self.client.call("SET", "k", "x")
        # "0" of the group is the value 0's label; the pieces of both are far apart
        self.assert_error("ERR", "QUERY", "count n in {[1,2] as '0', *} from current into k", contains="two cells have the same labels")
        self.assertEqual(self.client.call("GET", "k"), b"x")
        self.assertEqual(self.client.call("KEYS", "quipu:*"), [])

    def test_a_deadline(self):
        """It leaves the old value, or the whole new one."""
        self.fill()
        self.client.call("SET", "k", "x")
        text = "count n, sex from current timeout 1 into k"
        for _ in range(3):
            try:
                self.query(text)
            except ReplyError as error:
                self.assertEqual(error.code, "TIMEOUT")
            self.assertIn(self.client.call("TYPE", "k"), (b"string", b"hash"))
            if self.client.call("TYPE", "k") == b"hash":
                self.assertEqual(self.client.call("HLEN", "k"), CELLS)


class AtTheShard(ServerCase):
    """One shard, which a client can ask as well."""

    shards = 1

    def setUp(self):
        super().setUp()
        self.hset("profile_1", sex="f")
        self.shard = harness.Client(self.server.dir + "/data/shard-0/redis.sock")
        self.addCleanup(self.shard.close)

    def test_without_memory(self):
        self.client.call("SET", "k", "x")
        self.query("count sex from current")
        self.shard.call("CONFIG", "SET", "maxmemory", 1)
        try:
            self.assert_error("OOM", "QUERY", "count sex from current into k")
        finally:
            self.shard.call("CONFIG", "SET", "maxmemory", 0)
        self.assertEqual(self.client.call("GET", "k"), b"x")

    def test_nothing_is_left(self):
        """The temporary hash expires from its first piece on."""
        self.client.pipeline([("HSET", "profile_%d" % i, "n", i) for i in range(5000)])
        self.rows.update("profile_%d" % i for i in range(5000))
        monitor = harness.Client(self.server.dir + "/data/shard-0/redis.sock")
        self.addCleanup(monitor.close)
        self.assertEqual(monitor.call("MONITOR"), b"OK")
        self.assertEqual(self.query("count n from current into k ex 77"), 5000)
        said = []
        while not (said and b'"DEL" "last"' in said[-1]):
            if not said:
                self.shard.call("DEL", "last")
            said.append(monitor.read())
        of_temporary = [line for line in said if b'"quipu:into:' in line and b" lua]" in line]
        verbs = [line.split(b'"')[1].lower() for line in of_temporary]
        self.assertEqual(verbs.count(b"pexpire"), 4)
        self.assertEqual(verbs[-2:], [b"expire", b"rename"])
        self.assertEqual(self.shard.call("KEYS", "quipu:into:*"), [])


class Rights(AccessCase):
    def setUp(self):
        super().setUp()
        self.serve()
        self.admin = self.client()
        self.admin.call("HSET", "profile_1", "sex", "female")

    def user(self, name, *rules):
        self.assertEqual(self.admin.call("ACL", "SETUSER", name, "on", ">pw", *rules), b"OK")
        return self.client(name, "pw")

    def test_who_may_write_the_key(self):
        into = ("COUNT", "sex", "from", "current", "into", "out:1")
        ann = self.user("ann", "~out:*", "alldatasets", "+@all")
        self.assertEqual(ann.call(*into), 1)
        self.assert_refused(NOKEY, ann, "QUERY", "count sex from current into other")
        reader = self.user("reader", "%R~*", "alldatasets", "+@all")
        self.assertEqual(reader.call("COUNT", "from", "current"), 1)
        self.assert_refused(NOKEY, reader, *into)
        # Whose rules allow commands that read may write no key, as with SORT ... STORE.
        of_reads = self.user("of_reads", "~*", "alldatasets", "+@read")
        self.assertEqual(of_reads.call("COUNT", "from", "current"), 1)
        self.assert_refused(no_command("count"), of_reads, *into)
        no_writes = self.user("no_writes", "~*", "alldatasets", "+@all", "-@write")
        self.assert_refused(no_command("count"), no_writes, *into)
        by_name = self.user("by_name", "~*", "alldatasets", "+count")
        self.assertEqual(by_name.call(*into), 1)

    def test_a_user_from_whom_small_counts_are_kept(self):
        ann = self.user("ann", "~out:*", "alldatasets", "+@all", "suppress-below:3")
        self.admin.pipeline([("HSET", "profile_%d" % i, "sex", "male") for i in range(2, 7)])
        self.assertEqual(ann.call("COUNT", "sex", "in", "{female,male}", "from", "current", "into", "out:1"), 2)
        self.assertEqual(pairs(self.admin.call("HGETALL", "out:1")), {"female": b"", "male": b"5"})


class InACluster(harness.unittest.TestCase):
    """By redirects to the shard that owns the key, also while its slot moves."""

    def test_slots_that_move(self):
        with Cluster(masters=2, replicas=0) as cluster:
            with Server(options=("--partitions", 4), shard_words=["cluster", *cluster.seeds()]) as server:
                with server.client() as client:
                    client.pipeline([("HSET", "profile_%d" % i, "n", i) for i in range(3000)])
                    text = "count n from current where n != 7 into k"
                    self.assertEqual(client.call("QUERY", text), 2999)
                    source, slot = cluster.owner(slot_of("k")), slot_of("k")
                    target = next(node for node in cluster.masters() if node is not source)
                    # Moved before the server hears of it: MOVED.
                    cluster.move_slot(slot, target)
                    self.assertEqual(client.call("QUERY", text), 2999)
                    self.assertEqual(target.ask("HLEN", "k"), 2999)
                    # Under way: written when the slot has arrived.
                    move = SlotMove(cluster, slot, source, target)
                    move.begin()
                    client.send("QUERY", "count n from current into k")
                    time.sleep(0.3)
                    while move.keys(10):
                        pass
                    move.end()
                    self.assertEqual(client.read(), 3000)
                    self.assertEqual(source.ask("HLEN", "k"), 3000)
                    self.assertEqual([node.ask("KEYS", "quipu:into:*") for node in (source, target)], [[], []])
                server.stop()


if __name__ == "__main__":
    harness.main()
