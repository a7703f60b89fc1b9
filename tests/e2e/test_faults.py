"""What is killed, and what must be true afterwards: right numbers or an error, never another number; nothing acknowledged is lost."""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import quipu_harness as harness
from quipu_harness import Closed, ReplyError, Server, generate, pairs, run_load

QUERIES = [
    "count from current",
    "count value_1 in [1,2], value_2 in [1,8] from current",
    "count value_2 from current where value_1 = 1 || value_20 = 1",
    "count value_1 in [1,2], value_20 in {1,2,missing} from current where !(value_19 = 1) nocache",
]

# The file is written before the reply. By everysec, a shard that waits for its disk replies up to two seconds before it.
KEPT = ("--appendfsync", "no")


class Counter(threading.Thread):
    """Asks the same queries over and over; keeps every answer that is neither right nor SHARDDOWN or LOADING."""

    def __init__(self, server, answers):
        super().__init__(daemon=True)
        self.server, self.answers = server, answers
        self.stopping = False
        self.right = self.down = 0
        self.wrong = []

    def run(self):
        client = self.server.client()
        while not self.stopping:
            for query, answer in self.answers.items():
                try:
                    reply = client.call("QUERY", query)
                except ReplyError as error:
                    if error.code in ("SHARDDOWN", "LOADING"):
                        self.down += 1
                        time.sleep(0.002)
                    else:
                        self.wrong.append((query, error.text))
                    continue
                except (Closed, OSError) as error:
                    self.wrong.append((query, repr(error)))
                    return
                if reply == answer:
                    self.right += 1
                else:
                    self.wrong.append((query, reply))
        client.close()


