"""Who may do what: passwords, users, datasets, protected mode, TLS, limits; and that no secret is shown."""

import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import cluster_harness
import quipu_harness as harness
from cluster_harness import Cluster
from quipu_harness import Client, Closed, Process, Redis, ReplyError, Server, ServerCase, pairs

NOAUTH = "NOAUTH Authentication required."
WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled."
NOKEY = "NOPERM this user has no permissions to access one of the keys used as arguments"


def no_command(name):
    return "NOPERM this user has no permissions to run the '%s' command" % name


def no_dataset(name):
    return "NOPERM this user has no permissions to access dataset '%s'" % name


def redis_cli(*args):
    """What redis-cli prints: standard output and error."""
    done = subprocess.run(
        ["redis-cli", "--no-auth-warning", *[str(arg) for arg in args]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=60,
    )
    return done.stdout.strip()


class AccessCase(unittest.TestCase):
    """A server of its own for each test."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-access-")
        self.addCleanup(shutil.rmtree, self.dir, True)

    def path(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is not None:
            with open(path, "w") as file:
                file.write(text)
        return path

    def serve(self, *options, **kwargs):
        self.server = Server(1, options, **kwargs)
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)  # in order, and without a leak
        return self.server

    def serve_fails(self, *options):
        """What a server says that does not start."""
        with self.assertRaises(AssertionError) as caught:
            Server(1, options)
        return str(caught.exception)

    def client(self, *login, **options):
        client = self.server.client(**options)
        self.addCleanup(client.close)
        if login:
            self.assertEqual(client.call("AUTH", *login), b"OK")
        return client

    def assert_refused(self, text, client, *args):
        with self.assertRaises(ReplyError, msg="%r" % (args,)) as caught:
            client.call(*args)
        self.assertEqual(caught.exception.text, text)


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
        stranger.socket.settimeout(30)
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


class Users(AccessCase):
    def setUp(self):
        super().setUp()
        self.serve("--dataset", "people prefix person_")
        self.admin = self.client()
        self.admin.call("HSET", "profile_1", "sex", "female")
        self.admin.call("HSET", "person_1", "sex", "male")

    def user(self, name, *rules):
        """A user of these rules, logged in."""
        self.assertEqual(self.admin.call("ACL", "SETUSER", name, "on", ">pw", *rules), b"OK")
        return self.client(name, "pw")

    def test_commands(self):
        ann = self.user("ann", "~*", "alldatasets", "+hget", "+@connection", "+config|get", "-client|kill")
        self.assertEqual(ann.call("HGET", "profile_1", "sex"), b"female")
        self.assert_refused(no_command("hset"), ann, "HSET", "profile_1", "sex", "male")
        self.assert_refused(no_command("count"), ann, "COUNT", "from", "current")
        self.assert_refused(no_command("query"), ann, "QUERY", "count from current")
        self.assertEqual(ann.call("CONFIG", "GET", "port")[0], b"port")
        self.assert_refused(no_command("config|set"), ann, "CONFIG", "SET", "max-cells", "5")
        self.assert_refused(no_command("acl|setuser"), ann, "ACL", "SETUSER", "ann", "+@all")
        self.assertIsInstance(ann.call("CLIENT", "ID"), int)
        self.assert_refused(no_command("client|kill"), ann, "CLIENT", "KILL", "ID", "1")
        self.assertEqual(ann.call("PING"), b"PONG")

    def test_categories(self):
        ann = self.user("ann", "~*", "alldatasets", "+@read", "-hgetall")
        self.assertEqual(ann.call("HGET", "profile_1", "sex"), b"female")
        self.assertEqual(ann.call("COUNT", "from", "current"), 1)
        self.assert_refused(no_command("hgetall"), ann, "HGETALL", "profile_1")
        self.assert_refused(no_command("del"), ann, "DEL", "profile_1")
        names = self.admin.call("ACL", "CAT", "crosstab")
        self.assertIn(b"count", names)
        self.assertIn(b"dataset|verify", names)
        self.assertNotIn(b"hset", names)
        self.assertIn(b"crosstab", self.admin.call("ACL", "CAT"))
        self.assert_refused("ERR Unknown category 'nosuch'", self.admin, "ACL", "CAT", "nosuch")

    def test_keys(self):
        ann = self.user("ann", "%R~profile_*", "~person_*", "alldatasets", "+@all")
        self.assertEqual(ann.call("HGET", "profile_1", "sex"), b"female")
        self.assert_refused(NOKEY, ann, "HSET", "profile_1", "sex", "male")
        self.assertEqual(ann.call("HSET", "person_1", "age", "3"), 1)
        self.assert_refused(NOKEY, ann, "HGET", "other", "sex")
        self.assertEqual(ann.call("EXISTS", "person_1", "profile_1"), 2)
        self.assert_refused(NOKEY, ann, "DEL", "person_1", "profile_1")
        self.assertEqual(self.admin.call("EXISTS", "person_1"), 1)

    def test_commands_that_are_passed_through(self):
        """By what the shard says of them: categories, where keys stand, what is done with them."""
        ann = self.user("ann", "%R~r:*", "%W~w:*", "~a:*", "+@all", "-@dangerous", "-@list", "-object|freq")
        self.admin.call("SET", "r:1", "one")
        self.assertEqual(ann.call("GET", "r:1"), b"one")
        self.assertEqual(ann.call("SET", "w:1", "x"), b"OK")
        self.assertEqual(ann.call("SET", "a:1", "x"), b"OK")
        self.assertEqual(ann.call("GETSET", "a:1", "y"), b"x")
        self.assertEqual(ann.call("COPY", "r:1", "w:2"), 1)
        for args in (("GET", "x"), ("GET", "w:1"), ("SET", "r:1", "x"), ("GETSET", "w:1", "x"),
                     ("SET", "w:1", "x", "EX", "9", "get"), ("COPY", "w:1", "r:2"),
                     ("MGET", "r:1", "a:1", "x"), ("MSET", "a:1", "1", "x", "2"), ("EXISTS", "r:1", "x"),
                     ("SINTERSTORE", "r:2", "a:1"), ("ZUNIONSTORE", "w:3", "2", "r:1", "w:1"),
                     ("XREAD", "STREAMS", "r:1", "x", "0", "0")):
            self.assert_refused(NOKEY, ann, *args)
        many = ["r:%d" % i for i in range(100)]
        self.assertEqual(len(ann.call("MGET", *many)), 100)
        self.assert_refused(NOKEY, ann, "MGET", *many, "x")
        self.assert_refused(no_command("lpush"), ann, "LPUSH", "a:l", "1")
        self.assert_refused(no_command("object|freq"), ann, "OBJECT", "FREQ", "a:1")
        self.assertEqual(ann.call("OBJECT", "REFCOUNT", "a:1"), 1)
        self.assert_refused(no_command("keys"), ann, "KEYS", "*")
        self.assert_refused(no_dataset("current"), self.user("bob", "~*", "+@all"), "TTL", "profile_1")
        with self.assertRaises(ReplyError) as caught:
            self.user("eve", "~*", "alldatasets", "+@all").call("EVAL", "return 1", "0")
        self.assertIn("'eval' can reach every key of a shard", caught.exception.text)
        self.assertEqual(self.admin.call("EVAL", "return 1", "0"), 1)
        self.assertEqual(self.admin.call("GET", "x"), None)
        unnamed = self.client()
        self.admin.call("CONFIG", "SET", "requirepass", "x")
        unnamed.call("RESET")
        self.assert_refused(NOAUTH, unnamed, "GET", "a:1")

    def test_channels(self):
        ann = self.user("ann", "+@all", "&news.*")
        self.assertEqual(ann.call("PUBLISH", "news.a", "x"), 0)
        self.assert_refused("NOPERM this user has no permissions to access one of the channels used as arguments",
                            ann, "PUBLISH", "other", "x")

    def test_names_of_commands_are_checked(self):
        unknown = "Unknown command or category name in ACL"
        for rule in ("+nosuch", "-config|nosuch", "+object|nosuch", "+get|x", "-@nosuch"):
            self.assert_refused("ERR Error in ACL SETUSER modifier '%s': %s" % (rule, unknown),
                                self.admin, "ACL", "SETUSER", "ann", rule)
        self.assertEqual(self.admin.call("ACL", "SETUSER", "ann", "+GET", "+object|encoding", "+config|help"), b"OK")
        self.assertIn(b"lpush", self.admin.call("ACL", "CAT", "list"))
        self.assertIn(b"object|freq", self.admin.call("ACL", "CAT", "keyspace"))

    def test_datasets(self):
        ann = self.user("ann", "~*", "dataset:current", "+@all")
        self.assertEqual(ann.call("COUNT", "from", "current"), 1)
        self.assertEqual(ann.call("HGET", "profile_1", "sex"), b"female")
        for query in ("count from people", "explain count from people", "count sex from people where sex = x"):
            self.assert_refused(no_dataset("people"), ann, "QUERY", query)
            self.assert_refused(no_dataset("people"), ann, *query.split())
            ann.send_bytes(query.encode() + b"\r\n")
            self.assertEqual(ann.read().text, no_dataset("people"))
        self.assert_refused(no_dataset("nosuch"), ann, "QUERY", "count from nosuch")
        self.assert_refused(no_dataset("people"), ann, "HGET", "person_1", "sex")
        self.assert_refused(no_dataset("people"), ann, "DATASET", "INFO", "people")
        self.assert_refused(no_dataset("people"), ann, "DATASET", "VERIFY", "people")
        self.assert_refused(no_dataset("*"), ann, "DBSIZE")
        self.assert_refused(no_dataset("*"), ann, "FLUSHALL")
        with self.assertRaises(ReplyError) as caught:
            ann.call("QUERY", "count form current")
        self.assertEqual(caught.exception.code, "SYNTAX")
        self.admin.call("ACL", "SETUSER", "ann", "dataset:peo*")
        self.assertEqual(ann.call("COUNT", "from", "people"), 1)

    def test_read_only(self):
        ann = self.user("ann", "~*", "&*", "alldatasets", "+@all", "readonly")
        self.assertEqual(ann.call("COUNT", "from", "current"), 1)
        self.assertEqual(ann.call("HGETALL", "profile_1"), [b"sex", b"female"])
        for args in (("HSET", "profile_1", "a", "1"), ("DEL", "profile_1"), ("HINCRBY", "profile_1", "a", "1"),
                     ("CONFIG", "SET", "max-cells", "7"), ("ACL", "SETUSER", "ann", "readwrite"), ("CACHE", "CLEAR")):
            with self.assertRaises(ReplyError, msg=args) as caught:
                ann.call(*args)
            self.assertIn("this user is read-only", caught.exception.text)
        self.assertEqual(self.admin.call("HGETALL", "profile_1"), [b"sex", b"female"])

    def test_a_floor_for_small_counts_cannot_be_lowered(self):
        for i in range(2, 14):
            self.admin.call("HSET", "profile_%d" % i, "sex", "female" if i < 12 else "male")
        ann = self.user("ann", "~*", "alldatasets", "+@all", "suppress-below:10")
        closed = ("COUNT", "sex", "in", "{female,male,x}", "from", "current")
        self.assertEqual(self.admin.call(*closed), [11, 2, 0])
        self.assertEqual(ann.call(*closed), [11, None, 0])
        self.assertEqual(ann.call(*closed, "suppress", "below", "2"), [11, None, 0])
        self.assertEqual(ann.call(*closed, "suppress", "below", "12"), [None, None, 0])
        self.assertEqual(ann.call("COUNT", "sex", "from", "current"), [[b"female", 11]])
        self.assertEqual(ann.call("COUNT", "from", "current"), 13)
        self.assertIsNone(ann.call("QUERY", "count from current where sex = male"))
        self.assertEqual(self.admin.call(*closed), [11, 2, 0], "the answers of others are as they were")
        for text in ("explain count from current", "profile count from current where sex = male"):
            self.assert_refused("NOPERM counts below 10 are to be kept from this user, and a plan tells some",
                                ann, "QUERY", text)
        for args in (("DBSIZE",), ("DATASET", "INFO", "current")):
            self.assert_refused("NOPERM counts below 10 are to be kept from this user", ann, *args)
        self.assertEqual(ann.call("PING"), b"PONG")
        self.admin.call("DEL", *("profile_%d" % i for i in range(2, 14)))

    def test_setuser_is_all_or_none_and_at_once(self):
        ann = self.user("ann", "+hget", "~*", "alldatasets")
        self.assert_refused("ERR Error in ACL SETUSER modifier 'nosuch': Syntax error",
                            self.admin, "ACL", "SETUSER", "ann", "-hget", "nosuch")
        self.assertEqual(ann.call("HGET", "profile_1", "sex"), b"female")
        self.admin.call("ACL", "SETUSER", "ann", "-hget")
        self.assert_refused(no_command("hget"), ann, "HGET", "profile_1", "sex")

    def test_getuser_list_users_whoami(self):
        ann = self.user("ann", "~a*", "dataset:current", "+@read", "rate:5", "+acl|whoami")
        self.assertEqual(ann.call("ACL", "WHOAMI"), b"ann")
        self.assertEqual(self.admin.call("ACL", "USERS"), [b"ann", b"default"])
        sha = b"30c952fab122c3f9759f02a6d95c3758b246b4fee239957b2d4fee46e26170c4"
        self.assertEqual(self.admin.call("ACL", "LIST"), [
            b"user ann on #" + sha + b" ~a* resetchannels dataset:current rate:5 -@all +@read +acl|whoami",
            b"user default on nopass ~* &* alldatasets +@all"])
        self.assertEqual(pairs(self.admin.call("ACL", "GETUSER", "ann")), {
            "flags": [b"on"], "passwords": [sha], "commands": b"-@all +@read +acl|whoami", "keys": b"~a*",
            "channels": b"", "selectors": [], "quipu": b"dataset:current rate:5"})
        self.assertIsNone(self.admin.call("ACL", "GETUSER", "nosuch"))
        with self.server.client(resp3=True) as client:
            self.assertEqual(client.call("ACL", "GETUSER", "default")[b"flags"], [b"on", b"nopass"])
        self.assertIn(b"user=ann", self.admin.call("CLIENT", "LIST"))

    def test_deluser_ends_connections(self):
        ann, self_remover = self.user("ann", "+ping"), self.user("eve", "+acl")
        self.assert_refused("ERR The 'default' user cannot be removed", self.admin, "ACL", "DELUSER", "ann", "default")
        self.assertEqual(self.admin.call("ACL", "DELUSER", "ann", "nosuch"), 1)
        self.assertTrue(ann.is_closed())
        self.assertEqual(self_remover.call("ACL", "DELUSER", "eve"), 1)
        self.assertTrue(self_remover.is_closed())
        self.assert_refused(WRONGPASS, self.client(), "AUTH", "ann", "pw")

    def test_kill_by_user(self):
        ann = [self.user("ann", "+ping") for _ in range(3)]
        self.assertEqual(self.admin.call("CLIENT", "KILL", "USER", "ann"), 3)
        for client in ann:
            self.assertTrue(client.is_closed())
        self.assertEqual(self.admin.call("CLIENT", "KILL", "USER", "nobody"), 0)

    def test_a_disabled_user_cannot_log_in_and_stays_where_it_is(self):
        ann = self.user("ann", "+ping")
        self.admin.call("ACL", "SETUSER", "ann", "off")
        self.assertEqual(ann.call("PING"), b"PONG")
        self.assert_refused(WRONGPASS, self.client(), "AUTH", "ann", "pw")

    def test_queries_of_others_are_for_operators(self):
        ann = self.user("ann", "+@crosstab", "-@dangerous", "dataset:current")
        self.assertEqual(ann.call("QUERY", "count from current"), 1)
        self.assert_refused(no_command("query|list"), ann, "QUERY", "LIST")
        self.assert_refused(no_command("query|kill"), ann, "QUERY", "KILL", "1")
        self.assert_refused(no_command("slowlog|get"), ann, "SLOWLOG", "GET")
        self.assert_refused(no_command("shutdown"), ann, "SHUTDOWN")
        self.assertEqual(self.admin.call("QUERY", "LIST"), [])

    def test_slowlog_hides_secrets(self):
        self.admin.call("CONFIG", "SET", "slowlog-log-slower-than", "0")
        self.admin.pipeline([("ACL", "SETUSER", "ann", "on", ">geheim"), ("AUTH", "ann", "geheim"), ("AUTH", "geheim"),
                             ("HELLO", "2", "AUTH", "ann", "geheim"), ("RESET",),
                             ("CONFIG", "SET", "requirepass", "geheim"), ("CONFIG", "SET", "requirepass", ""),
                             ("CONFIG", "SET", "max-cells", "9", "tls-key-file-pass", "geheim")])
        shown = self.admin.call("SLOWLOG", "GET", "-1")
        self.assertGreater(len(shown), 6)
        self.assertNotIn("geheim", repr(shown))

    def test_log(self):
        ann = self.user("ann", "~a*", "+hget", "+count")
        for args in (("HSET", "a", "b", "c"), ("HGET", "x", "f"), ("HGET", "x", "g"), ("COUNT", "from", "people"),
                     ("AUTH", "eve", "secret")):
            with self.assertRaises(ReplyError):
                ann.call(*args)
        entries = [pairs(entry) for entry in self.admin.call("ACL", "LOG")]
        seen = [(e["count"], e["reason"], e["object"], e["username"]) for e in entries]
        self.assertEqual(seen, [(1, b"auth", b"AUTH", b"eve"), (1, b"dataset", b"people", b"ann"),
                                (2, b"key", b"x", b"ann"), (1, b"command", b"hset", b"ann")])
        self.assertIn(b"user=ann", entries[0]["client-info"])
        info = harness.info(self.admin, "stats")
        self.assertEqual([info["acl_access_denied_" + reason] for reason in ("auth", "cmd", "key", "channel", "dataset")],
                         ["1", "1", "2", "0", "1"])
        self.assertEqual(entries[0]["context"], b"toplevel")
        self.assertLess(float(entries[0]["age-seconds"]), 60)
        self.assertEqual(len(self.admin.call("ACL", "LOG", "1")), 1)
        self.assertEqual(self.admin.call("ACL", "LOG", "RESET"), b"OK")
        self.assertEqual(self.admin.call("ACL", "LOG"), [])
        self.assert_refused("ERR value is not an integer or out of range", self.admin, "ACL", "LOG", "x")

    def test_dryrun(self):
        def begins(text):
            return ("T" + text[8:]).encode()

        self.user("ann", "~a*", "dataset:current", "+get", "+count")
        for answer, request in ((b"OK", "get a"), (begins(no_command("set")), "set a 1"), (begins(NOKEY), "get b"),
                                (b"OK", "count from current"), (begins(no_dataset("people")), "count from people")):
            self.assertEqual(self.admin.call("ACL", "DRYRUN", "ann", *request.split()), answer)
        self.assertEqual(self.admin.call("ACL", "LOG"), [])
        self.assert_refused("ERR User 'nobody' not found", self.admin, "ACL", "DRYRUN", "nobody", "get", "a")
        self.assert_refused("ERR Command 'nosuch' not found", self.admin, "ACL", "DRYRUN", "ann", "nosuch")

    def test_genpass(self):
        first, second = self.admin.call("ACL", "GENPASS"), self.admin.call("ACL", "GENPASS")
        self.assertRegex(first, b"^[0-9a-f]{64}$")
        self.assertNotEqual(first, second)
        self.assertRegex(self.admin.call("ACL", "GENPASS", "5"), b"^[0-9a-f]{2}$")
        with self.assertRaises(ReplyError):
            self.admin.call("ACL", "GENPASS", "4097")

    def test_reset_becomes_default(self):
        ann = self.user("ann", "+ping")
        self.assert_refused(no_command("acl|whoami"), ann, "ACL", "WHOAMI")
        self.assertEqual(ann.call("RESET"), b"RESET")
        self.assertEqual(ann.call("ACL", "WHOAMI"), b"default")

    def test_unknown_subcommand_and_help(self):
        self.assertIn(b"SETUSER", b" ".join(self.admin.call("ACL", "HELP")))
        self.assert_refused("ERR unknown subcommand 'FOO'. Try ACL HELP.", self.admin, "ACL", "FOO")
        self.assert_refused("ERR wrong number of arguments for 'acl' command", self.admin, "ACL")


class Differential(AccessCase):
    """Random users and requests: Redis and we allow the same, and refuse it in the same words."""

    COMMANDS = ["get", "set", "mget", "del", "hset", "hgetall", "lpush", "config", "client", "acl", "object",
                "config|get", "config|set", "client|id", "client|kill", "acl|whoami", "object|encoding"]
    CATEGORIES = ["read", "write", "string", "hash", "list", "keyspace", "fast", "slow", "admin", "dangerous",
                  "connection", "all", "pubsub", "sortedset"]
    KEYS = ["~a*", "~b", "%R~r*", "%W~w*", "%RW~c?", "~[de]x", "allkeys", "resetkeys", "~k:*:z"]
    NAMES = ["a1", "b", "bb", "r1", "w1", "c1", "c12", "dx", "fx", "k:1:z", "A1"]
    REQUESTS = [("GET", 1), ("SET", 1, "v"), ("SET", 1, "v", "GET"), ("GETSET", 1, "v"), ("MGET", 1, 1), ("EXISTS", 1, 1),
                ("MSET", 1, "x", 1, "y"), ("DEL", 1, 1), ("HSET", 1, "f", "v"), ("HGETALL", 1), ("HSTRLEN", 1, "f"),
                ("LPUSH", 1, "x"), ("LMOVE", 1, 1, "LEFT", "LEFT"), ("COPY", 1, 1), ("RENAMENX", 1, 1), ("TTL", 1),
                ("SINTERSTORE", 1, 1, 1), ("ZUNIONSTORE", 1, "2", 1, 1), ("SORT", 1), ("OBJECT", "ENCODING", 1),
                ("OBJECT", "REFCOUNT", 1), ("APPEND", 1, "x"), ("STRLEN", 1), ("INCR", 1), ("TYPE", 1), ("HGET", 1, "f"),
                ("CONFIG", "GET", "maxclients"), ("CLIENT", "ID"), ("CLIENT", "KILL", "ID", "99999999"), ("PING",),
                ("ACL", "WHOAMI"), ("ACL", "USERS"), ("CLIENT", "GETNAME"), ("TIME",), ("KEYS", "nothing"), ("DBSIZE",),
                ("PUBLISH", 1, "x"), ("XREAD", "STREAMS", 1, 1, "0", "0"), ("LPOP", 1), ("ECHO", "x")]

    def rules(self, random):
        rules = ["reset", "on", "nopass", "allchannels", "+auth"]
        for _ in range(random.randrange(1, 7)):
            kind = random.random()
            sign = random.choice("++-")
            if kind < 0.4:
                rules.append(sign + "@" + random.choice(self.CATEGORIES))
            elif kind < 0.7:
                rules.append(sign + random.choice(self.COMMANDS))
            else:
                rules.append(random.choice(self.KEYS))
                if rules[-1].startswith(("~", "%")) and "allkeys" in rules:
                    rules[-1] = "resetkeys"
        if random.random() < 0.3:
            rules.append("resetchannels")
            rules += random.sample(["&a*", "&b", "&c?"], 2)
        return rules

    @staticmethod
    def verdict(reply):
        is_refused = isinstance(reply, ReplyError) and reply.code in ("NOPERM", "NOAUTH")
        return reply.text if is_refused else "allowed"

    def test_decisions(self):
        seed = int(os.environ.get("QUIPU_SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        redis = Redis()
        self.addCleanup(redis.close)
        self.serve()
        ours, theirs = self.client(), redis.client()
        self.addCleanup(theirs.close)
        for client in (ours, theirs):
            client.call("ACL", "SETUSER", "default", "resetkeys", "resetchannels", "allkeys", "allchannels")
        nrefused = 0
        for _ in range(100):
            rules = self.rules(chance)
            requests = [[chance.choice(self.NAMES) if part == 1 else part for part in request]
                        for request in self.REQUESTS]
            verdicts = []
            for admin, connect in ((ours, self.server.client), (theirs, redis.client)):
                admin.call("ACL", "SETUSER", "ann", *rules, *(["alldatasets"] if admin is ours else []))
                with connect() as client:
                    client.call("AUTH", "ann", "x")
                    verdicts.append([self.verdict(reply) for reply in client.pipeline(requests)])
            for request, mine, redis_own in zip(requests, *verdicts):
                self.assertEqual(mine, redis_own, "%r, rules %r, seed %d" % (request, rules, seed))
                nrefused += mine != "allowed"
        self.assertGreater(nrefused, 100)
        self.assertLess(nrefused, 100 * len(self.REQUESTS) - 100)


class Configured(AccessCase):
    def test_user_directive(self):
        self.serve("--user", "ann on >pw dataset:current +@crosstab +ping", "--user", "bob on nopass +ping")
        ann = self.client("ann", "pw")
        self.assertEqual(ann.call("COUNT", "from", "current"), 0)
        self.assertEqual(self.client("bob", "anything").call("PING"), b"PONG")

    def test_a_rule_for_a_command_that_no_shard_has_is_warned_of(self):
        self.serve("--user", "ann on >pw +@all -flushal")
        self.client().call("GET", "a")
        self.assertIn("user ann: a rule names the command 'flushal', which there is not", self.server.process.log())

    def test_acl_file(self):
        path = self.path("users.acl", "user ann on >pw +ping +acl\n\nuser bob on >pw +ping\n")
        self.serve("--aclfile", path)
        admin, ann, bob = self.client(), self.client("ann", "pw"), self.client("bob", "pw")
        self.path("users.acl", "user ann on >other +ping\nuser eve on >pw +ping\n")
        self.assertEqual(admin.call("ACL", "LOAD"), b"OK")
        self.assertTrue(bob.is_closed())
        self.assertEqual(ann.call("PING"), b"PONG")
        self.assert_refused(no_command("acl|users"), ann, "ACL", "USERS")
        self.assert_refused(WRONGPASS, self.client(), "AUTH", "ann", "pw")
        self.path("users.acl", "user ann on\nuser eve nosuch\n")
        with self.assertRaises(ReplyError) as caught:
            admin.call("ACL", "LOAD")
        self.assertIn("users.acl:2: Error in ACL SETUSER modifier 'nosuch': Syntax error", caught.exception.text)
        self.assertEqual(admin.call("ACL", "USERS"), [b"ann", b"default", b"eve"])
        admin.call("ACL", "SETUSER", "zoe", "on", ">pw")
        self.assertEqual(admin.call("ACL", "SAVE"), b"OK")
        with open(path) as file:
            self.assertEqual([line.split()[1] for line in file], ["ann", "default", "eve", "zoe"])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        self.server.restart()
        self.client("zoe", "pw")

    def test_redis_reads_our_file_and_we_read_its(self):
        """Where only Redis' own rules are used."""
        rules = ("on", ">pw", "~a:*", "%R~b:*", "&news.*", "-@all", "+@read", "-hgetall", "+config|get")
        path = self.path("users.acl", "")
        with Redis() as redis, redis.client() as client:
            client.call("ACL", "SETUSER", "ann", *rules)
            with open(path, "w") as file:
                file.write("\n".join(line.decode() for line in client.call("ACL", "LIST")) + "\n")
        self.serve("--aclfile", path)
        admin = self.client()
        user = pairs(admin.call("ACL", "GETUSER", "ann"))
        self.assertEqual((user["keys"], user["channels"]), (b"~a:* %R~b:*", b"&news.*"))
        self.assertEqual(admin.call("ACL", "SETUSER", "ann", "reset", *rules), b"OK")
        admin.call("ACL", "SAVE")
        with open(path) as file:
            line = next(line for line in file if line.startswith("user ann"))
        with Redis() as redis, redis.client() as client:
            self.assertEqual(client.call("ACL", "SETUSER", *line.split()[1:]), b"OK")
            self.assertEqual(pairs(client.call("ACL", "GETUSER", "ann"))["keys"], b"~a:* %R~b:*")

    def test_without_a_file(self):
        self.serve()
        for subcommand in ("LOAD", "SAVE"):
            with self.assertRaises(ReplyError) as caught:
                self.client().call("ACL", subcommand)
            self.assertIn("is not configured to use an ACL file", caught.exception.text)

    def test_mistakes_stop_the_start(self):
        path = self.path("users.acl", "user ann on +@nosuch\n")
        self.assertIn("users.acl:1: Error in ACL SETUSER modifier '+@nosuch'", self.serve_fails("--aclfile", path))
        self.assertIn("No such file", self.serve_fails("--aclfile", self.path("missing.acl")))
        self.assertIn("user ann: Error in ACL SETUSER modifier 'foo'", self.serve_fails("--user", "ann foo"))
        self.assertIn("cannot both be given", self.serve_fails("--user", "ann on", "--aclfile", path))
        self.assertIn("cannot both be given", self.serve_fails("--requirepass", "x", "--aclfile", path))


def outside_address():
    """An address of this machine that is not loopback, or None. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith("127.") else address


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


class Limits(AccessCase):
    def test_a_rate_slows_down_and_refuses_nothing(self):
        self.serve("--user", "slow on >pw +@all rate:20")
        other = self.client()
        slow = self.client("slow", "pw")
        started = time.monotonic()
        slow.send_bytes(b"".join(harness.encode(("ECHO", str(i))) for i in range(50)))
        self.assertEqual([slow.read() for _ in range(10)], [b"%d" % i for i in range(10)])
        asked = time.monotonic()
        self.assertEqual(other.call("PING"), b"PONG")
        self.assertLess(time.monotonic() - asked, 1)
        self.assertEqual([slow.read() for _ in range(40)], [b"%d" % i for i in range(10, 50)])
        took = time.monotonic() - started
        # 20 at once (one of them was AUTH, before it was slow's), 30 more at 20 a second
        self.assertGreater(took, 1.3)
        self.assertLess(took, 10)

    def test_a_client_that_waits_for_its_rate_can_leave_or_be_killed(self):
        self.serve("--client-rate-limit", "2", "--timeout", "1")
        clients = [self.client() for _ in range(2)]
        for client in clients:
            client.send_bytes(harness.encode(("PING",)) * 8)
        self.assertEqual([clients[0].read() for _ in range(8)], [b"PONG"] * 8)
        clients[1].close()
        again = self.client()
        again.send_bytes(harness.encode(("CLIENT", "ID")) + harness.encode(("PING",)) * 8)
        admin = self.client()
        self.assertEqual(admin.call("CLIENT", "KILL", "ID", again.read()), 1)
        self.assertTrue(again.is_closed())
        self.assertEqual(admin.call("CONFIG", "SET", "client-rate-limit", "0"), b"OK")
        self.assertEqual(self.client().pipeline([("PING",)] * 100), [b"PONG"] * 100)

    def test_queries_at_the_same_time(self):
        """All are answered, in order, and INFO, asked in their midst, sees two at most."""
        self.serve("--client-max-queries", "2")
        client = self.client()
        client.pipeline([("HSET", "profile_%d" % i, "a", i % 5) for i in range(200)])
        queries = [("QUERY", "count from current where a = %d" % (i % 5)) for i in range(100)]
        replies = client.pipeline([command for query in queries for command in (query, ("INFO", "stats"))])
        self.assertEqual(replies[0::2], [40] * 100)
        running = [int(re.search(rb"queries_running:(\d+)", info).group(1)) for info in replies[1::2]]
        self.assertLessEqual(max(running), 3)  # one that is just answered is still among them
        self.assertEqual(client.call("CONFIG", "SET", "client-max-queries", "1"), b"OK")
        self.assertEqual(client.pipeline(queries), [40] * 100)

    def test_cells(self):
        self.serve("--user", "ann on nopass +@all alldatasets max-cells:60")
        client, ann = self.client(), self.client("ann", "")
        four = "count a in [0,3] from current"
        self.assertEqual(ann.pipeline([("QUERY", four)] * 100), [[0] * 4] * 100)
        forty = "count a in [0,7], b in [1,5] from current"
        self.assertEqual(ann.pipeline([("QUERY", forty), ("QUERY", four)] * 50), [[[0] * 5] * 8, [0] * 4] * 50)
        self.assert_refused("LIMIT client-max-cells is 60, the query asks for 61", ann, "QUERY",
                            "count a in [0,60] from current")
        self.assertEqual(len(client.call("QUERY", "count a in [0,60] from current")), 61)
        self.assertEqual(ann.call("QUERY", "explain count a in [0,60] from current")[0][:5], b"query")
        client.pipeline([("HSET", "profile_%d" % i, "a", i) for i in range(61)])
        self.assert_refused("LIMIT max-cells is 60, the answer has more", ann, "QUERY", "count a from current")
        self.assertEqual(client.call("CONFIG", "SET", "client-max-cells", "3"), b"OK")
        self.assertEqual(ann.call("QUERY", four), [1] * 4)
        self.assert_refused("LIMIT client-max-cells is 3, the query asks for 4", client, "QUERY", four)

    def test_a_client_that_leaves_while_its_queries_wait_for_cells(self):
        self.serve("--client-max-cells", "4")
        for _ in range(20):
            client = self.client()
            client.send_bytes(harness.encode(("QUERY", "count a in [0,3] from current nocache")) * 50)
            client.read()
            client.close()
        self.assertEqual(self.client().call("QUERY", "count a in [0,3] from current"), [0] * 4)
        self.server.wait_until(lambda: harness.info(self.client())["queries_running"] == "0", "all ended")


class Certificates:
    """An authority, and what it has signed, made by openssl in a directory."""

    def __init__(self, directory):
        self.dir = directory
        self._make("ca", "-x509", "-subj", "/CN=test authority")
        for name in ("server", "client"):
            self.sign(name)
        self._make("alien", "-x509", "-subj", "/CN=alien", "-addext", "subjectAltName=IP:127.0.0.1")

    def path(self, name):
        return os.path.join(self.dir, name)

    def _run(self, *args):
        subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)

    def _make(self, name, *args):
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout",
                  self.path(name + ".key"), "-out", self.path(name + ".crt"), *args)

    def sign(self, name, common_name="localhost"):
        """A new key and a certificate for it, good for 127.0.0.1."""
        extensions = self.path(name + ".ext")
        with open(extensions, "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        self._run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                  self.path(name + ".key"), "-out", self.path(name + ".csr"), "-subj", "/CN=" + common_name)
        self._run("x509", "-req", "-in", self.path(name + ".csr"), "-CA", self.path("ca.crt"), "-CAkey",
                  self.path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", extensions, "-out",
                  self.path(name + ".crt"))


class TlsClient(Client):
    """A connection with TLS by Python's ssl."""

    def __init__(self, port, certificates, show=None, versions=None, timeout=harness.REPLY_TIMEOUT_S):
        context = ssl.create_default_context(cafile=certificates.path("ca.crt"))
        if show:
            context.load_cert_chain(certificates.path(show + ".crt"), certificates.path(show + ".key"))
        if versions:
            context.minimum_version = context.maximum_version = versions
        super().__init__(("127.0.0.1", port), timeout=timeout)
        try:
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        except OSError:
            self.close()
            raise


class ConfiguredServer(Server):
    """Its file is the first word of the command line."""

    def __init__(self, path):
        self.path = path
        super().__init__(1)

    def command(self):
        first, *rest = super().command()
        return [first, self.path, *rest]


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


class CertificateCase(AccessCase):
    def setUp(self):
        super().setUp()
        self.certificates = Certificates(self.dir)

    def file_options(self, prefix="tls-", name="server"):
        return ["--%scert-file" % prefix, self.certificates.path(name + ".crt"), "--%skey-file" % prefix,
                self.certificates.path(name + ".key"), "--%sca-cert-file" % prefix, self.certificates.path("ca.crt")]


class Tls(CertificateCase):
    def serve_tls(self, *options):
        self.tls_port = harness.free_port()
        return self.serve("--tls-port", self.tls_port, *self.file_options(), *options)

    def connect(self, *args, **kwargs):
        client = TlsClient(self.tls_port, self.certificates, *args, **kwargs)
        self.addCleanup(client.close)
        return client

    def assert_turned_away(self, *args, **kwargs):
        """In TLS 1.3 a client learns so only when it reads."""
        with self.assertRaises((ssl.SSLError, ConnectionError, Closed)):
            self.connect(*args, **kwargs).call("PING")

    def test_client_certificates_are_asked_for(self):
        self.serve_tls()
        self.assertEqual(self.connect("client").call("PING"), b"PONG")
        self.assert_turned_away()
        self.assert_turned_away("alien")
        self.assertEqual(self.client().call("PING"), b"PONG")
        self.assertIn("(TLS)", self.server.process.log())

    def test_a_handshake_is_no_client_and_has_its_time(self):
        """Who says nothing is counted nowhere, takes no client's place, and is ended."""
        self.serve_tls("--tls-auth-clients", "no", "--maxclients", "4")
        admin = self.client()
        silent = [socket.create_connection(("127.0.0.1", self.tls_port)) for _ in range(4)]
        for connection in silent:
            self.addCleanup(connection.close)
        half = socket.create_connection(("127.0.0.1", self.tls_port))
        self.addCleanup(half.close)

        def accepted():
            stats = harness.info(admin, "stats")
            return int(stats["total_connections_received"]) + int(stats["rejected_connections"])

        self.server.wait_until(lambda: accepted() >= 6, "all are accepted, or turned away")
        clients = [self.client() for _ in range(3)]
        self.assertEqual([client.call("PING") for client in clients], [b"PONG"] * 3)
        self.assertEqual(harness.info(admin)["connected_clients"], "4")
        self.assertEqual(len(admin.call("CLIENT", "LIST").splitlines()), 4)
        for connection in silent:
            connection.settimeout(60)
            self.assertEqual(connection.recv(100), b"")
        clients.pop().close()
        self.server.wait_until(lambda: harness.info(admin)["connected_clients"] == "3", "one has left")
        last = self.connect()
        self.assertEqual(last.call("PING"), b"PONG")
        self.assertEqual(harness.info(admin)["connected_clients"], "4")
        with self.assertRaises((ReplyError, Closed, OSError)):
            self.connect().call("PING")
        last.close()
        self.server.wait_until(lambda: harness.info(admin)["connected_clients"] == "3", "it has left")
        self.assertEqual(self.connect().call("PING"), b"PONG")

    def test_client_certificates_are_not_asked_for(self):
        self.serve_tls("--tls-auth-clients", "no")
        self.assertEqual(self.connect().call("PING"), b"PONG")

    def test_client_certificates_are_optional(self):
        self.serve_tls("--tls-auth-clients", "optional")
        self.assertEqual(self.connect().call("PING"), b"PONG")
        self.assertEqual(self.connect("client").call("PING"), b"PONG")
        self.assert_turned_away("alien")

    def test_redis_cli(self):
        self.serve_tls("--user", "ann on >pw +ping +count dataset:current")
        cert = ("--cert", self.certificates.path("client.crt"), "--key", self.certificates.path("client.key"))
        tls = ("-p", self.tls_port, "--tls", "--cacert", self.certificates.path("ca.crt"))
        self.assertEqual(redis_cli(*tls, *cert, "ping"), "PONG")
        self.assertEqual(redis_cli(*tls, *cert, "hset", "profile_1", "a", "1"), "1")
        self.assertEqual(redis_cli(*tls, *cert, "--user", "ann", "--pass", "pw", "count", "from", "current"), "1")
        self.assertNotEqual(redis_cli(*tls, "ping"), "PONG")
        self.assertNotEqual(redis_cli("-p", self.server.port, "--tls", "--cacert", self.certificates.path("ca.crt"),
                                      "ping"), "PONG")

    def load(self, *args, text=None, status=0, env=None):
        words = [harness.LOAD, "--port", str(self.tls_port), "--tls", "--cacert", self.certificates.path("ca.crt"),
                 "--cert", self.certificates.path("client.crt"), "--cert-key", self.certificates.path("client.key"), *args]
        done = subprocess.run(words, input=text, stderr=subprocess.PIPE, cwd=self.dir, timeout=60,
                              env=dict(os.environ, **(env or {})))
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr.decode()

    def test_quipu_load_speaks_it_and_logs_in(self):
        self.serve_tls("--user", "loader on >pw +@all alldatasets ~*")
        self.client().call("CONFIG", "SET", "requirepass", "geheim")
        rows = b"key,sex\n1,female\n2,male\n"
        self.assertIn("NOAUTH", self.load("-", text=rows, status=1))
        self.assertIn("WRONGPASS", self.load("--user", "loader", "--pass", "wrong", "-", text=rows, status=1))
        self.load("-", text=rows, env={"REDISCLI_AUTH": "geheim"})
        self.load("--user", "loader", "-", text=b"key,sex\n3,male\n", env={"QUIPU_AUTH": "pw"})
        self.admin = self.client("geheim")
        self.assertEqual(self.admin.call("COUNT", "sex", "from", "current"), [[b"female", 1], [b"male", 2]])
        self.assertIn("--cert-file %s" % self.path("nothing"), self.load(
            "--cert", self.path("nothing"), "-", text=rows, status=1))

    def test_rows_are_copied_from_a_redis_that_speaks_it(self):
        port = harness.free_port()
        with Redis(options=("--tls-port", port, *self.file_options())) as origin:
            with origin.client() as client:
                client.pipeline([("HSET", "profile_%d" % i, "n", i % 3) for i in range(300)])
            self.serve_tls()
            self.client().call("CONFIG", "SET", "requirepass", "geheim")
            url = "rediss://localhost:%d" % port
            self.load("--from", url, env={"QUIPU_AUTH": "geheim"})
            self.admin = self.client("geheim")
            self.assertEqual(self.admin.call("COUNT", "n", "from", "current"), [[b"0", 100], [b"1", 100], [b"2", 100]])
            os.mkdir(self.path("others"))
            other = Certificates(self.path("others"))
            self.assertIn("TLS: ", self.load("--from", url, "--cacert", other.path("ca.crt"), "--pass", "geheim", status=1))

    def test_clients_in_cluster_mode_stay_with_tls(self):
        self.serve_tls("--cluster-announce-port", "17379", "--tls-auth-clients", "no")
        with self.connect() as client:
            self.assertEqual(client.call("CLUSTER", "SLOTS")[0][2][:2], [b"127.0.0.1", self.tls_port])
            node = pairs(pairs(client.call("CLUSTER", "SHARDS")[0])["nodes"][0])
            self.assertEqual((node["tls-port"], node.get("port")), (self.tls_port, None))
            client.call("CONFIG", "SET", "cluster-announce-tls-port", "17380")
            self.assertEqual(client.call("CLUSTER", "SLOTS")[0][2][1], 17380)
        with self.server.client() as plain:
            self.assertEqual(plain.call("CLUSTER", "SLOTS")[0][2][1], 17379)

    def test_plain_bytes_at_the_tls_port(self):
        self.serve_tls()
        plain = Client(("127.0.0.1", self.tls_port))
        self.addCleanup(plain.close)
        plain.send("PING")
        self.assertTrue(plain.is_closed())
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_large_values_pipelines_and_counts(self):
        self.serve_tls()
        client = self.connect("client")
        value = os.urandom(3 << 20)
        client.call("SET", "large", value)
        self.assertEqual(client.call("GET", "large"), value)
        replies = client.pipeline([("HSET", "profile_%d" % i, "a", i % 7) for i in range(2000)])
        self.assertEqual(replies, [1] * 2000)
        self.assertEqual(client.call("COUNT", "a", "in", "[0,6]", "from", "current"),
                         [len(range(i, 2000, 7)) for i in range(7)])

    def test_protocols(self):
        self.serve_tls("--tls-protocols", "TLSv1.2")
        self.assertEqual(self.connect("client", versions=ssl.TLSVersion.TLSv1_2).call("PING"), b"PONG")
        self.assert_turned_away("client", versions=ssl.TLSVersion.TLSv1_3)

    def test_a_new_certificate_is_taken_while_running(self):
        self.serve_tls()
        before = self.connect("client")
        first = before.socket.getpeercert()["serialNumber"]
        self.certificates.sign("server")
        files = ("tls-cert-file", self.certificates.path("server.crt"), "tls-key-file",
                 self.certificates.path("server.key"))
        admin = self.client()
        self.assertEqual(self.connect("client").socket.getpeercert()["serialNumber"], first)
        self.assertEqual(admin.call("CONFIG", "SET", *files), b"OK")
        self.assertNotEqual(self.connect("client").socket.getpeercert()["serialNumber"], first)
        self.assertEqual(before.call("PING"), b"PONG")
        with self.assertRaises(ReplyError) as caught:
            admin.call("CONFIG", "SET", "tls-key-file", self.certificates.path("alien.key"))
        self.assertIn("is not the key of tls-cert-file", caught.exception.text)
        self.assertEqual(admin.call("CONFIG", "GET", "tls-key-file")[1], files[3].encode())
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_a_new_certificate_is_taken_with_sighup(self):
        self.serve_tls()
        first = self.connect("client").socket.getpeercert()["serialNumber"]
        self.certificates.sign("server")
        self.server.process.popen.send_signal(signal.SIGHUP)
        self.server.wait_until(
            lambda: self.connect("client").socket.getpeercert()["serialNumber"] != first, "the new certificate")
        self.path("server.key", "no key\n")
        self.server.process.popen.send_signal(signal.SIGHUP)
        self.server.wait_until(lambda: "nothing has changed: tls-key-file" in self.server.process.log(), "an error")
        self.assertEqual(self.connect("client").call("PING"), b"PONG")

    def test_nowhere_to_listen(self):
        done = subprocess.run([harness.SERVER, "--port", "0", "--dir", self.path("data")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
        self.assertIn("nowhere to listen", done.stderr)

    def test_mistakes_stop_the_start(self):
        port = harness.free_port()
        self.assertIn("tls-port needs tls-cert-file and tls-key-file", self.serve_fails("--tls-port", port))
        options = self.file_options()
        options[1] = self.path("missing.crt")
        self.assertIn("missing.crt: No such file or directory", self.serve_fails("--tls-port", port, *options))

    def test_protected_mode_is_told_within_tls(self):
        address = outside_address()
        if not address:
            self.skipTest("this machine has only loopback addresses")
        self.serve_tls("--bind", "127.0.0.1", address)
        context = ssl.create_default_context(cafile=self.certificates.path("ca.crt"))
        context.load_cert_chain(self.certificates.path("client.crt"), self.certificates.path("client.key"))
        context.check_hostname = False
        client = Client((address, self.tls_port))
        self.addCleanup(client.close)
        client.socket = context.wrap_socket(client.socket)
        self.assertEqual(client.read().code, "DENIED")
        self.assertTrue(client.is_closed())


class TlsRedis:
    """A redis-server that speaks TLS alone, asks for a certificate, and wants a user and a password."""

    def __init__(self, certificates):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-redis-")
        self.port = harness.free_port()
        path = certificates.path
        self.process = Process(
            ["redis-server", "--port", "0", "--tls-port", str(self.port), "--tls-cert-file", path("server.crt"),
             "--tls-key-file", path("server.key"), "--tls-ca-cert-file", path("ca.crt"), "--save", "",
             "--dir", self.dir, "--user", "default", "off", "--user", "quipu", "on", ">shard pw", "~*", "&*", "+@all"],
            os.path.join(self.dir, "redis.log"))

    def close(self):
        self.process.popen.terminate()
        self.process.popen.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class Shards(CertificateCase):
    """TLS and a login to the shards."""

    def serve_shards(self, *options):
        redis = TlsRedis(self.certificates)
        self.addCleanup(redis.close)
        self.server = Server(shard_words=["static", "127.0.0.1:%d" % redis.port],
                             options=["--shard-tls", "yes", "--shard-user", "quipu", "--shard-password", "shard pw",
                                      *self.file_options("shard-tls-", "client"), *options])
        self.addCleanup(self.server.close)
        self.addCleanup(self.server.stop)
        return self.server

    def test_rows_and_counts(self):
        self.serve_shards().wait_counting()
        client = self.client()
        self.assertEqual(client.call("HSET", "profile_1", "a", "1"), 1)
        self.assertEqual(client.call("COUNT", "from", "current"), 1)
        self.assertEqual(client.call("SET", "k", "v"), b"OK")
        self.assertEqual(client.call("CONFIG", "GET", "shard-password"), [b"shard-password", b"********"])
        self.assertNotIn("shard pw", self.server.process.log())

    def test_a_shard_that_the_authority_does_not_vouch_for_is_refused(self):
        self.serve_shards("--shard-tls-ca-cert-file", self.certificates.path("alien.crt"))
        self.assert_down("certificate verify failed")

    def test_a_wrong_password_is_said(self):
        self.serve_shards("--shard-password", "wrong")
        self.assert_down("WRONGPASS")

    def assert_down(self, why):
        with self.assertRaises(ReplyError) as caught:
            self.client().call("COUNT", "from", "current")
        self.assertEqual(caught.exception.code, "SHARDDOWN")
        self.assertIn(why, caught.exception.text)


class ClusterOverTls(CertificateCase):
    """A Redis Cluster whose nodes speak TLS alone, with clients and with each other."""

    def test_counts_slots_that_move_and_a_master_that_is_lost(self):
        path = self.certificates.path
        options = ["--port", "0", "--tls-cluster", "yes", "--tls-replication", "yes", "--tls-cert-file", path("server.crt"),
                   "--tls-key-file", path("server.key"), "--tls-ca-cert-file", path("ca.crt")]

        def connect(port, timeout):
            return TlsClient(port, self.certificates, "client", timeout=timeout)

        with Cluster(masters=3, replicas=1, node_timeout_ms=1000, options=options, connect=connect) as cluster:
            self.server = Server(3, shard_words=["cluster"] + cluster.seeds(),
                                 options=["--shard-tls", "yes", *self.file_options("shard-tls-", "client")])
            self.addCleanup(self.server.close)
            self.server.wait_counting()
            client = self.client()
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(600)])
            self.assertEqual(client.call("QUERY", "count a in [0,2] from current"), [200, 200, 200])
            client.pipeline([("SET", "k%d" % i, i) for i in range(100)])
            slot = cluster_harness.slot_of("k7")
            target = next(node for node in cluster.masters() if node is not cluster.owner(slot))
            cluster.move_slot(slot, target)
            self.assertEqual(client.call("GET", "k7"), b"7")
            victim = cluster.owner(slot)
            cluster.wait_whole()
            victim.kill()
            cluster.wait_promoted(victim)
            self.assertEqual(client.call("GET", "k7"), b"7")
            self.assertEqual(client.call("QUERY", "count from current"), 600)
            self.server.stop()


if __name__ == "__main__":
    unittest.main()
