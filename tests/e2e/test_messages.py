"""Messages: published in a transaction, by a script, at whichever shard; each subscriber has each once. And subscriptions' edges,
held against a plain server byte for byte.
"""

import signal
import unittest

import quipu_harness as harness
from quipu_harness import Redis, ReplyError, Server, encode

# Ends with something that both answer in every state.
ROWS = (
    (("UNSUBSCRIBE",),),
    (("UNSUBSCRIBE",), ("GET", "k"), ("SET", "k", "v")),
    (("PUNSUBSCRIBE", "a*"), ("GET", "k")),
    (("SUNSUBSCRIBE",), ("GET", "k")),
    (("UNSUBSCRIBE", "a", "b"), ("GET", "k")),
    (("SUBSCRIBE", "a"), ("GET", "k"), ("UNSUBSCRIBE", "a"), ("GET", "k")),
    (("SUBSCRIBE", "a", "a"), ("UNSUBSCRIBE",), ("GET", "k")),
    (("SUBSCRIBE", "a"), ("UNSUBSCRIBE", "b"), ("GET", "k")),
    (("SUBSCRIBE", "a"), ("PSUBSCRIBE", "p*"), ("UNSUBSCRIBE",), ("GET", "k"), ("PUNSUBSCRIBE",), ("GET", "k")),
    (("PSUBSCRIBE", "p*", "q*"), ("PUNSUBSCRIBE", "p*"), ("PING", "x"), ("PUNSUBSCRIBE", "q*"), ("PING", "x")),
    (("SUBSCRIBE", "a"), ("SUBSCRIBE",), ("PING",), ("QUIT",)),
    (("SUBSCRIBE", "a"), ("RESET",), ("GET", "k")),
    (("MULTI",), ("PUBLISH", "a", "m"), ("EXEC",), ("GET", "k")),
    (("MULTI",), ("PUBLISH", "a"), ("EXEC",)),
    (("MULTI",), ("SET", "k", "w"), ("PUBLISH", "a", "m"), ("GET", "k"), ("EXEC",)),
    (("MULTI",), ("SPUBLISH", "a", "m"), ("EXEC",)),
    (("MULTI",), ("PUBSUB", "NUMSUB", "a"), ("EXEC",)),
    (("PUBSUB", "CHANNELS"), ("PUBSUB", "NUMPAT"), ("PUBLISH", "a", "m")),
    (("SUBSCRIBE", ""), ("UNSUBSCRIBE", ""), ("GET", "k")),
)


