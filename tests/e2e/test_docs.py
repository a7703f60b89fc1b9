"""The examples in README.md and docs/*.md, typed into redis-cli: the page must show what a user sees.

What is run, and how it is marked in a page:

    ```csv                        rows for the examples that follow: a fresh server, loaded by quipu-load. Or, for
    key,sex,age                   generated ones, a comment of its own line:  <!-- data: quipu-gen --rows 1000 -->
    1,female,31
    ```

    ```console                    a session, each command followed by exactly what it prints
    127.0.0.1:7379> count sex from current
    1) 1) "female"
       2) (integer) 1
    127.0.0.1:7379> ...
    $ redis-cli -p 7379 query "count from current"
    (integer) 1
    ```

After `127.0.0.1:7379> ` stands what is typed into redis-cli; a line `$ ...` is for a shell in the checkout's root, where
redis-cli prints as on a terminal. 7379 is replaced by the test server's port, build/ by the build directory. A
line `...` in the output stands for any lines, `...` within a line for any text. Each command is a connection of its own;
a block marked ```console resp3 speaks RESP3. Blocks with any other mark are not run.

With QUIPU_FILL=1 a command without any output in the page gets what it printed written into the page: to be read before
it is committed.
"""

import glob
import os
import re
import subprocess
import unittest

import quipu_harness as harness
from quipu_harness import ROOT, Server, generate, run_load

PROMPT = "127.0.0.1:7379> "
PAGES = [os.path.join(ROOT, "README.md")] + sorted(glob.glob(os.path.join(ROOT, "docs", "*.md")))
FILL = os.environ.get("QUIPU_FILL") == "1"
DATA_COMMENT = re.compile(r"<!-- data: quipu-gen --rows (\d+) -->\s*$")


def blocks(text):
    """(kind, line number, lines): kind is a fence's words, or "gen"."""
    fence, start, lines = None, 0, []
    for number, line in enumerate(text.splitlines(), 1):
        if fence is None and line.startswith("```"):
            fence, start, lines = line[3:].strip(), number, []
        elif fence is not None and line.startswith("```"):
            yield fence, start, lines
            fence = None
        elif fence is not None:
            lines.append(line)
        elif DATA_COMMENT.match(line):
            yield "gen", number, [DATA_COMMENT.match(line).group(1)]


def examples(lines, start):
    """(command line, its line number, expected output lines)"""
    found = []
    for number, line in enumerate(lines, start + 1):
        if line.startswith(PROMPT) or line.startswith("$ "):
            found.append((line, number, []))
        elif found:
            found[-1][2].append(line.rstrip())
        elif line.strip():
            raise AssertionError("line %d: output before the first command" % number)
    for _, _, output in found:
        while output and not output[-1]:
            output.pop()
    return found


def matches(expected, output):
    """Lines against lines, with `...`."""
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("...")) + "\n"
    return re.fullmatch(pattern, "".join(line + "\n" for line in output)) is not None


class Docs(unittest.TestCase):
    def setUp(self):
        self.server = None

    def tearDown(self):
        if self.server:
            self.server.close()

    def new_server(self):
        if self.server:
            self.server.stop()
            self.server.close()
        self.server = Server(2, ("--method", "auto"))  # as a user has it

    def run_example(self, line, resp3):
        port = str(self.server.port)
        protocol = ["-3"] if resp3 else []
        if line.startswith(PROMPT):
            done = subprocess.run(
                ["redis-cli", "-p", port, "--no-raw", *protocol],
                input=line[len(PROMPT) :].encode() + b"\n",
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, cwd=ROOT, env=harness.sanitizer_env(),
            )
        else:
            command = line[2:].replace("7379", port).replace("build/", harness.BIN + "/")
            done = subprocess.run(
                ["bash", "-c", 'redis-cli() { command redis-cli --no-raw "$@"; }; ' + command],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120, cwd=ROOT, env=harness.sanitizer_env(),
            )
        output = done.stdout.decode("utf-8", "replace").replace("127.0.0.1:" + port, "127.0.0.1:7379")
        output = [line.rstrip() for line in output.splitlines()]
        while output and not output[-1]:
            output.pop()
        return output

    def check_page(self, path):
        with open(path) as page:
            text = page.read()
        failed, count, fill = [], 0, {}
        name = os.path.relpath(path, ROOT)
        for kind, start, lines in blocks(text):
            if kind == "csv" or kind == "gen":
                self.new_server()
                data = generate(int(lines[0])) if kind == "gen" else ("\n".join(lines) + "\n").encode()
                done = run_load(self.server, "-", stdin=data)
                self.assertEqual(done.returncode, 0, "%s:%d: %s" % (name, start, done.stderr))
            elif kind.split() and kind.split()[0] == "console":
                if not self.server:
                    self.new_server()
                for line, number, expected in examples(lines, start):
                    count += 1
                    output = self.run_example(line, "resp3" in kind)
                    if FILL and not expected:
                        fill[number] = output
                    elif not matches(expected, output):
                        failed.append(
                            "%s:%d: %s\n--- the page says\n%s\n--- it is\n%s"
                            % (name, number, line, "\n".join(expected), "\n".join(output))
                        )
        print("%s: %d examples" % (name, count))
        if fill:
            with open(path, "w") as page:
                for number, line in enumerate(text.splitlines(), 1):
                    page.write("".join(part + "\n" for part in [line] + fill.get(number, [])))
        self.assertFalse(failed, "\n\n" + "\n\n".join(failed))
        return count

    def test_examples(self):
        for path in PAGES:
            if not os.path.exists(path):
                continue
            with self.subTest(os.path.relpath(path, ROOT)):
                self.check_page(path)

    def test_matches(self):
        self.assertTrue(matches(["a", "b"], ["a", "b"]))
        self.assertFalse(matches(["a"], ["a", "b"]))
        self.assertTrue(matches(["a", "...", "d"], ["a", "b", "c", "d"]))
        self.assertTrue(matches(["a", "...", "d"], ["a", "d"]))
        self.assertTrue(matches(["took ... us"], ["took 17 us"]))
        self.assertFalse(matches(["a.c"], ["abc"]))
        text = "```csv\nkey,a\n1,2\n```\ntext\n<!-- data: quipu-gen --rows 10 -->\n```console\n" + PROMPT + "x\ny\n```\n"
        self.assertEqual([b[0] for b in blocks(text)], ["csv", "gen", "console"])
        self.assertEqual(examples([PROMPT + "x", "y", "$ z", ""], 1), [(PROMPT + "x", 2, ["y"]), ("$ z", 4, [])])


if __name__ == "__main__":
    harness.main()
