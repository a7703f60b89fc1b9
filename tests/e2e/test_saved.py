"""QUERY SAVE, SAVED and FORGET: the queries that a user keeps in the catalog. By QUIPU_METHOD.

    python3 tests/e2e/test_saved.py"""

import os
import shutil
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import METHOD, Redis, ReplyError, Server, ServerCase, pairs

ALL = ("on", ">sesame", "~*", "&*", "alldatasets", "+@all")


def saved(client):
    return [(query["name"].decode(), query["text"].decode()) for query in map(pairs, client.call("QUERY", "SAVED"))]


class Saved(ServerCase):
    def tearDown(self):
        for name, _ in saved(self.client):
            self.client.call("QUERY", "FORGET", name)
        super().tearDown()

    def test_saved_listed_forgotten(self):
        self.assertEqual(saved(self.client), [])
        self.assertEqual(self.client.call("QUERY", "SAVE", "größe, by sex", "count sex from current where a = 'x\ny %'"), b"OK")
        self.assertEqual(self.client.call("query", "save", "b", "count from current"), b"OK")
        self.assertEqual(self.client.call("QUERY", "SAVE", "b", "describe current"), b"OK")
        expected = [("b", "describe current"), ("größe, by sex", "count sex from current where a = 'x\ny %'")]
        self.assertEqual(saved(self.client), expected)
        with self.server.client(resp3=True) as client:
            self.assertEqual(client.call("QUERY", "SAVED")[0], {b"name": b"b", b"text": b"describe current"})
        self.server.restart()
        with self.server.client() as client:
            self.assertEqual(saved(client), expected)
            self.assertEqual(client.call("QUERY", "FORGET", "b"), 1)
            self.assertEqual(client.call("QUERY", "FORGET", "b"), 0)
            self.assertEqual(saved(client), expected[1:])
        self.client.close()
        self.client = self.server.client()
        self.addCleanup(self.client.close)

    def test_all_rows_deleted_leave_them(self):
        self.client.call("QUERY", "SAVE", "a", "count from current")
        self.client.call("FLUSHALL")
        self.server.wait_until(lambda: saved(self.client) == [("a", "count from current")], "the catalog is written again")

    def test_what_is_wrong(self):
        self.assert_error("SYNTAX", "QUERY", "SAVE", "a", "count form current", contains="found 'current'")
        self.assert_error("ERR", "QUERY", "SAVE", "", "count from current")
        self.assert_error("ERR", "QUERY", "SAVE", "a\n", "count from current")
        self.assert_error("ERR", "QUERY", "SAVE", "a")
        self.assert_error("ERR", "QUERY", "SAVE", "a", "count", "from", "current")
        self.assert_error("LIMIT", "QUERY", "SAVE", "a", "count from current where a = '%s'" % ("x" * 16400), contains="16384 bytes")
        self.assertEqual(saved(self.client), [])

    def test_a_hundred_of_a_user(self):
        for reply in self.client.pipeline([("QUERY", "SAVE", "q%02d" % i, "count from current") for i in range(100)]):
            self.assertEqual(reply, b"OK")
        self.assert_error("LIMIT", "QUERY", "SAVE", "more", "count from current", contains="100")
        self.client.call("QUERY", "SAVE", "q07", "describe current")
        self.assertEqual(len(saved(self.client)), 100)

    def test_users_see_their_own(self):
        self.client.call("QUERY", "SAVE", "mine", "count from current")
        clients = {}
        for name in ("ann", "bob"):
            self.client.call("ACL", "SETUSER", name, *ALL)
            clients[name] = self.server.client()
            self.addCleanup(clients[name].close)
            clients[name].call("AUTH", name, "sesame")
        self.assertEqual(saved(clients["ann"]), [])
        clients["ann"].call("QUERY", "SAVE", "a", "count a from nowhere")  # nobody's dataset yet
        clients["bob"].call("QUERY", "SAVE", "a", "count b from current")
        self.assertEqual(saved(clients["ann"]), [("a", "count a from nowhere")])
        self.assertEqual(clients["bob"].call("QUERY", "FORGET", "mine"), 0)
        self.assertEqual(saved(self.client), [("mine", "count from current")])
        # a user who is made anew under a name finds nothing
        self.client.call("ACL", "DELUSER", "ann")
        self.client.call("ACL", "SETUSER", "ann", *ALL)
        with self.server.client() as client:
            client.call("AUTH", "ann", "sesame")
            self.assertEqual(saved(client), [])
        self.assertEqual(saved(clients["bob"]), [("a", "count b from current")])
        self.client.call("ACL", "SETUSER", "eve", "on", ">sesame", "+@read", "-query")
        with self.server.client() as client:
            client.call("AUTH", "eve", "sesame")
            self.assert_error("NOPERM", "QUERY", "SAVED", client=client)

    def test_a_user_who_may_only_read_saves(self):
        self.client.call("ACL", "SETUSER", "reader", *ALL, "readonly")
        with self.server.client() as client:
            client.call("AUTH", "reader", "sesame")
            client.call("QUERY", "SAVE", "a", "count from current")
            self.assertEqual(saved(client), [("a", "count from current")])
        self.client.call("ACL", "DELUSER", "reader")


