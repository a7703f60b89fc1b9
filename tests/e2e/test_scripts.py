"""Scripts over several shards touch the keys that they declare, and no others."""

import os
import unittest

import quipu_harness as harness
from cluster_harness import Cluster
from fault_proxy import FaultProxy
from quipu_harness import Client, Redis, ReplyError, Server, ServerCase

# In the words of Redis 7.0, and of what came after it.
DENIED = "can't access at least one of the keys mentioned in the command|ACL failure in script: No permissions to access a key"
SET = "return redis.call('set', ARGV[1], ARGV[2])"
GET = "return redis.call('get', ARGV[1])"
LIBRARY = """#!lua name=lib
redis.register_function('put', function(keys, args) return redis.call('set', args[1], args[2]) end)
redis.register_function('own', function(keys, args) return redis.call('set', keys[1], args[1]) end)
redis.register_function{function_name='look', callback=function(keys, args) return redis.call('get', args[1]) end, flags={'no-writes'}}
"""


class ScriptsCase(ServerCase):
    def assert_denied(self, *args, client=None):
        with self.assertRaises(ReplyError, msg="%r" % (args,)) as caught:
            (client or self.client).call(*args)
        self.assertRegex(caught.exception.text, DENIED)

    def shard(self, number):
        return Client(os.path.join(self.server.dir, "data", "shard-%d" % number, "redis.sock"))


class UndeclaredKeys(ScriptsCase):
    def test_rows(self):
        for i in range(20):
            self.hset("profile_%d" % i, sex="f")
            self.assert_denied("EVAL", "return redis.call('hset',ARGV[1],'sex','m')", 0, "profile_%d" % i)
        self.assertEqual(self.query("count sex from current"), [[b"f", 20]])
        self.assertEqual(dict(harness.pairs(self.client.call("DATASET", "VERIFY", "current")))["mismatches"], 0)

    def test_plain_keys(self):
        for i in range(10):
            key = "plain_%d" % i
            self.assert_denied("EVAL", SET, 0, key, "x")
            self.assert_denied("EVAL", SET, 1, "other", key, "x")
            self.assert_denied("EVAL", GET, 0, key)
            self.assert_denied("EVAL_RO", GET, 0, key)
            self.assertEqual(self.client.call("EVAL", "return redis.call('set', KEYS[1], 'y')", 1, key), b"OK")
            self.assertEqual(self.client.call("GET", key), b"y")
            self.assertEqual(self.client.call("EVAL", "return redis.pcall('get', 'no')['err'] ~= nil", 1, key), 1)
            self.client.call("DEL", key)

    def test_quipus_own(self):
        self.assert_denied("EVAL", "return redis.call('del', 'quipu:catalog')", 0)
        self.assert_denied("EVAL", "return redis.call('del', 'quipu:catalog')", 1, "x{quipu:catalog}")
        self.assert_denied("EVAL", "return redis.call('sort', KEYS[1], 'store', 'quipu:catalog')", 1, "x{quipu:catalog}")
        for command in ("flushall", "flushdb"):
            self.assert_error("ERR", "EVAL", "return redis.call('%s')" % command, 0)

    def test_by_sha(self):
        sha = self.client.call("SCRIPT", "LOAD", SET)
        self.assert_denied("EVALSHA", sha, 0, "plain", "x")
        self.assertEqual(self.client.call("EVALSHA", sha, 1, "plain", "plain", "x"), b"OK")
        self.assertEqual(self.client.call("GET", "plain"), b"x")
        self.assert_error("NOSCRIPT", "EVALSHA", "0" * 40, 0)
        self.client.call("DEL", "plain")

    def test_functions(self):
        self.client.call("FUNCTION", "LOAD", "REPLACE", LIBRARY)
        self.assert_denied("FCALL", "put", 0, "plain", "x")
        self.assert_denied("FCALL", "put", 1, "other", "plain", "x")
        self.assert_denied("FCALL_RO", "look", 0, "plain")
        self.assertEqual(self.client.call("FCALL", "own", 1, "plain", "x"), b"OK")
        self.assertEqual(self.client.call("FCALL_RO", "look", 1, "plain", "plain"), b"x")
        self.client.call("DEL", "plain")
        self.client.call("FUNCTION", "FLUSH")

    def test_without_keys(self):
        self.assertEqual(self.client.call("EVAL", "return {1, ARGV[1]}", 0, "a"), [1, b"a"])
        self.assertEqual(self.client.call("EVAL", "return redis.call('echo', 'a')", 0), b"a")
        with self.server.client(resp3=True) as client:
            self.assertEqual(client.call("EVAL", "redis.setresp(3); return {double=1.5}", 0), 1.5)
            self.assert_denied("EVAL", GET, 0, "plain", client=client)


