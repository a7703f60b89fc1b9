"""What people look with: redis-cli and valkey-cli of each version that is here, over two shards; and what they read."""

import os
import pty
import re
import subprocess
import time
import unittest

import quipu_harness as harness
from quipu_harness import ROOT, ReplyError, Server, ServerCase

SERVERS = os.path.join(ROOT, "build", "servers")
CLIS = [("redis-cli", "redis-cli")] + [
    (name, os.path.join(SERVERS, name)) for name in ("redis-cli-8.0", "redis-cli-8", "valkey-cli-8", "valkey-cli-9")
]
TIMEOUT_S = 60


def is_there(path):
    return os.sep not in path or os.access(path, os.X_OK)


class Clis(ServerCase):
    """One test for each thing, each with every cli."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.server.client() as client:
            client.pipeline([("SET", "k%d" % i, "v") for i in range(30)] + [("RPUSH", "list", "a", "b")])
            client.pipeline([("HSET", "profile_%d" % i, "a", str(i), "b", "x") for i in range(20)])
            client.call("EXPIRE", "k1", "1000")
            cls.nkeys = client.call("DBSIZE")

    def clis(self):
        found = [(name, path) for name, path in CLIS if is_there(path)]
        for name, path in CLIS:
            if (name, path) not in found:
                print("skipped: %s is not in build/servers; run scripts/servers" % name)
        for name, path in found:
            with self.subTest(cli=name):
                yield path

    def run_cli(self, path, *words):
        done = subprocess.run(
            [path, "-p", str(self.server.port), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
        )
        text = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, text)
        self.assertNotIn("ERR", text)
        return text

    def test_bigkeys(self):
        self.assertEqual(self.nkeys, 51)
        for path in self.clis():
            text = self.run_cli(path, "--bigkeys")
            self.assertIn("Sampled 51 keys in the keyspace!", text)
            self.assertRegex(text, r"20 hash(es|s) with 40 fields")
            self.assertIn("30 strings with 30 bytes", text)

    def test_memkeys(self):
        for path in self.clis():
            text = self.run_cli(path, "--memkeys")
            self.assertIn("Sampled 51 keys in the keyspace!", text)
            self.assertRegex(text, r"30 strings with \d+ bytes")

    def test_scan(self):
        for path in self.clis():
            keys = self.run_cli(path, "--scan", "--pattern", "profile_*").split()
            self.assertEqual(sorted(keys), sorted("profile_%d" % i for i in range(20)))

    def test_cluster_mode(self):
        for path in self.clis():
            self.assertEqual(self.run_cli(path, "-c", "mget", "k1", "k2", "k3").split(), ["v", "v", "v"])
            self.assertEqual(self.run_cli(path, "-c", "count", "b", "in", "{x}", "from", "current").split(), ["20"])

    def test_cluster_check(self):
        for path in self.clis():
            done = subprocess.run(
                [path, "--cluster", "check", "127.0.0.1:%d" % self.server.port], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=TIMEOUT_S,
            )
            text = done.stdout.decode("utf-8", "replace")
            self.assertEqual(done.returncode, 0, text)
            self.assertIn("All 16384 slots covered", text)
            self.assertIn("51 keys", text)

    def test_resp3(self):
        for path in self.clis():
            self.assertEqual(self.run_cli(path, "-3", "hgetall", "profile_7").split(), ["a", "7", "b", "x"])

    def test_stat(self):
        for path in self.clis():
            ours, theirs = pty.openpty()  # it flushes its lines at a terminal only
            with subprocess.Popen([path, "-p", str(self.server.port), "--stat", "-i", "0.1"], stdin=theirs, stdout=theirs, stderr=theirs) as cli:
                os.close(theirs)
                text, until = "", time.monotonic() + TIMEOUT_S
                try:
                    while not re.search(r"^ *51 +\S+", text, re.M) and time.monotonic() < until:
                        text += os.read(ours, 4096).decode("utf-8", "replace")
                except OSError:
                    pass  # it has ended
                finally:
                    cli.terminate()
                    os.close(ours)
                self.assertRegex(text, r"(?m)^ *51 +\S+ +\d+")  # keys, memory, clients


class Keyspace(ServerCase):
    """INFO's keys are DBSIZE's."""

    def keyspace(self, client=None):
        line = harness.info(client or self.client, "keyspace").get("db0")
        return line and {name: int(value) for name, value in (pair.split("=") for pair in line.split(","))}

    def wait_for(self, **wanted):
        harness.wait_until(lambda: wanted.items() <= (self.keyspace() or {}).items(), "keyspace %r" % wanted)

    def tearDown(self):
        self.client.call("FLUSHALL")
        super().tearDown()

    def test_keys_of_all_shards_without_the_index(self):
        self.client.pipeline([("SET", "k%d" % i, "v") for i in range(40)])
        self.client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "2") for i in range(40)])
        self.wait_for(keys=80, expires=0)
        self.assertEqual(self.client.call("DBSIZE"), 80)
        self.client.pipeline([("PEXPIRE", "k%d" % i, "100000000") for i in range(0, 40, 2)])
        self.wait_for(keys=80, expires=20)
        self.client.call("SET", "k1", "v", "PX", "100000000")
        self.client.pipeline([("DEL", "k%d" % i) for i in range(1, 40, 2)])
        self.wait_for(keys=60, expires=20)

    def test_it_comes_with_every_way_to_ask_for_all(self):
        self.client.call("SET", "k", "v")
        self.wait_for(keys=1)
        for words in ((), ("all",), ("everything",), ("default",), ("server", "keyspace"), ("KEYSPACE",)):
            with self.subTest(words=words):
                self.assertIn("# Keyspace\r\ndb0:keys=1,", self.client.call("INFO", *words).decode())
        self.assertNotIn("Keyspace", self.client.call("INFO", "server", "stats").decode())

    def test_no_keys_no_line(self):
        harness.wait_until(lambda: self.keyspace() is None, "no keys")
        self.assertIn("# Keyspace\r\n", self.client.call("INFO").decode())

    def test_many_at_once_are_one_question(self):
        clients = [self.server.client() for _ in range(20)]
        for client in clients:
            self.addCleanup(client.close)
            client.send("INFO", "keyspace")
        for client in clients:
            self.assertIn(b"# Keyspace", client.read())

    def test_who_may_not_count_keys_is_told_none(self):
        self.client.call("SET", "k", "v")
        self.wait_for(keys=1)
        self.client.call("ACL", "SETUSER", "ann", "on", ">pw", "~*", "alldatasets", "+info")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        with self.server.client() as ann:
            ann.call("AUTH", "ann", "pw")
            self.assertIsNone(self.keyspace(ann))
            self.client.call("ACL", "SETUSER", "ann", "+dbsize")
            self.assertEqual(self.keyspace(ann)["keys"], 1)
            self.client.call("ACL", "SETUSER", "ann", "resetdatasets", "dataset:current")
            self.assertIsNone(self.keyspace(ann))


class ShardGone(unittest.TestCase):
    def test_info_does_not_wait_for_a_shard_that_hangs(self):
        with Server(2, ("--shard-timeout", "20s")) as server, server.client() as client:
            client.call("SET", "k", "v")
            harness.wait_until(lambda: "db0" in harness.info(client), "the keyspace")
            pid = server.shard_pids()[0]
            os.kill(pid, 19)  # SIGSTOP
            try:
                started = time.monotonic()
                for _ in range(20):
                    self.assertIn("connected_clients", harness.info(client))
                # Twenty times the shard's time limit would be 400 s.
                self.assertLess(time.monotonic() - started, 60)
            finally:
                os.kill(pid, 18)  # SIGCONT
            harness.wait_until(lambda: harness.info(client).get("db0", "").startswith("keys=1,"), "the keyspace again")


class Kinds(ServerCase):
    """What the shards are."""

    def test_info_and_hello(self):
        shards = {name: line for name, line in harness.info(self.client, "shards").items() if re.fullmatch(r"shard\d+", name)}
        self.assertEqual(len(shards), 2)
        version = subprocess.run([harness.REDIS_SERVER, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
        number = re.search(r"v=(\S+)", version).group(1)
        name = "valkey" if "valkey" in version.lower() else "redis"
        for line in shards.values():
            self.assertIn(",server=%s,version=%s," % (name, number), line)
        for resp3 in (False, True):
            with self.server.client(resp3) as client:
                self.assertEqual(harness.pairs(client.call("HELLO"))["shards"], b"%s %s" % (name.encode(), number.encode()))


class Guis(ServerCase):
    """What RedisInsight, Another Redis Desktop Manager and their like ask: as Redis answers it, or refused in clear words."""

    def test_of_one_server(self):
        self.assertEqual(self.client.call("ROLE"), [b"master", 0, []])
        self.assertEqual(self.client.call("MODULE", "LIST"), [])
        self.assertEqual(self.client.call("LATENCY", "LATEST"), [])
        self.assertEqual(self.client.call("LATENCY", "HISTORY", "command"), [])
        self.assertEqual(self.client.call("LATENCY", "RESET"), 0)
        self.assertIn(b"LATENCY HISTOGRAM", self.client.call("LATENCY", "DOCTOR"))
        self.assertGreater(self.client.call("LASTSAVE"), 1_000_000_000)
        for words in (("MODULE", "LOAD", "x"), ("LATENCY", "GRAPH", "x"), ("CLIENT", "UNPAUSE")):
            self.assert_error("ERR", *words, contains="%s %s is refused: " % words[:2])

    def test_of_one_shard(self):
        for words in (("MEMORY", "STATS"), ("MEMORY", "DOCTOR"), ("MEMORY", "MALLOC-STATS")):
            self.assert_error("ERR", *words, contains="%s %s is refused: each shard has its own: send it to a shard" % words)
        self.assertEqual(self.client.call("MEMORY", "PURGE"), b"OK")

    def test_of_keys(self):
        self.client.call("SET", "k", "v")
        self.addCleanup(self.client.call, "DEL", "k")
        self.hset("profile_1", a=1)
        for key, kind in (("k", b"string"), ("profile_1", b"hash")):
            self.assertEqual(self.client.call("TYPE", key), kind)
            self.assertGreater(self.client.call("MEMORY", "USAGE", key), 0)
            self.assertIsInstance(self.client.call("OBJECT", "ENCODING", key), bytes)
            self.assertIsInstance(self.client.call("OBJECT", "IDLETIME", key), int)
            self.assertEqual(self.client.call("TTL", key), -1)

    def test_modules_that_are_not_there(self):
        for words in (("FT._LIST",), ("FT.SEARCH", "i", "*"), ("JSON.GET", "k"), ("TS.INFO", "k")):
            self.assert_error("ERR", *words, contains="unknown command '%s'" % words[0])

    def test_no_other_database_by_copy(self):
        self.client.call("SET", "{a}k", "v")
        self.addCleanup(self.client.call, "DEL", "{a}k", "{a}l")
        self.assert_error("ERR", "COPY", "{a}k", "{a}l", "DB", "1", contains="COPY is refused: there is one database")
        self.assert_error("ERR", "COPY", "{a}k", "{a}l", "REPLACE", "DB", "1", contains="there is one database")
        self.assertEqual(self.client.call("COPY", "{a}k", "{a}l", "DB", "0", "REPLACE"), 1)

    def test_one_slot_says_what_to_do(self):
        text = "to the same slot: give their names the same {tag}"
        for words in (("SINTER", "a", "b"), ("MSETNX", "a", "1", "b", "2"), ("BLPOP", "a", "b", "1"), ("WATCH", "a", "b"),
                      ("SSUBSCRIBE", "a", "b"), ("EVAL", "return 1", "2", "a", "b")):
            self.assert_error("CROSSSLOT", *words, contains=text)
        self.client.call("MULTI")
        self.client.call("GET", "a")
        self.assert_error("CROSSSLOT", "GET", "b", contains=text)
        self.assert_error("EXECABORT", "EXEC")


class OfOneShard(ServerCase):
    shards = 1

    def test_of_the_only_shard(self):
        self.assertIsInstance(self.client.call("MEMORY", "STATS"), list)


class OneDatabase(ServerCase):
    def test_select(self):
        self.assertEqual(self.client.call("SELECT", "0"), b"OK")
        self.assert_error("ERR", "SELECT", "1", contains="DB index is out of range: there is one database, 0")
        self.assert_error("ERR", "SELECT", "x", contains="not an integer")

    def test_config_get_databases(self):
        self.assertEqual(harness.pairs(self.client.call("CONFIG", "GET", "databases")), {"databases": b"1"})
        self.assertIn("databases", harness.pairs(self.client.call("CONFIG", "GET", "*")))
        self.assert_error("ERR", "CONFIG", "SET", "databases", "2")


class Restricted(ServerCase):
    def test_subcommands_that_look_like_queries(self):
        """COMMAND COUNT was read as a query. No subcommand of any command may be."""
        self.client.call("ACL", "SETUSER", "ann", "on", ">pw", "~x", "alldatasets", "+@all", "-shutdown")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        with self.server.client() as ann:
            ann.call("AUTH", "ann", "pw")
            self.assertGreater(ann.call("COMMAND", "COUNT"), 200)
            self.client.call("ACL", "SETUSER", "ann", "-command|count")
            self.assert_error("NOPERM", "COMMAND", "COUNT", client=ann, contains="'command|count'")
        docs = self.client.call("COMMAND", "DOCS")
        tried = 0
        for parent, about in zip(docs[0::2], docs[1::2]):
            for name in harness.pairs(about).get("subcommands", [])[0::2]:
                words = name.split(b"|") + [b"x"] * 3
                for nwords in range(2, 6):
                    try:
                        text = self.client.call("ACL", "DRYRUN", "ann", *words[:nwords]).decode()
                    except ReplyError as error:
                        text = error.text
                    self.assertEqual("At column" in text, name == b"query|after", words[:nwords])  # whose fourth word is a query
                    tried += 1
        self.assertGreater(tried, 200)


class NeverReached(unittest.TestCase):
    """Servers over shards that nobody has reached since they started."""

    def test_what_shards_would_do_is_shard_down(self):
        nobody = "127.0.0.1:%d" % harness.free_port()
        with Server(shard_words=["static", nobody]) as server, server.client() as client:
            for words in (("GET", "x"), ("SET", "x", "1"), ("HSET", "x", "a", "1"), ("LPUSH", "l", "1"), ("XADD", "s", "*", "a", "1"),
                          ("EVAL", "return 1", "0"), ("TYPE", "x"), ("MGET", "a", "b"), ("OBJECT", "ENCODING", "x"), ("COMMAND",)):
                with self.subTest(words=words), self.assertRaises(ReplyError) as caught:
                    client.call(*words)
                self.assertEqual(caught.exception.code, "SHARDDOWN", caught.exception.text)
                self.assertIn(nobody, caught.exception.text)
            client.call("MULTI")
            with self.assertRaises(ReplyError) as caught:
                client.call("GET", "x")
            self.assertEqual(caught.exception.code, "SHARDDOWN")
            with self.assertRaises(ReplyError) as caught:
                client.call("EXEC")
            self.assertEqual(caught.exception.code, "EXECABORT")
            self.assertEqual(client.call("PING"), b"PONG")
            self.assertEqual(harness.pairs(client.call("HELLO"))["shards"], b"")
            self.assertIn("server=,version=,", harness.info(client, "shards")["shard0"])
            client.call("CONFIG", "SET", "requirepass", "pw")
            with server.client() as stranger, self.assertRaises(ReplyError) as caught:
                stranger.call("GET", "x")  # who has not logged in is not told where the shards are
            self.assertEqual(caught.exception.code, "NOAUTH")


if __name__ == "__main__":
    harness.main()
