"""Shards that load their data: LOADING with a percentage, as long as it takes, and then all is there.

Redis' `key-load-delay` makes loading as slow as a test wants, and CONFIG SET, which a server that loads answers, ends it.
"""

import os
import re
import tempfile
import time
import unittest

import quipu_harness as harness
from cluster_harness import Cluster, slot_of
from http_harness import Browser
from metrics_harness import PROMTOOL, documented, promtool, samples
from quipu_harness import Client, Closed, ReplyError, Server, free_port, info, pairs, wait_until

NROWS = 3000
SLOW = ("--key-load-delay", "15000", "--loading-process-events-interval-bytes", "1024")


def is_loading(client, *words):
    """True where the words are answered LOADING with a percentage; another error is raised."""
    try:
        client.call(*words)
        return False
    except ReplyError as error:
        if error.code != "LOADING":
            raise
        return re.match(r"LOADING \d{1,2}%: shard \d+ \(.*\) is loading its data$", error.text) is not None


def rewrite(address):
    """What the server has becomes an RDB file, in the append-only file: of that it reads a little at a time."""
    with Client(address) as client:
        client.call("BGREWRITEAOF")
        wait_until(lambda: info(client, "persistence")["aof_rewrite_in_progress"] == "0" and
                   info(client, "persistence")["aof_rewrite_scheduled"] == "0", "a rewritten file", 60)


def hasten(address):
    """A server that loads is slow no more."""
    def is_told():
        try:
            with Client(address) as client:
                return client.call("CONFIG", "SET", "key-load-delay", "0") == b"OK"
        except (OSError, Closed):
            return False

    wait_until(is_told, "an answer of a shard that loads")


class Later(Server):
    """A server that is not waited for until its shards have loaded."""

    def start(self, until_loaded=False):
        super().start(until_loaded)