def key_at(shard, nshards=2):
    """A key of that shard's."""
    from cluster_harness import slot_of

    return next("k%d" % i for i in range(1000) if slot_of("k%d" % i) * nshards // 16384 == shard)


class Edges(unittest.TestCase):
    """Against one server, plain."""

    def said(self, open_client, words, resp3):
        with open_client(resp3=resp3) as client:
            client.send_bytes(b"".join(map(encode, words)) + encode(("PING", "the end")))
            data = b""
            client.socket.settimeout(harness.REPLY_TIMEOUT_S)
            while b"the end" not in data:
                more = client.socket.recv(65536)
                if not more:
                    return data + b" closed"
                data += more
            return data

    def test_as_a_plain_server(self):
        with Redis() as plain:
            for nshards in (1, 2):
                with Server(nshards) as server:
                    for resp3 in (False, True):
                        for words in ROWS:
                            with self.subTest(words=words, resp3=resp3, shards=nshards):
                                for client in (server.client(), plain.client()):
                                    with client:
                                        client.call("SET", "k", "v")
                                self.assertEqual(self.said(server.client, words, resp3), self.said(plain.client, words, resp3))


class Messages(unittest.TestCase):
    def setUp(self):
        self.shards = [Redis(tcp=True), Redis(tcp=True)]
        for shard in self.shards:
            self.addCleanup(shard.close)
        self.server = Server(shard_words=["static"] + ["127.0.0.1:%d" % shard.port for shard in self.shards])
        self.addCleanup(self.server.close)
        self.client = self.open()
        self.keys = [key_at(0), key_at(1)]

    def open(self, **how):
        client = self.server.client(**how)
        self.addCleanup(client.close)
        return client

    def listeners(self):
        found = []
        for resp3 in (False, True):
            for words in (("SUBSCRIBE", "news"), ("PSUBSCRIBE", "n*")):
                client = self.open(resp3=resp3)
                client.call(*words)
                found.append(client)
        return found

    def assert_heard(self, listeners, messages):
        """These, each once: one that is published last is the end."""
        self.client.call("PUBLISH", "news", "end")
        for listener in listeners:
            got = []
            while len(got) < len(messages) + 1:
                got.append(listener.read()[-1])
            self.assertEqual(sorted(got), sorted(messages + [b"end"]))
            listener.send("PING", "no more")
            answer = listener.read()
            self.assertIn(answer, ([b"pong", b"no more"], b"no more"))

    def test_in_a_transaction(self):
        listeners = self.listeners()
        messages = []
        for i, key in enumerate(self.keys + [None]):
            self.client.call("MULTI")
            if key:
                self.client.call("SET", key, i)
            self.client.call("PUBLISH", "news", "m%d" % i)
            self.assertEqual(self.client.call("PUBLISH", "other", "x"), b"QUEUED")
            reply = self.client.call("EXEC")
            self.assertEqual(reply, ([b"OK"] if key else []) + [4, 0])
            messages.append(b"m%d" % i)
        self.assert_heard(listeners, messages)

    def test_what_is_not_carried_out_is_not_published(self):
        listeners = self.listeners()
        other = self.open()
        self.client.call("WATCH", self.keys[1])
        other.call("SET", self.keys[1], "changed")
        self.client.call("MULTI")
        self.client.call("SET", self.keys[1], "v")
        self.client.call("PUBLISH", "news", "never")
        self.assertIsNone(self.client.call("EXEC"))
        self.client.call("MULTI")
        self.client.call("PUBLISH", "news", "never")
        with self.assertRaises(ReplyError):
            self.client.call("NOSUCH")
        with self.assertRaises(ReplyError):
            self.client.call("EXEC")
        self.assert_heard(listeners, [])

    def test_from_a_script(self):
        listeners = self.listeners()
        for i, key in enumerate(self.keys):
            self.assertEqual(self.client.call("EVAL", "return redis.call('PUBLISH', 'news', ARGV[1])", 1, key, "s%d" % i), 4)
        self.assert_heard(listeners, [b"s0", b"s1"])

    def test_sharded_in_a_transaction(self):
        for key in self.keys:
            listener = self.open()
            listener.call("SSUBSCRIBE", key)
            self.client.call("MULTI")
            self.client.call("SET", key, "v")
            self.client.call("SPUBLISH", key, "m")
            self.assertEqual(self.client.call("EXEC"), [b"OK", 1])
            self.assertEqual(listener.read(), [b"smessage", key.encode(), b"m"])

    def test_who_is_told_that_it_listens_hears(self):
        """At once, at every shard; and no more when it is told that it does not."""
        for i in range(50):
            listener = self.open()
            listener.call("SUBSCRIBE", "c%d" % i)
            self.assertEqual(self.client.call("EVAL", "return redis.call('PUBLISH', ARGV[1], 'm')", 1, self.keys[i % 2], "c%d" % i), 1)
            self.assertEqual(listener.read(), [b"message", b"c%d" % i, b"m"])
            listener.call("UNSUBSCRIBE", "c%d" % i)
            self.assertEqual(self.client.call("EVAL", "return redis.call('PUBLISH', ARGV[1], 'm')", 1, self.keys[i % 2], "c%d" % i), 0)
            self.assertEqual(listener.call("GET", "none"), None)
            listener.close()
        for shard in self.shards:
            with shard.client() as theirs:
                self.server.wait_until(lambda: theirs.call("PUBSUB", "CHANNELS") == [], "nobody listens")

    def test_who_subscribes_ahead_of_a_message_hears_it(self):
        """Also if the server reads both at once, and they go to a shard over different connections."""
        script = ("EVAL", "return redis.call('PUBLISH', ARGV[1], 'm')", 1, self.keys[1])
        self.client.call(*script, "nobody")
        for resp3 in (False, True):
            listener = self.open(resp3=resp3)
            listener.call("SUBSCRIBE", "before")
            for i, publish in enumerate((("PUBLISH", "c0", "m"), script + ("c1",)) * 5):
                channel = "c%d" % (i % 2)
                self.server.process.popen.send_signal(signal.SIGSTOP)
                listener.send("SUBSCRIBE", channel)
                self.client.send(*publish)
                self.server.process.popen.send_signal(signal.SIGCONT)
                self.assertEqual(self.client.read(), 1)
                self.assertEqual(sorted((listener.read(), listener.read()), key=lambda said: said[0]),
                                 [[b"message", channel.encode(), b"m"], [b"subscribe", channel.encode(), 2]])
                listener.call("UNSUBSCRIBE", channel)
            listener.call("RESET")

    def test_one_that_stops_listening_to_some(self):
        listener = self.open()
        listener.call("SUBSCRIBE", "a")
        listener.call("SUBSCRIBE", "b")
        listener.call("UNSUBSCRIBE", "a")
        for i, key in enumerate(self.keys):
            for channel in ("a", "b"):
                self.client.call("EVAL", "return redis.call('PUBLISH', ARGV[1], ARGV[2])", 1, key, channel, i)
        self.assertEqual(sorted(listener.read() for _ in range(2)), [[b"message", b"b", b"0"], [b"message", b"b", b"1"]])
        with self.assertRaises(ReplyError):
            listener.call("GET", "k")

    def test_a_shard_that_loses_its_listeners(self):
        """What was published there meanwhile is not known: the client has to subscribe anew, and is told so by the end."""
        listener = self.open()
        listener.call("SUBSCRIBE", "news")
        with self.shards[1].client() as theirs:
            theirs.call("CLIENT", "KILL", "TYPE", "pubsub")
        self.assertTrue(listener.is_closed())

    def test_a_shard_that_is_away(self):
        """The others' messages go on."""
        listener = self.open()
        listener.call("SUBSCRIBE", "news")
        self.shards[1].process.popen.kill()
        self.shards[1].process.popen.wait()
        self.client.call("PUBLISH", "news", "m")
        self.assertEqual(listener.read(), [b"message", b"news", b"m"])
        late = self.open()
        self.assertEqual(late.call("SUBSCRIBE", "news"), [b"subscribe", b"news", 1])
        self.client.call("PUBLISH", "news", "n")
        self.assertEqual([one.read()[-1] for one in (listener, late)], [b"n", b"n"])

    def test_who_left_is_gone_from_every_shard(self):
        listeners = self.listeners()
        for listener in listeners:
            listener.close()
        for shard in self.shards:
            with shard.client() as theirs:
                self.server.wait_until(lambda: theirs.call("PUBSUB", "NUMPAT") == 0 and theirs.call("PUBSUB", "CHANNELS") == [], "nobody listens")


class Bounds(unittest.TestCase):
    def test_a_transaction_is_bounded(self):
        with Server(1, ["--client-query-buffer-limit", "1mb"]) as server, server.client() as client:
            client.call("MULTI")
            replies = client.pipeline([("SET", "k%d" % i, "x" * 100000) for i in range(30)])
            refused = [reply for reply in replies if isinstance(reply, ReplyError)]
            self.assertEqual({reply.code for reply in refused}, {"LIMIT"})
            with self.assertRaises(ReplyError) as caught:
                client.call("EXEC")
            self.assertEqual(caught.exception.code, "EXECABORT")
            self.assertEqual(client.call("DBSIZE"), 0)
            client.call("MULTI")
            client.call("SET", "k", "v")
            self.assertEqual(client.call("EXEC"), [b"OK"])


if __name__ == "__main__":
    harness.main()
