"""A server that people run as shards: what Quipu needs of it. One test for each line of the table in docs/operations.md.

    QUIPU_REDIS_SERVER=$PWD/build/servers/valkey-9 python3 tests/e2e/test_servers.py
    QUIPU_REDIS_SERVER=... QUIPU_SEED=1234 python3 tests/e2e/test_servers.py Alone.test_every_kind_of_write

ctest runs it for redis-server and for each server of scripts/servers: e2e_servers_<name>. Where one is not installed, or the
module is built with AddressSanitizer, whose library these servers cannot load, it is skipped and says so.
"""

import os
import random
import sys
import threading
import unittest

import quipu_harness as harness
import test_differential
import test_docs
from cluster_harness import Cluster, SlotMove
from module_harness import ModuleRedis, check, random_rows, read_rows, seeded, verify, wait_indexed
from quipu_harness import Closed, ReplyError, Server, info, main, pairs, wait_in_step, wait_until
from servers_page import Page
from test_module_random import Writes

ROUNDS = 60
NROWS = 2000
CTEST_SKIPPED = 77


def can_set(client, name):
    """Is there such a setting?"""
    return bool(client.call("CONFIG", "GET", name))


def check_still(case, client, fields=(b"value_1", b"sex")):
    """check(), again where rows expired meanwhile."""
    while True:
        before = read_rows(client)
        try:
            return check(case, client, fields=fields)
        except AssertionError:
            if read_rows(client) == before:
                raise


class Going:
    """Random writes by every kind of command from a thread of its own, until the `with` ends or the server is gone."""

    def __init__(self, connect, rng):
        self.connect, self.rng = connect, rng
        self.over = threading.Event()
        self.nwrites = 0
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def run(self):
        data = Writes(self.rng, 300)
        try:
            with self.connect() as client:
                client.call("HSET", "to_dump", "a", "1")
                data.dump = client.call("DUMP", "to_dump")
                while not self.over.is_set():
                    client.pipeline([data.any_command() for _ in range(20)])
                    self.nwrites += 20
        except (OSError, Closed):
            pass

    def wait_writes(self, n):
        wait_until(lambda: self.nwrites >= n or not self.thread.is_alive(), "%d writes" % n)


class Alone(unittest.TestCase):
    """One server with quipu.so."""

    def test_every_kind_of_write(self):
        rng = seeded(self)
        with ModuleRedis("inline-us", 0) as redis, redis.client() as client:
            data = Writes(rng, NROWS)
            client.pipeline(data.load_commands())
            client.call("HSET", "to_dump", "value_1", "1")
            data.dump = client.call("DUMP", "to_dump")
            for _ in range(ROUNDS):
                client.pipeline([data.any_command() for _ in range(30)])
                self.assertEqual(verify(client)["mismatches"], 0)
            self.assertGreater(len(check_still(self, client)), 0)

    def restart(self, options, save):
        with ModuleRedis(options=options) as redis:
            with redis.client() as client:
                client.pipeline(random_rows(random.Random(7), NROWS))
                client.call("QUIPU.INDEX", "CREATE", "w47", "PREFIX", "w47:")
                wait_indexed(client, "w47")
                client.call("HSET", "w47:1", "a", "1")
                if save:
                    client.call("SAVE")
            redis.kill()
            redis.start()
            with redis.client() as client:
                wait_indexed(client)
                self.assertEqual(len(check(self, client)), NROWS)
                client.pipeline([("DEL", "profile_1"), ("HSET", "profile_x", "a", "9")])
                self.assertEqual(len(check(self, client)), NROWS)

    def test_restart_from_rdb(self):
        self.restart([], save=True)

    def test_restart_from_append_only_file(self):
        for preamble in ("yes", "no"):
            with self.subTest(preamble=preamble):
                self.restart(["--appendonly", "yes", "--appendfsync", "always", "--aof-use-rdb-preamble", preamble], save=False)

    def test_eviction(self):
        with ModuleRedis() as redis, redis.client() as client:
            client.pipeline(random_rows(random.Random(3), NROWS))
            used = int(info(client, "memory")["used_memory"])
            client.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru", "maxmemory", used)
            client.pipeline(random_rows(random.Random(4), NROWS, NROWS))
            self.assertGreater(int(info(client, "stats")["evicted_keys"]), 0)
            client.call("CONFIG", "SET", "maxmemory", 0)
            check(self, client)

    def test_active_defragmentation(self):
        with ModuleRedis() as redis, redis.client() as client:
            try:
                client.call("CONFIG", "SET", "activedefrag", "yes", "active-defrag-ignore-bytes", 1,
                            "active-defrag-threshold-lower", 0, "active-defrag-cycle-min", 50)
            except ReplyError as error:
                self.skipTest(error.text)
            with Going(redis.client, seeded(self)) as going:
                client.pipeline(random_rows(random.Random(3), 20000))
                client.pipeline([("DEL", "profile_%d" % i) for i in range(0, 20000, 2)])
                going.wait_writes(2000)
                wait_until(lambda: int(info(client, "stats")["active_defrag_hits"]) > 0, "something was moved")
            check_still(self, client)

    def test_io_threads(self):
        options = ["--io-threads", "3"]
        with ModuleRedis("workers", 2, "inline-us", 0, options=options) as redis, redis.client() as client:
            rng = seeded(self)
            writers = [Going(redis.client, random.Random(rng.random())) for _ in range(4)]
            for writer in writers:
                writer.__enter__()
            try:
                for _ in range(100):
                    client.call("QUIPU.COUNT", "count value_1, sex from current")
                for writer in writers:
                    writer.wait_writes(500)
            finally:
                for writer in writers:
                    writer.__exit__()
            check_still(self, client)


