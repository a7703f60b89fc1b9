"""Kinds of malformed CSV, one row each: how it is read, and what is said of it; or the error.

The kinds are those of the benchmark Pollock (Vitagliano and others, "Pollock: A Data Loading Benchmark", 2023); the files are
made here. What a table holds is never changed without a word: a note or an error says what may be misread.
"""

import unittest

import quipu_harness as harness
from test_load import dry_run

NAMES = ["name", "n"]
ROWS = "ann,1\nbob,2\ncid,3\n"
COMMA = "CSV: ',', UTF-8"
OUT = "lines before line %d are no rows, and left out"
AGAIN = "1 row has the names of the fields again, in line %d, and is read as a row: take the line out where another table or file " \
    "begins; if the first line is a row, too, --header no"
GUESSED = "line 2 is taken for the names of the fields: if line 1 has them, but for the first column, --skip 0 reads it so"

# what, the text, how it is read, its fields, its rows, notes
READ = (
    ("as it should be", "name,n\n" + ROWS, COMMA, NAMES, 3, []),
    ("a title", "Report 2024\nname,n\n" + ROWS, "CSV: ',', header in line 2, UTF-8", NAMES, 3, [OUT % 2]),
    ("a title, an empty line", "Report\n\nname,sex\nann,f\nbob,m\n", "CSV: ',', header in line 3, UTF-8", ["name", "sex"], 2, [OUT % 3]),
    ("a title with a comma", "Sales, by region\n\nname,n,m\nann,1,2\nbob,2,3\n", "CSV: ',', header in line 3, UTF-8",
     ["name", "n", "m"], 2, [OUT % 3]),
    ("a title with a comma, over text", "Sales, by region\nname,sex,town\nann,f,ulm\nbob,m,bonn\n",
     "CSV: ',', header in line 2, UTF-8", ["name", "sex", "town"], 2,
     [OUT % 2, GUESSED]),
    ("a title of words over text", "Report 2024\nname,sex\nann,f\nbob,m\n", "CSV: ',', header in line 2, UTF-8", ["name", "sex"], 2,
     [OUT % 2, GUESSED]),
    ("a title of one word over text", "Report\nname,sex\nann,f\nbob,m\n", COMMA, ["row", "Report"], 3,
     ["line 1 is taken for the names of the fields: if it is a title, --skip 1 leaves it out",
      "column 1 has no name: it is taken as 'row'"]),
    ("a title over rows that are no names of rows", "Report\nname,sex\nann,f\nann,m\n", "CSV: ',', header in line 2, UTF-8",
     ["name", "sex"], 2, [OUT % 2]),
    ("a comment", "# c\na,b\n1,2\n", "CSV: ',', header in line 2, UTF-8", ["a", "b"], 1, [OUT % 2]),
    ("comments of more cells than the table", "# one, two, three\n# four\na,b\n1,2\n3,4\n5,6\n7,8\n",
     "CSV: ',', header in line 3, UTF-8", ["a", "b"], 4, [OUT % 3]),
    ("a comment over numbers alone", "# c\n1,2\n3,4\n", "CSV: ',', no header, UTF-8", ["column_1", "column_2"], 2, [OUT % 2]),
    ("a title in a file whose lines end in CR", "Report 2024\rname,n\rann,1\rbob,2\r",
     "CSV: ',', lines end in CR, header in line 2, UTF-8", NAMES, 2, [OUT % 2]),
    ("a title of a sheet, as wide as the table", "Report 2024,\nname,n\n" + ROWS, "CSV: ',', header in line 2, UTF-8", NAMES, 3, [OUT % 2]),
    ("titles of a sheet, an empty line, text", "Report,,\nby me,,\n,,\nname,sex,town\nann,f,ulm\nbob,m,bonn\n",
     "CSV: ',', header in line 4, UTF-8", ["name", "sex", "town"], 2, [OUT % 4]),
    ("a first row with one cell, without a header", "ann,,\nbob,2,3\ncid,4,5\n", "CSV: ',', no header, UTF-8",
     ["column_1", "column_2", "column_3"], 3, []),
    ("a comment that has the names", "# name,sex\nann,f\nbob,m\n", COMMA, ["# name", "sex"], 2,
     ["the names begin as a comment does: the first field is '# name'"]),
    ("Excel's sep=", "sep=;\nname;n\nann;1\n", "CSV: ';', header in line 2, UTF-8", NAMES, 1, []),
    ("Excel's sep=, of a byte that is not tried", "\ufeffSEP=^\r\na^b\r\n1^2\r\n", "CSV: '^', header in line 2, UTF-8", ["a", "b"], 1, []),
    ("two lines of a header", "name,n\nwho,kg\n" + ROWS, COMMA, NAMES, 4, ["1 cell of 'n' is text among numbers: 'kg' in line 2"]),
    ("another table, as wide, behind an empty line", "name,n\n" + ROWS + "\ntown,size\nulm,7\n", COMMA, NAMES, 5,
     ["1 empty line stands between rows, and is no row; the row behind it is in line 6: is it of another table?",
      "1 cell of 'n' is text among numbers: 'size' in line 6"]),
    ("the same table again", ("name,n\n" + ROWS) * 2, COMMA, NAMES, 7,
     [AGAIN % 5, "1 cell of 'n' is text among numbers: 'n' in line 5"]),
    ("a file of text behind another", "name,sex\nann,f\nbob,m\nname,sex\ncid,m\n", COMMA, ["name", "sex"], 4, [AGAIN % 4]),
    ("a file of text behind another, each with a byte order mark", "\ufeffname,sex\nann,f\n\ufeffname,sex\ncid,m\n", COMMA,
     ["name", "sex"], 3, [AGAIN % 3]),
    ("a file behind another, with a byte order mark and quotes", '\ufeff"name",n\n"ann",1\n\ufeff"bob",2\n', COMMA, NAMES, 2, []),
    ("a header that lacks a name, twice", ",a,b\n1,x,y\n2,z,w\n,a,b\n1,q,r\n", COMMA, ["row", "a", "b"], 4,
     ["column 1 has no name: it is taken as 'row'", AGAIN % 4]),
    ("rows of text, the first of them again and again", "ann,f\nann,f\nbob,m\nann,f\n", "CSV: ',', no header, UTF-8",
     ["column_1", "column_2"], 4, []),
    ("another table, as wide, behind a row without cells", "name,sex\nann,f\n,\ntown,river\nulm,donau\n", COMMA, ["name", "sex"], 4,
     ["1 row has no filled cell, in line 3, and is left out: is what stands behind of another table?"]),
    ("rows without cells at the end", "name,sex\nann,f\n,\n,\n", COMMA, ["name", "sex"], 3,
     ["2 rows have no filled cell, the first in line 3, and are left out"]),
    ("a comment between rows", "name,sex\nann,f\n# not sure,m\nbob,m\n", COMMA, ["name", "sex"], 3,
     ["1 row begins as a comment does, '# not sure' in line 3: it is read as a row"]),
    ("a comment in a table of one column", "name\nann\n# not sure\nbob\n", COMMA, ["name"], 3,
     ["1 row begins as a comment does, '# not sure' in line 3: it is read as a row"]),
    ("first cells that all begin with #", "name,sex\n# 1,f\n# 2,m\n", COMMA, ["name", "sex"], 2, []),
    ("a footnote as wide as the table, behind a total", "name,n\n" + ROWS + "Gesamtergebnis,6\nQuelle: das Amt,\n", COMMA, NAMES, 5,
     ["the last row, in line 5, begins with 'Gesamtergebnis': if it is the sum of the others, counts and sums have it too",
      "1 row begins as a footnote does, 'Quelle: das Amt' in line 6: it is read as a row"]),
    ("a footnote in a table of one column", "name\nann\nbob\nSource: the office\n", COMMA, ["name"], 3,
     ["1 row begins as a footnote does, 'Source: the office' in line 4: it is read as a row"]),
    ("formulas that keep zeros", 'id,n\n="007",1\n="008",2\n', COMMA, ["id", "n"], 2,
     ["2 cells are formulas, the first '=\"007\"' in line 2: the sign and the quotes belong to the value"]),
    ("a total", "name,n\n" + ROWS + "Total,6\n", COMMA, NAMES, 4,
     ["the last row, in line 5, begins with 'Total': if it is the sum of the others, counts and sums have it too"]),
    ("two empty lines at the end", "name,n\n" + ROWS + "\n\n", COMMA, NAMES, 3, []),
    ("line ends of several kinds", "name,n\r\nann,1\nbob,2\r\ncid,3", COMMA, NAMES, 3, []),
    ("a CR more at each line's end", "name,n\r\r\nann,1\r\r\nbob,2\r\r\n", COMMA, NAMES, 2, []),
    ("a CR alone among other line ends", "word\r\nhouse\ntree\rhill\n", COMMA, ["word"], 2,
     ["1 cell has a CR in it, 'tree\\x0dhill' in line 3, and other lines end in LF: if the line ends there, put LF in its place"]),
    ("no line end at the end", "name,n\nann,1\nbob,2", COMMA, NAMES, 2, []),
    ("blanks behind delimiters", "a, b\n1, 2\n3, 4\n", COMMA, ["a", " b"], 2,
     ["1 name begins or ends with a blank, ' b': --trim takes it off",
      "2 cells begin or end with a blank, the first ' 2' in line 2: the blank belongs to the value; --trim takes it off"]),
    ("other blanks at the ends of cells", "a,b\n1\u00a0,x\t\n2,\u202fy\n", COMMA, ["a", "b"], 2,
     ["3 cells begin or end with a blank, the first '1\u00a0' in line 2: the blank belongs to the value; --trim takes it off"]),
    ("a blank as the delimiter", "a b c\n1 2 3\n4 5 6\n", COMMA, ["a b c"], 2, ["each line is one cell: --delimiter 'space' makes 3 of it"]),
    ("columns aligned by blanks", "a   b\n10  2\n3   14\n", COMMA, ["a"], 2,  # the page parts columns by blanks, too
     ["each line is one cell, and has 2 words: if blanks align columns, put one delimiter in their place"]),
    ("colons", "a:b\n1:2\n3:4\n", COMMA, ["a:b"], 2, ["each line is one cell: --delimiter ':' makes 2 of it"]),
    ("circumflexes", "a^b^c\n1^2^3\n4^5^6\n", COMMA, ["a^b^c"], 2, ["each line is one cell: --delimiter '^' makes 3 of it"]),
    ("tildes", "a~b\n1~2\n3~4\n", COMMA, ["a~b"], 2, ["each line is one cell: --delimiter '~' makes 2 of it"]),
    ("lines that stand in quotes", '"name,n"\n"ann,1"\n"bob,2"\n', COMMA, ["name,n"], 2,
     ["each line is one cell, as it stands in quotes: without these ',' makes 2 of it"]),
    ("lines that stand in quotes, with TABs", '"name\tn"\n"ann\t1"\n"bob\t2"\n', COMMA, ["name␉n"], 2,
     ["each line is one cell, as it stands in quotes: without these TAB makes 2 of it"]),
    ("words in quotes, some with a comma", '"name"\n"Lee, Ann"\n"Bob"\n', COMMA, ["name"], 2, []),
    ("commas that are decimal in one field, and none in another", "price;codes\n1,50;1,2\n2,50;1,2,3\n3,75;x\n4,00;y\n",
     "CSV: ';', decimal comma, UTF-8", ["price", "codes"], 4,
     ["'codes' has commas between numbers, '1,2,3' in line 3, and 1 cell of it, '1,2' in line 2, is read as a number with a decimal "
      "comma: --decimal '.' leaves commas as they are"]),
    ("points that may separate thousands", "name;n\nann;1.234\nbob;2.500\ncid;120\n", "CSV: ';', UTF-8", NAMES, 3,
     ["all 2 numbers with a point have three digits behind it, the first '1.234' in line 2, and are read with decimals: if it separates "
      "thousands, --thousands '.'"]),
    ("points that do not separate thousands", "name;n\nann;1.234\nbob;2.500\ncid;0.125\n", "CSV: ';', UTF-8", NAMES, 3, []),
    ("a list of words", "word\nhouse\ntree\n", COMMA, ["word"], 2, []),
    ("quotes that are doubled", 'name,n\n"a ""b""",1\n"c",2\n', COMMA, NAMES, 2, []),
    ("quotes that are escaped", 'name,n\n"a \\"b\\", c",1\n"c",2\n', "CSV: ',', escape \\, UTF-8", NAMES, 2, []),
    ("an empty name", "name,\nann,1\nbob,2\n", COMMA, ["name", "column_2"], 2, ["column 2 has no name: it is taken as 'column_2'"]),
    ("a name twice", "n,n\n1,2\n3,4\n", COMMA, ["n", "n_2"], 2, ["column 2 has the name of another one: it is taken as 'n_2'"]),
    ("a line end in a cell", 'name,n\n"ann\nlee",1\nbob,2\n', COMMA, NAMES, 2, []),
    ("a NUL", "name,n\na\0b,1\nbob,2\n", COMMA, NAMES, 2, []),
    ("no header", "1,2\n3,4\n", "CSV: ',', no header, UTF-8", ["column_1", "column_2"], 2, []),
    ("a header alone", "name,n\n", COMMA, NAMES, 0, []),
)