class ShardDies(unittest.TestCase):
    NROWS = 20000

    def test_counts_are_right_or_sharddown(self):
        with Server(2, options=KEPT) as server:
            done = run_load(server, "-", stdin=generate(self.NROWS))
            self.assertEqual(done.returncode, 0, done.stderr)
            client = server.client()
            answers = {query: client.call("QUERY", query) for query in QUERIES}
            self.assertEqual(answers[QUERIES[0]], self.NROWS)
            counters = [Counter(server, answers) for _ in range(3)]
            for counter in counters:
                counter.start()
            for turn in range(4):
                time.sleep(0.3)
                killed = server.kill_shard(turn % 2)
                server.wait_until(
                    lambda: len(server.shard_pids()) == 2 and killed not in server.shard_pids(),
                    "a new process for the shard",
                )
                server.wait_counting()
                # The other clients need no more than the next query.
                self.assertEqual(client.call("QUERY", QUERIES[1]), answers[QUERIES[1]])
            for counter in counters:
                counter.stopping = True
            for counter in counters:
                counter.join(60)
                self.assertFalse(counter.is_alive())
                self.assertEqual(counter.wrong[:5], [])
            self.assertGreater(sum(counter.right for counter in counters), 0)
            self.assertGreater(sum(counter.down for counter in counters), 0, "no count met the dead shard")
            verify = pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual((verify["rows"], verify["mismatches"]), (self.NROWS, 0))
            client.close()
            server.stop()

    def assert_ends_in_time(self, client, seconds, *words):
        """With an error that says that the shard is slow or gone."""
        started = time.monotonic()
        with self.assertRaises(ReplyError) as caught:
            client.call(*words)
        self.assertIn(caught.exception.code, ("TIMEOUT", "SHARDDOWN"))
        self.assertLess(time.monotonic() - started, seconds)

    def test_a_stopped_shard_is_an_error_in_time(self):
        """A shard that hangs: TIMEOUT or SHARDDOWN by the deadline, PING at once; then it goes on."""
        with Server(2) as server:
            client = server.client()
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(1000)])
            pid = server.shard_pids()[0]
            os.kill(pid, signal.SIGSTOP)
            try:
                self.assert_ends_in_time(client, 5, "QUERY", "count a in [0,2] from current nocache timeout 500")
                self.assertEqual(client.call("PING"), b"PONG")
            finally:
                os.kill(pid, signal.SIGCONT)
            server.wait_counting()
            self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [334, 333, 333])
            client.close()
            server.stop()

    def test_many_who_watch_and_leave_hold_up_no_deadline(self):
        with Server(1, options=["--shard-timeout", "300"]) as server:
            client = server.client()
            pid = server.shard_pids()[0]
            for _ in range(400):  # each has a connection to the shard for itself, which is let go when it leaves
                with server.client() as other:
                    self.assertEqual(other.call("WATCH", "key"), b"OK")
            os.kill(pid, signal.SIGSTOP)
            try:
                self.assert_ends_in_time(client, 3, "GET", "key")
            finally:
                os.kill(pid, signal.SIGCONT)
            client.close()
            server.stop()

    def test_commands_behind_a_stopped_shard_end_in_time(self):
        """Rows, plain keys and transactions: TIMEOUT or SHARDDOWN; the other shard's clients notice nothing."""
        with Server(2, options=["--shard-timeout", "400"]) as server:
            client = server.client()
            keys = ["key%d" % i for i in range(40)]
            client.pipeline([("SET", key, "1") for key in keys] + [("HSET", "profile_%d" % i, "a", 1) for i in range(40)])
            pid = server.shard_pids()[0]
            os.kill(pid, signal.SIGSTOP)
            outcomes = set()
            try:
                for words in [("GET", key) for key in keys] + [("HSET", "profile_%d" % i, "a", 2) for i in range(40)]:
                    started = time.monotonic()
                    try:
                        outcomes.add(client.call(*words))
                    except ReplyError as error:
                        outcomes.add(error.code)
                    self.assertLess(time.monotonic() - started, 5)
                for words in (("DBSIZE",), ("DATASET", "VERIFY", "current"), ("MGET", *keys), ("KEYS", "*")):
                    with self.assertRaises(ReplyError) as caught:
                        client.call(*words)
                    self.assertIn(caught.exception.code, ("TIMEOUT", "SHARDDOWN"))
            finally:
                os.kill(pid, signal.SIGCONT)
            self.assertLessEqual(outcomes, {b"1", 0, "TIMEOUT", "SHARDDOWN"})
            self.assertIn("TIMEOUT", outcomes)
            self.assertIn(b"1", outcomes)
            server.wait_until(lambda: client.call("MGET", *keys) == [b"1"] * 40 if self.answers(client, keys) else False, "it is back")
            verify = pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual((verify["rows"], verify["mismatches"]), (40, 0))
            client.close()
            server.stop()

    @staticmethod
    def answers(client, keys):
        try:
            client.call("MGET", *keys)
            return True
        except ReplyError:
            return False

    def test_writes_meet_a_dead_shard(self):
        """Each write is acknowledged or refused; afterwards the rows hold every acknowledged value."""
        with Server(2, options=KEPT) as server:
            client = server.client()
            acknowledged, unknown = {}, set()
            for i in range(3000):
                key = b"profile_%d" % (i % 500)
                if i in (700, 1900):
                    server.kill_shard(i // 1000 % 2)
                try:
                    client.call("HSET", key, "a", i)
                    acknowledged[key] = b"%d" % i
                    unknown.discard(key)
                except ReplyError as error:
                    self.assertIn(error.code, ("SHARDDOWN", "LOADING"), error.text)
                    unknown.add(key)
                    time.sleep(0.001)
            server.wait_counting()
            for key, value in acknowledged.items():
                if key not in unknown:
                    self.assertEqual(client.call("HGET", key, "a"), value, key)
            self.assertEqual(pairs(client.call("DATASET", "VERIFY", "current"))["mismatches"], 0)
            client.close()
            server.stop()


class ServerDies(unittest.TestCase):
    def test_kill_during_load(self):
        """Every row that quipu-load was told of is there after a restart, and the index agrees."""
        rows = 300000
        with Server(2) as server, tempfile.NamedTemporaryFile(suffix=".csv") as file:
            file.write(generate(rows))
            file.flush()
            with tempfile.TemporaryFile() as errors:
                load = subprocess.Popen(
                    [harness.LOAD, "--port", str(server.port), file.name], stderr=errors
                )
                with server.client() as client:
                    server.wait_until(lambda: client.call("DBSIZE") > 3000, "the first rows")
                server.kill()
                self.assertEqual(load.wait(60), 1)
                errors.seek(0)
                message = errors.read().decode()
            match = re.search(r"([\d,]+) rows were acknowledged", message)
            self.assertTrue(match, message)
            acknowledged = int(match.group(1).replace(",", ""))
            self.assertGreater(acknowledged, 1000, message)
            self.assertLess(acknowledged, rows, "the load was over before the server was killed")
            server.start()
            server.wait_counting()
            client = server.client()
            keys = ["profile_%d" % i for i in range(1, acknowledged + 1)]
            lost = [key for key, found in zip(keys, client.pipeline([("EXISTS", key) for key in keys])) if found != 1]
            self.assertEqual(lost[:10], [])
            verify = pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual(verify["mismatches"], 0, verify)
            self.assertGreaterEqual(verify["rows"], acknowledged)
            self.assertEqual(client.call("QUERY", "count from current"), verify["rows"])
            self.assertEqual(
                sum(client.call("QUERY", "count value_1 in [1,2] from current")), verify["rows"]
            )
            # Loading the same file again brings in the rest.
            done = run_load(server, file.name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(client.call("QUERY", "count from current"), rows)
            client.close()
            server.stop()

    def test_sigterm_keeps_data(self):
        with Server(3) as server:
            client = server.client()
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 5, "b", "x y") for i in range(2000)])
            answer = client.call("QUERY", "count a in [0,4], b in {'x y'} from current")
            client.close()
            for _ in range(2):
                server.restart()
                server.wait_counting()
                with server.client() as client:
                    self.assertEqual(client.call("QUERY", "count a in [0,4], b in {'x y'} from current"), answer)
                    self.assertEqual(client.call("HGETALL", "profile_7"), [b"a", b"2", b"b", b"x y"])
            server.stop()

    def test_killed_with_its_shards(self):
        """The whole machine's processes gone at once. By everysec, a shard that is waiting for its disk has acknowledged writes
        that are not in its file yet (up to two seconds of them): what is promised there is less."""
        for appendfsync in ("always", "no"):
            with self.subTest(appendfsync), Server(2, options=["--appendfsync", appendfsync]) as server:
                client = server.client()
                client.pipeline([("HSET", "profile_%d" % i, "a", i % 5) for i in range(5000)])
                client.close()
                pids = server.shard_pids()
                server.kill()
                for pid in pids:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                server.start()
                server.wait_counting()
                with server.client() as client:
                    self.assertEqual(client.call("QUERY", "count a in [0,4] from current"), [1000] * 5)
                    self.assertEqual(pairs(client.call("DATASET", "VERIFY", "current"))["mismatches"], 0)
                server.stop()

    def test_another_number_of_shards_is_refused(self):
        """Rows are where N shards put them: 3 would count wrong, so it must not start."""
        with Server(2) as server:
            with server.client() as client:
                client.call("HSET", "profile_1", "a", "1")
            server.stop()
            done = subprocess.run(
                [harness.SERVER, "--port", str(harness.free_port()), "--dir", os.path.join(server.dir, "data"),
                 "--shards", "embedded", "3"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            )
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(b"2", done.stdout)
            server.start()
            server.wait_counting()
            server.stop()

    def test_two_servers_on_one_directory(self):
        with Server(1) as server:
            done = subprocess.run(
                [harness.SERVER, "--port", str(harness.free_port()), "--dir", os.path.join(server.dir, "data"),
                 "--shards", "embedded", "1"],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
            )
            self.assertNotEqual(done.returncode, 0)
            server.wait_counting()
            server.stop()


class StaticShards(unittest.TestCase):
    def test_static_shards(self):
        """Two servers that run already; a second quipu-server over them sees the same rows and caches."""
        with harness.Redis() as one, harness.Redis() as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, shard_words=words) as first, Server(2, shard_words=words) as second:
                with first.client() as a, second.client() as b:
                    a.pipeline([("HSET", "profile_%d" % i, "a", i % 2) for i in range(1000)])
                    self.assertEqual(b.call("QUERY", "count a in [0,1] from current"), [500, 500])
                    b.call("HSET", "profile_0", "a", 1)
                    self.assertEqual(a.call("QUERY", "count a in [0,1] from current"), [499, 501])
                first.stop()
                second.stop()


if __name__ == "__main__":
    harness.main()
