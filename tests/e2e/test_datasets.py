"""Datasets that come and go while servers run: made, loaded beside each other, switched, dropped, mended, indexed anew."""

import os
import random
import signal
import threading
import time
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, SlotMove
from quipu_harness import Closed, ReplyError, Server, ServerCase, pairs, run_load, wait_until

LIVE = ("current", "profile_")


def listed(client):
    """DATASET LIST as {name: {prefix, state, aliases}}."""
    found = {}
    for entry in client.call("DATASET", "LIST"):
        entry = pairs(entry)
        entry["aliases"] = sorted(entry["aliases"])
        found[entry.pop("name").decode()] = entry
    return found


def describe(client, name):
    return pairs(client.call("DATASET", "INFO", name))


def verify(client, name):
    found = pairs(client.call("DATASET", "VERIFY", name))
    return found["rows"], found["mismatches"]


def write_rows(client, address, count, **fields):
    """Rows 0..count-1 whose fields are functions of their number."""
    replies = client.pipeline([
        ("HSET", "%s%d" % (address, i), *[part for name, value in fields.items() for part in (name, value(i))])
        for i in range(count)
    ])
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply


class Shards:
    """The redis-servers themselves, as somebody with redis-cli has them."""

    def __init__(self, *addresses):
        self.clients = [harness.Client(address) for address in addresses]

    def close(self):
        for client in self.clients:
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def keys(self, pattern="*"):
        return [key for client in self.clients for key in client.call("KEYS", pattern)]

    def of(self, key):
        return next(client for client in self.clients if client.call("EXISTS", key))

    def one(self, pattern):
        """The one key that matches, and the client of its shard."""
        found = [(key, client) for client in self.clients for key in client.call("KEYS", pattern)]
        if len(found) != 1:
            raise AssertionError("%r matches %r" % (pattern, found))
        return found[0]


def embedded_sockets(server):
    return [os.path.join(server.dir, "data", "shard-%d" % i, "redis.sock") for i in range(server.shards)]


def embedded_shards(server):
    return Shards(*embedded_sockets(server))


def beside(server, **more):
    """Another server over the same shards, without a word of configuration about datasets."""
    return Server(server.shards, shard_words=["static"] + ["unix:" + path for path in embedded_sockets(server)], **more)