class DeclaredKeys(ScriptsCase):
    def test_any_bytes(self):
        """A key is no pattern, whatever it is made of; white space stands for white space alone."""
        keys = [b"a*", b"a?c", b"[ab]", b"a\\b", b"a^b", b"a b", b"a\nb", b"a\0b", b"~*", b"\xff\x80", b"allkeys", b"(x)", b"", b"*"]
        keys += [b"{}", b"{", b"}{", b"a{}b{c}", b"%R~*", b"x" * 70000, bytes(range(256)), b"{a b}x", b"{*}"]
        for key in keys:
            got = self.client.call("EVAL", "redis.call('set', KEYS[1], 'v'); return redis.call('get', KEYS[1])", 1, key)
            self.assertEqual(got, b"v", key)
            self.assertEqual(self.client.call("GET", key), b"v", key)
            self.client.call("DEL", key)
        for key, other in ((b"a*", b"abc"), (b"a?c", b"abc"), (b"[ab]", b"a"), (b"*", b"x"), (b"a b", b"a_b"), (b"a\0b", b"axb"),
                           (b"~*", b"x"), (b"a{}b{c}", b"a{}b{c}x"), (b"{*}", b"{a}")):
            self.assert_denied("EVAL", SET, 1, key, other, "x")

    def test_others_of_its_tag(self):
        """Queues make the names of their jobs' keys; those that begin alike are in the same slot."""
        self.assertEqual(self.client.call("EVAL", SET, 1, "bull:{q}:wait", "bull:{q}:77", "x"), b"OK")
        self.assertEqual(self.client.call("GET", "bull:{q}:77"), b"x")
        self.assert_denied("EVAL", SET, 1, "bull:{q}:wait", "bull:{p}:77", "x")
        self.assert_denied("EVAL", SET, 1, "bull:{q}:wait", "bull:q:77", "x")
        self.client.call("DEL", "bull:{q}:77")

    def test_each_call_has_its_own(self):
        calls = []
        for i in range(200):
            calls.append(("EVAL", SET, 1, "k%d" % i, "k%d" % (i + i % 2), i))
        replies = self.client.pipeline(calls)
        self.assertEqual([reply == b"OK" for reply in replies], [i % 2 == 0 for i in range(200)])
        self.client.pipeline([("DEL", "k%d" % i) for i in range(200)])

    def test_in_order_with_other_commands(self):
        calls = []
        for i in range(100):
            calls += [("SET", "n", i), ("EVAL", "return redis.call('incr', KEYS[1])", 1, "n"), ("GET", "n")]
        replies = self.client.pipeline(calls)
        self.assertEqual(replies[1::3], [i + 1 for i in range(100)])
        self.assertEqual(replies[2::3], [b"%d" % (i + 1) for i in range(100)])
        self.client.call("DEL", "n")

    def test_rows(self):
        self.hset("profile_1", a=1)
        self.hset("profile_2", a=2)
        read = "return redis.call('hget', KEYS[1], 'a')"
        self.assertEqual(self.client.call("EVAL_RO", read, 1, "profile_1"), b"1")
        self.assert_denied("EVAL_RO", "return redis.call('hget', 'profile_2', 'a')", 1, "profile_1")
        write = ("EVAL", "return redis.call('hset', KEYS[1], 'a', 7)", 1, "profile_1")
        if harness.METHOD == "columns":
            self.assertEqual(self.client.call(*write), 0)
            self.assertEqual(self.query("count from current where a = 7"), 1)
        else:
            self.assert_error("ERR", *write, contains="the index would not follow it")