class TwoServers(unittest.TestCase):
    def test_another_server_over_the_same_shards(self):
        redis = Redis()
        servers = [Server(1, shard_words=["static", "unix:" + redis.socket], options=["--method", "sets"]) for _ in range(2)]
        try:
            with servers[0].client() as one, servers[1].client() as other:
                one.call("QUERY", "SAVE", "a", "count from current")
                self.assertEqual(saved(other), [("a", "count from current")])
                # both at once: none is lost
                for client, names in ((one, "bcdef"), (other, "vwxyz")):
                    for name in names:
                        client.send("QUERY", "SAVE", name, "count from current")
                for client in (one, other):
                    self.assertEqual([client.read() for _ in range(5)], [b"OK"] * 5)
                for client in (one, other):
                    self.assertEqual([name for name, _ in saved(client)], list("abcdefvwxyz"))
            for server in servers:
                server.stop()
        finally:
            for server in servers:
                server.close()
            redis.close()


class WhileShardsAreDown(unittest.TestCase):
    def test_queries_of_a_user_who_was_removed_then_are_forgotten(self):
        """Once the shards are back; and another user of that name never sees them."""
        redis = Redis(options=["--appendonly", "yes"])
        server = Server(1, shard_words=["static", "unix:" + redis.socket], options=["--method", "sets", "--shard-timeout", "300"])
        try:
            with server.client() as admin:
                for name in ("ann", "bob"):
                    admin.call("ACL", "SETUSER", name, *ALL)
                    with server.client() as client:
                        client.call("AUTH", name, "sesame")
                        client.call("QUERY", "SAVE", "old", "count from current")
                redis.stop()
                server.wait_until(lambda: not admin_is_answered(admin), "it is noticed")
                admin.call("ACL", "DELUSER", "ann")
                admin.call("ACL", "SETUSER", "ann", *ALL)
                with server.client() as client, server.client() as bob:
                    client.call("AUTH", "ann", "sesame")
                    bob.call("AUTH", "bob", "sesame")
                    self.assertEqual(saved(client), [])
                    admin.call("CONFIG", "SET", "shard-timeout", "60s")  # from here on all is answered, on a busy machine too
                    redis.start()
                    server.wait_counting()
                    self.assertEqual(saved(client), [])
                    client.call("QUERY", "SAVE", "new", "count a from current")
                    server.wait_until(lambda: b"old" not in catalog(redis, "ann"), "the catalog has them no more")
                    self.assertEqual(saved(client), [("new", "count a from current")])
                    self.assertEqual(saved(bob), [("old", "count from current")])
            server.stop()
        finally:
            server.close()
            redis.close()


def admin_is_answered(client):
    try:
        client.call("GET", "k")
        return True
    except ReplyError:
        return False


def catalog(redis, user):
    """The lines of the catalog about a user's saved queries."""
    with redis.client() as client:
        text = client.call("HGET", "quipu:catalog", "definitions")
    return b"\n".join(line for line in text.splitlines() if line.startswith(b"saved " + user.encode()))


class Loaded(unittest.TestCase):
    def test_users_that_the_acl_file_has_no_more(self):
        directory = tempfile.mkdtemp(prefix="quipu-e2e-saved-")
        self.addCleanup(shutil.rmtree, directory, True)
        path = os.path.join(directory, "users.acl")

        def write(*names):
            with open(path, "w") as file:
                file.write("user default on nopass ~* &* alldatasets +@all\n")
                file.writelines("user %s %s\n" % (name, " ".join(ALL)) for name in names)

        write("ann", "bob")
        with Server(1, ("--aclfile", path)) as server:
            with server.client() as client:
                for name in ("ann", "bob"):
                    client.call("AUTH", name, "sesame")
                    client.call("QUERY", "SAVE", "a", "count from current")
            with server.client() as client:
                write("bob")
                client.call("ACL", "LOAD")
                write("ann", "bob")
                client.call("ACL", "LOAD")
            with server.client() as client:
                client.call("AUTH", "ann", "sesame")
                self.assertEqual(saved(client), [])
                client.call("AUTH", "bob", "sesame")
                self.assertEqual(saved(client), [("a", "count from current")])


if __name__ == "__main__":
    harness.main()
