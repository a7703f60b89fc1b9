"""quipu-gen and quipu-load as a user runs them."""

import csv
import io
import os
import pty
import random
import subprocess
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import ServerCase, generate, run_load


class Gen(unittest.TestCase):
    def test_sizes_are_exact(self):
        for nrows in (0, 1, 10, 12345, 100000):
            table = list(csv.DictReader(io.StringIO(generate(nrows).decode())))
            self.assertEqual([row["key"] for row in table], ["profile_%d" % i for i in range(1, nrows + 1)])
            have = {i: sum(1 for row in table if row["value_%d" % i]) for i in range(1, 21)}
            self.assertEqual((have[1], have[2]), (nrows, nrows))
            self.assertEqual(have[3], have[4])
            self.assertEqual(have[3], (nrows + 500) // 1000)
            if nrows == 100000:
                self.assertEqual((have[5], have[20]), (10, 10000))
                full = [row for row in table if row["value_3"] and row["value_4"]]
                kept = [row for row in full if any(row["value_%d" % i] == "1" for i in range(5, 21))]
                self.assertEqual((len(full), len(kept)), (10, 5))
                twos = sum(row["value_20"] == "2" for row in table)
                self.assertTrue(800 <= twos <= 1200, twos)

    def test_seed_and_start(self):
        self.assertEqual(generate(100, "--seed", "1"), generate(100))
        self.assertNotEqual(generate(100, "--seed", "2"), generate(100))
        shifted = generate(100, "--start", "501").decode().splitlines()
        self.assertTrue(shifted[1].startswith("profile_501,"))
        self.assertEqual([line.split(",", 1)[1] for line in shifted],
                         [line.split(",", 1)[1] for line in generate(100).decode().splitlines()])

    def test_resp(self):
        with harness.Redis() as redis, redis.client() as client:
            done = subprocess.run(
                ["redis-cli", "-s", redis.socket, "--pipe"], input=generate(500, "--format", "resp"),
                stdout=subprocess.PIPE, check=True,
            )
            self.assertIn(b"errors: 0, replies: 500", done.stdout)
            for row in csv.DictReader(io.StringIO(generate(500).decode())):
                key = row.pop("key")
                fields = client.call("HGETALL", key)
                stored = {n.decode(): v.decode() for n, v in zip(fields[0::2], fields[1::2])}
                self.assertEqual(stored, {n: v for n, v in row.items() if v})

    def test_wrong_options(self):
        for args in ([], ["--rows"], ["--rows", "x"], ["--rows", "-1"], ["--rows", "1", "--format", "xml"],
                     ["--rows", "1", "more"]):
            done = subprocess.run([harness.GEN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertEqual(done.returncode, 2, args)
            self.assertTrue(done.stderr, args)


class Again(ServerCase):
    """A file that is loaded over rows that are there."""

    def load(self, text, *args):
        done = run_load(self.server, "--dataset", "current", *args, "-", stdin=text.encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def row(self, key):
        flat = self.client.call("HGETALL", key)
        self.rows.add(key)
        return dict(zip(flat[0::2], flat[1::2]))

    def test_an_emptied_cell_removes_the_field(self):
        first = self.load("key,a,b\n1,x,y\n2,x,y\n3,x,\n")
        self.assertNotIn("removed by empty cells", first)
        self.client.call("HSET", "profile_1", "other", "z")
        message = self.load("key,a,b\n1,x2,\n2,,\n3,,y\n4,,\n")
        self.assertIn("fields removed by empty cells: 4", message)
        self.assertEqual(self.row("profile_1"), {b"a": b"x2", b"other": b"z"})
        self.assertEqual(self.row("profile_2"), {})
        self.assertEqual(self.row("profile_3"), {b"b": b"y"})
        self.assertEqual(self.row("profile_4"), {})
        self.assertEqual(self.query("count from current where b = y"), 1)
        self.assertEqual(self.query("count from current"), 2)

    def test_the_same_key_twice(self):
        """The last line counts, also for its empty cells; with the prefix or without."""
        message = self.load("key,a,b\n1,x,y\n2,x,y\nprofile_1,,z\n1,,w\n3,x,y\n")
        self.assertIn("lines that replace an earlier line with the same key: 2", message)
        self.assertEqual(self.row("profile_1"), {b"b": b"w"})
        self.assertEqual(self.row("profile_2"), {b"a": b"x", b"b": b"y"})
        self.row("profile_3")
        self.assertEqual(self.query("count from current"), 3)


class Load(ServerCase):
    def load(self, text, *args, status=0):
        done = run_load(self.server, *args, "-", stdin=text if isinstance(text, bytes) else text.encode())
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def row(self, key):
        self.rows.add(key)
        fields = self.client.call("HGETALL", key)
        return dict(zip(fields[0::2], fields[1::2]))

    def test_cells(self):
        message = self.load(
            '\ufeffkey,"Origin State",say,n\r\n'
            '1,New York,"he said ""hi""\nand left",\r\n'
            'profile_2,"a,b",,7\r\n'
            '\r\n'
            '"3","",x\'y,"007"\r\n'
            'zwölf,größe,=1,{x}\r\n'
        )
        self.assertIn("4 rows loaded", message)
        self.assertEqual(self.row("profile_1"), {b"Origin State": b"New York", b"say": b'he said "hi"\nand left'})
        self.assertEqual(self.row("profile_2"), {b"Origin State": b"a,b", b"n": b"7"})
        self.assertEqual(self.row("profile_3"), {b"say": b"x'y", b"n": b"007"})
        self.assertEqual(
            self.row("profile_zwölf"), {b"Origin State": "größe".encode(), b"say": b"=1", b"n": b"{x}"}
        )
        self.assertEqual(self.query("count from current where `Origin State` = 'New York'"), 1)

    def test_keys(self):
        """A column `key` names the row and is no field; a column that --key names stays one."""
        self.load("name,key\nann,1\nbob,2\n")
        self.assertEqual(self.row("profile_2"), {b"name": b"bob"})
        self.load("name,id\nann,1\nbob,2\n", "--key", "name")
        self.assertEqual(self.row("profile_ann"), {b"id": b"1", b"name": b"ann"})
        self.row("profile_1"), self.row("profile_bob")
        self.assertIn("no field 'nosuch'", self.load("a,b\n1,2\n", "--key", "nosuch", status=1))

    def test_rows_without_fields(self):
        message = self.load("key,a,b\n1,,\n2,1,\n3,,\"\"\n")
        self.assertIn("1 rows loaded", message)
        self.assertIn("without a field: 2", message)
        self.row("profile_2")
        self.assertEqual(self.client.call("EXISTS", "profile_1", "profile_3"), 0)

    def test_malformed_stops(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write("key,a\n1,\"two\nlines\"\n2,x\n3,1,2\n4,1\n")
            file.flush()
            done = run_load(self.server, file.name)
            self.assertEqual(done.returncode, 1)
            self.assertIn("%s, line 5: 3 cells where the header has 2" % file.name, done.stderr)
            self.assertIn("2 rows loaded", done.stderr)
            self.assertEqual(self.row("profile_1"), {b"a": b"two\nlines"})
            self.assertEqual(self.row("profile_2"), {b"a": b"x"})
            self.assertEqual(self.client.call("EXISTS", "profile_3", "profile_4"), 0)

    def test_skip_errors(self):
        message = self.load('key,a\n1,x\n2\n3,"a"b\n4,y\n,z\n5,"open\n6,z\n', "--skip-errors")
        for line in ("line 3: 1 cells", "line 4: text behind a closing quote", "line 6: the row has no key",
                     "line 7: a quote is opened here and never closed"):
            self.assertIn(line, message)
        self.assertIn("3 rows loaded", message)
        self.assertIn("malformed: 4", message)
        self.assertEqual(self.row("profile_6"), {b"a": b"z"})
        self.row("profile_1"), self.row("profile_4")

    def test_many_errors_are_counted(self):
        message = self.load("key,a\n" + "1\n" * 100, "--skip-errors", "--delimiter", ",")
        self.assertLess(len(message.splitlines()), 30)
        self.assertIn("malformed: 100", message)

    def test_no_header(self):
        self.assertIn("empty", self.load("", status=1))

    def test_server_errors_name_the_line(self):
        self.hset("profile_2", a="x")
        for shard in range(self.server.shards):
            with harness.Client(os.path.join(self.server.dir, "data", "shard-%d" % shard, "redis.sock")) as redis:
                for key in redis.call("KEYS", "profile_2{*}") + redis.call("KEYS", "profile_2"):
                    redis.call("SET", key, "no hash")
        message = self.load("key,a\n1,x\n2,y\n", status=1)
        self.assertIn("standard input, line 3: the server answers: WRONGTYPE", message)
        self.assertIn("1 rows loaded", message)
        self.client.call("DEL", "profile_2")

    def test_a_prefix_of_no_rows_is_refused(self):
        """A server that passes ordinary keys on would take them for such."""
        message = self.load("key,a\n1,x\n", "--prefix", "profi", status=1)
        self.assertIn("row keys of dataset 'current' begin with 'profile_', not with 'profi'", message)
        self.load("key,a\n1,x\n", "--prefix", "profile_x")
        self.assertEqual(self.row("profile_x1"), {b"a": b"x"})

    def test_wrong_dataset_and_no_server(self):
        self.assertIn("the server answers: ", self.load("a\nx\n", "--dataset", "no:such", status=1))
        done = subprocess.run([harness.LOAD, "--port", str(harness.free_port()), "-"], input=b"a\n1\n",
                              stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"refused", done.stderr)
        done = run_load(self.server, "/nosuch/file.csv")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nosuch/file.csv: No such file", done.stderr)

    def test_unixsocket_and_quiet(self):
        done = subprocess.run(
            [harness.LOAD, "--unixsocket", self.server.unixsocket, "--quiet", "-"], input=b"key,a\n1,x\n",
            stderr=subprocess.PIPE,
        )
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertEqual(self.row("profile_1"), {b"a": b"x"})

    def test_pipelines_of_any_size(self):
        text = "key,a\n" + "".join("%d,%d\n" % (i, i % 7) for i in range(3000))
        for window in ("1", "2", "100", "1000000"):
            if window == "1":
                self.load("\n".join(text.split("\n")[:200]), "--pipeline", window)
            else:
                self.load(text, "--pipeline", window)
        self.rows.update("profile_%d" % i for i in range(3000))
        self.assertEqual(self.query("count a in [0,6] from current"), [429, 429, 429, 429, 428, 428, 428])

    def test_random_cells(self):
        """What Python's csv module writes is what the rows hold."""
        rng = random.Random(3)
        pieces = ["a", '"', ",", "\n", "\r\n", " ", "ö", "{x}", "'", "\\", "1", ";"]
        names = ["key", "f 1", "f,2", 'f"3', "f\n4"]
        rows = {}
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=rng.choice(("\n", "\r\n")))
        writer.writerow(names)
        for i in range(500):
            cells = ["".join(rng.choices(pieces, k=rng.randint(0, 6))) for _ in names[1:]]
            writer.writerow([i, *cells])
            rows["profile_%d" % i] = {n.encode(): c.encode() for n, c in zip(names[1:], cells) if c}
        self.load(out.getvalue())
        for key, row in rows.items():
            self.assertEqual(self.row(key), row)

    def test_progress_on_a_terminal(self):
        nrows = 60000 if harness.METHOD == "sets" else 600000
        with tempfile.NamedTemporaryFile(suffix=".csv") as file:
            file.write(generate(nrows))
            file.flush()
            primary, secondary = pty.openpty()
            load = subprocess.Popen(
                [harness.LOAD, "--port", str(self.server.port), file.name], stderr=secondary
            )
            os.close(secondary)
            shown = b""
            while True:
                try:
                    data = os.read(primary, 4096)
                except OSError:
                    break
                if not data:
                    break
                shown += data
            os.close(primary)
            self.assertEqual(load.wait(60), 0, shown)
        self.rows.update("profile_%d" % i for i in range(1, nrows + 1))
        self.assertRegex(shown, rb"\r\[#*\.*\] +\d+%  [\d,]+ rows  [\d,]+ rows/s  \d+:\d\d left")
        self.assertIn(b"%s rows loaded in" % format(nrows, ",").encode(), shown)


if __name__ == "__main__":
    harness.main()
