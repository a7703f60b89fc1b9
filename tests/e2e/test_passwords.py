"""Who is let in: passwords, protected mode, what a reload changes of it; and that no secret is shown."""

import re
import signal
import socket

import quipu_harness as harness
from access_harness import NOAUTH, WRONGPASS, AccessCase, no_command, outside_address, redis_cli
from quipu_harness import Client, ConfiguredServer, ReplyError


class Passwords(AccessCase):
    def serve(self, *options, **kwargs):
        # The harness waits for PONG, so the server starts open and is closed then.
        super().serve(*options, **kwargs)
        with self.server.client() as client:
            self.assertEqual(client.call("CONFIG", "SET", "requirepass", "open sesame"), b"OK")

    def test_requirepass(self):
        self.serve()
        client = self.client()
        self.assert_refused(NOAUTH, client, "PING")
        self.assert_refused(NOAUTH, client, "COUNT", "from", "current")
        self.assert_refused(NOAUTH, client, "HSET", "profile_1", "a", "1")
        self.assert_refused(NOAUTH, client, "ACL", "WHOAMI")
        self.assert_refused(NOAUTH, client, "CONFIG", "HELP")
        self.assert_refused(WRONGPASS, client, "AUTH", "wrong")
        self.assert_refused(WRONGPASS, client, "AUTH", "nobody", "open sesame")
        self.assert_refused("ERR syntax error", client, "AUTH", "a", "b", "c")
        self.assert_refused(NOAUTH, client, "PING")
        self.assertEqual(client.call("AUTH", "open sesame"), b"OK")
        self.assertEqual(client.call("PING"), b"PONG")
        self.assertEqual(client.call("ACL", "WHOAMI"), b"default")
        self.assertEqual(self.client("default", "open sesame").call("PING"), b"PONG")
        self.assertEqual(client.call("RESET"), b"RESET")
        self.assert_refused(NOAUTH, client, "PING")
        self.assertEqual(client.call("QUIT"), b"OK")

    def test_a_wrong_password_does_not_log_out(self):
        self.serve()
        client = self.client("open sesame")
        self.assert_refused(WRONGPASS, client, "AUTH", "wrong")
        self.assertEqual(client.call("PING"), b"PONG")

    def test_who_has_not_logged_in_may_send_little(self):
        self.serve()
        for request, error in ((b"*11\r\n", "unauthenticated multibulk length"),
                               (b"*2\r\n$16385\r\n", "unauthenticated bulk length")):
            client = self.client()
            client.send_bytes(request)
            self.assertEqual(client.read().text, "ERR Protocol error: " + error)
            self.assertTrue(client.is_closed())
        client = self.client()
        client.send_bytes(harness.encode(("AUTH", "open sesame")) + harness.encode(["MGET"] + ["a"] * 20) +
                          harness.encode(("ECHO", "x" * 20000)))
        self.assertEqual([client.read() for _ in range(3)], [b"OK", [None] * 20, b"x" * 20000])

    def test_replies_to_who_has_not_logged_in_do_not_pile_up(self):
        self.serve()
        admin, stranger = self.client("open sesame"), self.client()
        stranger.socket.settimeout(2)
        sent, request = 0, harness.encode(("PING",)) * 10000
        try:
            for _ in range(1000):
                sent += stranger.socket.send(request)
        except socket.timeout:
            pass
        self.assertLess(sent, len(request) * 1000)
        line = next(line for line in admin.call("CLIENT", "LIST").splitlines() if b"cmd=ping" in line)
        self.assertLess(int(re.search(rb" obl=(\d+)", line).group(1)), 20000)
        stranger.socket.settimeout(harness.REPLY_TIMEOUT_S)
        n = 2 * 10000
        self.assertEqual({stranger.read().text for _ in range(n)}, {NOAUTH})

    def test_hello_auth(self):
        self.serve()
        client = self.client()
        with self.assertRaises(ReplyError) as caught:
            client.call("HELLO", "3")
        self.assertTrue(caught.exception.text.startswith("NOAUTH HELLO must be called with the client already"))
        self.assert_refused(WRONGPASS, client, "HELLO", "3", "AUTH", "default", "wrong")
        self.assert_refused("ERR Syntax error in HELLO option 'auth'", client, "HELLO", "3", "auth", "default")
        reply = client.call("HELLO", "3", "AUTH", "default", "open sesame", "SETNAME", "me")
        self.assertEqual(reply[b"proto"], 3)
        self.assertEqual(client.call("CLIENT", "GETNAME"), b"me")

    def test_inline_and_pipelined(self):
        self.serve()
        client = self.client()
        client.send_bytes(b"count from current\r\nAUTH \"open sesame\"\r\ncount from current\r\n")
        self.assertEqual(client.read().text, NOAUTH)
        self.assertEqual(client.read(), b"OK")
        self.assertEqual(client.read(), 0)

    def test_redis_cli(self):
        self.serve()
        port = ("-p", self.server.port)
        self.assertEqual(redis_cli(*port, "ping"), NOAUTH)
        self.assertEqual(redis_cli(*port, "-a", "open sesame", "ping"), "PONG")
        self.assertEqual(redis_cli(*port, "--user", "default", "--pass", "open sesame", "ping"), "PONG")
        self.assertIn("WRONGPASS", redis_cli(*port, "-a", "wrong", "ping"))

    def test_connections_from_before_stay(self):
        """As in Redis: a password is asked of new connections. And it can be taken away again."""
        super().serve()
        before = self.client()
        self.assertEqual(before.call("CONFIG", "SET", "requirepass", "x"), b"OK")
        self.assertEqual(before.call("PING"), b"PONG")
        self.assert_refused(NOAUTH, self.client(), "PING")
        self.assertEqual(before.call("CONFIG", "SET", "requirepass", ""), b"OK")
        client = self.client()
        self.assertEqual(client.call("PING"), b"PONG")
        text = "ERR AUTH <password> called without any password configured for the default user."
        with self.assertRaises(ReplyError) as caught:
            client.call("AUTH", "x")
        self.assertTrue(caught.exception.text.startswith(text))

    def test_no_password_is_shown_or_logged(self):
        super().serve("--loglevel", "debug")
        admin = self.client()
        admin.call("CONFIG", "SET", "requirepass", "geheim1")
        admin.call("ACL", "SETUSER", "ann", "on", ">geheim2")
        with self.assertRaises(ReplyError) as caught:
            admin.call("ACL", "SETUSER", "ann", "<geheim3")
        self.assertNotIn("geheim", caught.exception.text)
        client = self.client()
        client.pipeline([("AUTH", "geheim4"), ("AUTH", "ann", "geheim5"), ("HELLO", "3", "AUTH", "ann", "geheim6")])
        shown = [admin.call("CONFIG", "GET", "*"), admin.call("ACL", "LIST"), admin.call("ACL", "GETUSER", "ann"),
                 admin.call("ACL", "LOG"), admin.call("CLIENT", "LIST"), admin.call("INFO")]
        self.assertNotIn("geheim", repr(shown))
        self.assertEqual(admin.call("CONFIG", "GET", "requirepass"), [b"requirepass", b"********"])
        with self.assertRaises(ReplyError):
            admin.call("CONFIG", "SET", "requirepass", "********")
        self.assertEqual(self.client("geheim1").call("PING"), b"PONG")
        self.assertNotIn("geheim", self.server.process.log())


