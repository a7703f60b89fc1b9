"""What quipu-export writes: read back by other programs, and loaded again, it is what the server has."""

import collections
import csv
import gzip
import io
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

import quipu_harness as harness
from quipu_harness import BIN, ServerCase, run_load, wait_until

EXPORT = os.path.join(BIN, "quipu-export")

# Every byte that a format may stumble over.
HOSTILE = {
    "c_1": {"name": b'say "hi", ok', "n": b"1", "x": b"0.1", "langs": b"de;fr", "born": b"2012-06-01", "code": b"007",
            "seen": b"2012-06-01T09:30:05"},
    "c_2": {"name": b"line\r\nbreak\tand ;", "n": b"2", "x": b"-17.25", "langs": b"de", "born": b"1999-12-31", "code": b"12",
            "seen": b"1960-01-01T23:59:59"},
    "c_3": {"name": "größe ∑ 名前".encode(), "n": b"3", "x": b"1e3", "langs": b"", "code": b"x"},
    "c_4": {"name": b"\xff\xfe no utf-8", "n": b"12345678", "x": b"2.50"},
    "c_5": {"name": b"nul\0here", "n": b"-5", "langs": b"it"},
    "c_6": {"name": b"x" * 65536, "n": b"6", "only `here`": b"1"},
    "c_7": {"name": b" blanks around ", "n": b"7", "born": b"2020-02-29", "code": b"12345678901234567890"},
    "c_8": {"name": b"", "n": b"8"},
}
ROWS_OF_PARTS = 2500
ORDER = ["born", "code", "langs", "n", "name", "only `here`", "seen", "x"]


def export(server, *args, status=0, stdout=subprocess.PIPE):
    """(standard output, standard error as text) of quipu-export."""
    done = subprocess.run([EXPORT, "--port", str(server.port), *args], stdout=stdout, stderr=subprocess.PIPE, timeout=300)
    error = done.stderr.decode("utf-8", "replace")
    if done.returncode != status:
        raise AssertionError("status %d: %s" % (done.returncode, error))
    return done.stdout, error


