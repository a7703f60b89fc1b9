"""Versions of a dataset behind one name, and several servers over the same shards."""

import os
import signal
import threading
import time
import unittest

import quipu_harness as harness
from datasets_harness import beside, describe, listed, verify, wait_counted, write_rows
from quipu_harness import Closed, ReplyError, Server, wait_until


class Switching(unittest.TestCase):
    """The alias goes over to one version after the other, while counts and writes go on."""

    NROWS = 600
    VERSIONS = 6

    def test_no_count_mixes_two_versions(self):
        with Server(2) as server, server.client() as client:
            self.client, self.server = client, server
            self.stopping = threading.Event()
            self.wrong = []
            self.counted = self.written = 0
            client.call("DATASET", "CREATE", "v0", "PREFIX", "profile_")
            self.fill("v0", 0)
            client.call("DATASET", "ALIAS", "now", "v0", "ROWS")
            threads = [threading.Thread(target=self.count, args=(query,)) for query in (
                "count v in [0,%d] from now" % (self.VERSIONS + 1),
                "count v in [0,%d] from now where a = 1 || a = 2 || a = 0 nocache" % (self.VERSIONS + 1),
                "count v in [0,%d], a in [0,2] from now" % (self.VERSIONS + 1))]
            threads.append(threading.Thread(target=self.write))
            for thread in threads:
                thread.start()
            try:
                for version in range(1, self.VERSIONS + 1):
                    client.call("DATASET", "CREATE", "v%d" % version, "PREFIX", "profile_")
                    self.fill("v%d" % version, version)
                    client.call("DATASET", "ALIAS", "now", "v%d" % version)
                    time.sleep(0.2)
                    client.call("DATASET", "DROP", "v%d" % (version - 1))
                    time.sleep(0.1)
                wait_until(lambda: min(self.counted, self.written) > 50 or self.wrong, "counts and writes beside it", 120)
            finally:
                self.stopping.set()
                for thread in threads:
                    thread.join(60)
            self.assertEqual(self.wrong[:5], [])
            last = "v%d" % self.VERSIONS
            wait_until(lambda: sorted(listed(client)) == ["current", last], "the drops")
            self.assertEqual(verify(client, last), (self.NROWS, 0))
            server.stop()

    def fill(self, name, version):
        write_rows(self.client, name + ":profile_", self.NROWS, v=lambda i: version, a=lambda i: i % 3)
        wait_counted(self.client, name)

    def count(self, query):
        """Every row of a version has v = its number, whoever wrote it: one v holds all rows, in any answer."""
        with self.server.client() as client:
            while not self.stopping.is_set():
                try:
                    reply = client.call("QUERY", query)
                except (ReplyError, Closed, OSError) as error:
                    self.wrong.append((query, str(error)))
                    return
                totals = [sum(cell) if isinstance(cell, list) else cell for cell in reply]
                if sorted(totals) != [0] * (self.VERSIONS + 1) + [self.NROWS]:
                    self.wrong.append((query, reply))
                self.counted += 1

    def write(self):
        """Moves rows between values of `a`: whatever version they go to, it keeps its rows and its v."""
        with self.server.client() as client:
            i = 0
            while not self.stopping.is_set():
                commands = [("HSET", "profile_%d" % ((i + k) % self.NROWS), "a", (i + k) % 3) for k in range(20)]
                for command, reply in zip(commands, client.pipeline(commands)):
                    if reply != 0:
                        self.wrong.append((command, reply))
                i += 20
                self.written += 20


class TwoServers(unittest.TestCase):
    def test_changes_are_seen_by_the_other_within_two_seconds(self):
        with Server(2) as first, beside(first) as second, first.client() as a, second.client() as b:
            write_rows(a, "profile_", 50, v=lambda i: 1)
            a.call("DATASET", "CREATE", "w47", "PREFIX", "profile_", "PARTITIONS", 16)
            # Asked for a name that it does not know, the other one looks again, at once.
            self.assertEqual(b.call("QUERY", "count from w47"), 0)
            write_rows(b, "w47:profile_", 70, v=lambda i: 2)
            self.assertEqual(a.call("QUERY", "count v from w47"), [[b"2", 70]])
            a.call("DATASET", "ALIAS", "current", "w47")
            wait_until(lambda: b.call("QUERY", "count v from current") == [[b"2", 70]], "the switch", 2)
            self.assertEqual(b.call("HGET", "profile_7", "v"), b"2")
            b.call("DATASET", "DROP", "current")
            wait_until(lambda: listed(a)["current"]["state"] == b"dropping", "the drop", 2)
            wait_until(lambda: list(listed(a)) == ["w47"], "the end of the drop")
            self.assertEqual(len(a.call("KEYS", "*")), 70)
            b.call("DATASET", "REINDEX", "w47")
            wait_until(lambda: describe(a, "w47")["state"] == b"live" and describe(b, "w47")["state"] == b"live",
                       "the index")
            self.assertEqual(verify(a, "current"), (70, 0))
            second.stop()
            first.stop()

    def test_changes_of_two_servers_are_all_there(self):
        with Server(1) as first, beside(first) as second:
            failed = []

            def create(server, start):
                with server.client() as client:
                    for i in range(start, 24, 2):
                        try:
                            client.call("DATASET", "CREATE", "d%d" % i, "PREFIX", "p%d_" % i, "PARTITIONS", 4)
                            client.call("DATASET", "ALIAS", "a%d" % i, "d%d" % i)
                        except ReplyError as error:
                            failed.append(error.text)

            threads = [threading.Thread(target=create, args=(server, start))
                       for server, start in ((first, 0), (second, 1))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(failed, [])
            for server in (first, second):
                with server.client() as client:
                    found = listed(client)
                    self.assertEqual(sorted(found), sorted(["current"] + ["d%d" % i for i in range(24)]))
                    for i in range(24):
                        self.assertEqual(found["d%d" % i]["aliases"], [b"a%d" % i])
            second.stop()
            first.stop()

    def test_a_server_that_missed_a_drop_answers_no_wrong_number(self):
        """It was stopped (SIGSTOP) meanwhile; the name means other rows, in other partitions, when it goes on."""
        with Server(2) as first, beside(first) as second, first.client() as a, second.client() as b:
            a.call("DATASET", "CREATE", "w", "PREFIX", "w_", "PARTITIONS", 64)
            write_rows(b, "w_", 200, v=lambda i: 1)
            self.assertEqual(b.call("QUERY", "count from w"), 200)
            for again in range(2):
                os.kill(second.process.pid, signal.SIGSTOP)
                try:
                    # These are read by the stopped one when it goes on, before it asks for the catalog.
                    b.send("QUERY", "count from w nocache")
                    a.call("DATASET", "DROP", "w")
                    wait_until(lambda: "w" not in listed(a), "the drop")
                    a.call("DATASET", "CREATE", "w", "PREFIX", "w_", "PARTITIONS", 5 + again)
                    write_rows(a, "w_", 30, v=lambda i: 2)
                finally:
                    os.kill(second.process.pid, signal.SIGCONT)
                try:
                    self.assertEqual(b.read(), 30)
                except ReplyError as error:
                    self.assertEqual(error.code, "NODATASET")
                write_rows(b, "w_", 30, v=lambda i: 3)
                self.assertEqual(a.call("QUERY", "count v from w"), [[b"3", 30]])
                self.assertEqual(verify(a, "w"), (30, 0))
                wait_until(lambda: b.call("QUERY", "count v from w") == [[b"3", 30]], "the other one", 2)
            second.stop()
            first.stop()


if __name__ == "__main__":
    harness.main()
