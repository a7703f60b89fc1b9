"""Leaving: what a server with quipu.so has is loaded by one without it, and the module can be unloaded.

And the other way round: definitions stay over a restart, reach replicas, and are written again where somebody deletes them.
"""

import functools
import os
import struct
import threading
import unittest

import quipu_harness as harness
from cluster_harness import Cluster
from module_harness import ModuleRedis, check, wait_indexed
from quipu_harness import MODULE, ReplyError, info, pairs, servers, wait_in_step, wait_until

NROWS = 500
KEY = "quipu:datasets"
WORDS = ["--loadmodule", MODULE, "no-dataset"]


def fill(client):
    client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", i) for i in range(NROWS)] + [("SET", "plain", "1")])
    client.call("QUIPU.INDEX", "CREATE", "w47", "PREFIX", "w47:")
    client.call("HSET", "w47:1", "a", "1")


def drop_all(client):
    for dataset in client.call("QUIPU.INDEX", "LIST"):
        client.call("QUIPU.INDEX", "DROP", dataset[1])


def names(client):
    return {dataset[1]: dataset[3] for dataset in client.call("QUIPU.INDEX", "LIST")}


def modules(client):
    return {bytes(word) for module in client.call("MODULE", "LIST") for word in module if isinstance(word, bytes)}


def quipu_threads(pid):
    """The module's own."""
    found = 0
    for task in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/comm" % (pid, task)) as comm:
            found += comm.read().strip() == "quipu"
    return found


def for_each_server(test):
    """A test that is given the program of each server that people run."""
    @functools.wraps(test)
    def run(self):
        for name, program in servers().items():
            with self.subTest(server=name):
                test(self, program)

    return run


class Case(unittest.TestCase):
    def assert_rows(self, client):
        self.assertEqual(client.call("HGETALL", "profile_7"), [b"a", b"1", b"b", b"7"])
        self.assertEqual(client.call("GET", "plain"), b"1")
        self.assertEqual(client.call("HGET", "w47:1", "a"), b"1")
        self.assertEqual(sum(1 for reply in client.pipeline([("EXISTS", "profile_%d" % i) for i in range(NROWS)]) if reply), NROWS)

    def assert_plain(self, client):
        self.assert_rows(client)
        self.assertNotIn(b"quipu", modules(client))
        with self.assertRaises(ReplyError):
            client.call("QUIPU.COUNT", "count from current")


class Files(Case):
    def leave_by_restart(self, program, options, save, drops):
        with ModuleRedis("no-dataset", "dataset", "current", "profile_", options=options, server=program) as redis:
            with redis.client() as client:
                fill(client)
                if drops:
                    drop_all(client)
                    self.assertEqual(client.call("EXISTS", KEY), 1)  # the arguments' are gone until a restart: that is kept
                save(client)
            redis.stop()
            redis.load = False
            redis.start()
            with redis.client() as client:
                self.assert_plain(client)

    @for_each_server
    def test_rdb(self, program):
        self.leave_by_restart(program, [], lambda client: client.call("SAVE"), drops=True)
        self.leave_by_restart(program, [], lambda client: client.call("SAVE"), drops=False)

    @for_each_server
    def test_append_only_file(self, program):
        for preamble in ("yes", "no"):
            options = ["--appendonly", "yes", "--aof-use-rdb-preamble", preamble]
            self.leave_by_restart(program, options, lambda client: None, drops=False)
            self.leave_by_restart(program, options, self.rewrite, drops=True)

    def rewrite(self, client):
        client.call("BGREWRITEAOF")
        wait_until(lambda: info(client, "persistence")["aof_rewrite_in_progress"] == "0" and
                   info(client, "persistence")["aof_rewrite_scheduled"] == "0", "a rewritten file", 60)

    def test_nothing_stays_behind_the_last_dataset(self):
        with ModuleRedis("no-dataset", options=["--appendonly", "yes"]) as redis, redis.client() as client:
            fill(client)
            self.assertEqual(client.call("HGETALL", KEY), [b"w47", b"w47:"])
            note = os.path.join(redis.dir, "dump.rdb.quipu")
            self.assertTrue(os.path.exists(note))
            drop_all(client)
            self.assertEqual(client.call("KEYS", "quipu*"), [])
            self.assertFalse(os.path.exists(note))


