"""How quipu-load reads JSON: arrays of objects and NDJSON, each kind a small file made here."""

import gzip
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import quipu_harness as harness
import test_load
from quipu_harness import ServerCase, pairs, run_load

SHELL = os.path.join(os.path.dirname(harness.LOAD), "quipu")


def dry_run(data, *args, name="file.json", status=0):
    return test_load.dry_run(data, *args, name=name, status=status)


class Files(unittest.TestCase):
    """--dry-run needs no server."""

    def check(self, data, read, fields, cells, *args, name="file.json"):
        page = dry_run(data, *args, name=name)
        self.assertEqual((page["read"], page["fields"], page["cells"]), (read, fields, cells))
        return page

    def test_json_is_told_by_its_first_bytes_in_each_encoding_and_packing(self):
        fields, cells = ["größe", "n"], [["groß"], ["7"]]
        array, line = '[\n{"größe":"groß","n":7}]', '{"größe":"groß","n":7}\n'
        for encoding, name in (("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16LE"), ("utf-16-be", "UTF-16BE"),
                               ("latin-1", "ISO-8859-1")):
            for text, kind in ((array, "an array of objects"), (line, "objects")):
                self.check(text.encode(encoding), "JSON: %s, %s" % (kind, name), fields, cells, name="file.txt")
        self.check(gzip.compress(array.encode()), "JSON: an array of objects, UTF-8, gzip", fields, cells, name="file")
        with self.subTest("Zstandard"):
            if not shutil.which("zstd"):
                self.skipTest("SKIPPED: no zstd to pack it with")
            packed = subprocess.run(["zstd", "-q"], input=line.encode(), stdout=subprocess.PIPE).stdout
            self.check(packed, "JSON: objects, UTF-8, Zstandard", fields, cells)

    def test_what_only_looks_like_json_is_csv(self):
        self.assertTrue(dry_run("[a],{b}\n1,2\n", name="file")["read"].startswith("CSV"))
        self.assertTrue(dry_run('{"a",b}\n1,2\n', "--delimiter", ",", name="file")["read"].startswith("CSV"))

    def test_kinds_of_values(self):
        page = self.check('{"a":{"b":1.50,"c":[]},"t":true,"n":null,"l":["x","y"]}\n{"a":{"b":1e3},"o":[{"p":1}]}\n',
                          "JSON: objects, UTF-8", ["a.b", "a.c", "t", "n", "l", "o"],
                          [["1.50", "1e3"], [], ["true"], [], ["x|y"], ['[{"p":1}]']])
        self.assertEqual(page["notes"], ["arrays of 'l' are several values, with '|' between them"])

    def test_rows_that_stand_in_an_object(self):
        text = json.dumps({"type": "x", "n": {"m": [1]}, "data": {"rows": [{"a": 1}, {"a": 2}]}})
        self.assertIn("Are the rows in 'data.rows' of it? --rows-in data.rows takes them from there", dry_run(text, status=1))
        self.check(text, "JSON: an array of objects, UTF-8", ["a"], [["1", "2"]], "--rows-in", "data.rows")
        self.assertIn("before an array 'rows'", dry_run(text, "--rows-in", "rows", status=1))
        # With more behind it, it is a row.
        self.check(text + text, "JSON: objects, UTF-8", ["type", "n.m", "data.rows"],
                   [["x"] * 2, ["1"] * 2, ['[{"a":', "1},", '{"…'] * 2])

    def test_one_object_of_columns_or_of_rows_is_said_to_be_one_row(self):
        for text, nfields in (('{"a":{"0":1,"1":2},"b":{"0":3,"1":4}}', 4), ('{"a":[1,2],"b":[3,4]}', 2),
                              ('{"columns":["a","b"],"data":[[1,2],[3,4]]}', 2)):
            self.assertEqual(dry_run(text)["notes"][-1], "it is one object, so it is one row, of %d fields: if its names are those of columns or "
                                                         "of rows, write an array with an object for each row" % nfields)
        for text in ('{"a":1,"b":2}', '[{"a":{"b":1}}]', '{"a":{"b":1}}\n{"a":{"b":2}}'):
            self.assertEqual(dry_run(text)["notes"], [])

    def test_what_is_no_json_is_an_error_with_its_place(self):
        for text, said in (("[1,2]", "line 1, column 2: a row is an object, {...}, and this is a value alone"),
                           ('["a"]', "and this is a text"), ("7", "and this is a value alone"),
                           ("a,b\n1,2\n", "line 1, column 1: lexical error"), ('[{"a":1},]', "behind a comma stands a row"),
                           ('[\n{"a":1},\n{"b":1', "line 3, column 7: it ends within a row"), ("", "empty")):
            error = dry_run(text, status=1)
            self.assertIn(said, error)
            self.assertIn("file.json", error)

    def test_malformed_lines_can_be_skipped(self):
        lines = ['{"a":%d}' % i for i in range(9)]
        lines[4] = '{"a":4'
        text = "\n".join(lines)
        self.assertIn("file.json, row 5: line 6, column 1: parse error", dry_run(text, status=1))
        self.assertEqual(dry_run(text, "--skip-errors")["rows"], "8, and 1 malformed; without a key: they are numbered")

    def test_a_field_may_come_late(self):
        text = '{"a":1}\n' * 50000 + '{"b":2}\n'
        self.assertEqual(dry_run(text)["fields"], ["a", "b"])

    def test_a_file_of_any_length_takes_little_memory(self):
        load = "import subprocess, resource, sys; subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL, check=True); " \
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        with tempfile.TemporaryFile() as file:
            file.write(b"[" + b",".join([b'{"a":%d,"t":["%s"]}' % (i, b"x" * 500) for i in range(100000)]) + b"]")
            file.seek(0)
            done = subprocess.run(["python3", "-c", load, harness.LOAD, "--dry-run", "-"], stdin=file, stdout=subprocess.PIPE)
        if not harness.IS_SANITIZED:
            self.assertLess(int(done.stdout), 40 << 10)


