"""Parquet, SQL and Arrow: typed files that other programs wrote, loaded and counted as those programs count them.

DuckDB (npm @duckdb/node-api) and Apache Arrow (npm apache-arrow) write the files and are asked for the counts.
"""

import datetime
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import ROOT, ReplyError, ServerCase, run_load, wait_until

CLIENTS = os.path.join(ROOT, "tests", "clients")
NODE_MODULES = os.path.join(ROOT, "build", "clients", "node_modules")  # by scripts/setup
LIBRARY = os.path.join(ROOT, "build", "duckdb", "libduckdb.so")  # by scripts/setup
os.environ.setdefault("QUIPU_DUCKDB", LIBRARY)  # other builds than build/ do not have it beside them

NPM_DUCKDB = os.path.join(NODE_MODULES, "@duckdb", "node-api")  # which writes the files
needs_duckdb = unittest.skipUnless(
    os.path.exists(LIBRARY) and os.path.isdir(NPM_DUCKDB), "SKIPPED: scripts/setup has not installed DuckDB's library and npm's @duckdb/node-api"
)


def node(script, *words):
    done = subprocess.run(
        ["node", os.path.join(CLIENTS, script), *words], env=dict(os.environ, NODE_PATH=NODE_MODULES),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
    )
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())
    return json.loads(done.stdout)


def duckdb(*statements):
    """The rows of the last statement, as texts."""
    return node("duckdb_run.js", *statements)


