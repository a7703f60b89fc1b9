"""Keys that clients' commands touch: found where the servers find them, and none of Quipu's own among them."""

import os
import random
import subprocess
import unittest

import quipu_harness as harness
from module_harness import ModuleRedis
from quipu_harness import Client, Redis, ReplyError, Server, ServerCase

COMMAND_KEYS = os.path.join(harness.BIN, "command_keys")
SERVERS = os.path.join(harness.ROOT, "build", "servers")
# Words that mean something to some command, where another takes them for a key, and the other way round.
WORDS = (
    "store STORE storedist StoreDist get GET by BY limit streams STREAMS group count block keys noack claim asc alpha ids "
    "withdist any aggregate weights nx xx ex px left right min max match with fields numfields # w_* k1 k2 {a}k3 0 1 2 3 4 -1"
).split()
LISTS_EACH = 60
# Those that are read word by word: what servers say of them is not always what they do.
BY_WORDS = "sort", "sort_ro", "georadius", "georadiusbymember", "xread", "xreadgroup"


def options(rng, name, word):
    """Arguments that such a command takes, with what word() gives for names, and where its keys are."""
    if name.startswith("xread"):
        choices = [["count", "1"], ["block", "1"], ["noack"], ["group", word(), word()]]
        rng.shuffle(choices)
        chosen = choices if name == "xreadgroup" else [part for part in choices if part[0] in ("count", "block")]
        args = [name] + [w for part in chosen for w in part] + ["STREAMS"]
        nkeys = rng.randint(1, 3)
        return args + [word() for _ in range(2 * nkeys)], set(range(len(args), len(args) + nkeys))
    if name.startswith("sort"):
        args, stores, choices = [name, "list"], ["store"], ["by", "get", "limit", "asc"]
        stores *= name == "sort"
    else:
        args = [name, "geo"] + (["1", "1"] if name == "georadius" else ["member"]) + ["1", "km"]
        stores, choices = ["store", "STOREDIST"], ["asc", "desc"]
    keys = {1}
    for _ in range(rng.randint(0, 4)):
        option = rng.choice(choices + 2 * stores)
        if option in stores:
            keys = {1, len(args) + 1}
        nwords = {"limit": 2, "asc": 0, "desc": 0}.get(option, 1)
        args += [option] + (["0", "1"] if nwords == 2 else [word() for _ in range(nwords)])
    return args, keys


