"""Real clients with their defaults: the programs of tests/clients, each against two shards and against a cluster."""

import os
import subprocess
import unittest

import quipu_harness as harness
from cluster_harness import Cluster
from quipu_harness import BIN, ROOT, Server

CLIENTS = os.path.join(ROOT, "tests", "clients")
NODE_MODULES = os.path.join(ROOT, "build", "clients", "node_modules")  # by scripts/setup
TIMEOUT_S = 120


class Clients:
    def run_client(self, *words):
        environment = dict(os.environ, NODE_PATH=NODE_MODULES)
        with self.server.client() as client:
            client.call("FLUSHALL")
        done = subprocess.run(
            [*words, "127.0.0.1", str(self.server.port)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, timeout=TIMEOUT_S,
        )
        text = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, text)
        self.assertRegex(text, r": \d+ checks\n$")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.stop()
        finally:
            cls.server.close()

    def test_redis_cli(self):
        self.run_client(os.path.join(CLIENTS, "redis_cli.sh"))

    def test_redis_py(self):
        self.run_client(os.path.join(CLIENTS, "redis_py.py"))

    def test_node_redis(self):
        self.run_client("node", os.path.join(CLIENTS, "node_redis.js"))

    def test_ioredis(self):
        self.run_client("node", os.path.join(CLIENTS, "ioredis.js"))

    def test_redis_py_in_cluster_mode(self):
        self.run_client(os.path.join(CLIENTS, "redis_py_cluster.py"))

    def test_ioredis_in_cluster_mode(self):
        self.run_client("node", os.path.join(CLIENTS, "ioredis_cluster.js"))

    def test_node_redis_in_cluster_mode(self):
        self.run_client("node", os.path.join(CLIENTS, "node_redis_cluster.js"))

    @unittest.skipUnless(os.path.isdir(os.path.join(NODE_MODULES, "@valkey")), "scripts/setup has not installed @valkey/valkey-glide")
    def test_glide(self):
        self.run_client("node", os.path.join(CLIENTS, "glide.js"))

    def test_hiredis(self):
        self.run_client(os.path.join(BIN, "client_hiredis"))


class OverTwoShards(Clients, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(2)


class OverACluster(Clients, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(masters=3, replicas=0, node_timeout_ms=5000)
        cls.addClassCleanup(cls.cluster.close)
        cls.server = Server(shard_words=["cluster"] + cls.cluster.seeds())


if __name__ == "__main__":
    harness.main()