class Documented(unittest.TestCase):
    def test_the_page(self):
        """docs/servers.md shows what this server answers."""
        with Page(harness.REDIS_SERVER) as page:
            for line, wanted, shown in page.run():
                self.assertTrue(test_docs.matches(wanted, shown), "%s\n%s" % (line, "\n".join(shown)))
            self.assertTrue(page.known)


class Replicated(unittest.TestCase):
    """Two of them."""

    def replicate(self, settings):
        with ModuleRedis(port=True) as master, ModuleRedis(port=True) as replica, \
                master.client() as at_master, replica.client() as at_replica:
            if not all(can_set(at_master, name) for name in settings):
                self.skipTest("this server has no " + next(name for name in settings if not can_set(at_master, name)))
            for client in (at_master, at_replica):
                for name, value in settings.items():
                    client.call("CONFIG", "SET", name, value)
            at_master.pipeline(random_rows(random.Random(9), 20000, 10000))
            at_replica.call("HSET", "profile_stale", "a", "1")
            with Going(master.client, seeded(self)) as going:
                going.wait_writes(100)
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                wait_until(lambda: info(at_replica, "replication")["master_link_status"] == "up", "a full copy")
                going.wait_writes(going.nwrites + 500)
            wait_in_step(at_master, at_replica)
            check_still(self, at_replica)
            check_still(self, at_master)
            self.assertEqual(read_rows(at_replica), read_rows(at_master))
            at_master.call("FAILOVER", "TO", "127.0.0.1", replica.port)
            wait_until(lambda: info(at_replica, "replication")["role"] == "master", "the replica is the master")
            at_replica.pipeline(random_rows(random.Random(10), 500, 5000))
            wait_until(lambda: info(at_master, "replication").get("master_link_status") == "up", "the old master follows")
            wait_in_step(at_replica, at_master)
            check_still(self, at_replica)
            check_still(self, at_master)

    def test_full_copy_by_disk_and_failover(self):
        self.replicate({"repl-diskless-sync": "no"})

    def test_full_copy_without_disk_and_failover(self):
        self.replicate({"repl-diskless-sync": "yes", "repl-diskless-load": "swapdb"})

    def test_full_copy_by_two_channels_and_failover(self):
        self.replicate({"repl-diskless-sync": "yes", "dual-channel-replication-enabled": "yes"})


class Served(unittest.TestCase):
    """Behind quipu-server."""

    def differential(self, method):
        was = test_differential.ROUNDS, harness.METHOD
        test_differential.ROUNDS, harness.METHOD = ROUNDS, method
        try:
            test_differential.Differential.run_rounds(self, 2, 500)
        finally:
            test_differential.ROUNDS, harness.METHOD = was

    ask = test_differential.Differential.ask
    check = test_differential.Differential.check
    check_write = test_differential.Differential.check_write

    def test_random_queries_by_sets(self):
        self.differential("sets")

    def test_random_queries_by_columns(self):
        self.differential("columns")

    def test_shards_are_killed_and_come_back(self):
        for method in ("sets", "columns"):
            with self.subTest(method=method), Server(2, ["--method", method, "--appendfsync", "always"]) as server, server.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(600)])
                server.kill_shard(1)
                server.wait_counting()
                self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [200] * 3)


