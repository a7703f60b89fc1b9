"""A shard whose replies have another shape than they must: every reply that the server reads, changed in every way.

Between the server and one of two shards stands a node that passes everything on but one reply, of which one value, at any
depth, is another: of another type, missing, one too many, nested, a huge number, an error. What the client is answered then is
what it was answered before, or an error that names the shard; never a crash, never another answer.
"""

import subprocess
import tempfile
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, slot_of
from fault_proxy import PassingNode, parse_reply, print_reply
from quipu_harness import LOAD, METHOD, Closed, Redis, ReplyError, Server, pairs

HUGE = b":9223372036854775807\r\n"
SHAPES = (
    b"$-1\r\n", b"*-1\r\n", b":7\r\n", b":-7\r\n", HUGE, b"+word\r\n", b"$4\r\ntext\r\n", b"$0\r\n\r\n", b"-ERR mutated\r\n",
    b"-TIMEOUT\r\n", b"-LIMIT\r\n", b"*0\r\n", b"*1\r\n:1\r\n", b"*2\r\n$1\r\na\r\n$1\r\nb\r\n", b"*1\r\n*1\r\n*1\r\n*0\r\n", b"*3\r\n$-1\r\n$-1\r\n$-1\r\n",
    b"*1\r\n" * 200 + b":1\r\n", b"%1\r\n+a\r\n:1\r\n", b"#t\r\n", b"_\r\n", b":x\r\n",
)
# Of calls that may answer nil, or anything that a client's own command may: what a shard says there cannot be known to be wrong.
MAY_BE_NIL = ("HGET", "HMGET", "MGET", "RANDOMKEY")


def kind_of(value):
    if isinstance(value, list):
        return "array"
    if value in (b"$-1\r\n", b"*-1\r\n", b"_\r\n"):
        return "nil"
    return {b"+": "text", b"$": "text", b":": "number", b"#": "number", b"-": "error"}.get(value[:1], "other")


def paths(tree, depth=4):
    """Of its values: the whole, and of each array the first two and the last, down to a depth."""
    yield ()
    if isinstance(tree, list) and depth:
        for i in sorted({0, 1, len(tree) - 1} & set(range(len(tree)))):
            for path in paths(tree[i], depth - 1):
                yield (i,) + path


def value_at(tree, path):
    for i in path:
        tree = tree[i]
    return tree


def with_value(tree, path, value):
    if not path:
        return value
    return [with_value(element, path[1:], value) if i == path[0] else element for i, element in enumerate(tree)]


def changes(name, reply):
    """(what was changed, the reply's bytes, whether another answer would be a lie that nobody can tell from the truth)."""
    tree, _ = parse_reply(reply)
    for path in paths(tree):
        old = value_at(tree, path)
        for shape in SHAPES:
            new = parse_reply(shape)[0] if shape[:1] in b"*" else shape
            plausible = kind_of(old) == kind_of(new) or ({kind_of(old), kind_of(new)} == {"nil", "text"} and name in MAY_BE_NIL)
            # What a client's own command answers inside is its shard's.
            plausible = plausible or (path and name in ("MGET", "COMMAND"))
            yield "%r -> %r" % (path, shape[:20]), print_reply(with_value(tree, path, new)), bool(plausible)
        if isinstance(old, list):
            for what, new in (("one less", old[:-1]), ("the first is missing", old[1:]), ("one more", old + old[-1:]), ("one more number", old + [b":1\r\n"])):
                plausible = name in ("KEYS", "SCAN", "HGETALL", "HKEYS", "HVALS", "EVALSHA", "EVAL", "COMMAND", "HMGET") and what != "one more number"
                yield "%r: %s" % (path, what), print_reply(with_value(tree, path, new)), plausible or bool(path)


