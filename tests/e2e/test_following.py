"""The module follows the keyspace in clusters of every server that people run: newer ones keep keys by slot, and while a command
runs they look for keys in that command's. Those that scripts/servers did not install are left out."""

import time
import unittest

from cluster_harness import Cluster
from each_server import COUNT, COUNT_A, EachServer
from module_harness import check, verify, wait_indexed
from quipu_harness import MODULE, ReplyError, Server, main, pairs, run_load, servers, wait_in_step, wait_until


class InAClusterOfOne(EachServer):
    """All slots at one node. Redis 7.4, Valkey 8 and later have a dictionary for each, and look in the command's own."""

    @classmethod
    def start(cls, program):
        return Cluster(1, 0, server=program, words=["--loadmodule", MODULE])

    def connect(self, cluster):
        return cluster.nodes[0].client(timeout=60)

    def check(self, client, nrows):
        rows = check(self, client)
        self.assertEqual(len(rows), nrows)

    def test_rows_of_many_slots(self):
        for _, _, client in self.clients():
            client.pipeline([("HINCRBY", "profile_%d" % i, "a", 1) for i in range(1000)])
            self.assertEqual(client.call(*COUNT), 1000)
            self.check(client, 1000)
            fields = ["f%d" % i for i in range(12)]  # more than are told by the command itself
            client.pipeline([["HSET", "profile_%d" % i] + [word for field in fields for word in (field, i)]
                             for i in range(500, 1500)])
            client.pipeline([("HSET", "profile_%d" % i, "b", "x") for i in range(1500)])
            self.check(client, 1500)
            client.pipeline([("DEL", "profile_%d" % i) for i in range(0, 1500, 3)])
            client.pipeline([("HDEL", "profile_%d" % i, "b") for i in range(1500)])
            self.check(client, 1000)

    def test_in_transactions(self):
        for _, _, client in self.clients():
            client.pipeline([("HINCRBY", "profile_%d" % i, "a", 1) for i in range(500)])
            replies = client.pipeline(
                [("HINCRBY", "profile_%d" % i, "a", 1) for i in range(500, 600)] + [("MULTI",)]
                + [("HINCRBY", "profile_{x}%d" % i, "a", 2) for i in range(200)] + [COUNT, ("QUIPU.VERIFY", "current", "DEEP")]
                + [("HDEL", "profile_{x}%d" % i, "a") for i in range(50)] + [("DEL", "profile_{x}50", "profile_{x}51")]
                + [("RENAME", "profile_{x}52", "profile_{x}53"), ("SET", "profile_{x}54", "text"), COUNT_A]
                + [("QUIPU.VERIFY", "current", "DEEP"), ("EXEC",)])[-1]
            self.assertEqual(replies[200], 800)
            self.assertEqual(replies[-2], [[b"1", 600], [b"2", 146]])
            for reply, nrows in ((replies[201], 800), (replies[-1], 746)):
                self.assertEqual(pairs(reply), {"rows": nrows, "fields": nrows, "mismatches": 0, "differences": []})
            self.check(client, 746)

    def test_in_scripts(self):
        """Scripts that declare no key may touch those of several slots, if they are all here."""
        script = ("for i = 1, 300 do redis.call('HINCRBY', ARGV[1] .. i, 'a', 1) end "
                  "for i = 1, 300, 3 do redis.call('DEL', ARGV[1] .. i) end "
                  "return redis.call('QUIPU.COUNT', 'count from current')")
        for _, _, client in self.clients():
            client.pipeline([("HINCRBY", "profile_%d" % i, "a", 1) for i in range(100)])
            self.assertEqual(client.call("EVAL", script, "0", "profile_r"), 300)
            self.check(client, 300)
            replies = client.pipeline([("MULTI",), ("HSET", "profile_{x}", "a", "1"), ("EVAL", script, "0", "profile_s"), COUNT,
                                       ("QUIPU.VERIFY", "current"), ("EXEC",)])[-1]
            self.assertEqual(replies[1:3], [501, 501])
            self.assertEqual(pairs(replies[3])["mismatches"], 0)
            self.check(client, 501)

    def test_rows_that_expire(self):
        for name, _, client in self.clients():
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
            client.pipeline([("HINCRBY", "profile_%d" % i, "a", i % 2) for i in range(300)])
            client.pipeline([("PEXPIRE", "profile_%d" % i, 20) for i in range(0, 300, 2)])
            wait_until(lambda: client.call("TTL", "profile_298") == -2, "they are over")
            # In a transaction of one slot, where no other key can be looked for.
            replies = client.pipeline([("MULTI",), ("HINCRBY", "profile_1", "a", 1), COUNT, ("QUIPU.VERIFY", "current"),
                                       ("EXEC",)])[-1]
            self.assertEqual(replies[1], 150, name)
            self.assertEqual(pairs(replies[2])["mismatches"], 0, replies[2])
            self.assertEqual(client.call("QUIPU.COUNT", "count from current where a = 0"), 0)
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
            self.check(client, 150)

    def test_fields_that_expire_around_transactions(self):
        for name, _, client in self.clients(needs="HPEXPIRE"):
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
            for step in range(20):
                client.pipeline([("HSET", "profile_%d" % i, "a", 1, "b", 1) for i in range(40)])
                client.pipeline([("HPEXPIRE", "profile_%d" % i, 5 + i % 7, "FIELDS", 1, "a") for i in range(0, 40, 2)])
                until = time.monotonic() + 0.02
                while time.monotonic() < until:
                    replies = client.pipeline([("MULTI",), ("HGET", "profile_10", "a"), COUNT, COUNT_A, ("EXEC",)])[-1]
                    if isinstance(replies[1], ReplyError):  # its clock passed a time since the fields were read
                        self.assertEqual(replies[1].code, "TRYAGAIN", name)
                        continue
                    self.assertEqual(replies[1], 40)
                    if replies[0] is None and all(not isinstance(reply, ReplyError) for reply in replies):
                        self.assertLess(replies[2][0][1], 40)
                wait_until(lambda: client.call(*COUNT_A) == [[b"1", 20]], "their fields are over")
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
            check(self, client)


