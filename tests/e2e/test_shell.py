"""quipu, the shell, as people use it: in a terminal, by -c, by scripts, over files."""

import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

import quipu_harness as harness
import stat_files
from quipu_harness import ServerCase, wait_until

SHELL = os.path.join(os.path.dirname(harness.SERVER), "quipu")
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][A-Z0-9]|\r")
SURVEY = "key,sex,age,region\n1,female,34,north\n2,male,51,south\n3,female,28,north\n4,male,44,\"far east\"\n"
TIMEOUT_S = 60


def environment(home, **more):
    env = harness.sanitizer_env()  # also of leaks: libedit never frees the names that EL_ADDFN gives it
    for name in ("COLUMNS", "NO_COLOR", "XDG_STATE_HOME"):
        env.pop(name, None)
    env.update(HOME=home, TERM="xterm", TMPDIR=home, LC_ALL="C.UTF-8", PAGER="cat")
    env.update(more)
    return env


class Terminal:
    """A shell in a pseudo-terminal: keys go in, what it shows comes out."""

    def __init__(self, args, home, width=100, height=40, **more):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.popen = subprocess.Popen([SHELL, *args], stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                      env=environment(home, **more),
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(slave)
        self.master, self.shown = master, ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        os.close(self.master)

    def read(self, seconds):
        """More of what it shows; False at its end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            more = os.read(self.master, 65536)
        except OSError:
            return False
        self.shown += ESCAPES.sub("", more.decode("utf-8", "replace"))
        return bool(more)

    def expect(self, pattern):
        """Waits until it has shown this; takes what was shown up to its end."""
        until = time.monotonic() + TIMEOUT_S
        while True:
            found = re.search(pattern, self.shown)
            if found:
                taken, self.shown = self.shown[:found.end()], self.shown[found.end():]
                return taken
            if time.monotonic() > until or not self.read(0.2):
                raise AssertionError("%r is not in %r" % (pattern, self.shown))

    def type(self, keys):
        os.write(self.master, keys.encode())

    def ask(self, line):
        """Types a line; returns what is shown up to the next prompt."""
        self.type(line + "\r")
        return self.expect(r"quipu> $")

    def resize(self, width, height=40):
        """As a window does: the shell gets SIGWINCH."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait(self):
        until = time.monotonic() + TIMEOUT_S
        while self.popen.poll() is None and time.monotonic() < until:
            self.read(0.1)
        if self.popen.poll() is None:
            raise AssertionError("it has not ended: %r" % self.shown)
        return self.popen.returncode


class ShellCase(ServerCase):
    def setUp(self):
        super().setUp()
        self.home = tempfile.mkdtemp(prefix="quipu-e2e-shell-")
        self.addCleanup(shutil.rmtree, self.home, True)
        self.hset("profile_1", sex="female", age="34", region="north")
        self.hset("profile_2", sex="male", age="51", region="south")
        self.hset("profile_3", sex="female", age="28", region="north")
        self.hset("profile_4", sex="male", age="44", region="far east")

    def address(self):
        return "127.0.0.1:%d" % self.server.port

    def run_shell(self, *args, stdin="", **more):
        return subprocess.run([SHELL, *args], input=stdin.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=environment(self.home, **more), timeout=TIMEOUT_S)

    def shell(self, *args, stdin="", status=0, **more):
        done = self.run_shell(self.address(), *args, stdin=stdin, **more)
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode().replace("\r\n", "\n"), done.stderr.decode()

    def terminal(self, *args, **more):
        return Terminal(args or [self.address()], self.home, **more)


class Batch(ShellCase):
    """-c and scripts."""

    def test_a_table_is_drawn(self):
        out, err = self.shell("-c", "count sex, age by 10 from current totals")
        self.assertIn("sex     [20,30)  [30,40)  [40,50)  [50,60) | total\n", out)
        self.assertIn("female        1        1        0        0 |     2\n", out)
        self.assertEqual(err, "")

    def test_quotes_are_the_querys_own(self):
        out, _ = self.shell("-c", "count from current where region = 'far east'", "--format", "csv")
        self.assertEqual(out, "count\n1\n")

    def test_statements_end_at_semicolons_outside_of_quotes(self):
        out, _ = self.shell("-c", "ping;count from current where region = 'a;b' format csv;; count sex from current format csv;")
        self.assertEqual(out, "PONG\ncount\nsex,count\nfemale,2\nmale,2\n")

    def test_an_error_points_at_its_place_and_the_rest_runs(self):
        out, err = self.shell("-c", "count sex\nform current; ping", "-c", "count sex from current format csv", status=1)
        self.assertEqual(out, "PONG\nsex,count\nfemale,2\nmale,2\n")
        self.assertEqual(err.splitlines()[1:], ["  form current", "  ^^^^"])
        self.assertTrue(err.startswith("SYNTAX at column 11: expected"), err)
        _, err = self.shell("-c", "count größe, bar from nothere", status=1)
        self.assertEqual(err.splitlines()[1:], ["  count größe, bar from nothere", "                        ^^^^^^^"])

    def test_habits_of_sql_get_the_parsers_hint(self):
        _, err = self.shell("-c", "select * from current", status=1)
        self.assertIn("rows are shown by: rows * from current", err)
        self.assertEqual(self.shell("-c", "select 0")[0], "OK\n")

    def test_a_script(self):
        script = ("-- what a comment says; is not run\n# nor this\n"
                  "count sex\n  from current\n\nping\n\\format csv\ncount region from current\n where age > 40;\n"
                  "hget profile_1 sex\nexplain count from current;\ncount from current")
        out, err = self.shell(stdin=script)
        self.assertEqual(err, "")
        self.assertTrue(out.startswith("sex     count\n-------------\nfemale      2\nmale        2\nbase 4\nPONG\n"
                                       "region,count\nfar east,1\nsouth,1\n\"female\"\nquery "), out)
        self.assertTrue(out.endswith("\ncount\n4\n"), out)

    def test_a_script_ends_at_q_and_fails_where_a_query_does(self):
        out, _ = self.shell(stdin="ping\n\\q\nping\n")
        self.assertEqual(out, "PONG\n")
        self.shell(stdin="ping\ncount form\n\n", status=1)
        self.shell(stdin="\\nope\n", status=1)
        self.shell(stdin="hget\n", status=1)

    def test_formats(self):
        for name, expected in (("json", '{"dataset":"current"'), ("markdown", "| sex | count |"), ("csv", "sex,count\n"),
                               ("map", ' 1) "dataset"'), ("nested", "1) (integer) 2\n2) (integer) 2\n"),
                               ("server", "1) (integer) 2\n2) (integer) 2\n"), ("rows", '1) 1) "female"\n   2) (integer) 2\n')):
            out, _ = self.shell("--format", name, "-c", "count sex in {female, male} from current")
            self.assertTrue(out.replace("  ", " ").startswith(expected.replace("  ", " ")), (name, out))
            self.shell("--format", name, "-c", "describe current")
        self.assertEqual(self.shell("--format", "csv", "-c", "count from current format nested")[0], "(integer) 4\n")

    def test_tables_are_as_wide_as_told(self):
        widest = lambda out: max(len(line) for line in out.splitlines())
        narrow, _ = self.shell("--width", "40", "-c", "count region, age by 2 from current")
        wide, _ = self.shell("--width", "200", "-c", "count region, age by 2 from current")
        self.assertTrue(widest(narrow) <= 40 and widest(wide) > 40, (narrow, wide))

    def test_own_commands(self):
        out, _ = self.shell("-c", "\\d", "-c", "\\d current", "-c", "\\help percent", "-c", "\\help")
        self.assertIn("current     4  profile_  live", out)
        self.assertRegex(out, r"age +integer +4 +4 +28 +51")
        self.assertIn("PERCENT OF ROW|COLUMN|TOTAL", out)
        self.assertIn("\\watch [seconds]", out)
        _, err = self.shell("-c", "\\timing on", "-c", "ping")
        self.assertRegex(err, r"^\d+\.\d ms\n$")
        out, _ = self.shell("-c", "count sex from current; \\explain")
        self.assertIn("query ", out)
        out, _ = self.shell("-c", "describe current; \\explain", "-c", "profile rows sex from current limit 1")
        self.assertIn("query    describe current: 3 fields, counted one after the other", out)
        self.assertIn("read     1 rows", out)
        _, err = self.shell("-c", "\\explian", status=1)
        self.assertEqual(err, "no command \\explian; did you mean \\explain?\n")
        for wrong in ("\\format x", "\\timing x", "\\watch 0", "\\watch", "\\help nope", "\\explain", "\\load"):
            self.shell("-c", wrong, status=1)

    def test_help_of_every_word_of_the_language(self):
        with open(os.path.join(harness.ROOT, "parser", "lexer.re")) as lexer:
            words = re.findall(r"^ +'([a-z0-9]+)' +\{ kind", lexer.read(), re.M)
        self.assertGreater(len(words), 60)
        for word in [*words, "multi", "epoch", "label"]:
            self.assertIn("For example:", self.shell("-c", "\\help " + word)[0], word)

    def test_saved_queries(self):
        out, _ = self.shell("-c", "\\saved", "-c", "count sex\nfrom current;", "-c", "\\save by sex", "-c", "\\saved")
        self.assertIn("no query is saved", out)
        self.assertIn("by sex  count sex\u240afrom current\n", out)
        out, _ = self.shell("--format", "csv", "-c", "\\saved by sex")  # of another shell
        self.assertEqual(out, "sex,count\nfemale,2\nmale,2\n")
        self.assertIn("no query is saved under that name", self.shell("-c", "\\saved nope", status=1)[1])
        self.assertIn("takes a name", self.shell("-c", "\\save x", status=1)[1])  # no query was run
        self.shell("-c", "count sex from current; \\save", status=1)
        self.assertEqual(self.shell("-c", "query forget 'by sex'")[0], "(integer) 1\n")

    def test_answers_into_a_file(self):
        path = os.path.join(self.home, "out.csv")
        out, _ = self.shell("-c", "\\o %s\ncount sex from current;\n\\o\ncount from current" % path)
        with open(path) as written:
            self.assertEqual(written.read(), "sex,count\nfemale,2\nmale,2\n")
        self.assertTrue(out.startswith("count\n-----\n"), out)
        self.shell("-c", "\\o /nonexistent/out.csv", status=1)

    def test_an_answer_that_cannot_be_written_is_an_error(self):
        said = b"the answer cannot be written: No space left on device\n"
        with open("/dev/full", "wb") as full:
            done = subprocess.run([SHELL, self.address(), "-c", "count from current"], stdout=full, stderr=subprocess.PIPE,
                                  env=environment(self.home), timeout=TIMEOUT_S)
        self.assertEqual((done.returncode, done.stderr), (1, said))
        out, error = self.shell("-c", "\\o /dev/full\ncount from current;\n\\o\ncount from current", status=1)
        self.assertEqual((out.startswith("count\n"), error), (True, said.decode()))

    def test_a_reader_that_has_seen_enough_is_no_error(self):
        reader, writer = os.pipe()
        os.close(reader)
        with open(writer, "wb") as pipe:
            done = subprocess.run([SHELL, self.address(), "-c", "count from current"], stdout=pipe, stderr=subprocess.PIPE,
                                  env=environment(self.home), timeout=TIMEOUT_S)
        self.assertEqual((done.returncode, done.stderr), (0, b""))

    def test_wrong_options(self):
        for args in (["--nope"], ["--port", "x"], ["--port"], ["--format", "x"], ["--width", "5"], ["nofile.csv"],
                     ["--port", "1", os.path.abspath(__file__)], ["--dir", self.home, "localhost:1"], ["-c"]):
            done = self.run_shell(*args)
            self.assertEqual(done.returncode, 2, args)
            self.assertEqual(done.stderr.count(b"\n"), 1, done.stderr)
            self.assertIn(b"--help", done.stderr)
        self.assertIn(b"usage: quipu", self.run_shell("--help").stdout)

    def test_nobody_serves(self):
        done = self.run_shell("127.0.0.1:1", "-c", "ping")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"127.0.0.1:1: Connection refused", done.stderr)

    def test_logging_in_by_unix_socket_and_by_tcp(self):
        self.client.call("ACL", "SETUSER", "ann", "on", ">sesame", "+@all", "~*", "&*")
        try:
            for where in (["--unixsocket", self.server.unixsocket], [self.address()], ["--host", "127.0.0.1", "--port", str(self.server.port)]):
                asks = [*where, "--user", "ann", "-c", "acl whoami"]
                self.assertEqual(self.run_shell(*asks, "--pass", "sesame").stdout, b'"ann"\n')
                self.assertEqual(self.run_shell(*asks, QUIPU_AUTH="sesame").stdout, b'"ann"\n')
                done = self.run_shell(*asks, QUIPU_AUTH="wrong")
                self.assertEqual(done.returncode, 1)
                self.assertNotIn(b"wrong", done.stderr.replace(b"WRONGPASS", b""))
        finally:
            self.client.call("ACL", "DELUSER", "ann")