# what, the text, what the error says
REFUSED = (
    ("a page", "\n<!DOCTYPE html>\n<html><body>\n</body></html>\n", "this is HTML, and no text with separated cells: save the table as CSV"),
    ("a document", "\ufeff<?xml version='1.0'?>\n<rows>\n</rows>\n", "this is XML, and no text with separated cells"),
    ("another table, wider", "name,n\n" + ROWS + "\na,b,c\n1,2,3\n", "line 6: 3 cells where the header has 2"),
    ("a footnote", "name,n\n" + ROWS + "Source: the office\n", "line 5: 1 cells where the header has 2"),
    ("another delimiter in one line", "name,n\nann,1\nbob;2\ncid,3\ndan,4\n", "line 3: 1 cells where the header has 2"),
    ("a cell less", "name,n,m\nann,1,2\nbob,2\ncid,3,4\ndan,4,5\n", "line 3: 2 cells where the header has 3"),
    ("a cell more", "name,n\nann,1\nbob,2,3\ncid,3\ndan,4\n", "line 3: 3 cells where the header has 2"),
    ("a delimiter more at one end", "name,n\nann,1\nbob,2,\ncid,3\ndan,4\n", "line 3: 3 cells where the header has 2"),
    ("a quote that is not closed", 'name,n\n"ann",1\n"bob,2\n"cid",3\n"dan",4\n', "line 3: text behind a closing quote"),
    ("a quote too many", 'name,n\n"ann",1\n"bob"",2\n"cid",3\n"dan",4\n', "line 3: text behind a closing quote"),
    ("a title with as many cells as a header of another width", "a,b,c,d\n1,2,3\n4,5,6\n7,8,9\n", "--skip N leaves lines out"),
)


