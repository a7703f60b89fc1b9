"""quipu-load --from: rows that exist in another Redis, or in a cluster, become rows of a dataset. Real servers on both sides."""

import os
import pty
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import quipu_harness as harness
from module_harness import ModuleRedis
from quipu_harness import Client, Closed, ReplyError, ServerCase, pairs


class Origin:
    """A redis-server on a port, which can be stopped and started again."""

    def __init__(self, *options):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-origin-")
        self.options = options
        self.port = harness.free_port()
        self.start()

    def start(self):
        self.process = harness.Process(
            [harness.REDIS_SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.dir, *self.options],
            os.path.join(self.dir, "redis.log"),
        )
        until = time.monotonic() + harness.START_TIMEOUT_S
        while True:
            try:
                with self.client() as client:
                    client.send("PING")
                    if not isinstance(client.read(), ReplyError) or "--requirepass" in self.options:
                        return
            except (OSError, Closed):
                pass
            if time.monotonic() > until:
                self.close()
                raise AssertionError("redis-server did not start")
            time.sleep(0.02)

    def stop(self):
        self.process.popen.terminate()
        self.process.popen.wait()

    def client(self):
        return Client(("127.0.0.1", self.port))

    @property
    def url(self):
        return "redis://127.0.0.1:%d" % self.port

    def close(self):
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)