class Case(ServerCase):
    """`cases` has the rows above; what a test loads has a dataset of its own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.TemporaryDirectory()
        with cls.server.client() as client:
            client.call("DATASET", "CREATE", "cases", "PREFIX", "c_", "MULTI", "langs", ";")
            client.call("DATASET", "LABEL", "cases", "n", "1", "one", "2", "two; größer")
            client.call("DATASET", "LABEL", "cases", "n", "How many there are")
            for key, row in HOSTILE.items():
                client.call("HSET", key, *[part for pair in row.items() for part in pair])

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()
        super().tearDownClass()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def files(self):
        return sorted(os.listdir(self.folder.name))

    def rows_of(self, dataset):
        """What HGETALL says of the rows that were loaded, by the keys that they had."""
        found = {}
        for name, *parts in self.query("rows * from `%s`" % dataset):
            found[name.decode()[len(dataset) + 1:]] = {field.decode(): value for field, value in zip(parts[::2], parts[1::2])}
        return found

    def counts(self, dataset):
        """Of each field, each value and how many rows have it."""
        return {field: self.query("count `%s` in {*, missing} from %s" % (field.replace("`", "``"), dataset)) for field in ORDER}


class Rows(Case):
    def test_csv_is_what_python_reads(self):
        out, error = export(self.server, "--dataset", "cases", "--format", "csv")
        read = list(csv.reader(io.StringIO(out.decode("utf-8", "surrogateescape"), newline="")))
        self.assertEqual(read[0], ["key"] + ORDER)
        for (key, row), cells in zip(HOSTILE.items(), read[1:]):
            texts = [row.get(field, b"").decode("utf-8", "surrogateescape") for field in ORDER]
            self.assertEqual(cells, [key] + texts)
        self.assertEqual(len(read), 1 + len(HOSTILE))
        self.assertIn("8 rows exported", error)
        self.assertTrue(out.endswith(b'c_8,,,,8,"",,,\r\n'))

    def test_json_is_the_servers_own(self):
        out, error = export(self.server, "--dataset", "cases", "--format", "json")
        self.assertEqual(out[:-1], self.query("rows * from cases format json"))
        self.assertIn("not UTF-8", error)
        out, _ = export(self.server, "--dataset", "cases", "--format", "json", "--no-key", "--where", "n = 2")
        self.assertEqual(json.loads(out)["rows"], [["1999-12-31", "12", "de", "2", "line\r\nbreak\tand ;", None, "1960-01-01T23:59:59", "-17.25"]])

    def test_ndjson_has_numbers_where_no_reader_changes_them(self):
        out, _ = export(self.server, "--dataset", "cases", "--format", "ndjson")
        rows = [json.loads(line) for line in out.decode().splitlines()]
        self.assertEqual(rows[0], {"key": "c_1", "born": "2012-06-01", "code": "007", "langs": ["de", "fr"], "n": 1, "name": 'say "hi", ok',
                                   "seen": "2012-06-01T09:30:05", "x": 0.1})
        self.assertEqual([row.get("x") for row in rows], [0.1, -17.25, "1e3", "2.50", None, None, None, None])
        self.assertEqual(rows[6]["code"], "12345678901234567890")
        self.assertEqual((rows[3]["name"], rows[4]["name"], rows[7]["name"]), ("\ufffd\ufffd no utf-8", "nul\0here", ""))
        self.assertEqual(rows[2]["langs"], [])
        out, _ = export(self.server, "--dataset", "cases", "--format", "ndjson", "--text", "--where", "n = 1")
        self.assertEqual((json.loads(out)["n"], json.loads(out)["x"]), ("1", "0.1"))

    def test_what_is_loaded_again_counts_the_same(self):
        path = self.path("again.csv.gz")
        export(self.server, "--dataset", "cases", "-o", path)
        done = run_load(self.server, "--dataset", "again_csv", "--encoding", "none", "--empty-text", "--multi", "langs", ";", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("8 rows loaded", done.stderr)
        self.assertEqual(self.rows_of("again_csv"), HOSTILE)
        self.assertEqual(self.counts("again_csv"), self.counts("cases"))
        with gzip.open(path) as file:
            self.assertIn(b"c_8", file.read())
        # what is loaded once more is the same, but for a text without bytes that is no value any more
        args = ("--dataset", "again_csv", "--encoding", "none", "--empty-text")
        self.assertIn("the same as before: 8", run_load(self.server, *args, path).stderr)
        done = run_load(self.server, *args, "-", stdin=b'key,name,n\nc_8,,8\nc_7,"",7\n')
        self.assertIn("changed: 2", done.stderr)
        self.assertEqual(self.client.call("HGETALL", "again_csv_c_8"), [b"n", b"8"])
        self.assertEqual(self.client.call("HGET", "again_csv_c_7", "name"), b"")
        # without the option it is no value
        done = run_load(self.server, *args[:-1], "--update", "--key", "key", "-", stdin=b'key,name,n\nc_7,"",7\n')
        self.assertIn("the same as before: 1", done.stderr)
        done = run_load(self.server, *args[:-1], "-", stdin=b'key,name,n\nc_9,"",7\n')
        self.assertEqual(self.client.call("HGETALL", "again_csv_c_9"), [b"n", b"7"])

    def test_ndjson_that_is_loaded_again_counts_the_same(self):
        path = self.path("again.ndjson.zst")
        export(self.server, "--dataset", "cases", "-o", path)
        done = run_load(self.server, "--dataset", "again_ndjson", "--empty-text", "--multi", "langs", ";", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("8 rows loaded", done.stderr)
        self.assertIn("texts without bytes are kept", done.stderr)
        self.check_but_for_odd_bytes("again_ndjson")

    def test_json_that_is_loaded_again_counts_the_same(self):
        path = self.path("again.json.gz")
        export(self.server, "--dataset", "cases", "-o", path)
        done = run_load(self.server, "--dataset", "again_json", "--empty-text", "--multi", "langs", ";", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("8 rows loaded", done.stderr)
        self.check_but_for_odd_bytes("again_json")

    def test_texts_without_bytes_are_told(self):
        for name in ("csv", "json", "ndjson", "arrow"):
            _, error = export(self.server, "--dataset", "cases", "--format", name)
            self.assertIn("note: texts without bytes: 2, which quipu-load takes as missing ones without --empty-text", error)
        for name in ("sav", "dta"):
            _, error = export(self.server, "--dataset", "cases", "--where", "n != 6", "--format", name)
            self.assertIn("note: texts without bytes: 2, which are missing there", error)
        _, error = export(self.server, "--dataset", "cases", "--where", "n = 1", "--format", "csv")
        self.assertNotIn("without bytes", error)

    def check_but_for_odd_bytes(self, name):
        """A dataset that was loaded from a format of UTF-8."""
        rows = dict(HOSTILE, c_4=dict(HOSTILE["c_4"], name="\ufffd\ufffd no utf-8".encode()))
        self.assertEqual(self.rows_of(name), rows)
        again, cases = self.counts(name), self.counts("cases")
        cases["name"] = [[rows["c_4"]["name"] if value == HOSTILE["c_4"]["name"] else value, n] for value, n in cases["name"]]
        self.assertEqual({field: sorted(again[field], key=str) for field in ORDER}, {field: sorted(cases[field], key=str) for field in ORDER})

    def test_json_without_keys_and_of_many_rows(self):
        rows = [["r%d" % i, str(i % 7), None if i % 3 else "x" * (i % 50)] for i in range(5000)]
        for name, texts in (("doc_keys", rows), ("doc_plain", [row[1:] for row in rows])):
            text = json.dumps({"dataset": "d", "fields": ["n", "t"], "rows": texts, "warnings": []}, separators=(",", ":"))
            done = run_load(self.server, "--dataset", name, "-", stdin=text.encode())
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("rows of a dataset, as ROWS writes them", done.stderr)
            self.assertEqual(self.query("count from %s" % name), 5000)
            self.assertEqual(self.query("count n in [0,6] from %s" % name), [715, 715, 714, 714, 714, 714, 714])
            self.assertEqual(self.query("count from %s where t exists" % name), len([row for row in rows if row[2]]))
        good = '{"dataset":"d","fields":["a"],"rows":[["k1","1"],["k2","2"]],"warnings":[]}'
        for wrong, said in ((good[:-1], "cut off behind row 2"), (good.replace('"2"]', '"2"'), "malformed behind row 2|has an object|array"),
                            (good.replace('["k2","2"]', '["k2"]'), "row 2 has another number of values"),
                            (good.replace('["k2","2"]', '"k2"'), "row 2 is no array"), (good.replace('"2"]', '{}]'), "row 2 has an object in it"),
                            (good.replace('"2"]', '[]]'), "row 2 has an array in it"), (good + "x", "malformed behind row 2"),
                            (good.replace(',"warnings":[]', ',"fields":["b"],"rows":[["k3","3","4"]]'), "the list of fields stands there twice"),
                            (good.replace('"fields"', '"rows":[["k"]],"x":"","fields"'), "the list of fields stands behind the rows"),
                            (good.replace('["a"]', '[["a"],"b"]'), "the list of fields has an array in it"),
                            (good.replace('["a"]', '[{"a":"b"}]'), "the list of fields has an object in it"),
                            (good.replace('"2"]', '"' + "2" * (65 << 20) + '"]'), "more than 64 MB behind row 1, and no row ends there")):
            done = run_load(self.server, "--dataset", "doc_wrong", "-", stdin=wrong.encode())
            self.assertNotEqual(done.returncode, 0, wrong)
            self.assertRegex(done.stderr, said)
        # somebody else's object is a row
        done = run_load(self.server, "--dataset", "doc_other", "-", stdin=b'{"dataset":"d","rows":"2"}\n')
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_query_says_which_rows_and_fields(self):
        out, _ = export(self.server, "--query", "rows name, nothing, n from cases where n > 5 order by n desc limit 2;", "--format", "csv")
        self.assertEqual(out, b'key,name,nothing,n\r\nc_4,\xff\xfe no utf-8,,12345678\r\nc_8,"",,8\r\n')
        _, error = export(self.server, "--dataset", "cases", "--where", "nn = 1", "--format", "csv")
        self.assertIn("note: no row of cases has the field 'nn'", error)

    def test_the_column_of_keys(self):
        out, _ = export(self.server, "--dataset", "cases", "--where", "n = 8", "--format", "csv", "--key", "id")
        self.assertTrue(out.startswith(b"id,born,"))
        out, _ = export(self.server, "--dataset", "cases", "--where", "n = 8", "--format", "csv", "--no-key")
        self.assertEqual(out, b'born,code,langs,n,name,only `here`,seen,x\r\n,,,8,"",,,\r\n')
        _, error = export(self.server, "--dataset", "cases", "--format", "csv", "--key", "n", status=1)
        self.assertIn("the rows have a field 'n'", error)


class Many(Case):
    options = ["--max-rows", "1000"]

    def test_all_rows_of_a_dataset_have_no_limit(self):
        rows = harness.generate(5000)
        done = run_load(self.server, "--dataset", "current", "-", stdin=rows)
        self.assertEqual(done.returncode, 0, done.stderr)
        out, error = export(self.server, "--dataset", "current", "--format", "csv")
        read, given = ({row.pop("key"): {k: v for k, v in row.items() if v} for row in csv.DictReader(io.StringIO(text.decode()))}
                       for text in (out, rows))
        self.assertEqual(read, given)
        self.assertNotIn("note", error)
        out, _ = export(self.server, "--query", "rows value_1 from current", "--format", "csv")
        self.assertEqual(len(out.splitlines()), 5001)
        # a version beside it, whose rows have an address
        self.client.call("DATASET", "CREATE", "current_2", "PREFIX", "profile_")
        self.client.pipeline([("HSET", "current_2:profile_%d" % i, "f", i) for i in range(1200)])
        out, error = export(self.server, "--dataset", "current_2", "--format", "csv")
        self.assertEqual(sorted(out.decode().split()), sorted(["key,f"] + ["profile_%d,%d" % (i, i) for i in range(1200)]))


    def test_rows_of_a_condition_have_no_limit(self):
        """They are read in parts; a row that is there all the time, and for which it holds, is exported once."""
        self.client.call("DATASET", "CREATE", "parts", "PREFIX", "part_")
        given = {"part_%d" % i: {"n": str(i % 5), "x": "a\r\n\"b\"" if i % 9 else ""} for i in range(6000)}
        self.client.pipeline([("HSET", key, *[part for pair in row.items() for part in pair]) for key, row in given.items()])
        held = {key: row for key, row in given.items() if row["n"] != "0"}
        path = self.path("parts.csv")
        _, error = export(self.server, "--dataset", "parts", "--where", "n > 0", "-o", path)
        self.assertIn("4,800 rows exported", error)
        self.assertNotIn("meanwhile", error)
        self.assertEqual(self.read(path), held)
        _, error = export(self.server, "--query", "rows n, x from parts where n > 0 && n != 9", "-o", path, "--key", "id")
        self.assertEqual(self.read(path, "id"), held)
        written = threading.Event()
        writer = threading.Thread(target=self.write_others, args=(written,))
        writer.start()
        try:
            export(self.server, "--dataset", "parts", "--where", "n > 0", "-o", path)
        finally:
            written.set()
            writer.join()
        read = self.read(path)
        self.assertEqual({key: row for key, row in read.items() if key in held}, held)
        for asked in ("order by n", "limit 2000"):
            _, error = export(self.server, "--query", "rows n from parts where n > 0 " + asked, "--format", "csv", status=1)
            self.assertIn("LIMIT max-rows is 1000", error)
            self.assertIn("Without ORDER BY, LIMIT and OFFSET there is no such limit", error)

    def test_a_user_exports_by_the_rights_of_rows(self):
        self.client.call("DATASET", "CREATE", "guarded", "PREFIX", "guard_")
        self.client.pipeline([("HSET", "guard_%d" % i, "n", "1") for i in range(1500)])
        for name, words, status in (("eve", ("+@crosstab", "%R~guard_*"), 0), ("ann", ("+@all", "~*", "suppress-below:5"), 1), ("bob", ("+@all", "~guard_1*"), 1)):
            self.client.call("ACL", "SETUSER", name, "on", ">" + name, "alldatasets", *words)
            out, error = export(self.server, "--user", name, "--pass", name, "--query", "rows n from guarded where n = 1", "--format", "csv", status=status)
            self.assertEqual(len(out.splitlines()), 0 if status else 1501)
            self.assertEqual("NOPERM" in error, status == 1, error)
            self.client.call("ACL", "DELUSER", name)

    def version(self, name, prefix, count=ROWS_OF_PARTS):
        """A dataset whose parts are larger than what a pipe and the program hold (64 and 256 KiB)."""
        self.client.call("DATASET", "CREATE", name, "PREFIX", prefix)
        self.client.pipeline([("HSET", "%s:%s%d" % (name, prefix, i), "n", "1", "of", name, "x", "x" * 500) for i in range(count)])
        self.wait_indexed(name)

    def wait_indexed(self, name):
        def is_counted():
            try:
                self.client.call("QUERY", "count from `%s`" % name)
                return True
            except harness.ReplyError as error:
                self.assertEqual(error.code, "INDEXING")
                return False
        wait_until(is_counted, "the index of %s" % name)

    def export_while(self, change, *args):
        """Status, how many rows of which dataset, and standard error; `change` is called while the first part is read."""
        command = [EXPORT, "--port", str(self.server.port), "--format", "csv", *args]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
            begun = os.read(done.stdout.fileno(), 100)
            change()
            rest, error = done.communicate(timeout=300)
        rows = csv.DictReader(io.StringIO((begun + rest).decode()))
        return done.returncode, collections.Counter(row["of"] for row in rows), error.decode()

    def test_rows_of_a_dataset_that_is_replaced_meanwhile_are_an_error(self):
        """As quipu-load --replace does it; the name is the dataset's own, or an alias."""
        for number, condition in enumerate(((), ("--where", "n = 1"))):
            prefix, name = "re%d_" % number, "re%d" % number
            self.version(name, prefix)
            for old, new in ((name, name + ".2"), (name + ".2", name + ".3")):
                self.version(new, prefix)

                def replace():
                    self.client.call("DATASET", "ALIAS", name, new)
                    self.client.call("DATASET", "DROP", old)
                status, _, error = self.export_while(replace, "--dataset", name, *condition)
                self.assertEqual(status, 1, error)
                self.assertIn("NODATASET '%s' was replaced or dropped while its rows were read, which were those of dataset '%s'" % (name, old), error)
                self.assertNotIn("exported", error)

    def test_rows_of_a_dataset_that_is_made_anew_meanwhile_are_an_error(self):
        self.version("anew", "anew_")
        before = harness.pairs(self.client.call("DATASET", "INFO", "anew"))["made"]

        def make_anew():
            self.client.call("DATASET", "DROP", "anew")
            wait_until(lambda: b"anew" not in (harness.pairs(told)["name"] for told in self.client.call("DATASET", "LIST")), "the drop")
            self.version("anew", "anew_")
        status, _, error = self.export_while(make_anew, "--dataset", "anew", "--where", "n = 1")
        self.assertEqual(status, 1, error)
        self.assertIn("NODATASET 'anew' was replaced or dropped", error)
        self.assertNotEqual(harness.pairs(self.client.call("DATASET", "INFO", "anew"))["made"], before)

    def test_pages_stay_with_the_dataset_that_an_alias_meant(self):
        for name in ("w46", "w47"):
            self.version(name, "week_")

        def switch():
            self.client.call("DATASET", "ALIAS", "now", "w47")
        for words, status in (((), 0), (("--user", "eve", "--pass", "eve"), 1)):
            # eve has no right to a version that `now` does not mean
            self.client.call("ACL", "SETUSER", "eve", "on", ">eve", "+@crosstab", "%R~week_*", "dataset:now")
            self.client.call("DATASET", "ALIAS", "now", "w46")
            found, rows, error = self.export_while(switch, "--dataset", "now", "--where", "n = 1", *words)
            self.assertEqual(found, status, error)
            if status:
                self.assertIn("NODATASET 'now' was replaced or dropped", error)
            else:
                self.assertEqual(rows, {"w46": ROWS_OF_PARTS})
                self.assertNotIn("note", error)
        # one whose own name means another dataset has the alias alone
        self.client.call("DATASET", "ALIAS", "hidden", "w46")
        self.client.call("DATASET", "ALIAS", "w46", "w47")
        status, rows, error = self.export_while(lambda: None, "--dataset", "hidden", "--where", "n = 1")
        self.assertEqual((status, rows), (0, {"w46": ROWS_OF_PARTS}), error)

    def read(self, path, key="key"):
        """The rows of a file, in which each key stands once."""
        with open(path, newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len({row[key] for row in rows}), len(rows))
        return {row.pop(key): row for row in rows}

    def write_others(self, is_over):
        """Rows for which it does not hold come to hold it, and go, until the event."""
        with self.server.client() as client:
            for i in itertools.cycle(range(0, 6000, 5)):
                if is_over.is_set():
                    return
                client.pipeline([("HSET", "part_%d" % i, "n", "3"), ("HSET", "part_%d" % ((i + 3000) % 6000), "n", "0"), ("HSET", "part_new%d" % i, "n", "1"),
                                 ("DEL", "part_new%d" % ((i + 3000) % 6000))])