class Transactions(ScriptsCase):
    def test_in_multi(self):
        for resp3 in (False, True):
            with self.server.client(resp3=resp3) as client:
                replies = client.pipeline([("MULTI",), ("SET", "{t}a", 1), ("EVAL", SET, 1, "{t}b", "{t}b", "x"),
                                           ("EVAL", SET, 1, "{t}b", "other", "x"), ("EVAL", GET, 0, "{t}a"), ("GET", "{t}b"), ("EXEC",)])
                self.assertEqual(replies[:6], [b"OK"] + [b"QUEUED"] * 5)
                done = replies[6]
                self.assertEqual([done[0], done[1], done[4]], [b"OK", b"OK", b"x"])
                self.assertRegex(done[2].text, DENIED)
                self.assertEqual(done[3], b"1")  # a transaction's keys are the transaction's
                client.call("DEL", "{t}a", "{t}b")

    def test_behind_watch(self):
        with self.server.client() as client, self.server.client() as other:
            for i in range(3):
                client.call("WATCH", "{t}w")
                replies = client.pipeline([("MULTI",), ("EVAL", SET, 1, "{t}b", "{t}b", i), ("EVAL", SET, 1, "{t}b", "no", "x"), ("EXEC",)])
                self.assertEqual(replies[3][0], b"OK")
                self.assertRegex(replies[3][1].text, DENIED)
            client.call("WATCH", "{t}w")
            other.call("SET", "{t}w", 1)
            self.assertIsNone(client.pipeline([("MULTI",), ("EVAL", SET, 1, "{t}b", "{t}b", 9), ("EXEC",)])[2])
            self.assertEqual(client.call("GET", "{t}b"), b"2")
            # The connection is the client's again, for all keys.
            client.call("WATCH", "{t}w")
            self.assertEqual(client.pipeline([("MULTI",), ("SET", "{t}c", 1), ("EXEC",)])[2], [b"OK"])
            client.call("RPUSH", "{t}l", 5)
            self.assertEqual(client.call("BLPOP", "{t}l", 1), [b"{t}l", b"5"])
            client.call("DEL", "{t}w", "{t}b", "{t}c")


class OneShard(ScriptsCase):
    """As in Redis: all keys are its own."""

    shards = 1

    def test_undeclared(self):
        self.assertEqual(self.client.call("EVAL", SET, 0, "plain", "x"), b"OK")
        self.assertEqual(self.client.call("EVAL", GET, 0, "plain"), b"x")
        self.client.call("DEL", "plain")


