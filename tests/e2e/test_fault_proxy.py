"""The tools themselves: fault_proxy.py's faults are those it names, seen with a plain redis-server behind it."""

import os
import time
import unittest

from fault_proxy import FaultProxy, PassingNode, ScriptedNode, moved
from quipu_harness import REPLY_TIMEOUT_S, Client, Closed, Redis, ReplyError, main, wait_until


class Behind(unittest.TestCase):
    """A redis-server with a TCP port."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis(tcp=True)
        cls.addClassCleanup(cls.redis.close)
        cls.target = cls.redis.address

    def setUp(self):
        self.proxy = FaultProxy(self.target)
        self.addCleanup(self.proxy.close)
        self.client = self.new_client()
        self.client.call("PING")


    def new_client(self):
        client = Client(("127.0.0.1", self.proxy.port))
        self.addCleanup(client.close)
        return client


class Proxy(Behind):
    def test_passes_all_bytes(self):
        value = os.urandom(3_000_000)
        self.assertEqual(self.client.call("SET", "big", value), b"OK")
        self.assertEqual(self.client.call("GET", "big"), value)

    def test_latency(self):
        self.proxy.latency_ms = 60
        started = time.monotonic()
        self.client.call("PING")
        self.assertGreater(time.monotonic() - started, 0.11)
        started = time.monotonic()
        self.client.pipeline([("PING",)] * 500)  # late, but not slow
        self.assertLess(time.monotonic() - started, 15)  # one after the other they would take a minute

    def test_slices(self):
        self.proxy.slice_bytes = 1
        self.client.call("SET", "sliced", "x" * 3000)
        pieces = []
        self.client.send("GET", "sliced")
        while sum(map(len, pieces)) < 3000:
            pieces.append(self.client.socket.recv(65536))
        self.assertGreater(len(pieces), 3)

    def test_stall(self):
        self.proxy.stall()
        self.client.socket.settimeout(0.3)
        self.client.send("PING")
        with self.assertRaises(TimeoutError):
            self.client.read()
        self.client.socket.settimeout(REPLY_TIMEOUT_S)
        self.proxy.go_on()
        self.assertEqual(self.client.read(), b"PONG")

    def test_stalled_replies(self):
        self.proxy.stall_replies()
        self.client.send("SET", "stalled", "1")
        with Client(self.target) as beside:
            wait_until(lambda: beside.call("GET", "stalled") == b"1", "the request at the server")
        self.client.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            self.client.read()
        self.client.socket.settimeout(10)
        self.proxy.go_on()
        self.assertEqual(self.client.read(), b"OK")

    def test_reset(self):
        self.client.call("PING")
        self.assertEqual(self.proxy.reset_all(), 1)
        with self.assertRaises((ConnectionResetError, Closed)):
            self.client.call("PING")
        self.proxy.refuses = True
        with self.assertRaises((ConnectionResetError, Closed)):
            self.new_client().call("PING")

    def test_cut(self):
        self.proxy.cut_after(3)
        with Client(("127.0.0.1", self.proxy.port)) as client:
            client.send("PING")
            self.assertEqual(client.socket.recv(100), b"+PO")
            self.assertEqual(client.socket.recv(100), b"")
        self.assertEqual(self.client.call("PING"), b"PONG")


class Scripted(Behind):
    def test_says_what_it_is_told(self):
        with ScriptedNode() as node:
            node.answer = lambda words: moved(words[1], self.proxy.address) if words[0] == b"GET" else b"+OK\r\n"
            with Client(("127.0.0.1", node.port)) as client:
                self.assertEqual(client.call("SET", "foo", "bar"), b"OK")
                with self.assertRaises(ReplyError) as caught:
                    client.call("GET", "foo")
                self.assertEqual(caught.exception.text, "MOVED 12182 " + self.proxy.address)
                node.say(b"+unasked\r\n")
                self.assertEqual(client.read(), b"unasked")
            self.assertEqual(node.asked_for("GET"), 1)

    def test_half_a_reply_and_the_end(self):
        with ScriptedNode(lambda words: [b"$10\r\nhal", b"f"]) as node:
            with Client(("127.0.0.1", node.port), timeout=0.5) as client:
                client.send("GET", "a")
                with self.assertRaises(TimeoutError):
                    client.read()
            node.answer = lambda words: ScriptedNode.END
            with Client(("127.0.0.1", node.port)) as client:
                client.send("GET", "a")
                with self.assertRaises((Closed, ConnectionResetError)):
                    client.read()

    def test_in_front_of_a_real_one(self):
        with PassingNode(self.target) as node:
            node.answer = lambda words: b"-LOADING no\r\n" if words[0] == b"GET" else None
            with Client(("127.0.0.1", node.port)) as client:
                self.assertEqual(client.call("SET", "foo", "bar"), b"OK")
                with self.assertRaises(ReplyError):
                    client.call("GET", "foo")
                node.answer = lambda words: None
                self.assertEqual(client.call("GET", "foo"), b"bar")


if __name__ == "__main__":
    main()
