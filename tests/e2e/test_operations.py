"""What an operator does with a running server: looks into the slow log, stops it, makes it read its configuration again."""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import quipu_harness as harness
from quipu_harness import Closed, Redis, ReplyError, Server, ServerCase, pairs


class Slowlog(ServerCase):
    def setUp(self):
        super().setUp()
        self.client.call("CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "128")
        self.client.call("SLOWLOG", "RESET")

    def newest(self, *words):
        """The newest entry of this command; words to compare with what Redis shows."""
        for entry in self.client.call("SLOWLOG", "GET", "-1"):
            if entry[3][: len(words)] == [word.encode() for word in words]:
                return entry
        self.fail("no %r in the slow log" % (words,))

    def test_an_entry_has_redis_shape(self):
        with Redis() as redis, redis.client() as peer:
            peer.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
            for client in (peer, self.client):
                client.call("CLIENT", "SETNAME", "me")
                client.call("HSET", "profile_1", "a", "1")
            self.rows.add("profile_1")
            (expected,) = [entry for entry in peer.call("SLOWLOG", "GET") if entry[3][0] == b"HSET"]
            entry = self.newest("HSET")
            self.assertEqual([type(part) for part in entry], [type(part) for part in expected])
            self.assertEqual((entry[3], entry[5]), (expected[3], expected[5]))
            self.assertLess(abs(entry[1] - time.time()), 10)
            self.assertGreater(entry[2], 0)
            address = "%s:%d" % self.client.socket.getsockname()
            self.assertEqual(entry[4], address.encode())

    def test_words_are_cut_as_redis_cuts_them(self):
        commands = [
            ("HSET", "profile_1", "a", "x" * 1000),
            ("HMGET", "profile_1", *("f%d" % i for i in range(100))),
            ("HMGET", "profile_1", *("f%d" % i for i in range(30))),
        ]
        self.rows.add("profile_1")
        with Redis() as redis, redis.client() as peer:
            shown = []
            for client in (peer, self.client):
                client.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
                client.pipeline(commands)
                entries = client.call("SLOWLOG", "GET", "-1")
                shown.append([entry[3] for entry in reversed(entries) if entry[3][0] in (b"HSET", b"HMGET")])
            self.assertEqual(shown[0], shown[1])

    def test_a_count_takes_until_it_is_answered(self):
        pids = self.server.shard_pids()
        self.client.call("CONFIG", "SET", "slowlog-log-slower-than", "100000")
        self.client.call("SLOWLOG", "RESET")
        with self.server.client() as other:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            try:
                other.send("QUERY", "count from current where a = 1")
                time.sleep(0.3)
            finally:
                for pid in pids:
                    os.kill(pid, signal.SIGCONT)
            other.read()
        entry = self.newest("QUERY")
        self.assertEqual(entry[3], [b"QUERY", b"count from current where a = 1"])
        self.assertGreaterEqual(entry[2], 250000)
        # PING and the like were quicker.
        self.assertEqual([entry[3][0] for entry in self.client.call("SLOWLOG", "GET")], [b"QUERY"])

    def test_an_inline_query_is_its_line(self):
        self.client.send_bytes(b"count from current where a = 1\r\n")
        self.client.read()
        self.assertEqual(self.newest("count from current where a = 1")[3], [b"count from current where a = 1"])

    def test_limits(self):
        self.client.call("CONFIG", "SET", "slowlog-max-len", "3")
        for i in range(10):
            self.client.call("ECHO", i)
        self.assertEqual(self.client.call("SLOWLOG", "LEN"), 3)
        entries = self.client.call("SLOWLOG", "GET")
        self.assertEqual([entry[3][0] for entry in entries], [b"SLOWLOG", b"ECHO", b"ECHO"])
        self.assertEqual([entry[0] for entry in entries], sorted((entry[0] for entry in entries), reverse=True))
        self.assertEqual(len(self.client.call("SLOWLOG", "GET", "1")), 1)
        self.assertEqual(len(self.client.call("SLOWLOG", "GET", "-1")), 3)
        self.assertEqual(self.client.call("SLOWLOG", "GET", "0"), [])
        self.client.call("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        self.client.call("SLOWLOG", "RESET")
        self.client.call("PING")
        self.assertEqual(self.client.call("SLOWLOG", "LEN"), 0)
        self.assert_error("ERR", "SLOWLOG", "GET", "-2", contains="greater than or equal to -1")
        self.assert_error("ERR", "SLOWLOG", "GET", "x", contains="greater than or equal to -1")
        self.assert_error("ERR", "SLOWLOG", "NOSUCH", contains="unknown subcommand")
        self.assertIn(b"RESET", b"\n".join(self.client.call("SLOWLOG", "HELP")))

    def test_no_secret_is_in_it(self):
        commands = [
            ("AUTH", "sesame"),
            ("AUTH", "ann", "sesame"),
            ("HELLO", "2", "AUTH", "ann", "sesame"),
            ("ACL", "SETUSER", "ann", "on", ">sesame"),
            ("CONFIG", "SET", "requirepass", "sesame"),
        ]
        for command in commands:
            self.client.send(*command)
            reply = self.client.read()
            self.assertIsInstance(reply, ReplyError)
            self.assertNotIn("sesame", reply.text if command[0] != "ACL" else "")
        self.assertNotIn("sesame", repr(self.client.call("SLOWLOG", "GET", "-1")))
        self.assertNotIn("sesame", self.server.process.log())
        self.newest("AUTH")
        self.newest("CONFIG", "SET", "requirepass", "(redacted)")

    def test_a_client_that_left_is_not_in_it(self):
        """And what was kept of its command is freed: the sanitizers would tell."""
        for _ in range(20):
            other = self.server.client()
            other.send("QUERY", "count from current where a = 1 nocache")
            other.close()
        time.sleep(0.1)
        self.assertEqual(self.client.call("PING"), b"PONG")


class Stopping(unittest.TestCase):
    """A shard that we stop keeps what is under way under way."""

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        self.server = Server(1, shard_words=["static", "unix:" + self.redis.socket])
        self.addCleanup(self.server.close)
        self.addCleanup(self.go_on)
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(300)])
        self.client.call("QUERY", self.QUERY)

    QUERY = "count a in [0,2] from current"

    def stop_shard(self):
        os.kill(self.redis.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.redis.process.pid, signal.SIGCONT)

    def start(self, *command):
        """A client that waits for the stopped shard."""
        self.stop_shard()
        other = self.server.client()
        self.addCleanup(other.close)
        before = int(harness.info(self.client)["total_commands_processed"])
        other.send(*command)
        self.server.wait_until(
            lambda: int(harness.info(self.client)["total_commands_processed"]) > before + 1, "the command runs"
        )
        return other

    def signal(self, number=signal.SIGTERM):
        self.server.process.popen.send_signal(number)

    def wait_draining(self):
        self.server.wait_until(
            lambda: "shutdown_in_milliseconds" in harness.info(self.client), "the server drains"
        )

    def assert_ends(self, within_s, status=0):
        started = time.monotonic()
        self.assertEqual(self.server.process.popen.wait(harness.STOP_TIMEOUT_S), status)
        self.assertLess(time.monotonic() - started, within_s)
        self.assertIn("bye", self.server.process.log())

    def assert_refused(self, *command):
        with self.assertRaises(ReplyError) as caught:
            self.client.call(*command)
        self.assertEqual(caught.exception.text, "ERR server is shutting down")

    def test_a_query_that_runs_is_answered_and_new_ones_are_refused(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number):
                other = self.start("QUERY", self.QUERY)
                self.signal(number)
                self.wait_draining()
                self.assertRaises(OSError, self.server.client)
                self.assertRaises(OSError, self.server.client, unix=True)
                for command in (("QUERY", self.QUERY), ("HSET", "profile_1", "a", "9"), ("HGET", "profile_1", "a"),
                                ("PING",), ("DBSIZE",)):
                    self.assert_refused(*command)
                other.send("PING")  # behind the query: answered behind it
                self.assertEqual(pairs(self.client.call("QUERY", "LIST")[0])["query"], self.QUERY.encode())
                self.go_on()
                self.assertEqual(other.read(), [100, 100, 100])
                self.assertEqual(other.read(), ReplyError("ERR server is shutting down"))
                self.assert_ends(5)
                self.assertTrue(self.client.is_closed())
                self.server.start()
                self.client = self.server.client()
                self.addCleanup(self.client.close)

    def test_a_write_that_was_taken_is_acknowledged(self):
        other = self.start("HSET", "profile_1", "a", "7")
        self.signal()
        self.wait_draining()
        self.go_on()
        self.assertEqual(other.read(), 0)
        self.assert_ends(5)
        self.server.start()
        with self.server.client() as client:
            self.assertEqual(client.call("HGET", "profile_1", "a"), b"7")

    def test_a_large_reply_is_sent_whole(self):
        """To a client that has not begun to read it."""
        value = b"x" * 8000000
        self.client.call("HSET", "profile_1", "b", value)
        self.client.send("HGET", "profile_1", "b")
        with self.server.client() as other:
            self.server.wait_until(
                lambda: int(harness.info(other)["total_net_output_bytes"]) > len(value), "the reply is written"
            )
        self.signal()
        time.sleep(0.3)
        self.assertIsNone(self.server.process.popen.poll())
        self.assertEqual(self.client.read(), value)
        self.assert_ends(5)

    def test_shutdown_timeout(self):
        self.client.call("CONFIG", "SET", "shutdown-timeout", "1")
        other = self.start("QUERY", self.QUERY)
        self.signal()
        started = time.monotonic()
        self.assertEqual(other.read(), ReplyError("ERR server is shutting down"))
        self.assertGreater(time.monotonic() - started, 0.9)
        self.assert_ends(5)

    def test_a_second_signal_ends_at_once(self):
        other = self.start("QUERY", self.QUERY)
        self.signal()
        self.wait_draining()
        self.signal()
        self.assert_ends(2)
        self.assertTrue(other.is_closed())

    def test_idle_clients_do_not_hold_it(self):
        others = [self.server.client() for _ in range(20)]
        self.signal()
        self.assert_ends(2)
        for other in others:
            self.assertTrue(other.is_closed())
            other.close()

    def test_a_client_that_waits_for_another_does_not_hold_it(self):
        self.client.send("BLPOP", "nobody-pushes", "0")
        with self.server.client() as other:
            self.server.wait_until(lambda: b"requests=1" in other.call("CLIENT", "LIST").split(b"\n")[1], "it waits")
        self.signal()
        self.assert_ends(2)

    def test_shutdown(self):
        other = self.start("QUERY", self.QUERY)
        admin = self.server.client()
        self.addCleanup(admin.close)
        admin.send("SHUTDOWN", "NOSAVE")
        self.wait_draining()
        self.assert_refused("PING")
        self.go_on()
        self.assertEqual(other.read(), [100, 100, 100])
        self.assert_ends(5)
        self.assertRaises((Closed, OSError), admin.read)

    def test_shutdown_now(self):
        other = self.start("QUERY", self.QUERY)
        self.client.send("SHUTDOWN", "NOW")
        self.assert_ends(2)
        self.assertTrue(other.is_closed())
        self.assertRaises((Closed, OSError), self.client.read)

    def test_shutdown_abort(self):
        other = self.start("QUERY", self.QUERY)
        admin, gone = self.server.client(), self.server.client()
        self.addCleanup(admin.close)
        admin.send("SHUTDOWN")
        gone.send("SHUTDOWN")
        self.wait_draining()
        gone.close()
        time.sleep(1.5)  # until the server knows
        self.assertEqual(self.client.call("SHUTDOWN", "ABORT"), b"OK")
        self.assertEqual(admin.read(), ReplyError("ERR SHUTDOWN was aborted"))
        self.go_on()
        self.assertEqual(other.read(), [100, 100, 100])
        for unix in (False, True):
            with self.server.client(unix=unix) as client:
                self.assertEqual(client.call("QUERY", self.QUERY), [100, 100, 100])
        with self.assertRaises(ReplyError) as caught:
            self.client.call("SHUTDOWN", "ABORT")
        self.assertEqual(caught.exception.text, "ERR No shutdown in progress.")
        self.signal()
        self.assert_ends(5)

    def test_shutdown_words(self):
        for words in (("NOSAVE", "SAVE"), ("ABORT", "NOW"), ("SOON",)):
            with self.assertRaises(ReplyError) as caught:
                self.client.call("SHUTDOWN", *words)
            self.assertEqual(caught.exception.text, "ERR syntax error")


