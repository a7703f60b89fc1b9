"""The Debian packages: built, looked at by lintian, installed into a root, run as their unit would be, upgraded over rows that are
there, removed and purged.

The root is build/servers/roots/packages (scripts/setup --servers), copied for the test. systemd is not run, which is for
test_systemd.py: unit_sandbox.py does what it can of the unit. Without root, or what scripts/setup installs, the test is
skipped and says so.
"""

import glob
import os
import re
import shutil
import unittest

import debian_packages
import quipu_harness as harness
from debian_packages import NAMES, OLD_VERSION, older, run
from quipu_harness import ROOT, Client, Closed, ReplyError, free_port, generate, info, pairs, wait_until
from unit_sandbox import Unit, UnitProcess

BASE = os.path.join(ROOT, "build", "servers", "roots", "packages")
NROWS = 2000
USER = "\nuser ann on >sesame +@all allkeys alldatasets\n"


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = debian_packages.new_directory()
        cls.root = os.path.join(cls.dir, "root")
        try:
            cls.debs = debian_packages.found_or_built(cls.dir)
            run(["cp", "-a", BASE, cls.root])
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if not os.environ.get("QUIPU_KEEP"):
            shutil.rmtree(cls.dir, ignore_errors=True)

    # -- in the root --

    def in_root(self, *words, **options):
        """A program in the root, with /proc and /dev that go with it."""
        script = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C"}
        return run(["unshare", "-m", "sh", "-c", script, self.root, *words], env=env, **options)

    def install(self, debs):
        for deb in debs:
            shutil.copy(deb, self.root + "/tmp")
        return self.in_root("dpkg", "-i", *("/tmp/" + os.path.basename(deb) for deb in debs))

    def path(self, path):
        return self.root + path

    def read(self, path):
        with open(self.path(path)) as file:
            return file.read()

    # -- the tests, in their order --

    def test_1_lintian(self):
        changes = glob.glob(os.path.join(self.dir, "*.changes"))[0]
        found = run(["lintian", "--fail-on", "error,warning", "--allow-root", changes])
        self.assertNotRegex(found, r"(?m)^[EW]: ")

    def test_2_what_is_in_them(self):
        files = {name: {line.split(None, 5)[5].lstrip(".").split(" -> ")[0] for line in run(["dpkg-deb", "-c", deb]).splitlines()}
                 for name, deb in self.debs.items()}
        for name, wanted in {
            "quipu-module": ["/usr/lib/redis/modules/quipu.so"],
            "quipu-server": ["/usr/bin/quipu-server", "/etc/quipu/quipu.conf", "/lib/systemd/system/quipu-server.service",
                             "/etc/logrotate.d/quipu-server", "/usr/lib/tmpfiles.d/quipu.conf", "/usr/share/doc/quipu-server/examples/quipu.conf",
                             "/usr/share/man/man1/quipu-server.1.gz", "/usr/share/man/man5/quipu.conf.5.gz"],
            "quipu-tools": ["/usr/bin/" + tool for tool in ("quipu", "quipu-load", "quipu-export", "quipu-gen")],
        }.items():
            for path in wanted:
                self.assertIn(path, files[name])
        for name in ("quipu", "quipu-load", "quipu-export", "quipu-gen"):
            for path in ("/usr/share/man/man1/%s.1.gz", "/usr/share/bash-completion/completions/%s",
                         "/usr/share/zsh/vendor-completions/_%s"):
                self.assertIn(path % name, files["quipu-tools"])

    def start(self):
        """The service on a port of its own, as an administrator would set it."""
        text = self.read("/etc/quipu/quipu.conf")
        self.port = free_port()
        with open(self.path("/etc/quipu/quipu.conf"), "w") as file:
            file.write(re.sub(r"(?m)^port .*$", "port %d" % self.port, text))
            if USER not in text:
                file.write(USER)
        process = UnitProcess(Unit("/lib/systemd/system/quipu-server.service", self.root))
        try:
            process.supervisor.wait("READY=1")
        except BaseException:
            print(process.log())
            process.__exit__()
            raise
        return process

    def client(self):
        return Client(("127.0.0.1", self.port))

    def check_rows(self, nrows):
        with self.client() as client:
            self.assertEqual(client.call("QUERY", "count from current"), nrows)
            self.assertEqual(sum(cell for _, cell in client.call("QUERY", "count value_1 from current")), NROWS)
            plan = client.call("QUERY", "explain count value_1 from current")
            self.assertTrue([line for line in plan if line.startswith(b"method   columns")], plan)

    def define(self):
        """What is set beside rows; the user stands in the configuration."""
        with self.client() as client:
            client.call("DATASET", "LABEL", "current", "value_1", "The first value")
            client.call("DATASET", "LABEL", "current", "value_1", "1", "one")
        with self.client() as client:
            client.call("AUTH", "ann", "sesame")
            client.call("QUERY", "SAVE", "mine", "count value_1 from current")

    def check_definitions(self):
        with self.client() as client:
            client.call("AUTH", "ann", "sesame")
            self.assertEqual([query["text"] for query in map(pairs, client.call("QUERY", "SAVED"))], [b"count value_1 from current"])
            found = client.call("DATASET", "DESCRIBE", "current")
            self.assertIn(b"The first value", repr(found).encode())
            self.assertIn(b"one", repr(found).encode())

    def check_sandbox(self, process):
        """The server and its shards are who the unit says, with nothing more than they need."""
        uid = Unit("/lib/systemd/system/quipu-server.service", self.root).user()[0]
        shards = process.children()
        self.assertEqual(len(shards), 2)
        for pid in [process.pid, *shards]:
            status = process.status(pid)
            self.assertEqual(set(map(int, status["Uid"].split())), {uid})
            self.assertEqual((status["CapBnd"].strip("0"), status["NoNewPrivs"], status["Umask"]), ("", "1", "0007"))
            self.assertEqual(status["Seccomp"], "2" if process.filter else "0")
        self.assertEqual(os.stat(self.path("/run/quipu/quipu.sock")).st_mode & 0o777, 0o770)
        for path, mode in (("/var/lib/quipu", 0o750), ("/etc/quipu/quipu.conf", 0o640)):
            found = os.stat(self.path(path))
            self.assertEqual((found.st_uid, found.st_mode & 0o777), (uid, mode), path)
        self.assertEqual([name for name in os.listdir(self.path("/var/lib/quipu/shard-0")) if "sock" in name], ["redis.sock"])

    def check_running(self, process):
        """What a server does besides counting, inside the sandbox."""
        process.reload()
        told = process.supervisor.wait("RELOADING=1", "READY=1")
        self.assertIn("STATUS=serving on", told)
        with Client(self.path("/run/quipu/quipu.sock")) as client:
            client.call("CONFIG", "SET", "query-timeout", "7777")
            client.call("CONFIG", "REWRITE")
        self.assertIn("query-timeout 7777", self.read("/etc/quipu/quipu.conf"))
        for shard in range(2):
            with Client(self.path("/var/lib/quipu/shard-%d/redis.sock" % shard)) as client:
                client.call("BGREWRITEAOF")
                wait_until(lambda: info(client, "persistence")["aof_rewrite_in_progress"] == "0", "a child that writes the file")
                self.assertEqual(info(client, "persistence")["aof_last_bgrewrite_status"], "ok")
                self.assertEqual(client.call("EVAL", "return redis.call('ping')", 0), b"PONG")
        os.kill(process.children()[0], 9)
        wait_until(lambda: self.counts(NROWS), "the shard runs again")

    def counts(self, nrows):
        try:
            with self.client() as client:
                return client.call("QUERY", "count from current") == nrows and len(client.call("ROLE")) > 0
        except (OSError, Closed, ReplyError):
            return False

    def stop(self, process):
        self.assertEqual(process.stop(), 0, process.log())
        process.supervisor.wait("STOPPING=1")
        self.assertEqual(process.children(), [])

    def test_3_life(self):
        debs = list(self.debs.values())
        self.install([older(deb, self.dir) for deb in debs])
        self.assertIn(OLD_VERSION, self.in_root("dpkg-query", "-W", "quipu-server"))
        with self.start() as process:
            with open(self.path("/tmp/rows.csv"), "wb") as file:
                file.write(generate(NROWS))
            self.in_root("quipu-load", "--port", str(self.port), "/tmp/rows.csv")
            self.check_rows(NROWS)
            self.check_sandbox(process)
            self.check_running(process)
            self.define()
            self.check_definitions()
            self.stop(process)
        before = self.read("/etc/quipu/quipu.conf")
        self.install(debs)
        self.assertNotIn(OLD_VERSION, self.in_root("dpkg-query", "-W", *NAMES))
        self.assertEqual(self.read("/etc/quipu/quipu.conf"), before, "the administrator's configuration stays")
        with self.start() as process:
            self.check_rows(NROWS)
            self.check_definitions()
            with self.client() as client:
                client.call("HSET", "profile_new", "value_9", "1")
            self.check_rows(NROWS + 1)
            table = self.in_root("quipu", "127.0.0.1:%d" % self.port, "-c", "count value_1 from current")
            self.assertIn("value_1", table)
            self.stop(process)
        self.in_root("dpkg", "-r", *NAMES)
        self.assertFalse(os.path.exists(self.path("/usr/bin/quipu-server")))
        self.assertTrue(os.path.exists(self.path("/var/lib/quipu/shard-0/appendonlydir")), "rows are kept until the purge")
        self.assertTrue(os.path.exists(self.path("/etc/quipu/quipu.conf")))
        self.in_root("dpkg", "-P", *NAMES)
        for path in ("/var/lib/quipu", "/etc/quipu"):
            self.assertFalse(os.path.exists(self.path(path)), path)
        self.assertNotIn("quipu", self.read("/etc/passwd"))


if __name__ == "__main__":
    debian_packages.skip_without(("lintian", "systemd-analyze"), BASE, "build/servers/roots/packages (scripts/setup --servers)")
    harness.main()