class Statistics(Case):
    """Files of SPSS and Stata, beside R and pandas (tests/e2e/stat_by_r.R, stat_by_pandas.py)."""

    SMALL = ("--dataset", "cases", "--where", "n != 6")
    TEXTS = ['say "hi", ok', "line\r\nbreak\tand ;", "größe ∑ 名前", "\ufffd\ufffd no utf-8", "nul\ufffdhere", " blanks around", None]

    def kept(self):
        return {key: row for key, row in HOSTILE.items() if key != "c_6"}

    def column(self, field):
        return [row[field].decode() if field in row else None for row in self.kept().values()]

    def again(self, path, name):
        """What was exported, loaded again, counts the same."""
        done = run_load(self.server, "--dataset", name, "--multi", "langs", ";", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        for field in ("n", "born", "seen", "x", "langs", "code"):
            query = "count %s from %%s where n != 6" % field
            self.assertEqual(self.query(query % name), self.query(query % "cases"), field)
        names = [self.client.call("HGET", "%s_%s" % (name, key), "name") for key in self.kept()]
        self.assertEqual([text and text.decode() for text in names], self.TEXTS)
        said = {item["field"]: item for item in map(harness.pairs, self.client.call("DATASET", "DESCRIBE", name))}
        self.assertEqual(said[b"n"]["labels"], [b"1", b"one", b"2", "two; größer".encode()])
        self.assertEqual(said[b"n"]["label"], b"How many there are")

    def test_sav_is_what_r_reads(self):
        path = self.path("cases.sav")
        _, error = export(self.server, *self.SMALL, "-o", path)
        self.assertIn("'code' is text: it has numbers, and others, as '007'", error)
        self.assertIn("'only `here`' is called only__here_ there", error)
        done = subprocess.run(["Rscript", os.path.join(harness.ROOT, "tests/e2e/stat_by_r.R"), path], stdout=subprocess.PIPE, check=True)
        cells, labels, titles = {}, {}, {}
        for line in done.stdout.decode().replace("line\r\nbreak\tand", "line break and").split("\n"):
            kind, *words = line.split("\t")
            if kind == "column":
                name = words[0]
                titles[name] = words[1]
                cells[name] = []
            elif kind == "cell":
                cells[name].append(words[0])
            elif kind == "label":
                labels[words[0]] = words[1]
        self.assertEqual(cells["key"], list(self.kept()))
        self.assertEqual(cells["n"], self.column("n"))
        self.assertEqual(cells["x"][:4], ["0.10000000000000001", "-17.25", "1000", "2.5"])
        self.assertEqual(cells["born"], ["13557888000", "13165977600", "NA", "NA", "NA", "13802313600", "NA"])
        self.assertEqual(cells["seen"][:2], [str(13557888000 + 34205), "11903846399"])
        self.assertEqual(cells["code"], [text or "" for text in self.column("code")])
        self.assertEqual((labels, titles["n"]), ({"1": "one", "2": "two; größer"}, "How many there are"))
        self.again(path, "again_sav")

    def test_dta_is_what_pandas_reads(self):
        plain = self.path("cases.dta")
        _, error = export(self.server, "--dataset", "cases", "-o", plain)
        self.assertNotIn("is called born", error)
        done = subprocess.run(["/usr/bin/python3", os.path.join(harness.ROOT, "tests/e2e/stat_by_pandas.py"), "read", plain],
                              stdout=subprocess.PIPE, check=True)
        read = json.loads(done.stdout)
        self.assertEqual(read["columns"]["key"], list(HOSTILE))
        self.assertEqual(read["columns"]["name"], self.TEXTS[:5] + ["x" * 65536] + self.TEXTS[5:])
        self.assertEqual([float(n) for n in read["columns"]["n"]], [float(row["n"]) for row in HOSTILE.values()])
        self.assertEqual(read["columns"]["x"][:5], ["0.1", "-17.25", "1000.0", "2.5", None])
        self.assertEqual(read["columns"]["born"][:3], ["2012-06-01T00:00:00", "1999-12-31T00:00:00", None])
        self.assertEqual(read["columns"]["seen"][:3], ["2012-06-01T09:30:05", "1960-01-01T23:59:59", None])
        self.assertEqual(read["labels"]["n"], {"1": "one", "2": "two; größer"})
        self.assertEqual(read["titles"]["n"], "How many there are")
        path = self.path("cases.dta.zst")
        export(self.server, *self.SMALL, "-o", path)
        self.again(path, "again_dta")

    def test_a_table_of_a_count_in_sav(self):
        path = self.path("table.sav")
        _, error = export(self.server, "--query", "count n in [1,3], langs from cases totals", "-o", path)
        self.assertIn("a table of", error)
        done = subprocess.run(["Rscript", os.path.join(harness.ROOT, "tests/e2e/stat_by_r.R"), path], stdout=subprocess.PIPE, check=True)
        cells, labels = {}, {}
        for line in done.stdout.decode().splitlines():
            kind, *words = line.split("\t")
            if kind == "column":
                column = cells.setdefault(words[0], [])
            elif kind == "cell":
                column.append(words[0])
            elif kind == "label":
                labels[words[0]] = words[1]
        self.assertEqual(cells, {"totals": ["", "", "langs", "", "langs", "n", "n", "n,langs"], "n": ["1", "1", "1", "2", "2", "NA", "NA", "NA"],
                                 "langs": ["de", "fr", "", "de", "", "de", "fr", ""], "count": ["1", "1", "1", "1", "1", "2", "1", "2"]})
        self.assertEqual(labels, {"1": "one", "2": "two; größer"})

    def test_a_table_has_labels_too(self):
        path = self.path("table.dta")
        export(self.server, "--query", "count n in [1,3], langs from cases totals", "-o", path)
        done = subprocess.run(["/usr/bin/python3", os.path.join(harness.ROOT, "tests/e2e/stat_by_pandas.py"), "read", path],
                              stdout=subprocess.PIPE, check=True)
        read = json.loads(done.stdout)
        self.assertEqual(read["columns"], {"totals": [None, None, "langs", None, "langs", "n", "n", "n,langs"],
                                           "n": ["1.0", "1.0", "1.0", "2.0", "2.0", None, None, None],
                                           "langs": ["de", "fr", None, "de", None, "de", "fr", None],
                                           "count": ["1", "1", "1", "1", "1", "2", "1", "2"]})
        self.assertEqual(read["labels"]["n"], {"1": "one", "2": "two; größer"})

    def test_what_a_format_cannot_hold_is_said(self):
        path = self.path("wide.sav")
        _, error = export(self.server, "--dataset", "cases", "-o", path, status=1)
        self.assertIn("'name' has a text of 65536 bytes, and SPSS holds 32767", error)
        self.assertFalse(os.path.exists(path))
        out, error = export(self.server, *self.SMALL, "--format", "sav", "--text")
        self.assertTrue(out.startswith(b"$FL2"))
        self.assertNotIn("is text: it has", error)
        out, _ = export(self.server, "--dataset", "cases", "--where", "n = 77", "--format", "dta")
        self.assertIn(b"<stata_dta>", out)


class Tables(Case):
    QUERY = "count n in [1,3], langs from cases totals"

    def test_csv_and_json_are_the_servers_own(self):
        for name in ("csv", "json"):
            out, _ = export(self.server, "--query", self.QUERY, "--format", name)
            own = self.query(self.QUERY + " format " + name)
            fixed = [re.sub(rb'"took_us":\d+', b"", text) for text in (out.rstrip(b"\n"), own.rstrip(b"\n"))]
            self.assertEqual(*fixed)
        out, _ = export(self.server, "--query", "count (n), (langs) from cases", "--format", "csv")
        self.assertEqual(out.count(b"count\r\n"), 2)

    def test_ndjson_has_a_line_for_each_cell(self):
        out, _ = export(self.server, "--query", self.QUERY, "--format", "ndjson")
        self.assertEqual([json.loads(line) for line in out.decode().splitlines()], [
            {"n": 1, "langs": "de", "count": 1}, {"n": 1, "langs": "fr", "count": 1}, {"totals": "langs", "n": 1, "count": 1},
            {"n": 2, "langs": "de", "count": 1}, {"totals": "langs", "n": 2, "count": 1}, {"totals": "n", "langs": "de", "count": 2},
            {"totals": "n", "langs": "fr", "count": 1}, {"totals": "n,langs", "count": 2}])

    def test_what_is_no_table_is_refused(self):
        for query, said in (("explain count from cases", "EXPLAIN"), ("count n from cases into k", "INTO"), ("count from cases format csv", "FORMAT"),
                            ("count form cases", "SYNTAX at column"), ("count from nothing", "NODATASET")):
            _, error = export(self.server, "--query", query, "--format", "csv", status=1)
            self.assertIn(said, error)
        for query, said in (("count (n), (langs) from cases", "several tables"), ("count n as a, langs as a from cases", "AS")):
            _, error = export(self.server, "--query", query, "--format", "ndjson", status=1)
            self.assertIn(said, error)


class Half(threading.Thread):
    """A server that sends a part of its rows. Then it goes on waiting, until it is closed."""

    ANSWERS = {b"explain": b"*0\r\n", b"describe": b"*2\r\n$1\r\na\r\n*0\r\n",
               b"rows": b"*9\r\n" + b"*3\r\n$3\r\np_1\r\n$1\r\na\r\n$1\r\n7\r\n" * 4}

    def __init__(self):
        super().__init__()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connection = None
        self.is_sent = False
        self.start()

    def run(self):
        self.connection, _ = self.listener.accept()
        while not self.is_sent:
            words = self.connection.recv(65536).split(b"\r\n")
            if len(words) < 5:
                return
            kind = words[4].split()[0]
            self.connection.sendall(self.ANSWERS[kind])
            self.is_sent = kind == b"rows"

    def close(self):
        self.connection.close()
        self.listener.close()
        self.join()


class Cut(unittest.TestCase):
    """An export that ends in the middle."""

    def start(self, *args):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        half = Half()
        path = os.path.join(folder.name, "rows.csv")
        export = subprocess.Popen([EXPORT, "--port", str(half.port), "--dataset", "d", "-o", path, *args], stderr=subprocess.PIPE)
        wait_until(lambda: half.is_sent and os.listdir(folder.name), "a part of the rows")
        self.assertEqual([name[:8] + name[-5:] for name in os.listdir(folder.name)], ["rows.csv.part"])
        return half, export, folder.name

    def test_a_lost_connection_leaves_no_file(self):
        half, export, folder = self.start()
        half.close()
        _, error = export.communicate(timeout=60)
        self.assertEqual((export.returncode, os.listdir(folder)), (1, []))
        self.assertIn(b"Server closed the connection", error)

    def test_an_interrupt_leaves_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            half, export, folder = self.start("--format", "csv")
            export.send_signal(number)
            _, error = export.communicate(timeout=60)
            half.close()
            self.assertEqual((export.returncode, os.listdir(folder)), (1, []))
            self.assertIn(b"interrupted: no file was written", error)


class Files(Case):
    def test_a_file_is_there_as_a_whole_or_not_at_all(self):
        path = self.path("old.csv")
        with open(path, "w") as file:
            file.write("old")
        os.chmod(path, 0o640)
        export(self.server, "--dataset", "nothing", "-o", path, status=1)
        export(self.server, "--dataset", "cases", "-o", path, "--key", "n", status=1)
        with open(path) as file:
            self.assertEqual(file.read(), "old")
        export(self.server, "--dataset", "cases", "-o", path)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o640)
        self.assertEqual([name for name in self.files() if name.startswith("old")], ["old.csv"])

    def test_a_full_disk_is_an_error(self):
        with open("/dev/full", "wb") as full:
            _, error = export(self.server, "--dataset", "cases", "--format", "csv", status=1, stdout=full)
        self.assertIn("standard output: No space left on device", error)
        _, error = export(self.server, "--dataset", "cases", "--format", "csv", "-o", "/dev/full", status=1)
        self.assertIn("/dev/full: No space left on device", error)

    def test_wrong_options_are_one_line(self):
        for args, said in ((["--nonsense"], "no such option"), (["--dataset", "cases"], "--format"), (["--format", "csv"], "--dataset or --query"),
                           (["--dataset", "cases", "--format", "xls"], "csv, json, ndjson, sav, dta"), (["--port", "x"], "a number from 1 to 65535"),
                           (["--query", "count from cases", "--where", "n = 1", "--format", "csv"], "--where"),
                           (["--dataset", "cases", "file.csv"], "-o")):
            _, error = export(self.server, *args, status=2)
            self.assertIn(said, error)
            self.assertEqual(error.count("\n"), 1)
            self.assertIn("(quipu-export --help lists the options)", error)


if __name__ == "__main__":
    harness.main()
