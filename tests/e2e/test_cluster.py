"""Quipu in front of a real Redis Cluster: while slots move and nodes go, counts are right or errors, and no client hears of MOVED.

Where a master dies or hangs and a replica takes its place, Redis itself loses what it had acknowledged and not yet replicated: a value
that is older than the last one written is told apart there (lost), and is wrong everywhere else.
"""

import random
import threading
import time
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, slot_of
from quipu_harness import Closed, ReplyError, Server, pairs

ROWS = 400


class Load:
    """Clients that go on while the test does things to the cluster; what they see wrong is kept."""

    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.wrong = []
        self.lost = []
        self.errors = []
        self.counts = 0
        self.singles = 0
        self.written = {}
        self.doubtful = set()
        self.longest_error_s = 0.0
        self.threads = [threading.Thread(target=self.guard, args=(run,)) for run in (self.count, self.write, self.single)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(60)
            if thread.is_alive():
                self.wrong.append("a client is stuck")

    def guard(self, run):
        try:
            with self.server.client() as client:
                run(client)
        except Exception as error:  # a thread's exception is the test's
            self.wrong.append("%s: %r" % (run.__name__, error))

    def heard(self, error):
        text = error.text
        self.errors.append(text)
        if "MOVED" in error.code or error.code == "ASK":
            self.wrong.append(text)

    def count(self, client):
        while not self.over.is_set():
            try:
                cells = client.call("QUERY", "count value_1 in [0,3] from current where kind = fixed")
                self.counts += 1
                if cells != [ROWS // 4] * 4:
                    self.wrong.append("count %r" % (cells,))
            except ReplyError as error:
                self.heard(error)
                time.sleep(0.01)

    def write(self, client):
        """Rows whose value goes up: what was acknowledged must be there at the end."""
        i = 0
        while not self.over.is_set():
            i += 1
            key = "profile_w%d" % (i % 50)
            try:
                client.call("HSET", key, "kind", "moving", "n", i)
                self.written[key] = i
                self.doubtful.discard(key)
            except ReplyError as error:
                self.heard(error)
                self.doubtful.add(key)

    def single(self, client):
        """Plain keys: what was written is read."""
        random.seed(7)
        i = time.time_ns() // 1000000  # later tests write greater numbers
        while not self.over.is_set():
            i += 1
            key = "plain_%d" % random.randrange(200)
            try:
                client.call("SET", key, i)
                value = client.call("GET", key)
                self.singles += 1
                if value != b"%d" % i:
                    older = value is None or int(value) < i
                    (self.lost if older else self.wrong).append("GET %s is %r, not %d" % (key, value, i))
            except ReplyError as error:
                self.errors.append("single: " + error.text)
                self.heard(error)


class ClusterCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(masters=3, replicas=1, node_timeout_ms=1000, options=["--cluster-replica-validity-factor", "0"])
        cls.server = Server(shard_words=["cluster", cls.cluster.seeds()[-1]], options=["--partitions", "16"])
        cls.client = cls.server.client()
        for first in range(0, ROWS, 100):
            cls.client.pipeline(
                [("HSET", "profile_%d" % i, "kind", "fixed", "value_1", i % 4) for i in range(first, first + 100)]
            )

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.close()
        cls.cluster.close()

    def check_rows(self, load):
        """What was acknowledged is there, and the index agrees with the rows."""
        for key, n in load.written.items():
            if key not in load.doubtful:
                self.assertEqual(self.client.call("HGET", key, "n"), b"%d" % n, key)
        verify = pairs(self.client.call("DATASET", "VERIFY", "current"))
        self.assertEqual(verify["mismatches"], 0)

    def moving_slots(self):
        """Slots that hold partitions or plain keys, one of each master at least."""
        slots = []
        for low, high, owner, _ in self.cluster.slots():
            with owner.client() as node:
                full = [slot for slot in range(low, high + 1) if node.call("CLUSTER", "COUNTKEYSINSLOT", slot) > 3]
            slots += full[:2]
        return slots

    def test_1_any_node_leads_to_all_masters(self):
        self.assertEqual(pairs(self.client.call("DATASET", "INFO", "current"))["shards"], 3)
        self.assertEqual(self.client.call("QUERY", "count from current"), ROWS)
        keys = ["k%d" % i for i in range(100)]
        self.client.call("MSET", *[part for key in keys for part in (key, "v" + key)])
        self.assertEqual(self.client.call("MGET", *keys), [b"v" + key.encode() for key in keys])
        self.assertEqual(self.client.call("EXISTS", *keys, "nope", "profile_1"), 101)
        self.assertEqual(self.client.call("DEL", *keys), 100)
        with self.assertRaises(ReplyError) as caught:
            self.client.call("SINTERSTORE", "a", "b", "c")
        self.assertEqual(caught.exception.code, "CROSSSLOT")

    def test_2_counts_and_writes_while_slots_move(self):
        with Load(self.server) as load:
            time.sleep(0.5)
            for slot in self.moving_slots():
                owner = self.cluster.owner(slot)
                target = next(node for node in self.cluster.masters() if node is not owner)
                move = self.move_begin(slot, target)
                while move.keys(5):
                    time.sleep(0.01)
                time.sleep(0.1)
                move.end()
            self.server.wait_until(lambda: load.counts > 20, "counts beside it", 120)
        self.assertEqual(load.wrong + load.lost, [])
        self.assertEqual([text for text in load.errors if text.startswith("single")], [])
        self.assertEqual(load.errors, [], "a slot's move is waited for")
        self.check_rows(load)

    def elsewhere(self, slot):
        owner = self.cluster.owner(slot)
        return next(node for node in self.cluster.masters() if node is not owner)

    def test_2_what_waits_and_what_watches_follows_its_slot(self):
        slot = slot_of(b"{mv}")
        client, other = self.server.client(), self.server.client()
        client.call("MSET", "{mv}a", 1, "{mv}b", 1)

        client.send("BLPOP", "{mv}list", 20)  # waits at the old owner
        self.server.wait_until(lambda: b"blocked_clients:1" in other.call("INFO", "clients"), "BLPOP waits")
        watcher = self.server.client()
        watcher.call("WATCH", "{mv}a")
        move = self.move_begin(slot, self.elsewhere(slot))
        self.assertEqual(other.pipeline([("MULTI",), ("INCR", "{mv}a"), ("INCR", "{mv}b"), ("EXEC",)])[-1], [2, 2])
        self.assertEqual(move.keys(1), 1)
        left = move.source.ask("CLUSTER", "GETKEYSINSLOT", slot, 10)  # of itself, EXISTS of the one that went answers ASK
        first, second = (b"{mv}a", b"{mv}b") if b"{mv}b" in left else (b"{mv}b", b"{mv}a")
        for key in (first, second):  # one there, one here
            self.assertEqual(other.pipeline([("MULTI",), ("INCR", key), ("EXEC",)])[-1], [3])
            self.assertEqual(other.pipeline([("WATCH", key), ("MULTI",), ("INCR", key), ("EXEC",)])[-1], [4])
        waits = self.server.client()  # another BLPOP, of a key that is nowhere: it waits at the new owner
        waits.send("BLPOP", "{mv}new", 20)
        both = self.server.client()
        for words in (("MULTI",), ("INCR", "{mv}a"), ("INCR", "{mv}b"), ("EXEC",)):
            both.send(*words)
        time.sleep(0.2)
        while move.keys(1):
            pass
        move.end()
        self.assertEqual([both.read() for _ in range(4)][-1], [5, 5], "keys on both sides are waited for")
        self.assertEqual(other.call("RPUSH", "{mv}list", "x"), 1)
        self.assertEqual(client.read(), [b"{mv}list", b"x"])
        self.assertEqual(other.call("RPUSH", "{mv}new", "y"), 1)
        self.assertEqual(waits.read(), [b"{mv}new", b"y"])
        watcher.call("MULTI")
        watcher.call("SET", "{mv}a", "lost")
        self.assertIsNone(watcher.call("EXEC"), "what was watched at the old owner")
        self.assertEqual(watcher.pipeline([("WATCH", "{mv}a"), ("MULTI",), ("GET", "{mv}a"), ("EXEC",)])[-1], [b"5"])
        for each in (client, other, watcher, waits, both):
            each.close()

    def test_2_sharded_channels_are_found_where_their_slot_is(self):
        """Right behind a move the server's map is old; the shard says so, and the client does not hear it."""
        slot = slot_of(b"{sc}")
        for resp3 in (False, True):
            with self.server.client(resp3=resp3) as client, self.server.client() as other:
                move = self.move_begin(slot, self.elsewhere(slot))
                move.end()
                client.send("SSUBSCRIBE", "{sc}news", "{sc}weather")
                self.assertEqual([client.read(), client.read()],
                                 [[b"ssubscribe", b"{sc}news", 1], [b"ssubscribe", b"{sc}weather", 2]])
                self.assertEqual(other.call("SPUBLISH", "{sc}news", "x"), 1)
                self.assertEqual(client.read(), [b"smessage", b"{sc}news", b"x"])
                client.send("SUNSUBSCRIBE")
                self.assertEqual(sorted((client.read()[0], client.read()[0])), [b"sunsubscribe"] * 2)
                self.assertEqual(client.call("GET", "{sc}nothing"), None)

    def test_2_transactions_and_queues_while_their_slot_moves(self):
        slot, over, wrong = slot_of(b"{mq}"), threading.Event(), []
        done = {"watched": 0, "plain": 0, "sent": 0, "got": []}

        def increment(client):
            n = int(client.pipeline([("WATCH", "{mq}n"), ("GET", "{mq}n")])[1] or 0)
            done["watched"] += client.pipeline([("MULTI",), ("SET", "{mq}n", n + 1), ("EXEC",)])[-1] == [b"OK"]
            done["plain"] += 1
            self.assertEqual(client.pipeline([("MULTI",), ("INCR", "{mq}a"), ("INCR", "{mq}b"), ("EXEC",)])[-1],
                             [done["plain"]] * 2)

        def produce(client):
            client.call("RPUSH", "{mq}list", done["sent"])
            done["sent"] += 1
            time.sleep(0.002)

        def consume(client):
            popped = client.call("BLPOP", "{mq}list", 0.5)
            done["got"] += [int(popped[1])] if popped else []

        def run(step):
            try:
                with self.server.client() as client:
                    while not over.is_set():
                        step(client)
            except Exception as error:  # a thread's exception is the test's
                wrong.append("%s: %r" % (step.__name__, error))

        threads = [threading.Thread(target=run, args=(step,)) for step in (increment, produce, consume)]
        for thread in threads:
            thread.start()
        nmoves = 0
        while nmoves < 4 or (min(done["watched"], done["plain"], done["sent"]) <= 20 and not wrong and nmoves < 100):
            nmoves += 1
            move = self.move_begin(slot, self.elsewhere(slot))
            while move.keys(1):
                time.sleep(0.05)
            move.end()
            time.sleep(0.2)
        over.set()
        for thread in threads:
            thread.join(60)
        self.assertEqual(wrong, [])
        self.assertGreater(min(done["watched"], done["plain"], done["sent"]), 20, done)
        self.assertEqual(self.client.call("GET", "{mq}n"), b"%d" % done["watched"])
        rest = self.client.call("LRANGE", "{mq}list", 0, -1)
        self.assertEqual(done["got"] + [int(value) for value in rest], list(range(done["sent"])))

    def move_begin(self, slot, target):
        from cluster_harness import SlotMove

        move = SlotMove(self.cluster, slot, target)
        move.begin()
        return move

    def test_3_a_master_hands_over_to_its_replica(self):
        with Load(self.server) as load:
            time.sleep(0.3)
            master = self.cluster.masters()[0]
            self.cluster.failover(self.cluster.replicas_of(master)[0], "")
            time.sleep(1)
        self.assertEqual(load.wrong + load.lost, [])
        self.assertEqual([text for text in load.errors if text.startswith("single")], [])
        self.check_rows(load)

    def test_4_a_master_is_killed_and_replaced(self):
        with Load(self.server) as load:
            time.sleep(0.3)
            master = self.cluster.masters()[1]
            master.kill()
            self.cluster.wait_promoted(master)
            promoted = time.monotonic()
            self.server.wait_until(self.serves_all, "all slots are served again")
            self.assertLess(time.monotonic() - promoted, 5.0)  # a second, on a machine with nothing else to do
            before = load.counts
            self.server.wait_until(lambda: load.counts > before, "the next count", 60)
        master.start()
        self.assertEqual(load.wrong, [])
        self.cluster.wait_whole()

    def test_5_a_master_that_hangs_is_replaced(self):
        with Load(self.server) as load:
            time.sleep(0.3)
            master = self.cluster.masters()[0]
            master.pause()
            self.cluster.wait_promoted(master)
            promoted = time.monotonic()
            self.server.wait_until(self.serves_all, "all slots are served again")
            self.assertLess(time.monotonic() - promoted, 5.0)
            time.sleep(0.5)
            master.resume()
            time.sleep(0.5)
        self.assertEqual(load.wrong, [])
        self.cluster.wait_whole()
        verify = pairs(self.client.call("DATASET", "VERIFY", "current"))
        self.assertEqual(verify["mismatches"], 0)

    def serves_all(self):
        try:
            with self.server.client(timeout=2) as client:
                cells = client.call("QUERY", "count value_1 in [0,3] from current where kind = fixed timeout 500")
                return cells == [ROWS // 4] * 4 and all(
                    client.call("SET", "probe%d" % i, i) == b"OK" for i in range(20)
                )
        except (OSError, Closed, ReplyError):
            return False

    def test_6_a_second_server_counts_the_same(self):
        with Server(shard_words=["cluster", self.cluster.seeds()[0]], options=["--partitions", "16"]) as other:
            with other.client() as client:
                text = "count value_1, kind from current"
                self.assertEqual(client.call("QUERY", text), self.client.call("QUERY", text))


if __name__ == "__main__":
    harness.main()