class Datasets(ServerCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.drop_all)

    def drop_all(self):
        with self.server.client() as client:
            for name, entry in listed(client).items():
                for alias in entry["aliases"]:
                    client.call("DATASET", "UNALIAS", alias)
            for name, entry in listed(client).items():
                if name != "current" and entry["state"] != b"dropping":
                    client.call("DATASET", "DROP", name)
            wait_until(lambda: list(listed(client)) == ["current"], "all datasets to be dropped")
            client.call("DEL", *["profile_%d" % i for i in range(3000)])

    def create(self, name, *more):
        self.assertEqual(self.client.call("DATASET", "CREATE", name, *(more or ("PREFIX", "profile_"))), b"OK")

    def test_datasets_with_prefixes_of_their_own(self):
        self.create("people", "PREFIX", "person:", "PARTITIONS", 8, "METHOD", "sets")
        self.create("towns", "prefix", "town*[x]_")
        write_rows(self.client, "person:", 100, age=lambda i: i % 3)
        write_rows(self.client, "town*[x]_", 10, age=lambda i: 7)
        write_rows(self.client, "profile_", 5, age=lambda i: 1)
        self.assertEqual(self.query("count age in [0,2] from people"), [34, 33, 33])
        self.assertEqual(self.query("count from towns"), 10)
        self.assertEqual(self.query("count from current"), 5)
        self.assertEqual(self.client.call("HGET", "person:4", "age"), b"1")
        self.assertEqual(self.client.call("HGET", "people:person:4", "age"), b"1")
        self.assertEqual(len(self.client.call("KEYS", "*")), 115)
        info = describe(self.client, "people")
        self.assertEqual((info["partitions"], info["method"], info["rows"]), (8, b"sets", 100))
        self.assertEqual((info["keys"], info["plain_keys"]), (b"people:person:*", b"yes"))
        for name, rows in (("people", 100), ("towns", 10), ("current", 5)):
            self.assertEqual(verify(self.client, name), (rows, 0), name)

    def test_what_is_refused_says_why(self):
        self.create("people", "PREFIX", "person_")
        for words, text in (
            (("CREATE", "people", "PREFIX", "x_"), "is there already"),
            (("CREATE", "others", "PREFIX", "person_x"), "overlap"),
            (("CREATE", "others", "PREFIX", "people:x"), "index keys"),
            (("CREATE", "others"), "what do its row keys begin with?"),
            (("CREATE", "others", "PREFIX"), "needs a value"),
            (("CREATE", "others", "PREFIX", "x_", "PARTITIONS", 0), "from 1 to 16384"),
            (("CREATE", "others", "PREFIX", "x_", "METHOD", "rows"), "auto, sets or columns"),
            (("CREATE", "others", "PREFIX", "x_", "COLOUR", "red"), "not 'COLOUR'"),
            (("CREATE", "7", "PREFIX", "x_"), "no name for a dataset"),
            (("ALIAS", "current", "people"), "same prefix"),
            (("ALIAS", "now", "current", "QUICKLY"), "ROWS"),
            (("UNALIAS", "now"), "no alias 'now'"),
        ):
            self.assert_error("ERR", "DATASET", *words, contains=text)
        for words in (("DROP", "nosuch"), ("ALIAS", "now", "nosuch"), ("REINDEX", "nosuch"), ("VERIFY", "nosuch"),
                      ("REPAIR", "nosuch"), ("INFO", "nosuch")):
            self.assert_error("NODATASET", "DATASET", *words, contains="nosuch")
        self.assertEqual(sorted(listed(self.client)), ["current", "people"])

    def test_a_version_is_loaded_beside_and_switched_to(self):
        write_rows(self.client, "profile_", 300, v=lambda i: 1)
        self.create("current_2026w47")
        done = run_load(self.server, "--dataset", "current_2026w47", "-",
                        stdin=b"key,v\n" + b"".join(b"%d,2\n" % i for i in range(500)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.query("count v from current"), [[b"1", 300]])
        self.assertEqual(self.query("count v from current_2026w47"), [[b"2", 500]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"1")
        self.assertEqual(self.client.call("HGET", "current_2026w47:profile_7", "v"), b"2")
        self.assertEqual(self.client.call("DATASET", "ALIAS", "current", "current_2026w47"), b"OK")
        self.assertEqual(self.query("count v from current"), [[b"2", 500]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"2")
        self.assertEqual(describe(self.client, "current")["name"], b"current_2026w47")
        self.client.call("HSET", "profile_7", "v", 3)
        self.assertEqual(self.query("count v from current_2026w47"), [[b"2", 499], [b"3", 1]])
        # What is hidden by its name's alias can be seen by another, brought back, and dropped.
        self.assertEqual(self.client.call("DATASET", "ALIAS", "before", "current"), b"OK")
        self.assertEqual(self.query("count v from before"), [[b"1", 300]])
        self.assertEqual(describe(self.client, "before")["keys"], b"before:profile_*")
        self.assertEqual(self.client.call("HGET", "before:profile_7", "v"), b"1")
        self.client.call("DATASET", "ALIAS", "current", "current")
        self.assertEqual(self.query("count v from current"), [[b"1", 300]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"1")
        self.assertEqual(verify(self.client, "before"), (300, 0))
        self.assertEqual(verify(self.client, "current_2026w47"), (500, 0))

    def test_a_pipeline_sees_its_own_changes(self):
        replies = self.client.pipeline([
            ("DATASET", "CREATE", "a", "PREFIX", "profile_"), ("HSET", "a:profile_1", "x", 1),
            ("QUERY", "count from now"), ("DATASET", "ALIAS", "now", "a", "ROWS"), ("QUERY", "count from now"),
            ("HSET", "profile_2", "x", 1), ("QUERY", "count from now"), ("QUERY", "count from current"),
            ("DATASET", "UNALIAS", "now"), ("QUERY", "count from now"),
        ])
        self.assertEqual([reply.code if isinstance(reply, ReplyError) else reply for reply in replies],
                         [b"OK", 1, "NODATASET", b"OK", 1, 1, 2, 0, b"OK", "NODATASET"])

    def test_drop_leaves_nothing(self):
        with embedded_shards(self.server) as shards:
            before = sorted(shards.keys())
            for name in ("own", "plain"):
                prefix = "profile_" if name == "own" else "odd{%}*_"
                self.create(name, "PREFIX", prefix)
                write_rows(self.client, "%s:%s" % (name, prefix), 700, v=lambda i: i % 5, w=lambda i: "a:b=c%d" % i)
                for _ in range(3):
                    self.query("count from %s where v = 1 || w = 'a:b=c7'" % name)
                self.assertEqual(verify(self.client, name), (700, 0))
                self.assertEqual(self.client.call("DATASET", "DROP", name), b"OK")
                self.assert_error("NODATASET", "QUERY", "count from " + name)
            self.assertEqual(listed(self.client)["own"]["state"], b"dropping")
            self.assertEqual(describe(self.client, "own")["state"], b"dropping")
            self.assert_error("ERR", "DATASET", "CREATE", "own", "PREFIX", "profile_", contains="still being dropped")
            wait_until(lambda: list(listed(self.client)) == ["current"], "the drops")
            left = [key for key in shards.keys() if key not in before and b":index:state{" not in key]
            self.assertEqual(left, [])
            for key in shards.keys("*:index:state*"):
                self.assertGreater(shards.of(key).call("PTTL", key), 0, key)
        # The name can be had again, with another number of partitions, while the marks are still there.
        self.create("own", "PREFIX", "profile_", "PARTITIONS", 7)
        write_rows(self.client, "own:profile_", 50, v=lambda i: 1)
        self.assertEqual(self.query("count v from own"), [[b"1", 50]])
        self.assertEqual(verify(self.client, "own"), (50, 0))

    def test_a_running_query_keeps_what_is_dropped(self):
        """It ends with the right number, though the name means nothing any more."""
        self.create("big")
        write_rows(self.client, "big:profile_", 3000, a=lambda i: i % 50, b=lambda i: i % 61)
        query = "count a in [0,49], b in [0,60] from big where a != 3 nocache"
        answer = self.query(query)
        asked = self.server.client()
        asked.send_bytes(b"".join(harness.encode(("QUERY", query)) for _ in range(20)))
        time.sleep(0.01)
        self.client.call("DATASET", "DROP", "big")
        replies = [asked.read() for _ in range(20)]
        asked.close()
        for reply in replies:
            if isinstance(reply, ReplyError):
                self.assertEqual(reply.code, "NODATASET")
            else:
                self.assertEqual(reply, answer)
        self.assertEqual(replies[0], answer)

    def test_keys_are_listed_by_the_names_that_reach_them(self):
        write_rows(self.client, "profile_", 3, v=lambda i: 1)
        self.create("w47")
        write_rows(self.client, "w47:profile_", 2, v=lambda i: 2)
        self.assertEqual(sorted(self.client.call("KEYS", "*")),
                         [b"profile_0", b"profile_1", b"profile_2", b"w47:profile_0", b"w47:profile_1"])
        self.client.call("DATASET", "ALIAS", "current", "w47")
        self.assertEqual(sorted(self.client.call("KEYS", "*")), [b"profile_0", b"profile_1"])
        self.client.call("DATASET", "ALIAS", "before", "current")
        self.assertEqual(sorted(self.client.call("KEYS", "*")),
                         [b"before:profile_0", b"before:profile_1", b"before:profile_2", b"profile_0", b"profile_1"])
        for key in self.client.call("KEYS", "*"):
            self.assertEqual(self.client.call("TYPE", key), b"hash")
            self.assertEqual(self.client.call("HLEN", key), 1)


class Damage(ServerCase):
    """Somebody wrote to a shard by hand."""

    NROWS = 400

    def setUp(self):
        super().setUp()
        write_rows(self.client, "profile_", self.NROWS, a=lambda i: i % 4, b=lambda i: "x{%d}" % (i % 3))
        self.client.call("DATASET", "CREATE", "own", "PREFIX", "profile_")
        write_rows(self.client, "own:profile_", self.NROWS, a=lambda i: i % 4, b=lambda i: "x{%d}" % (i % 3))
        self.shards = embedded_shards(self.server)
        self.addCleanup(self.shards.close)

    def tearDown(self):
        self.client.call("DATASET", "DROP", "own")
        wait_until(lambda: list(listed(self.client)) == ["current"], "the drop")
        self.client.call("DEL", *["profile_%d" % i for i in range(self.NROWS + 10)])
        super().tearDown()

    def row(self, dataset, number):
        start = "profile_" if dataset == "current" else "own:row:profile_"
        return self.shards.one("%s%d{*}" % (start, number))

    def damages(self, dataset):
        """By name: a function that does it, of the shard and the partition's tag, and what the rows then are."""
        name = dataset + ":"

        def change_row(rows):
            key, shard = self.row(dataset, 7)
            shard.call("HSET", key, "a", 9, "c", "new")
            rows[7].update(a="9", c="new")

        def delete_row(rows):
            key, shard = self.row(dataset, 8)
            shard.call("DEL", key)
            del rows[8]

        def add_row(rows):
            key, shard = self.row(dataset, 9)
            # A row that lies where its name belongs: taken away by hand, put back by hand.
            shard.call("DEL", key)
            shard.call("SREM", b"%srows%s" % (name.encode(), key[-5:]), "profile_9")
            shard.call("HSET", key, "a", 1, "d", "z")
            rows[9] = {"a": "1", "d": "z"}

        def forget_entry(rows):
            key, shard = self.row(dataset, 10)
            shard.call("SREM", b"%sa=2%s" % (name.encode(), key[-5:]), "profile_10")

        def forget_field(rows):
            key, shard = self.row(dataset, 11)
            shard.call("DEL", b"%sb%s" % (name.encode(), key[-5:]))

        def forget_lists(rows):
            key, shard = self.row(dataset, 12)
            shard.call("DEL", b"%sindex:fields%s" % (name.encode(), key[-5:]))
            shard.call("DEL", b"%svalues:a%s" % (name.encode(), key[-5:]))

        def invent_entry(rows):
            key, shard = self.row(dataset, 13)
            shard.call("SADD", b"%sa=7%s" % (name.encode(), key[-5:]), "profile_13", "profile_nobody")

        def invent_row(rows):
            key, shard = self.row(dataset, 14)
            shard.call("SADD", b"%srows%s" % (name.encode(), key[-5:]), "profile_nobody")

        def forget_row(rows):
            key, shard = self.row(dataset, 15)
            shard.call("SREM", b"%srows%s" % (name.encode(), key[-5:]), "profile_15")

        def other_type(rows):
            key, shard = self.row(dataset, 16)
            shard.call("SET", key, "no hash")
            del rows[16]

        return [change_row, delete_row, add_row, forget_entry, forget_field, forget_lists, invent_entry, invent_row,
                forget_row, other_type]

    def check(self, dataset, rows):
        def counts(field):
            found = {}
            for row in rows.values():
                if field in row:
                    found[row[field]] = found.get(row[field], 0) + 1
            return sorted(found.items())

        for field in "abcd":
            reply = self.query("count %s from %s nocache" % (field, dataset))
            self.assertEqual(sorted((value.decode(), n) for value, n in reply), counts(field), field)
        self.assertEqual(self.query("count from %s where a in [7,9]" % dataset),
                         sum(row.get("a") in ("7", "8", "9") for row in rows.values()))
        self.assertEqual(self.query("count from " + dataset), len(rows))

    @unittest.skipIf(harness.METHOD == "columns", "what it damages are sets")
    def test_verify_finds_each_and_repair_mends_it(self):
        for dataset in ("current", "own"):
            rows = {i: {"a": str(i % 4), "b": "x{%d}" % (i % 3)} for i in range(self.NROWS)}
            self.assertEqual(verify(self.client, dataset), (self.NROWS, 0))
            for damage in self.damages(dataset):
                with self.subTest(dataset=dataset, damage=damage.__name__):
                    for _ in range(3):
                        self.query("count from %s where a = 1 || b = 'x{2}'" % dataset)  # cached
                    damage(rows)
                    self.assertGreater(verify(self.client, dataset)[1], 0, "VERIFY does not see it")
                    repaired = pairs(self.client.call("DATASET", "REPAIR", dataset))
                    self.assertGreater(repaired["repaired"], 0)
                    self.assertEqual(repaired["repaired"], repaired["mismatches"])
                    self.assertEqual(verify(self.client, dataset), (len(rows), 0))
                    self.check(dataset, rows)
                    self.assertEqual(
                        self.query("count from %s where a = 1 || b = 'x{2}'" % dataset),
                        sum(row.get("a") == "1" or row.get("b") == "x{2}" for row in rows.values()))
            again = pairs(self.client.call("DATASET", "REPAIR", dataset))
            self.assertEqual((again["mismatches"], again["repaired"]), (0, 0))

    def test_repair_beside_writes(self):
        """Rows written meanwhile are neither damaged nor reported."""
        stopping = threading.Event()
        failed = []

        def write(seed):
            chance = random.Random(seed)
            with self.server.client() as client:
                while not stopping.is_set():
                    key = "own:profile_%d" % chance.randrange(self.NROWS)
                    try:
                        client.pipeline([("HSET", key, "a", chance.randrange(6)), ("HDEL", key, "b"),
                                         ("DEL", key), ("HSET", key, "a", chance.randrange(4), "b", "x")])
                    except (ReplyError, Closed, OSError) as error:
                        failed.append(error)
                        return

        writers = [threading.Thread(target=write, args=(seed,)) for seed in range(2)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(6):
                found = pairs(self.client.call("DATASET", "REPAIR", "own"))
                self.assertEqual(found["mismatches"], 0)
        finally:
            stopping.set()
            for writer in writers:
                writer.join()
        self.assertEqual(failed, [])
        self.assertEqual(verify(self.client, "own"), (self.NROWS, 0))

    @unittest.skipIf(harness.METHOD == "columns", "what it damages are sets")
    def test_reindex_makes_the_index_from_nothing_but_rows(self):
        for dataset in ("current", "own"):
            for key in self.shards.keys(dataset + ":*"):
                if not key.startswith(b"own:row:") and b":index:state" not in key:
                    self.shards.of(key).call("DEL", key)
            self.assertEqual(self.query("count from %s nocache" % dataset), 0)
            self.assertEqual(self.client.call("DATASET", "REINDEX", dataset), b"OK")
            wait_until(lambda: describe(self.client, dataset)["state"] == b"live", "the index")
            self.assertEqual(describe(self.client, dataset)["progress"], 100)
            self.assertEqual(verify(self.client, dataset), (self.NROWS, 0))
            self.check(dataset, {i: {"a": str(i % 4), "b": "x{%d}" % (i % 3)} for i in range(self.NROWS)})


class Switching(unittest.TestCase):
    """The alias goes over to one version after the other, while counts and writes go on."""

    NROWS = 600
    VERSIONS = 6

    def test_no_count_mixes_two_versions(self):
        with Server(2) as server, server.client() as client:
            self.client, self.server = client, server
            self.stopping = threading.Event()
            self.wrong = []
            self.counted = self.written = 0
            client.call("DATASET", "CREATE", "v0", "PREFIX", "profile_")
            self.fill("v0", 0)
            client.call("DATASET", "ALIAS", "now", "v0", "ROWS")
            threads = [threading.Thread(target=self.count, args=(query,)) for query in (
                "count v in [0,%d] from now" % (self.VERSIONS + 1),
                "count v in [0,%d] from now where a = 1 || a = 2 || a = 0 nocache" % (self.VERSIONS + 1),
                "count v in [0,%d], a in [0,2] from now" % (self.VERSIONS + 1))]
            threads.append(threading.Thread(target=self.write))
            for thread in threads:
                thread.start()
            try:
                for version in range(1, self.VERSIONS + 1):
                    client.call("DATASET", "CREATE", "v%d" % version, "PREFIX", "profile_")
                    self.fill("v%d" % version, version)
                    client.call("DATASET", "ALIAS", "now", "v%d" % version)
                    time.sleep(0.2)
                    client.call("DATASET", "DROP", "v%d" % (version - 1))
                    time.sleep(0.1)
                wait_until(lambda: min(self.counted, self.written) > 50 or self.wrong, "counts and writes beside it", 120)
            finally:
                self.stopping.set()
                for thread in threads:
                    thread.join(60)
            self.assertEqual(self.wrong[:5], [])
            last = "v%d" % self.VERSIONS
            wait_until(lambda: sorted(listed(client)) == ["current", last], "the drops")
            self.assertEqual(verify(client, last), (self.NROWS, 0))
            server.stop()

    def fill(self, name, version):
        write_rows(self.client, name + ":profile_", self.NROWS, v=lambda i: version, a=lambda i: i % 3)

    def count(self, query):
        """Every row of a version has v = its number, whoever wrote it: one v holds all rows, in any answer."""
        with self.server.client() as client:
            while not self.stopping.is_set():
                try:
                    reply = client.call("QUERY", query)
                except (ReplyError, Closed, OSError) as error:
                    self.wrong.append((query, str(error)))
                    return
                totals = [sum(cell) if isinstance(cell, list) else cell for cell in reply]
                if sorted(totals) != [0] * (self.VERSIONS + 1) + [self.NROWS]:
                    self.wrong.append((query, reply))
                self.counted += 1

    def write(self):
        """Moves rows between values of `a`: whatever version they go to, it keeps its rows and its v."""
        with self.server.client() as client:
            i = 0
            while not self.stopping.is_set():
                commands = [("HSET", "profile_%d" % ((i + k) % self.NROWS), "a", (i + k) % 3) for k in range(20)]
                for command, reply in zip(commands, client.pipeline(commands)):
                    if reply != 0:
                        self.wrong.append((command, reply))
                i += 20
                self.written += 20


class TwoServers(unittest.TestCase):
    def test_changes_are_seen_by_the_other_within_two_seconds(self):
        with Server(2) as first, beside(first) as second, first.client() as a, second.client() as b:
            write_rows(a, "profile_", 50, v=lambda i: 1)
            a.call("DATASET", "CREATE", "w47", "PREFIX", "profile_", "PARTITIONS", 16)
            # Asked for a name that it does not know, the other one looks again, at once.
            self.assertEqual(b.call("QUERY", "count from w47"), 0)
            write_rows(b, "w47:profile_", 70, v=lambda i: 2)
            self.assertEqual(a.call("QUERY", "count v from w47"), [[b"2", 70]])
            a.call("DATASET", "ALIAS", "current", "w47")
            wait_until(lambda: b.call("QUERY", "count v from current") == [[b"2", 70]], "the switch", 2)
            self.assertEqual(b.call("HGET", "profile_7", "v"), b"2")
            b.call("DATASET", "DROP", "current")
            wait_until(lambda: listed(a)["current"]["state"] == b"dropping", "the drop", 2)
            wait_until(lambda: list(listed(a)) == ["w47"], "the end of the drop")
            self.assertEqual(len(a.call("KEYS", "*")), 70)
            b.call("DATASET", "REINDEX", "w47")
            wait_until(lambda: describe(a, "w47")["state"] == b"live" and describe(b, "w47")["state"] == b"live",
                       "the index")
            self.assertEqual(verify(a, "current"), (70, 0))
            second.stop()
            first.stop()

    def test_changes_of_two_servers_are_all_there(self):
        with Server(1) as first, beside(first) as second:
            failed = []

            def create(server, start):
                with server.client() as client:
                    for i in range(start, 24, 2):
                        try:
                            client.call("DATASET", "CREATE", "d%d" % i, "PREFIX", "p%d_" % i, "PARTITIONS", 4)
                            client.call("DATASET", "ALIAS", "a%d" % i, "d%d" % i)
                        except ReplyError as error:
                            failed.append(error.text)

            threads = [threading.Thread(target=create, args=(server, start))
                       for server, start in ((first, 0), (second, 1))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failed, [])
            for server in (first, second):
                with server.client() as client:
                    found = listed(client)
                    self.assertEqual(sorted(found), sorted(["current"] + ["d%d" % i for i in range(24)]))
                    for i in range(24):
                        self.assertEqual(found["d%d" % i]["aliases"], [b"a%d" % i])
            second.stop()
            first.stop()

    def test_a_server_that_missed_a_drop_answers_no_wrong_number(self):
        """It was stopped (SIGSTOP) meanwhile; the name means other rows, in other partitions, when it goes on."""
        with Server(2) as first, beside(first) as second, first.client() as a, second.client() as b:
            a.call("DATASET", "CREATE", "w", "PREFIX", "w_", "PARTITIONS", 64)
            write_rows(b, "w_", 200, v=lambda i: 1)
            self.assertEqual(b.call("QUERY", "count from w"), 200)
            for again in range(2):
                os.kill(second.process.pid, signal.SIGSTOP)
                try:
                    # These are read by the stopped one when it goes on, before it asks for the catalog.
                    b.send("QUERY", "count from w nocache")
                    a.call("DATASET", "DROP", "w")
                    wait_until(lambda: "w" not in listed(a), "the drop")
                    a.call("DATASET", "CREATE", "w", "PREFIX", "w_", "PARTITIONS", 5 + again)
                    write_rows(a, "w_", 30, v=lambda i: 2)
                finally:
                    os.kill(second.process.pid, signal.SIGCONT)
                try:
                    self.assertEqual(b.read(), 30)
                except ReplyError as error:
                    self.assertEqual(error.code, "NODATASET")
                write_rows(b, "w_", 30, v=lambda i: 3)
                self.assertEqual(a.call("QUERY", "count v from w"), [[b"3", 30]])
                self.assertEqual(verify(a, "w"), (30, 0))
                wait_until(lambda: b.call("QUERY", "count v from w") == [[b"3", 30]], "the other one", 2)
            second.stop()
            first.stop()


class Restart(unittest.TestCase):
    def test_definitions_need_no_configuration(self):
        options = ("--dataset", "people", "prefix", "person_", "--partitions", "8")
        with Server(2, options) as server:
            with server.client() as client:
                write_rows(client, "person_", 40, v=lambda i: 1)
                client.call("DATASET", "CREATE", "w47", "PREFIX", "person_", "PARTITIONS", 5)
                write_rows(client, "w47:person_", 60, v=lambda i: 2)
                client.call("DATASET", "ALIAS", "people", "w47")
                client.call("DATASET", "CREATE", "empty", "PREFIX", "e_")
                before = client.call("DATASET", "LIST")
            server.options = []
            server.restart()
            with server.client() as client:
                self.assertEqual(client.call("DATASET", "LIST"), before)
                self.assertEqual(client.call("QUERY", "count v from people"), [[b"2", 60]])
                self.assertEqual(client.call("HGET", "person_7", "v"), b"2")
                self.assertEqual(describe(client, "w47")["partitions"], 5)
                # The default dataset was dropped for good, if it was.
                client.call("DATASET", "DROP", "current")
                wait_until(lambda: "current" not in listed(client), "the drop")
            server.restart()
            with server.client() as client:
                self.assertNotIn("current", listed(client))
            # What is configured is there again.
            server.options = ["--dataset", "current", "prefix", "profile_"]
            server.restart()
            with server.client() as client:
                self.assertEqual(sorted(listed(client)), ["current", "empty", "people", "w47"])
                write_rows(client, "profile_", 30, v=lambda i: 1)
                self.assertEqual(client.call("QUERY", "count from current"), 30)
            server.stop()

    def refused(self, server, *options):
        process = harness.Process(
            [harness.SERVER, "--port", str(harness.free_port()), "--dir", os.path.join(server.dir, "data"),
             "--shards", *server.shard_words, *server.method_options(), *options],
            os.path.join(server.dir, "refused.log"), harness.shard_env())
        try:
            self.assertNotEqual(process.popen.wait(30), 0)
        finally:
            if process.popen.poll() is None:
                process.popen.kill()
        text = process.log()
        os.remove(process.log_path)
        return text

    def test_a_contradicting_configuration_is_refused(self):
        with Server(2, ("--dataset", "people", "prefix", "person_", "--partitions", "8")) as server:
            with server.client() as client:
                write_rows(client, "person_", 40, v=lambda i: 1)
            server.stop()
            text = self.refused(server, "--dataset", "people", "prefix", "user_")
            self.assertIn("the shards have dataset people with prefix 'person_', the configuration gives it prefix "
                          "'user_': rows would be lost from sight", text)
            text = self.refused(server, "--partitions", "9")
            self.assertIn("8 partitions, the configuration makes it 9: rows would be lost from sight", text)
            text = self.refused(server, "--dataset", "others", "prefix", "pers")
            self.assertIn("overlap", text)
            server.options = []
            server.start()
            with server.client() as client:
                self.assertEqual(client.call("QUERY", "count from people"), 40)
            server.stop()

    def test_shards_without_a_catalog_are_taken_as_they_are(self):
        """As a server before there were catalogs left them; and as a shard that lost its keys' file leaves them."""
        with harness.Redis() as one, harness.Redis() as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, shard_words=words) as server, Shards(one.socket, two.socket) as shards:
                with server.client() as client:
                    write_rows(client, "profile_", 40, v=lambda i: i % 2)
                server.stop()
                self.assertIn(b"quipu:layout:current", shards.keys())
                shards.of("quipu:catalog").call("DEL", "quipu:catalog")
                server.start()
                with server.client() as client:
                    self.assertEqual(client.call("QUERY", "count v in [0,1] from current"), [20, 20])
                    self.assertEqual(verify(client, "current"), (40, 0))
                    client.call("DATASET", "CREATE", "w47", "PREFIX", "profile_")
                    client.call("DATASET", "ALIAS", "current", "w47")
                    # While it runs: what it knows is written again.
                    shards.of("quipu:catalog").call("DEL", "quipu:catalog")
                    wait_until(lambda: any(shard.call("EXISTS", "quipu:catalog") for shard in shards.clients),
                               "the catalog", 5)
                    self.assertEqual(describe(client, "current")["name"], b"w47")
                    # And after FLUSHALL through the endpoint.
                    client.call("FLUSHALL")
                    write_rows(client, "w47:profile_", 10, v=lambda i: 1)
                    self.assertEqual(client.call("QUERY", "count from current"), 10)
                    self.assertEqual(verify(client, "w47"), (10, 0))
                server.restart()
                with server.client() as client:
                    self.assertEqual(describe(client, "current")["name"], b"w47")
                    self.assertEqual(client.call("QUERY", "count from current"), 10)
                server.stop()

    def test_partitions_of_old_shards_are_held_against_the_configuration(self):
        with harness.Redis() as one, Server(1, ("--partitions", "16"), ["static", "unix:" + one.socket]) as server:
            with server.client() as client:
                write_rows(client, "profile_", 40, v=lambda i: i % 2)
            server.stop()
            with one.client() as shard:  # from before there was a catalog, and copies of it
                shard.call("DEL", "quipu:catalog", "quipu:copy:0", "quipu:copy:1", "quipu:copy:2")
            self.assertIn("16 partitions", self.refused(server, "--partitions", "32"))
            with one.client() as shard:
                self.assertEqual(shard.call("EXISTS", "quipu:catalog"), 0)


@unittest.skipIf(harness.METHOD == "columns", "the work is done too soon; test_columns has its own")
class Killed(unittest.TestCase):
    """kill -9 in the middle of DROP and REINDEX: the work is taken over, by the next server or another one."""

    NROWS = 30000

    def load(self, client, address):
        write_rows(client, address, self.NROWS, a=lambda i: i % 4, b=lambda i: i % 97, c=lambda i: i % 1000)

    def kill_during(self, server, client, dataset):
        """Kills it when some of the work is done, and not all."""
        until = time.monotonic() + 30
        while not 2 < describe(client, dataset)["progress"] < 80:
            self.assertLess(time.monotonic(), until, "work to kill it in")
        server.kill()

    def test_drop_goes_on_after_a_restart(self):
        with Server(2) as server:
            client = server.client()
            client.call("DATASET", "CREATE", "w46", "PREFIX", "profile_")
            self.load(client, "w46:profile_")
            write_rows(client, "profile_", 50, a=lambda i: 1)
            client.call("DATASET", "DROP", "w46")
            self.kill_during(server, client, "w46")
            client.close()
            server.start()
            server.wait_counting()
            with server.client() as client, embedded_shards(server) as shards:
                self.assertEqual(listed(client)["w46"]["state"], b"dropping")
                with self.assertRaises(ReplyError) as caught:
                    client.call("QUERY", "count from w46")
                self.assertEqual(caught.exception.code, "NODATASET")
                self.assertGreater(len(shards.keys("w46:*")), 100, "it was done before it was killed")
                wait_until(lambda: "w46" not in listed(client), "the drop")
                self.assertEqual([key for key in shards.keys("w46:*") if b":index:state" not in key], [])
                self.assertEqual(verify(client, "current"), (50, 0))
            server.stop()

    def test_reindex_goes_on_after_a_restart(self):
        with Server(2) as server:
            client = server.client()
            self.load(client, "profile_")
            client.call("DATASET", "REINDEX", "current")
            self.kill_during(server, client, "current")
            client.close()
            server.start()
            client = server.client()
            answer, errors = self.first_answer(client, "count a in [0,3] from current")
            self.assertEqual(answer, [self.NROWS // 4] * 4)
            self.assertGreater(errors, 0, "it was done before it was killed")
            self.assertEqual(verify(client, "current"), (self.NROWS, 0))
            client.close()
            server.stop()

    def first_answer(self, client, query):
        """The first reply that is no INDEXING, and how many of those came before it. Shards that start again load first."""
        errors = 0
        until = time.monotonic() + 60
        while True:
            try:
                return client.call("QUERY", query), errors
            except ReplyError as error:
                self.assertRegex(error.text, r"^(INDEXING|LOADING) \d+%: ")
                errors += error.code == "INDEXING"
            self.assertLess(time.monotonic(), until)
            time.sleep(0.01)

    def test_another_server_takes_over(self):
        """Counts of both are right or INDEXING from the beginning to the end, with writes between."""
        with harness.Redis() as one, harness.Redis() as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, shard_words=words) as first, Server(2, shard_words=words) as second:
                a, b = first.client(), second.client()
                self.load(a, "profile_")
                a.call("DATASET", "REINDEX", "current")
                self.kill_during(first, a, "current")
                a.close()
                for i in range(0, 400):
                    b.call("HSET", "profile_%d" % i, "a", 3)
                    b.call("DEL", "profile_%d" % (self.NROWS - 1 - i))
                answer, errors = self.first_answer(b, "count a in [0,3] from current")
                self.assertGreater(errors, 0)
                left = self.NROWS - 400
                self.assertEqual(answer, [left // 4 - 100] * 3 + [left // 4 + 300])
                self.assertEqual(verify(b, "current"), (left, 0))
                b.close()
                second.stop()


class Moves:
    """A dataset's partitions go to another node, one after the other and without a pause, for as long as this is entered.

    So they move while work on the dataset goes on, however soon that is done."""

    def __init__(self, cluster, partitions):
        self.cluster, self.partitions = cluster, partitions
        self.over, self.begun, self.wrong = threading.Event(), threading.Event(), []
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        self.begun.wait(60)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(120)

    def run(self):
        moved = 0
        try:
            while not self.over.is_set():
                slot = 16384 // self.partitions * (moved % self.partitions) + 8192 // self.partitions
                owner = self.cluster.owner(slot)
                target = next(node for node in self.cluster.masters() if node is not owner)
                move = SlotMove(self.cluster, slot, target, owner)
                move.begin()
                self.begun.set()
                while move.keys(100):
                    pass
                move.end()
                moved += 1
        except Exception as error:  # a thread's exception is the test's
            self.wrong.append(repr(error))
        finally:
            self.begun.set()


class InACluster(unittest.TestCase):
    """Partitions change their node while a dataset is dropped or indexed: the work begins again, counts are right or errors."""

    NROWS = 3000

    def test_versions_over_a_cluster_whose_slots_move(self):
        with Cluster(masters=3, replicas=0) as cluster:
            words = ["cluster"] + cluster.seeds()
            with Server(3, shard_words=words) as first, Server(3, shard_words=words) as second:
                with first.client() as a, second.client() as b:
                    self.run_versions(cluster, a, b)
                second.stop()
                first.stop()

    def run_versions(self, cluster, a, b):
        rows = {"a": lambda i: i % 4, "b": lambda i: i % 31}
        write_rows(a, "profile_", self.NROWS, v=lambda i: 1, **rows)
        a.call("DATASET", "CREATE", "w47", "PREFIX", "profile_", "PARTITIONS", 32)
        write_rows(b, "w47:profile_", self.NROWS, v=lambda i: 2, **rows)
        a.call("DATASET", "ALIAS", "current", "w47")
        self.assertEqual(b.call("QUERY", "count v from current"), [[b"2", self.NROWS]])

        def count():
            try:
                self.assertEqual(b.call("QUERY", "count a in [0,3] from current nocache"), [self.NROWS // 4] * 4)
            except ReplyError as error:
                self.assertIn(error.code, ("INDEXING", "TIMEOUT"))

        with Moves(cluster, 32) as moves:
            a.call("DATASET", "REINDEX", "w47")
            until = time.monotonic() + 2  # then the partitions come to rest, so that the work can end
            while describe(a, "w47")["state"] != b"live" and time.monotonic() < until:
                count()
        self.assertEqual(moves.wrong, [])
        wait_until(lambda: describe(a, "w47")["state"] == b"live", "the index", 60)
        self.assertEqual(verify(b, "w47"), (self.NROWS, 0))
        self.assertEqual(b.call("QUERY", "count a in [0,3] from current"), [self.NROWS // 4] * 4)
        with Moves(cluster, 64) as moves:
            b.call("DATASET", "DROP", "current")
            until = time.monotonic() + 2
            while "current" in listed(b) and time.monotonic() < until:
                count()
        self.assertEqual(moves.wrong, [])
        wait_until(lambda: "current" not in listed(a), "the drop", 60)
        left = [key for node in cluster.masters() for key in node.ask("KEYS", "*")]
        self.assertEqual(sorted(key for key in left if not key.startswith(b"w47:") and b":index:state" not in key),
                         [b"quipu:catalog", b"quipu:copy:0", b"quipu:copy:1", b"quipu:copy:2"])
        self.assertEqual(verify(a, "w47"), (self.NROWS, 0))


class Indexing(unittest.TestCase):
    @unittest.skipIf(harness.METHOD == "columns", "the work is done too soon; test_columns has its own")
    def test_counts_are_right_or_say_how_far_it_is(self):
        with Server(2) as server, server.client() as client:
            nrows = 30000
            write_rows(client, "profile_", nrows, a=lambda i: i % 4, b=lambda i: i % 97)
            percents, right, turns = [], 0, 0
            while turns < 2 or (len(set(percents)) <= 2 and turns < 20):  # how often we get to ask is the machine's
                turns += 1
                client.call("DATASET", "REINDEX", "current")
                state = b"indexing"
                while state != b"live":
                    try:
                        self.assertEqual(client.call("QUERY", "count a in [0,3] from current nocache"), [nrows // 4] * 4)
                        right += 1
                    except ReplyError as error:
                        self.assertRegex(error.text, r"^INDEXING \d+%: ")
                        percents.append(int(error.text.split()[1].rstrip("%:")))
                    for command in (("DBSIZE",), ("DATASET", "VERIFY", "current"), ("DATASET", "REPAIR", "current")):
                        try:
                            reply = client.call(*command)
                            self.assertEqual(reply if command == ("DBSIZE",) else reply[1], nrows)
                        except ReplyError as error:
                            self.assertRegex(error.text, r"^INDEXING ")
                    state = describe(client, "current")["state"]
            self.assertGreater(len(set(percents)), 2, percents)
            self.assertEqual(verify(client, "current"), (nrows, 0))
            server.stop()

    def test_a_dataset_can_be_dropped_while_it_is_indexed(self):
        with Server(2) as server, server.client() as client, embedded_shards(server) as shards:
            client.call("DATASET", "CREATE", "w46", "PREFIX", "profile_")
            write_rows(client, "w46:profile_", 6000, a=lambda i: i % 4, b=lambda i: i % 97)
            client.call("DATASET", "REINDEX", "w46")
            client.call("DATASET", "DROP", "w46")
            wait_until(lambda: "w46" not in listed(client), "the drop")
            self.assertEqual([key for key in shards.keys("w46:*") if b":index:state" not in key], [])
            server.stop()


if __name__ == "__main__":
    harness.main()
