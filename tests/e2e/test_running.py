"""Queries that run: looked at, ended, and ended by their client's leaving; and that the shards' work ends with them.

A shard that is stopped (SIGSTOP) keeps a query under way for as long as a test looks. With 4,096 partitions, 128 at most in
one call and two calls in flight, a count is many calls: those that come after the end would be seen in commandstats.
"""

import os
import signal
import socket
import struct
import time

import quipu_harness as harness
from quipu_harness import Redis, ReplyError, Server, ServerCase, pairs

PARTITIONS = 4096
CALLS_OF_A_COUNT = PARTITIONS // 128
CALLS_IN_FLIGHT = 2


class Running(ServerCase):
    """One shard that we can stop, and whose calls we can count."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.server = Server(
            1,
            shard_words=["static", "unix:" + cls.redis.socket],
            options=["--partitions", PARTITIONS, "--stats-ttl", "1h", "--cache-ttl", "0",
                     "--query-timeout", "10m", "--shard-timeout", "10m"],
        )
        with cls.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(3000)])
            # The planner knows the field from here on: a count is the count script's calls only.
            client.call("QUERY", "count a in [0,2] from current")

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.stop()
        finally:
            cls.server.close()
            cls.redis.close()

    QUERY = "count a in [0,2] from current"

    def setUp(self):
        super().setUp()
        self.stopped = False
        self.addCleanup(self.go_on)

    def stop_shard(self):
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        self.stopped = True

    def go_on(self):
        if self.stopped:
            os.kill(self.redis.process.pid, signal.SIGCONT)
            self.stopped = False

    def calls(self):
        """How many scripts the shard has run."""
        with self.redis.client() as client:
            line = harness.info(client, "commandstats").get("cmdstat_evalsha", "calls=0,")
        return int(line.split("calls=")[1].split(",")[0])

    def running(self, client=None):
        return [pairs(query) for query in (client or self.client).call("QUERY", "LIST")]

    def start(self):
        """A client whose query hangs in the stopped shard."""
        other = self.server.client()
        self.addCleanup(other.close)
        other.call("CLIENT", "SETNAME", "counter")
        self.stop_shard()
        other.send("QUERY", self.QUERY)
        self.server.wait_until(
            lambda: [query["state"] for query in self.running()] == [b"counting"], "the query runs"
        )
        return other

    def calls_once_it_goes_on(self, before):
        self.go_on()
        # Answered behind all that was sent to the shard before.
        self.client.call("HGET", "profile_1", "a")
        time.sleep(0.2)
        return self.calls() - before

    def test_a_whole_count_is_many_calls(self):
        """What the other tests' numbers are held against."""
        before = self.calls()
        self.assertEqual(self.query(self.QUERY), [1000, 1000, 1000])
        self.assertGreaterEqual(self.calls() - before, CALLS_OF_A_COUNT)

    def test_list_says_who_asks_what_and_how_far(self):
        self.assertEqual(self.client.call("QUERY", "LIST"), [])
        other = self.start()
        (query,) = self.running()
        listed = self.client.call("CLIENT", "LIST").decode().splitlines()
        (line,) = [line for line in listed if "name=counter" in line]
        self.assertIn("id=%d addr=%s " % (query["client-id"], query["client-addr"].decode()), line)
        self.assertEqual(query["query"], self.QUERY.encode())
        self.assertEqual((query["partitions"], query["user"]), (PARTITIONS, b"default"))
        self.assertEqual(query["partitions-done"], 0)
        self.assertGreaterEqual(query["age-ms"], 0)
        with self.server.client(resp3=True) as third:
            self.assertIsInstance(third.call("QUERY", "LIST")[0], dict)
        time.sleep(0.05)
        self.assertGreaterEqual(self.running()[0]["age-ms"], 50)
        self.go_on()
        self.assertEqual(other.read(), [1000, 1000, 1000])
        self.assertEqual(self.running(), [])

    def test_oldest_first(self):
        first = self.start()
        first.send("QUERY", "count from current")
        self.server.wait_until(lambda: len(self.running()) == 2, "both run")
        ids = [query["id"] for query in self.running()]
        self.assertEqual(ids, sorted(ids))
        self.go_on()
        self.assertEqual(first.read(), [1000, 1000, 1000])
        self.assertEqual(first.read(), 3000)

    def test_kill_answers_its_client_and_stops_the_shard(self):
        before = self.calls()
        other = self.start()
        number = self.running()[0]["id"]
        self.assertEqual(self.client.call("QUERY", "KILL", number), b"OK")
        with self.assertRaises(ReplyError) as caught:
            reply = other.read()
            raise reply if isinstance(reply, ReplyError) else AssertionError(reply)
        self.assertEqual(caught.exception.text, "KILLED query %d was ended by QUERY KILL" % number)
        self.assertEqual(self.running(), [])
        self.assertLessEqual(self.calls_once_it_goes_on(before), CALLS_IN_FLIGHT)
        # Its connection is as before.
        self.assertEqual(self.query(self.QUERY, other), [1000, 1000, 1000])

    def test_what_is_asked_behind_a_query_does_not_see_it(self):
        """The reply's callback goes on with the connection's next requests: the query is over by then."""
        # HSET waits for the query's end; LIST and KILL come in the same turn.
        commands = [("QUERY", self.QUERY), ("HSET", "profile_1", "a", "1"), ("QUERY", "LIST")]
        commands += [("QUERY", "KILL", number) for number in range(1, 200)]
        self.client.send_bytes(b"".join(harness.encode(command) for command in commands))
        replies = [self.client.read() for _ in commands]
        self.assertEqual(replies[:3], [[1000, 1000, 1000], 0, []])
        self.assertEqual({reply.text for reply in replies[3:]}, {"ERR No such query"})

    def test_a_user_who_may_count_may_not_look_at_others(self):
        self.client.call("ACL", "SETUSER", "ann", "on", ">x", "alldatasets", "+@crosstab")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        with self.server.client() as other:
            other.call("AUTH", "ann", "x")
            for words in (("LIST",), ("KILL", "1")):
                self.assert_error("NOPERM", "QUERY", *words, client=other)
            self.assertEqual(self.query(self.QUERY, other), [1000, 1000, 1000])
            self.stop_shard()
            other.send("QUERY", self.QUERY)
            self.server.wait_until(lambda: [query["user"] for query in self.running()] == [b"ann"], "ann's query runs")
            self.go_on()
            other.read()

    def test_kill_of_none(self):
        self.assert_error("ERR", "QUERY", "KILL", "999999", contains="No such query")
        self.assert_error("ERR", "QUERY", "KILL", "x", contains="greater than 0")
        self.assert_error("ERR", "QUERY", "KILL", "0", contains="greater than 0")
        self.assert_error("ERR", "QUERY", "KILL", contains="wrong number of arguments")

    def test_list_and_kill_are_no_texts(self):
        self.assertIn(b"KILL id", b"\n".join(self.client.call("QUERY", "HELP")))
        self.assert_error("SYNTAX", "QUERY", "listed from current")
        self.assert_error("ERR", "QUERY", contains="wrong number of arguments")
        # Inline lines, where a query's words are not cut.
        for line, reply in ((b"query list\r\n", []), (b"QUERY  LIST\r\n", []), (b"query count from current\r\n", 3000),
                            (b'query "count from current"\r\n', 3000)):
            self.client.send_bytes(line)
            self.assertEqual(self.client.read(), reply, line)

    def test_a_reset_connection_stops_the_shard(self):
        before = self.calls()
        other = self.start()
        other.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        other.close()
        self.server.wait_until(lambda: self.running() == [], "the query ends with its client")
        self.assertLessEqual(self.calls_once_it_goes_on(before), CALLS_IN_FLIGHT)

    def test_a_closed_connection_stops_the_shard(self):
        """With a second's grace, as it may only have closed its sending side."""
        before = self.calls()
        other = self.start()
        other.close()
        self.server.wait_until(lambda: self.running() == [], "the query ends with its client")
        self.assertLessEqual(self.calls_once_it_goes_on(before), CALLS_IN_FLIGHT)

    def test_client_kill_stops_the_shard(self):
        before = self.calls()
        self.start()
        self.assertEqual(self.client.call("CLIENT", "KILL", "ID", self.running()[0]["client-id"]), 1)
        self.assertEqual(self.running(), [])
        self.assertLessEqual(self.calls_once_it_goes_on(before), CALLS_IN_FLIGHT)


if __name__ == "__main__":
    harness.main()
