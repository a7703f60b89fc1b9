"""Manual pages, completions and cmake --install: each has what the programs say of themselves, and works.

The options are found here by a way of their own: in the tables of the sources, which getopt reads, and by the words that
begin with - at the left of --help.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import BIN, ROOT, Server, generate

MADE = os.path.join(BIN, "packaging")
SOURCES = {"quipu": ["tools/shell/options.c"], "quipu-gen": ["tools/gen.c"],
           "quipu-load": ["tools/load_options.c", "tools/server_options.h"],
           "quipu-export": ["tools/export/options.c", "tools/server_options.h"]}
PROGRAMS = [*SOURCES, "quipu-server"]


def output(*words, **options):
    return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True, **options).stdout.decode()


def read(path):
    with open(path) as file:
        return file.read()


def options_of(program):
    """The options that its --help lists."""
    found = set()
    for line in output(os.path.join(BIN, program), "--help").splitlines():
        if line.startswith("  -"):
            found |= set(re.findall(r"(?:^  |, )(--?[a-z][a-z0-9-]*)", line[:40]))
    return found | ({"--help", "--version", "--print-conf"} if program == "quipu-server" else set())


def directives():
    """Of the configuration file: the lines that are no comments, and `user`, which has no default."""
    sample = output(os.path.join(BIN, "quipu-server"), "--print-conf")
    return [line.split(" ", 1)[0] for line in sample.splitlines() if line and not line.startswith("#")] + ["user"]


def page_text(path):
    """As a reader sees it, without line breaks."""
    shown = output("groff", "-man", "-Tascii", "-P-cbou", path)
    return re.sub(r"-\n +", "-", shown)


class Pages(unittest.TestCase):
    def test_help_has_each_option_of_the_program(self):
        for program, paths in SOURCES.items():
            known = set()
            for path in paths:
                known |= set(re.findall(r'\{[\s\\]*"([a-z-]+)", (?:required|no)_argument', read(os.path.join(ROOT, path))))
            with self.subTest(program):
                self.assertGreater(len(known), 4)
                self.assertEqual({"--" + name for name in known}, {name for name in options_of(program) if name.startswith("--")})

    def test_help_of_the_server_has_each_directive(self):
        self.assertEqual({"--" + name for name in directives()} | {"--help", "--version", "--print-conf"}, options_of("quipu-server"))

    def test_pages_have_each_option(self):
        for program in PROGRAMS:
            text = page_text(os.path.join(MADE, "man", program + ".1"))
            shown = set(re.findall(r"(?m)^ {7}(.*)$", text))
            for option in options_of(program):
                with self.subTest(program=program, option=option):
                    self.assertTrue(any(re.match(r"(-\w, )?%s( |,|$)" % option, line) for line in shown))

    def test_page_of_the_configuration_has_each_directive(self):
        shown = re.findall(r"(?m)^ {7}([a-z-]+) [A-Za-z|`]+", page_text(os.path.join(MADE, "man", "quipu.conf.5")))
        for name in directives():
            with self.subTest(name):
                self.assertIn(name, shown)

    def test_pages_are_clean(self):
        for path in glob.glob(os.path.join(MADE, "man", "*")):
            with self.subTest(os.path.basename(path)):
                self.assertEqual(output("groff", "-man", "-Tutf8", "-ww", "-z", path), "")
                env = dict(os.environ, MANROFFSEQ="", MANWIDTH="80", LC_ALL="C.UTF-8")
                done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], env=env, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.PIPE)
                self.assertEqual((done.returncode, done.stderr), (0, b""))
                self.assertIn(" - ", output("lexgrog", path))

    def test_the_version_is_one(self):
        """CMakeLists.txt says it; the changelogs and the pages say the same."""
        version = re.search(r"project\(quipu VERSION ([0-9.]+)", read(os.path.join(ROOT, "CMakeLists.txt"))).group(1)
        self.assertEqual(re.match(r"quipu \(([0-9.]+)\)", read(os.path.join(ROOT, "debian", "changelog"))).group(1), version)
        self.assertEqual(re.search(r"(?m)^## ([0-9.]+)", read(os.path.join(ROOT, "CHANGELOG.md"))).group(1), version)
        for program in PROGRAMS:
            self.assertEqual(output(os.path.join(BIN, program), "--version"), "%s %s\n" % (program, version))
        self.assertIn("quipu " + version, read(os.path.join(MADE, "man", "quipu-load.1")))


class Completions(unittest.TestCase):
    def bash(self, program, *words):
        """What is offered for the last word."""
        script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); "_${1//-/_}"; printf "%s\\n" "${COMPREPLY[@]}"'
        return set(output("bash", "-c", script, os.path.join(MADE, "bash", program), program, *words).split())

    def test_bash(self):
        for program in PROGRAMS:
            with self.subTest(program):
                self.assertEqual(self.bash(program, "--"), {name for name in options_of(program) if name.startswith("--")})
        self.assertEqual(self.bash("quipu-load", "--he"), {"--header", "--help"})
        self.assertEqual(self.bash("quipu-load", "--header", ""), {"yes", "no"})
        self.assertEqual(self.bash("quipu-gen", "--format", "r"), {"resp"})
        self.assertIn("parquet", self.bash("quipu-export", "--format", "p"))
        self.assertIn("markdown", self.bash("quipu", "--format", "m"))
        self.assertEqual(self.bash("quipu-server", "--method", ""), {"auto", "sets", "columns"})
        self.assertEqual(self.bash("quipu-load", "--host", ""), set())
        self.assertIn("docs", self.bash_in(ROOT, "quipu", "--dir", "do"))

    def bash_in(self, directory, *words):
        was = os.getcwd()
        os.chdir(directory)
        try:
            return self.bash(*words)
        finally:
            os.chdir(was)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh(self):
        """The words that _arguments gets. It is zsh itself that reads the file."""
        for program in PROGRAMS:
            path = os.path.join(MADE, "zsh", "_" + program)
            specs = output("zsh", "-f", "-c", '_arguments() { print -rl -- "$@" }; source "$1"', "zsh", path).splitlines()
            named = {re.match(r"\*?(-[-a-z0-9]*)", spec).group(1) for spec in specs if spec.startswith("*-")}
            with self.subTest(program):
                self.assertEqual(named, options_of(program))
                for spec in specs:
                    self.assertRegex(spec, r"^\*(-[-a-z0-9]+\[([^\]\\]|\\.)+\](:[^:]+:(_files( -/)?|\([^)]+\)| ))*|:file:_files)$")


class Installed(unittest.TestCase):
    """cmake --install into a folder, and run from there."""

    @classmethod
    def setUpClass(cls):
        cls.dir = tempfile.mkdtemp(prefix="quipu-e2e-installed-")
        output("cmake", "--install", BIN, env=dict(os.environ, DESTDIR=cls.dir))
        cls.prefix = re.search(r"CMAKE_INSTALL_PREFIX:PATH=(.*)", read(os.path.join(BIN, "CMakeCache.txt"))).group(1)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.dir)

    def path(self, path):
        return self.dir + self.prefix + path

    def test_everything_is_in_its_place(self):
        for program in PROGRAMS:
            self.assertTrue(os.access(self.path("/bin/" + program), os.X_OK), program)
            for path in ("/share/man/man1/%s.1", "/share/bash-completion/completions/%s", "/share/zsh/site-functions/_%s"):
                self.assertTrue(os.path.exists(self.path(path % program)), path % program)
        for path in ("/share/man/man5/quipu.conf.5", "/lib/redis/modules/quipu.so", "/lib/systemd/system/quipu-server.service",
                     "/lib/sysusers.d/quipu.conf", "/lib/tmpfiles.d/quipu.conf", "/etc/quipu/quipu.conf", "/etc/logrotate.d/quipu-server",
                     *("/share/doc/quipu/examples/" + name for name in os.listdir(os.path.join(ROOT, "conf")))):
            self.assertTrue(os.path.exists(self.path(path)), path)

    def test_it_runs_from_there(self):
        """The server finds the module where it is installed, the shell its server and its loader."""
        was, harness.SERVER = harness.SERVER, self.path("/bin/quipu-server")
        try:
            with Server(2, ["--method", "auto"]) as server:
                load = [self.path("/bin/quipu-load"), "--port", str(server.port), "-"]
                subprocess.run(load, input=generate(500), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=True)
                with server.client() as client:
                    self.assertEqual(client.call("QUERY", "count from current"), 500)
                    plan = client.call("QUERY", "explain count value_1 from current")
                    self.assertTrue([line for line in plan if line.startswith(b"method   columns")], plan)
        finally:
            harness.SERVER = was
        shown = output(self.path("/bin/quipu"), os.path.join(ROOT, "docs", "survey.csv"), "-c", "count from survey")
        self.assertIn("300", shown)

    def test_the_installed_configuration_is_taken(self):
        sample = read(self.path("/etc/quipu/quipu.conf"))
        self.assertRegex(sample, r"(?m)^dir /var/lib/quipu$")
        self.assertRegex(sample, r"(?m)^unixsocket /run/quipu/quipu.sock$")
        done = subprocess.run([self.path("/bin/quipu-server"), self.path("/etc/quipu/quipu.conf"), "--prot", "1"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertIn(b"unknown directive 'prot'", done.stderr, "the file itself was taken")

    @unittest.skipUnless(shutil.which("systemd-tmpfiles") and os.geteuid() == 0, "systemd is not installed, or this is not root")
    def test_the_user_and_its_directories_are_made(self):
        """From the files for systems that make them so, in a root of their own."""
        with tempfile.TemporaryDirectory() as root:
            os.mkdir(root + "/etc")
            for name in ("passwd", "group"):
                open(root + "/etc/" + name, "w").close()
            output("systemd-sysusers", "--root=" + root, self.path("/lib/sysusers.d/quipu.conf"))
            output("systemd-tmpfiles", "--root=" + root, "--create", self.path("/lib/tmpfiles.d/quipu.conf"))
            uid = int(re.search(r"(?m)^quipu:x:(\d+):", read(root + "/etc/passwd")).group(1))
            for path, mode in (("/var/lib/quipu", 0o750), ("/run/quipu", 0o755)):
                found = os.stat(root + path)
                self.assertEqual((found.st_uid, found.st_mode & 0o777), (uid, mode), path)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_the_unit_is_sandboxed(self):
        unit = self.path("/lib/systemd/system/quipu-server.service")
        shown = output("systemd-analyze", "security", "--no-pager", "--offline=true", unit)
        exposure = float(re.search(r"exposure level for \S+: ([0-9.]+)", shown).group(1))
        self.assertLess(exposure, 2.5)


if __name__ == "__main__":
    harness.main()
