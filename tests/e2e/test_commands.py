"""The commands that are no queries: connection, server, rows; and what a client may send by mistake or malice."""

import os
import random
import re
import socket
import time

import quipu_harness as harness
from quipu_harness import Closed, Redis, ReplyError, ServerCase, pairs


class Connection(ServerCase):
    def test_ping_echo(self):
        self.assertEqual(self.client.raw("PING"), b"+PONG\r\n")
        self.assertEqual(self.client.raw("ping", "hello"), b"$5\r\nhello\r\n")
        self.assertEqual(self.client.raw("ECHO", "a\r\nb"), b"$4\r\na\r\nb\r\n")
        self.assert_error("ERR", "ECHO", contains="wrong number of arguments")
        self.assert_error("ERR", "PING", "a", "b", contains="wrong number of arguments")

    def test_unknown_command(self):
        text = self.assert_error("ERR", "NOSUCH", "a", contains="NOSUCH")
        self.assertIn("unknown command", text)
        self.assertEqual(self.client.call("PING"), b"PONG")

    def test_hello(self):
        reply = pairs(self.client.call("HELLO"))
        self.assertEqual(reply["proto"], 2)
        self.assertIn(b"quipu", reply["server"].lower())
        reply = pairs(self.client.call("HELLO", "3"))
        self.assertEqual(reply["proto"], 3)
        self.assertTrue(self.client.raw("HELLO").startswith(b"%"))
        self.assertTrue(self.client.raw("HELLO", "2").startswith(b"*"))
        self.assert_error("NOPROTO", "HELLO", "4")
        self.assertEqual(pairs(self.client.call("HELLO", "3", "SETNAME", "me"))["proto"], 3)
        self.assertEqual(self.client.call("CLIENT", "GETNAME"), b"me")

    def test_select_quit_reset(self):
        self.assertEqual(self.client.call("SELECT", "0"), b"OK")
        self.assert_error("ERR", "SELECT", "1")
        self.client.call("HELLO", "3")
        self.assertEqual(self.client.raw("RESET"), b"+RESET\r\n")
        self.assertTrue(self.client.raw("HELLO").startswith(b"*"))
        self.assertEqual(self.client.call("QUIT"), b"OK")
        self.assertTrue(self.client.is_closed())

    def test_client(self):
        me = self.client.call("CLIENT", "ID")
        self.assertIsInstance(me, int)
        self.assertIn(self.client.call("CLIENT", "GETNAME"), (None, b""))
        self.assertEqual(self.client.call("CLIENT", "SETNAME", "tester"), b"OK")
        self.assertEqual(self.client.call("CLIENT", "GETNAME"), b"tester")
        self.assert_error("ERR", "CLIENT", "SETNAME", "two words")
        self.assertIn(b"name=tester", self.client.call("CLIENT", "INFO"))
        with self.server.client() as other:
            other_id = other.call("CLIENT", "ID")
            self.assertGreater(other_id, me)
            listed = self.client.call("CLIENT", "LIST")
            self.assertIn(b"id=%d " % me, listed)
            self.assertIn(b"id=%d " % other_id, listed)
            self.assertEqual(self.client.call("CLIENT", "KILL", "ID", other_id), 1)
            self.assertTrue(other.is_closed())
        self.assertEqual(self.client.call("CLIENT", "KILL", "ID", "999999"), 0)

    def test_help_and_hints_know_every_word(self):
        """The lexer's keywords, in `count help` or in what redis-cli shows of COUNT."""
        with open(os.path.join(harness.ROOT, "parser", "lexer.re"), encoding="utf-8") as lexer:
            words = {word.upper() for word in re.findall(r"'(\w+)'\s*\{ kind = TOKEN_", lexer.read())}
        self.assertGreater(len(words), 60)
        page = " ".join(line.decode() for line in self.client.call("COUNT", "help"))
        hint = pairs(self.client.call("COMMAND", "DOCS", "count")[1])["arguments"][0]
        told = set(re.findall(r"\w+", page + " " + pairs(hint)["name"].decode()))
        self.assertEqual(words - told, set())

    def test_command(self):
        commands = self.client.call("COMMAND")
        names = {command[0].lower() for command in commands}
        for name in (b"ping", b"count", b"query", b"hset", b"hgetall", b"info", b"dataset", b"cache"):
            self.assertIn(name, names)
        self.assertEqual(self.client.call("COMMAND", "COUNT"), len(commands))
        described = self.client.call("COMMAND", "INFO", "hset", "nosuch")
        self.assertEqual(described[0][0], b"hset")
        self.assertIsNone(described[1])
        docs = self.client.call("COMMAND", "DOCS", "hset")
        self.assertEqual(docs[0], b"hset")
        self.assertGreater(len(self.client.call("COMMAND", "DOCS")), 40)

    def test_info_config_time(self):
        lines = harness.info(self.client)
        self.assertEqual(lines["tcp_port"], str(self.server.port))
        self.assertIn("uptime_in_seconds", lines)
        self.assertIn("connected_clients", lines)
        config = pairs(self.client.call("CONFIG", "GET", "query-*"))
        self.assertEqual(config["query-timeout"], b"10000")
        self.assertEqual(self.client.call("CONFIG", "SET", "query-timeout", "5s"), b"OK")
        self.assertEqual(pairs(self.client.call("CONFIG", "GET", "query-timeout")), {"query-timeout": b"5000"})
        self.client.call("CONFIG", "SET", "query-timeout", "10000")
        self.assert_error("ERR", "CONFIG", "SET", "query-timeout", "never")
        self.assert_error("ERR", "CONFIG", "SET", "port", "1")
        self.assert_error("ERR", "CONFIG", "SET", "nosuch", "1")
        self.assertEqual(self.client.call("CONFIG", "GET", "nosuch"), [])
        before = int(time.time())
        seconds, micros = self.client.call("TIME")
        self.assertLessEqual(before, int(seconds))
        self.assertLessEqual(int(seconds), time.time())
        self.assertLess(int(micros), 1000000)

    def test_dbsize_and_dataset(self):
        before = self.client.call("DBSIZE")
        self.hset("profile_1", a=1)
        self.hset("profile_2", a=1, b=2)
        self.assertEqual(self.client.call("DBSIZE"), before + 2)
        described = pairs(self.client.call("DATASET", "INFO", "current"))
        self.assertEqual(described["rows"], before + 2)
        self.assertEqual(described["shards"], 2)
        self.assertGreater(described["partitions"], 0)
        verify = pairs(self.client.call("DATASET", "VERIFY", "current"))
        self.assertEqual(verify["mismatches"], 0)
        self.assertEqual(verify["rows"], before + 2)
        self.assert_error("NODATASET", "DATASET", "VERIFY", "nosuch", contains="nosuch")
        self.assert_error("NODATASET", "DATASET", "INFO", "nosuch", contains="nosuch")