class ProtectedMode(AccessCase):
    def setUp(self):
        super().setUp()
        self.address = outside_address()
        if not self.address:
            self.skipTest("this machine has only loopback addresses")

    def outside(self):
        client = Client((self.address, self.server.port))
        self.addCleanup(client.close)
        return client

    def assert_denied(self):
        reply = self.outside().read()
        self.assertEqual(reply.code, "DENIED")
        self.assertIn("protected mode", reply.text)

    def test_without_a_password_only_loopback_is_served(self):
        self.serve("--bind", "127.0.0.1", self.address)
        self.assert_denied()
        client = self.client()
        self.assertEqual(client.call("PING"), b"PONG")
        self.assertEqual(self.client(unix=True).call("PING"), b"PONG")
        denied = self.outside()
        denied.send("PING")
        denied.read()
        self.assertTrue(denied.is_closed())
        client.call("CONFIG", "SET", "protected-mode", "no")
        self.assertEqual(self.outside().call("PING"), b"PONG")
        client.call("CONFIG", "SET", "protected-mode", "yes")
        self.assert_denied()
        client.call("CONFIG", "SET", "requirepass", "x")
        outside = self.outside()
        self.assert_refused(NOAUTH, outside, "PING")
        self.assertEqual(outside.call("AUTH", "x"), b"OK")

    def test_with_users_and_default_off_all_are_served(self):
        self.serve("--bind", "127.0.0.1", self.address, "--user", "ann on >pw +ping")
        self.assert_denied()
        self.client().call("ACL", "SETUSER", "default", "off")
        outside = self.outside()
        self.assert_refused(NOAUTH, outside, "PING")
        self.assertEqual(outside.call("AUTH", "ann", "pw"), b"OK")


class Reloading(AccessCase):
    """SIGHUP, and what of access is in the file."""

    def serve_file(self, text):
        self.conf = self.path("quipu.conf", text)
        self.server = ConfiguredServer(self.conf)
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        self.admin = self.client()

    def reload(self, text):
        self.path("quipu.conf", text)
        reloads = int(harness.info(self.admin)["config_reloads"])
        self.server.process.popen.send_signal(signal.SIGHUP)
        self.server.wait_until(lambda: int(harness.info(self.admin)["config_reloads"]) > reloads, "a reload")

    def test_requirepass(self):
        self.serve_file("protected-mode yes\n")
        self.reload("requirepass first\n")
        self.assert_refused(NOAUTH, self.client(), "PING")
        self.client("first")
        self.reload("requirepass second\n")
        self.assert_refused(WRONGPASS, self.client(), "AUTH", "first")
        self.client("second")
        self.admin.call("CONFIG", "SET", "requirepass", "third")
        self.reload("requirepass second\n")
        self.client("second")
        self.assertNotIn("second", self.server.process.log())

    def test_a_password_that_is_not_in_the_file_is_kept(self):
        self.serve_file("loglevel notice\n")
        self.admin.call("CONFIG", "SET", "requirepass", "secret")
        self.reload("loglevel verbose\n")
        self.assert_refused(NOAUTH, self.client(), "PING")
        self.client("secret")
        self.assertIn("requirepass is not in the file any more and is kept", self.server.process.log())
        self.assertEqual(self.admin.call("CONFIG", "GET", "loglevel")[1], b"verbose")

    def test_users_are_named_as_what_cannot_change(self):
        self.serve_file("user ann on nopass +ping\n")
        self.reload("user ann on nopass +ping +echo\n")
        self.assertIn("cannot change while running, left as before: user", self.server.process.log())
        self.assert_refused(no_command("echo"), self.client("ann", "x"), "ECHO", "x")


if __name__ == "__main__":
    harness.main()
