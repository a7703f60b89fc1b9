"""Answers of a quarter of a million cells, which are made beside the event loop: others are answered meanwhile, and whoever loses interest
while an answer is made, be it the client, QUERY KILL, the deadline or the server's own end, ends it without harm.
"""

import json
import time
import unittest

import quipu_harness as harness
from quipu_harness import ReplyError, Server, ServerCase, pairs

NVALUES = 500
LONG = "count, avg(w) by a in [1,%d], b in [1,%d] from current totals format json" % (NVALUES, NVALUES)


def fill(client):
    client.pipeline([("HSET", "profile_%d" % i, "a", i % NVALUES + 1, "b", i * 7 % NVALUES + 1, "w", i % 5)
                     for i in range(5000)])


def is_answering(client):
    return b"answering" in [pairs(query)["state"] for query in client.call("QUERY", "LIST")]


class LongAnswers(ServerCase):
    OPTIONS = ["--max-cells", "4000000", "--query-timeout", "120000"]  # a busy machine may take long

    @classmethod
    def setUpClass(cls):
        cls.server = Server(2, options=cls.OPTIONS)
        with cls.server.client() as client:
            fill(client)

    @classmethod
    def tearDownClass(cls):
        cls.server.close()

    def start(self):
        """A client whose long answer is being made just now."""
        other = self.server.client(timeout=120)
        self.addCleanup(other.close)
        other.send("QUERY", LONG)
        deadline = time.monotonic() + 120
        while not is_answering(self.client):
            self.assertLess(time.monotonic(), deadline, "the answer is never seen being made")
        return other

    def whole(self, reply):
        answer = json.loads(reply)
        self.assertEqual(len(answer["cells"]), NVALUES + 1)
        self.assertEqual(answer["cells"][NVALUES][NVALUES][0], 5000)

    def test_others_are_answered_while_it_is_made(self):
        other = self.start()
        nanswers = 0
        while is_answering(self.client):
            self.assertEqual(self.client.call("QUERY", "count from current"), 5000)
            nanswers += 1
        self.assertGreater(nanswers, 0)
        self.whole(other.read())

    def test_several_at_once_are_each_whole(self):
        clients = [self.server.client(timeout=120) for _ in range(4)]
        for client in clients:
            self.addCleanup(client.close)
            client.send("QUERY", LONG)
        for client in clients:
            self.whole(client.read())

    def test_the_replies_of_one_connection_stay_in_order(self):
        with self.server.client(timeout=120) as client:
            for words in (("QUERY", LONG), ("PING",), ("QUERY", "count from current"), ("QUERY", LONG)):
                client.send(*words)
            self.whole(client.read())
            self.assertEqual(client.read(), b"PONG")
            self.assertEqual(client.read(), 5000)
            self.whole(client.read())

    def test_it_can_be_killed(self):
        def kill():
            """False: it was over before."""
            other = self.start()
            for query in self.client.call("QUERY", "LIST"):
                try:
                    self.client.call("QUERY", "KILL", pairs(query)["id"])
                except ReplyError:
                    pass
            self.assertEqual(self.client.call("QUERY", "LIST"), [])
            reply = other.read()
            self.assertEqual(other.call("QUERY", "count from current"), 5000)
            return isinstance(reply, ReplyError)

        self.server.wait_until(kill, "it is killed while its answer is made", timeout=120)

    def test_its_client_may_leave(self):
        self.start().close()
        self.server.wait_until(lambda: self.client.call("QUERY", "LIST") == [], "nothing runs")
        self.assertEqual(self.client.call("QUERY", "count from current"), 5000)

    def test_cells_of_a_budget_are_given_back(self):
        self.start().close()
        with self.server.client(timeout=120) as client:
            for _ in range(3):
                self.whole(client.call("QUERY", LONG))

    def test_the_reply_is_in_the_protocol_of_its_question(self):
        with self.server.client(timeout=120) as client:
            client.send("QUERY", LONG)
            client.send("HELLO", "3")
            client.send("QUERY", LONG)
            self.assertEqual(type(client.read()), bytes)
            client.read()
            self.assertIsInstance(client.read(), harness.Verbatim)


class TheEnd(unittest.TestCase):
    def test_a_server_that_is_told_to_stop_does(self):
        server = Server(2, options=LongAnswers.OPTIONS)
        try:
            with server.client() as client, server.client() as other:
                fill(client)
                other.send("QUERY", LONG)
                server.wait_until(lambda: is_answering(client), "the answer is being made")
                server.stop()
        finally:
            server.close()


if __name__ == "__main__":
    harness.main()