class Embedded(unittest.TestCase):
    """A server whose shards are slow to load when a file says so."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-loading-")
        self.slow = os.path.join(self.dir, "slow")
        self.silent = os.path.join(self.dir, "silent")
        program = os.path.join(self.dir, "redis-server")
        with open(program, "w") as script:
            script.write("#!/bin/sh\n"
                         'if [ -e "%s" ]; then exec sleep 600; fi\n' % self.silent +
                         'if [ -e "%s" ]; then exec "%s" "$@" %s; fi\n' % (self.slow, harness.REDIS_SERVER, " ".join(SLOW)) +
                         'exec "%s" "$@"\n' % harness.REDIS_SERVER)
        os.chmod(program, 0o755)
        # The last one of an option counts.
        self.http_port = free_port()
        self.server = Server(2, options=["--startup-timeout", "2500", "--redis-server", program, "--http-port", self.http_port])
        self.addCleanup(self.close)
        with self.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(NROWS)] +
                            [("SET", "key%d" % i, i) for i in range(100)])
        for path in self.sockets():
            rewrite(path)

    def close(self):
        self.server.close()
        for path in (self.slow, self.silent):
            if os.path.exists(path):
                os.unlink(path)
        os.unlink(os.path.join(self.dir, "redis-server"))
        os.rmdir(self.dir)

    def touch(self, path):
        with open(path, "w"):
            pass

    def sockets(self):
        return [os.path.join(self.server.dir, "data", "shard-%d" % i, "redis.sock") for i in range(2)]

    def start_slowly(self):
        self.server.stop()
        self.touch(self.slow)
        self.server.start(until_loaded=False)
        os.unlink(self.slow)

    def assert_all_there(self):
        self.server.wait_counting()
        with self.server.client() as client:
            self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [NROWS // 3] * 3)
            self.assertEqual(client.call("GET", "key7"), b"7")
            self.assertEqual(client.call("HGET", "profile_7", "a"), b"1")
            self.assertEqual(info(client, "persistence")["loading"], "0")
            verify = pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual((verify["rows"], verify["mismatches"]), (NROWS, 0))

    def test_restart(self):
        """Longer than startup-timeout: the server listens, answers LOADING, and goes on when the shards are there."""
        self.start_slowly()
        with self.server.client() as client:
            started = time.monotonic()
            for words in (("GET", "key7"), ("SET", "key7", "8"), ("MGET", "key1", "key2", "key3"), ("DBSIZE",), ("SCAN", "0"),
                          ("HSET", "profile_1", "a", "2"), ("HGET", "profile_1", "a"), ("DEL", "profile_1"),
                          ("COUNT", "from", "current"), ("QUERY", "count a from current where a = 1"),
                          ("EXPLAIN", "count a from current"), ("DATASET", "CREATE", "other", "PREFIX", "other_"),
                          ("PUBLISH", "news", "x"), ("EVAL", "return 1", "0")):
                with self.subTest(words=words):
                    self.assertTrue(is_loading(client, *words), words)
            self.assertEqual(client.call("PING"), b"PONG")
            self.assertEqual(client.call("ECHO", "a"), b"a")
            self.assertIn(b"version", client.call("HELLO", "2"))
            self.assertGreater(client.call("CLIENT", "ID"), 0)
            self.assertEqual(client.call("CONFIG", "GET", "startup-timeout"), [b"startup-timeout", b"2500"])
            self.assertGreater(client.call("COMMAND", "COUNT"), 100)
            first = info(client, "persistence")
            self.assertEqual(first["loading"], "1")
            wait_until(lambda: float(info(client, "persistence")["loading_loaded_perc"]) > 1 +
                       float(first.get("loading_loaded_perc", 0)), "a percentage that grows")
            self.assertEqual(client.call("MULTI"), b"OK")
            client.call("SET", "key7", "9")
            with self.assertRaises(ReplyError) as caught:
                client.call("EXEC")
            self.assertIn("LOADING", caught.exception.text)
            # Longer than the time after which it gave up.
            wait_until(lambda: time.monotonic() - started > 4, "time")
            self.assertTrue(is_loading(client, "GET", "key7"))
            self.assertEqual(client.call("PING"), b"PONG")
        for path in self.sockets():
            hasten(path)
        self.assert_all_there()
        self.server.wait_until(lambda: "all shards have loaded their data" in self.server.process.log(), "that it is said")
        self.assertNotIn("restart", self.server.log_tail())
        self.server.stop()

    def test_what_http_says(self):
        """/ready is 503, LOADING; /metrics has what it has only now, as docs/metrics.md lists it."""
        self.start_slowly()
        with Browser(self.http_port) as browser:
            answer = browser.get("/ready")
            self.assertEqual((answer.status, answer.json["error"]["code"]), (503, "LOADING"))
            self.assertRegex(answer.json["error"]["message"], r"^\d{1,2}%: shard \d")
            browser.refused(503, "LOADING", "/api/query", text="count from current")
            scrapes = []

            def knows_how_far_it_is():
                scrapes.append(browser.get("/metrics").body.decode())
                return samples(scrapes[-1]).get("quipu_loading_size_bytes", 0) > 0

            self.server.wait_until(knows_how_far_it_is, "the shards have said how much they load")
            text = scrapes[-1]
            found = samples(text)
            self.assertEqual(found["quipu_loading"], 1)
            self.assertGreater(found["quipu_loading_size_bytes"], found["quipu_loading_loaded_bytes"])
            types = dict(re.findall(r"(?m)^# TYPE (\w+) (\w+)$", text))
            page = {name: kind for name, kind, _ in documented()}
            loading = {name for name in page if name.startswith("quipu_loading_")}
            self.assertGreaterEqual(len(loading), 3)
            self.assertEqual(loading - set(types), set())
            self.assertEqual({name: page.get(name) for name in types}, types)
            if PROMTOOL:
                self.assertEqual(promtool("check", "metrics", stdin=text), "")
            for path in self.sockets():
                hasten(path)
            self.assert_all_there()
            self.server.wait_until(lambda: browser.get("/ready").json == {"ready": True}, "it is ready")
            self.assertFalse(loading & {re.sub("{.*", "", name) for name in samples(browser.get("/metrics").body.decode())})
        self.server.stop()

    def test_signal_while_loading(self):
        self.start_slowly()
        with self.server.client() as client:
            self.assertTrue(is_loading(client, "GET", "key7"))
        self.server.stop()
        self.server.start()
        self.assert_all_there()
        self.server.stop()

    def test_a_shard_that_comes_back(self):
        """Killed behind a running server: LOADING until it is there; the other shard's clients notice nothing."""
        self.touch(self.slow)
        killed = self.server.kill_shard(0)
        self.server.wait_until(lambda: killed not in self.server.shard_pids() and len(self.server.shard_pids()) == 2,
                               "a new process")
        with self.server.client() as client:
            keys = ["key%d" % i for i in range(100)]

            def codes():
                return {reply.code if isinstance(reply, ReplyError) else "right" if reply == key[3:].encode() else "wrong"
                        for key, reply in zip(keys, client.pipeline([("GET", key) for key in keys]))}

            self.server.wait_until(lambda: codes() == {"right", "LOADING"}, "LOADING of the one shard alone")
            os.unlink(self.slow)
            self.assertTrue(is_loading(client, "COUNT", "from", "current"))
            self.assertEqual(info(client, "persistence")["loading"], "1")
        hasten(self.sockets()[0])
        self.assert_all_there()
        self.server.stop()

    def test_a_shard_that_says_nothing(self):
        """startup-timeout is for this one."""
        self.server.stop()
        self.touch(self.silent)
        with self.assertRaises(AssertionError) as caught:
            self.server.start()
        self.assertIn("redis.sock): No such file or directory", str(caught.exception))
        os.unlink(self.silent)
        self.server.start()
        self.assert_all_there()
        self.server.stop()


