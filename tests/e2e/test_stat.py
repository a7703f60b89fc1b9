"""Files of SPSS, Stata and SAS, loaded: each cell as other programs read it, labels, missing values, and damaged files."""

import datetime
import gzip
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import tempfile
import unittest

import quipu_harness as harness
import stat_files
from quipu_harness import ServerCase, pairs, run_load, wait_until

SPSS_DAY = datetime.datetime(1582, 10, 14)
SAS_DAY = datetime.datetime(1960, 1, 1)
TEXTS = ["", "a", "north west", " x", "Ohio  ", "0", "007", "1.50", '"q"', "a,b", "N/A"]
WIDE_TEXTS = ["é", "日本語", "Übergröße", "x" * 255, "é" * 100 + "z"]
LONG_TEXTS = ["", "a", "y" * 255, "z" * 256, "é" * 600, "x" * 504 + "  " + "y" * 505 + "  "]


def number(text):
    """A number as its shortest text, as ECMAScript has it."""
    value = float(text)
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    return repr(value).replace("e-0", "e-")


def single(text):
    """The shortest text that reads back as this number of single precision."""
    wanted = struct.pack("f", float(text))
    return number(next(short for short in ("%.*g" % (digits, float(text)) for digits in range(6, 10))
                       if struct.pack("f", float(short)) == wanted))


def iso(start, seconds):
    at = start + datetime.timedelta(seconds=float(seconds))
    return at.isoformat().rstrip("0").rstrip(".") if at.microsecond else at.isoformat()