class Users(unittest.TestCase):
    """The shards' user for it, where shards are somebody else's."""

    def serve(self, redises, *options):
        server = Server(len(redises), options, shard_words=["static"] + ["unix:" + redis.socket for redis in redises])
        self.addCleanup(server.close)
        return server

    def redises(self):
        found = [Redis(), Redis()]
        for redis in found:
            self.addCleanup(redis.close)
        return found

    def test_a_shard_that_forbids_it(self):
        redises = self.redises()
        for redis in redises:
            with redis.client() as client:
                client.call("ACL", "SETUSER", "quipu", "on", ">secret", "~*", "&*", "+@all", "-acl")
        server = self.serve(redises, "--shard-user", "quipu", "--shard-password", "secret")
        with server.client() as client:
            for args in (("EVAL", "return 1", 0), ("FCALL", "f", 1, "k"), ("EVAL_RO", GET, 1, "k", "k")):
                with self.assertRaises(ReplyError) as caught:
                    client.call(*args)
                self.assertIn("does not let Quipu make one", caught.exception.text)
            replies = client.pipeline([("MULTI",), ("EVAL", "return 1", 1, "k"), ("EXEC",)])
            self.assertIn("does not let Quipu make one", replies[2].text)
            client.call("WATCH", "k")
            replies = client.pipeline([("MULTI",), ("EVAL", "return 1", 1, "k"), ("EXEC",)])
            self.assertIn("does not let Quipu make one", replies[2].text)
            self.assertEqual(client.call("SET", "k", 1), b"OK")
            self.assertEqual(client.call("HSET", "profile_1", "a", 1), 1)

    def test_with_a_user_of_our_own(self):
        redises = self.redises()
        for redis in redises:
            with redis.client() as client:
                client.call("ACL", "SETUSER", "quipu", "on", ">secret", "~*", "&*", "+@all")
                client.call("ACL", "SETUSER", "default", "off")
                client.call("AUTH", "quipu", "secret")
        server = self.serve(redises, "--shard-user", "quipu", "--shard-password", "secret")
        with server.client() as client:
            self.assertEqual(client.call("EVAL", SET, 1, "k", "k", 1), b"OK")
            client.call("WATCH", "k")
            self.assertEqual(client.pipeline([("MULTI",), ("EVAL", SET, 1, "k", "k", 2), ("EXEC",)])[2], [b"OK"])
            client.call("WATCH", "k")
            self.assertEqual(client.pipeline([("MULTI",), ("SET", "{k}2", 2), ("EXEC",)])[2], [b"OK"])

    def test_users_of_servers_that_are_gone(self):
        redises = self.redises()
        first, second = self.serve(redises), self.serve(redises)
        with redises[0].client() as client:
            self.assertEqual(len(client.call("ACL", "USERS")), 5)
            before = set(client.call("ACL", "USERS"))
            first.kill()
            third = self.serve(redises)
            harness.wait_until(lambda: len(client.call("ACL", "USERS")) == 5, "the first server's are gone")
            self.assertNotEqual(set(client.call("ACL", "USERS")), before)
            for server in (second, third):
                with server.client() as asks:
                    self.assertEqual(asks.call("EVAL", "return 1", 1, "k"), 1)
            self.assertEqual(len(client.call("ACL", "USERS")), 5)


class Late(unittest.TestCase):
    """What a connection that was given up had under way comes to the shard when the next one is in use."""

    def test_says_nothing_of_the_keys_of_the_next_connections_scripts(self):
        with Redis(tcp=True) as first, Redis() as second, FaultProxy(first.address) as proxy:
            words = ["static", proxy.address, "unix:" + second.socket]
            with Server(shard_words=words, options=["--shard-timeout", "300ms"]) as server, server.client() as client, \
                    first.client() as shard:
                def runs(key):
                    reply = client.pipeline([("EVAL", "return redis.call('set', KEYS[1], 'x')", 1, key)])[0]
                    if isinstance(reply, ReplyError):
                        self.assertNotEqual(reply.code, "NOPERM", reply.text)
                    return reply == b"OK"

                server.wait_until(lambda: all(runs("k%d" % i) for i in range(20)), "scripts")
                one, other = [key for key in ("k%d" % i for i in range(20)) if shard.call("EXISTS", key)][:2]
                self.assertTrue(runs(one))
                nlanes = len(proxy.pairs())
                proxy.latency_ms = 2000
                self.assertFalse(runs(other))
                proxy.latency_ms = 0
                server.wait_until(lambda: runs(one), "the shard is back")
                # Until all that was late has come, and one connection has no successor beside it.
                server.wait_until(lambda: runs(one) and len(proxy.pairs()) <= nlanes, "what was late")
                client.call("CONFIG", "SET", "shard-timeout", "60s")
                for _ in range(10):
                    self.assertTrue(runs(one))


class OfACluster(unittest.TestCase):
    def test_undeclared(self):
        with Cluster(masters=3, replicas=0) as cluster, Server(2, shard_words=["cluster", cluster.seeds()[0]]) as server, server.client() as client:
            self.assertEqual(client.call("EVAL", SET, 1, "{t}a", "{t}b", "x"), b"OK")
            self.assertEqual(client.call("GET", "{t}b"), b"x")
            for args in (("EVAL", SET, 0, "plain", "x"), ("EVAL", "return redis.call('del', 'quipu:catalog')", 1, "x{quipu:catalog}")):
                with self.assertRaises(ReplyError):
                    client.call(*args)
            self.assertEqual(client.call("EXISTS", "plain"), 0)
            self.assertEqual(client.pipeline([("MULTI",), ("EVAL", SET, 1, "{t}a", "{t}a", 5), ("EXEC",)])[2], [b"OK"])


if __name__ == "__main__":
    unittest.main()
