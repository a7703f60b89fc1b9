"""What outlasts one command: MULTI, WATCH, blocking commands, subscriptions; on one shard and on three."""

import os
import threading
import time
import unittest

import quipu_harness as harness
from quipu_harness import ReplyError, Server, ServerCase


class Sessions:
    def test_a_transaction_is_carried_out_in_one_piece(self):
        c = self.client
        self.assertEqual(c.call("MULTI"), b"OK")
        self.assertEqual(c.call("SET", "a{t}", "1"), b"QUEUED")
        self.assertEqual(c.call("INCR", "a{t}"), b"QUEUED")
        self.assertEqual(c.call("LPUSH", "a{t}", "x"), b"QUEUED")
        self.assertEqual(c.call("PING"), b"QUEUED")
        c.send("EXEC")
        raw = c.read_raw()
        self.assertTrue(raw.startswith(b"*4\r\n+OK\r\n:2\r\n-WRONGTYPE "), raw)
        self.assertTrue(raw.endswith(b"\r\n+PONG\r\n"), raw)
        self.assertEqual(c.call("GET", "a{t}"), b"2")
        self.assertEqual(c.pipeline([("MULTI",), ("GET", "a{t}"), ("EXEC",)])[-1], [b"2"])
        self.assertEqual(c.pipeline([("MULTI",), ("EXEC",)])[-1], [])
        c.call("DEL", "a{t}")

    def test_what_is_refused_before_exec_is_not_carried_out(self):
        c = self.client
        for wrong in (("NOSUCH",), ("GET",), ("COUNT", "from", "current"), ("HSET", "profile_1", "a", "1"), ("SUBSCRIBE", "x")):
            c.call("MULTI")
            with self.assertRaises(ReplyError):
                c.call(*wrong)
            self.assertEqual(c.call("SET", "b", "1"), b"QUEUED")
            self.assert_error("EXECABORT", "EXEC")
        self.assertIsNone(c.call("GET", "b"))
        self.assert_error("ERR", "EXEC", contains="EXEC without MULTI")
        self.assert_error("ERR", "DISCARD", contains="DISCARD without MULTI")
        c.call("MULTI")
        self.assert_error("ERR", "MULTI", contains="nested")
        self.assert_error("ERR", "WATCH", "x", contains="not allowed")
        self.assertEqual(c.call("DISCARD"), b"OK")

    def test_a_key_that_is_watched_and_written_undoes_exec(self):
        c = self.client
        with self.server.client() as other:
            self.assertEqual(c.pipeline([("WATCH", "w{t}"), ("MULTI",), ("SET", "w{t}", "1")]), [b"OK", b"OK", b"QUEUED"])
            other.call("SET", "w{t}", "2")
            self.assertIsNone(c.call("EXEC"))
            self.assertEqual(c.call("GET", "w{t}"), b"2")
            c.pipeline([("WATCH", "w{t}"), ("MULTI",), ("SET", "w{t}", "3")])
            self.assertEqual(c.call("EXEC"), [b"OK"])
            c.pipeline([("WATCH", "w{t}"), ("UNWATCH",)])
            other.call("SET", "w{t}", "4")
            self.assertEqual(c.pipeline([("MULTI",), ("INCR", "w{t}"), ("EXEC",)])[-1], [5])
            c.call("WATCH", "w{t}")
            self.assert_error("EXECABORT", "EXEC", "x")
            other.call("SET", "w{t}", "6")
            self.assertEqual(c.pipeline([("MULTI",), ("INCR", "w{t}"), ("EXEC",)])[-1], [7], "EXEC, even refused, ends WATCH")
            c.call("WATCH", "profile_1")
            other.call("HSET", "profile_1", "a", "1")
            self.assertIsNone(c.pipeline([("MULTI",), ("HGET", "profile_1", "a"), ("EXEC",)])[-1])
            other.call("DEL", "profile_1", "w{t}")

    def nblocked(self):
        """At the shards."""
        found = 0
        for i in range(self.server.shards):
            with harness.Client(os.path.join(self.server.dir, "data", "shard-%d" % i, "redis.sock")) as shard:
                found += int(harness.info(shard, "clients")["blocked_clients"])
        return found

    def test_a_blocking_pop_waits_and_nobody_waits_behind_it(self):
        c = self.client
        with self.server.client() as other:
            c.send("BLPOP", "q", "0")
            time.sleep(0.05)
            self.assertEqual(other.call("RPUSH", "q", "v"), 1)
            self.assertEqual(c.read(), [b"q", b"v"])
            c.send("BLPOP", "q", "0")  # whoever waited behind it would wait for ever
            self.assertEqual(other.pipeline([("PING",), ("LLEN", "q")]), [b"PONG", 0])
            self.assertEqual(other.call("RPUSH", "q", "w"), 1)
            self.assertEqual(c.read(), [b"q", b"w"])
            self.assertIsNone(c.call("BLPOP", "q", "0.05"))
        self.assertEqual(c.pipeline([("SET", "z", "1"), ("BLPOP", "q", "0.05"), ("GET", "z")]), [b"OK", None, b"1"])
        with self.server.client() as gone:
            gone.send("BLPOP", "q", "0")
            self.server.wait_until(lambda: self.nblocked() == 1, "it waits")
        self.server.wait_until(lambda: self.nblocked() == 0, "it has left")  # what is pushed now is not lost on it
        self.assertEqual(c.call("RPUSH", "q", "kept"), 1)
        self.assertEqual(c.call("LPOP", "q"), b"kept")

    def test_a_wait_can_be_ended(self):
        with self.server.client() as blocked:
            me = blocked.call("CLIENT", "ID")
            self.assertEqual(self.client.call("CLIENT", "UNBLOCK", me), 0)
            for how, outcome in (((), type(None)), (("ERROR",), ReplyError)):
                blocked.send("BLPOP", "nothing", "0")
                self.server.wait_until(lambda: self.client.call("CLIENT", "UNBLOCK", me, *how) == 1, "it is blocked")
                self.assertIsInstance(blocked.read(), outcome)
            blocked.send("BLPOP", "nothing", "0")
            self.server.wait_until(lambda: b"blocked_clients:1" in self.client.call("INFO", "clients"), "it is counted")
            self.client.call("RPUSH", "nothing", "x")
            self.assertEqual(blocked.read(), [b"nothing", b"x"])

    def test_messages_reach_who_subscribes(self):
        with self.server.client() as a, self.server.client() as b, self.server.client(resp3=True) as d:
            self.assertEqual(a.call("SUBSCRIBE", "news", "more"), [b"subscribe", b"news", 1])
            self.assertEqual(a.read(), [b"subscribe", b"more", 2])
            self.assertEqual(b.call("PSUBSCRIBE", "n*"), [b"psubscribe", b"n*", 1])
            d.send("SUBSCRIBE", "news")
            self.assertEqual(list(d.read()), [b"subscribe", b"news", 1])
            self.assertEqual(self.client.call("PUBLISH", "news", "hello"), 3)
            self.assertEqual(a.read(), [b"message", b"news", b"hello"])
            self.assertEqual(b.read(), [b"pmessage", b"n*", b"news", b"hello"])
            self.assertEqual(list(d.read()), [b"message", b"news", b"hello"])
            self.assertEqual(d.call("SET", "free", "1"), b"OK")
            self.assert_error("ERR", "GET", "free", client=a, contains="allowed in this context")
            self.assertEqual(a.call("PING"), [b"pong", b""])
            self.assertEqual(a.call("UNSUBSCRIBE", "news"), [b"unsubscribe", b"news", 1])
            self.assertEqual(a.call("UNSUBSCRIBE"), [b"unsubscribe", b"more", 0])
            self.assertEqual(a.call("GET", "free"), b"1")
            self.assertEqual(b.raw("RESET"), b"+RESET\r\n")
            self.assertEqual(b.call("GET", "free"), b"1")
        self.server.wait_until(lambda: self.client.call("PUBLISH", "nobody", "x") == 0, "the subscribers are gone")

    def test_sharded_channels(self):
        with self.server.client() as a:
            self.assertEqual(a.call("SSUBSCRIBE", "s1"), [b"ssubscribe", b"s1", 1])
            self.assertEqual(self.client.call("SPUBLISH", "s1", "m"), 1)
            self.assertEqual(a.read(), [b"smessage", b"s1", b"m"])
            self.assertEqual(a.call("SUNSUBSCRIBE"), [b"sunsubscribe", b"s1", 0])

    def test_many_transactions_at_once_do_not_mix(self):
        wrong = []

        def run(n):
            with self.server.client() as client:
                for i in range(100):
                    key = "mix%d{m}" % n
                    reply = client.pipeline(
                        [("MULTI",), ("SET", key, i), ("INCRBY", key, 1), ("GET", key), ("EXEC",)]
                    )[-1]
                    if reply != [b"OK", i + 1, b"%d" % (i + 1)]:
                        wrong.append(reply)

        threads = [threading.Thread(target=run, args=(n,)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])


    def test_a_script_that_does_not_end_can_be_killed(self):
        with self.server.client() as other:
            other.send("EVAL", "while true do end", "0")
            time.sleep(0.1)
            self.server.wait_until(self.killed, "the script is killed")
            self.assertIsInstance(other.read(), ReplyError)
        self.assert_error("NOTBUSY", "SCRIPT", "KILL")

    def killed(self):
        try:
            return self.client.call("SCRIPT", "KILL") == b"OK"
        except ReplyError:
            return False