class Rows(ServerCase):
    def setUp(self):
        super().setUp()
        self.redis = Redis()
        self.addCleanup(self.redis.close)

    def check_same(self, commands, resp3=False):
        """The reply's bytes must be a real Redis server's. HKEYS and such: the hash is small, its order kept."""
        with self.server.client(resp3) as ours, self.redis.client() as theirs:
            if resp3:
                theirs.call("HELLO", "3")
            for command in commands:
                expected = theirs.raw(*command)
                reply = ours.raw(*command)
                self.assertEqual(reply, expected, command)
                self.rows.add(command[1])

    COMMANDS = [
        ("HSET", "profile_1", "a", "1", "b", "two words", "c", ""),
        ("HSET", "profile_1", "a", "2"),
        ("HSET", "profile_1", "a", "2", "d", "\r\n", "a", "3"),
        ("HGET", "profile_1", "a"),
        ("HGET", "profile_1", "c"),
        ("HGET", "profile_1", "none"),
        ("HGET", "profile_none", "a"),
        ("HMGET", "profile_1", "a", "none", "b"),
        ("HMGET", "profile_none", "a"),
        ("HGETALL", "profile_1"),
        ("HGETALL", "profile_none"),
        ("HLEN", "profile_1"),
        ("HLEN", "profile_none"),
        ("HKEYS", "profile_1"),
        ("HVALS", "profile_1"),
        ("HKEYS", "profile_none"),
        ("HMSET", "profile_2", "a", "10", "x y", "z"),
        ("HINCRBY", "profile_2", "a", "5"),
        ("HINCRBY", "profile_2", "a", "-100"),
        ("HINCRBY", "profile_2", "new", "7"),
        ("HINCRBY", "profile_2", "x y", "1"),
        ("HINCRBY", "profile_2", "a", "x"),
        ("HINCRBY", "profile_2", "a", "9223372036854775807"),
        ("HINCRBY", "profile_2", "a", "9223372036854775807"),
        ("HINCRBY", "profile_2", "a", "9223372036854775808"),
        ("HGETALL", "profile_2"),
        ("HSETNX", "profile_2", "a", "1"),
        ("HSETNX", "profile_2", "b", "1"),
        ("HSETNX", "profile_3", "b", "1"),
        ("EXISTS", "profile_1"),
        ("EXISTS", "profile_none"),
        ("HDEL", "profile_1", "a", "none", "b"),
        ("HDEL", "profile_1", "none"),
        ("HDEL", "profile_none", "a"),
        ("HDEL", "profile_1", "c", "d"),
        ("EXISTS", "profile_1"),
        ("HGETALL", "profile_1"),
        ("DEL", "profile_1"),
        ("DEL", "profile_2"),
        ("DEL", "profile_2"),
        ("UNLINK", "profile_3"),
        ("HSET", "profile_1", "a"),
        ("HSET", "profile_1", "a", "1", "b"),
        ("HMSET", "profile_1", "a"),
        ("HGET", "profile_1"),
        ("HGET", "profile_1", "a", "b"),
        ("HMGET", "profile_1"),
        ("HDEL", "profile_1"),
        ("HSETNX", "profile_1", "a"),
        ("HINCRBY", "profile_1", "a"),
        ("HGETALL", "profile_1", "a"),
    ]

    def test_replies_are_redis_own(self):
        self.check_same(self.COMMANDS)

    def test_replies_are_redis_own_in_resp3(self):
        self.check_same(self.COMMANDS, resp3=True)

    def test_several_keys(self):
        keys = ["profile_%d" % i for i in range(10)]
        commands = [("HSET", key, "a", "1") for key in keys]
        commands += [("EXISTS", *keys, "profile_none", keys[0]), ("DEL", *keys[:4], "profile_none")]
        commands += [("UNLINK", *keys[3:]), ("EXISTS", *keys)]
        self.check_same(commands)

    def test_random_sequence(self):
        rng = random.Random(5)
        fields = [b"a", b"b c", b"{x}", b"", b"\x00\xff"]
        values = [b"1", b"-7", b"007", b"2.5", b"", b"x y", b"9223372036854775807", b"\r\n"]
        keys = [b"profile_", b"profile_{a}b", b"profile_1 2", b"profile_\xff", b"profile_3"]
        commands = []
        for _ in range(400):
            key, field, value = rng.choice(keys), rng.choice(fields), rng.choice(values)
            commands.append(rng.choice([
                (b"HSET", key, field, value),
                (b"HSET", key, field, value, rng.choice(fields), rng.choice(values)),
                (b"HDEL", key, field), (b"HSETNX", key, field, value), (b"HINCRBY", key, field, b"3"),
                (b"HGET", key, field), (b"HGETALL", key), (b"DEL", key), (b"HLEN", key), (b"EXISTS", key),
                (b"HMGET", key, field, rng.choice(fields)), (b"HVALS", key),
            ]))
        self.check_same(commands)
        verify = pairs(self.client.call("DATASET", "VERIFY", "current"))
        self.assertEqual(verify["mismatches"], 0)

    def test_long_values(self):
        value = b"x" * (1 << 20)
        self.check_same([("HSET", "profile_9", "long", value), ("HGET", "profile_9", "long")])
        self.assertEqual(self.query("count from current where long exists"), 1)

    def test_refused(self):
        self.hset("profile_1", a=1)
        for command in (
            ("EXPIRE", "profile_1", "10"), ("PEXPIRE", "profile_1", "10"), ("RENAME", "profile_1", "profile_2"),
            ("HINCRBYFLOAT", "profile_1", "a", "0.5"), ("SET", "profile_1", "x"),
            ("COPY", "profile_1", "profile_2"), ("RESTORE", "profile_2", "0", "x"), ("SADD", "profile_1", "x"),
        ):
            self.assert_error("ERR", *command)
        self.assertEqual(self.client.call("HGETALL", "profile_1"), [b"a", b"1"])
        self.assertEqual(self.query("count from current where a = 1"), 1)

    def test_writes_on_a_row_are_counted_at_once(self):
        for i in range(50):
            self.hset("profile_7", a=i)
            self.assertEqual(self.query("count from current where a = %d" % i), 1)
            self.assertEqual(self.query("count from current where a = %d" % (i - 1)), 0)