class Misshapen(unittest.TestCase):
    def start(self, between=0):
        self.shards = [Redis(tcp=True), Redis(tcp=True)]
        for shard in self.shards:
            self.addCleanup(shard.close)
        self.between = PassingNode(self.shards[between].address)
        self.addCleanup(self.between.close)
        places = ["127.0.0.1:%d" % shard.port for shard in self.shards]
        places[between] = self.between.address
        self.server = Server(
            shard_words=["static"] + places,
            options=["--method", self.method, "--stats-ttl", "0", "--shard-timeout", "2s"],
        )
        self.addCleanup(self.server.close)
        self.client = self.server.client()
        self.addCleanup(lambda: self.client.close())

    def rows(self):
        for i in range(40):
            self.client.call("HSET", "profile_%d" % i, "sex", "fm"[i % 2], "age", 20 + i % 7)
        for key in "abcdef":
            self.client.call("SET", key, key)

    def call(self, client, words):
        try:
            return client.call(*words)
        except ReplyError as error:
            return error

    def check_versions(self, name):
        """A look at changes that fails is made again."""
        self.start()
        self.rows()
        real = []
        self.between.edit = lambda asked, reply: real.append(reply) if self.named(asked) == name else None
        self.client.call("DATASET", "VERSION", "current")
        for what, reply, _ in changes(name, real[-1]):
            used = []
            self.between.edit = lambda asked, _, reply=reply, used=used: (
                used.append(1) or reply if self.named(asked) == name and not used else None
            )
            self.assertGreater(self.client.call("DATASET", "VERSION", "current"), 0, what)
            self.assert_alive(what)

    def assert_alive(self, what):
        self.assertIsNone(self.server.process.popen.poll(), "the server ended after %s:\n%s" % (what, self.server.process.log()[-3000:]))

    def check(self, words, name, before):
        """One client command; each reply of calls of that name that it makes, changed."""
        real = []
        self.between.edit = lambda asked, reply: real.append((tuple(asked), reply)) if self.named(asked) == name else None
        self.call(self.client, words)
        self.between.edit = lambda asked, reply: None
        self.assertTrue(real, "%r asks no %s" % (words, name))
        for what, reply, plausible in changes(name, real[0][1]):
            used = []

            def edit(asked, _):
                if self.named(asked) == name and not used:
                    used.append(asked)
                    return reply
                return None

            self.between.edit = edit
            try:
                got = self.call(self.client, words)
            except Closed:
                self.client.close()
                self.assert_alive((words, name, what))
                self.client = self.server.client()
                got = ReplyError("closed")
            self.between.edit = lambda asked, _: None
            self.assert_alive((words, name, what))
            if isinstance(got, ReplyError):
                named = self.between.address in got.text or "shard 0" in got.text or got.text == "closed"
                self.assertTrue(named or any(word in got.text for word in ("mutated", "TIMEOUT", "LIMIT")) or plausible, (words, name, what, got.text))
                self.server.wait_until(lambda: self.call(self.client, words) == before, "as before: %r" % (words,))
            elif not plausible:
                self.assertEqual(got, before, (words, name, what))

    def check_names(self):
        """What is asked about a query's names: no reply changes a count; where unknown fields are errors, it may be an error."""
        self.start()
        self.rows()
        text = "count sex from current where orgin = 1 or sex in {x, missing} format map"
        real = []
        self.between.edit = lambda asked, reply: real.append(reply) if b"orgin" in asked else None
        before = pairs(self.client.call("QUERY", text))
        self.assertTrue(real)
        for what, reply, _ in changes("names", real[0]):
            self.between.edit = lambda asked, _, reply=reply: reply if b"orgin" in asked else None
            self.client.call("CLIENT", "UNKNOWNFIELDS", "warn")
            got = self.call(self.client, ("QUERY", text))
            if isinstance(got, ReplyError):  # what is no RESP ends the connection, over which the count goes as well
                self.assertIn("protocol error", got.text, what)
            else:
                self.assertEqual([pairs(got)[name] for name in ("cells", "base")], [before[name] for name in ("cells", "base")], what)
            self.client.call("CLIENT", "UNKNOWNFIELDS", "error")
            self.assertIsInstance(self.call(self.client, ("QUERY", text)), (list, ReplyError))
            self.assert_alive(what)
            self.between.edit = lambda asked, _: None
            self.server.wait_until(lambda: self.call(self.client, ("COUNT", "from", "current")) == 40, "whole again")

    @staticmethod
    def named(asked):
        return asked[0].decode().upper()

    def scenario(self, rows):
        for words, names in rows:
            before = self.call(self.client, words)
            self.assertNotIsInstance(before, ReplyError, words)
            for name in names:
                with self.subTest(words=words, name=name):
                    self.check(words, name, before)


