"""Tests of the module that are made once for each server that people run.

    class Mine(EachServer):
        def test_it(self):
            for name, redis, client in self.clients(needs="HPEXPIRE"): ...
"""

import unittest

from module_harness import READ_ROWS, ModuleRedis, rows_of, verify
from oracle import OpenDim, Query, expected
from quipu_harness import servers, wait_until

COUNT = ("QUIPU.COUNT", "count from current")
COUNT_A = ("QUIPU.COUNT", "count a from current")


class EachServer(unittest.TestCase):
    """A test is run once for each server, against one of its own for all tests."""

    @classmethod
    def start(cls, program):
        return ModuleRedis(server=program, port=True)

    @classmethod
    def setUpClass(cls):
        cls.started = {}
        for name, program in servers().items():
            cls.started[name] = cls.start(program)

    @classmethod
    def tearDownClass(cls):
        for redis in cls.started.values():
            redis.close()

    def connect(self, redis):
        return redis.client()

    def setUp(self):
        if len(self.started) == 1:
            print("only redis-server: the others come with scripts/setup --servers")

    def clients(self, needs=None):
        """Each server's name, itself, and a client of it, empty; only those that have the command."""
        for name, redis in self.started.items():
            with self.subTest(name), self.connect(redis) as client:
                if needs and not client.call("COMMAND", "INFO", needs)[0]:
                    continue
                client.call("FLUSHALL")
                yield name, redis, client

    def agree(self, client):
        """Counts and rows of one moment: in MULTI, where a server's clock stands still. Returns the rows."""
        replies = client.pipeline([("MULTI",), ("EVAL", READ_ROWS, "0", "profile_"), COUNT, COUNT_A, ("EXEC",)])[-1]
        rows = rows_of(replies[0])
        self.assertEqual(replies[1], len(rows))
        self.assertEqual(replies[2], expected(Query([OpenDim(b"a")]), rows))
        return rows

    def agree_until(self, client, condition, what):
        """They agree all the time until the rows are so."""
        wait_until(lambda: condition(self.agree(client)), what)
        found = verify(client)
        self.assertEqual(found["mismatches"], 0, found)
