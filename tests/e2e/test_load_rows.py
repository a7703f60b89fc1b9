"""What quipu-load does with rows that are there, and with datasets that are not: nothing is lost or mixed without a word."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import quipu_harness as harness
from quipu_harness import Redis, ReplyError, Server, ServerCase, pairs, run_load, wait_until


class Case(ServerCase):
    """`survey` is another name in each test: what DROP removes in the background is not waited for."""

    ntests = 0

    def setUp(self):
        super().setUp()
        Case.ntests += 1
        self.name = "s%02dx" % Case.ntests

    def own(self, text):
        if isinstance(text, bytes):
            return text.replace(b"survey", self.name.encode())
        return text.replace("survey", self.name)

    def load(self, text, *args, status=0, dataset="survey"):
        words = ["--dataset", self.own(dataset), *map(self.own, args), "-"]
        done = run_load(self.server, *words, stdin=text if isinstance(text, bytes) else self.own(text).encode())
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.replace(self.name, "survey")

    def call(self, *words):
        return self.client.call(*map(self.own, words))

    def row(self, key):
        fields = self.call("HGETALL", key)
        return dict(zip(fields[0::2], fields[1::2]))

    def count(self, text="count from survey"):
        return self.query(self.own(text))

    def names(self):
        """Of the datasets of this test."""
        names = [pairs(item)["name"].decode() for item in self.client.call("DATASET", "LIST")]
        return sorted(name.replace(self.name, "survey") for name in names if self.name in name)

    def said(self):
        return {pairs(item)["field"]: pairs(item) for item in self.call("DATASET", "DESCRIBE", "survey")}


class Notes(Case):
    """What is said at the end of a load is of all its rows, however many stand before."""

    def notes(self, text):
        said = "quipu-load: standard input: "
        lines = self.load(text, "--append").splitlines()
        return [line[len(said):] for line in lines if line.startswith(said) and "read as" not in line]

    def test_thousands_behind_a_thousand_rows(self):
        self.assertEqual(self.notes("n;x\n" + "7;a\n" * 1100 + "1,000;b\n"),
                         ["'n' has ',' between thousands in 1 cell, so they are text: --thousands ',' makes them numbers"])

    def test_numbers_behind_a_thousand_words_for_missing(self):
        self.assertEqual(self.notes("n;x\n" + "NA;a\n" * 1199 + "7;b\n8;c\n"),
                         ["1199 cells of 'n' are 'NA' among numbers: --na 'NA' makes them missing"])

    def test_decimal_commas_and_text_behind_what_the_dialect_is_seen_by(self):
        self.assertEqual(self.notes("n;x\n" + "1;a\n" * 20000 + "1,5;b\n1,500;c\nkg;d\n"),
                         ["2 cells of 'n' are text, with a decimal comma, the first '1,5' in line 20002 (--decimal ',' makes them numbers)",
                          "1 cell of 'n' is text among numbers: 'kg' in line 20004"])

    def test_the_quiet_hear_notes_and_nothing_else(self):
        message = self.load("n;x\n7;a\nNA;b\n8;c\n", "--append", "--quiet")
        self.assertEqual(message, "quipu-load: standard input: 1 cell of 'n' is 'NA' among numbers: --na 'NA' makes it missing\n")

    def test_values_of_a_field_with_several_are_no_text_among_numbers(self):
        text = "n,x\n1,a\n2;3,b\n2,c\n"
        self.assertEqual(self.notes(text), ["1 cell of 'n' is text among numbers: '2;3' in line 3"])
        self.assertNotIn("among", self.load(text, "--append", "--multi", "n", ";"))
        self.assertNotIn("among", self.load(text, "--append"))  # the dataset knows by now


class Rows(Case):
    def test_a_dataset_is_made_by_loading_it(self):
        message = self.load("sex,age\nm,31\nf,32\n")
        self.assertIn("read as CSV: ',', UTF-8", message)
        self.assertIn("2 rows loaded", message)
        self.assertIn("; new: 2", message)
        self.assertEqual(self.row("survey_1"), {b"sex": b"m", b"age": b"31"})
        self.assertEqual(self.count("count sex in {m, f} from survey"), [1, 1])

    def test_a_prefix_may_be_given(self):
        self.load("a\nx\n", "--prefix", "s:")
        self.assertEqual(self.row("s:1"), {b"a": b"x"})

    def test_prefixes_that_cover_each_other_are_refused_with_a_free_one(self):
        self.load("a\nx\n", "--prefix", "survey_2", dataset="other-survey")
        message = self.load("a\nx\n", status=1)
        self.assertIn("overlap", message)
        self.assertIn("--prefix rows-survey_ is free", message)
        self.load("a\nx\n", "--prefix", "rows-survey_")
        self.assertEqual(self.count(), 1)

    def test_a_name_that_rows_of_another_may_have_is_refused_with_a_free_one(self):
        self.load("a\nx\n")
        message = self.load("a\nx\n", dataset="survey_2", status=1)
        self.assertIn("'survey_2' cannot be the name of a dataset", message)
        self.assertIn("--dataset survey.2 is free", message)
        self.load("a\nx\n", dataset="survey.2")
        self.assertEqual(self.count("count from `survey.2`"), 1)

    def test_rows_without_a_key_into_rows_are_an_error_that_names_the_three(self):
        self.load("a\nx\ny\n")
        message = self.load("a\nz\n", status=1)
        for word in ("--replace", "--append", "--update", "'survey'"):
            self.assertIn(word, message)
        self.assertEqual((self.count(), self.row("survey_1")), (2, {b"a": b"x"}))

    def test_an_id_column_is_a_key_by_key_id_alone_and_stays_a_field(self):
        self.load("id,a\n7,x\n8,y\n")
        self.assertEqual(self.row("survey_1"), {b"id": b"7", b"a": b"x"})
        self.load("id,a\n7,x\n8,y\n", "--key", "id", dataset="other-survey")
        self.assertEqual(self.row("other-survey_7"), {b"id": b"7", b"a": b"x"})
        self.assertEqual(self.count("count from `other-survey` where id = 8"), 1)

    def test_new_changed_and_same_rows_are_counted(self):
        self.load("key,a,b\n1,x,y\n2,x,y\n3,x,\n")
        self.call("HSET", "survey_1", "other", "z")
        self.call("HSET", "survey_9", "other", "z")
        message = self.load("key,a,b\n1,x,y\n2,x2,\n3,x,\n4,n,\n5,,\n9,q,\n")
        for part in ("5 rows loaded", "; new: 1", "; changed: 2", "; the same as before: 2", "; skipped, without a field: 1",
                     "; fields removed by empty cells: 1"):
            self.assertIn(part, message)
        self.assertEqual(self.row("survey_1"), {b"a": b"x", b"b": b"y", b"other": b"z"})
        self.assertEqual(self.row("survey_2"), {b"a": b"x2"})
        self.assertEqual(self.row("survey_9"), {b"a": b"q", b"other": b"z"})
        self.assertEqual(self.count(), 5)

    def test_a_row_all_of_whose_cells_are_empty_loses_its_fields(self):
        self.load("key,a,b\n1,x,y\n2,x,y\n")
        message = self.load("key,a,b\n1,,\n2,,\n", "--update")
        self.assertIn("; changed: 2", message)
        self.assertIn("; fields removed by empty cells: 4", message)
        self.assertEqual(self.count(), 0)

    def test_update_goes_by_the_key_that_is_named(self):
        self.load("id,a\n7,x\n8,y\n", "--key", "id")
        message = self.load("id,a\n8,z\n9,w\n", "--update", "--key", "id")
        self.assertIn("; new: 1; changed: 1", message)
        self.assertEqual((self.row("survey_8"), self.count()), ({b"id": b"8", b"a": b"z"}, 3))
        self.assertIn("--update needs to know the rows: --key FIELD", self.load("id,a\n8,z\n", "--update", status=1))

    def test_keys_that_come_twice_are_counted_and_the_last_line_counts(self):
        text = "key,a,b\n1,x,y\n2,x,y\nsurvey_1,z,\n1,w,\n"
        for _ in range(2):
            message = self.load(text)
            self.assertIn("lines that replace an earlier line with the same key: 2", message)
            self.assertEqual((self.row("survey_1"), self.count()), ({b"a": b"w"}, 2))

    def test_keys_that_come_twice_are_noted_where_nobody_has_named_the_column(self):
        said = "quipu-load: standard input: 2 lines have the key of an earlier one in the column 'key', and take its place: " \
               "--append gives each line a key of its own\n"
        self.assertEqual(self.load("key,n\na,1\na,2\na,3\nb,4\n", "--quiet"), said)
        self.assertEqual(self.load("key,n\na,1\na,2\na,3\nb,4\n", "--quiet", "--key", "key"), "")
        self.assertEqual(self.load("key,n\na,1\na,2\na,3\nb,4\n", "--quiet", "--append"), "")
        self.assertEqual(self.count("count key from survey"), [[b"a", 3], [b"b", 1]])

    def test_twice_the_same_key_in_one_batch_ends_as_the_last_line_says(self):
        """What a line is compared with is what the line before it has left."""
        self.load("key,a\n1,x\n")
        self.load("key,a\n1,y\n1,x\n")
        self.assertEqual(self.row("survey_1"), {b"a": b"x"})

    def test_append_adds_rows_under_keys_of_their_own(self):
        self.load("a\nx\ny\n")
        for _ in range(2):
            self.assertIn("; new: 3", self.load("a\nx\ny\nz\n", "--append"))
        self.assertEqual(self.count(), 8)
        self.load("key,a\n1,x\n", "--append")
        self.assertEqual((self.count(), self.row("survey_1")), (9, {b"a": b"x"}))
        self.assertEqual(self.count("count from survey where key = 1"), 1)

    def test_appends_at_the_same_time_add_all_of_their_rows(self):
        self.load("a\nx\n")
        command = [harness.LOAD, "--port", str(self.server.port), "--dataset", self.name, "--append", "-"]
        loads = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(8)]
        for load in loads:
            load.stdin.write(b"a\n" + b"y\n" * 300)
        for load in loads:
            said = load.communicate(timeout=60)[1]
            self.assertEqual(load.returncode, 0, said)
            self.assertIn(b"; new: 300", said)
        self.assertEqual(self.count("count a in {x, y} from survey"), [1, 2400])

    def test_who_counts_meanwhile_sees_the_old_rows_or_the_new_ones(self):
        self.load("a\n" + "old\n" * 300)
        is_over, answers = threading.Event(), []

        def counts():
            with self.server.client() as client:
                while not is_over.is_set():
                    try:
                        answers.append(client.call("QUERY", self.own("count a in {old, new} from survey")))
                    except ReplyError as error:
                        answers.append([error.text])

        counting = threading.Thread(target=counts)
        counting.start()
        try:
            wait_until(lambda: answers, "an answer")
            for text in ("new\n" * 500, "old\n" * 300, "new\n" * 500):
                self.load("a\n" + text, "--replace")
            seen = len(answers)
            wait_until(lambda: len(answers) > seen + 1, "an answer more")
        finally:
            is_over.set()
            counting.join()
        self.assertEqual(answers[-1], [0, 500])
        self.assertEqual({tuple(answer) for answer in answers}, {(300, 0), (0, 500)})

    def test_replace_takes_the_place_of_all_in_one_step(self):
        self.load("a,b\nx,1\ny,2\nz,3\n", "--label", "b", "1", "one", "--multi", "a", ";")
        for n in (1, 2):
            message = self.load("a,b\n" + "w,1\n" * n, "--replace")
            self.assertIn("'survey' means dataset survey.", message)
            self.assertIn("is dropped", message)
            self.assertEqual((self.count(), self.count("count b in {1, 2} from survey")), (n, [n, 0]))
            self.assertEqual(self.row("survey_1"), {b"a": b"w", b"b": b"1"})
            said = self.said()
            self.assertEqual((said[b"b"]["labels"], said[b"a"]["multi"]), ([b"1", b"one"], b";"))
            wait_until(lambda: len(self.names()) == 1, "the old one is gone")

    def test_of_replacements_at_once_one_stays(self):
        self.load("a\nx\n", "--label", "a", "y", "yes")
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"a\n" + b"y\n" * 30)
            file.flush()
            command = [harness.LOAD, "--port", str(self.server.port), "--dataset", self.name, "--replace", file.name]
            loads = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
            said = [load.communicate(timeout=60)[1].decode() for load in loads]
        self.assertEqual([load.returncode for load in loads], [0] * 4, said)
        self.assertNotIn("stays", "".join(said))
        wait_until(lambda: len(self.names()) == 1, "the others are gone")
        self.assertEqual(self.count("count a in {x, y} from survey"), [0, 30])
        self.assertEqual(self.said()[b"a"]["labels"], [b"y", b"yes"])

    def test_a_replacement_drops_what_another_has_loaded_meanwhile(self):
        self.load("a,b\nx,1\n")
        loads = [self.beside() for _ in range(2)]
        for load, name in loads:
            said = load.communicate(timeout=60)[1].decode().replace(self.name, "survey")
            self.assertIn("'survey' means dataset %s now" % name, said)
        self.assertIn("; %s is dropped" % loads[0][1], said)
        wait_until(lambda: self.names() == [loads[1][1]], "the first is gone, too")
        self.assertEqual(self.count(), 100)

    def test_a_replacement_that_fails_changes_nothing(self):
        self.load("a,b\nx,1\n")
        self.load("a,b\nx,2\ny\nz,3\n", "--replace", "--delimiter", ",", status=1)
        wait_until(lambda: self.names() == ["survey"], "nothing stays beside it")
        self.assertEqual((self.count(), self.row("survey_1")), (1, {b"a": b"x", b"b": b"1"}))

    def test_a_replacement_that_is_interrupted_changes_nothing(self):
        self.load("a,b\nx,1\n")
        load = subprocess.Popen([harness.LOAD, "--port", str(self.server.port), "--dataset", self.name, "--replace", "-"],
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        load.stdin.write(b"a,b\n" + b"y,2\n" * 100)
        load.stdin.flush()
        wait_until(lambda: len(self.names()) == 2, "one beside it")
        load.send_signal(signal.SIGTERM)
        said = load.communicate(b"z,3\n" * 1000, timeout=60)[1]
        self.assertIn(b"stopped by a signal", said)
        self.assertEqual(load.returncode, 1)
        wait_until(lambda: self.names() == ["survey"], "nothing stays beside it")
        self.assertEqual(self.count(), 1)

    def beside(self):
        """A load that waits for more rows, and the name of the dataset that it has made."""
        before = self.names()
        load = subprocess.Popen([harness.LOAD, "--port", str(self.server.port), "--dataset", self.name, "--replace", "-"],
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        load.stdin.write(b"a,b\n" + b"y,2\n" * 100)
        load.stdin.flush()
        wait_until(lambda: set(self.names()) > set(before), "one beside it")
        [name] = set(self.names()) - set(before)
        own = name.replace("survey", self.name)

        def has_rows():
            try:
                return load.poll() is None and self.query("count from `%s`" % own) == 100
            except harness.ReplyError as error:
                if error.code != "INDEXING":
                    raise
                return False

        wait_until(has_rows, "its rows")
        return load, name

    def test_what_a_killed_replacement_left_is_dropped_by_the_next(self):
        self.load("a,b\nx,1\n")
        dead, left = self.beside()
        dead.kill()
        dead.communicate()
        client = self.own("quipu-load:" + left).encode()
        wait_until(lambda: client not in self.client.call("CLIENT", "LIST"), "the server has seen that it is dead")
        self.assertEqual((self.names(), self.count()), (["survey", left], 1))
        message = self.load("a,b\nx,1\nx,1\n", "--replace")
        self.assertIn("%s, which an earlier --replace had left unfinished, is dropped" % left, message)
        wait_until(lambda: len(self.names()) == 1 and left not in self.names(), "both are gone")
        self.assertEqual(self.count(), 2)

    def test_a_replacement_that_is_alive_is_let_alone_by_another(self):
        self.load("a,b\nx,1\n")
        alive, name = self.beside()
        self.assertNotIn("unfinished", self.load("a,b\nw,1\nw,1\n", "--replace"))
        self.assertIn(name, self.names())
        alive.send_signal(signal.SIGTERM)
        alive.communicate(b"z,3\n", timeout=60)
        wait_until(lambda: len(self.names()) == 1 and name not in self.names(), "it has dropped its own")
        self.assertEqual(self.count(), 2)

    def test_labels_and_separators_are_said_of_fields(self):
        self.load("sex,langs\n1,de;en\n2,en\n", "--label", "sex", "1", "male", "--label", "sex", "2", "female", "--multi", "langs", ";")
        said = self.said()
        self.assertEqual(said[b"sex"]["labels"], [b"1", b"male", b"2", b"female"])
        self.assertEqual(said[b"langs"]["multi"], b";")

    def test_a_field_is_given_a_label(self):
        self.load("sex,langs\n1,de\n", "--field-label", "sex", "Sex of the respondent", "--label", "sex", "1", "male")
        said = self.said()
        self.assertEqual((said[b"sex"]["label"], said[b"sex"]["labels"]), (b"Sex of the respondent", [b"1", b"male"]))

    def test_words_for_missing_values_are_pointed_out_behind_a_load(self):
        rows = "".join("%d,%s\n" % (i, "NA" if i % 3 == 0 else i) for i in range(3000))
        self.assertIn("1000 cells of 'b' are 'NA' among numbers: --na 'NA' makes them missing", self.load("a,b\n" + rows))
        self.load("a,b\n" + rows, "--na", "NA", "--replace")
        self.assertEqual(self.count("count b in {missing} from survey"), [1000])

    def test_nothing_is_written_of_a_file_that_cannot_be_read(self):
        self.assertIn("no text", self.load(os.urandom(3000), status=1))
        self.assertIn("no way to read it", self.load("a, b\nx\ny, z, w\nq, r, s, t\nu\nv, w\n", status=1))
        self.assertEqual(self.names(), [])

    def test_a_name_that_was_changed_by_an_alias_is_loaded_where_it_points(self):
        self.load("key,a\n1,x\n")
        self.call("DATASET", "CREATE", "other-survey", "PREFIX", "survey_")
        self.call("DATASET", "ALIAS", "survey", "other-survey")
        self.assertIn("; new: 1", self.load("key,a\n1,y\n"))
        self.assertEqual(self.row("other-survey:survey_1"), {b"a": b"y"})

    def test_many_rows_are_compared_and_only_those_that_differ_are_written(self):
        rows = ["%d,%d" % (i, i % 7) for i in range(20000)]
        self.load("key,a\n" + "\n".join(rows))
        rows[5] = "5,x"
        rows[19999] = "19999,y"
        message = self.load("key,a\n" + "\n".join(rows + ["20000,1"]))
        self.assertIn("; new: 1; changed: 2; the same as before: 19,998", message)
        for window in ("1", "2", "7"):
            self.assertIn("; the same as before: 300", self.load("key,a\n" + "\n".join(rows[:300]), "--pipeline", window))


class Resumed(Case):
    """A load of a file without keys that is cut off: the same command goes on, and no row is there twice."""

    NROWS = 50000

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "file.csv")
        self.cursor = os.path.join(folder.name, "cursor")
        with open(self.path, "w") as file:
            file.write("a,b\n" + "".join("%d,%d\n" % (i % 7, i % 11) for i in range(self.NROWS)))

    def command(self, *args):
        return [harness.LOAD, "--port", str(self.server.port), "--dataset", self.name, "--cursor-file", self.cursor, *args, self.path]

    def begin(self, *args):
        """A slow load that has written down how far it is."""
        load = subprocess.Popen(self.command("--pipeline", "2", *args), stderr=subprocess.PIPE)
        wait_until(lambda: os.path.exists(self.cursor) or load.poll() is not None, "some rows")
        return load

    def cut_off(self, *args, by=signal.SIGTERM):
        load = self.begin(*args)
        load.send_signal(by)
        said = load.communicate(timeout=60)[1]
        self.assertNotEqual(load.returncode, 0, said)

    def finish(self, *args):
        done = subprocess.run(self.command(*args), stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stderr

    def test_a_load_that_is_interrupted_goes_on(self):
        self.cut_off()
        self.assertTrue(os.path.exists(self.cursor))
        self.assertIn(b"a part is in: going on at line ", self.finish())
        self.assertEqual(self.count(), self.NROWS)
        self.assertFalse(os.path.exists(self.cursor))

    def test_an_append_that_is_interrupted_adds_no_row_twice(self):
        self.load("a,b\n1,1\n")
        self.cut_off("--append")
        self.assertIn(b"a part is in: going on at line ", self.finish("--append"))
        self.assertEqual(self.count(), self.NROWS + 1)
        self.finish("--append")
        self.assertEqual(self.count(), 2 * self.NROWS + 1)

    def test_a_load_that_is_killed_goes_on(self):
        for args, nrows in (((), self.NROWS), (("--append",), 2 * self.NROWS)):
            self.cut_off(*args, by=signal.SIGKILL)
            self.assertIn(b"a part is in: going on at line ", self.finish(*args))
            self.assertEqual(self.count(), nrows)

    def test_a_load_whose_server_is_lost_goes_on_by_another(self):
        with Redis() as shard:
            words = ["static", "unix:" + shard.socket]
            with Server(shard_words=words) as server:
                self.server = server
                load = self.begin()
                server.kill()
                said = load.communicate(timeout=60)[1].decode()
            self.assertEqual(load.returncode, 1, said)
            self.assertRegex(said, "[1-9][0-9,]* rows were acknowledged; [0-9]+ more may have been loaded")
            with Server(shard_words=words) as self.server:
                self.assertIn(b"a part is in: going on at line ", self.finish())
                with self.server.client() as self.client:
                    self.assertEqual(self.count(), self.NROWS)

    def test_another_file_meanwhile_is_refused_and_told_how(self):
        self.cut_off()
        other = self.path + "2"
        shutil.copy(self.path, other)
        done = subprocess.run(self.command("--append")[:-1] + [other], stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"--cursor-file gives this one a file of its own", done.stderr)

    def test_a_file_that_has_changed_meanwhile_is_refused(self):
        self.cut_off()
        with open(self.path, "a") as file:
            file.write("1,1\n")
        done = subprocess.run(self.command(), stderr=subprocess.PIPE)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"it has changed since", done.stderr)
        done = subprocess.run(self.command("--replace"), stderr=subprocess.PIPE)
        self.assertEqual((done.returncode, self.count()), (0, self.NROWS + 1), done.stderr)


if __name__ == "__main__":
    harness.main()
