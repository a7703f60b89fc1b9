"""What a server tells the program that supervises it: by messages, as systemd wants with Type=notify, and by its exit status."""

import fcntl
import os
import re
import signal
import socket
import subprocess
import tempfile
import unittest

import quipu_harness as harness
from notify_socket import NotifySocket
from quipu_harness import ReplyError, Server


class Supervised(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        path = os.path.join(folder.name, "notify")
        self.supervisor = NotifySocket(path)
        self.addCleanup(self.supervisor.close)
        os.environ["NOTIFY_SOCKET"] = path
        self.addCleanup(os.environ.pop, "NOTIFY_SOCKET")

    def test_from_its_start_to_its_end(self):
        with Server(1) as server:
            told = self.supervisor.wait("READY=1")
            self.assertIn("STATUS=serving on ", told)
            self.assertIn(":%d" % server.port, told)
            server.process.popen.send_signal(signal.SIGHUP)
            told = self.supervisor.wait("RELOADING=1")
            self.assertRegex(told, r"MONOTONIC_USEC=\d+\n")
            self.assertIn("STATUS=serving on ", self.supervisor.wait("READY=1"))
            with open("/proc/%d/environ" % server.shard_pids()[0], "rb") as environ:
                self.assertNotIn(b"NOTIFY_SOCKET", environ.read())
            server.stop()
            self.supervisor.wait("STATUS=letting what runs end", "STOPPING=1")

    def test_a_shutdown_that_is_taken_back_is_no_end(self):
        """STOPPING=1 would make systemd end the server."""
        with Server(1) as server, server.client() as client, server.client() as admin, server.client() as held:
            self.supervisor.wait("READY=1")
            os.kill(server.shard_pids()[0], signal.SIGSTOP)
            try:
                held.send("QUERY", "count from current")
                client.call("PING")
                admin.send("SHUTDOWN")
                self.supervisor.wait("STATUS=letting what runs end")
                self.assertEqual(client.call("SHUTDOWN", "ABORT"), b"OK")
            finally:
                os.kill(server.shard_pids()[0], signal.SIGCONT)
            self.assertIsInstance(admin.read(), ReplyError)
            self.supervisor.wait("READY=1")
            self.assertEqual(held.read(), 0)
            self.assertNotIn("STOPPING=1", "".join(self.supervisor.told))

    def test_it_asks_for_time_while_it_waits_for_shards(self):
        slow = os.path.join(self.folder, "slow-redis-server")
        with open(slow, "w") as file:
            file.write("#!/bin/sh\nsleep 3\nexec %s \"$@\"\n" % harness.REDIS_SERVER)
        os.chmod(slow, 0o755)
        with Server(1, ["--redis-server", slow]):
            self.supervisor.wait("READY=1")
            self.assertRegex("".join(self.supervisor.told), r"STATUS=shard 0.*\nEXTEND_TIMEOUT_USEC=\d+\n")


class ExitStatus(unittest.TestCase):
    """By it a supervisor knows whether a restart may help."""

    MISTAKE, FAILURE = 2, 1

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.port = str(harness.free_port())

    def path(self, name, text=None):
        path = os.path.join(self.folder, name)
        if text is not None:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
        return path

    def assert_ends(self, status, message, *words):
        done = subprocess.run([harness.SERVER, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, env=harness.shard_env())
        said = done.stderr.decode()
        self.assertRegex(said, "(?m)^quipu-server: .*" + message)
        self.assertEqual(done.returncode, status, said)

    def test_a_mistake_in_what_is_configured_is_2(self):
        usual = ["--port", self.port, "--dir", self.path("data"), "--shards", "embedded", "1"]
        for message, words in (
            (":1: unknown directive 'prot'", [self.path("prot.conf", "prot 1\n")]),
            (":1: query-timeout: expected", [self.path("soon.conf", "query-timeout soon\n")]),
            (":1: unbalanced quotes", [self.path("quotes.conf", "dir \"/a\n")]),
            ("No such file", [self.path("missing.conf")]),
            ("unknown directive 'prot'", ["--prot", "1"]),
            ("nowhere to listen", ["--port", "0"]),
            ("tls-cert-file", [*usual, "--tls-port", str(harness.free_port()), "--tls-auth-clients", "no", "--tls-cert-file", self.path("none.crt"),
                               "--tls-key-file", self.path("none.key")]),
            ("none.acl", [*usual, "--aclfile", self.path("none.acl")]),
            ("logfile", [*usual, "--logfile", self.path("none/log")]),
            ("pidfile", [*usual, "--pidfile", self.path("none/pid")]),
            ("cannot listen on", [*usual, "--unixsocket", self.path("none/socket")]),
            ("it is there and is no socket", [*usual, "--unixsocket", self.path("file", "")]),
            ("redis-module", [*usual, "--redis-module", self.path("none.so")]),
            ("dir .*: Not a directory", [*usual, "--dir", self.path("file") + "/data"]),
            ("spread over 3 shards, and 1", [*usual, "--dir", os.path.dirname(self.path("three/layout", "shards 3\n"))]),
            ("cannot run .*redis-server", [*usual, "--redis-server", self.path("none-server")]),
        ):
            with self.subTest(message):
                self.assert_ends(self.MISTAKE, message, *words)

    def test_what_may_pass_is_1(self):
        """A port that is in use, a directory that another server has, shards that do not come."""
        usual = ["--dir", self.path("data"), "--shards", "embedded", "1"]
        with socket.socket() as taken, open(self.path("locked/lock", ""), "w") as lock:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            self.assert_ends(self.FAILURE, "cannot listen on .*: Address already in use", *usual, "--port", str(taken.getsockname()[1]))
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assert_ends(self.FAILURE, "is in use by another quipu-server", *usual, "--port", self.port, "--dir", self.path("locked"))
        self.assert_ends(self.FAILURE, "shard 0", *usual, "--port", self.port, "--redis-server", "/bin/false", "--startup-timeout", "100ms")

    def test_the_unit_restarts_for_the_one_and_not_for_the_other(self):
        with open(os.path.join(harness.ROOT, "packaging", "quipu-server.service.in")) as file:
            unit = dict(re.findall(r"(?m)^(Restart\w*)=(.*)$", file.read()))
        self.assertEqual(unit, {"Restart": "on-failure", "RestartPreventExitStatus": str(self.MISTAKE)})


if __name__ == "__main__":
    harness.main()