class Protocol(ServerCase):
    def test_pipelining_keeps_order(self):
        """Queries take long, PING none: replies come in the order of the requests."""
        commands, expected = [], []
        for i in range(300):
            commands.append(("HSET", "profile_%d" % i, "a", i % 3))
            expected.append(1)
            self.rows.add("profile_%d" % i)
            commands.append(("ECHO", str(i)))
            expected.append(b"%d" % i)
            if i % 10 == 0:
                commands.append(("QUERY", "count from current"))
                expected.append(i + 1)
                commands.append(("QUERY", "count a in [0,2] from current nocache"))
                expected.append([(i + 3) // 3, (i + 2) // 3, (i + 1) // 3])
            if i % 50 == 0:
                commands.append(("QUERY", "count form"))
                expected.append("SYNTAX")
        self.client.send_bytes(b"".join(harness.encode(command) for command in commands))
        for command, answer in zip(commands, expected):
            reply = self.client.read()
            self.assertEqual(reply.code if isinstance(reply, ReplyError) else reply, answer, command)

    def test_inline(self):
        self.client.send_bytes(b"PING\r\n")
        self.assertEqual(self.client.read(), b"PONG")
        self.client.send_bytes(b"ping\nECHO 'a b'\n\r\nPING\n")
        self.assertEqual([self.client.read() for _ in range(3)], [b"PONG", b"a b", b"PONG"])
        self.client.send_bytes(b'HSET profile_1 a "x\\"y"\r\nHGET profile_1 a\r\n')
        self.rows.add("profile_1")
        self.assertEqual([self.client.read(), self.client.read()], [1, b'x"y'])

    def test_byte_by_byte(self):
        for byte in harness.encode(("ECHO", "slow")) + b"PING\r\n":
            self.client.send_bytes(bytes((byte,)))
            time.sleep(0.001)
        self.assertEqual([self.client.read(), self.client.read()], [b"slow", b"PONG"])

    def test_empty_requests(self):
        self.client.send_bytes(b"*0\r\n\r\n*-1\r\n*1\r\n$4\r\nPING\r\n")
        self.assertEqual(self.client.read(), b"PONG")

    def refuse(self, data):
        """The server must answer an error or close, and go on serving others; this client too, or close."""
        with self.server.client() as bad:
            try:
                bad.send_bytes(data)
                reply = bad.read()
                self.assertIsInstance(reply, ReplyError, (data[:80], reply))
                self.assertEqual(reply.code, "ERR")
                bad.send("PING")
                self.assertEqual(bad.read(), b"PONG", data[:80])
            except (Closed, ConnectionError):
                pass
        self.assertEqual(self.client.call("PING"), b"PONG")

    def test_malformed(self):
        for data in (
            b"*1\r\n$1073741824\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$abc\r\n", b"*99999999999\r\n", b"*x\r\n",
            b"*1\r\nPING\r\n", b"*1\r\n$99999999999999999999\r\n", b"*1\r\n:4\r\n",
            b"x" * (1 << 20) + b"y" * (1 << 17), b"HSET profile_1 'a\r\n",
        ):
            self.refuse(data)

    def test_binary_junk(self):
        rng = random.Random(11)
        for _ in range(60):
            with self.server.client() as bad:
                try:
                    bad.send_bytes(rng.choice((b"", b"*", b"*3\r\n", b"$")) + rng.randbytes(rng.randint(1, 4000)))
                    bad.socket.shutdown(socket.SHUT_WR)
                    self.assertTrue(bad.is_closed())
                except ConnectionError:
                    pass
        self.assertEqual(self.client.call("PING"), b"PONG")

    def test_half_sent(self):
        halves = []
        for _ in range(50):
            half = self.server.client()
            half.send_bytes(b"*4\r\n$4\r\nHSET\r\n$9\r\nprofile_1\r\n$1\r\na\r\n$100\r\nabc")
            halves.append(half)
        self.assertEqual(self.client.call("PING"), b"PONG")
        for half in halves:
            half.close()
        self.assertEqual(self.client.call("EXISTS", "profile_1"), 0)

    def test_request_limit(self):
        """A request of many arguments within their limits, all together over client-query-buffer-limit."""
        part = b"$%d\r\n%s\r\n" % (8 << 20, b"x" * (8 << 20))
        with self.server.client() as big:
            try:
                big.send_bytes(b"*12\r\n$4\r\nHSET\r\n$9\r\nprofile_1\r\n")
                for _ in range(10):
                    big.send_bytes(part)
                self.assertIsInstance(big.read(), ReplyError)
            except (Closed, ConnectionError):
                pass
        self.assertEqual(self.client.call("PING"), b"PONG")

    def test_leaves_without_reading(self):
        for _ in range(20):
            with self.server.client() as rude:
                rude.send_bytes(harness.encode(("COMMAND",)) * 50 + harness.encode(("QUERY", "count from current")))
        self.assertEqual(self.client.call("PING"), b"PONG")


if __name__ == "__main__":
    harness.main()
