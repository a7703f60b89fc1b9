"""Programs that people run over Redis, as they are installed, over two shards: queues, and an exporter of figures."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

import quipu_harness as harness
from quipu_harness import ROOT, Process, ReplyError, ServerCase

CLIENTS = os.path.join(ROOT, "tests", "clients")
NODE_MODULES = os.path.join(ROOT, "build", "clients", "node_modules")  # by scripts/setup
EXPORTER = shutil.which("prometheus-redis-exporter")
# Of Debian's own python3, which has python3-celery.
HAS_CELERY = os.path.isdir("/usr/lib/python3/dist-packages/celery")
TIMEOUT_S = 180


def needs_npm(package):
    return unittest.skipUnless(os.path.isdir(os.path.join(NODE_MODULES, package)), "scripts/setup has not installed %s" % package)


class Queues(ServerCase):
    """Each program of tests/clients sends jobs and works them off, on a slot of each shard."""

    def run_program(self, *words, **environment):
        self.client.call("FLUSHALL")
        self.assertNotEqual(*(self.shard_of(tag) for tag in ("{a}", "{b}")))
        done = subprocess.run(
            [*words, "127.0.0.1", str(self.server.port)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=dict(os.environ, NODE_PATH=NODE_MODULES, NODE_NO_WARNINGS="1", **environment), timeout=TIMEOUT_S,
        )
        text = done.stdout.decode("utf-8", "replace")
        self.assertEqual(done.returncode, 0, text[-8000:])
        self.assertRegex(text, r": \d+ checks\n$")

    def shard_of(self, tag):
        """By halves of the slots, as two shards share them."""
        return self.client.call("CLUSTER", "KEYSLOT", tag) * 2 // 16384

    def needs_publish_in_multi(self):
        self.client.call("MULTI")
        refused = [reply for reply in self.client.pipeline([("PUBLISH", "c", "m"), ("DISCARD",)]) if isinstance(reply, ReplyError)]
        if refused:
            self.skipTest("PUBLISH in MULTI: %s" % refused[0].text)

    @needs_npm("bee-queue")
    def test_bee_queue(self):
        self.needs_publish_in_multi()
        self.run_program("node", os.path.join(CLIENTS, "bee_queue.js"))

    @unittest.skipUnless(HAS_CELERY, "scripts/setup has not installed python3-celery")
    def test_celery(self):
        self.needs_publish_in_multi()
        for tag in ("{a}", "{b}"):
            with self.subTest(tag=tag):
                self.run_program("/usr/bin/python3", os.path.join(CLIENTS, "celery_tasks.py"), TAG=tag)

    @needs_npm("bull")
    def test_bull(self):
        self.run_program("node", os.path.join(CLIENTS, "bull.js"))

    @needs_npm("bullmq")
    def test_bullmq(self):
        self.run_program("node", os.path.join(CLIENTS, "bullmq.js"))


@unittest.skipUnless(EXPORTER, "scripts/setup has not installed prometheus-redis-exporter")
class RedisExporter(ServerCase):
    # As docs/operations.md has it.
    USER = ("exporter", "on", ">secret", "+ping", "+info", "+dbsize", "+config|get", "+cluster|info", "+client|setname", "+latency|latest",
            "+latency|histogram", "+slowlog|get", "+slowlog|len", "alldatasets")

    def scrape(self, *words):
        """The exporter's figures by name, and what it logs as wrong."""
        port = harness.free_port()
        with tempfile.NamedTemporaryFile() as log:
            exporter = Process(
                [EXPORTER, "-redis.addr", "redis://127.0.0.1:%d" % self.server.port, "-web.listen-address", "127.0.0.1:%d" % port, *words],
                log.name,
            )
            try:
                def text():
                    try:
                        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % port, timeout=60) as page:
                            return page.read().decode()
                    except OSError:
                        return ""

                harness.wait_until(lambda: "redis_up 1" in text(), "a scrape", 60)
                page = text()
            finally:
                exporter.popen.terminate()
                exporter.popen.wait()
            wrong = [line for line in exporter.log().splitlines() if re.search("level=(error|warning)|WARNING", line)]
        return dict(re.findall(r"(?m)^(redis_[^ ]+) (\S+)$", page)), wrong

    def test_figures(self):
        self.client.pipeline([("SET", "k%d" % i, "v") for i in range(20)] + [("EXPIRE", "k3", "1000")])
        self.client.pipeline([("HSET", "profile_%d" % i, "a", "1") for i in range(20)])
        self.addCleanup(self.client.call, "FLUSHALL")
        harness.wait_until(lambda: harness.info(self.client, "keyspace").get("db0", "").startswith("keys=40,expires=1,"), "40 keys")
        self.client.call("ACL", "SETUSER", *self.USER)
        self.addCleanup(self.client.call, "ACL", "DELUSER", "exporter")
        for words in ((), ("-redis.user", "exporter", "-redis.password", "secret")):
            with self.subTest(words=words):
                found, wrong = self.scrape(*words)
                self.assertEqual(wrong, [])
                self.assertEqual((found['redis_db_keys{db="db0"}'], found['redis_db_keys_expiring{db="db0"}']), ("40", "1"))
                self.assertIn('redis_db_avg_ttl_seconds{db="db0"}', found)  # 0 until the shard has estimated it
                self.assertGreater(float(found["redis_memory_used_rss_bytes"]), 0)
                self.assertEqual((found["redis_cluster_state"], found["redis_cluster_slots_ok"]), ("1", "16384"))
                self.assertEqual(found['redis_exporter_last_scrape_error{err=""}'], "0")

    def test_keys_that_it_looks_at(self):
        self.client.pipeline([("RPUSH", "list:%d" % i, *"abc") for i in range(4)] + [("SET", "single", "7")])
        self.addCleanup(self.client.call, "FLUSHALL")
        found, wrong = self.scrape("-check-keys", "db0=list:*", "-check-single-keys", "db0=single")
        self.assertEqual(wrong, [])
        sizes = {name: value for name, value in found.items() if name.startswith("redis_key_size")}
        self.assertEqual(sorted(sizes.values()), ["1", "3", "3", "3", "3"], found)


if __name__ == "__main__":
    harness.main()
