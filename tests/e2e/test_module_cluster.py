"""quipu.so in a real Redis Cluster: each node counts the rows of its settled slots, and says which those are; while a slot is
under way, its rows are told by name. So whoever adds up the nodes' counts is right or knows that he is not."""

import os
import random
import threading
import time
import unittest

from cluster_harness import SLOTS, Cluster, SlotMove, slot_of
from module_harness import MODULE, NamedRows, Partial, random_rows, read_rows, sanitizer_env, slots_of, verify, wait_indexed
from oracle import OpenDim, Query, count as oracle_count
from quipu_harness import ReplyError, main, wait_in_step, wait_until

TEXT = "count a, b from current"
QUERY = Query([OpenDim(b"a"), OpenDim(b"b")])


class Incomplete(Exception):
    """The nodes' counts cannot be added up: ask again."""


def ask(node, *words):
    try:
        return node.ask(*words)
    except ReplyError as error:
        if error.code != "TRYAGAIN":
            raise
        raise Incomplete(error.text)


def ask_all(nodes, text=TEXT, by_name=False):
    """The nodes' partial counts, added up: {(label, ...): count}. Complete, each slot once, or an exception. by_name: also
    while slots are under way: their rows by name, of the source first, of the target then."""
    total, seen, leaving = {}, [], {}
    for node in nodes:
        data, slots, named = ask(node, "QUIPU.PARTIAL", text)
        for cell, n in Partial(data).rows().items():
            total[cell] = total.get(cell, 0) + n
        seen += slots_of(slots)
        leaving.update(NamedRows(named).slots if by_name else {})
    for slot, (peer, rows) in leaving.items():
        target = next(node for node in nodes if node.id.encode() == peer.split()[0])
        if slot in seen:
            raise Incomplete("slot %d has arrived" % slot)
        seen.append(slot)
        found = NamedRows(ask(target, "QUIPU.ROWS", slot, text)).slots[slot][1]
        for cell in {**rows, **found}.values():
            if cell is not None and None not in cell:
                total[cell] = total.get(cell, 0) + 1
    if sorted(seen) != list(range(SLOTS)):
        raise Incomplete("%d slots, %d of them different" % (len(seen), len(set(seen))))
    return total


def truth(nodes):
    """Every row of the cluster, and what the oracle counts."""
    rows = {}
    for node in nodes:
        with node.client() as client:
            rows.update(read_rows(client))
    cells = oracle_count(QUERY, rows)
    a, b = QUERY.dims
    return {(a.labels[i], b.labels[j]): n for (i, j), n in cells.items()}


class InCluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        os.environ.update(sanitizer_env())
        cls.cluster = Cluster(masters=3, replicas=1, node_timeout_ms=15000, options=["--loadmodule", MODULE, "inline-us", "0"])
        cls.write(random_rows(random.Random(1), 6000))

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()

    @classmethod
    def write(cls, commands):
        """Each command to the node that has its key."""
        by_owner = {}
        slots = cls.cluster.slots()
        for command in commands:
            slot = slot_of(command[1])
            owner = next(owner for low, high, owner, _ in slots if low <= slot <= high)
            by_owner.setdefault(owner, []).append(command)
        for owner, own in by_owner.items():
            with owner.client() as client:
                errors = [reply for reply in client.pipeline(own) if isinstance(reply, ReplyError)]
                assert not errors, errors[:3]

    def check(self):
        masters = self.cluster.masters()
        self.assertEqual(ask_all(masters), truth(masters))
        for node in masters:
            with node.client() as client:
                self.assertEqual(verify(client)["mismatches"], 0)

    def test_nodes_add_up(self):
        self.check()
        masters = self.cluster.masters()
        alone = [node.ask("QUIPU.COUNT", "count from current") for node in masters]
        self.assertGreater(min(alone), 1000)
        self.assertEqual(sum(alone), sum(truth(masters).values()))

    def test_a_slot_under_way_is_refused_by_both_and_no_other(self):
        slot = slot_of("profile_17")
        source = self.cluster.owner(slot)
        target, third = [node for node in self.cluster.masters() if node is not source]
        move = SlotMove(self.cluster, slot, target)

        def refused(node):
            try:
                node.ask("QUIPU.COUNT", "count from current")
                return None
            except ReplyError as error:
                return error.text

        right = truth(self.cluster.masters())
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
        self.assertEqual(refused(target), "TRYAGAIN slot %d is on its way to this node" % slot)
        self.assertIsNone(refused(source))  # it has not heard yet, and has all its rows
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
        while move.keys(1):
            for node, way in ((source, "another"), (target, "this")):
                self.assertEqual(refused(node), "TRYAGAIN slot %d is on its way to %s node" % (slot, way))
                self.assertNotIn(slot, slots_of(node.ask("QUIPU.PARTIAL", TEXT)[1]))
            self.assertIsNone(refused(third))
            self.assertEqual(ask_all(self.cluster.masters(), by_name=True), right)
        with self.assertRaises(Incomplete):
            ask_all(self.cluster.masters())
        move.end()
        self.assertIs(self.cluster.owner(slot), target)
        self.assertIsNone(refused(source) or refused(target))
        self.check()
        self.cluster.wait_whole()

    def test_who_tells_the_rows_of_a_slot(self):
        slot = slot_of("profile_29")
        source = self.cluster.owner(slot)
        target, third = [node for node in self.cluster.masters() if node is not source]

        def refused(node):
            with self.assertRaises(ReplyError) as caught:
                node.ask("QUIPU.ROWS", slot, TEXT)
            return caught.exception.text

        nrows = len(NamedRows(source.ask("QUIPU.ROWS", slot, TEXT)).slots[slot][1])
        self.assertEqual(nrows, source.ask("CLUSTER", "COUNTKEYSINSLOT", slot))
        self.assertEqual(refused(target), "TRYAGAIN slot %d is not on its way to this node" % slot)
        move = SlotMove(self.cluster, slot, target, source)
        move.begin()
        move.keys(1)
        self.assertEqual(refused(source), "TRYAGAIN slot %d is not on its way to this node" % slot)
        self.assertEqual(refused(third), "TRYAGAIN slot %d is not on its way to this node" % slot)
        self.assertEqual(len(NamedRows(target.ask("QUIPU.ROWS", slot, TEXT)).slots[slot][1]), 1)
        while move.keys(1):
            pass
        move.end()
        self.assertEqual(len(NamedRows(target.ask("QUIPU.ROWS", slot, TEXT)).slots[slot][1]), nrows)
        for words in ((b"", TEXT), ("x", TEXT), ("16384", TEXT), ("1,,2", TEXT), (slot,)):
            with self.assertRaises(ReplyError):
                target.ask("QUIPU.ROWS", *words)
        self.cluster.wait_whole()
        self.check()

    def test_rows_that_went_back_are_told_by_how_long_ago(self):
        """MIGRATE at the target sends rows back, as `redis-cli --cluster fix` does: who added up would miss them."""
        slot = slot_of("profile_31")
        source = self.cluster.owner(slot)
        target = next(node for node in self.cluster.masters() if node is not source)
        move = SlotMove(self.cluster, slot, target, source)
        move.begin()
        move.keys(1)
        began = time.monotonic()
        quiet_us = NamedRows(target.ask("QUIPU.ROWS", slot, TEXT)).quiet_us
        self.assertGreater(quiet_us, 1000)
        keys = target.ask("CLUSTER", "GETKEYSINSLOT", slot, 1)
        source.ask("CLUSTER", "SETSLOT", slot, "STABLE")
        target.ask("MIGRATE", "127.0.0.1", source.port, "", 0, 20000, "KEYS", *keys)
        self.assertLess(NamedRows(target.ask("QUIPU.ROWS", slot, TEXT)).quiet_us, (time.monotonic() - began) * 1e6)
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target.id)
        while move.keys(1):
            pass
        move.end()
        self.cluster.wait_whole()
        self.check()

    def test_a_slot_of_too_many_rows_is_waited_for(self):
        slot, tag = slot_of("{much}"), "{much}"
        source = self.cluster.owner(slot)
        target = next(node for node in self.cluster.masters() if node is not source)
        rows = [("HSET", "profile_%s%d" % (tag, i), "a", 1, "b", "x") for i in range(100002)]
        with source.client() as client:
            for at in range(0, len(rows), 10000):
                client.pipeline(rows[at : at + 10000])
        right = truth(self.cluster.masters())
        move = SlotMove(self.cluster, slot, target, source)
        move.begin()
        with self.assertRaises(Incomplete):
            ask_all(self.cluster.masters(), by_name=True)
        move.keys(1)
        with self.assertRaises(Incomplete):
            ask_all(self.cluster.masters(), by_name=True)
        move.keys(1)
        self.assertEqual(ask_all(self.cluster.masters(), by_name=True), right)
        while move.keys(1000):
            pass
        move.end()
        self.cluster.wait_whole()
        with target.client() as client:
            for at in range(0, len(rows), 10000):
                client.pipeline([("DEL", row[1]) for row in rows[at : at + 10000]])
        self.check()

    def test_no_complete_answer_is_wrong_while_slots_move(self):
        masters = self.cluster.masters()
        right = truth(masters)
        stop, found = threading.Event(), {"complete": 0, "incomplete": 0, "wrong": []}

        def guard():
            try:
                keep_counting()
            except Exception as error:  # a thread's exception is the test's
                found["wrong"].append(repr(error))

        def keep_counting():
            while not stop.is_set():
                nodes = list(masters)
                random.shuffle(nodes)
                try:
                    answer = ask_all(nodes, by_name=random.random() < 0.5)
                except Incomplete:
                    found["incomplete"] += 1
                    continue
                found["complete"] += 1
                if answer != right:
                    found["wrong"].append(answer)

        threads = [threading.Thread(target=guard) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            i = 0
            while i < 40 or (min(found["complete"], found["incomplete"]) <= 5 and not found["wrong"] and i < 1000):
                slot = slot_of("profile_%d" % (100 + i))
                i += 1
                owner = self.cluster.owner(slot)
                target = next(node for node in masters if node is not owner)
                move = SlotMove(self.cluster, slot, target)
                move.begin()
                while move.keys(1):
                    pass
                move.end()
                time.sleep(0.01)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        print("%(complete)d answers, %(incomplete)d asked again" % found)
        self.assertEqual(found["wrong"], [])
        self.assertGreater(found["complete"], 5)
        self.assertGreater(found["incomplete"], 5)
        self.cluster.wait_whole()
        self.check()

    def test_a_replica_has_its_masters_rows_and_slots(self):
        master = self.cluster.masters()[0]
        replica = self.cluster.replicas_of(master)[0]
        self.write([("HSET", "profile_%d" % i, "a", "9", "b", "new") for i in range(10000, 10300)])
        with master.client() as at_master, replica.client() as at_replica:
            wait_in_step(at_master, at_replica)
        counted, slots = replica.ask("QUIPU.PARTIAL", TEXT)
        self.assertEqual((counted, slots), (master.ask("QUIPU.PARTIAL", TEXT)[0], b"replica"))
        with self.assertRaises(ReplyError):
            replica.ask("QUIPU.ROWS", 1, TEXT)
        with replica.client() as client:
            client.call("READONLY")
            self.assertEqual(verify(client)["mismatches"], 0)

    def test_a_slot_that_is_taken_away_takes_its_rows_with_it(self):
        """A node that hears that another has its slot drops the keys it still has, and tells no module."""
        slot = slot_of("profile_23")
        source = self.cluster.owner(slot)
        target = next(node for node in self.cluster.masters() if node is not source)
        nkeys = source.ask("CLUSTER", "COUNTKEYSINSLOT", slot)
        self.assertGreater(nkeys, 0)
        before = source.ask("QUIPU.COUNT", "count from current")
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source.id)
        SlotMove(self.cluster, slot, target, source).wait_newest()
        target.ask("CLUSTER", "SETSLOT", slot, "NODE", target.id)
        wait_until(lambda: source.ask("CLUSTER", "COUNTKEYSINSLOT", slot) == 0, "the slot's keys are gone")
        with source.client() as client:
            wait_indexed(client)  # INDEXING until then, which may be over before we ask
            self.assertEqual(client.call("QUIPU.COUNT", "count from current"), before - nkeys)
        self.cluster.wait_whole()
        self.check()

    def test_zz_a_promoted_replica_goes_on(self):
        master = self.cluster.masters()[1]
        replica = self.cluster.replicas_of(master)[0]
        with master.client() as at_master, replica.client() as at_replica:
            wait_in_step(at_master, at_replica)
        before = ask_all(self.cluster.masters())
        self.cluster.failover(replica, "")
        self.cluster.wait_whole()
        self.assertIn(replica, self.cluster.masters())
        self.assertEqual(ask_all(self.cluster.masters()), before)
        self.write(random_rows(random.Random(2), 2000, 20000))
        self.check()


if __name__ == "__main__":
    main()
