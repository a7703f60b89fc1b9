"""A shard, or the way to it, that misbehaves: replies nobody asked for, half ones, late ones, garbage, redirections without
end, a byte at a time. No client hears another's reply, the server stays, and it goes on when the shard does.

Between the endpoint and a real redis-server stands fault_proxy.py: as a proxy, or as a node that answers what it is told.
"""

import threading
import time
import unittest

import quipu_harness as harness
from fault_proxy import FaultProxy, PassingNode
from quipu_harness import Client, Closed, Redis, ReplyError, Server, encode


class BehindCase(unittest.TestCase):
    options = ("--shard-timeout", "400ms")

    def setUp(self):
        self.shard = Redis(tcp=True)
        self.addCleanup(self.shard.close)
        self.between = self.make_between()
        self.addCleanup(self.between.close)
        self.server = Server(shard_words=["static", "127.0.0.1:%d" % self.between.port], options=self.options)
        self.addCleanup(self.server.close)
        self.client = self.open()

    def open(self, **how):
        client = self.server.client(**how)
        self.addCleanup(client.close)
        return client

    def wait_serving(self, client=None):
        def serves():
            try:
                return (client or self.client).call("SET", "serving", "1") == b"OK"
            except ReplyError:
                return False

        self.server.wait_until(serves, "the shard is back")

    def be_patient(self):
        """Where no deadline is meant, a busy machine is to meet none."""
        self.client.call("CONFIG", "SET", "shard-timeout", "60s")

    def assert_down_or_timeout(self, *words, client=None):
        with self.assertRaises(ReplyError, msg="%r" % (words,)) as caught:
            (client or self.client).call(*words)
        self.assertIn(caught.exception.code, ("SHARDDOWN", "TIMEOUT", "ERR"), caught.exception.text)
        return caught.exception.text


class Says(BehindCase):
    """The shard says what Redis would not."""

    def make_between(self):
        return PassingNode(self.shard.address)

    def say(self, command, reply):
        """Instead of what redis-server would answer to this command."""
        self.between.answer = lambda words: reply if words[0].upper() == command else None

    def test_bytes_that_are_no_reply(self):
        for reply in (b"HTTP/1.1 400 Bad\r\n\r\n", b"$-2\r\n", b"$x\r\n", b"*99999999999999999999\r\n", b"\0\0\0\0\r\n"):
            self.wait_serving()
            self.say(b"GET", reply)
            with self.subTest(reply=reply):
                self.assert_down_or_timeout("GET", "k")
                self.between.answer = lambda words: None
                self.wait_serving()
                self.assertEqual(self.client.call("SET", "k", "v"), b"OK")
                self.assertEqual(self.client.call("GET", "k"), b"v")

    def test_replies_nobody_asked_for(self):
        """They end a connection at most: nobody's answer is one of them, and the server stays."""
        self.be_patient()
        self.client.call("SET", "k", "v")
        for unasked in (b"+OK\r\n", b"$5\r\nwrong\r\n", b"*0\r\n", b">2\r\n+message\r\n+x\r\n", b"-ERR no\r\n"):
            for _ in range(5):
                self.between.say(unasked)
                for _ in range(20):
                    try:
                        self.assertEqual(self.client.call("GET", "k"), b"v", unasked)
                    except ReplyError as error:
                        self.assertEqual(error.code, "SHARDDOWN")
            self.wait_serving()
            self.assertEqual(self.client.call("GET", "k"), b"v")
        self.assertIsNone(self.server.process.popen.poll())

    def test_half_a_reply_and_the_end(self):
        self.client.call("SET", "k", "v" * 1000)
        for half in (b"$", b"$1000\r\nvvv", b"*3\r\n$1\r\na\r\n", b"+O", b"*2\r\n*2\r\n:1\r\n"):
            self.wait_serving()
            with self.subTest(half=half):
                self.between.answer = self.half_then_end(half)
                try:
                    self.assert_down_or_timeout("GET", "k")
                except Closed:
                    # A reply whose beginning was sent on already can only end with its connection.
                    self.client = self.open()
                self.between.answer = lambda words: None
                self.wait_serving()
                self.assertEqual(self.client.call("GET", "k"), b"v" * 1000)

    def half_then_end(self, half):
        state = {"said": False}

        def answer(words):
            if words[0].upper() != b"GET":
                return PassingNode.END if state["said"] else None
            if state["said"]:
                return PassingNode.END
            state["said"] = True
            return half

        return answer

    def test_writes_are_sent_once(self):
        """The connection ends behind a write: it may have been carried out, so it is not sent again."""
        self.client.call("SET", "n", "0")
        asked = []

        def answer(words):
            if words[0].upper() == b"INCR":
                asked.append(words)
                return PassingNode.END
            return None

        self.between.answer = answer
        self.assert_down_or_timeout("INCR", "n")
        time.sleep(1)
        self.assertEqual(len(asked), 1)

    def test_a_late_reply_is_nobodys(self):
        """Each reply comes after its request has timed out: what is asked next gets its own."""
        for i in range(20):
            self.client.call("SET", "k%d" % i, "value-%d" % i)
        gate = threading.Event()

        def answer(words):
            if words[0].upper() == b"GET":
                gate.wait(0.7)
            return None

        self.between.answer = answer
        clients = [self.open() for _ in range(8)]
        for round_ in range(3):
            for i, client in enumerate(clients):
                client.send("GET", "k%d" % ((i + round_) % 20))
            for i, client in enumerate(clients):
                reply = client.read()
                if isinstance(reply, ReplyError):
                    self.assertIn(reply.code, ("TIMEOUT", "SHARDDOWN"))
                else:
                    self.assertEqual(reply, b"value-%d" % ((i + round_) % 20))
        gate.set()
        self.wait_serving()
        for i in range(20):
            self.assertEqual(self.client.call("GET", "k%d" % i), b"value-%d" % i)

    def test_redirections_without_end(self):
        """A node that sends everybody to itself: an error in time, not a loop."""
        self.between.answer = lambda words: (
            b"-MOVED 7186 127.0.0.1:%d\r\n" % self.between.port if words[0].upper() == b"GET" else None
        )
        started = time.monotonic()
        with self.assertRaises(ReplyError):
            self.client.call("GET", "k")
        self.assertLess(time.monotonic() - started, 10)
        self.assertLess(self.between.asked_for("GET"), 100)