class Kinds(unittest.TestCase):
    def test_each_kind_is_read_as_it_is_said(self):
        for what, text, read, fields, nrows, notes in READ:
            with self.subTest(what):
                page = dry_run(text)
                self.assertEqual((page["read"], page["fields"], int(page["rows"].split(";")[0]), page["notes"]), (read, fields, nrows, notes))

    def test_each_kind_that_is_refused_names_the_line_or_the_option(self):
        for what, text, said in REFUSED:
            with self.subTest(what):
                self.assertIn(said, dry_run(text, status=1))

    def test_what_a_note_proposes_reads_it_otherwise(self):
        for text, options, fields in (
                ("Report 2024\nname,sex\nann,f\nbob,m\n", ["--skip", "0"], ["row", "Report 2024"]),
                ("Report\nname,sex\nann,f\nbob,m\n", ["--skip", "1"], ["name", "sex"]),
                ("a, b\n1, 2\n3, 4\n", ["--trim"], ["a", "b"]),
                ("a b c\n1 2 3\n4 5 6\n", ["--delimiter", "space"], ["a", "b", "c"]),
                ("a;b\n1.234;x\n2.500;y\n", ["--thousands", "."], ["a", "b"]),
                ("<html>\n<p>\n", ["--delimiter", ","], ["<html>"]),
                ("a^b^c\n1^2^3\n4^5^6\n", ["--delimiter", "^"], ["a", "b", "c"])):
            page = dry_run(text, *options)
            self.assertEqual(page["fields"], fields)
            self.assertEqual([note for note in page["notes"] if "--" in note], [])

    def test_blanks_are_taken_off_around_quotes_and_not_inside(self):
        page = dry_run('name , n\n"ann, b" , 1\n " cid " ,2 \n', "--trim")
        self.assertEqual((page["read"], page["fields"], page["cells"]),
                         ("CSV: ',', trimmed, UTF-8", NAMES, [["ann,", "b", "cid"], ["1", "2"]]))
        self.assertEqual((page["kinds"], page["notes"]), (["text", "number"], []))

    def test_each_kind_of_blank_is_taken_off(self):
        for blank in (" ", "\t", "\u00a0", "\u202f", "\u3000"):
            page = dry_run("a ,b\n1 , x y \n 2,\"z\" \n".replace(" ", blank), "--trim", "--delimiter", ",")
            self.assertEqual((page["fields"], page["kinds"], page["notes"]), (["a", "b"], ["number", "text"], []))
        self.assertEqual(dry_run("a\tb\n\t2\n3\t\n", "--trim")["kinds"], ["number", "number"])  # delimiters are no blanks

    def test_headers_that_lack_a_name_are_still_read(self):
        for text, notes in (("x\n1\t2\n2\t4\n3\t6\n", []),  # R's write.table of one column
                            ("mpg,cyl\nMazda,21,6\nFiat,NA,4\nFord,15,8\n", []),
                            ("mpg,cyl\nMazda,NA,6\nFiat,32,4\nFord,15,8\n", [])):
            page = dry_run(text)
            self.assertEqual(page["fields"], ["row"] + text.split("\n")[0].split(","))
            self.assertEqual([note for note in page["notes"] if "--skip" in note], notes)


if __name__ == "__main__":
    harness.main()
