"""How quipu-load reads files of many dialects: each kind a small file made here.

--dry-run shows how a file is read, and needs no server; what is loaded is looked at in test_load_rows.py.
"""

import bz2
import gzip
import lzma
import os
import random
import shutil
import subprocess
import tempfile
import unittest

import quipu_harness as harness


def dry_run(data, *args, name="file.csv", status=0):
    """The page that --dry-run prints, as {"read as": .., "rows": .., "notes": [..], "fields": {name: row of values}}."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        done = subprocess.run([harness.LOAD, "--dry-run", *args, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    error = done.stderr.decode()
    if done.returncode != status:
        raise AssertionError("status %d: %s" % (done.returncode, error))
    if status:
        return error
    head, fields, first, *notes = done.stdout.decode().split("\n\n")
    page = dict(line.split(None, 1) if not line.startswith("read as") else ("read", line[13:]) for line in head.splitlines())
    lines = first.splitlines()[1:]
    page["fields"] = [line.split("  ")[0] for line in lines]
    page["cells"] = [line.split()[1:] for line in lines]
    page["kinds"] = [line[13:].split("  ")[0].strip() for line in fields.splitlines()[1:]]
    page["notes"] = notes[0].splitlines() if notes else []
    return page


class Dialects(unittest.TestCase):
    def check(self, data, read, fields, cells, *args):
        page = dry_run(data, *args)
        self.assertEqual((page["read"], page["fields"], page["cells"]), (read, fields, cells))
        return page

    def test_each_delimiter_is_seen(self):
        for delimiter, name in ((",", "','"), (";", "';'"), ("\t", "TAB"), ("|", "'|'")):
            text = "a,b,c\n1,2,x\n3,4,y\n".replace(",", delimiter)
            self.check(text, "CSV: %s, UTF-8" % name, ["a", "b", "c"], [["1", "3"], ["2", "4"], ["x", "y"]])

    def test_each_line_end_is_seen(self):
        for end, said in (("\n", ""), ("\r\n", ""), ("\r", ", lines end in CR")):
            for last in (end, ""):
                text = "a,b" + end + "1,x" + end + "3,y" + last
                self.check(text, "CSV: ','%s, UTF-8" % said, ["a", "b"], [["1", "3"], ["x", "y"]])

    def test_each_encoding_is_seen(self):
        text = "größe,preis\ngroß,1\nklein,2\n"
        cells = [["groß", "klein"], ["1", "2"]]
        for encoding, name in (("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("utf-16-le", "UTF-16LE"), ("utf-16-be", "UTF-16BE"),
                               ("utf-16", "UTF-16LE"), ("latin-1", "ISO-8859-1")):
            self.check(text.encode(encoding), "CSV: ',', " + name, ["größe", "preis"], cells)
        self.check("a,b\n“x”,1\n".encode("cp1252"), "CSV: ',', WINDOWS-1252", ["a", "b"], [["“x”"], ["1"]])

    def test_utf16_without_a_mark_is_seen_in_letters_that_are_not_latin(self):
        for text in ("姓名,城市\n上海一,北京\n王小明,上海\n", "имя,город\nанна сергеевна,москва\nборис,омск\n"):
            lines = [line.split(",") for line in text.splitlines()]
            for encoding in ("utf-16-le", "utf-16-be"):
                page = dry_run(text.encode(encoding))
                self.assertEqual((page["read"], page["fields"]), ("CSV: ',', " + encoding.upper().replace("-", "").replace("UTF", "UTF-"), lines[0]))
                self.assertEqual(page["cells"], [" ".join(cells).split() for cells in zip(*lines[1:])])
        self.assertIn("no text", dry_run(bytes(range(32)) * 20, status=1))

    def test_an_encoding_that_was_said_is_taken(self):
        text = "имя,n\nаня,1\n"
        self.check(text.encode("koi8-r"), "CSV: ',', KOI8-R", ["имя", "n"], [["аня"], ["1"]], "--encoding", "KOI8-R")
        self.assertIn("--encoding", dry_run(text.encode("koi8-r"), status=1))
        self.assertIn("no such encoding: 'nonsense'", dry_run(text, "--encoding", "nonsense", status=1))
        self.assertIn("no character of UTF-16LE", dry_run(b"a\0,\0b\0\n\0\x00\xdc\n\0", "--encoding", "UTF-16LE", status=1))

    def test_bytes_that_are_no_utf8_far_into_the_file_are_an_error(self):
        error = dry_run(b"a,b\n" + b"x,1\n" * 200000 + b"gr\xfc\xdfe,2\n", status=1)
        self.assertIn("line 200002", error)
        self.assertIn("--encoding", error)

    def test_a_decimal_comma_is_seen_where_commas_cannot_be_else(self):
        self.check("a;b\n1,5;x\n-2,25;y\n", "CSV: ';', decimal comma, UTF-8", ["a", "b"], [["1.5", "-2.25"], ["x", "y"]])
        self.check('a,b\n"1,5",x\n"0,25",y\n', "CSV: ',', decimal comma, UTF-8", ["a", "b"], [["1.5", "0.25"], ["x", "y"]])
        self.check("a;b\n1,5;x\n2.5;y\n", "CSV: ';', UTF-8", ["a", "b"], [["1,5", "2.5"], ["x", "y"]])
        page = self.check("a;b\n1,500;x\n12,000;y\n", "CSV: ';', UTF-8", ["a", "b"], [["1,500", "12,000"], ["x", "y"]])
        self.assertEqual(page["notes"], ["'a' has ',' between thousands in 2 cells, so they are text: --thousands ',' makes them numbers"])
        self.check("a;b\n1,500;x\n", "CSV: ';', decimal comma, UTF-8", ["a", "b"], [["1.500"], ["x"]], "--decimal", ",")
        self.check("a;b\n1,500;x\n", "CSV: ';', UTF-8", ["a", "b"], [["1500"], ["x"]], "--thousands", ",")

    def test_thousands_are_numbers_where_it_is_said(self):
        self.check("a;b\n1.234,5;x\n", "CSV: ';', decimal comma, UTF-8", ["a", "b"], [["1234.5"], ["x"]], "--thousands", ".",
                   "--decimal", "comma")
        self.check("a;b\n1 234;x\n12 345 678;y\n1 2345;z\n", "CSV: ';', UTF-8", ["a", "b"],
                   [["1234", "12345678", "1", "2345"], ["x", "y", "z"]], "--thousands", " ")
        self.check("a;b\n1\u00a0234;x\n1\u202f234;y\n", "CSV: ';', UTF-8", ["a", "b"], [["1234", "1234"], ["x", "y"]],
                   "--thousands", "space")

    def test_quotes_hold_delimiters_line_ends_and_quotes(self):
        page = self.check('a,b\n"x, ""y""\nz",1\nw,2\n', "CSV: ',', UTF-8", ["a", "b"],
                          [["x,", '"y"␊z', "w"], ["1", "2"]])
        self.assertEqual(page["rows"].split(";")[0], "2")

    def test_other_quotes_and_escapes_are_seen(self):
        self.check("a,b\n'x, y',1\n'z, w',2\n", "CSV: ',', quote ', UTF-8", ["a", "b"], [["x,", "y", "z,", "w"], ["1", "2"]])
        self.check('a,b\n"say \\"hi\\", ok",1\n"x",2\n', "CSV: ',', escape \\, UTF-8", ["a", "b"],
                   [["say", '"hi",', "ok", "x"], ["1", "2"]])
        self.check('a,b\n5" pipe,1\n"x",2\n', "CSV: ',', UTF-8", ["a", "b"], [['5"', "pipe", "x"], ["1", "2"]])
        self.check('a,b\n"x",1\n', "CSV: ',', no quotes, UTF-8", ["a", "b"], [['"x"'], ["1"]], "--quote", "none")

    def test_nul_in_a_cell_is_a_byte_of_it(self):
        self.check(b"a,b\nx\0y,1\nz,2\n", "CSV: ',', UTF-8", ["a", "b"], [["x␀y", "z"], ["1", "2"]])

    def test_lines_before_the_header_are_left_out_and_said(self):
        page = self.check("Report of 2024\nby me\n\nname,age\nann,31\nbob,32\n", "CSV: ',', header in line 4, UTF-8",
                          ["name", "age"], [["ann", "bob"], ["31", "32"]])
        self.assertEqual(page["notes"], ["lines before line 4 are no rows, and left out"])
        self.check("x,y,z\nname,age\nann,31\n", "CSV: ',', header in line 2, UTF-8", ["name", "age"], [["ann"], ["31"]], "--skip", "1")
        self.assertIn("fewer than 9 lines", dry_run("a\n1\n", "--skip", "9", status=1))

    def test_a_header_that_does_not_fit_its_rows_is_no_title(self):
        self.assertIn("line 1 has 4 cells, and most lines have 3", dry_run("a,b,c,d\n1,2,3\n4,5,6\n7,8,9\n", status=1))

    def test_a_file_without_a_header_is_seen(self):
        numbers = [["1", "4"], ["2", "5"], ["3", "6"]]
        names = ["column_1", "column_2", "column_3"]
        self.check("1,2,3\n4,5,6\n", "CSV: ',', no header, UTF-8", names, numbers)
        self.check("yes,no\nno,no\nyes,yes\n", "CSV: ',', no header, UTF-8", names[:2], [["yes", "no", "yes"], ["no", "no", "yes"]])
        self.check("land,2019,2020\nx,1,2\ny,3,4\n", "CSV: ',', UTF-8", ["land", "2019", "2020"], [["x", "y"], ["1", "3"], ["2", "4"]])
        self.check("a,b\nx,y\n", "CSV: ',', no header, UTF-8", names[:2], [["a", "x"], ["b", "y"]], "--header", "no")
        self.check("1,2,3\n4,5,6\n", "CSV: ',', UTF-8", ["1", "2", "3"], [["4"], ["5"], ["6"]], "--header", "yes")

    def test_columns_without_a_name_get_one_and_it_is_said(self):
        pandas = self.check(",a,b\n0,1,2\n1,3,4\n", "CSV: ',', UTF-8", ["row", "a", "b"], [["0", "1"], ["1", "3"], ["2", "4"]])
        self.assertEqual(pandas["notes"], ["column 1 has no name: it is taken as 'row'"])
        r = self.check("mpg\tcyl\nMazda\t21\t6\nFiat\t32\t4\nFord\t15\t8\n", "CSV: TAB, UTF-8", ["row", "mpg", "cyl"],
                       [["Mazda", "Fiat", "Ford"], ["21", "32", "15"], ["6", "4", "8"]])
        self.assertEqual(r["notes"], ["column 1 has no name: it is taken as 'row'"])
        others = self.check("a,,row\n1,2,3\n4,5,6\n", "CSV: ',', UTF-8", ["a", "column_2", "row"], [["1", "4"], ["2", "5"], ["3", "6"]])
        self.assertEqual(others["notes"], ["column 2 has no name: it is taken as 'column_2'"])

    def test_delimiters_at_the_ends_of_rows_are_no_name_of_a_row(self):
        self.check("a,b\n1,2,\n3,4,\n", "CSV: ',', UTF-8", ["a", "b", "column_3"], [["1", "3"], ["2", "4"], []])

    def test_names_that_come_twice_get_a_number_and_it_is_said(self):
        page = self.check("a,b,a,a_2,a\n1,2,3,4,5\n", "CSV: ',', UTF-8", ["a", "b", "a_3", "a_2", "a_4"],
                          [["1"], ["2"], ["3"], ["4"], ["5"]])
        self.assertEqual(page["notes"], ["column 3 has the name of another one: it is taken as 'a_3'",
                                         "column 5 has the name of another one: it is taken as 'a_4'"])

    def test_ragged_lines_are_errors_that_name_the_line(self):
        text = "a,b,c\n1,2,3\n4,5\n6,7,8\n9,1,2\n"
        self.assertIn("line 3: 2 cells where the header has 3", dry_run(text, status=1))
        self.assertEqual(dry_run(text, "--skip-errors")["rows"], "3, and 1 malformed; without a key: they are numbered")

    def test_one_column_is_a_table_too(self):
        self.check("name\nann\nbob\n", "CSV: ',', UTF-8", ["name"], [["ann", "bob"]])

    def test_very_long_lines_are_read(self):
        page = dry_run("a,b\n" + "x" * 300000 + ",1\n" + "y" * 100000 + ",2\n")
        self.assertEqual(page["kinds"], ["text", "number"])

    def test_what_fits_no_dialect_is_an_error(self):
        prose = "It was a day, in May\nAnd then, after a while, he said: no\nNobody, it seems, knew; but, well, so it goes\nEnd\nx, y\n"
        self.assertIn("no way to read it fits with confidence", dry_run(prose, status=1))
        for prose in ("It was a day, in May\nThen he came back, and said no\nNobody knew why, so it goes\n",
                      "Roses are red, violets are blue.\nSugar is sweet, and so are you.\n",
                      "The sun went down, Mary was at home.\nThe moon came up, John was not there.\n",
                      "Whose woods these are; he thinks he knows\nHis house is there; in the village though\n"):
            self.assertIn("it looks like sentences", dry_run(prose, status=1))
            self.assertEqual(dry_run(prose, "--delimiter", prose[13] if prose[13] in ",;" else ",")["read"][:3], "CSV")

    def test_cells_of_many_words_are_no_prose(self):
        for text in ("Full Name, Home Town, Favourite Dish\nJohn Smith, New York City, Fish and Chips\nMary Ann Doe, Los Angeles, Ham\n",
                     "title,said\nThe Lord of the Rings,it was a long way to go\nThe Hobbit or so,and there and back\n",
                     "what he has said, how old he was\nit is a good day, 17\nit is no good day, 18\n",
                     "id of the thing, what it is called there\n, it is an apple or so\nx, and it is a pear or so\n"):
            self.assertTrue(dry_run(text)["read"].startswith("CSV: ','"), text)
        self.assertIn("empty", dry_run("", status=1))

    def test_binary_junk_is_an_error_that_says_what_it_is(self):
        rng = random.Random(7)
        self.assertIn("no text", dry_run(rng.randbytes(5000), status=1))
        for start, said in ((b"PK\x03\x04", "Excel"), (b"\x7fELF\2", "a program"), (b"SQLite format 3\0", "SQLite"), (b"%PDF-1.4\n", "PDF")):
            error = dry_run(start + b"some, text\nand, more\n", status=1)
            self.assertIn(said, error)
            self.assertEqual(len(error.splitlines()), 1)


class Missing(unittest.TestCase):
    TEXT = "id,Pulse,say\n1,NA,NA\n2,70,x\n3,80,y\n4,.,z\n5,NA,-\n"

    def test_text_that_is_named_as_another_format_is_an_error(self):
        for name, kind in (("a.parquet", "Parquet"), ("b.PARQUET", "Parquet"), ("c.arrow", "Arrow"), ("d.feather", "Arrow")):
            for text in ("PAR1xxxx\n", "a,b\n1,2\n"):
                error = dry_run(text, name=name, status=1)
                self.assertIn("its name says %s, and its first bytes are not those of such a file" % kind, error)
                self.assertEqual(len(error.splitlines()), 1, error)
        self.assertEqual(dry_run("a,b\n1,2\n", "--delimiter", ",", name="a.parquet")["fields"], ["a", "b"])
        self.assertEqual(dry_run("a,b\n1,2\n", name="parquet")["fields"], ["a", "b"])

    def test_words_among_numbers_are_pointed_out(self):
        page = dry_run(self.TEXT)
        self.assertEqual(page["notes"], ["2 cells of 'Pulse' are 'NA' among numbers: --na 'NA' makes them missing",
                                         "1 cell of 'Pulse' is '.' among numbers: --na '.' makes it missing"])
        self.assertEqual(page["kinds"], ["number", "number", "text"])

    def test_each_word_for_a_missing_value_is_pointed_out(self):
        for word in ("NA", "N/A", "NULL", "NaN", ".", "-"):
            text = "n\n1\n%s\n2\n" % word
            self.assertEqual(dry_run(text)["notes"], ["1 cell of 'n' is '%s' among numbers: --na '%s' makes it missing" % (word, word)])
            self.assertEqual(dry_run(text, "--na", word)["notes"], [])

    def test_each_separator_of_thousands_is_pointed_out_by_its_name(self):
        for separator, name, option in ((",", "','", "','"), (".", "'.'", "'.'"), ("'", "'''", '"\'"'), (" ", "' '", "' '"),
                                        ("\u00a0", "a no-break space (U+00A0)", "' '"), ("\u202f", "a narrow no-break space (U+202F)", "' '"),
                                        ("\u2009", "a thin space (U+2009)", "' '")):
            text = "n;x\n1,234,567;a\n7;b\n12,345,678;c\n".replace(",", separator)
            self.assertEqual(dry_run(text)["notes"], ["'n' has %s between thousands in 2 cells, so they are text: --thousands %s makes them "
                                                      "numbers" % (name, option)])
            page = dry_run(text, "--thousands", option[1])
            self.assertEqual((page["notes"], page["cells"][0]), ([], ["1234567", "7", "12345678"]))

    def test_points_beside_decimal_commas_are_pointed_out(self):
        page = dry_run("n;x\n1,5;a\n" + "2,5;b\n" * 20000 + "1.234;c\n")
        self.assertEqual(page["notes"], ["1 cell has a point, '1.234' in line 20003, where other numbers have a decimal comma, and the point "
                                         "is read as decimal: --thousands '.' takes it out, --decimal '.' reads commas as text"])

    def test_numbers_with_more_beside_them_are_pointed_out(self):
        for first, second in (("12%", "7.5 %"), ("$1,234.50", "-$12"), ("3,00 €", "€ 12,50"), ("\u22125", "\u22127"), ("(5)", "(1.234,5)"),
                              ("12 EUR", "7")):
            self.assertEqual(dry_run("n|x\n%s|a\n%s|b\n" % (first, second))["notes"],
                             ["2 cells of 'n' are text, as more than a number stands in them, the first '%s' in line 2" % first]
                             if second != "7" else ["1 cell of 'n' is text, as more than a number stands in it: '12 EUR' in line 2"])
        for text in ("5 kg", "a5", "$", "(a)", "1.2.3", "12-34-56"):
            self.assertEqual(dry_run("n|x\n%s|a\n%s|b\n" % (text, text))["notes"], [])

    def test_dates_of_other_forms_are_pointed_out(self):
        for date in ("31.12.2024", "1.2.2025", "12/31/24", "31/12/2024 10:30", "2024-1-5", "2024/12/31"):
            self.assertEqual(dry_run("d,x\n%s,a\n%s,b\n" % (date, date))["notes"],
                             ["2 cells of 'd' are text, and no dates, the first '%s' in line 2 (dates are written as 2024-12-31)" % date])
        for text in ("2024-12-31", "2024-12-31T10:30:00", "31.13.2024", "1.2.3", "12-34-5678", "12-31-24", "127.0.0.1", "12345.1.2024"):
            self.assertEqual(dry_run("d,x\n%s,a\n%s,b\n" % (text, text))["notes"], [], text)

    def test_an_example_ends_with_a_whole_character(self):
        self.assertIn("the first '" + "ä" * 12 + "' in", dry_run("n,x\n1,a\n2,b\n3,c\n%s,d\n%s,e\n" % (("ä" * 20,) * 2))["notes"][0])
        self.assertIn("' " + "ä" * 11 + "' in line 2", dry_run("n,x\n %s,a\nb,c\n" % ("ä" * 20))["notes"][0])

    def test_what_na_names_is_missing(self):
        page = dry_run(self.TEXT, "--na", "NA,.")
        self.assertEqual(page["notes"], [])
        self.assertEqual(page["cells"][2], ["x", "y", "z"])
        page = dry_run(self.TEXT, "--na", "NA", "--na", ".,-")
        self.assertEqual(page["cells"][1], ["70", "80"])

    def test_kinds_are_numbers_dates_and_text(self):
        page = dry_run("n,d,t,e,m\n1,2024-01-01,x,,1\n-2.5e3,2024-02-29,7,,x\n3,2024-12-31T10:00,y,,2\n4,2024-01-05,z,,3\n")
        self.assertEqual(page["kinds"], ["number", "date", "text", "empty", "number, but for 1"])


class Compressed(unittest.TestCase):
    TEXT = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(50000))

    def packed(self):
        yield "gzip", gzip.compress(self.TEXT)
        yield "bzip2", bz2.compress(self.TEXT)
        yield "xz", lzma.compress(self.TEXT)
        with self.subTest("Zstandard"):
            if not shutil.which("zstd"):
                self.skipTest("SKIPPED: no zstd to pack it with")
            yield "Zstandard", subprocess.run(["zstd", "-c"], input=self.TEXT, stdout=subprocess.PIPE, check=True).stdout

    def test_each_is_seen_whatever_the_name(self):
        for name, data in self.packed():
            page = dry_run(data, name="file.txt")
            self.assertEqual((page["read"], page["rows"]), ("CSV: ',', UTF-8, " + name, "50,000; without a key: they are numbered"))

    def test_each_is_read_from_a_pipe(self):
        for name, data in self.packed():
            done = subprocess.run([harness.LOAD, "--dry-run", "-"], input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertIn(b"rows         50,000", done.stdout, (name, done.stderr))

    def test_a_damaged_file_is_an_error(self):
        for name, data in self.packed():
            self.assertIn("the %s data is missing" % name, dry_run(data[:len(data) // 2], status=1))


class Options(unittest.TestCase):
    def test_a_wrong_option_is_one_line_and_where_to_look(self):
        for args in (["--nosuch"], ["--delimiter", "ab", "f"], ["--header", "x", "f"], ["--skip", "-1", "f"], ["--decimal", "!", "f"],
                     ["--append", "--update", "f"], ["--append", "--key", "a", "f"], ["--label", "f"], ["--field-label", "f"], ["--multi", "f"], ["f", "g"], [],
                     ["--port", "0", "f"], ["--from", "redis://x", "--key", "a"], ["--match", "x", "f"], ["--thousands", "x", "f"],
                     ["--dataset"]):
            done = subprocess.run([harness.LOAD, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            lines = done.stderr.decode().splitlines()
            self.assertEqual((done.returncode, len(lines)), (2, 1), (args, lines))
            self.assertIn("quipu-load --help lists the options", lines[0])
        done = subprocess.run([harness.LOAD, "--help"], stdout=subprocess.PIPE, check=True)
        self.assertIn(b"--thousands", done.stdout)


if __name__ == "__main__":
    harness.main()
