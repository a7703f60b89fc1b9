"""Figures of a running server: INFO commandstats and latencystats, LATENCY HISTOGRAM, against Redis itself."""

import re
import unittest

import quipu_harness as harness
from quipu_harness import Redis, ServerCase, pairs


def commandstats(client):
    """{command: {"calls": 3, ...}}"""
    found = {}
    for name, line in harness.info(client, "commandstats").items():
        figures = dict(part.split("=") for part in line.split(","))
        found[name[len("cmdstat_"):]] = {figure: float(value) for figure, value in figures.items()}
    return found


class Commands(ServerCase):
    CALLS = (
        [("SET", "k", "v")] * 3 + [("GET", "k")] * 5 + [("GET",), ("LPUSH", "k", "x"), ("NOSUCH", "k"), ("CONFIG", "GET", "port"),
                                                        ("OBJECT", "ENCODING", "k"), ("HSET", "profile_1", "a", "1")]
    )

    def setUp(self):
        super().setUp()
        self.client.call("CONFIG", "SET", "latency-tracking", "yes")
        self.client.call("CONFIG", "RESETSTAT")
        self.addCleanup(self.client.call, "DEL", "k")

    def test_as_redis_counts_them(self):
        with Redis() as redis, redis.client() as peer:
            found = []
            for client in (peer, self.client):
                client.call("CONFIG", "RESETSTAT")
                client.pipeline(self.CALLS)
                self.rows.add("profile_1")
                stats = commandstats(client)
                found.append({name: (stats[name]["calls"], stats[name]["failed_calls"] + stats[name]["rejected_calls"])
                              for name in ("set", "get", "lpush", "config|get", "object|encoding", "hset")})
                for name, figures in stats.items():
                    self.assertEqual(set(figures), {"calls", "usec", "usec_per_call", "rejected_calls", "failed_calls"}, name)
                    self.assertAlmostEqual(figures["usec_per_call"], figures["usec"] / max(figures["calls"], 1), delta=0.01)
                self.assertNotIn("nosuch", stats)
            # A wrong arity is found by the shard: it was called, and failed; Redis rejects it.
            self.assertEqual([found[0]["get"], found[1]["get"]], [(5, 1), (6, 1)])
            for each in found:
                del each["get"]
            self.assertEqual(found[0], found[1])

    def test_histogram_has_redis_shape(self):
        with Redis() as redis, redis.client(resp3=True) as peer, self.server.client(resp3=True) as ours:
            for client in (peer, ours):
                client.call("CONFIG", "RESETSTAT")
                client.pipeline(self.CALLS)
                found = client.call("LATENCY", "HISTOGRAM", "set", "config", "nosuch", "mget")
                self.assertEqual(set(found) - {b"config|resetstat"}, {b"set", b"config|get"})
                self.assertEqual(found[b"set"][b"calls"], 3)
                steps = list(found[b"set"][b"histogram_usec"].items())
                self.assertEqual(steps, sorted(steps))
                counts = [count for _, count in steps]
                self.assertEqual(counts, sorted(set(counts)))
                self.assertEqual(counts[-1], 3)
                self.assertIn(b"get", client.call("LATENCY", "HISTOGRAM"))
        flat = self.client.call("LATENCY", "HISTOGRAM", "set")
        self.assertEqual(flat[0], b"set")
        self.assertEqual([flat[1][0], flat[1][1], flat[1][2]], [b"calls", 3, b"histogram_usec"])
        self.assertIn(b"HISTOGRAM", b"\n".join(self.client.call("LATENCY", "HELP")))

    def test_percentiles(self):
        self.client.pipeline(self.CALLS)
        line = harness.info(self.client, "latencystats")["latency_percentiles_usec_get"]
        found = re.fullmatch(r"p50=(\d+\.\d+),p99=(\d+\.\d+),p99\.9=(\d+\.\d+)", line)
        values = [float(value) for value in found.groups()]
        self.assertEqual(values, sorted(values))
        self.assertGreater(values[0], 0)

    def test_reset_and_tracking(self):
        self.client.call("CONFIG", "SET", "latency-tracking", "no")
        self.client.pipeline(self.CALLS)
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set"), [])
        self.assertEqual(commandstats(self.client)["set"]["calls"], 3)
        self.client.call("CONFIG", "SET", "latency-tracking", "yes")
        self.client.call("SET", "k", "v")
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set")[1][1], 1)
        self.client.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set"), [])
        self.assertNotIn("set", commandstats(self.client))

    def test_sections(self):
        """As in Redis: the long ones are not in what is shown by default."""
        for words, has in (((), False), (("default",), False), (("all",), True), (("everything",), True), (("commandstats",), True)):
            self.assertEqual("cmdstat_config|resetstat" in harness.info(self.client, *words), has, words)

    def test_blocking_commands_are_not_timed(self):
        self.client.call("RPUSH", "k", "x")
        self.client.call("BLPOP", "k", 0)
        self.assertEqual(commandstats(self.client)["blpop"]["calls"], 1)
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "blpop"), [])


if __name__ == "__main__":
    harness.main()