class Typed(ShellCase):
    """Keys and the screen."""

    def test_a_query_over_lines_and_an_empty_line(self):
        with self.terminal() as terminal:
            terminal.expect(r"connected to 127.0.0.1:\d+.*\nquipu> $")
            terminal.type("count sex\r")
            terminal.expect(r"    -> $")
            terminal.type("from current\r")
            terminal.expect(r"    -> $")
            self.assertIn("female      2\n", terminal.ask(""))
            self.assertIn("PONG", terminal.ask("ping"))
            terminal.type("count sex\r\\d\r")
            terminal.expect(r"profile_ .*\n    -> $")
            self.assertIn("female      2\n", terminal.ask("from current;"))
            self.assertIn("base 1", terminal.ask("count from current where region = 'far east';"))
            terminal.type("\x04")
            self.assertEqual(terminal.wait(), 0)

    def test_answers_are_as_wide_as_the_terminal_also_when_that_changes(self):
        for i in range(20):
            self.hset("profile_%d" % (100 + i), region="west", age=str(20 + i))
        with self.terminal(width=60) as terminal:
            terminal.expect("quipu> $")

            def widest():
                table = terminal.ask("count region, age by 2 from current;").split(";\n", 1)[1].splitlines()[:-1]
                self.assertIn("base 24", table)
                return max(map(len, table))

            narrow = widest()
            self.assertTrue(40 < narrow <= 60, narrow)
            terminal.resize(200)
            wide = widest()
            self.assertTrue(60 < wide <= 200, wide)
            terminal.resize(60)
            self.assertEqual(widest(), narrow)

    def test_answers_have_the_labels_of_values(self):
        self.client.call("DATASET", "LABEL", "current", "sex", "female", "Women and girls")
        try:
            with self.terminal() as terminal:
                terminal.expect("quipu> $")
                shown = terminal.ask("count sex from current;")
            self.assertRegex(shown, r"\nWomen and girls +2\nmale +2\n")
        finally:
            self.client.call("DATASET", "LABEL", "current", "sex", "female", "")

    def test_completion_is_what_the_grammar_wants(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("cou\tse\tfr\tcur\twh\treg\t= \t")
            self.assertEqual(sorted(terminal.expect(r"south +\n").split()[-4:]), ["'far", "east'", "north", "south"])
            terminal.type("no\t")
            self.assertIn("base 2", terminal.ask(";"))
            terminal.type("count age from current where sex in {\t")
            listed = terminal.expect(r"net +top")
            for word in ("female", "male", "missing", "other"):
                self.assertIn(word, listed)
            self.assertNotIn("north", listed)
            terminal.type("\x03")
            terminal.expect("quipu> $")
            terminal.type("\\fo\tcs\x7f\x7fcsv\r")
            terminal.expect("format csv")
            terminal.type("count sex f\tcurrent\r     wh\tag\t>= 30;\r")
            terminal.expect("sex,count\n ?female,1\n ?male,2\n")

    def test_completion_of_datasets_and_files(self):
        os.mkdir(os.path.join(self.home, "data"))
        for name in ("survey.csv", "my survey.csv", "surf.csv", ".hidden.csv"):
            with open(os.path.join(self.home, "data", name), "w") as out:
                out.write(SURVEY)
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("\\d cu\t\r")
            terminal.expect(r"region .*")
            terminal.expect("quipu> $")
            terminal.type("\\load %s/da\tsur\t" % self.home)
            listed = terminal.expect(r"survey\.csv\s")
            self.assertIn("surf.csv", listed)
            self.assertNotIn("hidden", listed)
            terminal.type("v\tcsv_1\r")  # and a space behind the file
            self.assertIn("4 rows loaded", terminal.expect("rows loaded.*\n"))
            terminal.expect("quipu> $")
            terminal.type("\\load %s/data/m\tcsv_2\r" % self.home)  # in quotes
            terminal.expect("4 rows loaded.*\n")
            terminal.expect("quipu> $")
            terminal.type("\\o %s/data/m\t\r" % self.home)  # not in quotes: all of the line is the file
            self.assertIn("answers go to %s/data/my survey.csv" % self.home, terminal.expect("answers go to .*\n"))
        for name in ("csv_1", "csv_2"):
            self.client.call("DATASET", "DROP", name)

    def test_history_is_kept_and_private(self):
        path = os.path.join(self.home, ".quipu_history")
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.ask("count sex from current;")
            terminal.ask("auth wrong sesame")
            terminal.type("\\q\r")
            self.assertEqual(terminal.wait(), 0)
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path) as kept:
            self.assertNotIn("sesame", kept.read())
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("\x10\x10\r")
            terminal.expect("female +2")

    def test_history_in_the_state_directory(self):
        state = os.path.join(self.home, "state")
        os.mkdir(state)
        with self.terminal(XDG_STATE_HOME=state) as terminal:
            terminal.expect("quipu> $")
            terminal.ask("ping")
            terminal.type("\x04")
            terminal.wait()
        with open(os.path.join(state, "quipu", "history")) as kept:
            self.assertIn("ping", kept.read())

    def test_errors_have_colours_on_a_terminal_alone(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            shown = []
            read = os.read
            terminal.type("count form;\r")
            wait_until(lambda: select.select([terminal.master], [], [], 1)[0], "output")
            while b"form;\r\n" not in b"".join(shown) or b"\x1b[0m" not in b"".join(shown):
                shown.append(read(terminal.master, 65536))
            self.assertIn(b"\x1b[31mSYNTAX", b"".join(shown))
        self.assertNotIn("\x1b", self.shell("-c", "count form", status=1)[1])

    def test_long_answers_go_through_the_pager(self):
        for i in range(60):
            self.hset("profile_%d" % (100 + i), number=str(i))
        with self.terminal(height=20, PAGER="sed s/^/paged:/") as terminal:
            terminal.expect("quipu> $")
            self.assertIn("paged:59 ", terminal.ask("count number from current;"))
            self.assertNotIn("paged", terminal.ask("count sex from current;"))

    def test_ctrl_c_drops_what_was_typed(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("count sex\r")
            terminal.expect("    -> $")
            terminal.type("from nowhere\x03")
            terminal.expect("quipu> $")
            self.assertIn("PONG", terminal.ask("ping"))

    def test_ctrl_c_cancels_a_command_and_not_the_shell(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("blpop nothing-comes 0\r")
            terminal.expect(r"\d\.\d s; Ctrl-C cancels")
            own = self.client.call("CLIENT", "ID")
            others = [number for number in self.connections() if number != own]
            self.assertTrue(others)
            terminal.type("\x03")
            terminal.expect(r"cancelled\nquipu> $")
            self.server.wait_until(lambda: min(others) not in self.connections(), "the end of its connection")
            self.assertIn("PONG", terminal.ask("ping"))

    def test_ctrl_c_cancels_a_query_at_the_server(self):
        running = lambda: self.client.call("QUERY", "LIST")
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            self.client.call("CONFIG", "SET", "query-timeout", "10m", "shard-timeout", "10m")  # it does not end of itself
            self.addCleanup(self.client.call, "CONFIG", "SET", "query-timeout", "10s", "shard-timeout", "10s")
            stopped = self.server.shard_pids()[0]
            os.kill(stopped, signal.SIGSTOP)
            try:
                terminal.type("count region from current where age > 1;\r")
                terminal.expect(r"\d\.\d s, 1 of 2 parts; Ctrl-C cancels" if harness.METHOD == "columns" else r"\d\.\d s, \d+ of 64 parts; ")
                self.assertIn(b"count region from current where age > 1 format table", str(running()).encode())
                terminal.type("\x03")
                terminal.expect(r"cancelled\nquipu> $")
                self.server.wait_until(lambda: running() == [], "the query's end")
            finally:
                os.kill(stopped, signal.SIGCONT)
            self.assertIn("base 4", terminal.ask("count region from current where age > 1;"))

    def connections(self):
        return [int(line.split()[0][3:]) for line in self.client.call("CLIENT", "LIST").decode().splitlines()]

    def test_watch_until_ctrl_c(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.ask("count from current;")
            terminal.type("\\watch 0.1\r")
            terminal.expect("base 4\n")
            self.hset("profile_99", sex="male")
            terminal.expect("base 5\n")
            terminal.type("\x03")
            terminal.expect("quipu> $")

    def test_a_subscription_is_shown_until_ctrl_c(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.type("subscribe news\r")
            terminal.expect(r'"subscribe"')
            self.server.wait_until(lambda: self.client.call("PUBLISH", "news", "hello") == 1, "a subscriber")
            terminal.expect('"hello"')
            terminal.type("\x03")
            terminal.expect("quipu> $")
            self.assertIn("PONG", terminal.ask("ping"))

    def test_the_server_comes_back(self):
        with harness.Server(shards=1) as server, self.terminal("127.0.0.1:%d" % server.port) as terminal:
            terminal.expect("quipu> $")
            terminal.ask("ping")
            server.stop()
            self.assertIn("Connection refused", terminal.ask("ping"))

    def test_a_terminal_that_closes(self):
        with self.terminal() as terminal:
            terminal.expect("quipu> $")
            terminal.popen.send_signal(signal.SIGHUP)
            self.assertEqual(terminal.wait(), 0)


class Files(unittest.TestCase):
    """A private server over files."""

    def setUp(self):
        self.home = tempfile.mkdtemp(prefix="quipu-e2e-shell-")
        self.addCleanup(shutil.rmtree, self.home, True)
        self.survey = os.path.join(self.home, "survey.csv")
        with open(self.survey, "w") as out:
            out.write(SURVEY)

    def run_shell(self, *args):
        done = subprocess.run([SHELL, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                              env=environment(self.home), timeout=TIMEOUT_S)
        done.stdout = done.stdout.replace(b"\r\n", b"\n")
        return done

    def left(self):
        """What is left of private servers: directories, processes."""
        found = [name for name in os.listdir(self.home) if name.startswith("quipu-")]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as command:
                    if self.home.encode() in command.read():
                        found.append(pid)
            except OSError:
                pass
        return found

    def test_one_command_from_a_file_to_a_table(self):
        done = self.run_shell(self.survey, "-c", "count sex, age by 10 from survey")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(b"female        1        1        0        0\n", done.stdout)
        self.assertEqual(self.left(), [])

    def test_what_may_be_misread_is_said_without_a_terminal_too(self):
        path = os.path.join(self.home, "na.csv")
        with open(path, "w") as out:
            out.write(",n\nx,1\ny,NA\nz,2\n")
        done = self.run_shell(path, "-c", "count n from na format csv; \\load %s b --na NA\ncount n from b format csv" % path)
        self.assertEqual((done.returncode, done.stdout), (0, b"n,count\n1,1\n2,1\nNA,1\nn,count\n1,1\n2,1\n"), done)
        notes = [line.replace("quipu-load: %s: " % path, "") for line in done.stderr.decode().splitlines()]
        no_name = "column 1 has no name: it is taken as 'row'"
        self.assertEqual(notes, [no_name, "1 cell of 'n' is 'NA' among numbers: --na 'NA' makes it missing", no_name])
        with Terminal([path], self.home) as terminal:
            shown = terminal.expect("quipu> $")
            for said in ("read as CSV", "3 rows loaded", no_name, "--na 'NA' makes it missing"):
                self.assertIn(said, shown)

    def test_several_files_are_datasets_of_their_names(self):
        other = os.path.join(self.home, "2 people-x.csv")
        with open(other, "w") as out:
            out.write("key,a\n1,x\n")
        done = self.run_shell(self.survey, other, "-c", "count from survey format csv; count a from _2_people_x format csv")
        self.assertEqual((done.returncode, done.stdout), (0, b"count\n4\na,count\nx,1\n"), done)

    def test_datasets_whose_names_begin_alike(self):
        other = os.path.join(self.home, "survey_2.csv")
        shutil.copy(self.survey, other)
        done = self.run_shell(self.survey, other, "-c", "count from survey format csv; count from survey_2 format csv")
        self.assertEqual((done.returncode, done.stdout), (0, b"count\n4\ncount\n4\n"), done)

    def test_options_of_quipu_load(self):
        done = self.run_shell("--load", "--na north,south", self.survey, "-c",
                              "count from survey where region exists format csv; \\load %s b --na male --quiet\n"
                              "count sex from b format csv" % self.survey)
        self.assertEqual((done.returncode, done.stdout), (0, b"count\n1\nsex,count\nfemale,2\n"), done)
        done = self.run_shell("--load", "--nope", self.survey, "-c", "ping")
        self.assertEqual((done.returncode, done.stdout), (1, b""), done)

    def test_a_named_directory_is_kept(self):
        data = os.path.join(self.home, "kept")
        done = self.run_shell("--dir", data, self.survey, "-c", "count from survey format csv")
        self.assertEqual((done.returncode, done.stdout), (0, b"count\n4\n"), done)
        done = self.run_shell("--dir", data, "-c", "count from survey format csv")
        self.assertEqual((done.returncode, done.stdout), (0, b"count\n4\n"), done)
        self.assertEqual(self.left(), [])

    def test_load(self):
        with Terminal([self.survey], self.home) as terminal:
            terminal.expect("quipu> $")
            self.assertIn("4 rows loaded", terminal.ask("\\load %s again" % self.survey))
            self.assertIn("base 4", terminal.ask("count from again;"))

    def test_a_file_of_spss_comes_with_its_labels(self):
        path = os.path.join(self.home, "people.sav")
        stat_files.write(path, "sav", [["labels", "sexes", "number"], ["label", 1, "female"], ["label", 2, "male"],
                                       ["var", "sex", "double", 0, "F8.0", "sexes"], ["row", 1], ["row", 2], ["row", 1]])
        done = self.run_shell(path, "-c", "count sex from people")
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout.decode(), r"(?m)^female +2$\n^male +1$")

    def test_a_file_that_cannot_be_loaded(self):
        with open(self.survey, "w") as out:
            out.write("")
        done = self.run_shell(self.survey, "-c", "ping")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(b"quipu-load: ", done.stderr)
        self.assertEqual(self.left(), [])

    def test_signals_leave_nothing_behind(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), Terminal([self.survey], self.home) as terminal:
                terminal.expect("quipu> $")
                self.assertTrue(self.left())
                terminal.popen.send_signal(number)
                terminal.wait()
                self.assertEqual(self.left(), [])

    def test_ctrl_c_is_not_for_the_server(self):
        with Terminal([self.survey], self.home) as terminal:
            terminal.expect("quipu> $")
            terminal.type("\x03")
            terminal.expect("quipu> $")
            self.assertIn("base 4", terminal.ask("count from survey;"))
            terminal.type("\x04")
            self.assertEqual(terminal.wait(), 0)
        self.assertEqual(self.left(), [])

    def test_kill_takes_the_server_with_it(self):
        with Terminal([self.survey], self.home) as terminal:
            terminal.expect("quipu> $")
            terminal.popen.kill()
            terminal.popen.wait()
            wait_until(lambda: not [name for name in self.left() if name.isdigit()], "the server's end", 60)


# In a network of its own: a server on its default port, and the shell, which is told none.
ALONE = """
import fcntl, socket, struct, subprocess, sys, time
shell, *server = sys.argv[1:]
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
def asks():
    return subprocess.run([shell, "-c", "info server"], stdin=subprocess.DEVNULL, capture_output=True)
print(asks().stderr.decode())
serves = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
until = time.monotonic() + %d
while time.monotonic() < until and serves.poll() is None and asks().returncode != 0:
    time.sleep(0.05)
print(asks().stdout.decode())
serves.terminate()
sys.exit(serves.wait())
""" % TIMEOUT_S
NETWORK = ["unshare", "--map-root-user", "--net"]


class Alone(unittest.TestCase):
    def test_it_connects_to_port_7379_of_this_machine(self):
        if not shutil.which(NETWORK[0]) or subprocess.run([*NETWORK, "true"], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("SKIPPED: no network of its own (unshare)")
        with tempfile.TemporaryDirectory(prefix="quipu-e2e-shell-") as home:
            server = [harness.SERVER, "--dir", os.path.join(home, "data"), "--shards", "embedded", "1", "--redis-module", "none",
                      "--method", "sets", "--redis-server", harness.REDIS_SERVER]
            done = subprocess.run([*NETWORK, sys.executable, "-c", ALONE, SHELL, *server], stdout=subprocess.PIPE, env=environment(home), timeout=60)
            self.assertEqual(done.returncode, 0, done)
            self.assertRegex(done.stdout.decode(), "(?s)localhost:7379: Connection refused.*tcp_port:7379")


if __name__ == "__main__":
    harness.main()