class Cluster:
    """So many masters, no replicas."""

    def __init__(self, masters):
        self.nodes = []
        try:
            for _ in range(masters):
                self.nodes.append(Origin("--cluster-enabled", "yes", "--save", "", "--cluster-port", str(harness.free_port())))
            self.ids = []
            self.firsts = [index * 16384 // masters for index in range(masters)]
            for index, node in enumerate(self.nodes):
                with node.client() as client:
                    first, last = self.firsts[index], (self.firsts + [16384])[index + 1] - 1
                    client.call("CLUSTER", "ADDSLOTSRANGE", first, last)
                    client.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
                    for other in self.nodes[:index]:
                        bus = other.options[other.options.index("--cluster-port") + 1]
                        client.call("CLUSTER", "MEET", "127.0.0.1", other.port, bus)
                    self.ids.append(client.call("CLUSTER", "MYID"))
            until = time.monotonic() + 60
            while not all(self.is_ok(node) for node in self.nodes):
                if time.monotonic() > until:
                    raise AssertionError("the cluster did not form")
                time.sleep(0.1)
        except BaseException:
            self.close()
            raise

    def is_ok(self, node):
        with node.client() as client:
            about = client.call("CLUSTER", "INFO").decode()
            return "cluster_state:ok" in about and "cluster_known_nodes:%d" % len(self.nodes) in about

    def fill(self, rows):
        """HSET of every row, on its node."""
        by_node = {}
        with self.nodes[0].client() as client:
            slots = client.pipeline([("CLUSTER", "KEYSLOT", key) for key in rows])
        for key, slot in zip(rows, slots):
            index = sum(first <= slot for first in self.firsts) - 1
            by_node.setdefault(index, []).append(key)
        for index, keys in by_node.items():
            with self.nodes[index].client() as client:
                replies = client.pipeline([("HSET", key, *flat(rows[key])) for key in keys])
                assert not [reply for reply in replies if isinstance(reply, ReplyError)], replies[0]

    def move_slot(self, slot, source, target):
        """As redis-cli --cluster reshard does."""
        with self.nodes[source].client() as old, self.nodes[target].client() as new:
            new.call("CLUSTER", "SETSLOT", slot, "IMPORTING", self.ids[source])
            old.call("CLUSTER", "SETSLOT", slot, "MIGRATING", self.ids[target])
            while True:
                keys = old.call("CLUSTER", "GETKEYSINSLOT", slot, 1000)
                if not keys:
                    break
                old.call("MIGRATE", "127.0.0.1", self.nodes[target].port, "", 0, 60000, "KEYS", *keys)
            new.call("CLUSTER", "SETSLOT", slot, "NODE", self.ids[target])
            old.call("CLUSTER", "SETSLOT", slot, "NODE", self.ids[target])

    def close(self):
        for node in self.nodes:
            node.close()


def flat(row):
    return [part for pair in row.items() for part in pair]


class Adoption(ServerCase):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp(prefix="quipu-e2e-adoption-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.cursor = os.path.join(self.folder, "quipu-load.current.cursor")

    def tearDown(self):
        keys = self.dataset_keys()
        self.client.pipeline([("DEL", key) for key in keys])
        self.assertEqual(self.query("count from current"), 0)

    def dataset_keys(self):
        keys, cursor = [], b"0"
        while True:
            cursor, page = self.client.call("SCAN", cursor, "MATCH", "profile_*", "COUNT", 1000)
            keys += page
            if cursor == b"0":
                return keys

    def command(self, url, *args):
        return [harness.LOAD, "--port", str(self.server.port), "--from", url, *args]

    def load(self, url, *args, status=0, env=None):
        done = subprocess.run(
            self.command(url, *args), stderr=subprocess.PIPE, cwd=self.folder, timeout=300,
            env=dict(os.environ, **env) if env else None,
        )
        message = done.stderr.decode()
        self.assertEqual(done.returncode, status, message)
        return message

    def start(self, url, *args):
        errors = open(os.path.join(self.folder, "errors"), "wb")
        process = subprocess.Popen(self.command(url, *args), stderr=errors, cwd=self.folder)
        errors.close()

        def end():
            if process.poll() is None:
                process.kill()
                process.wait()

        self.addCleanup(end)
        return process

    def errors(self):
        with open(os.path.join(self.folder, "errors")) as file:
            return file.read()

    def wait_rows(self, rows):
        self.server.wait_until(lambda: self.client.call("DBSIZE") >= rows, "%d rows" % rows)

    def assert_rows(self, rows):
        """Just these, and an index that agrees."""
        keys = list(rows)
        replies = self.client.pipeline([("HGETALL", key) for key in keys])
        wrong = [key for key, reply in zip(keys, replies) if dict(zip(reply[0::2], reply[1::2])) != rows[key]]
        self.assertEqual(wrong[:5], [])
        self.assertEqual(self.query("count from current"), len(rows))
        verify = pairs(self.client.call("DATASET", "VERIFY", "current"))
        self.assertEqual((verify["rows"], verify["mismatches"]), (len(rows), 0))

    @staticmethod
    def rows_of(count, seed=1):
        rng = random.Random(seed)
        rows = {}
        for i in range(count):
            fields = rng.sample(range(1, 10), rng.randint(1, 6))
            rows[b"profile_%d" % i] = {b"value_%d" % field: b"%d" % rng.randint(1, 5) for field in fields}
        return rows


class FromOneServer(Adoption):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.origin = Origin("--save", "")

    @classmethod
    def tearDownClass(cls):
        cls.origin.close()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        self.there = self.origin.client()
        self.addCleanup(self.there.close)
        self.there.call("FLUSHALL")

    def fill(self, rows):
        self.there.pipeline([("HSET", key, *flat(row)) for key, row in rows.items()])

    def test_hashes_become_rows(self):
        rows = self.rows_of(5000)
        rows[b"profile_\xff\r\n{x}"] = {b"a b": b"", b"": b"\x00", b"c": b"x" * 100000}
        rows = {key: {name: value for name, value in row.items() if name} for key, row in rows.items()}
        self.fill(rows)
        self.there.pipeline([("SET", "profile_text", "x"), ("RPUSH", "profile_list", "x"), ("HSET", "other_1", "a", "1")])
        message = self.load(self.origin.url)
        self.assertRegex(message, r"5,001 rows copied in [\d.]+ s, [\d,]+ rows/s; skipped, not a hash: 2\n")
        self.assertIn("skipped 'profile_list': not a hash", message)
        self.assert_rows(rows)
        self.assertFalse(os.path.exists(self.cursor))

    def test_twice_is_as_once(self):
        rows = self.rows_of(3000)
        self.fill(rows)
        self.load(self.origin.url)
        # Changed there since: values, fields more and less, all fields others, a row more and one less.
        rows[b"profile_1"] = {b"value_1": b"9"}
        rows[b"profile_2"] = {b"new": b"1"}
        rows[b"profile_3"][b"new"] = b"2"
        rows[b"profile_new"] = {b"a": b"1"}
        for key in (b"profile_1", b"profile_2", b"profile_3", b"profile_new"):
            self.there.pipeline([("DEL", key), ("HSET", key, *flat(rows[key]))])
        self.there.call("DEL", "profile_4")
        message = self.load(self.origin.url)
        self.assertIn("rows whose other fields were removed: ", message)
        self.assert_rows(rows)  # profile_4 is deleted there and stays here
        self.assertNotIn("removed", self.load(self.origin.url))
        self.assert_rows(rows)

    def test_match_and_prefix(self):
        self.fill({b"user:1": {b"a": b"1"}, b"user:2": {b"a": b"2"}, b"profile_3": {b"a": b"3"}})
        self.load(self.origin.url, "--match", "user:*")
        self.assert_rows({b"profile_user:1": {b"a": b"1"}, b"profile_user:2": {b"a": b"2"}})

    def test_an_empty_origin(self):
        self.assertIn("0 rows copied", self.load(self.origin.url))

    def test_databases(self):
        self.there.call("SELECT", "3")
        self.fill({b"profile_1": {b"a": b"1"}})
        self.assertIn("0 rows copied", self.load(self.origin.url))
        self.assertIn("1 rows copied", self.load(self.origin.url + "/3"))

    def test_passwords(self):
        origin = Origin("--save", "", "--requirepass", "sesame")
        self.addCleanup(origin.close)
        with origin.client() as client:
            client.call("AUTH", "sesame")
            client.call("ACL", "SETUSER", "ann", "on", ">o@p/en", "~*", "+@all")
            client.call("HSET", "profile_1", "a", "1")
        place = "127.0.0.1:%d" % origin.port
        for url in ("redis://:sesame@" + place, "redis://ann:o%40p%2fen@" + place, "redis://default:sesame@" + place):
            self.assertIn("1 rows copied", self.load(url))
        self.assertIn("1 rows copied", self.load("redis://" + place, env={"REDISCLI_AUTH": "sesame"}))
        self.assertIn("NOAUTH", self.load("redis://" + place, status=1))
        message = self.load("redis://:wrong-one@" + place, status=1)
        self.assertIn("WRONGPASS", message)
        self.assertNotIn("wrong-one", message)

    def test_interrupted_and_resumed_while_the_origin_is_written_to(self):
        """SIGINT, then kill -9, then to the end; rows that nobody wrote to are right, and after one more run all are."""
        rows = self.rows_of(60000)
        self.fill(rows)
        stopping = threading.Event()
        written = {}

        def write():
            rng = random.Random(2)
            with self.origin.client() as client:
                turn = 0
                while not stopping.is_set():
                    key = b"profile_%d" % rng.randrange(0, 60000, 10)
                    turn += 1
                    client.call("HSET", key, "n", turn)
                    written[key] = b"%d" % turn

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for number, enough in ((signal.SIGINT, 8000), (signal.SIGKILL, 25000)):
                process = self.start(self.origin.url)
                self.wait_rows(enough)
                process.send_signal(number)
                self.assertNotEqual(process.wait(60), 0)
                if number == signal.SIGINT:
                    self.assertRegex(self.errors(), r"interrupted; [\d,]+ rows copied; the same command resumes from there")
                with open(self.cursor) as file:
                    before = int(re.search(r"copied (\d+)", file.read()).group(1))
                self.assertLess(before, 60000)
            self.assertGreater(before, 8000)
            message = self.load(self.origin.url)
        finally:
            stopping.set()
            writer.join()
        self.assertIn("resuming from quipu-load.current.cursor: {:,} rows".format(before), message)
        copied = int(re.search(r"([\d,]+) rows copied in", message).group(1).replace(",", ""))
        self.assertLess(copied, 60000 - before + 5000, "it began anew")
        self.assertFalse(os.path.exists(self.cursor))
        quiet = {key: row for key, row in rows.items() if key not in written}
        self.assertGreater(len(written), 100)
        replies = self.client.pipeline([("HGETALL", key) for key in quiet])
        wrong = [key for key, reply in zip(quiet, replies) if dict(zip(reply[0::2], reply[1::2])) != quiet[key]]
        self.assertEqual(wrong[:5], [])
        self.assertEqual(self.query("count from current"), 60000)
        for key, turn in written.items():
            rows[key][b"n"] = turn
        self.load(self.origin.url)
        self.assert_rows(rows)

    def test_the_server_stops_and_comes_back(self):
        rows = self.rows_of(40000)
        self.fill(rows)
        process = self.start(self.origin.url)
        self.wait_rows(5000)
        self.client.close()
        self.server.stop()
        self.assertEqual(process.wait(60), 1)
        self.assertIn("rows copied; the same command resumes from there", self.errors())
        self.server.start()
        self.server.wait_counting()
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.assertIn("resuming from", self.load(self.origin.url))
        self.assert_rows(rows)

    def test_cursor_files(self):
        self.fill(self.rows_of(10))
        with open(self.cursor, "w") as file:
            file.write("quipu-load cursor 1\nfrom redis://elsewhere:1/0\nmatch profile_*\ndataset current\n")
        self.assertIn("belongs to another copy (from redis://elsewhere:1/0", self.load(self.origin.url, status=1))
        self.load(self.origin.url, "--cursor-file", "mine")
        self.assertTrue(os.path.exists(self.cursor))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "mine")))
        for text in ("hello\n", "quipu-load cursor 1\n", "quipu-load cursor 1\nfrom x\nat y z\n", ""):
            with open(self.cursor, "w") as file:
                file.write(text)
            self.assertIn("is not a cursor file", self.load(self.origin.url, status=1))

    def test_from_another_quipu(self):
        """So rows come into another number of shards."""
        rows = self.rows_of(3000)
        with harness.Server(1) as old:
            with old.client() as client:
                client.pipeline([("HSET", key, *flat(row)) for key, row in rows.items()])
                client.call("SET", "profilex", "an ordinary key")
            self.load("redis://127.0.0.1:%d" % old.port)
        self.assert_rows(rows)

    def test_progress_on_a_terminal(self):
        nrows = 30000 if harness.METHOD == "sets" else 150000
        self.fill(self.rows_of(nrows))
        primary, secondary = pty.openpty()
        process = subprocess.Popen(self.command(self.origin.url), stderr=secondary, cwd=self.folder)
        os.close(secondary)
        shown = b""
        try:
            while data := os.read(primary, 4096):
                shown += data
        except OSError:  # the terminal is gone with the program
            pass
        os.close(primary)
        self.assertEqual(process.wait(60), 0, shown)
        self.assertRegex(shown, rb"\r\[#*\.*\] +\d+%  [\d,]+ rows  [\d,]+ rows/s  \d+:\d\d left")
        self.assertIn(b"%s rows copied in" % format(nrows, ",").encode(), shown)

    def test_an_unwritable_cursor_file(self):
        self.fill(self.rows_of(10))
        message = self.load(self.origin.url, "--cursor-file", "nosuch/file", status=1)
        self.assertIn("nosuch/file: No such file or directory", message)

    def test_wrong_words(self):
        for args in (("file.csv",), ("--key", "a")):
            self.load(self.origin.url, *args, status=2)
        done = subprocess.run([harness.LOAD, "--match", "x", "file.csv"], stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 2)
        for url in ("http://x", "redis://", "redis://a:b", "redis://a:1/x", "rediss://a:b", "redis://[::1"):
            self.assertIn("--from: ", self.load(url, status=1))
        self.assertIn("refused", self.load("redis://127.0.0.1:%d" % harness.free_port(), status=1))