def clock(seconds):
    whole, hundredths = divmod(round(abs(float(seconds)) * 100), 100)
    text = "%s%02d:%02d:%02d" % ("-" if float(seconds) < 0 else "", whole // 3600, whole // 60 % 60, whole % 60)
    return text + (".%02d" % hundredths).rstrip("0") if hundredths else text


class Case(ServerCase):
    ntests = 0

    def setUp(self):
        super().setUp()
        Case.ntests += 1
        self.name = "stat%d" % Case.ntests
        self.folder = tempfile.mkdtemp(prefix="quipu-stat-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def load(self, path, *args, status=0):
        done = run_load(self.server, "--dataset", self.name, "--cursor-file", self.path("cursor"), *args, path)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def columns(self, nrows):
        """{field: [text or None]} of the rows that are loaded."""
        answer = json.loads(self.query("rows * from %s format json" % self.name))
        by_name = {row[0]: row[1:] for row in answer["rows"]}
        names = ["%s_%d" % (self.name, i + 1) for i in range(nrows)]
        self.assertEqual(set(by_name) - set(names), set())
        nothing = [None] * len(answer["fields"])
        table = [by_name.get(name, nothing) for name in names]
        return {field: [row[i] for row in table] for i, field in enumerate(answer["fields"])}

    def check(self, found, wanted):
        """A field that no row has is not there."""
        wanted = {name: cells for name, cells in wanted.items() if any(cell is not None for cell in cells)}
        self.assertEqual(sorted(found), sorted(wanted))
        for name, cells in wanted.items():
            self.assertEqual(found[name], cells, name)

    def described(self):
        return {pairs(item)["field"].decode(): pairs(item) for item in self.client.call("DATASET", "DESCRIBE", self.name)}


def spss_lines(rng, nrows, is_portable):
    """Variables of each kind, and rows of them."""
    texts = TEXTS + ([] if is_portable else WIDE_TEXTS)
    numbers = [-0.5, 2.25, 0] if is_portable else [0.1, 1e15, 1e22, -0.5, 1 / 3, 123456.789, 2**53, 1e-7, rng.random()]
    lines = [
        ["labels", "sexes", "number"], ["label", 1, "female"], ["label", 2.5, "between"], ["label", 8, "refused"],
        ["labels", "codes", "text"], ["label", "a", "Aye"], ["label", "zz", "last"],
        ["var", "SEX", "double", 0, "F8.2", "sexes", "Sex of the respondent" if is_portable else "Sex – gefragt"],
        ["missing", 8, 9],
        ["var", "NUM", "double", 0, "F8.2"],
        ["var", "RANGED", "double", 0, "F8.2"], ["missing", -7, -1], ["missing", 99, 99],
        ["var", "CODE", "string", 8, "A8", "codes"],
        ["var", "TEXT", "string", 20 if is_portable else 255, "A20" if is_portable else "A255"],
        ["var", "BORN", "double", 0, "DATE11"], ["var", "SEEN", "double", 0, "DATETIME22.2"],
        ["var", "TOOK", "double", 0, "TIME11.2"], ["var", "QUARTER", "double", 0, "QYR8"],
        ["var", "DAYS", "double", 0, "DTIME14"], ["var", "NONE", "double", 0, "F8.2"],
    ] + ([] if is_portable else [["var", "LONG", "string", 1200, "A1200"]])
    if not is_portable:
        lines[9][1] = "größe"
    for _ in range(nrows):
        day = rng.randrange(86400 * 152000, 86400 * 161000)
        lines.append(
            ["row", rng.choice([1, 2.5, 3, 8, 9, 8.5, "."]),
             rng.choice(numbers + [rng.randrange(10**6), "."]),
             rng.choice([-5, -1, 0, 98.5, 99, 100, "."]),
             rng.choice(["a", "b", "zz", ""]), rng.choice(texts),
             day // 86400 * 86400, rng.choice([day, day + 0.25, "."]),
             rng.choice([0, 3661.25, 86399, 90000, -1]), day // 86400 * 86400, rng.randrange(10**6), "."] + ([] if is_portable else [rng.choice(LONG_TEXTS)])
        )
    return lines


class Spss(Case):
    DATES = {"BORN": lambda x: iso(SPSS_DAY, x)[:10], "QUARTER": lambda x: iso(SPSS_DAY, x)[:10],
             "SEEN": lambda x: iso(SPSS_DAY, x), "TOOK": clock, "DAYS": clock}
    STRINGS = ("CODE", "TEXT")

    def wanted(self, read, lines):
        """What R says; of long texts, which it reads in parts, what was written."""
        wanted = {}
        if any(line[1] == "LONG" for line in lines):
            wanted["LONG"] = [line[-1].rstrip(" ") or None for line in lines if line[0] == "row"]
        for name, cells in read["columns"].items():
            if name.startswith("LONG"):
                continue
            show = self.DATES.get(name, str if name in self.STRINGS else number)
            wanted[name] = [None if cell is None else show(cell) for cell in cells]
        return wanted

    def test_each_cell_is_as_r_reads_it(self):
        for compress in (None, "rows"):
            with self.subTest(compress=compress):
                self.name = "spss_%s" % compress
                path = self.path("survey.sav")
                lines = spss_lines(random.Random(1), 120, False)
                stat_files.write(path, "sav", ([["compress", compress]] if compress else []) + lines)
                message = self.load(path)
                self.assertIn("read as statistics file: SPSS sav, UTF-8", message)
                self.assertIn("120 rows loaded", message)
                read = stat_files.read_by_r(path)
                self.check(self.columns(120), self.wanted(read, lines))
                self.assertEqual(read["titles"]["SEX"], self.described()["SEX"]["label"].decode())

    def test_each_cell_of_a_portable_file_is_as_it_was_written(self):
        """R's package does not read what ReadStat writes."""
        path = self.path("survey.por")
        lines = spss_lines(random.Random(2), 120, True)
        stat_files.write(path, "por", lines)
        self.assertIn("read as statistics file: SPSS por", self.load(path))
        names = [line[1] for line in lines if line[0] == "var"]
        rows = [line[1:] for line in lines if line[0] == "row"]
        missing = {"SEX": (8, 9, 8.5), "RANGED": (-5, -1, 99)}
        columns = {name: [None if row[i] in (".", "", *missing.get(name, ())) else str(row[i]) for row in rows]
                   for i, name in enumerate(names)}
        columns["TEXT"] = [cell and cell.rstrip(" ") for cell in columns["TEXT"]]
        self.check(self.columns(120), self.wanted({"columns": columns}, lines))
        self.assertEqual(self.described()["SEX"]["label"], b"Sex of the respondent")
        self.assertEqual(pairs(self.described()["SEX"]["labels"]), {"1": b"female", "2.5": b"between"})

    def test_compressed_files_are_read_as_others(self):
        lines = spss_lines(random.Random(2), 120, False)
        stat_files.write(self.path("a.sav"), "sav", lines)
        stat_files.write(self.path("a.zsav"), "sav", [["compress", "binary"]] + lines, 3)
        self.load(self.path("a.sav"))
        wanted = self.columns(120)
        self.name += "z"
        self.assertIn("SPSS zsav", self.load(self.path("a.zsav")))
        self.check(self.columns(120), wanted)

    def test_labels_weights_and_missing_values_are_said(self):
        lines = spss_lines(random.Random(3), 0, False)
        lines[9] += ["", "wie groß"]
        rows = [["row", 1, 180, -5, "a", "x"], ["row", 8, 170, 99, "b"], ["row", 9, 160, 3, "zz"], ["row", 2.5, 1, 1, "a"]]
        stat_files.write(self.path("a.sav"), "sav", [["file", "Umfrage ’12"]] + lines[:10] + [["weight"]] + lines[10:] + rows)
        message = self.load(self.path("a.sav"))
        self.assertIn("its label: Umfrage ’12", message)
        self.assertIn("its rows are weighted: weight by `größe`", message)
        self.assertIn("user-missing cells, left out: 2 of 'SEX', 2 of 'RANGED'", message)
        said = self.described()
        self.assertEqual(pairs(said["SEX"]["labels"]), {"1": b"female", "2.5": b"between"})
        self.assertEqual(pairs(said["CODE"]["labels"]), {"a": b"Aye", "zz": b"last"})
        self.assertEqual((said["SEX"]["label"].decode(), said["größe"]["label"].decode()), ("Sex – gefragt", "wie groß"))
        self.assertNotIn("label", said["CODE"])
        table = self.query("count SEX from %s format table" % self.name).decode()
        self.assertIn("female       1\nbetween      1\n", table)
        self.assertIn("Sex – gefragt", self.query("describe %s format table" % self.name).decode())
        # The dataset that takes its place has them, too.
        self.client.call("DATASET", "LABEL", self.name, "CODE", "code of it")
        stat_files.write(self.path("b.csv"), "sav", lines[:0] + [["var", "SEX", "double", 0, "F8.2"], ["row", 1]])
        self.load(self.path("b.csv"), "--replace")
        said = self.described()
        self.assertEqual(said["CODE"]["label"], b"code of it")
        self.assertEqual(said["SEX"]["label"].decode(), "Sex – gefragt")
        self.assertEqual(pairs(said["SEX"]["labels"]), {"1": b"female", "2.5": b"between"})

    def test_a_thousand_variables_with_labels(self):
        lines = [line for i in range(1000) for line in (
            ["labels", "set%d" % i, "number"], *(["label", value, "value %d of %d" % (value, i)] for value in range(9)),
            ["var", "v%d" % i, "double", 0, "F8.2", "set%d" % i, "variable %d" % i])]
        stat_files.write(self.path("a.sav"), "sav", lines + [["row"] + [i % 9 for i in range(1000)]] * 3)
        self.load(self.path("a.sav"))
        said = self.described()
        self.assertEqual(len(said), 1000)
        self.assertEqual((said["v999"]["label"], pairs(said["v7"]["labels"])["8"]), (b"variable 999", b"value 8 of 7"))
        self.assertEqual(self.query("count v998 in {8} from %s" % self.name), [3])

    def test_more_labels_than_a_field_may_have(self):
        labels = [["label", i, "occupation %d" % i] for i in range(4010)] + [["label", 5000, "é" * 100]]
        stat_files.write(self.path("a.sav"), "sav", [["labels", "o", "number"], *labels,
                                                     ["var", "occ", "double", 0, "F8.0", "o"], ["row", 4009]])
        self.assertIn("'occ' has 4011 labelled values: the first 4000 have labels", self.load(self.path("a.sav")))
        self.assertEqual(len(pairs(self.described()["occ"]["labels"])), 4000)


class Stata(Case):
    def test_each_cell_is_as_pandas_reads_it(self):
        rng = random.Random(4)
        spec = {
            "columns": {
                "b": ["int8", [rng.randrange(-120, 100) for _ in range(60)]],
                "i": ["int16", [rng.randrange(-30000, 30000) for _ in range(60)]],
                "l": ["int32", [rng.randrange(-10**9, 10**9) for _ in range(60)]],
                "f": ["float32", [rng.choice([0.1, 1.5, 3e7, rng.random(), None]) for _ in range(60)]],
                "d": ["float64", [rng.choice([0.1, 1 / 3, 1e22, 1e-7, None, 12]) for _ in range(60)]],
                "s": ["object", [rng.choice(TEXTS) for _ in range(60)]],
                "day": ["td", ["%d-%02d-28" % (rng.randrange(1700, 2200), rng.randrange(1, 13)) for _ in range(59)] + [None]],
                "at": ["tc", ["%d-11-28T09:30:%02d.%03d" % (rng.randrange(1900, 2100), i, rng.randrange(1000)) for i in range(60)]],
                "m": ["tm", ["2012-%02d-01" % rng.randrange(1, 13) for _ in range(60)]],
                "q": ["tq", [rng.choice(["1950-04-01", "2012-10-01"]) for _ in range(60)]],
                "h": ["th", [rng.choice(["1959-07-01", "2012-01-01"]) for _ in range(60)]],
                "w": ["tw", [rng.choice(["1959-01-08", "2012-01-01", "2012-12-23"]) for _ in range(60)]],
            },
            "labels": {"b": {1: "one", -7: "minus seven"}, "l": {10: "ten"}},
            "titles": {"b": "a byte", "at": "when it was"},
        }
        for version in (114, 117, 119):
            with self.subTest(version=version):
                self.name = "stata%d" % version
                path = self.path("v%d.dta" % version)
                if version >= 118:
                    spec["columns"]["größe"] = ["object", [rng.choice(WIDE_TEXTS) for _ in range(60)]]
                    spec["titles"]["s"] = "Text – übrigens"
                    spec["labels"]["i"] = {3: "drei – größer"}
                stat_files.write_by_pandas(path, version, spec)
                self.assertIn("read as statistics file: Stata dta %d" % version, self.load(path))
                read = stat_files.read_by_pandas(path)
                dates = {name for name, (kind, _) in spec["columns"].items() if kind[0] == "t" and kind != "tc"}
                wanted = {name: [None if cell is None else self.shown(name, cell, dates, spec) for cell in cells]
                          for name, cells in read["columns"].items()}
                self.check(self.columns(60), wanted)
                said = self.described()
                self.assertEqual({name: {value: text.decode() for value, text in pairs(of["labels"]).items()}
                                  for name, of in said.items() if of["labels"]}, read["labels"])
                self.assertEqual({name: of["label"].decode() for name, of in said.items() if "label" in of},
                                 {name: title for name, title in read["titles"].items() if title})

    @staticmethod
    def shown(name, cell, dates, spec):
        if name in dates:
            return cell[:10]
        if name == "at":
            return cell.rstrip("0").rstrip(".") if "." in cell else cell
        kind = spec["columns"][name][0]
        return cell if kind == "object" else single(cell) if kind == "float32" else number(cell)

    def test_missing_values_with_letters(self):
        lines = [["labels", "yes", "int"], ["label", 1, "yes"], ["label", ".a", "refused"],
                 ["var", "x", "int8", 0, "%8.0g", "yes", "the x"], ["var", "y", "double", 0, "%9.0g"], ["var", "z", "strl", 0, "%9s"],
                 ["row", 1, ".b", "long " * 1000], ["row", ".a", 2.5, ""], ["row", ".", ".z", "s"], ["row", 7, ".", "s"]]
        for version in (117, 118):
            self.name = "letters%d" % version
            path = self.path("a.dta")
            stat_files.write(path, "dta", lines, version)
            self.assertIn("user-missing cells, left out: 1 of 'x', 2 of 'y'", self.load(path))
            self.check(self.columns(4), {"x": ["1", None, None, "7"], "y": [None, "2.5", None, None],
                                         "z": [("long " * 1000).rstrip(), None, "s", "s"]})
            self.assertEqual(pairs(self.described()["x"]["labels"]), {"1": b"yes"})

    def test_times_with_leap_seconds(self):
        """%tC counts them: 1960 + (ms - 1000 * leap seconds before)."""
        day = (datetime.datetime(2012, 7, 1) - SAS_DAY).days * 86400000
        lines = [["var", "c", "double", 0, "%tC"], ["var", "y", "int16", 0, "%ty"],
                 ["row", day + 25000, 2012], ["row", day + 24000 - 1, 1999], ["row", 0, "."]]
        stat_files.write(self.path("a.dta"), "dta", lines)
        self.load(self.path("a.dta"))
        self.check(self.columns(3), {"c": ["2012-07-01T00:00:00", "2012-06-30T23:59:59.999", "1960-01-01T00:00:00"],
                                     "y": ["2012", "1999", None]})

    def test_texts_of_other_encodings(self):
        lines = [["var", "s", "string", 8, "%8s"], ["row", "Gr\udcf6\udcdfe"]]
        path = self.path("a.dta")
        text = "".join("\t".join(map(str, line)) + "\n" for line in lines).encode("utf-8", "surrogateescape")
        subprocess.run([os.path.join(harness.BIN, "write_stat"), "dta", "114", path], input=text, check=True)
        self.load(path)
        self.check(self.columns(1), {"s": ["Größe"]})
        self.name += "b"
        self.load(path, "--encoding", "ISO-8859-5")
        self.check(self.columns(1), {"s": [b"Gr\xf6\xdfe".decode("ISO-8859-5")]})
        self.assertIn("no such encoding: 'nothing'", self.load(path, "--encoding", "nothing", "--append", status=1))


class Sas(Case):
    FORMATS = {"day": "DATE9", "at": "DATETIME20", "clock": "TIME8", "month": "YYMMD7", "day2": "E8601DA10"}

    def lines(self, rng, kind):
        lines = [["var", "num", "double", 8, "BEST12", "", "a number"], ["var", "text", "string", 40, "$40"],
                 *(["var", name, "double", 8, form] for name, form in self.FORMATS.items()), ["var", "x", "double", 8, ""]]
        for i in range(90):
            day = rng.randrange(-30000, 40000)
            at = rng.choice([day * 86400, day * 86400 + 12345, "."])
            lines.append(["row", rng.choice([0.1, 1.5, 1 / 3, 1e15, -7, 0, 123456.789, ".", ".A", ".z".upper()]),
                          rng.choice(TEXTS + ["Übergröße", "日本"]), day, at, rng.choice([0, 3661, 86399]), day, rng.choice([day, "."]), i])
        return lines

    def test_each_cell_is_as_pandas_reads_it(self):
        rng = random.Random(5)
        for kind, version, compress in (("sas7bdat", 0, None), ("sas7bdat", 0, "rows"), ("xpt", 5, None), ("xpt", 8, None)):
            with self.subTest(kind=kind, version=version, compress=compress):
                self.name = "sas_%s_%d_%s" % (kind, version, compress)
                path = self.path("a%d.%s" % (version, kind))
                lines = self.lines(rng, kind)
                stat_files.write(path, kind, ([["compress", compress]] if compress else []) + lines, version)
                message = self.load(path)
                self.assertIn("read as statistics file: SAS " + kind, message)
                self.assertIn("user-missing cells, left out:", message)
                found = self.columns(90)
                if version == 8:  # which pandas does not read
                    wanted = {name: [self.shown(name, cell) for cell in cells]
                              for name, cells in self.written(lines).items()}
                else:
                    wanted = {name: [self.shown(name, cell) for cell in cells]
                              for name, cells in stat_files.read_by_pandas(path)["columns"].items()}
                self.check(found, wanted)
                self.assertEqual(self.described()["num"]["label"], b"a number")

    @staticmethod
    def written(lines):
        names = [line[1] for line in lines if line[0] == "var"]
        rows = [line[1:] for line in lines if line[0] == "row"]
        return {name: [str(row[i]) for row in rows] for i, name in enumerate(names)}

    def shown(self, name, cell):
        if cell is None or (cell.startswith(".") and cell[1:2].isalpha()) or cell == ".":
            return None
        if name == "text":
            return cell.rstrip(" ") or None
        if name in self.FORMATS and "-" not in cell[1:]:  # pandas has it as a number
            start = SAS_DAY
            if name == "clock":
                return clock(cell)
            return iso(start, float(cell) * (1 if name == "at" else 86400))[: None if name == "at" else 10]
        if name == "at":
            return cell
        if cell == "5.397605346934028e-79":  # what pandas 1.5 makes of the 0 of an xpt file
            cell = "0"
        if name == "clock":
            return clock(cell)
        return cell[:10] if name in self.FORMATS else number(cell)

    def test_texts_that_are_no_utf8(self):
        path = self.path("a.xpt")
        lines = b"var\ts\tstring\t8\t$8\nrow\tGr\xf6\xdfe\n"
        subprocess.run([os.path.join(harness.BIN, "write_stat"), "xpt", "5", path], input=lines, check=True)
        self.assertIn("row 1, variable 's': bytes that are no UTF-8: say with --encoding", self.load(path, status=1))
        self.load(path, "--encoding", "ISO-8859-1")
        self.check(self.columns(1), {"s": ["Größe"]})


class Catalog(Case):
    """Labels of SAS are in a file of their own."""

    SETS = [["labels", "SEXES", "number"], ["label", 1, "female"], ["label", 2.5, "between"],
            ["labels", "$REGION", "text"], ["label", "n", "North – Nord"], ["label", "s", "South"],
            ["labels", "A_FORMAT_OF_A_LONG_NAME", "number"], ["label", 0, "zero"], ["label", -7, "minus seven"]]
    LINES = [["var", "sex", "double", 8, "sexes8.2", "", "Sex of the respondent"], ["var", "region", "string", 8, "$region8"],
             ["var", "n", "double", 8, "a_format_of_a_long_name."], ["var", "again", "double", 8, "SEXES"], ["var", "x", "double", 8, "BEST12"],
             ["row", 1, "n", 0, 2.5, 1], ["row", 2.5, "s", -7, 1, 2], ["row", ".", "", 3, ".A", 3]]

    def catalog(self, lines=None, name="formats.sas7bcat"):
        stat_files.write(self.path(name), "sas7bcat", lines or self.SETS)
        return self.path(name)

    def data(self, kind="sas7bdat", lines=None, version=0):
        stat_files.write(self.path("a." + kind), kind, lines or self.LINES, version)
        return self.path("a." + kind)

    def test_its_labels_are_those_of_the_fields_that_have_its_formats(self):
        said = self.load(self.data(), "--catalog", self.catalog())
        self.assertIn("labels by the catalog: of 'sex', 'again', 'region', 'n'\n", said)
        labels = {name: pairs(of["labels"]) for name, of in self.described().items() if of["labels"]}
        sexes = {"1": b"female", "2.5": b"between"}
        self.assertEqual(labels, {"sex": sexes, "again": sexes, "n": {"0": b"zero", "-7": b"minus seven"},
                                  "region": {"n": "North – Nord".encode(), "s": b"South"}})
        self.assertEqual(self.columns(3)["region"], ["n", "s", None])

    def test_of_a_transport_file_and_compressed(self):
        with open(self.catalog(), "rb") as file, gzip.open(self.path("f.gz"), "wb") as packed:
            packed.write(file.read())
        self.load(self.data("xpt", [["var", "sex", "double", 8, "SEXES8.2"], ["row", 1], ["row", 2.5]], 5), "--catalog", self.path("f.gz"))
        self.assertEqual(pairs(self.described()["sex"]["labels"]), {"1": b"female", "2.5": b"between"})

    def test_without_it_the_file_is_loaded_as_it_is(self):
        self.assertNotIn("catalog", self.load(self.data()))
        self.assertFalse(any(of["labels"] for of in self.described().values()))

    def test_formats_that_no_field_has_are_said(self):
        data = self.data(lines=[["var", "x", "double", 8, "BEST12"], ["row", 1]])
        self.assertIn("no field has a format of the catalog, which has SEXES, $REGION, A_FORMAT_OF_A_LONG_NAME\n",
                      self.load(data, "--catalog", self.catalog()))

    def test_what_is_no_catalog_is_an_error_that_names_it(self):
        data, catalog = self.data(), self.catalog()
        self.assertIn("--catalog %s: it does not begin as a catalog of SAS" % data, self.load(data, "--catalog", data, status=1))
        self.assertIn("/nowhere: No such file", self.load(data, "--catalog", "/nowhere", status=1))
        self.assertIn("it goes with a .sas7bdat, --catalog %s" % catalog, self.load(catalog, status=1))
        with open(self.path("a.csv"), "w") as file:
            file.write("a,b\n1,2\n")
        self.assertIn("--catalog belongs to a file of SAS (.sas7bdat, .xpt): this is CSV", self.load(self.path("a.csv"), "--catalog", catalog, status=1))
        stat_files.write(self.path("a.sav"), "sav", [["var", "A", "double", 8], ["row", 1]])
        self.assertIn("this is a .sav", self.load(self.path("a.sav"), "--catalog", catalog, status=1))

    def test_a_damaged_one_is_an_error_that_names_it(self):
        data, catalog = self.data(), self.catalog()
        with open(catalog, "rb+") as file:
            whole = file.read()
            file.truncate(5000)
        said = self.load(data, "--catalog", catalog, status=1)
        self.assertIn("--catalog %s: the file is damaged or cut off, says ReadStat: " % catalog, said)
        rng = random.Random("catalog")
        for _ in range(10):  # whatever ReadStat makes of it, it ends nothing but its process
            damaged = bytearray(whole)
            for _ in range(rng.choice([1, 3, 20])):
                damaged[rng.choice([rng.randrange(400), 5976 + rng.randrange(700), 13312 + rng.randrange(400)])] = rng.choice([0, 0x7F, 0xFF])
            with open(catalog, "wb") as file:
                file.write(damaged)
            done = subprocess.run([harness.LOAD, "--dry-run", "--catalog", catalog, data], capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 1), done.stderr)


class Files(Case):
    def made(self, kind="sav", nrows=50):
        path = self.path("a." + kind)
        stat_files.write(path, kind, [["var", "A", "double", 8], ["var", "S", "string", 8]] +
                         [["row", i, "text %d" % (i % 7)] for i in range(nrows)])
        return path

    def test_from_pipes_and_compressed(self):
        for kind in ("sav", "dta", "sas7bdat", "xpt", "por"):
            path = self.made(kind)
            self.name = "plain" + kind
            self.load(path)
            wanted = self.columns(50)
            with open(path, "rb") as file:
                data = file.read()
            self.name = "pipe" + kind
            done = run_load(self.server, "--dataset", self.name, "-", stdin=data)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check(self.columns(50), wanted)
            self.name = "packed" + kind
            with gzip.open(self.path("b.gz"), "wb") as file:
                file.write(data)
            self.assertIn(", gzip", self.load(self.path("b.gz")))
            self.check(self.columns(50), wanted)

    def test_no_room_for_a_copy(self):
        with open(self.made(), "rb") as file:
            data = file.read()
        done = subprocess.run([harness.LOAD, "--dry-run", "-"], input=data, capture_output=True,
                              env=dict(os.environ, TMPDIR="/nonexistent"))
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard input: /nonexistent, where a copy of it is made: No such file or directory (TMPDIR says where)", done.stderr)

    def test_names_that_say_what_is_not(self):
        with open(self.path("a.sav"), "w") as file:
            file.write("a,b\n1,2\n")
        self.assertIn("a.sav: its name ends in .sav, but it does not begin as such a file", self.load(self.path("a.sav"), status=1))

    def test_a_file_that_is_cut_off_is_an_error_behind_its_rows(self):
        for kind in ("sav", "dta", "sas7bdat", "por"):
            path = self.made(kind, 6000)
            self.name = "cut" + kind
            if os.path.exists(self.path("cursor")):
                os.remove(self.path("cursor"))
            with open(path, "rb+") as file:
                file.truncate(os.path.getsize(path) * 2 // 3)
            message = self.load(path, status=1)
            if kind in ("dta", "sas7bdat"):  # what stands behind their rows is read first
                self.assertIn("the file is damaged or cut off before its first row, says ReadStat", message)
            else:
                self.assertRegex(message, "the file is damaged or cut off behind row [0-9]+, says ReadStat")
                self.assertRegex(message, "[1-9][0-9,]+ rows were acknowledged; 0 more")
        path = self.made("xpt")
        self.name = "cutxpt"
        os.remove(self.path("cursor"))
        with open(path, "rb+") as file:
            file.truncate(os.path.getsize(path) - 40)
        self.assertIn("the file is cut off: a SAS transport file is a multiple of 80 bytes", self.load(path, status=1))

    def reading(self):
        """A load that is under way, with much before it: quipu-load, and the process that reads, which waits for it."""
        path = self.made("sav", 200000)
        words = ["--port", str(self.server.port), "--dataset", self.name, "--cursor-file", self.path("cursor"), path]
        env = dict(os.environ, ASAN_OPTIONS="handle_segv=0")  # a sanitizer has words of its own for a crash
        load = subprocess.Popen([harness.LOAD, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env)
        wait_until(lambda: harness.process_children(load.pid), "the process that reads")
        return load, harness.process_children(load.pid)[0]

    def test_a_crash_of_the_reader_is_an_error(self):
        load, reader = self.reading()
        os.kill(reader, signal.SIGSEGV)
        said = load.communicate(timeout=60)[1].decode()
        self.assertEqual(load.returncode, 1, said)
        self.assertRegex(said, "the file is damaged: ReadStat has crashed on it behind row [0-9]+ .Segmentation fault.")

    def test_no_process_is_left_behind(self):
        load, reader = self.reading()
        load.send_signal(signal.SIGINT)
        said = load.communicate(timeout=60)[1].decode()
        self.assertEqual(load.returncode, 1, said)
        self.assertIn("stopped by a signal", said)
        self.assertFalse(os.path.exists("/proc/%d" % reader))

    def test_damaged_files_end_nothing_but_their_load(self):
        rng = random.Random(os.environ.get("QUIPU_SEED", "damage"))
        rounds = int(os.environ.get("QUIPU_ROUNDS", "25"))
        for kind in ("sav", "zsav", "dta", "sas7bdat", "xpt", "por"):
            path = self.path("a." + kind)
            lines = spss_lines(rng, 30, kind == "por") if kind in ("sav", "zsav", "por") else [
                ["labels", "l", "int"], ["label", 1, "one"], ["var", "A", "double", 8, "", "l" if kind == "dta" else "", "title"],
                ["var", "S", "string", 40]] + [["row", i, "text %d" % i] for i in range(30)]
            stat_files.write(path, "sav" if kind == "zsav" else kind, ([["compress", "binary"]] if kind == "zsav" else []) + lines,
                             3 if kind == "zsav" else 0)
            with open(path, "rb") as file:
                whole = file.read()
            for i in range(rounds):
                data = bytearray(whole)
                for _ in range(rng.choice([1, 1, 3, 20])):
                    at = rng.randrange(len(data)) if rng.random() < 0.5 else rng.randrange(min(len(data), 2000))
                    data[at] = rng.choice([0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)])
                if rng.random() < 0.2:
                    del data[rng.randrange(len(data)):]
                with open(path, "wb") as file:
                    file.write(data)
                done = subprocess.run([harness.LOAD, "--dry-run", path], capture_output=True, timeout=60)
                if done.returncode not in (0, 1) or b"Sanitizer" in done.stderr:
                    kept = os.path.join(tempfile.gettempdir(), "damaged-%d.%s" % (i, kind))
                    shutil.copy(path, kept)
                    self.fail("%s: %d, %s" % (kept, done.returncode, done.stderr.decode(errors="replace")))


if __name__ == "__main__":
    harness.main()