class KeysAsServersSayThem(unittest.TestCase):
    """command_table's places against COMMAND GETKEYSANDFLAGS, for arguments by chance."""

    def assert_same_keys(self, program):
        before, harness.REDIS_SERVER = harness.REDIS_SERVER, program
        self.addCleanup(setattr, harness, "REDIS_SERVER", before)
        with Redis() as redis, redis.client() as client:
            reply = client.raw("COMMAND")
            self.assert_as_said(client, reply)
            self.assert_as_done(client, reply)
            self.assert_as_known(reply)

    def found(self, reply, lists):
        done = subprocess.run(
            [COMMAND_KEYS],
            input=reply + b"".join(harness.encode(args) for args in lists),
            stdout=subprocess.PIPE,
            check=True,
            timeout=60,
        )
        lines = done.stdout.decode().split("\n")[:-1]
        self.assertEqual(len(lines), len(lists))
        return [None if line == "?" else [part.split(":") for part in line.split()] for line in lines]

    def assert_as_said(self, client, reply):
        rng = random.Random(1)
        lists = []
        for spec in client.call("COMMAND"):
            for sub in spec[9] or [spec]:
                words, arity = sub[0].decode().split("|"), sub[1]
                for _ in range(LISTS_EACH if words[0] not in BY_WORDS else 0):
                    nmore = rng.randint(0, 8) if arity < 0 else 0
                    lists.append(words + [rng.choice(WORDS) for _ in range(abs(arity) - len(words) + nmore)])
        lists += [options(rng, name, lambda: "k%d" % rng.randint(1, 9))[0] for name in BY_WORDS for _ in range(LISTS_EACH)]
        asked = client.pipeline([("COMMAND", "GETKEYSANDFLAGS", *args) for args in lists])
        ncompared = 0
        for args, places, keys in zip(lists, self.found(reply, lists), asked):
            if isinstance(keys, ReplyError):
                continue  # no keys, or no such call: what the command itself says then
            if places is None:
                self.assertEqual(args[0], "migrate")
                continue
            ncompared += 1
            keys = [(key, flags) for key, flags in keys if b"not_key" not in flags]
            ours = [(args[int(at)].encode(), use) for at, use in places if use != "n"]
            if args[0] in ("georadius", "georadiusbymember"):
                continue  # several STOREs: see assert_as_done
            # A script that is to have more keys than there are words will not run.
            if keys or not args[0].startswith(("eval", "fcall")):
                self.assertEqual(sorted(key for key, _ in ours), sorted(key for key, _ in keys), args)
            for key, flags in keys:
                wants = {"r"} if b"access" in flags else set()
                wants |= {"w"} if {b"insert", b"update", b"delete"} & set(flags) else set()
                self.assertTrue(any(wants <= set(use) for name, use in ours if name == key), (args, ours, keys))
        self.assertGreater(ncompared, 3000)

    def assert_as_done(self, client, reply):
        """The key that is written, of commands that servers themselves look through in another way."""
        rng = random.Random(2)
        lists = []
        for name in ("sort", "georadius", "georadiusbymember"):
            lists += [options(rng, name, lambda: rng.choice(WORDS))[0] for _ in range(20 * LISTS_EACH)]
        nwritten = 0
        for args, places in zip(lists, self.found(reply, lists)):
            client.pipeline([("FLUSHALL",), ("RPUSH", "list", "1"), ("GEOADD", "geo", "1", "1", "member"), args])
            written = {key.decode() for key in client.call("KEYS", "*")} - {"list", "geo"}
            found = {args[int(at)] for at, use in places if "w" in use}
            self.assertLessEqual(written, found, args)
            if args[0] != "sort":  # SORT's may be two: what it writes, and what shards take for that
                self.assertLessEqual(len(found), 1, args)
            nwritten += len(written)
        self.assertGreater(nwritten, 500)

    def assert_as_known(self, reply):
        rng = random.Random(3)
        made = [options(rng, name, lambda: rng.choice(WORDS)) for name in BY_WORDS for _ in range(10 * LISTS_EACH)]
        for (args, wants), places in zip(made, self.found(reply, [args for args, _ in made])):
            found = {int(at) for at, _ in places}
            self.assertTrue(wants <= found if args[0] == "sort" else wants == found, (args, wants, found))

    def test_redis(self):
        self.assert_same_keys("redis-server")

    def server(self, name):
        program = os.path.join(SERVERS, name)
        if not os.path.exists(program):
            self.skipTest("there is no build/servers/%s: scripts/setup --servers" % name)
        self.assert_same_keys(program)

    def test_redis_8(self):
        self.server("redis-8")

    def test_redis_8_0(self):
        self.server("redis-8.0")

    def test_valkey_8(self):
        self.server("valkey-8")

    def test_valkey_9(self):
        self.server("valkey-9")


def stored_keys(server):
    """What the shards have."""
    found = set()
    for shard in range(server.shards):
        with Client(os.path.join(server.dir, "data", "shard-%d.sock" % shard)) as client:
            found |= set(client.call("KEYS", "*"))
    return found


class QuipusOwnKeys(ServerCase):
    """No command writes them, wherever it has its keys."""

    OWN = "is one of Quipu's own"

    def setUp(self):
        super().setUp()
        for i in range(20):
            self.hset("profile_%d" % i, a=1)

    def tearDown(self):
        self.assertEqual(self.query("count from current"), 20)
        super().tearDown()

    def assert_own(self, *args):
        self.assert_error("ERR", *args, contains=self.OWN)
        self.client.call("MULTI")
        self.assert_error("ERR", *args, contains=self.OWN)
        self.assert_error("EXECABORT", "EXEC")

    def test_store_twice(self):
        tag = "{quipu:catalog}"
        self.client.call("GEOADD", "g" + tag, 1, 1, "m")
        self.client.call("RPUSH", "l" + tag, 1)
        for own in ("quipu:catalog",):
            self.assert_own("GEORADIUS", "g" + tag, 1, 1, 1, "m", "STORE", "x" + tag, "STORE", own)
            self.assert_own("GEORADIUS", "g" + tag, 1, 1, 1, "m", "STORE", "x" + tag, "STOREDIST", own)
            self.assert_own("GEORADIUSBYMEMBER", "g" + tag, "m", 1, "m", "STORE", "STORE", "STORE", own)
            self.assert_own("SORT", "l" + tag, "STORE", own, "GET", "store", "ALPHA")
            self.assert_own("SORT", "l" + tag, "STORE", "x" + tag, "STORE", own)
            self.assert_own("SORT", "l" + tag, "STORE", "limit", "STORE", own)
            self.assert_own("SORT", "l" + tag, "BY", "store", "STORE", own, "BY", "store")
        self.client.call("DEL", "g" + tag, "l" + tag)

    def test_the_last_store_wins(self):
        self.client.call("RPUSH", "l{t}", 3, 1, 2)
        self.assertEqual(self.client.call("SORT", "l{t}", "STORE", "a{t}", "STORE", "b{t}"), 3)
        self.assertEqual(self.client.call("EXISTS", "a{t}"), 0)
        self.assertEqual(self.client.call("SORT", "l{t}", "BY", "store", "STORE", "c{t}"), 3)
        self.assertEqual(self.client.call("LRANGE", "c{t}", 0, -1), [b"3", b"1", b"2"])
        self.client.call("DEL", "l{t}", "b{t}", "c{t}")

    def test_a_group_called_streams(self):
        """The keyword is not the first word of its name; by that, keys were an id and a key."""
        self.client.call("XADD", "s", "1-1", "f", "v")
        self.client.call("XGROUP", "CREATE", "s", "streams", 0)
        reply = self.client.call("XREADGROUP", "COUNT", 1, "GROUP", "streams", "streams", "STREAMS", "s", ">")
        self.assertEqual(reply[0][0], b"s")
        self.client.call("DEL", "s")