class Times(Adoption):
    """Keys and fields that will expire there will expire here, at the same moment, where that can be kept."""

    FAR_MS = 4102444800000  # 2100

    def test_keys(self):
        origin = Origin()
        self.addCleanup(origin.close)
        rows = ["profile_%d" % i for i in range(50)]
        self.rows.update(rows)
        with origin.client() as there:
            there.pipeline([("HSET", key, "a", "1") for key in rows])
            there.pipeline([("PEXPIREAT", key, self.FAR_MS + i) for i, key in enumerate(rows[:20])])
            message = self.load(origin.url)
            if harness.METHOD == "sets":
                self.assertIn("rows copied without their time to live, which the dataset cannot keep: 20", message)
                self.assertEqual(self.query("count from current"), 50)
                return
            self.assertNotIn("left without", message)
            self.assertEqual(self.client.pipeline([("PEXPIRETIME", key) for key in rows]),
                             [self.FAR_MS + i for i in range(20)] + [-1] * 30)
            # As it is there now, also where it was otherwise.
            there.call("PERSIST", "profile_3")
            there.call("PEXPIREAT", "profile_30", self.FAR_MS)
            self.load(origin.url)
            self.assertEqual([self.client.call("PEXPIRETIME", "profile_%d" % i) for i in (3, 4, 30)],
                             [-1, self.FAR_MS + 4, self.FAR_MS])
            there.call("PEXPIRE", "profile_40", 1)
            self.load(origin.url)
            self.assertEqual(self.query("count from current"), 50)  # what was deleted there stays here

    def test_fields(self):
        """Of servers that know such times; here, and at a target that does not."""
        newer = harness.servers().get("redis-8") or harness.servers().get("valkey-9")
        if not newer:
            self.skipTest("no newer server: scripts/servers")
        with ModuleRedis(load=False, port=True, server=newer) as origin, harness.Server(1, ["--method", "columns", "--redis-server", newer]) as server:
            with origin.client() as there:
                there.call("HSET", "profile_1", "a", "1", "b", "2", "c", "3", "d", "4")
                there.call("HSET", "profile_2", "a", "1")
                there.call("HPEXPIREAT", "profile_1", self.FAR_MS, "FIELDS", 2, "a", "c")
                there.call("HPEXPIREAT", "profile_1", self.FAR_MS + 5, "FIELDS", 1, "d")
                there.call("SET", "profile_3", "x")
                url = "redis://127.0.0.1:%d" % origin.port
                done = harness.run_load(server, "--dataset", "current", "--from", url)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertNotIn("left without", done.stderr)
                with server.client() as here:
                    asked = ("HPEXPIRETIME", "profile_1", "FIELDS", 4, "a", "b", "c", "d")
                    self.assertEqual(here.call(*asked), [self.FAR_MS, -1, self.FAR_MS, self.FAR_MS + 5])
                    there.call("HPERSIST", "profile_1", "FIELDS", 1, "a")
                    harness.run_load(server, "--dataset", "current", "--from", url)
                    self.assertEqual(here.call(*asked), [-1, -1, self.FAR_MS, self.FAR_MS + 5])
            with harness.Server(1, ["--method", "columns", "--redis-server", "redis-server"]) as older:
                done = harness.run_load(older, "--dataset", "current", "--from", url)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("fields copied without their time to live: 2", done.stderr)
                with older.client() as here:
                    self.assertEqual(here.call("HLEN", "profile_1"), 4)


