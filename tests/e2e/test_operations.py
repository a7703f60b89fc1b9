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


if __name__ == "__main__":
    harness.main()
