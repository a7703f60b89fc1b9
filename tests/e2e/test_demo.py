"""scripts/demo, as somebody runs it who sees Quipu for the first time."""

import os
import re
import signal
import subprocess
import unittest
import urllib.request

import quipu_harness as harness

TIMEOUT_S = 60


class Demo(unittest.TestCase):
    """Without setting up and building, which scripts/test has done."""

    def setUp(self):
        self.port, self.http_port = harness.free_port(), harness.free_port()
        self.addCleanup(self.remove)

    def remove(self):
        subprocess.run(["rm", "-rf", os.path.join(harness.BIN, "demo-%d" % self.port)], check=True)

    def start(self, *args):
        words = [os.path.join(harness.ROOT, "scripts", "demo"), "--bin", harness.BIN, "--rows", "2000", "--port", str(self.port),
                 "--http-port", str(self.http_port), *args]
        env = dict(harness.sanitizer_env(), LC_ALL="C.UTF-8")
        demo = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True, start_new_session=True)
        self.addCleanup(self.end, demo)
        return demo

    @staticmethod
    def end(demo):
        if demo.poll() is None:
            os.killpg(demo.pid, signal.SIGTERM)
        demo.communicate(timeout=TIMEOUT_S)

    def check_end(self, lines):
        """A table, as a count of 3 x 7 cells with totals is drawn, and one line behind it."""
        *shown, empty, last = lines
        self.assertEqual(empty, "")
        start = max(i for i, line in enumerate(shown) if line.startswith("  quipu> count value_3"))
        table = shown[start + 2:]
        self.assertRegex(table[0], "^  value_3 +value_4|^  count +value_4")
        self.assertRegex(table[-1], r"^  base \d+(, \d+ in no position)?$")
        self.assertEqual(sum(bool(re.match(r"^  [123] ", line)) for line in table), 3, table)
        return last

    def test_it_ends_with_a_table_and_a_line_that_opens_the_shell_and_serves_the_page_that_it_names(self):
        demo = self.start()
        lines = []
        for line in demo.stdout:
            lines.append(line.rstrip("\n"))
            if line.startswith("Serving until Ctrl-C"):
                break
        shell = self.check_end(lines)
        self.assertTrue(lines[-1].endswith("%s/quipu localhost:%d" % (harness.BIN, self.port)), lines[-1:] + [demo.poll()])
        [address] = [line.strip() for line in lines if line.startswith("  http://")]
        self.assertEqual(address, "http://localhost:%d/" % self.http_port)
        with urllib.request.urlopen(address, timeout=TIMEOUT_S) as page:
            self.assertIn(b"<title>", page.read())
        opened = subprocess.run([*shell.split(": ", 1)[1].split(), "-c", "count from current format csv"], stdin=subprocess.DEVNULL,
                                capture_output=True, timeout=TIMEOUT_S, env=harness.sanitizer_env())
        self.assertEqual(opened.stdout.split(), [b"count", b"2000"], opened)
        os.killpg(demo.pid, signal.SIGINT)
        rest, said = demo.communicate(timeout=TIMEOUT_S)
        self.assertEqual((demo.returncode, rest.strip()), (0, ""), said)

    def test_with_exit_it_stops_and_the_line_opens_the_shell_over_a_file(self):
        demo = self.start("--exit")
        shown, said = demo.communicate(timeout=TIMEOUT_S)
        self.assertEqual(demo.returncode, 0, said)
        self.assertIn("%s/quipu docs/survey.csv opens the shell" % harness.BIN, self.check_end(shown.splitlines()))


if __name__ == "__main__":
    harness.main()