class Unloading(Case):
    @for_each_server
    def test_unload_and_load(self, program):
        with ModuleRedis(server=program) as redis, redis.client() as client:
            fill(client)
            with self.assertRaises(ReplyError):
                client.call("MODULE", "UNLOAD", "quipu")
            self.assertEqual(client.call("QUIPU.COUNT", "count from current"), NROWS)
            for _ in range(5):
                drop_all(client)
                self.assertGreater(quipu_threads(redis.process.pid), 0)
                self.assertEqual(client.call("MODULE", "UNLOAD", "quipu"), b"OK")
                self.assertEqual(quipu_threads(redis.process.pid), 0)
                self.assert_plain(client)
                self.assertEqual(client.call("EXISTS", KEY), 0)
                client.call("HSET", "profile_new", "a", "1")
                client.call("MODULE", "LOAD", MODULE)
                wait_indexed(client)
                self.assertEqual(client.call("QUIPU.COUNT", "count from current"), NROWS + 1)
                client.call("DEL", "profile_new")
                check(self, client)

    def test_under_load(self):
        """Dropped and unloaded while others write and count; what expires and what is being indexed does not matter."""
        with ModuleRedis() as redis, redis.client() as client:
            fill(client)
            stopping = threading.Event()

            def write():
                with redis.client() as other:
                    i = 0
                    while not stopping.is_set():
                        i += 1
                        other.pipeline([("HSET", "profile_%d" % (i % 3000), "a", i % 7), ("EXPIRE", "profile_%d" % (i % 50), 1),
                                        ("QUIPU.COUNT", "count a from current nocache")])

            threads = [threading.Thread(target=write) for _ in range(3)]
            for thread in threads:
                thread.start()
            try:
                for _ in range(20):
                    drop_all(client)

                    def is_unloaded():
                        try:
                            return client.call("MODULE", "UNLOAD", "quipu") == b"OK"
                        except ReplyError:  # a client waits for a count that is being made
                            return False

                    wait_until(is_unloaded, "an unloaded module")
                    client.call("MODULE", "LOAD", MODULE)
            finally:
                stopping.set()
                for thread in threads:
                    thread.join()
            wait_indexed(client)
            wait_until(lambda: pairs(client.call("QUIPU.INFO", "current"))["rows_that_expire"] == 0, "rows whose time is over are gone")
            check(self, client)

    def test_in_a_cluster(self):
        with Cluster(masters=1, replicas=0, options=["--enable-module-command", "local"], words=WORDS) as cluster:
            node = cluster.nodes[0]
            with node.client() as client:
                fill(client)
                drop_all(client)
                self.assertEqual(client.call("MODULE", "UNLOAD", "quipu"), b"OK")
                self.assert_plain(client)


