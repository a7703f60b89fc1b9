"""Bytes in great numbers: large values, slow readers and readers that never read. Memory stays bounded, order stays, and the
others are served meanwhile."""

import os
import resource
import socket
import threading
import time
import unittest

import quipu_harness as harness
from quipu_harness import Closed, IS_SANITIZED, Server, memory_kib

MIB = 1 << 20


def forget_peak(pid):
    """From now on VmHWM is the peak from here."""
    with open("/proc/%d/clear_refs" % pid, "w") as refs:
        refs.write("5")


class FlowCase(unittest.TestCase):
    options = ()

    def setUp(self):
        self.server = Server(2, self.options)
        self.addCleanup(self.server.close)
        self.client = self.open()

    def open(self, **how):
        client = self.server.client(**how)
        self.addCleanup(client.close)
        return client

    def assert_grew_less(self, kib, since):
        if not IS_SANITIZED:
            peak = memory_kib(self.server.process.pid, "VmHWM")
            self.assertLess(peak - since, kib, "from %d KiB to %d KiB" % (since, peak))

    def start_measuring(self):
        forget_peak(self.server.process.pid)
        return memory_kib(self.server.process.pid)

    def assert_others_are_served(self, seconds=0.5):
        """A GET of another client is answered, and soon."""
        worst = 0
        with self.server.client() as other:
            other.call("SET", "other", "v")
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                started = time.monotonic()
                self.assertEqual(other.call("GET", "other"), b"v")
                worst = max(worst, time.monotonic() - started)
        self.assertLess(worst, 1.0)


class LargeValues(FlowCase):
    options = ("--client-query-buffer-limit", "256mb", "--proto-max-bulk-len", "256mb")

    def test_a_large_value_passes_whole(self):
        """64 MiB out and back; going out to the client it takes no memory that grows with it. A client that gets no processor is one
        who reads slowly, for whom some is kept: so one pass of three must show it."""
        grew = []
        for _ in range(3):
            grew.append(self.large_value_passes())
            if IS_SANITIZED or grew[-1] < 32 * 1024:
                return
            self.server.stop()
            self.setUp()
        self.fail("grew by %r KiB" % grew)

    def large_value_passes(self):
        value = os.urandom(MIB) * 64
        self.assertEqual(self.client.call("SET", "large", value), b"OK")
        self.assertEqual(self.client.call("STRLEN", "large"), len(value))
        self.client.close()
        time.sleep(0.2)
        client = self.open()
        client.call("PING")
        before = self.start_measuring()
        client.send("GET", "large")
        got = bytearray()
        while len(got) < len(value) + 13:  # $67108864\r\n ... \r\n
            data = client.socket.recv(1 << 20)
            self.assertTrue(data)
            got += data
        self.assertEqual(bytes(got), b"$%d\r\n%s\r\n" % (len(value), value))
        return memory_kib(self.server.process.pid, "VmHWM") - before

    def test_large_and_small_in_a_pipeline(self):
        value = b"x" * (4 * MIB)
        self.client.call("SET", "large", value)
        self.client.call("SET", "small", "s")
        words = [("GET", "large"), ("GET", "small"), ("PING",), ("MGET", "small", "large", "none"), ("GET", "small")] * 3
        self.client.send_bytes(b"".join(harness.encode(w) for w in words))
        for _ in range(3):
            self.assertEqual(self.client.read(), value)
            self.assertEqual(self.client.read(), b"s")
            self.assertEqual(self.client.read(), b"PONG")
            self.assertEqual(self.client.read(), [b"s", value, None])
            self.assertEqual(self.client.read(), b"s")

    def test_one_who_reads_a_large_value_slowly_holds_up_nobody(self):
        """One connection of many clients to a shard: a reply that its client does not take must not stand in the way."""
        self.client.call("SET", "large", b"x" * (64 * MIB))
        slow = [self.open() for _ in range(4)]
        for client in slow:
            client.send("GET", "large")
        time.sleep(0.2)
        self.assert_others_are_served(1)
        for client in slow:
            self.assertEqual(len(client.read()), 64 * MIB)