class InCluster(unittest.TestCase):
    """Three masters behind quipu-server, by both methods, while slots move under load."""

    def moving(self, method, move):
        was, harness.METHOD = harness.METHOD, method
        try:
            with Cluster(masters=3, replicas=0) as cluster, \
                    Server(shard_words=["cluster"] + cluster.seeds(), options=["--partitions", "16"]) as server:
                self.move_under_load(cluster, server, move)
        finally:
            harness.METHOD = was

    def move_under_load(self, cluster, server, move):
        over, wrong, counts = threading.Event(), [], [0]

        def count():
            with server.client() as client:
                while not over.is_set():
                    reply = client.pipeline([("QUERY", "count a in [0,3] from current where kind = fixed timeout 60000")])[0]
                    counts[0] += 1
                    if reply != [100] * 4:
                        wrong.append(reply)

        def write():
            with server.client() as client:
                for i in range(1, 1 << 30):
                    if over.is_set():
                        return
                    reply = client.pipeline([("HSET", "profile_w%d" % (i % 40), "kind", "moving", "n", i)])[0]
                    if isinstance(reply, ReplyError):
                        wrong.append(reply)

        with server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "kind", "fixed", "a", i % 4) for i in range(400)])
            threads = [threading.Thread(target=run) for run in (count, write)]
            for thread in threads:
                thread.start()
            try:
                for slot in self.full_slots(cluster, 6):
                    owner = cluster.owner(slot)
                    move(cluster, slot, next(node for node in cluster.masters() if node is not owner))
                    seen = counts[0]
                    wait_until(lambda: counts[0] > seen + 2 or wrong, "counts behind a move")
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(wrong[:3], [])
            self.assertEqual(client.call("QUERY", "count from current"), 440)
            found = pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual((found["mismatches"], found["rows"]), (0, 440), found)

    def full_slots(self, cluster, n):
        """Slots with keys in them, of every master in turn."""
        found = []
        for low, high, owner, _ in cluster.slots():
            with owner.client() as node:
                sizes = node.pipeline([("CLUSTER", "COUNTKEYSINSLOT", slot) for slot in range(low, high + 1)])
            found.append([low + i for i, size in enumerate(sizes) if size])
        return [slots[i] for i in range(n // len(found)) for slots in found]

    @staticmethod
    def key_by_key(cluster, slot, target):
        move = SlotMove(cluster, slot, target)
        move.begin()
        while move.keys(5):
            pass
        move.end()

    @staticmethod
    def at_once(cluster, slot, target):
        """Valkey's CLUSTER MIGRATESLOTS: the source streams the slot and hands it over in one step."""
        source = cluster.owner(slot)
        source.ask("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", slot, slot, "NODE", target.id)

        def ended():
            states = [pairs(job)["state"] for job in source.ask("CLUSTER", "GETSLOTMIGRATIONS")]
            if any(state in (b"failed", b"cancelled") for state in states):
                raise AssertionError("the migration ended as %r" % states)
            return all(state == b"success" for state in states) and cluster.owner(slot) is target

        wait_until(ended, "slot %d is moved" % slot)

    def test_slots_move_key_by_key_by_sets(self):
        self.moving("sets", self.key_by_key)

    def test_slots_move_key_by_key_by_columns(self):
        self.moving("columns", self.key_by_key)

    def can_migrate(self):
        with ModuleRedis(load=False) as redis, redis.client() as client:
            names = client.call("COMMAND", "LIST", "FILTERBY", "PATTERN", "cluster|migrateslots")
        if not names:
            self.skipTest("this server has no CLUSTER MIGRATESLOTS")

    def test_slots_move_at_once_by_sets(self):
        self.can_migrate()
        self.moving("sets", self.at_once)

    def test_slots_move_at_once_by_columns(self):
        self.can_migrate()
        self.moving("columns", self.at_once)


if __name__ == "__main__":
    if os.sep in harness.REDIS_SERVER:
        if not os.access(harness.REDIS_SERVER, os.X_OK):
            print("skipped: %s is not installed (scripts/setup --servers)" % os.path.basename(harness.REDIS_SERVER))
            sys.exit(CTEST_SKIPPED)
        if harness.IS_SANITIZED:
            print("skipped: %s cannot load AddressSanitizer's library" % os.path.basename(harness.REDIS_SERVER))
            sys.exit(CTEST_SKIPPED)
    main()