class Elsewhere(Case):
    @for_each_server
    def test_a_plain_replica_is_promoted(self, program):
        with ModuleRedis(port=True, server=program) as master, ModuleRedis(load=False, server=program) as replica:
            with master.client() as at_master, replica.client() as at_replica:
                fill(at_master)
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                wait_in_step(at_master, at_replica)
                # From here on as a stream of commands: none of them unknown to it.
                at_master.call("QUIPU.INDEX", "CREATE", "later", "PREFIX", "later:")
                at_master.call("QUIPU.INDEX", "DROP", "later")
                at_master.call("HSET", "profile_0", "a", "5")
                wait_in_step(at_master, at_replica)
                self.assertNotIn("unknown command", replica.process.log())
                master.kill()
                at_replica.call("REPLICAOF", "NO", "ONE")
                self.assert_plain(at_replica)
                self.assertEqual(at_replica.call("HGET", "profile_0", "a"), b"5")
                self.assertEqual(at_replica.call("HGETALL", KEY)[:2], [b"current", b"profile_"])

    @for_each_server
    def test_migrate_copy(self, program):
        with ModuleRedis(server=program) as source, ModuleRedis(load=False, port=True) as target:
            if program != servers()["redis-7"]:
                target.close()
                target = ModuleRedis(load=False, port=True, server=program)
            with target, source.client() as at_source, target.client() as at_target:
                fill(at_source)
                keys = ["profile_%d" % i for i in range(NROWS)] + ["plain", "w47:1"]
                self.assertEqual(at_source.call("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "COPY", "KEYS", *keys), b"OK")
                self.assert_plain(at_target)
                self.assert_rows(at_source)
                check(self, at_source)


class Kept(Case):
    """Definitions are where they should be, whatever is done to the hash."""

    @for_each_server
    def test_written_again(self, program):
        with ModuleRedis(port=True, server=program) as master, ModuleRedis(server=program) as replica:
            with master.client() as client, replica.client() as at_replica:
                fill(client)
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                wait_in_step(client, at_replica)
                wanted = {b"current": b"profile_", b"w47": b"w47:"}
                for damage in (("DEL", KEY), ("SET", KEY, "x"), ("HDEL", KEY, "w47"), ("HSET", KEY, "other", "o:"), ("FLUSHDB",),
                               ("FLUSHALL", "ASYNC"), ("RENAME", KEY, "elsewhere"), ("PEXPIRE", KEY, "1"), ("SWAPDB", "0", "3"),
                               ("HSET", KEY, "w47", "x:")):
                    with self.subTest(damage=damage):
                        client.call(*damage)
                        self.wait_for_hash(client, wanted)
                        self.assertEqual(names(client), wanted)
                        wait_in_step(client, at_replica)
                        self.wait_for_hash(at_replica, wanted)
                        wait_until(lambda: names(at_replica) == wanted, "definitions in the replica")
                check(self, client)

    def wait_for_hash(self, client, wanted):
        def is_there():
            try:
                flat = client.call("HGETALL", KEY)
            except ReplyError:
                return False
            return dict(zip(flat[0::2], flat[1::2])) == wanted

        wait_until(is_there, "the hash")

    def test_a_replica_follows(self):
        """Also to no dataset at all; and goes on with them when it is promoted."""
        with ModuleRedis("no-dataset", port=True) as master, ModuleRedis("no-dataset") as replica:
            with master.client() as client, replica.client() as at_replica:
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                wait_in_step(client, at_replica)
                client.call("QUIPU.INDEX", "CREATE", "a", "PREFIX", "a:")
                client.call("HSET", "a:1", "x", "1")
                wait_until(lambda: names(at_replica) == {b"a": b"a:"}, "the dataset")
                wait_indexed(at_replica, "a")
                self.assertEqual(at_replica.call("QUIPU.COUNT", "count x from a"), [[b"1", 1]])
                client.call("QUIPU.INDEX", "DROP", "a")
                wait_until(lambda: names(at_replica) == {}, "no dataset")
                client.call("QUIPU.INDEX", "CREATE", "b", "PREFIX", "b:")
                wait_until(lambda: names(at_replica) == {b"b": b"b:"}, "another dataset")
                at_replica.call("REPLICAOF", "NO", "ONE")
                at_replica.call("FLUSHALL")
                self.wait_for_hash(at_replica, {b"b": b"b:"})

    def test_a_cluster(self):
        """No key there: replicas are told, also those that come later; a node that starts again has its file."""
        with Cluster(masters=1, replicas=1, options=["--appendonly", "yes"], words=WORDS) as cluster:
            master, replica = cluster.nodes
            with master.client() as client:
                client.call("QUIPU.INDEX", "CREATE", "a", "PREFIX", "a:")
                client.call("HSET", "a:1", "x", "1")
                self.assertEqual(client.call("KEYS", "quipu*"), [])
            wait_until(lambda: names_at(replica) == {b"a": b"a:"}, "the dataset in the replica")
            os.unlink(os.path.join(replica.dir, "dump.rdb.quipu"))
            replica.kill()
            replica.start()
            wait_until(lambda: names_at(replica) == {b"a": b"a:"}, "the dataset in a replica that came later")
            with open_files(master.dir) as content:
                self.assertNotIn(b"quipu.index", content.lower())
            master.kill()
            master.start()
            wait_until(lambda: names_at(master) == {b"a": b"a:"}, "the dataset in a node that was started again")


def names_at(node):
    with node.client() as client:
        return names(client)


class open_files:
    """What the append-only files in a directory have."""

    def __init__(self, directory):
        self.content = b""
        for path, _, files in os.walk(directory):
            for name in files:
                if "aof" in name:
                    with open(os.path.join(path, name), "rb") as file:
                        self.content += file.read()

    def __enter__(self):
        return self.content

    def __exit__(self, *_):
        pass


class Older(Case):
    """Files of a module that kept its definitions beside the keys."""

    @staticmethod
    def old_data(datasets):
        """What it put at the head of an RDB file."""
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        number = 0
        for letter in "quipu-idx":
            number = number << 6 | letters.index(letter)
        out = b"\xf7\x81" + struct.pack(">Q", number << 10) + bytes([2, 2])
        out += bytes([2, 1]) + bytes([2, len(datasets)])
        for name, prefix in datasets:
            for word in (name, prefix):
                out += bytes([5, len(word)]) + word
        return out + b"\0"

    def age(self, path, datasets):
        """Puts it behind the fields at the file's head; a checksum of 0 is none."""
        with open(path, "rb") as file:
            content = file.read()
        at = content.index(b"aof-base") + len(b"aof-base") + 2
        with open(path, "wb") as file:
            file.write(content[:at] + self.old_data(datasets) + content[at:-8] + b"\0" * 8)

    @for_each_server
    def test_an_older_rdb_file(self, program):
        with ModuleRedis(load=False, server=program) as redis:
            with redis.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", i) for i in range(NROWS)] +
                                [("SET", "plain", "1"), ("HSET", "w47:1", "a", "1")])
                client.call("SAVE")
            redis.stop()
            self.age(os.path.join(redis.dir, "dump.rdb"), [(b"current", b"profile_"), (b"w47", b"w47:")])
            redis.load, redis.words = True, ["no-dataset"]
            redis.start()
            with redis.client() as client:
                self.assertEqual(names(client), {b"current": b"profile_", b"w47": b"w47:"})
                self.assertEqual(client.call("QUIPU.COUNT", "count from current"), NROWS)
                drop_all(client)
                with self.assertRaises(ReplyError) as caught:
                    client.call("MODULE", "UNLOAD", "quipu")
                self.assertIn("data types", caught.exception.text)
                client.call("QUIPU.INDEX", "CREATE", "w47", "PREFIX", "w47:")
                client.call("SAVE")
            redis.stop()
            # The file is of today by now.
            redis.start()
            with redis.client() as client:
                self.assertEqual(names(client), {b"w47": b"w47:"})
                drop_all(client)
                self.assertEqual(client.call("MODULE", "UNLOAD", "quipu"), b"OK")
                self.assert_plain(client)

    def test_an_older_append_only_file(self):
        """The commands in it, behind an RDB file that has definitions, too."""
        options = ["--appendonly", "yes"]
        with ModuleRedis(load=False, options=options) as redis:
            with redis.client() as client:
                client.call("HSET", "profile_1", "a", "1")
                Files.rewrite(self, client)
            redis.stop()
            directory = os.path.join(redis.dir, "appendonlydir")
            for name in os.listdir(directory):
                path = os.path.join(directory, name)
                if name.endswith(".base.rdb"):
                    self.age(path, [(b"current", b"profile_")])
                elif name.endswith(".incr.aof"):
                    with open(path, "ab") as file:
                        file.write(harness.encode(["SELECT", "0"]))
                        file.write(harness.encode(["QUIPU.INDEX", "CREATE", "later", "PREFIX", "later:"]))
                        file.write(harness.encode(["HSET", "later:1", "a", "1"]))
            redis.load, redis.words = True, ["no-dataset"]
            for _ in range(2):
                redis.start()
                with redis.client() as client:
                    self.assertEqual(names(client), {b"current": b"profile_", b"later": b"later:"})
                    for name in ("current", "later"):
                        wait_indexed(client, name)
                        self.assertEqual(client.call("QUIPU.COUNT", "count from " + name), 1)
                redis.stop()


if __name__ == "__main__":
    harness.main()