class SlowReaders(FlowCase):
    options = ("--client-output-buffer-limit", "8mb")

    def test_one_who_never_reads_is_held_or_closed(self):
        """Pipelines of small commands, never read: the sender is stopped by its own socket, memory stays."""
        self.client.call("SET", "k", "v" * 100)
        before = self.start_measuring()
        never = self.open(timeout=2)
        data = harness.encode(("GET", "k")) * 1000
        sent = 0
        try:
            while sent < 300 * MIB:
                sent += never.socket.send(data)
        except (socket.timeout, ConnectionError):
            pass
        self.assertLess(sent, 300 * MIB, "it was let send all")
        self.assert_others_are_served()
        self.assert_grew_less(32 * 1024, before)

    def test_who_reads_late_gets_all_in_order_or_is_closed(self):
        value = b"y" * 100000
        self.client.call("SET", "k", value)
        late = self.open()
        sender = threading.Thread(target=self.send_quietly, args=(late, harness.encode(("GET", "k")) * 2000))
        before = self.start_measuring()
        sender.start()
        time.sleep(1.5)
        self.assert_others_are_served()
        self.assert_grew_less(48 * 1024, before)
        got = 0
        try:
            for _ in range(2000):
                self.assertEqual(late.read(), value)
                got += 1
        except (Closed, ConnectionError):
            stats = harness.info(self.client, "stats")
            self.assertIn("1", [v for k, v in stats.items() if "slow" in k or "output" in k], stats)
        else:
            self.assertEqual(got, 2000)
        late.close()
        sender.join(60)

    @staticmethod
    def send_quietly(client, data):
        try:
            client.send_bytes(data)
        except OSError:
            pass

    def test_a_subscriber_that_does_not_read_is_closed(self):
        sub = self.open()
        sub.send("SUBSCRIBE", "ch")
        sub.read()
        before = self.start_measuring()
        for _ in range(60):
            self.client.call("PUBLISH", "ch", b"m" * MIB)
        self.assert_others_are_served(0.2)
        self.assertTrue(sub.is_closed(), "60 MiB wait for it, and 8 are allowed")
        self.assert_grew_less(48 * 1024, before)
        self.server.wait_until(lambda: self.client.call("PUBSUB", "NUMSUB", "ch")[1] == 0, "no subscriber")

    def test_many_slow_readers(self):
        """A hundred who ask for a megabyte each and do not read: bounded, and the others go on."""
        self.client.call("SET", "k", b"z" * MIB)
        before = self.start_measuring()
        slow = [self.open() for _ in range(100)]
        for client in slow:
            client.send("GET", "k")
        time.sleep(0.5)
        self.assert_others_are_served()
        self.assert_grew_less(200 * 1024, before)
        for client in slow:
            self.assertEqual(len(client.read()), MIB)

    def test_a_slow_request_is_put_together(self):
        """A byte at a time, two clients in turn."""
        one, two = self.open(), self.open()
        first, second = harness.encode(("SET", "a", "1")), harness.encode(("SET", "b", "22"))
        for i in range(max(len(first), len(second))):
            one.send_bytes(first[i : i + 1])
            two.send_bytes(second[i : i + 1])
        self.assertEqual((one.read(), two.read()), (b"OK", b"OK"))
        self.assertEqual(self.client.call("MGET", "a", "b"), [b"1", b"22"])