class Static(unittest.TestCase):
    def fill(self, client):
        client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(NROWS)] + [("SET", "key", "1")])

    def assert_all_there(self, server):
        server.wait_counting()
        with server.client() as client:
            self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [NROWS // 3] * 3)
            self.assertEqual(client.call("GET", "key"), b"1")

    def test_restarted_behind_a_server(self):
        """And a server that starts while its shard loads."""
        with harness.Redis(options=["--appendonly", "yes"]) as redis:
            words = ["static", "unix:" + redis.socket]
            with Server(1, shard_words=words) as server:
                with server.client() as client:
                    self.fill(client)
                    rewrite(redis.socket)
                    redis.stop()
                    redis.start(SLOW, until_loaded=False)
                    wait_until(lambda: info(client, "persistence")["loading"] == "1", "a shard that loads")
                    for query in (("GET", "key"), ("COUNT", "from", "current"), ("HSET", "profile_1", "a", "0")):
                        self.assertTrue(is_loading(client, *query), query)
                with Later(1, shard_words=words) as late:
                    with late.client() as client:
                        self.assertTrue(is_loading(client, "COUNT", "from", "current"))
                        self.assertTrue(is_loading(client, "GET", "key"))
                    hasten(redis.socket)
                    self.assert_all_there(late)
                    late.stop()
                self.assert_all_there(server)
                server.stop()


class InACluster(unittest.TestCase):
    def test_nodes_that_load(self):
        """One restarted node, then all of them: LOADING in place of TIMEOUT at the end of a long wait."""
        options = ["--appendonly", "yes", "--cluster-require-full-coverage", "no"]
        with Cluster(masters=3, replicas=0, options=options, node_timeout_ms=5000) as cluster:
            with Server(1, shard_words=["cluster"] + cluster.seeds()) as server:
                with server.client() as client:
                    client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(NROWS)] +
                                    [("SET", "key%d" % i, i) for i in range(50)])
                    keys = {node: [k for k in ("key%d" % i for i in range(50)) if cluster.owner(slot_of(k)) is node]
                            for node in cluster.nodes}
                    for one in cluster.nodes:
                        rewrite(("127.0.0.1", one.port))
                    node = cluster.nodes[1]
                    self.restart_slowly(node)
                    self.assertTrue(is_loading(client, "GET", keys[node][0]))
                    self.assertTrue(is_loading(client, "COUNT", "from", "current"))
                    other = keys[cluster.nodes[0]][0]
                    self.assertEqual(client.call("GET", other), other[3:].encode())
                    hasten(("127.0.0.1", node.port))
                    server.wait_counting()
                    for one in cluster.nodes:
                        self.restart_slowly(one)
                    with Later(1, shard_words=["cluster"] + cluster.seeds()) as late, late.client() as late_client:
                        for asking in (client, late_client):
                            for query in (("GET", other), ("COUNT", "from", "current"), ("HSET", "profile_1", "a", "1")):
                                self.assertTrue(is_loading(asking, *query), query)
                        for one in cluster.nodes:
                            hasten(("127.0.0.1", one.port))
                        for each in (late, server):
                            each.wait_counting()
                            with each.client() as after:
                                self.assertEqual(after.call("QUERY", "count a in [0,2] from current"), [NROWS // 3] * 3)
                        late.stop()
                server.stop()

    def restart_slowly(self, node):
        node.process.popen.terminate()
        node.process.popen.wait()
        node.options += SLOW
        node.spawn()
        del node.options[-len(SLOW):]


if __name__ == "__main__":
    harness.main()