class OneShard(Sessions, ServerCase):
    shards = 1

    def test_any_keys_go_together(self):
        self.assertEqual(self.client.pipeline([("MULTI",), ("SET", "x", "1"), ("SET", "y", "2"), ("EXEC",)])[-1], [b"OK", b"OK"])
        self.assertEqual(self.client.call("SUNIONSTORE", "dst", "nope1", "nope2"), 0)


class ThreeShards(Sessions, ServerCase):
    shards = 3

    def test_keys_of_several_slots_do_not_go_together(self):
        self.client.call("MULTI")
        self.assertEqual(self.client.call("SET", "x", "1"), b"QUEUED")
        self.assert_error("CROSSSLOT", "SET", "y", "2")
        self.assert_error("EXECABORT", "EXEC")
        self.assert_error("CROSSSLOT", "BLPOP", "x", "y", "1")
        self.client.call("WATCH", "x")
        self.assert_error("CROSSSLOT", "WATCH", "y")
        self.client.call("UNWATCH")
        self.assert_error("CROSSSLOT", "SUNIONSTORE", "dst", "a", "b")
        self.assert_error("CROSSSLOT", "MSETNX", "a", "1", "b", "2")
        self.assertIsNone(self.client.call("GET", "a"))


if __name__ == "__main__":
    harness.main()