def dry_run(*words, status=0, env=None):
    done = subprocess.run(
        [harness.LOAD, "--dry-run", *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=env and dict(os.environ, **env), timeout=120,
    )
    if done.returncode != status:
        raise AssertionError("status %d: %s" % (done.returncode, done.stderr.decode()))
    return (done.stderr if status else done.stdout).decode()


class Folder(unittest.TestCase):
    """A folder for files."""

    def setUp(self):
        super().setUp()
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_parquet(self, sql, name="file.parquet", options=""):
        path = self.path(name)
        duckdb("copy (%s) to '%s' (format parquet%s)" % (sql, path.replace("'", "''"), options))
        return path


class Loading(Folder, ServerCase):
    """A dataset of its own for each test."""

    ntests = 0

    def setUp(self):
        super().setUp()
        Loading.ntests += 1
        self.name = "t%02dx" % Loading.ntests

    def load(self, *words, status=0):
        done = run_load(self.server, "--dataset", self.name, *words)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def row(self, number):
        fields = self.client.call("HGETALL", "%s_%d" % (self.name, number))
        return {name.decode(): value.decode() for name, value in zip(fields[0::2], fields[1::2])}

    def answer(self, query):
        """Of a query, when the index of the dataset is complete."""
        answers = []

        def is_counted():
            try:
                answers.append(self.query(query.replace("survey", self.name)))
                return True
            except ReplyError as error:
                if error.code == "INDEXING":
                    return False
                raise

        wait_until(is_counted, "the index is complete")
        return answers[0]

    def counts(self, query):
        """Of one dimension, as {value: rows}."""
        return {row[0].decode(): row[1] for row in self.answer(query)}


TYPES = {
    # what SQL has, and the cell
    "true": "true",
    "(-128)::tinyint": "-128",
    "(-32768)::smallint": "-32768",
    "2147483647": "2147483647",
    "(-9223372036854775808)::bigint": "-9223372036854775808",
    "255::utinyint": "255",
    "65535::usmallint": "65535",
    "4294967295::uinteger": "4294967295",
    "18446744073709551615::ubigint": "18446744073709551615",
    "(-170141183460469231731687303715884105728)::hugeint": "-170141183460469231731687303715884105728",
    "340282366920938463463374607431768211455::uhugeint": "340282366920938463463374607431768211455",
    "0.1::float": "0.1",
    "16777216::float": "16777216",
    "0.1::double": "0.1",
    "1e300::double": "1e+300",
    "'nan'::double": "NaN",
    "'-inf'::float": "-Infinity",
    "1.50::decimal(4,2)": "1.50",
    "(-0.05)::decimal(18,2)": "-0.05",
    "12345678901234567890.123456789::decimal(38,9)": "12345678901234567890.123456789",
    "date '2024-02-29'": "2024-02-29",
    "date '0001-01-01'": "0001-01-01",
    "date '1969-12-31'": "1969-12-31",
    "time '23:59:59.000001'": "23:59:59.000001",
    "timestamp '1969-12-31 23:59:59.5'": "1969-12-31T23:59:59.5",
    "timestamp_s '2024-02-29 12:00:00'": "2024-02-29T12:00:00",
    "timestamp_ms '2024-02-29 12:00:00.25'": "2024-02-29T12:00:00.25",
    "timestamp_ns '2024-02-29 12:00:00.123456789'": "2024-02-29T12:00:00.123456789",
    "timestamptz '2024-02-29 12:00:00+02'": "2024-02-29T10:00:00Z",
    "'infinity'::timestamp": "infinity",
    "'short'": "short",
    "'longer than twelve bytes, äöü'": "longer than twelve bytes, äöü",
    "'small'::enum('big', 'small')": "small",
    "'text'::blob": "text",
    "'\\xAAb\\x5C'::blob": "\\xAAb\\x5C",
    "uuid '123e4567-e89b-12d3-a456-426614174000'": "123e4567-e89b-12d3-a456-426614174000",
    "interval '1 year 2 days'": "1 year 2 days",
    "'{\"a\": 1}'::json": '{"a": 1}',
    "[1, null, 3]": "1|3",
    "[1.5, 2.5]::decimal(3,1)[2]": "1.5|2.5",
    "[]": "",
    "map {'k': [1]}": "{k=[1]}",
    "[[1], [2, 3]]": "[[1], [2, 3]]",
    "'101'::bit": "101",
    "null": "",
    "''": "",
}


@needs_duckdb
class SqlLoaded(Loading):
    def test_each_type_has_its_text(self):
        columns = ", ".join("%s as c%d" % (sql, i) for i, sql in enumerate(TYPES))
        message = self.load("--sql", "select " + columns)
        self.assertIn("read as SQL: by DuckDB v", message)
        row = self.row(1)
        self.assertEqual([row.get("c%d" % i, "") for i in range(len(TYPES))], list(TYPES.values()))

    def test_structs_are_fields_and_lists_have_several_values(self):
        self.load("--sql", "select {'x': n, 'in': {'y': case when n > 1 then 'a' end}} as s, ['p|q', 'r'] as l from range(3) t(n)")
        self.assertEqual(self.row(1), {"s.x": "0", "l": "p|q;r"})
        self.assertEqual(self.row(3), {"s.x": "2", "s.in.y": "a", "l": "p|q;r"})
        self.assertEqual(self.counts("count l from survey"), {"p|q": 3, "r": 3})

    def test_statements_before_the_last_are_run(self):
        self.load("--sql", "create table t as select 1 as a; insert into t values (2); select * from t;")
        self.assertEqual(self.counts("count a from survey"), {"1": 1, "2": 1})

    def test_names_that_come_twice_get_numbers(self):
        self.load("--sql", "select 1 as a, 2 as a")
        self.assertEqual(self.row(1), {"a": "1", "a_2": "2"})


@needs_duckdb
class SqlRead(Folder):
    def test_a_value_that_holds_what_stands_between_values_is_an_error_with_its_row(self):
        sql = "select case when n = 9000 then ['a;b'] else ['c', 'd'] end as l from range(9001) t(n)"
        message = dry_run("--multi", "l", ";", "--sql", sql, status=1)
        self.assertIn("the query, row 9001: 'a;b', a value of 'l', holds ';'", message)
        self.assertIn("--multi 'l' SEP", message)

    def test_a_wrong_query_shows_what_duckdb_says_and_where(self):
        message = dry_run("--sql", "select a frm t", status=1)
        self.assertIn("quipu-load: the query: Parser Error: syntax error", message)
        self.assertIn("LINE 1: select a frm t", message)
        self.assertEqual(dry_run("--sql", " ; ", status=1), "quipu-load: the query: no statement: ' ; '\n")

    def test_a_query_that_fails_behind_some_rows_says_where(self):
        sql = "select case when n < 300000 then n::varchar else error('no more') end as a from range(400000) t(n)"
        self.assertRegex(dry_run("--sql", sql, status=1), r"the query, row \d+: (Invalid Input Error: no more\n|DuckDB broke off)")

    def test_a_query_stands_in_place_of_a_file(self):
        self.assertIn("--sql stands in place of a file", dry_run("--sql", "select 1", "a.csv", status=2))

    def test_a_query_that_takes_long_can_be_interrupted(self):
        sql = "select max(hash(a.range, b.range)) from range(1000000) a, range(1000000) b"
        load = subprocess.Popen([harness.LOAD, "--dry-run", "--sql", sql], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_until(lambda: harness.cpu_s(load.pid) > 0.5, "the query is worked on")
        load.send_signal(signal.SIGINT)
        self.assertEqual(load.communicate(timeout=60)[1], b"quipu-load: the query: stopped by a signal\n")
        self.assertEqual(load.returncode, 1)


@needs_duckdb
class ParquetLoaded(Loading):
    def test_a_file_counts_as_duckdb_counts_it(self):
        sql = """select n % 7 as a, case when n % 5 > 0 then (n * 7919 % 13) / 4 end as d, 'v' || (n * n % 11) as t,
                 date '2024-01-01' + (n % 400)::integer as day, n % 3 = 0 as b, ['x' || n % 2, 'y' || n % 3] as tags,
                 {'k': n % 4} as s from range(20000) r(n)"""
        path = self.write_parquet(sql, options=", row_group_size 2048")
        message = self.load(path)
        self.assertIn("read as Parquet: by DuckDB v", message)
        self.assertIn("20,000 rows loaded", message)
        for field in ("a", "d", "t", "b", "s.k"):
            told = duckdb("select %s::varchar, count(*)::varchar from '%s' where %s is not null group by 1" % (field, path, field))
            told = {value[:-2] if value.endswith(".0") else value: int(n) for value, n in told}
            self.assertEqual(self.counts("count `%s` from survey" % field), told)
        told = duckdb("select tag, count(*)::varchar from (select unnest(tags) as tag from '%s') group by 1" % path)
        self.assertEqual(self.counts("count tags from survey"), {value: int(n) for value, n in told})
        told = duckdb("select strftime(day, '%%Y-%%m'), count(*)::varchar from '%s' where a = 3 group by 1" % path)
        self.assertEqual(self.counts("count day by month from survey where a = 3"), {value: int(n) for value, n in told})

    def test_a_query_names_a_file(self):
        path = self.write_parquet("select n % 3 as carrier, n as delay from range(100) t(n)", name="flights.parquet")
        self.load("--sql", "select * from '%s' where delay > 60" % path)
        told = duckdb("select carrier::varchar, count(*)::varchar from '%s' where delay > 60 group by 1" % path)
        self.assertEqual(self.counts("count carrier from survey"), {value: int(n) for value, n in told})
        self.assertEqual(self.row(1), {"carrier": "1", "delay": "61"})

    def test_a_key_makes_it_loadable_again(self):
        path = self.write_parquet("select n as id, n % 2 as a from range(100) t(n)")
        self.load("--key", "id", path)
        self.assertIn("the same as before: 100", self.load("--key", "id", path))

    def test_names_that_sql_must_quote(self):
        path = self.write_parquet("""select map {'a': 1} as "m ""x", 1 as "select" """)
        self.load(path)
        self.assertEqual(self.row(1), {'m "x': "{a=1}", "select": "1"})


@needs_duckdb
class ParquetRead(Folder):
    def test_any_name_of_a_file_is_its_own(self):
        path = self.write_parquet("select 1 as a", name="x=1[a]*'?.bin")
        self.assertIn("a             1", dry_run(path))
        self.assertNotIn("x ", dry_run(path).split("first rows")[1])

    def test_an_empty_file_has_fields_and_no_rows(self):
        page = dry_run(self.write_parquet("select 1 as a where false"))
        self.assertIn("rows         0;", page)
        self.assertIn("\na\n", page.split("first rows")[1])

    def test_a_damaged_file_is_an_error(self):
        path = self.write_parquet("select n as a, 'text ' || n as t from range(5000) t(n)")
        with open(path, "rb") as file:
            good = file.read()
        for bad in (good[: len(good) // 2], good[:200] + b"\xff" * 400 + good[600:]):
            with open(path, "wb") as file:
                file.write(bad)
            self.assertIn(path, dry_run(path, status=1))

    def test_a_pipe_is_refused(self):
        with open(self.write_parquet("select 1 as a"), "rb") as file:
            done = subprocess.run([harness.LOAD, "--dry-run", "-"], stdin=file, stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard input: Parquet is read from a file", done.stderr)

    def test_a_text_that_begins_as_parquet_does_is_text(self):
        path = self.path("a.csv")
        with open(path, "w") as file:
            file.write("PAR1,b\n1,2\n")
        self.assertIn("read as      CSV", dry_run(path))

    def test_the_shell_opens_it(self):
        path = self.write_parquet("select n % 2 as a from range(10) t(n)", name="flights.parquet")
        done = subprocess.run(
            [os.path.join(harness.BIN, "quipu"), path, "-c", "count a from flights format csv"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, env=harness.sanitizer_env(),
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("0,5", done.stdout.decode())


needs_arrow = unittest.skipUnless(
    os.path.isdir(os.path.join(NODE_MODULES, "apache-arrow")), "SKIPPED: scripts/setup has not installed npm's apache-arrow"
)


def arrow_row(n):
    """Row n of tests/clients/arrow_files.js, as cells."""
    if n % 7 == 0:
        return {"last": str(n)}
    row = {
        "i8": str(n % 256 - 128), "u64": str(18446744073709551615 - n), "i64": str(n - 9223372036854775808),
        "half": "%g" % (n % 100 / 4), "single": "%g" % (n % 1000 / 10), "double": repr(n / 3).removesuffix(".0"),
        "bool": str(n % 3 == 0).lower(), "text": "téxt %d" % (n % 50), "large": "large %d" % (n % 5),
        "bytes": chr(65 + n % 26) + ("B" if n % 2 else "\\xC8"), "word": "word%d" % (n % 9),
        "day": str(datetime.date(2024, 1, 1) + datetime.timedelta(n % 800)),
        "ms": str(datetime.date(1969, 1, 1) + datetime.timedelta(n % 800)),
        "time": iso(datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=n * 1001 % 86400000))[11:],
        "stamp": iso(datetime.datetime(2024, 2, 29) + datetime.timedelta(milliseconds=n * 1001)),
        "moment": iso(datetime.datetime(2024, 2, 29) + datetime.timedelta(seconds=n)) + "Z",
        "lasts": "%g" % (n * 0.25), "pair": "%d|0.5" % (n % 2), "pos.x": str(n % 10), "last": str(n),
    }
    if n % 4:
        row["list"] = "%d|%d" % (n % 3, n % 5)
    if n % 2:
        row["pos.t"] = "odd"
    return row


def iso(moment):
    return moment.isoformat()[:23].rstrip("0" if "." in moment.isoformat() else "")


@needs_arrow
class Arrow(Loading):
    NROWS, NBATCH = 3000, 1024

    def write(self, form, *codec):
        path = self.path("file." + form)
        node("arrow_files.js", "write", path, form, str(self.NROWS), str(self.NBATCH), *codec)
        return path

    def check(self, path, read_as):
        message = self.load(path)
        self.assertIn("read as Arrow IPC: " + read_as, message)
        self.assertIn("'map' is left out: values of Arrow's type Map are not read", message)
        replies = self.client.pipeline([("HGETALL", "%s_%d" % (self.name, n + 1)) for n in range(self.NROWS)])
        for n, fields in enumerate(replies):
            row = {name.decode(): value.decode() for name, value in zip(fields[0::2], fields[1::2])}
            self.assertEqual(row, arrow_row(n), n)

    def test_every_cell_of_a_file(self):
        self.check(self.write("file"), "a file")

    def test_every_cell_of_a_stream(self):
        self.check(self.write("stream"), "a stream")

    def test_compressed_batches(self):
        for codec in ("zstd", "lz4"):
            self.name += codec
            self.check(self.write("stream", codec), "a stream")

    def test_a_stream_from_a_pipe_compressed_as_a_whole(self):
        with open(self.write("stream"), "rb") as file:
            content = file.read()
        for data in (content, gzip.compress(content)):
            done = subprocess.run([harness.LOAD, "--dry-run", "-"], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertIn(b"rows         3,000;", done.stdout, done.stderr)

    def test_a_file_without_a_schema_in_front_from_a_pipe_is_refused(self):
        with open(self.write("file"), "rb") as file:
            done = subprocess.run([harness.LOAD, "--dry-run", "-"], stdin=file, stderr=subprocess.PIPE)
        self.assertIn(b"standard input: its schema is at its end: read it from a file", done.stderr)

    def test_what_is_cut_off_is_an_error(self):
        for form in ("file", "stream"):
            path = self.write(form)
            for part in (100, 5000, os.path.getsize(path) - 20000):
                cut = shutil.copy(path, path + ".cut")
                os.truncate(cut, part)
                self.assertIn("cut off", dry_run(cut, status=1))

    def test_damaged_bytes_are_an_error_or_other_cells_and_no_crash(self):
        path = self.write("stream")
        with open(path, "rb") as file:
            good = file.read()
        random.seed(17)
        for _ in range(40):
            bad = bytearray(good)
            for _ in range(8):
                bad[random.choice((random.randrange(4000), random.randrange(len(bad))))] = random.randrange(256)
            done = subprocess.run([harness.LOAD, "--dry-run", "-"], input=bytes(bad), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertIn(done.returncode, (0, 1), done.stderr)


EXPORT = os.path.join(harness.BIN, "quipu-export")

# What other programs see of the rows below: name, type in Parquet, type in Arrow.
EXPORTED = [
    ("key", "VARCHAR", "Utf8"), ("born", "DATE", "Date32<DAY>"), ("code", "VARCHAR", "Utf8"), ("langs", "VARCHAR[]", "List<Utf8>"),
    ("n", "BIGINT", "Int64"), ("name", "VARCHAR", "Utf8"), ("seen", "TIMESTAMP", "Timestamp<SECOND>"), ('w "x"', "DOUBLE", "Float64"),
]
ROWS = {
    "1": {"name": 'say "hi"', "n": "1", 'w "x"': "0.1", "langs": "de;fr", "born": "2012-06-01", "code": "007", "seen": "2012-06-01T09:30:05"},
    "2": {"name": "größe ∑ 名前", "n": "-9007199254740992", 'w "x"': "-17.25", "langs": "de", "born": "1960-12-31", "code": "x", "seen": "1960-01-01T23:59:59"},
    "3": {"name": "x" * 65536, "n": "17"},
    "4": {"name": "nul\0here", 'w "x"': "1e3", "born": "2020-02-29"},
}


class Exported(Loading):
    """Rows that quipu-export has written are what other programs see, and count the same when they are loaded again."""

    def setUp(self):
        super().setUp()
        self.client.call("DATASET", "CREATE", self.name, "PREFIX", self.name + "_", "MULTI", "langs", ";")
        for key, row in ROWS.items():
            self.client.call("HSET", "%s_%s" % (self.name, key), *[part for pair in row.items() for part in pair])
        self.answer("count from survey")

    def export(self, name, *words, status=0):
        path = self.path(name)
        words = words or ("--dataset", self.name)
        done = subprocess.run([EXPORT, "--port", str(self.server.port), *words, "-o", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr)
        return path, done.stderr.decode()

    def check_loaded_again(self, path):
        first, self.name = self.name, self.name + "again"
        self.load("--key", "key", "--prefix", "again" + first + "_", path)
        for field in ("born", "code", "langs", "n", "name", "seen", 'w "x"'):
            query = "count `%s` in {*, missing} from " % field
            self.assertEqual(self.counts(query + self.name), self.counts(query + first), field)

    @needs_duckdb
    def test_parquet(self):
        path, _ = self.export("rows.parquet")
        described = duckdb("describe select * from '%s'" % path)
        self.assertEqual([(name, kind) for name, kind, *_ in described], [(name, kind) for name, kind, _ in EXPORTED])
        rows = duckdb(
            "select key, born::varchar, code, array_to_string(langs, '+'), n::varchar, length(name)::varchar, seen::varchar, "
            "\"w \"\"x\"\"\"::varchar from '%s' order by key" % path
        )
        self.assertEqual([row[1:] for row in rows], [
            ["2012-06-01", "007", "de+fr", "1", "8", "2012-06-01 09:30:05", "0.1"],
            ["1960-12-31", "x", "de", "-9007199254740992", "10", "1960-01-01 23:59:59", "-17.25"],
            [None, None, None, "17", "65536", None, None],
            ["2020-02-29", None, None, None, "8", None, "1000.0"],
        ])
        self.check_loaded_again(path)

    @needs_arrow
    def test_arrow(self):
        path, _ = self.export("rows.arrow")
        read = node("arrow_files.js", "read", path)
        self.assertEqual(list(zip(read["names"], read["types"])), [(name, kind) for name, _, kind in EXPORTED])
        rows = {row[0][-1]: row[1:] for row in read["rows"]}
        epoch = datetime.datetime(1970, 1, 1)
        for key, row in ROWS.items():
            for (name, _, kind), value in zip(EXPORTED[1:], rows[key]):
                wanted = row.get(name)
                if wanted is not None and kind.startswith(("Date", "Time")):
                    wanted = str(int((datetime.datetime.fromisoformat(wanted) - epoch).total_seconds() * 1000))
                elif wanted is not None:
                    wanted = {"langs": wanted.split(";")}.get(name, "1000" if wanted == "1e3" else wanted)
                self.assertEqual(value, wanted, (key, name))
        self.check_loaded_again(path)

    @needs_arrow
    def test_arrow_of_many_batches(self):
        self.load("--key", "a", "--sql", "select n as a, n % 3 as b, ['x' || n % 5, 'y'] as langs from range(70000) t(n)")
        path, _ = self.export("many.arrow")
        read = node("arrow_files.js", "read", path)
        self.assertEqual(len(read["rows"]), 70000)  # the rows 1 to 4 are among them
        self.assertIn("rows         70,000;", dry_run(path))

    def test_labels_and_odd_bytes_are_told(self):
        self.client.call("DATASET", "LABEL", self.name, "n", "1", "one")
        self.client.call("HSET", self.name + "_5", "name", b"\xff\xfe")
        for name in ("rows.arrow",) + (("rows.parquet",) if os.path.exists(LIBRARY) else ()):
            said = self.export(name)[1]
            self.assertIn("labels have no place there", said)
            self.assertIn("U+FFFD", said)

    @needs_arrow
    def test_a_table_of_a_count_in_arrow(self):
        path, said = self.export("table.arrow", "--query", "count, sum(n), avg(`w \"x\"`) by langs from %s totals" % self.name)
        self.assertIn("a table of", said)
        read = node("arrow_files.js", "read", path)
        self.assertEqual(list(zip(read["names"], read["types"])), [("totals", "Utf8"), ("langs", "Utf8"), ("count", "Int64"), ("sum(n)", "Int64"), ('avg(w "x")', "Float64")])
        self.assertEqual(read["rows"], [[None, "de", "2", "-9007199254740991", "-8.575"], [None, "fr", "1", "1", "0.1"], ["langs", None, "2", "-9007199254740991", "-8.575"]])

    def test_texts_without_bytes_come_back(self):
        self.client.call("HSET", self.name + "_5", "name", "", "langs", "", "n", "5")
        self.client.call("HSET", self.name + "_6", "n", "6")
        first = self.name
        for ending, is_there in (("arrow", True), ("parquet", os.path.exists(LIBRARY))):
            if is_there:
                path, said = self.export("rows." + ending, "--dataset", first)
                self.assertIn("texts without bytes: 2, which quipu-load takes as missing ones without --empty-text", said)
                self.name = first + ending
                self.load("--prefix", ending + "_" + first + "_", "--multi", "langs", ";", "--empty-text", path)
                again = [self.client.call("HGETALL", "%s_%s_%s_%d" % (ending, first, first, i)) for i in (5, 6)]
                self.assertEqual([dict(zip(row[::2], row[1::2])) for row in again], [{b"n": b"5", b"name": b"", b"langs": b""}, {b"n": b"6"}])

    @needs_duckdb
    def test_a_table_of_a_count(self):
        path, _ = self.export("table.parquet", "--query", "count, sum(n) by langs from %s" % self.name)
        self.assertEqual(duckdb("select langs, count::varchar from '%s' where langs is not null order by 1" % path)[:2], [["de", "2"], ["fr", "1"]])

    @needs_duckdb
    def test_a_place_that_cannot_be_written_is_an_error_and_no_file(self):
        _, said = self.export("no/such/rows.parquet", status=1)
        self.assertIn("No such file", said)
        self.assertEqual(os.listdir(self.folder), [])


def npm_is_reached():
    """Whether the registry answers: nothing is tried again."""
    words = ["npm", "view", "@duckdb/node-api", "name", "--fetch-retries=0", "--fetch-timeout=10000"]
    return shutil.which("npm") and subprocess.run(words, cwd=tempfile.gettempdir(), capture_output=True).returncode == 0


class Library(unittest.TestCase):
    def test_setup_installs_it_where_it_is_told(self):
        if not npm_is_reached():
            self.skipTest("SKIPPED: npm's registry cannot be reached")
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([os.path.join(ROOT, "scripts", "setup"), "--duckdb", folder], capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b"setup: %s/libduckdb.so is DuckDB " % folder.encode(), done.stdout)
            page = dry_run("--sql", "select 42 as a", env={"QUIPU_DUCKDB": os.path.join(folder, "libduckdb.so")})
            self.assertIn("a             42", page)

    def test_without_it_one_line_says_how_to_get_it(self):
        message = dry_run("--sql", "select 1", status=1, env={"QUIPU_DUCKDB": "/nowhere/libduckdb.so"})
        self.assertIn("QUIPU_DUCKDB: /nowhere/libduckdb.so: cannot open", message)
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(harness.LOAD, folder)
            done = subprocess.run([alone, "--dry-run", "--sql", "select 1"], stderr=subprocess.PIPE, env=dict(os.environ, QUIPU_DUCKDB=""))
        self.assertIn("`scripts/setup --duckdb` installs it", done.stderr.decode())

    def test_another_library_is_told(self):
        message = dry_run("--sql", "select 1", status=1, env={"QUIPU_DUCKDB": "libz.so.1"})
        self.assertIn("the library is not DuckDB's: it has no function duckdb_library_version", message)


if __name__ == "__main__":
    harness.main()
