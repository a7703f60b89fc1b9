"""Subscriptions on their way: to all shards as they come, confirmed in their order when all have them; and what is left of their
connections afterwards. Over three shards, of which one can be held up.
"""

import unittest

import quipu_harness as harness
from fault_proxy import FaultProxy
from quipu_harness import Redis, Server, encode
from test_messages import key_at

NSHARDS = 3
TIMEOUT = "60s"  # of a shard; a test that means it has a short one
CHANNELS = ["c%d" % i for i in range(50)]


class Subscribing(unittest.TestCase):
    """Shard 0 is the one whose confirmations go to the client; the others are told, too."""

    @classmethod
    def setUpClass(cls):
        cls.shards = [Redis(tcp=True) for _ in range(NSHARDS)]
        cls.proxies = [FaultProxy(shard.address) for shard in cls.shards]
        for one in cls.shards + cls.proxies:
            cls.addClassCleanup(one.close)
        cls.server = Server(shard_words=["static", *(proxy.address for proxy in cls.proxies)], options=("--shard-timeout", TIMEOUT))
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.theirs = [self.opened(shard.client()) for shard in self.shards]
        for proxy in self.proxies:
            self.addCleanup(proxy.go_on)

    def opened(self, client):
        self.addCleanup(client.close)
        return client

    def open(self, resp3=False):
        return self.opened(self.server.client(resp3=resp3))

    def until_heard(self, shard, channels, command="CHANNELS"):
        wanted = {channel.encode() for channel in channels}
        self.server.wait_until(lambda: set(self.theirs[shard].call("PUBSUB", command)) == wanted, "shard %d hears %s" % (shard, channels), 10)

    def silent(self, client):
        """Nothing has come. What could come would have come from a shard that is held up."""
        client.socket.setblocking(False)
        with self.assertRaises(BlockingIOError):
            client.socket.recv(1)
        client.socket.settimeout(harness.REPLY_TIMEOUT_S)

    def said_until(self, client, end):
        data = b""
        while end not in data:
            more = client.socket.recv(1 << 16)
            self.assertTrue(more, data)
            data += more
        return data

    def said_by_a_plain_server(self, words, resp3, end):
        with self.shards[0].client(resp3=resp3) as plain:
            plain.send_bytes(words)
            return self.said_until(plain, end)

    def connections(self, shard):
        return {line.split()[0] for line in self.theirs[shard].call("CLIENT", "LIST").decode().splitlines()}

    def subscribed(self, **how):
        """A client, and its connections to the shards 1 and 2."""
        before = [self.connections(shard) for shard in range(NSHARDS)]
        client = self.open(**how)
        client.call("SUBSCRIBE", "a")
        return client, [self.connections(shard) - before[shard] for shard in range(1, NSHARDS)]

    def test_all_of_a_pipeline_are_at_all_shards_before_the_first_is_confirmed(self):
        words = [("SUBSCRIBE", channel) for channel in CHANNELS]
        words[25:25] = [("UNSUBSCRIBE", CHANNELS[7]), ("PSUBSCRIBE", "p*", "q*")]
        words = b"".join(map(encode, words + [("PING", "the end")]))
        for resp3 in (False, True):
            for held in range(NSHARDS):
                with self.subTest(resp3=resp3, held=held):
                    client = self.open(resp3)
                    self.proxies[held].stall_replies()
                    client.send_bytes(words)
                    for shard in range(NSHARDS):
                        self.until_heard(shard, set(CHANNELS) - {CHANNELS[7]})
                        self.assertEqual(self.theirs[shard].call("PUBSUB", "NUMPAT"), 2)
                    self.silent(client)
                    self.proxies[held].go_on()
                    self.assertEqual(self.said_until(client, b"the end"), self.said_by_a_plain_server(words, resp3, b"the end"))
                    client.call("RESET")
                    for shard in range(NSHARDS):
                        self.until_heard(shard, [])

    def test_sharded_ones_do_not_wait_for_each_other_either(self):
        """They are at one shard alone."""
        tag = "{%s}" % key_at(1, NSHARDS)
        words = [("SSUBSCRIBE", tag + channel) for channel in CHANNELS]
        words[25:25] = [("SUNSUBSCRIBE", tag + CHANNELS[7])]
        words = b"".join(map(encode, words + [("PING", "the end")]))
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client = self.open(resp3)
                self.proxies[1].stall_replies()
                client.send_bytes(words)
                self.until_heard(1, {tag + channel for channel in CHANNELS} - {tag + CHANNELS[7]}, "SHARDCHANNELS")
                self.silent(client)
                self.proxies[1].go_on()
                self.assertEqual(self.said_until(client, b"the end"), self.said_by_a_plain_server(words, resp3, b"the end"))
                client.call("RESET")
                self.until_heard(1, [], "SHARDCHANNELS")

    def test_one_for_another_shard_waits_until_nothing_is_subscribed(self):
        """The connection listens at one shard at a time."""
        near, far = key_at(0, NSHARDS), key_at(2, NSHARDS)
        words = b"".join(map(encode, (
            ("SSUBSCRIBE", far), ("SUNSUBSCRIBE",), ("SUBSCRIBE", "a"), ("UNSUBSCRIBE", "a"), ("SSUBSCRIBE", far), ("SUNSUBSCRIBE", far),
            ("UNSUBSCRIBE", "b"), ("SSUBSCRIBE", near), ("SUBSCRIBE", "a"), ("SUNSUBSCRIBE",), ("UNSUBSCRIBE",), ("GET", "none"), ("PING", "the end"))))
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client = self.open(resp3)
                client.send_bytes(words)
                self.assertEqual(self.said_until(client, b"the end"), self.said_by_a_plain_server(words, resp3, b"the end"))

    def test_an_error_among_them_is_in_its_place(self):
        words = b"".join(map(encode, (
            ("SUBSCRIBE", "a"), ("SUBSCRIBE",), ("PSUBSCRIBE", "p*"), ("SUBSCRIBE", "a", "b"), ("NOSUCH",), ("UNSUBSCRIBE",), ("PUNSUBSCRIBE",),
            ("GET", "none"), ("PING", "the end"))))
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client = self.open(resp3)
                self.proxies[2].stall_replies()
                client.send_bytes(words)
                self.until_heard(0, ["a", "b"])
                self.silent(client)
                self.proxies[2].go_on()
                self.assertEqual(self.said_until(client, b"the end"), self.said_by_a_plain_server(words, resp3, b"the end"))

    def test_a_message_stays_behind_the_confirmation_that_it_came_behind(self):
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client = self.open(resp3)
                client.call("SUBSCRIBE", "before")
                self.proxies[1].stall_replies()
                client.send_bytes(encode(("SUBSCRIBE", "a")) + encode(("SUBSCRIBE", "b")))
                for shard in range(NSHARDS):
                    self.until_heard(shard, ["before", "a", "b"])
                self.assertEqual(self.theirs[0].call("PUBLISH", "a", "m"), 1)
                self.assertEqual(self.theirs[2].call("PUBLISH", "before", "at another shard"), 1)
                self.assertEqual(client.read(), [b"message", b"before", b"at another shard"])
                self.silent(client)
                self.proxies[1].go_on()
                self.assertEqual([client.read() for _ in range(3)],
                                 [[b"subscribe", b"a", 2], [b"subscribe", b"b", 3], [b"message", b"a", b"m"]])
                client.call("RESET")
                self.until_heard(0, [])

    def test_messages_that_are_held_count_for_the_limit_of_output(self):
        """Else a shard that does not answer would have the server keep all that is published."""
        self.addCleanup(self.set_limit, "256mb")
        self.set_limit("1mb")
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client = self.open(resp3)
                client.call("SUBSCRIBE", "before")
                self.proxies[1].stall_replies()
                client.send_bytes(encode(("SUBSCRIBE", "a")))
                self.until_heard(0, ["before", "a"])
                before = self.slow_readers()
                for _ in range(20):  # each of which fits
                    self.theirs[0].call("PUBLISH", "before", "x" * 100000)
                self.assertTrue(client.is_closed())
                self.assertEqual(self.slow_readers(), before + 1)
                self.proxies[1].go_on()
                self.until_heard(0, [])

    def test_they_stay_when_nothing_is_subscribed(self):
        """Who subscribes for each of its jobs does not connect for each."""
        for resp3 in (False, True):
            with self.subTest(resp3=resp3):
                client, ears = self.subscribed(resp3=resp3)
                self.assertEqual([len(ids) for ids in ears], [1, 1])
                for i in range(5):
                    self.assertEqual(client.call("UNSUBSCRIBE"), [b"unsubscribe", b"a", 0])
                    self.assertEqual(client.call("SUBSCRIBE", "a"), [b"subscribe", b"a", 1])
                    for shard in (1, 2):
                        self.assertEqual(self.theirs[shard].call("PUBLISH", "a", i), 1)
                        self.assertEqual(client.read(), [b"message", b"a", b"%d" % i])
                for shard in (1, 2):
                    self.assertLessEqual(ears[shard - 1], self.connections(shard))
                client.call("RESET")
                for shard in (1, 2):
                    self.server.wait_until(lambda: not ears[shard - 1] & self.connections(shard), "shard %d is left" % shard)

    def test_one_that_is_lost_while_nothing_is_subscribed_is_made_again(self):
        clients = []
        for resp3 in (False, True):
            client, ears = self.subscribed(resp3=resp3)
            client.call("UNSUBSCRIBE")
            npairs = len(self.proxies[1].pairs())
            self.theirs[1].call("CLIENT", "KILL", "ID", ears[0].pop().split("=")[1])
            self.server.wait_until(lambda: len(self.proxies[1].pairs()) < npairs, "the server sees it")
            self.assertEqual(client.call("SUBSCRIBE", "a"), [b"subscribe", b"a", 1])
            self.assertEqual(self.theirs[1].call("PUBLISH", "a", "m"), 1)
            self.assertEqual(client.read(), [b"message", b"a", b"m"])
            client.call("UNSUBSCRIBE")
            clients.append(client)
        self.assertFalse(clients[0].is_closed(1.2))  # lost ones are looked for every second
        self.assertFalse(clients[1].is_closed(0.1))

    def set_limit(self, text):
        with self.server.client() as client:
            client.call("CONFIG", "SET", "client-output-buffer-limit", text)

    def slow_readers(self):
        with self.server.client() as client:
            return int(harness.info(client, "stats")["client_output_buffer_limit_disconnections"])

    # -- shard-timeout --

    def set_timeout(self, text):
        with self.server.client() as client:
            client.call("CONFIG", "SET", "shard-timeout", text)

    def test_a_shard_that_does_not_answer_in_time_is_given_up(self):
        """All are confirmed then; when the shard is there again, the client is told to subscribe anew, by the end."""
        words = b"".join(map(encode, [("SUBSCRIBE", channel) for channel in CHANNELS]))
        clients = [self.open(resp3) for resp3 in (False, True)]
        self.proxies[1].stall_replies()
        for client in clients:
            client.send_bytes(words)
        self.addCleanup(self.set_timeout, TIMEOUT)
        self.set_timeout("200ms")
        for client in clients:
            self.assertEqual([client.read() for _ in CHANNELS], [[b"subscribe", channel.encode(), i + 1] for i, channel in enumerate(CHANNELS)])
        self.proxies[1].go_on()
        self.set_timeout(TIMEOUT)
        for client in clients:
            self.assertTrue(client.is_closed())
        self.server.wait_counting()

    def test_connections_are_left_when_nothing_has_been_subscribed_for_as_long(self):
        clients = [self.subscribed(resp3=resp3) for resp3 in (False, True)]
        for client, _ in clients:
            client.call("UNSUBSCRIBE")
        self.addCleanup(self.set_timeout, TIMEOUT)
        self.set_timeout("200ms")
        for client, ears in clients:
            for shard in (1, 2):
                self.server.wait_until(lambda: not ears[shard - 1] & self.connections(shard), "shard %d is left" % shard)
        self.set_timeout(TIMEOUT)
        for client, _ in clients:
            self.assertIsNone(client.call("GET", "none"))
            self.assertEqual(client.call("SUBSCRIBE", "b"), [b"subscribe", b"b", 1])


if __name__ == "__main__":
    harness.main()
