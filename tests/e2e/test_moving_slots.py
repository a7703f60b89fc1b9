"""Counts and ROWS by columns while a cluster's slots move without a pause: every one answers, and is exact.

At any moment at least one slot is under way, so that a count that waits for a moment in which none is would wait for ever. Rows
are written meanwhile: what a count may then answer is known to within the writes that ran beside it, and where rows only change
their value, exactly. Nothing here depends on how quick the machine is."""

import os
import random
import threading
import time
import unittest

from cluster_harness import Cluster, SlotMove, slot_of
from quipu_harness import MODULE, REDIS_SERVER, Server, main, pairs, sanitizer_env, servers, wait_until

STILL, FLIPPING, TAGS = 900, 60, ("alpha", "beta", "gamma", "delta", "eps", "zeta")
DEADLINE = " timeout 120000"


def tag_of(i):
    return TAGS[i % len(TAGS)]


class Reshard:
    """Moves the tags' slots from master to master, key by key, and always two at a time: one begins before another ends."""

    def __init__(self, cluster, keys_at_once=1):
        self.cluster, self.keys_at_once = cluster, keys_at_once
        self.over = threading.Event()
        self.nmoves, self.wrong = 0, []
        self.masters = cluster.masters()
        self.owners = {slot_of("{%s}" % tag): cluster.owner(slot_of("{%s}" % tag)) for tag in TAGS}
        self.begun = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        self.begun.wait()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(120)
        if self.thread.is_alive():
            self.wrong.append("a slot does not end to move")

    def begin(self, slot):
        source = self.owners[slot]
        target = random.choice([node for node in self.masters if node is not source])
        move = SlotMove(self.cluster, slot, target, source)
        move.begin()
        return move

    def run(self):
        try:
            slots = list(self.owners)
            under_way = [self.begin(slots[0])]
            self.begun.set()
            at = 1
            while not self.over.is_set():
                under_way.append(self.begin(slots[at % len(slots)]))
                at += 1
                move = under_way.pop(0)
                while move.keys(self.keys_at_once):
                    pass
                move.end()
                self.owners[move.slot] = move.target
                self.nmoves += 1
            for move in under_way:
                while move.keys(100):
                    pass
                move.end()
        except Exception as error:  # a thread's exception is the test's
            self.wrong.append("reshard: %r" % error)
        finally:
            self.begun.set()


class AtomicReshard(Reshard):
    """Valkey 9 moves slots as a whole. Every third move is cancelled when all of it has been imported."""

    def ask_jobs(self, node):
        jobs = (dict(zip(job[::2], job[1::2])) for job in node.ask("CLUSTER", "GETSLOTMIGRATIONS"))
        return {job[b"name"]: job[b"state"].decode() for job in jobs if job[b"operation"] == b"EXPORT"}

    def begin(self, first, last, target):
        source = self.cluster.owner(first)
        known = self.ask_jobs(source)
        source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", first, last, "NODE", target.id)
        return source, next(name for name in self.ask_jobs(source) if name not in known)

    def wait_for(self, source, name, *states):
        wait_until(lambda: self.ask_jobs(source)[name] in states + ("failed", "cancelled"), "a move is %s" % (states,), 120)
        return self.ask_jobs(source)[name]

    def move(self):
        first, last, source, _ = random.choice([range for range in self.cluster.slots() if range[1] > range[0]])
        last = random.randint(first, last)
        target = random.choice([node for node in self.masters if node is not source])
        is_cancelled = self.nmoves % 3 == 2
        if is_cancelled:
            source.ask("DEBUG", "SLOTMIGRATION", "PREVENT-PAUSE", "1")
        source, name = self.begin(first, last, target)
        if is_cancelled:
            if self.wait_for(source, name, "waiting-to-pause") == "waiting-to-pause":
                source.ask("CLUSTER", "CANCELSLOTMIGRATIONS")
            source.ask("DEBUG", "SLOTMIGRATION", "PREVENT-PAUSE", "0")
        self.wait_for(source, name, "success")  # or it failed: a busy machine takes too long for Valkey
        self.cluster.wait_whole()
        self.nmoves += 1

    def run(self):
        self.begun.set()
        try:
            while not self.over.is_set():
                self.move()
        except Exception as error:
            self.wrong.append("reshard: %r" % error)


