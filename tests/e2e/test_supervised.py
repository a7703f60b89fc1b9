"""What a server tells the program that supervises it, as systemd does with Type=notify."""

import os
import signal
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


if __name__ == "__main__":
    harness.main()