class Starting(unittest.TestCase):
    def test_a_signal_while_it_waits_for_shards(self):
        """Static shards that nobody serves; embedded ones, at different moments of their start."""
        static = ["static", "127.0.0.1:%d" % harness.free_port()]
        for number, words, delay_s in (
            (signal.SIGTERM, static, 0),
            (signal.SIGINT, static, 0.3),
            (signal.SIGTERM, ["embedded", "2"], 0),
            (signal.SIGTERM, ["embedded", "2"], 0.01),
            (signal.SIGTERM, ["embedded", "2"], 0.05),
        ):
            with self.subTest(words=words[0], delay_s=delay_s), tempfile.TemporaryDirectory() as folder:
                process = harness.Process(
                    [harness.SERVER, "--port", str(harness.free_port()), "--dir", folder + "/data", "--shards", *words],
                    folder + "/log",
                )
                while "pid" not in process.log() and process.popen.poll() is None:
                    time.sleep(0.001)
                time.sleep(delay_s)
                children = harness.process_children(process.pid)
                process.popen.send_signal(number)
                self.assertEqual(process.popen.wait(30), 0, process.log())
                self.assertIn("bye", process.log())
                self.assertEqual([pid for pid in children if harness.process_parent(pid) == process.pid], [])


if __name__ == "__main__":
    harness.main()