class Writers:
    """Rows that flip between two values, and rows that come and stay."""

    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.wrong, self.begun, self.there = [], 0, 0
        self.threads = [threading.Thread(target=self.guard, args=(run,)) for run in (self.flip, self.come)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(120)

    def guard(self, run):
        try:
            with self.server.client(timeout=120) as client:
                while not self.over.is_set():
                    run(client)
        except Exception as error:
            self.wrong.append("%s: %r" % (run.__name__, error))

    def flip(self, client):
        i = random.randrange(FLIPPING)
        client.call("HSET", "profile_f%d{%s}" % (i, tag_of(i)), "a", random.choice("12"))

    def come(self, client):
        i = self.begun
        self.begun += 1
        client.call("HSET", "profile_c%d{%s}" % (i, tag_of(i)), "kind", "come", "a", i % 3)
        self.there += 1
        time.sleep(0.002)


class MovingSlots:
    """What is the same for every server; its words are server and options."""

    SERVER, METHOD, REPLICAS, RESHARD, MOVES = REDIS_SERVER, "columns", 0, Reshard, 30

    @classmethod
    def setUpClass(cls):
        os.environ.update(sanitizer_env())
        cls.cluster = Cluster(masters=3, replicas=cls.REPLICAS, node_timeout_ms=15000, server=cls.SERVER,
                              options=["--loadmodule", MODULE, "inline-us", "200"])
        cls.server = Server(shard_words=["cluster", cls.cluster.seeds()[0]], options=["--method", cls.METHOD])
        cls.client = cls.server.client(timeout=180)
        for i in range(STILL):
            cls.client.call("HSET", "profile_s%d{%s}" % (i, tag_of(i)), "kind", "still", "a", i % 3, "b", i % 7)
            cls.client.call("HSET", "profile_%d" % i, "kind", "still", "a", i % 3, "b", i % 7)
        for i in range(FLIPPING):
            cls.client.call("HSET", "profile_f%d{%s}" % (i, tag_of(i)), "kind", "flip", "a", "1")

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.server.close()
        cls.cluster.close()

    def count(self, text):
        return self.client.call("QUERY", text + DEADLINE)

    def check_still(self, count):
        """Rows that nobody writes, by each form of an answer."""
        self.assertEqual(count("count from current where kind = still"), 2 * STILL)
        self.assertEqual(count("count a in [0,2] from current where kind = still"), [2 * STILL // 3] * 3)
        self.assertEqual(count("count from current where !(kind = still) && kind in {flip}"), FLIPPING)
        rows = count("count b, a by 2 from current where kind = still")
        self.assertEqual(sum(row[-1] for row in rows), 2 * STILL)
        self.assertEqual(sorted({row[0] for row in rows}), [b"%d" % i for i in range(7)])
        nested = count("count b, missing_field from current where kind = still format nested")
        self.assertEqual(len(nested), 7)
        self.check_rows(count)

    def check_rows(self, query):
        """ROWS of rows that nobody writes: each once, in order, whatever was walked over or asked for by name."""
        want = [[name, b"%d" % (i % 7)] for i in range(STILL) for name in (b"profile_s%d{%s}" % (i, tag_of(i).encode()), b"profile_%d" % i)]
        self.assertEqual(query("rows b from current where kind = still"), sorted(want))
        want.sort(key=lambda row: (-int(row[1]), row[0]))
        self.assertEqual(query("rows b from current where kind = still order by b desc limit 250 offset 200"), want[200:450])

    def test_counts_answer_and_are_exact(self):
        at_least = self.count("count from current where kind = come")
        with self.RESHARD(self.cluster) as reshard, Writers(self.server) as writers:
            while reshard.nmoves < self.MOVES and not reshard.wrong:
                self.check_still(self.count)
                self.assertEqual(sum(self.count("count a in [1,2] from current where kind = flip")), FLIPPING)
                flips = self.count("rows a from current where kind = flip")
                self.assertEqual([name for name, _ in flips], sorted(b"profile_f%d{%s}" % (i, tag_of(i).encode()) for i in range(FLIPPING)))
                before = writers.there
                came = self.count("count from current where kind = come")
                self.assertTrue(before <= came <= writers.begun, (before, came, writers.begun))
                self.assertGreaterEqual(came, at_least)
                at_least = came
        self.assertEqual(reshard.wrong + writers.wrong, [])
        self.cluster.wait_whole()
        self.check_still(self.count)
        self.assertEqual(self.count("count from current where kind = come"), writers.there)
        self.verify()

    def test_rows_of_a_move_that_is_given_up_are_not_counted(self):
        """Key by key, given up half way: what has arrived belongs to nobody until somebody moves it on."""
        if self.METHOD != "columns":
            self.skipTest("by sets a slot that is not whole is waited for")
        slot = slot_of("{alpha}")
        source = self.cluster.owner(slot)
        target = next(node for node in self.cluster.masters() if node is not source)
        move = SlotMove(self.cluster, slot, target, source)
        move.begin()
        self.assertEqual(move.keys(7), 7)
        self.check_still(self.count)
        everything = self.count("count from current")
        for node in (source, target):
            node.ask("CLUSTER", "SETSLOT", slot, "STABLE")
        self.assertEqual(self.count("count from current"), everything - 7)
        self.assertEqual(sum(node.ask("QUIPU.COUNT", "count from current") for node in self.cluster.masters()), everything - 7)
        self.assertEqual(pairs(target.ask("QUIPU.VERIFY", "current"))["mismatches"], 0)
        move.begin()
        self.assertEqual(self.count("count from current"), everything)
        while move.keys(10):
            pass
        move.end()
        self.cluster.wait_whole()
        self.check_still(self.count)
        self.verify()

    def test_zz_a_node_that_joins_is_filled(self):
        """It owns nothing, so no map has it, and it has not heard of a dataset that was made before it came."""
        if self.METHOD != "columns":
            self.skipTest("by sets a slot that is not whole is waited for")
        self.client.call("DATASET", "CREATE", "joined", "PREFIX", "joined_", "METHOD", "COLUMNS")
        for i in range(300):
            self.client.call("HSET", "joined_%d{%s}" % (i, tag_of(i)), "a", i % 3)
        node = self.cluster.add_node(join=True)
        self.cluster.wait_whole()
        for tag in TAGS[:2]:
            move = SlotMove(self.cluster, slot_of("{%s}" % tag), node)
            move.begin()
            for _ in range(3):
                self.assertEqual(move.keys(9), 9)
                self.assertEqual(self.count("count a in [0,2] from joined"), [100, 100, 100])
                self.check_still(self.count)
            while move.keys(100):
                pass
            move.end()
            self.assertEqual(self.count("count from joined"), 300)
        self.cluster.wait_whole()
        self.check_still(self.count)

    def verify(self):
        if self.METHOD == "sets":
            found = pairs(self.client.call("DATASET", "VERIFY", "current"))
            self.assertEqual(found["mismatches"], 0, found)
            return
        for node in self.cluster.running():
            with node.client() as client:
                reply = client.call("QUIPU.VERIFY", "current", "DEEP")
                found = dict(zip(reply[::2], reply[1::2]))
                self.assertEqual(found[b"mismatches"], 0, found)
        for master in self.cluster.masters():
            for replica in self.cluster.replicas_of(master):
                rows = master.ask("QUIPU.COUNT", "count from current")
                wait_until(lambda: replica.ask("QUIPU.COUNT", "count from current") == rows, "a replica has its master's rows")
        alone = [node.ask("QUIPU.COUNT", "count from current") for node in self.cluster.masters()]
        self.assertEqual(sum(alone), self.count("count from current"))


class OnRedis(MovingSlots, unittest.TestCase):
    pass


VALKEY_9 = servers().get("valkey-9")


@unittest.skipUnless(VALKEY_9, "build/servers has no valkey-9: scripts/setup --servers")
class Atomic(MovingSlots, unittest.TestCase):
    """CLUSTER MIGRATESLOTS: what is imported is not counted before the slot is owned, nor when the move was given up."""

    SERVER, RESHARD, MOVES, REPLICAS = VALKEY_9, AtomicReshard, 12, 1

    def test_what_is_imported_is_staged(self):
        source, target = self.cluster.masters()[:2]
        first, last = next((low, high) for low, high, owner, _ in self.cluster.slots() if owner is source)
        rows = {node: node.ask("QUIPU.COUNT", "count from current") for node in self.cluster.masters()}
        reshard = AtomicReshard(self.cluster)
        replica = self.cluster.replicas_of(target)[0]
        for how in ("cancelled", "lost", "done"):
            with self.subTest(how):
                source.ask("DEBUG", "SLOTMIGRATION", "PREVENT-PAUSE", "1")
                _, name = reshard.begin(first, last, target)
                self.assertEqual(reshard.wait_for(source, name, "waiting-to-pause"), "waiting-to-pause")
                held = pairs(target.ask("QUIPU.INFO", "current"))["rows"]
                self.assertGreater(held, rows[target])
                for node in rows:
                    self.assertEqual(node.ask("QUIPU.COUNT", "count from current"), rows[node])
                    self.assertEqual(pairs(node.ask("QUIPU.VERIFY", "current"))["mismatches"], 0)
                wait_until(lambda: pairs(replica.ask("QUIPU.INFO", "current"))["rows"] == held, "the replica has it, too")
                self.assertEqual(replica.ask("QUIPU.COUNT", "count from current"), rows[target])
                self.check_still(self.count)
                if how == "cancelled":
                    source.ask("CLUSTER", "CANCELSLOTMIGRATIONS")
                elif how == "lost":
                    for client in target.ask("CLIENT", "LIST").decode().splitlines():
                        if "syncslots" in client:
                            target.ask("CLIENT", "KILL", "ID", client.split()[0].partition("=")[2])
                source.ask("DEBUG", "SLOTMIGRATION", "PREVENT-PAUSE", "0")
                ended = reshard.wait_for(source, name, "success")
                while how == "done" and ended == "failed":  # a busy machine took too long for Valkey
                    ended = reshard.wait_for(*reshard.begin(first, last, target), "success")
                self.assertEqual(ended, {"cancelled": "cancelled", "lost": "failed", "done": "success"}[how])
                if how == "done":
                    self.cluster.wait_whole()
                    self.assertEqual(target.ask("QUIPU.COUNT", "count from current"), held)
                else:
                    wait_until(lambda: pairs(target.ask("QUIPU.INFO", "current"))["rows"] == rows[target], "nothing is left")
                self.check_still(self.count)
                self.verify()


@unittest.skipUnless(VALKEY_9, "build/servers has no valkey-9: scripts/setup --servers")
class AtomicBySets(MovingSlots, unittest.TestCase):
    SERVER, RESHARD, MOVES, METHOD = VALKEY_9, AtomicReshard, 9, "sets"


def load_tests(loader, tests, pattern):
    """The same on every server that is there."""
    for name, program in servers().items():
        if name not in ("redis-7", "redis-8.0"):
            case = type("On_" + name.replace("-", "_"), (MovingSlots, unittest.TestCase), {"SERVER": program, "MOVES": 12})
            tests.addTests(loader.loadTestsFromTestCase(case))
    return tests


if __name__ == "__main__":
    main()
