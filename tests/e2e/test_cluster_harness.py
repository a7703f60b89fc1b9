"""The tools themselves: what cluster_harness.py says has happened to a cluster has happened."""

import time
import unittest

from cluster_harness import Cluster, SlotMove, slot_of
from quipu_harness import ReplyError, main, wait_in_step


class ClusterHarness(unittest.TestCase):
    def test_slots(self):
        self.assertEqual(slot_of("123456789"), 0x31C3)  # the check value of CRC16 XMODEM
        self.assertEqual(slot_of("a{foo}b"), slot_of("foo"))
        self.assertEqual(slot_of("foo{}bar"), slot_of(b"foo{}bar"))

    def test_a_cluster_forms_and_loses_a_master(self):
        with Cluster(node_timeout_ms=1000) as cluster:
            masters = cluster.masters()
            self.assertEqual(len(masters), 3)
            self.assertEqual([len(cluster.replicas_of(master)) for master in masters], [1, 1, 1])
            self.assertEqual(cluster.owner(slot_of("foo")).ask("SET", "foo", "bar"), b"OK")

            # A slot moves: ASK while it is under way for keys that are gone, MOVED behind.
            source, target = cluster.owner(slot_of("foo")), masters[0]
            self.assertIsNot(source, target)
            move = SlotMove(cluster, slot_of("foo"), target)
            move.begin()
            self.assertEqual(source.ask("GET", "foo"), b"bar")
            self.assertEqual(move.keys(10), 1)
            with self.assertRaises(ReplyError) as caught:
                source.ask("GET", "foo")
            self.assertEqual(caught.exception.code, "ASK")
            move.end()
            with self.assertRaises(ReplyError) as caught:
                source.ask("GET", "foo")
            self.assertEqual(caught.exception.code, "MOVED")
            self.assertEqual(target.ask("GET", "foo"), b"bar")
            cluster.wait_whole()

            # The master that has it now dies; its replica has the key and the slots.
            replica = cluster.replicas_of(target)[0]
            with target.client() as at_master, replica.client() as at_replica:
                wait_in_step(at_master, at_replica)
            started = time.monotonic()
            target.kill()
            cluster.wait_promoted(target)
            self.assertLess(time.monotonic() - started, 15)
            self.assertEqual(replica.ask("GET", "foo"), b"bar")
            target.start()
            cluster.wait_whole()
            self.assertIn(target, cluster.replicas_of(replica))

            # And back, in good order.
            cluster.failover(target, "")
            cluster.wait_whole()
            self.assertIs(cluster.owner(slot_of("foo")), target)


if __name__ == "__main__":
    main()