class Loaded(ServerCase):
    def load(self, data, dataset, *args, status=0):
        done = run_load(self.server, "--dataset", dataset, *args, "-", stdin=data if isinstance(data, bytes) else data.encode())
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def row(self, key):
        fields = self.client.call("HGETALL", key)
        return dict(zip(fields[0::2], fields[1::2]))

    def multi(self, dataset):
        said = [pairs(item) for item in self.client.call("DATASET", "DESCRIBE", dataset)]
        return {item["field"]: item["multi"] for item in said}

    def test_rows_and_their_values(self):
        message = self.load('[{"a":{"b":1.0,"c":null},"t":true,"e":"","x":"\\u0000\\ud83d\\ude00"},{"a":{"c":"z"}}]', "ja")
        self.assertIn("read as JSON: an array of objects, UTF-8", message)
        self.assertEqual(self.row("ja_1"), {b"a.b": b"1.0", b"t": b"true", b"x": "\0\U0001f600".encode()})
        self.assertEqual(self.query("count `a.b`, t in {true, missing} from ja"), [[b"1", b"true", 1]])
        self.assertEqual(self.query("count `a.c` in {z, missing} from ja"), [1, 1])

    def test_arrays_are_fields_of_several_values(self):
        self.load('{"id":1,"l":["de","en"]}\n{"id":2,"l":["en"]}\n{"id":3,"l":"fr"}\n', "jm", "--key", "id")
        self.assertEqual(self.multi("jm"), {b"l": b"|"})
        self.assertEqual(self.query("count l from jm"), [[b"de", 1], [b"en", 2], [b"fr", 1]])
        # What is loaded later is separated as what is there.
        message = self.load('{"id":4,"l":["a|b"]}\n', "jm", "--key", "id", status=1)
        self.assertIn("the value 'a|b' of 'l' has the separator '|' in it", message)
        self.assertEqual(self.multi("jm"), {b"l": b"|"})

    def test_a_separator_may_be_told(self):
        self.load('{"l":["a|b","c"]}\n{"l":["c"]}\n', "jt", "--multi", "l", "//")
        self.assertEqual((self.multi("jt"), self.row("jt_1")), ({b"l": b"//"}, {b"l": b"a|b//c"}))
        self.assertEqual(self.query("count l from jt"), [[b"a|b", 1], [b"c", 2]])

    def test_a_value_of_16_megabytes(self):
        self.load('{"a":1,"long":"%s"}' % ("x" * (16 << 20)), "jl")
        self.assertEqual(self.client.call("HSTRLEN", "jl_1", "long"), 16 << 20)

    def test_what_was_acknowledged_before_a_broken_array_is_said(self):
        message = self.load('[{"a":1},{"a":2},{"a":3}', "jb", status=1)
        self.assertIn("it ends within the array that begins in line 1", message)
        self.assertIn("3 rows were acknowledged", message)

    def test_the_shell_opens_json(self):
        with tempfile.TemporaryDirectory() as home:
            path = os.path.join(home, "people.json")
            with open(path, "w") as file:
                file.write('[{"sex":"f"},{"sex":"m"},{"sex":"f"}]')
            done = subprocess.run([SHELL, path, "--format", "csv", "-c", "count sex from people", "-c", "\\load %s other" % path,
                                   "-c", "count sex from other"], stdout=subprocess.PIPE,
                                  env=harness.sanitizer_env() | {"HOME": home, "TMPDIR": home})
        self.assertEqual(done.stdout.decode().count("sex,count\r\nf,2\r\nm,1\r\n"), 2, done.stdout)


if __name__ == "__main__":
    harness.main()
