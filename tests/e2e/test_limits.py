"""What a user's limits are: a rate, queries at the same time, cells."""

import re
import time

import quipu_harness as harness
from access_harness import AccessCase


class Limits(AccessCase):
    def test_a_rate_slows_down_and_refuses_nothing(self):
        self.serve("--user", "slow on >pw +@all rate:20")
        other = self.client()
        slow = self.client("slow", "pw")
        started = time.monotonic()
        slow.send_bytes(b"".join(harness.encode(("ECHO", str(i))) for i in range(50)))
        self.assertEqual([slow.read() for _ in range(10)], [b"%d" % i for i in range(10)])
        self.assertEqual(other.call("PING"), b"PONG")
        self.assertLess(time.monotonic() - started, 60)
        self.assertEqual([slow.read() for _ in range(40)], [b"%d" % i for i in range(10, 50)])
        took = time.monotonic() - started
        # 20 at once (one of them was AUTH, before it was slow's), 30 more at 20 a second
        self.assertGreater(took, 1.3)
        self.assertLess(took, 60)

    def test_a_client_that_waits_for_its_rate_can_leave_or_be_killed(self):
        self.serve("--client-rate-limit", "2", "--timeout", "1")
        clients = [self.client() for _ in range(2)]
        for client in clients:
            client.send_bytes(harness.encode(("PING",)) * 8)
        self.assertEqual([clients[0].read() for _ in range(8)], [b"PONG"] * 8)
        clients[1].close()
        again = self.client()
        again.send_bytes(harness.encode(("CLIENT", "ID")) + harness.encode(("PING",)) * 8)
        self.assertEqual(self.client().call("CLIENT", "KILL", "ID", again.read()), 1)
        self.assertTrue(again.is_closed())
        self.assertEqual(self.client().call("CONFIG", "SET", "client-rate-limit", "0"), b"OK")
        self.assertEqual(self.client().pipeline([("PING",)] * 100), [b"PONG"] * 100)

    def test_queries_at_the_same_time(self):
        """All are answered, in order, and INFO, asked in their midst, sees two at most."""
        self.serve("--client-max-queries", "2")
        client = self.client()
        client.pipeline([("HSET", "profile_%d" % i, "a", i % 5) for i in range(200)])
        queries = [("QUERY", "count from current where a = %d" % (i % 5)) for i in range(100)]
        replies = client.pipeline([command for query in queries for command in (query, ("INFO", "stats"))])
        self.assertEqual(replies[0::2], [40] * 100)
        running = [int(re.search(rb"queries_running:(\d+)", info).group(1)) for info in replies[1::2]]
        self.assertLessEqual(max(running), 3)  # one that is just answered is still among them
        self.assertEqual(client.call("CONFIG", "SET", "client-max-queries", "1"), b"OK")
        self.assertEqual(client.pipeline(queries), [40] * 100)

    def test_cells(self):
        self.serve("--user", "ann on nopass +@all alldatasets max-cells:60")
        client, ann = self.client(), self.client("ann", "")
        four = "count a in [0,3] from current"
        self.assertEqual(ann.pipeline([("QUERY", four)] * 100), [[0] * 4] * 100)
        forty = "count a in [0,7], b in [1,5] from current"
        self.assertEqual(ann.pipeline([("QUERY", forty), ("QUERY", four)] * 50), [[[0] * 5] * 8, [0] * 4] * 50)
        self.assert_refused("LIMIT client-max-cells is 60, the query asks for 61", ann, "QUERY",
                            "count a in [0,60] from current")
        self.assertEqual(len(client.call("QUERY", "count a in [0,60] from current")), 61)
        self.assertEqual(ann.call("QUERY", "explain count a in [0,60] from current")[0][:5], b"query")
        client.pipeline([("HSET", "profile_%d" % i, "a", i) for i in range(61)])
        self.assert_refused("LIMIT max-cells is 60, the answer has more", ann, "QUERY", "count a from current")
        self.assertEqual(client.call("CONFIG", "SET", "client-max-cells", "3"), b"OK")
        self.assertEqual(ann.call("QUERY", four), [1] * 4)
        self.assert_refused("LIMIT client-max-cells is 3, the query asks for 4", client, "QUERY", four)

    def test_a_client_that_leaves_while_its_queries_wait_for_cells(self):
        self.serve("--client-max-cells", "4")
        for _ in range(20):
            client = self.client()
            client.send_bytes(harness.encode(("QUERY", "count a in [0,3] from current nocache")) * 50)
            client.read()
            client.close()
        self.assertEqual(self.client().call("QUERY", "count a in [0,3] from current"), [0] * 4)
        self.server.wait_until(lambda: harness.info(self.client())["queries_running"] == "0", "all ended")


if __name__ == "__main__":
    harness.main()