class Readers(FlowCase):
    """Who reads gets all, whatever the limit: it is for those who do not."""

    options = ("--client-output-buffer-limit", "1mb", "--client-query-buffer-limit", "64mb", "--proto-max-bulk-len", "64mb")
    LARGE = 20 * MIB

    def setUp(self):
        super().setUp()
        self.client.call("SET", "large", b"x" * self.LARGE)
        self.client.call("SET", "small", "s")

    def read_bytes(self, client, nbytes, pause=0.0):
        """So many bytes of replies; a pause behind each piece."""
        buffer, first = bytearray(MIB), b""
        while nbytes > 0:
            n = client.socket.recv_into(buffer, min(nbytes, len(buffer)))
            self.assertTrue(n, "closed, and %d bytes are missing" % nbytes)
            first = first or bytes(buffer[:16])
            nbytes -= n
            time.sleep(pause)
        return first

    def reply_bytes(self, value_bytes):
        return len("$%d\r\n" % value_bytes) + value_bytes + 2

    def test_one_reply_that_is_larger_than_the_limit(self):
        for resp3 in (False, True):
            slow = self.open(resp3=resp3)
            slow.send("GET", "large")
            first = self.read_bytes(slow, self.reply_bytes(self.LARGE), 0.02)
            self.assertTrue(first.startswith(b"$%d\r\n" % self.LARGE))
            self.assertEqual(slow.call("GET", "small"), b"s")

    def assert_pipeline_is_bounded(self, slow, command, reply_bytes, count):
        before = self.start_measuring()
        slow.send_bytes(harness.encode(command) * count + harness.encode(("GET", "small")))
        for i in range(count):
            self.read_bytes(slow, reply_bytes, 0.01 if i < 5 else 0)
        self.assertEqual(slow.read(), b"s")
        self.assert_grew_less(6 * reply_bytes // 1024, before)

    def test_a_pipeline_takes_what_its_largest_reply_takes(self):
        self.assert_pipeline_is_bounded(self.open(), ("GET", "large"), self.reply_bytes(self.LARGE), 200)

    def test_the_same_of_arrays(self):
        for _ in range(10):
            self.client.call("RPUSH", "list", b"y" * MIB)
        nbytes = len("*10\r\n") + 10 * self.reply_bytes(MIB)
        self.assert_pipeline_is_bounded(self.open(), ("LRANGE", "list", "0", "-1"), nbytes, 100)

    def test_the_same_of_replies_that_several_shards_make(self):
        names = ["a", "b", "c", "d"]
        for name in names:
            self.client.call("SET", name, b"y" * MIB)
        nbytes = len("*4\r\n") + 4 * self.reply_bytes(MIB)
        self.assert_pipeline_is_bounded(self.open(), ("MGET", *names), nbytes, 100)

    def test_the_same_behind_many_small_ones(self):
        """A connection whose replies were all small, until now."""
        warm = self.open()
        warm.pipeline([("GET", "small")] * 3000)
        self.client.call("SET", "middle", b"y" * MIB)
        before = self.start_measuring()
        warm.send_bytes(harness.encode(("GET", "middle")) * 1000)
        for i in range(1000):
            self.read_bytes(warm, self.reply_bytes(MIB), 0.01 if i < 20 else 0)
        self.assert_grew_less(200 * 1024, before)

    def test_one_who_sends_no_more_and_still_reads(self):
        half = self.open()
        half.send_bytes(harness.encode(("GET", "large")) * 2)
        half.socket.shutdown(socket.SHUT_WR)
        self.read_bytes(half, 2 * self.reply_bytes(self.LARGE), 0.1)
        self.assertTrue(half.is_closed())

    def test_one_who_takes_nothing_is_closed(self):
        """And one who has less than the limit waiting is not."""
        never, patient = self.open(), self.open()
        self.client.call("SET", "below", b"z" * (MIB // 2))
        patient.send("GET", "below")
        never.send("GET", "large")

        def disconnections():
            return harness.info(self.client, "stats")["client_output_buffer_limit_disconnections"]

        self.server.wait_until(lambda: disconnections() == "1", "it is closed", 60)
        self.assertEqual(len(patient.read()), MIB // 2)


class LongMget(FlowCase):
    """MGET over shards goes by windows of keys: bounded by what its client takes, and the answer is Redis'."""

    def direct(self):
        redis = harness.Redis(tcp=True)
        self.addCleanup(redis.close)
        client = harness.Client(redis.address)
        self.addCleanup(client.close)
        return client

    def raw(self, client, nbytes):
        got = bytearray()
        while len(got) < nbytes:
            data = client.socket.recv(1 << 20)
            self.assertTrue(data, "closed")
            got += data
        return bytes(got)

    def test_the_answer_is_byte_for_byte_that_of_redis(self):
        direct = self.direct()
        keys = ["k%d" % i for i in range(3000)]
        for client in (self.client, direct):
            client.pipeline([("SET", k, ("v" * (i % 700)) + k) for i, k in enumerate(keys) if i % 5])
            client.call("RPUSH", "a-list", "x")
        for resp3 in (False, True):
            for n in (127, 128, 129, 1000, 3000):
                words = ["MGET", *keys[:n], "a-list", "k1", "k1"]
                if resp3:
                    self.client.call("HELLO", "3"), direct.call("HELLO", "3")
                direct.send(*words), direct.send("ECHO", "the end")
                self.client.send(*words), self.client.send("ECHO", "the end")
                expected = bytearray()
                while not expected.endswith(b"the end\r\n"):
                    expected += direct.socket.recv(1 << 20)
                self.assertEqual(self.raw(self.client, len(expected)), bytes(expected), n)

    def test_it_is_bounded_for_one_who_reads_slowly(self):
        keys = ["large_%d" % i for i in range(600)]
        self.client.pipeline([("SET", k, b"x" * MIB) for k in keys])
        self.client.close()
        slow = self.open()
        before = self.start_measuring()
        slow.send("MGET", *keys)
        buffer, left = bytearray(MIB), len("*600\r\n") + 600 * (len("$1048576\r\n\r\n") + MIB)
        while left:
            n = slow.socket.recv_into(buffer, min(left, MIB))
            self.assertTrue(n, "closed")
            left -= n
        self.assert_grew_less(450 * 1024, before)

    def test_what_is_behind_it_is_not_seen_by_it(self):
        keys = ["o%d" % i for i in range(5000)]
        self.client.pipeline([("SET", k, "before" * 100) for k in keys])
        get = ("MGET", *keys)
        put = [("SET", k, "after") for k in keys[-100:]]
        self.client.send_bytes(harness.encode(get) + b"".join(map(harness.encode, put)) + harness.encode(("PING",)) + harness.encode(get))
        self.assertEqual(set(self.client.read()), {b"before" * 100})
        for _ in put:
            self.assertEqual(self.client.read(), b"OK")
        self.assertEqual(self.client.read(), b"PONG")
        self.assertEqual(self.client.read()[-100:], [b"after"] * 100)

    def test_one_who_leaves_or_mutes_it(self):
        keys = ["m%d" % i for i in range(2000)]
        self.client.pipeline([("SET", k, "v" * 5000) for k in keys])
        for _ in range(5):
            leaver = self.open()
            leaver.send("MGET", *keys)
            leaver.socket.recv(1000)
            leaver.close()
        quiet = self.open()
        quiet.send("CLIENT", "REPLY", "SKIP")
        quiet.send("MGET", *keys)
        self.assertEqual(quiet.call("PING"), b"PONG")
        half = self.open()
        half.send("MGET", *keys)
        half.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(half.read(), [b"v" * 5000] * 2000)
        self.server.wait_until(lambda: harness.info(self.client, "clients")["connected_clients"] == "2", "they are gone")

    def test_a_shard_that_goes_on_the_way_ends_the_connection(self):
        """Half a reply cannot become an error; where nothing was sent, it is one."""
        keys = ["g%d" % i for i in range(1000)]
        shards = [harness.Redis() for _ in range(2)]
        for shard in shards:
            self.addCleanup(shard.close)
        with Server(shard_words=["static", *("unix:" + shard.socket for shard in shards)], options=("--shard-timeout", "500ms")) as server:
            with server.client() as client, server.client() as other:
                client.pipeline([("SET", k, b"x" * 100000) for k in keys])
                client.send("MGET", *keys)
                self.raw(client, 1000)
                shards[1].close()
                with self.assertRaises((Closed, ConnectionError)):
                    for _ in range(100000):
                        if not client.socket.recv(1 << 20):
                            raise Closed
                with self.assertRaises(harness.ReplyError) as caught:
                    other.call("MGET", *keys)
                self.assertIn(caught.exception.code, ("SHARDDOWN", "TIMEOUT"))
                self.assertEqual(other.call("PING"), b"PONG")


class ManyClients(FlowCase):
    def test_a_thousand_active_clients_are_all_served(self):
        """Commands and counts mixed, each client with a pipeline of its own: all get their own replies, and nobody is left for last."""
        nclients, nrounds = 1000, 8
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(300)])
        clients = [self.open() for _ in range(nclients)]
        for i, client in enumerate(clients):
            words = []
            for round_ in range(nrounds):
                words += [("SET", "k%d" % i, "%d:%d" % (i, round_)), ("GET", "k%d" % i)]
                words += [("COUNT", "a", "in", "[0,2]", "from", "current")]
            client.send_bytes(b"".join(harness.encode(w) for w in words))
        for i, client in enumerate(clients):
            for round_ in range(nrounds):
                self.assertEqual(client.read(), b"OK")
                self.assertEqual(client.read(), b"%d:%d" % (i, round_))
                self.assertEqual(client.read(), [100, 100, 100])
        self.assert_others_are_served()


class AfterABurst(FlowCase):
    def test_memory_is_given_back(self):
        """Hundreds of clients with pipelines and values: soon after them the server is back near its start."""
        for _ in range(3):
            self.burst()
        time.sleep(1)
        before = memory_kib(self.server.process.pid)
        self.burst()
        if not IS_SANITIZED:
            self.server.wait_until(
                lambda: memory_kib(self.server.process.pid) < before * 1.2 + 2048, "memory as before (%d KiB)" % before, 60
            )
        self.assertEqual(harness.info(self.client, "clients")["connected_clients"], "1")

    def burst(self):
        clients = [self.server.client() for _ in range(200)]
        data = b"".join(harness.encode(("SET", "k%d" % i, b"v" * 1000)) for i in range(200))
        for client in clients:
            client.send_bytes(data)
        for client in clients:
            for _ in range(200):
                client.read()
            client.close()


if __name__ == "__main__":
    harness.main()