@unittest.skipUnless(METHOD == "sets", "by columns there are other calls")
class BySets(Misshapen):
    method = "sets"

    def test_names(self):
        self.check_names()

    def test_counts(self):
        self.start()
        self.rows()
        self.scenario((
            (("COUNT", "sex,", "age", "in", "[20,21]", "from", "current", "nocache"), ("EVALSHA",)),
            (("COUNT", "sex", "from", "current", "nocache"), ("EVALSHA",)),
            (("COUNT", "age", "from", "current", "where", "sex", "=", "f"), ("EVALSHA",)),
            (("COUNT", "from", "current", "nocache"), ("EVALSHA",)),
        ))

    def test_rows(self):
        self.start()
        self.rows()
        on_first = next(key for key in ("profile_%d" % i for i in range(40)) if self.asks(("HGETALL", key), "HGETALL"))
        self.scenario((
            (("HGET", on_first, "sex"), ("HGET",)),
            (("HMGET", on_first, "sex", "age", "none"), ("HMGET",)),
            (("HGETALL", on_first), ("HGETALL",)),
            (("HKEYS", on_first), ("HKEYS",)),
            (("HVALS", on_first), ("HVALS",)),
            (("HLEN", on_first), ("HLEN",)),
            (("EXISTS",) + tuple("profile_%d" % i for i in range(40)), ("EXISTS",)),
            (("TYPE", on_first), ("EXISTS",)),
            (("HSET", on_first, "sex", "f"), ("EVALSHA",)),
            (("HMSET", on_first, "sex", "f"), ("EVALSHA",)),
            (("HDEL", on_first, "none"), ("EVALSHA",)),
        ))

    def asks(self, words, name):
        before = self.between.asked_for(name)
        self.client.call(*words)
        return self.between.asked_for(name) > before

    def test_commands_over_all_shards(self):
        self.start()
        self.rows()
        self.scenario((
            (("MGET",) + tuple("abcdef"), ("MGET",)),
            (("MSET",) + tuple("aabbccddeeff"), ("MSET",)),
            (("EXISTS",) + tuple("abcdef"), ("EXISTS",)),
            (("TOUCH",) + tuple("abcdef"), ("TOUCH",)),
            (("SCRIPT", "EXISTS", "a" * 40, "b" * 40), ("SCRIPT",)),
            (("DBSIZE",), ("EVAL", "EVALSHA")),
            (("LASTSAVE",), ("LASTSAVE",)),
            (("COMMAND", "INFO", "get", "count"), ("COMMAND",)),
            (("COMMAND", "DOCS", "get", "count"), ("COMMAND",)),
        ))
        for words, name in ((("KEYS", "*"), "KEYS"), (("SCAN", "0", "COUNT", "1000"), "SCAN")):
            self.client.call(*words)
            with self.subTest(words=words):
                self.check_sorted(words, name)

    def check_sorted(self, words, name):
        """In any order: keys have none."""
        call = self.call

        def sort(reply):
            return sorted(reply) if isinstance(reply, list) and all(isinstance(e, bytes) for e in reply) else [reply[0], sort(reply[1])] if isinstance(reply, list) else reply

        self.call = lambda client, asked: sort(call(client, asked))
        try:
            self.check(words, name, self.call(self.client, words))
        finally:
            self.call = call

    def test_random_keys(self):
        self.start()
        for key in range(20):
            self.client.call("SET", key, "v")
        for what, reply, _ in changes("RANDOMKEY", b"$1\r\n5\r\n"):
            self.between.edit = lambda asked, _, reply=reply: reply if asked[0] == b"RANDOMKEY" else None
            for _ in range(4):
                got = self.call(self.client, ("RANDOMKEY",))
                self.assertTrue(got is None or isinstance(got, (bytes, ReplyError)), (what, got))
            self.assert_alive(what)
            self.between.edit = lambda asked, _: None
            self.server.wait_until(lambda: not isinstance(self.call(self.client, ("SCAN", "0")), ReplyError), "as before")

    def test_datasets(self):
        self.start()
        self.rows()
        self.scenario((
            (("DATASET", "VERIFY", "current"), ("EVALSHA", "SCAN")),
            (("DATASET", "REPAIR", "current"), ("EVALSHA",)),
            (("DATASET", "INFO", "current"), ("EVALSHA",)),
            (("CACHE", "CLEAR"), ("EVALSHA",)),
        ))

    def test_versions(self):
        self.check_versions("EVALSHA")

    def test_the_catalog(self):
        """What is read of the datasets' definitions, at the shard that has them."""
        self.start(between=slot_of(b"quipu:catalog") * 2 // 16384)
        self.rows()
        before = self.client.call("DATASET", "LIST")
        for name in ("HGETALL", "HGET", "EVALSHA", "EVAL", "HSET"):
            real = []
            self.between.edit = lambda asked, reply, name=name, real=real: real.append(reply) if self.named(asked) == name else None
            self.client.call("DATASET", "ALIAS", "other", "current")
            self.client.call("DATASET", "UNALIAS", "other")
            if not real:
                continue
            for what, reply, plausible in list(changes(name, real[0]))[::3]:
                if plausible:
                    continue
                used = []
                self.between.edit = lambda asked, _, reply=reply, used=used, name=name: (
                    used.append(1) or reply if self.named(asked) == name and not used else None
                )
                self.call(self.client, ("DATASET", "ALIAS", "other", "current"))
                self.between.edit = lambda asked, _: None
                self.assert_alive((name, what))
                self.server.wait_until(
                    lambda: self.call(self.client, ("DATASET", "UNALIAS", "other")) == b"OK" or self.call(self.client, ("DATASET", "LIST")) == before, what
                )
                self.server.wait_until(lambda: self.call(self.client, ("DATASET", "LIST")) == before, what)
                self.server.wait_until(lambda: self.call(self.client, ("COUNT", "from", "current", "nocache")) == 40, what)

    def test_dropping(self):
        """Work behind DROP: what it is answered in another shape is asked again, and nothing else is removed."""
        self.start()
        self.rows()
        for name, reply in (("SCAN", b"*2\r\n$1\r\n0\r\n$1\r\na\r\n"), ("SCAN", b":0\r\n"), ("EVALSHA", b"*1\r\n$1\r\na\r\n"), ("EVALSHA", HUGE)):
            self.client.call("DATASET", "CREATE", "d", "PREFIX", "d_")
            for i in range(50):
                self.client.call("HSET", "d_%d" % i, "x", i)
            used = []
            self.client.call("DATASET", "DROP", "d")
            self.between.edit = lambda asked, _, reply=reply, used=used, name=name: used.append(1) or reply if self.named(asked) == name and not used else None
            self.server.wait_until(lambda: b"d" not in str(self.client.call("DATASET", "LIST")).encode() or len(self.client.call("DATASET", "LIST")) == 1, "dropped", 60)
            self.between.edit = lambda asked, _: None
            self.assert_alive((name, reply))
            self.assertEqual(self.client.call("COUNT", "from", "current", "nocache"), 40)
            self.assertEqual(self.client.call("EXISTS", *"abcdef"), 6)

    def test_greetings(self):
        self.start()
        self.rows()
        for name in ("COMMAND", "SCRIPT", "CONFIG", "HELLO", "PING", "EVAL"):
            real = {}
            self.between.edit = lambda asked, reply, name=name, real=real: real.setdefault(name, reply) and None if self.named(asked) == name else None
            self.between.drop_all()
            self.server.wait_until(self.is_serving, "serving")
            if name not in real:
                continue
            tree = real[name] if name == "HELLO" else None
            every = [("whole %r" % shape[:20], shape) for shape in SHAPES] if tree else [(what, reply) for what, reply, _ in changes("GREETING", real[name])]
            for what, reply in every[:: max(1, len(every) // 20)]:
                used = []
                self.between.edit = lambda asked, _, reply=reply, used=used, name=name: used.append(1) or reply if self.named(asked) == name and not used else None
                self.between.drop_all()
                self.server.wait_until(lambda: used or self.is_serving(), "asked")
                self.between.edit = lambda asked, _: None
                self.assert_alive((name, what))
                self.between.drop_all()
                self.server.wait_until(self.is_serving, "serving after %s %s" % (name, what))
                with self.assertRaises(ReplyError):
                    self.client.call("SCRIPT", "DEBUG", "YES")

    def is_serving(self):
        return all(not isinstance(self.call(self.client, words), ReplyError) for words in (("MGET",) + tuple("abcdef"), ("COUNT", "from", "current", "nocache")))

    def test_who_waits(self):
        """CLIENT ID, which a connection for one client asks."""
        self.start()
        for shape in SHAPES:
            self.between.edit = lambda asked, _, shape=shape: shape if asked[0] == b"CLIENT" else None
            with self.server.client() as one:
                got = [self.call(one, ("BLPOP", key, "0.02")) for key in "abcd"]
                self.assertTrue(all(reply is None or isinstance(reply, ReplyError) for reply in got), (shape, got))
            self.between.edit = lambda asked, _: None
            self.assert_alive(shape)


@unittest.skipUnless(METHOD == "columns", "the shards have no module")
class ByColumns(Misshapen):
    method = "columns"

    def test_names(self):
        self.check_names()

    def test_counts(self):
        self.start()
        self.rows()
        self.server.wait_until(lambda: self.call(self.client, ("COUNT", "from", "current")) == 40, "counted")
        self.scenario((
            (("COUNT", "sex,", "age", "in", "[20,21]", "from", "current"), ("QUIPU.PARTIAL",)),
            (("COUNT", "from", "current"), ("QUIPU.PARTIAL",)),
            (("DATASET", "VERIFY", "current"), ("QUIPU.VERIFY",)),
            (("DATASET", "INFO", "current"), ("QUIPU.INFO",)),
        ))

    def test_versions(self):
        self.check_versions("QUIPU.INFO")

    def test_counts_of_another_version(self):
        """A module of another version beside this server: the error names the shard and says what to do."""
        self.start()
        self.rows()
        self.server.wait_until(lambda: self.call(self.client, ("COUNT", "from", "current")) == 40, "counted")
        self.between.edit = lambda asked, _: b"*2\r\n$6\r\nQ1\0\0\0\0\r\n$0\r\n\r\n" if asked[0].upper() == b"QUIPU.PARTIAL" else None
        with self.assertRaisesRegex(ReplyError, "^SHARDDOWN shard .* in the form Q1 of another version: load the quipu.so"):
            self.client.call("COUNT", "from", "current")

    def test_plans(self):
        """Of lines only the shape is the same twice."""
        self.start()
        self.rows()
        call = self.call

        def shape_of(client, words):
            reply = call(client, words)
            return "lines" if isinstance(reply, list) and all(isinstance(line, bytes) for line in reply) else reply

        self.call = shape_of
        self.scenario(
            [((verb, "count", "sex", "from", "current"), ("QUIPU.PARTIAL",)) for verb in ("PROFILE", "EXPLAIN")]
            + [(("PROFILE", "rows", "sex", "from", "current"), ("QUIPU.PARTIAL", "QUIPU.FIND"))]
            + [((verb, "describe", "current"), ("QUIPU.PARTIAL", "QUIPU.INFO")) for verb in ("PROFILE", "EXPLAIN")]
        )

    def test_rows_are_dropped_and_nothing_else(self):
        """A shard that names other keys to SCAN: they stay."""
        self.start()
        self.rows()
        used = []
        self.between.edit = lambda asked, _: used.append(1) or b"*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n" if asked[0] == b"SCAN" and len(used) < 2 else None
        self.client.call("DATASET", "DROP", "current")
        self.server.wait_until(lambda: self.client.call("DATASET", "LIST") == [], "dropped", 60)
        self.assertEqual(self.client.call("EXISTS", *"abcdef"), 6)
        self.assertEqual(len(used), 2)


class OfACluster(unittest.TestCase):
    def test_slots(self):
        """CLUSTER SLOTS of any node; what they say of each other leads to the nodes in between."""
        with Cluster(masters=3, replicas=0, node_timeout_ms=5000) as cluster:
            nodes = [PassingNode((host, int(port))) for host, port in (seed.split(":") for seed in cluster.seeds())]
            for node in nodes:
                self.addCleanup(node.close)
            ports = [(b":%d\r\n" % node.target[1], b":%d\r\n" % node.port) for node in nodes]
            change = {}

            def edit(asked, reply):
                if asked[0].upper() != b"CLUSTER":
                    return None
                for real, ours in ports:
                    reply = reply.replace(real, ours)
                change["before"] = reply
                return change.pop("to", reply)

            for node in nodes:
                node.edit = edit
            with Server(shard_words=["cluster", nodes[0].address]) as server, server.client() as client:
                client.call("SET", "k", "v")
                # Only shapes that no node can mean: an address that is another, or a slot's owner, is believed.
                every = [(what, reply) for what, reply, plausible in changes("CLUSTER", change["before"]) if not plausible]
                for what, reply in every[:: max(1, len(every) // 8)]:
                    change["to"] = reply
                    for node in nodes:
                        node.drop_all()  # trouble: the map is asked for at once
                    server.wait_until(lambda: "to" not in change, "asked")
                    self.assertIsNone(server.process.popen.poll(), what)
                    server.wait_until(lambda: self.get(client) == b"v", what)

    def get(self, client):
        try:
            return client.call("GET", "k")
        except ReplyError:
            return None


class Tools(unittest.TestCase):
    """quipu-load, from a Redis and into a server that answer in other shapes."""

    def load(self, *words):
        return subprocess.run([LOAD, *words], capture_output=True, text=True, timeout=60)

    def test_from(self):
        with Redis(tcp=True) as origin, PassingNode(origin.address) as between, Server(2) as server, tempfile.TemporaryDirectory() as place:
            with origin.client() as client:
                for i in range(5):
                    client.call("HSET", "profile_%d" % i, "a", i)
            for name in ("SCAN", "HGETALL", "INFO", "CLUSTER"):
                real = []
                between.edit = lambda asked, reply, name=name, real=real: real.append(reply) if asked[0].decode().upper() == name else None
                words = ("--quiet", "--from", "redis://" + between.address, "--port", str(server.port), "--cursor-file", place + "/cursor")
                done = self.load(*words)
                self.assertEqual(done.returncode, 0, done.stderr)
                every = [one for one in changes(name, real[0]) if not one[2] and one[1][:1] not in b"%#_" and b"*1\r\n*1\r\n*1\r\n" not in one[1]]
                for what, reply, _ in every[:: max(1, len(every) // 20)]:
                    between.edit = lambda asked, _, reply=reply, name=name: reply if asked[0].decode().upper() == name else None
                    done = self.load(*words)
                    self.assertIn(done.returncode, (0, 1, 2), (name, what, done.stderr))
                    if name in ("SCAN", "HGETALL"):
                        self.assertNotEqual(done.returncode, 0, (name, what, done.stdout, done.stderr))
                between.edit = lambda asked, _: None


if __name__ == "__main__":
    harness.main()
