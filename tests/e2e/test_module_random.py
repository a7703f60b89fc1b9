"""quipu.so under random writes and random queries, under clients that come and go, and under nonsense.

    QUIPU_SEED=1234 QUIPU_ROUNDS=1000 python3 tests/e2e/test_module_random.py Differential.test_in_threads
    QUIPU_FUZZ_SECONDS=600 python3 tests/e2e/test_module_random.py Fuzz
"""

import os
import random
import select
import socket
import threading
import time
import unittest

from module_harness import READ_ROWS, ModuleRedis, Partial, read_rows, rows_of, seeded, verify, wait_indexed
from oracle import Dim, OpenDim, WidthDim, count as oracle_count, expected, may_refuse_bins, write
from quipu_harness import ReplyError, encode, main, pairs, wait_in_step, wait_until
from random_queries import Data

ROUNDS = int(os.environ.get("QUIPU_ROUNDS", 200))
FUZZ_SECONDS = float(os.environ.get("QUIPU_FUZZ_SECONDS", 8))


class Writes(Data):
    """Random writes by every command that can change a row; what became of them is read from Redis."""

    field_commands = ()  # those of times of fields that the server has

    def learn(self, client):
        """What the server can."""
        names = ("HPEXPIRE", "HPEXPIREAT", "HEXPIRE", "HPERSIST", "HSETEX", "HGETEX", "HGETDEL", "HMGET")
        self.field_commands = [name for name in names if client.call("COMMAND", "INFO", name)[0]]

    def field_command(self):
        rng, key = self.rng, self.some_key()
        fields = rng.sample(self.names[:-1], rng.randint(1, 3))
        named = ("FIELDS", len(fields), *fields)
        when = ("PX", rng.choice((1, 20, 20, 300, 100000)))
        name = rng.choice(self.field_commands)
        if name == "HMGET":
            return (name, key, *fields)
        if name in ("HPERSIST", "HGETDEL"):
            return (name, key, *named)
        if name == "HGETEX":
            return (name, key, *rng.choice((when, when, ("PERSIST",), ("PXAT", 1))), *named)
        if name == "HSETEX":
            pairs = [word for field in fields for word in (field, rng.choice(self.values[field]))]
            return (name, key, *rng.choice((when, when, (), ("KEEPTTL",), ("EXAT", 1))), "FIELDS", len(fields), *pairs)
        if name == "HPEXPIREAT":
            return (name, key, int(time.time() * 1000) + rng.choice((-1, 0, 1, 10, 100)), *named)
        return (name, key, rng.choice((0, 1, 1, 100)) if name == "HEXPIRE" else when[1], *named)

    def any_command(self):
        rng = self.rng
        if self.field_commands and rng.random() < 0.15:
            return self.field_command()
        if rng.random() < 0.5:
            return self.write_command()[0]
        key, other = self.some_key(), self.some_key()
        outside = b"other_%d" % rng.randrange(20)
        field = rng.choice(self.names[:-1])
        return rng.choice((
            ("RENAME", key, other), ("RENAME", key, outside), ("RENAME", outside, key), ("RENAMENX", key, other),
            ("COPY", key, other), ("COPY", key, other, "REPLACE"), ("COPY", outside, key, "REPLACE"), ("COPY", key, outside),
            ("SET", key, "x"), ("APPEND", key, "x"), ("DEL", key, other), ("UNLINK", key), ("GETDEL", key),
            ("HINCRBYFLOAT", key, field, "0.5"), ("HSET", outside, field, "1"), ("HDEL", key, *self.names),
            ("PEXPIRE", key, rng.choice((1, 20, 100000))), ("PERSIST", key), ("EXPIREAT", key, "1"), ("EXPIRE", key, "-1"),
            ("MOVE", key, "1"), ("SINTERSTORE", key, "nobody"), ("LPUSH", key, "x"), ("RESTORE", key, "0", self.dump, "REPLACE"),
            ("EVAL", "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) redis.call('RENAME', KEYS[1], KEYS[2]) "
                     "redis.call('HSET', KEYS[1], ARGV[1], '3')", "2", key, other, field, "1"),
        ))

    def query(self):
        query = super().query()
        query.suppress = None  # quipu-server's to keep
        return query

    def some_key(self):
        rng = self.rng
        keys = getattr(self, "known", None) or list(self.rows)
        return rng.choice(keys) if keys and rng.random() < 0.9 else self.random_key(rng.randrange(10000))