class InACluster(unittest.TestCase):
    @staticmethod
    def write(client):
        """By commands, transactions and scripts of more keys than are noted at once: 1,180 rows."""
        client.pipeline([("HINCRBY", "profile_%d" % i, "a", i % 3) for i in range(1000)])
        client.pipeline([("MULTI",)] + [("HINCRBY", "profile_{x}%d" % i, "a", 2) for i in range(200)]
                        + [("HDEL", "profile_{x}%d" % i, "a") for i in range(20)] + [("EXEC",)])
        client.pipeline([("HSET", "profile_%d" % i, "b", "x") for i in range(1000)])
        client.call("EVAL", "for i = 1, 200 do redis.call('HINCRBY', 'profile_' .. i, 'a', 1) end", "0")

    def test_at_a_replica(self):
        """It may not be asked for times of fields, which are its master's."""
        for name, program in servers().items():
            with self.subTest(name), Cluster(1, 1, server=program, words=["--loadmodule", MODULE]) as cluster:
                with cluster.nodes[0].client(60) as client, cluster.nodes[1].client(60) as at_replica:
                    at_replica.call("READONLY")
                    self.write(client)
                    wait_in_step(client, at_replica)
                    self.assertEqual(len(check(self, at_replica)), 1180)
                    if not client.call("COMMAND", "INFO", "HPEXPIRE")[0]:
                        continue
                    client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
                    client.pipeline([("HPEXPIRE", "profile_%d" % i, 100000, "FIELDS", "1", "a") for i in range(300, 500)])
                    client.pipeline([("HPEXPIRE", "profile_%d" % i, 700 + i, "FIELDS", "1", "a") for i in range(300)])
                    wait_in_step(client, at_replica)

                    def are_over():
                        for each in (client, at_replica):
                            gone, rows = each.call("HGET", "profile_150", "a"), each.call(*COUNT_A)
                            n = sum(n for _, n in rows)
                            if gone is None:
                                self.assertLessEqual(n, 1180 - 151)
                        return n == 880

                    wait_until(are_over, "fields are over")
                    for each in (client, at_replica):
                        self.assertEqual(len(check(self, each)), 1180)

    def test_a_restart_from_commands(self):
        options = ("--appendonly", "yes", "--aof-use-rdb-preamble", "no", "--appendfsync", "always")
        for name, program in servers().items():
            with self.subTest(name):
                with Cluster(1, 0, 500, options, server=program, words=["--loadmodule", MODULE]) as cluster:
                    node = cluster.nodes[0]
                    with node.client(60) as client:
                        self.write(client)
                    node.kill()
                    node.start()
                    cluster.wait_whole()
                    with node.client(60) as client:
                        wait_indexed(client)
                        self.assertEqual(len(check(self, client)), 1180)


class Databases(EachServer):
    def test_a_client_stays_in_its_own(self):
        """Valkey 8.1 leaves a client in the database of the last event, if a module listens."""
        for name, _, client in self.clients():
            for key in ("profile_1", "other"):
                script = "redis.call('COPY', KEYS[1], KEYS[1], 'DB', 3, 'REPLACE') return redis.call('HSET', KEYS[2], 'b', '1')"
                for commands in ([("COPY", key, key, "DB", "3")], [("MULTI",), ("COPY", key, key, "DB", "3"), ("EXEC",)],
                                 [("EVAL", script, "2", key, key)], [("COPY", key, key, "DB", "3", "REPLACE")],
                                 [("MOVE", key, "3")], [("MULTI",), ("MOVE", key, "3"), ("SET", "here", "x"), ("EXEC",)]):
                    for db in (0, 5):
                        client.call("FLUSHALL")
                        client.call("SELECT", db)
                        client.call("HSET", key, "a", db)
                        client.pipeline(commands)
                        client.call("SET", "here", "1")
                        self.assertEqual(client.call("QUIPU.COUNT", "count from current"),
                                         int(key != "other" and not any(words[0] == "MOVE" for words in commands)))
                        client.call("SELECT", "3")
                        self.assertEqual(client.call("KEYS", "*"), [key.encode()], (name, commands))
                        client.call("SELECT", db)
                        self.assertIn(b"here", client.call("KEYS", "*"), (name, commands))
                        self.assertEqual(client.call("GET", "here"), b"1")


class ThreeNodes(unittest.TestCase):
    def test_a_load_of_twelve_fields(self):
        nrows = 3000
        head = "key," + ",".join("f%d" % i for i in range(12))
        csv = "\n".join([head] + ["%d," % row + ",".join(str((row + i) % 5) for i in range(12)) for row in range(nrows)]) + "\n"
        for name, program in servers().items():
            with self.subTest(name), Cluster(3, 0, server=program, words=["--loadmodule", MODULE, "no-dataset"]) as cluster:
                options = ["--method", "columns", "--redis-server", program]
                with Server(shard_words=["cluster"] + cluster.seeds(), options=options) as server, server.client() as client:
                    server.wait_counting()
                    done = run_load(server, "-", stdin=csv.encode())
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(client.call("COUNT", "from", "current"), nrows)
                    self.assertEqual(client.call("COUNT", "f3", "from", "current"), [[b"%d" % i, 600] for i in range(5)])
                    for node in cluster.nodes:
                        with node.client() as at_node:
                            self.assertEqual(verify(at_node)["mismatches"], 0)


if __name__ == "__main__":
    main()