class ReservedPrefixes(ServerCase):
    """No dataset's rows are, or may become, Quipu's own keys or another dataset's index."""

    OWN = "what Quipu's own keys start with"

    def keys_of_shards(self):
        found = set()
        for shard in range(self.shards):
            with Client(os.path.join(self.server.dir, "data", "shard-%d" % shard, "redis.sock")) as client:
                found |= set(client.call("KEYS", "quipu:*"))
        return found

    def test_quipus_own_keys(self):
        before = self.keys_of_shards()
        for prefix in ("quipu:", "quipu:catalog", "quipu:layout:", "quipu", "quip", "q"):
            for method in ("sets", harness.METHOD):
                self.assert_error("ERR", "DATASET", "CREATE", "evil", "PREFIX", prefix, "METHOD", method, contains=self.OWN)
        for args in (("CREATE", "quipu", "PREFIX", "evil_"), ("ALIAS", "quipu", "current")):
            self.assert_error("ERR", "DATASET", *args, contains="keys that start so are Quipu's own")
        self.assertEqual(self.keys_of_shards(), before)
        self.assertEqual(self.client.call("DATASET", "CREATE", "fine", "PREFIX", "quipus_"), b"OK")
        self.assertEqual(self.client.call("DATASET", "DROP", "fine"), b"OK")

    def test_keys_of_an_index(self):
        for prefix in ("current:", "current:value_1", "curr", "c"):
            self.assert_error("ERR", "DATASET", "CREATE", "evil", "PREFIX", prefix, contains="index keys of dataset")

    def test_from_the_configuration(self):
        with self.assertRaises(AssertionError) as caught:
            Server(1, ("--dataset", "evil", "prefix", "quip"))
        self.assertIn(self.OWN, str(caught.exception))


class ReservedPrefixesOfTheModule(unittest.TestCase):
    def test_quipus_own_keys(self):
        with ModuleRedis("no-dataset") as redis:
            with redis.client() as client:
                for prefix in ("quipu:", "quipu:catalog"):
                    with self.assertRaises(ReplyError) as caught:
                        client.call("QUIPU.INDEX", "CREATE", "evil", "PREFIX", prefix)
                    self.assertIn("Quipu's own keys", caught.exception.text)
                # A server that has no quipu-server may call its rows as it likes; our keys are none of them.
                client.call("QUIPU.INDEX", "CREATE", "queries", "PREFIX", "q")
                client.call("HSET", "quipu:catalog", "version", 1)
                client.call("HSET", "q1", "a", 1)
                self.assertEqual(client.call("QUIPU.COUNT", "count from queries"), 1)
                self.assertEqual(harness.pairs(client.call("QUIPU.VERIFY", "queries"))["mismatches"], 0)