class Differential(unittest.TestCase):
    def ask_both(self, client, text):
        """A count and the rows of the same moment: in MULTI, where it is made in Redis' own thread. Its clock stands still there,
        but not for scripts: a row whose time is over between two of them is alive for the count."""
        for _ in range(20):
            read = ("EVAL", READ_ROWS, "0", "profile_")
            before, reply, after = client.pipeline([("MULTI",), read, ("QUIPU.COUNT", text), read, ("EXEC",)])[4]
            if before == after:
                return reply, rows_of(before)
        self.fail("rows never stand still")

    def ask_between(self, client, text):
        """A count that may be made by other threads, and rows that were the same before it and behind it."""
        for _ in range(20):
            before = read_rows(client)
            client.send("QUIPU.COUNT", text)
            reply = client.read()
            if read_rows(client) == before:
                return reply, before
        self.fail("rows never stand still")

    def verify_between(self, client):
        """QUIPU.VERIFY, and the rows that were the same before it and behind it."""
        for _ in range(20):
            before = read_rows(client)
            found = verify(client)
            if read_rows(client) == before:
                return found, before
        self.fail("rows never stand still")

    def run_rounds(self, words, nrows=1200, databases=False):
        rng = seeded(self)
        with ModuleRedis(*words) as redis, redis.client() as client:
            data = Writes(rng, nrows)
            data.learn(client)
            client.pipeline(data.load_commands())
            client.call("HSET", "to_dump", "value_1", "1", "sex", "x")
            data.dump = client.call("DUMP", "to_dump")
            for round_number in range(ROUNDS):
                query = data.query()
                text = write(query, rng)
                ask = rng.choice((self.ask_both, self.ask_between))
                reply, rows = ask(client, text)
                data.known = list(rows)
                answer = expected(query, rows)
                refused = isinstance(reply, ReplyError) and reply.code == "LIMIT" and may_refuse_bins(query, rows)
                if not refused and reply != answer:
                    self.fail("round %d, %s, %d rows\nquery:    %r\nmodule:   %.3000r\nexpected: %.3000r"
                              % (round_number, ask.__name__, len(rows), text, reply, answer))
                client.pipeline([data.any_command() for _ in range(rng.randrange(30))])
                if databases and rng.random() < 0.1:
                    client.pipeline([rng.choice((("SWAPDB", "0", "1"), ("SELECT", rng.randrange(2)), ("FLUSHDB",),
                                                 ("DEBUG", "RELOAD")))])
                    client.pipeline(Data(rng, 200).load_commands())
                if rng.random() < 0.1:
                    self.assertEqual(verify(client)["mismatches"], 0)
            if not databases:
                self.assertGreater(len(rows), 0)  # there was something to be wrong about
            for db in range(2):
                client.call("SELECT", db)
                found, rows = self.verify_between(client)
                self.assertEqual(found["mismatches"], 0, found)
                self.assertEqual(found["rows"], len(rows))

    def test_in_redis_own_thread(self):
        self.run_rounds(("inline-us", 1000000))

    def test_in_threads(self):
        self.run_rounds(("inline-us", 0, "workers", 3))

    def test_plain_kernels(self):
        self.run_rounds(("inline-us", 100, "kernel", "plain"), 300)

    def test_databases(self):
        self.run_rounds(("inline-us", 0, "workers", 2), 300, databases=True)

    def test_a_replica_gives_the_same_answers(self):
        rng = seeded(self)
        with ModuleRedis("inline-us", 0, port=True) as master, ModuleRedis(port=True) as replica:
            with master.client() as at_master, replica.client() as at_replica:
                data = Writes(rng, 800)
                data.learn(at_master)
                at_master.pipeline(data.load_commands())
                at_master.call("HSET", "to_dump", "value_1", "1")
                data.dump = at_master.call("DUMP", "to_dump")
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                for _ in range(ROUNDS // 5):
                    at_master.pipeline([data.any_command() for _ in range(100)])
                    wait_in_step(at_master, at_replica)
                    query = data.query()
                    text = write(query, rng)
                    reply, rows = self.ask_between(at_replica, text)
                    data.known = list(rows)
                    if not (isinstance(reply, ReplyError) and may_refuse_bins(query, rows)):
                        self.assertEqual(reply, expected(query, rows), text)
                self.assertEqual(verify(at_replica)["mismatches"], 0)
                # Promoted, it goes on.
                master.kill()
                at_replica.call("REPLICAOF", "NO", "ONE")
                at_replica.pipeline([data.any_command() for _ in range(500)])
                self.assertEqual(verify(at_replica)["mismatches"], 0)

    def test_partials_are_the_answer(self):
        rng = seeded(self)
        with ModuleRedis("inline-us", 200) as redis, redis.client() as client:
            data = Data(rng, 1500)
            client.pipeline(data.load_commands())
            nread = 0
            for _ in range(ROUNDS):
                query = data.query()
                text = write(query, rng)
                client.send("QUIPU.PARTIAL", text)
                reply = client.read()
                if isinstance(reply, ReplyError):
                    self.assertTrue(reply.code == "LIMIT" and may_refuse_bins(query, data.rows), (reply, text))
                    continue
                partial = Partial(reply[0])
                cells = oracle_count(query, data.rows)
                for dim, radix in zip(query.dims, partial.dims):
                    if isinstance(dim, Dim):
                        self.assertEqual(radix, len(dim.labels))
                found = {}
                for cell, n in partial.rows().items():
                    found[tuple(self.position(dim, place) for dim, place in zip(query.dims, cell))] = n
                self.assertEqual(found, cells, text)
                nread += 1
            self.assertGreater(nread, ROUNDS // 2)

    @staticmethod
    def position(dim, place):
        if isinstance(dim, OpenDim):
            return dim.labels.index(place)
        if isinstance(dim, WidthDim):  # the bin's lower bound
            return next(i for i, label in enumerate(dim.labels) if label.startswith(b"[%s," % place))
        return place


def heavy_rows(n):
    return [["HSET", "profile_%d" % i, "a", i * 7919 % 9973, "b", i * 104729 % 8191, "c", i % 7] for i in range(n)]


HEAVY = "count a, b from current where !(c = 3) && !(a = 5)"


class Threads(unittest.TestCase):
    """Counts that take long, in other threads."""

    @classmethod
    def setUpClass(cls):
        cls.redis = ModuleRedis("workers", 2, "max-cells", 10000000)
        with cls.redis.client() as client:
            client.pipeline(heavy_rows(150000))

    @classmethod
    def tearDownClass(cls):
        try:
            cls.redis.stop()
        finally:
            cls.redis.close()

    def setUp(self):
        self.client = self.redis.client()
        self.addCleanup(self.client.close)

    def figures(self):
        return pairs(self.client.call("QUIPU.INFO"))

    def test_redis_serves_others_meanwhile(self):
        before = self.figures()["counts_long"]
        with self.redis.client() as other:
            other.send("QUIPU.COUNT", HEAVY)
            start, slowest, npings = time.monotonic(), 0, 0
            other.socket.settimeout(0)
            while True:
                sent = time.monotonic()
                self.client.call("SET", "x", "y")
                slowest = max(slowest, time.monotonic() - sent)
                npings += 1
                try:
                    if other.socket.recv(1, socket.MSG_PEEK):
                        break
                except BlockingIOError:
                    pass
            took = time.monotonic() - start
            other.socket.settimeout(60)
            self.assertGreater(len(other.read()), 100000)
        print("a count of %.0f ms; %d commands meanwhile, the slowest %.1f ms" % (took * 1000, npings, slowest * 1000))
        self.assertEqual(self.figures()["counts_long"], before + 1)
        self.assertGreater(npings, 20)

    def test_writes_go_on_and_a_row_is_seen_whole(self):
        """Two fields that are always written together: no count ever sees one without the other."""
        with ModuleRedis("workers", 2, "inline-us", 0) as redis, redis.client() as client:
            n = 100000
            client.pipeline([["HSET", "profile_%d" % i, "x", i % 5, "y", i % 5] for i in range(n)])
            stop = threading.Event()

            def write_pairs():
                rng = random.Random(1)
                with redis.client() as writer:
                    while not stop.is_set():
                        batch = []
                        for _ in range(200):
                            i, v = rng.randrange(n), rng.randrange(5)
                            batch.append(("HSET", "profile_%d" % i, "x", v, "y", v))
                            batch.append(("RENAME", "profile_%d" % i, "profile_%d" % i))
                        writer.pipeline(batch)

            thread = threading.Thread(target=write_pairs)
            thread.start()
            try:
                for _ in range(60):
                    table = client.call("QUIPU.COUNT", "count x in [0,4], y in [0,4] from current")
                    self.assertEqual(sum(map(sum, table)), n)
                    self.assertEqual(sum(table[i][i] for i in range(5)), n)
            finally:
                stop.set()
                thread.join()
            self.assertEqual(verify(client)["mismatches"], 0)
            # What the snapshots needed has been given back.
            until = time.monotonic() + 60
            while pairs(client.call("QUIPU.INFO", "current"))["bytes_snapshots"] > 100000:
                self.assertLess(time.monotonic(), until, client.call("QUIPU.INFO", "current"))
                time.sleep(0.05)

    def test_a_client_that_leaves_cancels_its_count(self):
        before = self.figures()["counts_cancelled"]
        for _ in range(10):
            other = self.redis.client()
            other.send("QUIPU.COUNT", HEAVY)
            time.sleep(0.005)
            other.close()
        until = time.monotonic() + 60
        while self.figures()["counts_cancelled"] < before + 10 or self.figures()["counts_running"]:
            self.assertLess(time.monotonic(), until, self.figures())
            time.sleep(0.02)
        self.assertEqual(self.client.call("QUIPU.COUNT", "count from current"), 150000)

    def test_time_that_is_over(self):
        start = time.monotonic()
        with self.assertRaises(ReplyError) as caught:
            self.client.call("QUIPU.COUNT", HEAVY + " timeout 1")
        self.assertEqual(caught.exception.text, "TIMEOUT the query was not answered within 1 ms")
        took = time.monotonic() - start
        start = time.monotonic()
        self.assertGreater(len(self.client.call("QUIPU.COUNT", HEAVY + " timeout 60000")), 100000)
        self.assertLess(took, max(2, time.monotonic() - start))  # less than all of it, on a machine of any speed

    def test_limits(self):
        with ModuleRedis("max-cells", 1000, "inline-us", 0) as redis, redis.client() as client:
            client.pipeline(heavy_rows(5000))
            with self.assertRaises(ReplyError) as caught:
                client.call("QUIPU.COUNT", HEAVY)
            self.assertEqual(caught.exception.text, "LIMIT max-cells is 1000, the answer has more")
            self.assertEqual(client.call("QUIPU.COUNT", "count c in [0,0] from current"), [715])

    def test_short_counts_do_not_wait_for_long_ones(self):
        with self.redis.client() as other:
            for _ in range(5):
                other.send("QUIPU.COUNT", HEAVY)
            start = time.monotonic()
            self.assertEqual(sum(self.client.call("QUIPU.COUNT", "count c in [0,6] from current")), 150000)
            short = time.monotonic() - start
            for _ in range(5):
                self.assertGreater(len(other.read()), 100000)
            long = time.monotonic() - start
        print("short %.1f ms, five long ones %.0f ms" % (short * 1000, long * 1000))
        self.assertLess(short, long / 2)

    def test_in_transactions_and_scripts_they_are_made_at_once(self):
        replies = self.client.pipeline([("MULTI",), ("QUIPU.COUNT", HEAVY), ("QUIPU.COUNT", "count from current"),
                                        ("EXEC",)])
        self.assertGreater(len(replies[3][0]), 100000)
        self.assertEqual(replies[3][1], 150000)
        self.assertGreater(self.client.call("EVAL", "return #redis.call('QUIPU.COUNT', ARGV[1])", "0", HEAVY), 100000)

    def test_a_dataset_that_is_dropped_or_flushed_under_a_count(self):
        with ModuleRedis("workers", 2) as redis, redis.client() as client, redis.client() as other:
            for how in (("FLUSHALL",), ("QUIPU.INDEX", "DROP", "current"), ("SWAPDB", "0", "1")):
                client.pipeline(heavy_rows(60000))
                client.call("QUIPU.INDEX", "CREATE", "current", "PREFIX", "profile_")
                wait_indexed(client)
                other.send("QUIPU.COUNT", HEAVY)
                # Its client is blocked while it runs; or it has been answered already.
                wait_until(lambda: b"flags=b" in client.call("CLIENT", "LIST") or
                           select.select([other.socket], [], [], 0)[0], "the count has begun")
                other.send("PING")
                client.call(*how)
                reply = other.read()
                self.assertGreater(len(reply), 40000, how)
                self.assertEqual(other.read(), b"PONG")
                client.call("FLUSHALL")

    def test_a_server_that_ends_under_counts(self):
        redis = ModuleRedis("workers", 3)
        try:
            with redis.client() as client:
                client.pipeline(heavy_rows(60000))
                others = [redis.client() for _ in range(8)]
                for other in others:
                    other.send("QUIPU.COUNT", HEAVY)
            redis.stop()
            for other in others:
                other.close()
        finally:
            redis.close()


class Fuzz(unittest.TestCase):
    """Whatever is sent: the server lives, the index is what the hashes are."""

    WORDS = [b"QUIPU.COUNT", b"QUIPU.PARTIAL", b"QUIPU.EXPLAIN", b"QUIPU.PROFILE", b"QUIPU.INDEX", b"QUIPU.INFO",
             b"QUIPU.VERIFY"]
    ARGS = [b"", b"current", b"CREATE", b"DROP", b"LIST", b"SET", b"PREFIX", b"FIELDS", b"DEEP", b"w1", b"w2", b"\x00", b"\xff" * 9,
            b"a" * 5000, b"profile_", b"'", b"`", b"count from current", b"-1", b"18446744073709551616", b"{", b"[1,9]", b"*3\r\n"]

    def command(self, rng, data):
        kind = rng.randrange(4)
        if kind == 0:
            return [rng.choice(self.WORDS)] + [rng.choice(self.ARGS) for _ in range(rng.randrange(6))]
        text = bytearray(write(data.query(), rng))
        if kind > 1:
            for _ in range(rng.randrange(1, 6)):
                self.spoil(rng, text)
        words = bytes(text).split(b" ") if rng.random() < 0.2 else [bytes(text)]
        return [rng.choice(self.WORDS[:4])] + words

    @staticmethod
    def spoil(rng, text):
        at = rng.randrange(len(text) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            text[at:at] = bytes((rng.randrange(256),))
        elif kind == 1:
            del text[at : at + rng.randrange(1, 8)]
        elif kind == 2:
            text[at:at] = text[rng.randrange(len(text) + 1) :][:40]
        elif kind == 3:
            text[at:at] = rng.choice((b"(", b")", b"!", b"!(", b"{", b"}", b"[", b"]", b"`", b"'", b" or ", b" in ", b",", b"99999999999999999999"))
        elif kind == 4:
            text[at:at] = b"(" * rng.randrange(300)
        elif len(text) > 1:
            text[at % len(text)] = rng.randrange(256)

    @staticmethod
    def index_rows(client):
        """The dataset is there, and over the rows: the commands may have dropped it, or made it of something else."""
        create = ("QUIPU.INDEX", "CREATE", "current", "PREFIX", "profile_")
        try:
            client.call(*create)
        except ReplyError:
            client.call("QUIPU.INDEX", "DROP", "current")
            client.call(*create)
        wait_indexed(client)

    def test_commands_and_texts(self):
        rng = seeded(self)
        with ModuleRedis("workers", 2, "inline-us", 50) as redis, redis.client() as client:
            data = Writes(rng, 500)
            client.pipeline(data.load_commands())
            client.call("HSET", "to_dump", "value_1", "1")
            data.dump = client.call("DUMP", "to_dump")
            until, ncommands, nerrors = time.monotonic() + FUZZ_SECONDS, 0, 0
            while time.monotonic() < until:
                batch = []
                for _ in range(100):
                    batch.append(self.command(rng, data))
                    if rng.random() < 0.3:
                        batch.append(data.any_command())
                replies = client.pipeline(batch)
                ncommands += len(replies)
                nerrors += sum(isinstance(reply, ReplyError) for reply in replies)
                for reply, command in zip(replies, batch):
                    if isinstance(reply, ReplyError):
                        self.assertRegex(reply.text, r"^[A-Z]+ ", command)
                if rng.random() < 0.05:
                    other = redis.client()
                    other.send_bytes(encode(self.command(rng, data))[: rng.randrange(400)])
                    other.close()
                if rng.random() < 0.1:
                    self.index_rows(client)
                    found = verify(client)
                    self.assertEqual(found["mismatches"], 0, found)
            print("%d commands, %d of them refused" % (ncommands, nerrors))
            self.assertGreater(nerrors, 10)
            self.assertGreater(ncommands - nerrors, 10)
            self.index_rows(client)
            self.assertEqual(verify(client)["mismatches"], 0)
            redis.stop()


if __name__ == "__main__":
    main()