class AfterARestart(Adoption):
    def test_cursors_of_a_process_that_is_gone_are_not_used(self):
        """A new process hashes its keys in another way: its SCAN begins anew, and no key is missed."""
        origin = Origin("--appendonly", "yes")
        self.addCleanup(origin.close)
        rows = self.rows_of(40000)
        with origin.client() as client:
            client.pipeline([("HSET", key, *flat(row)) for key, row in rows.items()])
        process = self.start(origin.url)
        self.wait_rows(15000)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(60), 1)
        origin.stop()
        origin.start()
        with origin.client() as client:
            self.server.wait_until(lambda: b"loading:0" in client.call("INFO", "persistence"), "it is loaded")
        self.load(origin.url)
        self.assert_rows(rows)


class FromACluster(Adoption):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cluster = Cluster(3)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.close()
        super().tearDownClass()

    def test_any_node_leads_to_all_masters_and_moved_slots_are_read_again(self):
        rows = self.rows_of(60000, seed=3)
        self.cluster.fill(rows)
        message = self.load(self.cluster.nodes[1].url)
        self.assertIn("60,000 rows copied", message)
        self.assert_rows(rows)
        self.client.pipeline([("DEL", key) for key in rows])
        # Interrupted on the first master; then slots move to it, behind its cursor.
        process = self.start(self.cluster.nodes[2].url)
        self.wait_rows(12000)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(60), 1, self.errors())
        with open(self.cursor) as file:
            text = file.read()
        self.assertEqual(len(re.findall("^at ", text, re.M)), 3, text)
        first = [node.port for node in self.cluster.nodes].index(int(re.search(r"^at .*:(\d+)$", text, re.M).group(1)))
        source = (first + 2) % 3
        for slot in range(self.cluster.firsts[source], self.cluster.firsts[source] + 200):
            self.cluster.move_slot(slot, source, first)
        message = self.load(self.cluster.nodes[2].url)
        self.assertIn("slots of the cluster moved meanwhile: reading it once more", message)
        self.assert_rows(rows)


if __name__ == "__main__":
    harness.main()