class Patterns(ServerCase):
    """SORT's BY and GET name keys that are nowhere in its arguments."""

    def test_over_several_shards(self):
        self.client.call("RPUSH", "ids", 1, 2, 3)
        self.client.call("RPUSH", "ids{t}", 1, 2, 3)
        for i in (1, 2, 3):
            self.client.call("SET", "w_%d" % i, 9 - i)
            self.client.call("SET", "w_{t}%d" % i, 9 - i)
            self.client.call("HSET", "h{t}_%d" % i, "n", 9 - i)
        denied = "option of SORT denied in cluster mode"
        for name in ("SORT", "SORT_RO"):
            self.assert_error("ERR", name, "ids", "BY", "w_*", contains="BY " + denied)
            self.assert_error("ERR", name, "ids", "GET", "#", "GET", "w_*", contains="GET " + denied)
            self.assert_error("ERR", name, "ids", "BY", "h_*->n", contains="BY " + denied)
            self.assert_error("ERR", name, "ids{t}", "BY", "w_{u}*", contains="BY " + denied)
            # A tag behind the star, or half before it, may be the element's.
            self.assert_error("ERR", name, "ids{t}", "BY", "w_*{t}", contains="BY " + denied)
            self.assert_error("ERR", name, "ids{t}", "BY", "w_{*t}", contains="BY " + denied)
            self.assert_error("ERR", name, "ids{t}", "BY", "w_{t}*", "GET", "w_*", contains="GET " + denied)
            self.assertEqual(self.client.call(name, "ids{t}", "BY", "w_{t}*"), [b"3", b"2", b"1"])
            self.assertEqual(self.client.call(name, "ids{t}", "BY", "h{t}_*->n", "GET", "w_{t}*"), [b"6", b"7", b"8"])
            self.assertEqual(self.client.call(name, "ids", "BY", "nosort", "GET", "#"), [b"1", b"2", b"3"])
        self.client.call("MULTI")
        self.assert_error("ERR", "SORT", "ids", "BY", "w_*", contains="BY " + denied)
        self.assert_error("EXECABORT", "EXEC")

    def test_quipus_own_keys(self):
        self.client.call("RPUSH", "l", 1)
        for pattern in ("quipu:*", "quipu:cata*->definitions"):
            self.assert_error("ERR", "SORT", "l", "BY", "nosort", "GET", pattern, contains="Quipu's own")

    def test_who_may_read_by_them(self):
        """Redis' own rule: who may read all keys."""
        self.client.call("RPUSH", "own:l{t}", 1)
        self.client.call("SET", "secret{t}1", "x")
        self.client.call("ACL", "SETUSER", "some", "on", "nopass", "+@all", "~own:*", "alldatasets")
        self.client.call("ACL", "SETUSER", "reader", "on", "nopass", "+@all", "~own:*", "%R~*", "alldatasets")
        self.client.call("ACL", "SETUSER", "nodata", "on", "nopass", "+@all", "~*")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "some", "reader", "nodata")
        get = ("SORT", "own:l{t}", "BY", "nosort", "GET", "secret{t}*")
        for user, may in (("some", False), ("reader", True), ("nodata", False)):
            with self.server.client() as client:
                client.call("AUTH", user, "")
                denied = "option of SORT denied due to insufficient ACL permissions."
                self.assertEqual(client.call("SORT", "own:l{t}", "GET", "#"), [b"1"])
                self.assertEqual(client.call("SORT", "own:l{t}", "BY", "nosort"), [b"1"])
                if may:
                    self.assertEqual(client.call(*get), [b"x"])
                    continue
                self.assert_error("ERR", *get, contains="GET " + denied, client=client)
                self.assert_error("ERR", "SORT_RO", *get[1:], contains="GET " + denied, client=client)
                self.assert_error("ERR", "SORT", "own:l{t}", "BY", "secret{t}*", contains="BY " + denied, client=client)


class PatternsOfOneShard(ServerCase):
    """One keyspace: as in Redis, but for what a shard has under another name."""

    shards = 1

    def test_by_and_get(self):
        self.client.call("RPUSH", "ids", 1, 2, 3)
        for i in (1, 2, 3):
            self.client.call("SET", "w_%d" % i, 9 - i)
        self.assertEqual(self.client.call("SORT", "ids", "BY", "w_*", "GET", "w_*"), [b"6", b"7", b"8"])
        self.assert_error("ERR", "SORT", "ids", "GET", "quipu:*", contains="Quipu's own")

    def test_rows(self):
        self.client.call("RPUSH", "rows", 1, 2)
        self.hset("profile_1", a=5)
        self.hset("profile_2", a=4)
        sort = ("SORT", "rows", "BY", "profile_*->a", "GET", "#")
        if harness.METHOD == "columns":
            self.assertEqual(self.client.call(*sort), [b"2", b"1"])
        else:
            self.assert_error("ERR", *sort, contains="under other names")


if __name__ == "__main__":
    unittest.main()
