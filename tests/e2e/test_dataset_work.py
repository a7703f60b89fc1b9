"""The background work on a dataset, DROP and REINDEX: while it is counted, while servers are killed, while slots move."""

import threading
import time
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, SlotMove, slot_of
from datasets_harness import describe, embedded_shards, listed, verify, wait_counted, write_rows
from fault_proxy import PassingNode
from quipu_harness import ReplyError, Server, wait_until


@unittest.skipIf(harness.METHOD == "columns", "the work is done too soon; test_columns has its own")
class Killed(unittest.TestCase):
    """kill -9 in the middle of DROP and REINDEX: the work is taken over, by the next server or another one."""

    NROWS = 30000

    def load(self, client, address):
        write_rows(client, address, self.NROWS, a=lambda i: i % 4, b=lambda i: i % 97, c=lambda i: i % 1000)

    def kill_during(self, server, client, dataset):
        """Kills it when some of the work is done, and not all."""
        until = time.monotonic() + 60
        while not 2 < describe(client, dataset)["progress"] < 80:
            self.assertLess(time.monotonic(), until, "work to kill it in")
        server.kill()

    def test_drop_goes_on_after_a_restart(self):
        with Server(2) as server:
            client = server.client()
            client.call("DATASET", "CREATE", "w46", "PREFIX", "profile_")
            self.load(client, "w46:profile_")
            write_rows(client, "profile_", 50, a=lambda i: 1)
            client.call("DATASET", "DROP", "w46")
            self.kill_during(server, client, "w46")
            client.close()
            server.start()
            server.wait_counting()
            with server.client() as client, embedded_shards(server) as shards:
                self.assertEqual(listed(client)["w46"]["state"], b"dropping")
                with self.assertRaises(ReplyError) as caught:
                    client.call("QUERY", "count from w46")
                self.assertEqual(caught.exception.code, "NODATASET")
                self.assertGreater(len(shards.keys("w46:*")), 100, "it was done before it was killed")
                wait_until(lambda: "w46" not in listed(client), "the drop")
                self.assertEqual([key for key in shards.keys("w46:*") if b":index:state" not in key], [])
                self.assertEqual(verify(client, "current"), (50, 0))
            server.stop()

    def test_reindex_goes_on_after_a_restart(self):
        with Server(2) as server:
            client = server.client()
            self.load(client, "profile_")
            client.call("DATASET", "REINDEX", "current")
            self.kill_during(server, client, "current")
            client.close()
            server.start()
            client = server.client()
            answer, errors = self.first_answer(client, "count a in [0,3] from current")
            self.assertEqual(answer, [self.NROWS // 4] * 4)
            self.assertGreater(errors, 0, "it was done before it was killed")
            self.assertEqual(verify(client, "current"), (self.NROWS, 0))
            client.close()
            server.stop()

    def first_answer(self, client, query):
        """The first reply that is no INDEXING, and how many of those came before it. Shards that start again load first."""
        errors = 0
        until = time.monotonic() + 60
        while True:
            try:
                return client.call("QUERY", query), errors
            except ReplyError as error:
                self.assertRegex(error.text, r"^(INDEXING|LOADING) \d+%: ")
                errors += error.code == "INDEXING"
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def test_another_server_takes_over(self):
        """Counts of both are right or INDEXING from the beginning to the end, with writes between."""
        with harness.Redis() as one, harness.Redis() as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, shard_words=words) as first, Server(2, shard_words=words) as second:
                a, b = first.client(), second.client()
                self.load(a, "profile_")
                a.call("DATASET", "REINDEX", "current")
                self.kill_during(first, a, "current")
                a.close()
                for i in range(0, 400):
                    b.call("HSET", "profile_%d" % i, "a", 3)
                    b.call("DEL", "profile_%d" % (self.NROWS - 1 - i))
                answer, errors = self.first_answer(b, "count a in [0,3] from current")
                self.assertGreater(errors, 0)
                left = self.NROWS - 400
                self.assertEqual(answer, [left // 4 - 100] * 3 + [left // 4 + 300])
                self.assertEqual(verify(b, "current"), (left, 0))
                b.close()
                second.stop()


class Moves:
    """A dataset's partitions go to another node, one after the other and without a pause, for as long as this is entered.

    So they move while work on the dataset goes on, however soon that is done."""

    def __init__(self, cluster, partitions):
        self.cluster, self.partitions = cluster, partitions
        self.over, self.begun, self.wrong = threading.Event(), threading.Event(), []
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        self.begun.wait(60)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(120)

    def run(self):
        moved = 0
        try:
            while not self.over.is_set():
                slot = 16384 // self.partitions * (moved % self.partitions) + 8192 // self.partitions
                owner = self.cluster.owner(slot)
                target = next(node for node in self.cluster.masters() if node is not owner)
                move = SlotMove(self.cluster, slot, target, owner)
                move.begin()
                self.begun.set()
                while move.keys(100):
                    pass
                move.end()
                moved += 1
        except Exception as error:  # a thread's exception is the test's
            self.wrong.append(repr(error))
        finally:
            self.begun.set()


class InACluster(unittest.TestCase):
    """Partitions change their node while a dataset is dropped or indexed: the work begins again, counts are right or errors."""

    NROWS = 3000

    def test_versions_over_a_cluster_whose_slots_move(self):
        with Cluster(masters=3, replicas=0) as cluster:
            words = ["cluster"] + cluster.seeds()
            with Server(3, shard_words=words) as first, Server(3, shard_words=words) as second:
                with first.client() as a, second.client() as b:
                    self.run_versions(cluster, a, b)
                second.stop()
                first.stop()

    def run_versions(self, cluster, a, b):
        rows = {"a": lambda i: i % 4, "b": lambda i: i % 31}
        write_rows(a, "profile_", self.NROWS, v=lambda i: 1, **rows)
        a.call("DATASET", "CREATE", "w47", "PREFIX", "profile_", "PARTITIONS", 32)
        write_rows(b, "w47:profile_", self.NROWS, v=lambda i: 2, **rows)
        wait_counted(b, "w47")
        a.call("DATASET", "ALIAS", "current", "w47")
        self.assertEqual(b.call("QUERY", "count v from current"), [[b"2", self.NROWS]])

        def count():
            try:
                self.assertEqual(b.call("QUERY", "count a in [0,3] from current nocache"), [self.NROWS // 4] * 4)
            except ReplyError as error:
                self.assertIn(error.code, ("INDEXING", "TIMEOUT"))

        with Moves(cluster, 32) as moves:
            a.call("DATASET", "REINDEX", "w47")
            until = time.monotonic() + 2  # then the partitions come to rest, so that the work can end
            while describe(a, "w47")["state"] != b"live" and time.monotonic() < until:
                count()
        self.assertEqual(moves.wrong, [])
        wait_until(lambda: describe(a, "w47")["state"] == b"live", "the index", 60)
        self.assertEqual(verify(b, "w47"), (self.NROWS, 0))
        self.assertEqual(b.call("QUERY", "count a in [0,3] from current"), [self.NROWS // 4] * 4)
        with Moves(cluster, 64) as moves:
            b.call("DATASET", "DROP", "current")
            until = time.monotonic() + 2
            while "current" in listed(b) and time.monotonic() < until:
                count()
        self.assertEqual(moves.wrong, [])
        wait_until(lambda: "current" not in listed(a), "the drop", 60)
        left = [key for node in cluster.masters() for key in node.ask("KEYS", "*")]
        self.assertEqual(sorted(key for key in left if not key.startswith(b"w47:") and b":index:state" not in key),
                         [b"quipu:catalog", b"quipu:copy:0", b"quipu:copy:1", b"quipu:copy:2"])
        self.assertEqual(verify(a, "w47"), (self.NROWS, 0))


class Watched:
    """A cluster whose nodes are reached through programs that see each SCAN of rows, and may move a slot beside it.

    scanned         the nodes whose last SCAN was at its end
    before_scan     called with a node before its SCAN begins
    before_walk     called with a node before VERIFY goes on in a partition
    after_scan      called with a node when its SCAN is at its end, before anybody hears of that"""

    def __init__(self, cluster):
        self.cluster, self.betweens = cluster, []
        self.scanned, self.wrong = set(), []
        self.before_scan = self.after_scan = self.before_walk = lambda node: None
        for node in cluster.masters():
            between = PassingNode(("127.0.0.1", node.port), *self.hooks(node))
            self.betweens.append(between)
            node.ask("CONFIG", "SET", "cluster-announce-port", between.port, "cluster-announce-bus-port", node.bus_port)
        wait_until(self.is_announced, "the nodes' new ports")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for between in self.betweens:
            between.close()

    def is_announced(self):
        ports = {between.port for between in self.betweens}
        return all({range[2][1] for range in node.ask("CLUSTER", "SLOTS")} == ports for node in self.cluster.masters())

    def words(self):
        return ["cluster"] + [between.address for between in self.betweens]

    def call(self, hook, node):
        try:
            hook(node)
        except Exception as error:  # a thread's exception is the test's
            self.wrong.append(repr(error))

    def hooks(self, node):
        def is_of_rows(words):
            return words[0] == b"SCAN" and b"profile_" in words[3]

        def answer(words):
            if is_of_rows(words) and words[1] == b"0":
                self.scanned.discard(node)
                self.call(self.before_scan, node)
            if words[0] == b"EVALSHA" and any(word.startswith(b'{"') for word in words):
                self.call(self.before_walk, node)

        def edit(words, reply):
            if is_of_rows(words) and reply.startswith(b"*2\r\n$1\r\n0\r\n"):
                self.scanned.add(node)
                self.call(self.after_scan, node)

        return answer, edit


class MovedBesideASweep(unittest.TestCase):
    """A slot's rows go from a node that is not scanned yet to one that was, and the server hears nothing of it."""

    NROWS, PARTITIONS = 600, 32
    WAYS = ("whole", "half-way", "away and back")

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def setUp(self):
        self.cluster = self.enter(Cluster(masters=3, replicas=0))
        self.watched = self.enter(Watched(self.cluster))
        self.server = self.enter(Server(3, shard_words=self.watched.words()))
        self.client = self.enter(self.server.client())
        self.nodes = self.cluster.masters()
        self.client.call("DATASET", "CREATE", "w47", "PREFIX", "profile_", "PARTITIONS", self.PARTITIONS)

    def load(self):
        write_rows(self.client, "w47:profile_", self.NROWS, a=lambda i: i % 4, b=lambda i: i % 31)
        self.slot = 8192 // self.PARTITIONS
        self.source, self.target = self.nodes[0], self.nodes[1]
        self.assertEqual(self.source, self.cluster.owner(self.slot))
        self.tag = self.source.ask("CLUSTER", "GETKEYSINSLOT", self.slot, 1)[0][-5:]

    def tearDown(self):
        self.assertEqual(self.watched.wrong, [])
        self.client.close()
        self.server.stop()

    def move(self, source, target, holds_s=0):
        """holds_s: all keys are at the target for so long, and the slot is still the source's."""
        move = SlotMove(self.cluster, self.slot, target, source)
        move.begin()
        while move.keys(100):
            pass
        if holds_s:
            threading.Timer(holds_s, self.watched.call, (lambda _: move.end(), None)).start()
        else:
            move.end()

    def once(self, node, action, others=None):
        """A hook: the action is done for this node when the others are scanned; once."""
        is_done = threading.Event()
        others = set(self.nodes) - {node} if others is None else set(others)

        def hook(now):
            if now is node and not is_done.is_set():
                is_done.set()
                wait_until(lambda: others <= self.watched.scanned, "the other nodes are scanned")
                action()

        self.watched.scanned.clear()
        return hook

    def arm(self, how):
        self.watched.after_scan = lambda node: None
        holds_s = 1 if how == "half-way" else 0
        self.watched.before_scan = self.once(self.source, lambda: self.move(self.source, self.target, holds_s))
        if how == "away and back":
            self.watched.after_scan = self.once(self.source, lambda: self.move(self.target, self.source))

    def settle(self):
        """The slot ends up where it began."""
        self.watched.before_scan = self.watched.after_scan = lambda node: None
        self.cluster.wait_whole()
        if self.cluster.owner(self.slot) is self.target:
            self.move(self.target, self.source)

    @unittest.skipIf(harness.METHOD == "columns", "the nodes index by themselves")
    def test_every_row_is_indexed(self):
        self.load()
        for how in self.WAYS:
            with self.subTest(how=how):
                self.arm(how)
                self.client.call("DATASET", "REINDEX", "w47")
                wait_until(lambda: describe(self.client, "w47")["state"] == b"live", "the index", 60)
                self.settle()
                self.assertEqual(self.client.call("QUERY", "count a in [0,3] from w47"), [self.NROWS // 4] * 4)
                self.assertEqual(verify(self.client, "w47"), (self.NROWS, 0))

    @unittest.skipIf(harness.METHOD == "columns", "the nodes verify by themselves")
    def test_every_row_is_verified(self):
        self.load()
        self.source.ask("DEL", b"w47:rows" + self.tag)
        found = verify(self.client, "w47")
        self.assertGreater(found[1], 0)
        for how in self.WAYS:
            with self.subTest(how=how):
                self.arm(how)
                during = verify(self.client, "w47")
                self.settle()
                self.assertEqual(during, found)

    @unittest.skipIf(harness.METHOD == "columns", "the nodes verify by themselves")
    def test_a_partition_moves_while_it_is_verified(self):
        """A cursor of one node is of no use at another, where a set has another order."""
        self.client.call("DATASET", "CREATE", "w48", "PREFIX", "other_", "PARTITIONS", 1)
        write_rows(self.client, "other_", 2000, a=lambda i: i % 2000, b=lambda i: i % 31)
        before = self.client.call("DATASET", "VERIFY", "w48")
        self.slot, self.source, self.target = 8192, self.nodes[1], self.nodes[2]
        self.watched.before_walk = self.once(self.source, lambda: self.move(self.source, self.target), ())
        self.assertEqual(self.client.call("DATASET", "VERIFY", "w48"), before)
        self.assertIs(self.cluster.owner(self.slot), self.target)

    @unittest.skipIf(harness.METHOD == "columns", "test_every_row_is_removed_by_columns")
    def test_every_row_is_removed(self):
        self.load()
        self.arm("whole")
        self.client.call("DATASET", "DROP", "w47")
        wait_until(lambda: "w47" not in listed(self.client), "the drop", 60)
        self.assertEqual(self.left(), [])

    @unittest.skipIf(harness.METHOD != "columns", "test_every_row_is_removed")
    def test_every_row_is_removed_by_columns(self):
        """Nodes are scanned one after the other here; all rows are in the slot that moves, from the last one."""
        self.source, self.target = self.nodes[-1], self.nodes[0]
        tag = next(i for i in range(1000) if self.cluster.owner(slot_of("{%d}" % i)) is self.source)
        self.slot = slot_of("{%d}" % tag)
        write_rows(self.client, "w47:profile_{%d}" % tag, 100, a=lambda i: i % 4)
        self.arm("whole")
        self.client.call("DATASET", "DROP", "w47")
        wait_until(lambda: "w47" not in listed(self.client), "the drop", 60)
        self.assertEqual(self.left(), [])

    def left(self):
        return [key for node in self.nodes for key in node.ask("KEYS", "w47:*") if b":index:state" not in key]


class Indexing(unittest.TestCase):
    @unittest.skipIf(harness.METHOD == "columns", "the work is done too soon; test_columns has its own")
    def test_counts_are_right_or_say_how_far_it_is(self):
        with Server(2) as server, server.client() as client:
            nrows = 30000
            write_rows(client, "profile_", nrows, a=lambda i: i % 4, b=lambda i: i % 97)
            percents, right, turns = [], 0, 0
            while turns < 2 or (len(set(percents)) <= 2 and turns < 20):  # how often we get to ask is the machine's
                turns += 1
                client.call("DATASET", "REINDEX", "current")
                state = b"indexing"
                while state != b"live":
                    try:
                        self.assertEqual(client.call("QUERY", "count a in [0,3] from current nocache"), [nrows // 4] * 4)
                        right += 1
                    except ReplyError as error:
                        self.assertRegex(error.text, r"^INDEXING \d+%: ")
                        percents.append(int(error.text.split()[1].rstrip("%:")))
                    for command in (("DBSIZE",), ("DATASET", "VERIFY", "current"), ("DATASET", "REPAIR", "current")):
                        try:
                            reply = client.call(*command)
                            self.assertEqual(reply if command == ("DBSIZE",) else reply[1], nrows)
                        except ReplyError as error:
                            self.assertRegex(error.text, r"^INDEXING ")
                    state = describe(client, "current")["state"]
            self.assertGreater(len(set(percents)), 2, percents)
            self.assertEqual(verify(client, "current"), (nrows, 0))
            server.stop()

    def test_a_dataset_can_be_dropped_while_it_is_indexed(self):
        with Server(2) as server, server.client() as client, embedded_shards(server) as shards:
            client.call("DATASET", "CREATE", "w46", "PREFIX", "profile_")
            write_rows(client, "w46:profile_", 6000, a=lambda i: i % 4, b=lambda i: i % 97)
            client.call("DATASET", "REINDEX", "w46")
            client.call("DATASET", "DROP", "w46")
            wait_until(lambda: "w46" not in listed(client), "the drop")
            self.assertEqual([key for key in shards.keys("w46:*") if b":index:state" not in key], [])
            server.stop()


if __name__ == "__main__":
    harness.main()
