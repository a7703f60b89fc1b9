"""A catalog that is damaged or gone is rebuilt from its copies, and the server starts."""

import os
import unittest

import quipu_harness as harness
from quipu_harness import Client, ReplyError, Server, pairs

COPIES = ["quipu:copy:%d" % i for i in range(3)]
DAMAGED = "quipu:damaged{quipu:catalog}"


class Damaged(unittest.TestCase):
    def setUp(self):
        self.server = Server(2, ("--partitions", "16"))
        self.addCleanup(self.server.close)
        with self.server.client() as client:
            client.call("DATASET", "CREATE", "people", "PREFIX", "person_")
            client.call("DATASET", "CREATE", "w47", "PREFIX", "profile_")
            client.call("DATASET", "ALIAS", "now", "w47")
            for i in range(10):
                client.call("HSET", "profile_%d" % i, "a", i % 2)
                client.call("HSET", "person_%d" % i, "a", i % 2)
                client.call("HSET", "w47:profile_%d" % i, "a", i % 2)
            self.known = client.call("DATASET", "LIST")
            self.size = client.call("DBSIZE")

    def at_home(self, *args):
        """On the shard that has the catalog: a command."""
        with Client(os.path.join(self.server.dir, "data", "shard-0", "redis.sock")) as shard:
            return shard.call(*args)

    def everywhere(self, *args):
        for i in range(2):
            with Client(os.path.join(self.server.dir, "data", "shard-%d" % i, "redis.sock")) as shard:
                shard.call(*args)

    def assert_as_before(self):
        self.server.wait_until(self.is_as_before, "the definitions")
        with self.server.client() as client:
            for name in ("current", "people", "w47", "now"):
                self.assertEqual(client.call("QUERY", "count from " + name), 10, name)
                self.assertEqual(pairs(client.call("DATASET", "VERIFY", name))["mismatches"], 0)
            client.call("HSET", "person_new", "a", 1)
            client.call("DEL", "person_new")
            self.assertEqual(client.call("DBSIZE"), self.size)
            # Changes go on from there.
            client.call("DATASET", "CREATE", "more", "PREFIX", "more_")
            client.call("DATASET", "DROP", "people")

    def is_as_before(self):
        try:
            with self.server.client() as client:
                return client.call("DATASET", "LIST") == self.known and client.call("QUERY", "count from people") == 10
        except ReplyError:
            return False

    def damage_and_start(self, *commands):
        """As found by a server that starts."""
        self.server.kill()
        shard_commands = list(commands)
        # The shards alone, to damage what they have.
        one = harness.Process(
            [harness.REDIS_SERVER, "--port", "0", "--unixsocket", os.path.join(self.server.dir, "x.sock"), "--dir",
             os.path.join(self.server.dir, "data", "shard-0"), "--appendonly", "yes", "--save", ""] + harness.shard_words(),
            os.path.join(self.server.dir, "x.log"), harness.shard_env())
        path = os.path.join(self.server.dir, "x.sock")

        def answers():
            try:
                with Client(path) as client:
                    return client.call("PING") == b"PONG"
            except (OSError, ReplyError, harness.Closed):
                return False

        harness.wait_until(answers, "the shard")
        with Client(path) as client:
            for command in shard_commands:
                client.call(*command)
        one.popen.terminate()
        one.popen.wait()
        self.server.start()

    def test_another_type_while_it_runs(self):
        self.at_home("DEL", "quipu:catalog")
        self.at_home("ZADD", "quipu:catalog", 1, "x")
        self.server.wait_until(lambda: self.at_home("TYPE", "quipu:catalog") == b"hash", "the catalog")
        self.assertEqual(self.at_home("TYPE", DAMAGED), b"zset")
        self.server.wait_until(lambda: "is damaged: it is no hash" in self.server.process.log(), "it is said")
        self.assert_as_before()

    def test_text_that_means_nothing_while_it_runs(self):
        self.at_home("HSET", "quipu:catalog", "definitions", "dataset people\nnonsense")
        with self.server.client() as client:
            client.call("DATASET", "UNALIAS", "now")
            client.call("DATASET", "ALIAS", "now", "w47")
        self.assertIn("means nothing here", self.server.process.log())
        self.assert_as_before()

    def test_another_type_when_it_starts(self):
        self.damage_and_start(("DEL", "quipu:catalog"), ("ZADD", "quipu:catalog", 1, "x"))
        self.assert_as_before()
        self.assertEqual(self.at_home("TYPE", DAMAGED), b"zset")

    def test_text_that_means_nothing_when_it_starts(self):
        self.damage_and_start(("HSET", "quipu:catalog", "definitions", "nonsense"), ("SET", COPIES[0], "x"), ("DEL", COPIES[1]))
        self.assert_as_before()
        self.assertEqual(self.at_home("HGET", DAMAGED, "definitions"), b"nonsense")

    def test_gone_when_it_starts(self):
        """Before, the default dataset was made anew, and all others were forgotten."""
        self.damage_and_start(("DEL", "quipu:catalog"))
        self.assert_as_before()

    def test_what_a_newer_server_wrote_is_left_alone(self):
        """Its words mean nothing here, and the copies are older: nothing is rolled back."""
        version = int(self.at_home("HGET", "quipu:catalog", "version"))
        text = self.at_home("HGET", "quipu:catalog", "definitions") + b"novelty a b\n"
        self.at_home("HSET", "quipu:catalog", "version", version + 1, "definitions", text)
        with self.server.client() as client, self.assertRaises(ReplyError) as caught:
            client.call("DATASET", "UNALIAS", "now")
        self.assertIn("no shard has a copy as new as it", caught.exception.text)
        self.assertEqual(self.at_home("HGET", "quipu:catalog", "definitions"), text)


if __name__ == "__main__":
    unittest.main()