class OnTheWay(BehindCase):
    """The network between them."""

    def make_between(self):
        return FaultProxy(self.shard.address)

    def test_a_byte_at_a_time(self):
        self.be_patient()
        self.between.slice_bytes = 1
        self.client.call("HSET", "h", "a", "1", "b", "")
        self.client.call("RPUSH", "l", *range(50))
        resp3 = self.open(resp3=True)
        for _ in range(3):
            self.assertEqual(self.client.call("HGETALL", "h"), [b"a", b"1", b"b", b""])
            self.assertEqual(resp3.call("HGETALL", "h"), {b"a": b"1", b"b": b""})
            self.assertEqual(self.client.call("LRANGE", "l", 0, -1), [b"%d" % i for i in range(50)])
        self.client.call("HSET", "profile_1", "sex", "f")
        self.assertEqual(self.client.call("QUERY", "count sex from current"), [[b"f", 1]])

    def test_a_byte_at_a_time_from_a_client(self):
        with FaultProxy(("127.0.0.1", self.server.port), slice_bytes=1) as proxy:
            with Client(("127.0.0.1", proxy.port)) as client:
                self.assertEqual(client.call("SET", "k", "\r\n$3\r\n"), b"OK")
                self.assertEqual(client.call("GET", "k"), b"\r\n$3\r\n")
                replies = client.pipeline([("INCR", "n")] * 50)
                self.assertEqual(replies, list(range(1, 51)))

    def test_stalled_answers_in_time_and_recovers(self):
        self.client.call("SET", "k", "v")
        self.between.stall()
        started = time.monotonic()
        self.assert_down_or_timeout("GET", "k")
        self.assertLess(time.monotonic() - started, 5)  # 0.4, and what a busy machine adds; the default would be 10
        started = time.monotonic()
        self.assert_down_or_timeout("QUERY", "count from current timeout 300 nocache")
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(self.client.call("PING"), b"PONG")
        self.between.go_on()
        self.wait_serving()
        self.assertEqual(self.client.call("GET", "k"), b"v")

    def test_resets_while_busy(self):
        """Connections reset again and again: every command is answered, by its own reply or an error."""
        stopping = threading.Event()
        wrong, right = [], []

        def run(number):
            with self.server.client() as client:
                i = 0
                while not stopping.is_set():
                    i += 1
                    text = b"%d:%d" % (number, i)
                    try:
                        reply = client.call("ECHO" if i % 3 == 0 else "EVAL", *([text] if i % 3 == 0 else ["return ARGV[1]", 1, "k", text]))
                        (right if reply == text else wrong).append(reply)
                    except ReplyError as error:
                        if error.code not in ("SHARDDOWN", "TIMEOUT"):
                            wrong.append(error.text)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for _ in range(10):
            time.sleep(0.15)
            self.between.reset_all()
        self.server.wait_until(lambda: len(right) > 100 or wrong, "answers beside it")
        stopping.set()
        for thread in threads:
            thread.join(60)
            self.assertFalse(thread.is_alive())
        self.assertEqual(wrong[:5], [])
        self.assertGreater(len(right), 100)
        self.wait_serving()

    def test_refused_then_back(self):
        self.between.refuses = True
        self.between.reset_all()
        self.assert_down_or_timeout("GET", "k")
        time.sleep(1)
        self.between.refuses = False
        started = time.monotonic()
        self.wait_serving()
        self.assertLess(time.monotonic() - started, 10)  # a second at the most, and what a busy machine adds


class Held(BehindCase):
    """What waits behind a shard that takes no bytes is bounded, for each client, by bytes."""

    options = ("--shard-timeout", "60s")

    def make_between(self):
        return FaultProxy(self.shard.address)

    def test_large_requests(self):
        self.client.call("SET", "k", "v")
        self.between.stall()
        before = harness.memory_kib(self.server.process.pid)
        value = encode(("SET", "large", "x" * (1 << 20)))
        self.client.socket.settimeout(2)
        sent = 0
        with self.assertRaises(TimeoutError):  # it is not read any more
            for _ in range(400):
                self.client.socket.sendall(value)
                sent += 1
        self.assertLess(sent, 100)
        if not harness.IS_SANITIZED:
            self.assertLess(harness.memory_kib(self.server.process.pid) - before, 96 * 1024)
        other = self.open()
        self.assertEqual(other.call("PING"), b"PONG")
        self.between.go_on()
        self.client.socket.settimeout(60)
        for _ in range(sent):
            self.assertEqual(self.client.read(), b"OK")
        self.assertEqual(other.call("STRLEN", "large"), 1 << 20)


if __name__ == "__main__":
    harness.main()
