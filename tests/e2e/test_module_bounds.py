"""What a query, a field name or a client may cost a shard that has quipu.so.

One ctest name, e2e_module_bounds; classes by subject: memory and forks, queries, fields, rights.
"""

import os
import shutil
import subprocess
import unittest

from module_harness import ModuleRedis, check
from quipu_harness import BIN, MODULE, ReplyError, pairs, wait_until


def sanitized():
    with open(os.path.join(BIN, "CMakeCache.txt")) as cache:
        return "QUIPU_SANITIZE:BOOL=ON" in cache.read()


class BoundsCase(unittest.TestCase):
    words, options = (), ()

    def setUp(self):
        self.redis = ModuleRedis(*self.words, options=self.options)
        self.addCleanup(self.redis.close)
        self.client = self.redis.client()
        self.addCleanup(self.client.close)

    def call(self, *args):
        return self.client.call(*args)

    def assert_error(self, code, *args, contains=""):
        with self.assertRaises(ReplyError, msg="%.200r" % (args,)) as caught:
            self.call(*args)
        self.assertEqual(caught.exception.code, code, caught.exception.text)
        self.assertIn(contains, caught.exception.text)

    def info(self, name):
        text = self.call("INFO", "everything").decode()
        return next(line.split(":", 1)[1] for line in text.split("\r\n") if line.startswith(name + ":"))


class Memory(BoundsCase):
    @unittest.skipIf(sanitized(), "AddressSanitizer has to see each block")
    @unittest.skipUnless(shutil.which("nm"), "nm is not installed")
    def test_none_comes_past_redis(self):
        """Whatever allocates in quipu.so, is Redis' memory: there is no other function that it could call."""
        symbols = subprocess.run(["nm", "-D", "--undefined-only", MODULE], capture_output=True, text=True, check=True)
        used = {line.split()[-1].split("@")[0] for line in symbols.stdout.splitlines()}
        self.assertEqual(used & {"malloc", "calloc", "realloc", "free", "aligned_alloc", "posix_memalign", "strdup",
                                 "strndup", "getline", "asprintf", "vasprintf"}, set())

    def test_eviction_is_held_to_the_limit_with_the_index_in_it(self):
        """Rows are evicted until rows and index fit; what the index had of them is given back with them."""
        def rows(first, n):
            self.client.pipeline([("HSET", "profile_%d" % i, "id", i, "text", "a rather long value, of row %d" % i, "x", i % 3)
                                  for i in range(first, first + n)])

        rows(0, 30000)
        before = pairs(self.call("QUIPU.INFO", "current"))["bytes"]
        limit = int(self.info("used_memory")) * 3 // 4
        self.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        self.call("CONFIG", "SET", "maxmemory", limit)
        for first in range(30000, 90000, 2000):
            rows(first, 2000)
        wait_until(lambda: int(self.info("used_memory")) <= limit * 1.01, "what is over the limit to be evicted")
        # In one step: a count takes memory too, and rows may have to go for it before the next command.
        for command in (("MULTI",), ("DBSIZE",), ("QUIPU.COUNT", "count from current")):
            self.call(*command)
        left, counted = self.call("EXEC")
        self.assertEqual(left, counted)
        self.assertGreater(left, 10000)
        self.assertLess(left, 30000)
        self.assertLess(pairs(self.call("QUIPU.INFO", "current"))["bytes"], before)
        self.call("CONFIG", "SET", "maxmemory", 0)
        check(self, self.client, fields=(b"x",))

    def test_saving_beside_counts_and_writes(self):
        """A child of Redis is made while threads count: it has what it needs, and they go on."""
        self.client.pipeline([("HSET", "profile_%d" % i, "id", i, "x", i % 3) for i in range(20000)])
        counting = self.redis.client()
        self.addCleanup(counting.close)
        where = " || ".join("(id < %d && x = 1)" % i for i in range(1, 1500))
        for save in ("BGSAVE", "BGREWRITEAOF", "BGSAVE"):
            counting.send("QUIPU.COUNT", "count from current where " + where)
            self.call(save)
            self.client.pipeline([("HSET", "profile_%d" % i, "x", 7) for i in range(500)] +
                                 [("HSET", "profile_%d" % i, "x", i % 3) for i in range(500)])
            self.assertIn(counting.read(), range(0, 501))
            wait_until(lambda: self.info("rdb_bgsave_in_progress") == "0" == self.info("aof_rewrite_in_progress"), save)
        self.assertEqual((self.info("rdb_last_bgsave_status"), self.info("aof_last_bgrewrite_status")), ("ok", "ok"))
        self.client.close()
        counting.close()
        self.redis.stop()
        self.redis.start()
        self.client = self.redis.client()
        self.addCleanup(self.client.close)
        wait_until(lambda: pairs(self.call("QUIPU.INFO", "current"))["state"] == b"ready", "the index")
        self.assertEqual(len(check(self, self.client, fields=(b"x",))), 20000)


class Queries(BoundsCase):
    """Rows with fields that have nearly as many values as there are rows."""

    NROWS = 30000

    def setUp(self):
        super().setUp()
        self.client.pipeline([("HSET", "profile_%d" % i, "id", i, "x", i % 3, "t", "v%05d" % i) for i in range(self.NROWS)])
        self.assertEqual(self.count("count from current"), self.NROWS)

    def count(self, text):
        return self.call("QUIPU.COUNT", text)

    def test_many_tests_of_one_field_are_one(self):
        """In an OR, behind NOT, as numbers and as text: as if it were a single range."""
        n = 20000
        cases = [
            (" || ".join("id < -%d" % i for i in range(n)), 0),
            (" || ".join("id < %d" % i for i in range(n)), n - 1),
            (" || ".join("id in [%d,%d]" % (i, i + 5) for i in range(n)), n + 5),
            ("x = 1 && " + " && ".join("!(id > %d)" % i for i in range(9, n)), 3),
            (" || ".join("t < 'v%05d'" % i for i in range(n)), n - 1),
            ("t in {%s}" % ",".join("v%05d" % i for i in range(n)), n),
            ("t not in {%s}" % ",".join("v%05d" % i for i in range(n)), self.NROWS - n),
            (" || ".join("(id >= %d && id < %d)" % (3 * i, 3 * i + 1) for i in range(9000)), 9000),
        ]
        for where, expected in cases:
            self.assertEqual(self.count("count from current where " + where), expected, where[:60])

    def test_one_that_would_look_at_too_many_values_is_refused(self):
        cases = [
            "count from current where " + " || ".join("(id < %d && x = 1)" % i for i in range(4000)),
            "count from current where " + " || ".join("(t < 'v%d' && x = 1)" % i for i in range(4000)),
            "count %s from current" % ", ".join("id in {[%d,%d]}" % (i, i) for i in range(4000)),
            "explain count %s from current" % ", ".join("id by %d" % i for i in range(1, 4000)),
        ]
        before = int(self.info("used_memory"))
        for text in cases:
            if text.startswith("explain"):
                self.assertTrue(self.count(text))
            else:
                self.assert_error("LIMIT", "QUIPU.COUNT", text, contains="values, of at most 100000000")
            self.assertEqual(self.count("count x from current"), [[b"0", 10000], [b"1", 10000], [b"2", 10000]])
        self.assertLess(int(self.info("used_memory_peak")) - before, 200 << 20)

    def test_a_client_that_leaves_ends_what_is_prepared_for_it(self):
        text = "count from current where " + " || ".join("(id < %d && x = 1)" % i for i in range(3000))
        with self.redis.client() as leaving:
            leaving.send("QUIPU.COUNT", text)
            wait_until(lambda: pairs(self.call("QUIPU.INFO"))["counts_long"] == 1, "the count to begin")
        wait_until(lambda: pairs(self.call("QUIPU.INFO"))["counts_running"] == 0, "the count to end")


class Fields(BoundsCase):
    """Names of fields: what they cost, and how many there may be."""

    words = ("max-fields", 3000)

    def figures(self):
        return pairs(self.call("QUIPU.INFO", "current"))

    def row(self, key, first, n):
        self.call("HSET", key, *sum((["f%d" % i, "a value"] for i in range(first, first + n)), []))

    def test_a_name_costs_what_is_in_it_and_nothing_when_it_is_gone(self):
        self.call("HSET", "profile_0", "a", 1)
        empty = self.figures()["bytes"]
        ends = [("HDEL", "profile_1", *("f%d" % i for i in range(2000))), ("DEL", "profile_1"), ("SET", "profile_1", "x"),
                ("RENAME", "profile_1", "other"), ("PEXPIRE", "profile_1", 1), ("HSET", "profile_1", "a", 2)]
        for end in ends:
            self.call("DEL", "profile_1", "other")
            self.row("profile_1", 0, 2000)
            figures = self.figures()
            self.assertEqual(figures["fields"], 2001)
            self.assertLess((figures["bytes"] - empty) / 2000, 1000)
            if end[0] == "HSET":
                self.call("DEL", "profile_1")
            self.call(*end)
            wait_until(lambda: self.figures()["fields"] == 1, "the names to be forgotten after %s" % end[0])
            self.assertLess(self.figures()["bytes"] - empty, 100000, end[0])
            self.assertEqual(len(self.call("QUIPU.INFO", "current", "FIELDS")), 1)
        self.assertEqual(len(check(self, self.client)), 2)

    def test_more_names_than_there_may_be(self):
        self.row("profile_1", 0, 2000)
        self.row("profile_2", 1000, 2000)
        self.assertEqual(self.call("QUIPU.COUNT", "count from current where f1500 exists"), 2)
        self.row("profile_3", 3000, 1)
        self.assertEqual(self.call("HGET", "profile_3", "f3000"), b"a value")
        for command in ("QUIPU.COUNT", "QUIPU.PARTIAL", "QUIPU.PROFILE"):
            self.assert_error("LIMIT", command, "count from current", contains="max-fields is 3000")
        self.assert_error("LIMIT", "QUIPU.VERIFY", "current", contains="1 row is not wholly in the index")
        figures = self.figures()
        self.assertEqual((figures["fields"], figures["max_fields"], figures["rows_incomplete"]), (3000, 3000, 1))
        # Others make room: nobody has to write the row again.
        self.call("HDEL", "profile_1", "f0")
        wait_until(lambda: self.figures()["rows_incomplete"] == 0, "the row to be read again")
        self.assertEqual(self.call("QUIPU.COUNT", "count from current where f3000 exists"), 1)
        check(self, self.client)
        # The row itself goes, or what was too much of it.
        for mend in (("DEL", "profile_4"), ("HDEL", "profile_4", "f4000", "f4001"), ("HSET", "profile_4", "f1", "x"), ("FLUSHALL",)):
            self.row("profile_4", 4000, 2)
            self.assert_error("LIMIT", "QUIPU.COUNT", "count from current")
            if mend[0] == "HSET":
                self.assert_error("LIMIT", "QUIPU.COUNT", "count from current")
                self.call("HDEL", "profile_4", "f4000", "f4001")
            self.call(*mend)
            self.call("QUIPU.COUNT", "count from current")
            check(self, self.client)

    def test_in_a_transaction_and_after_a_restart(self):
        self.call("MULTI")
        self.row("profile_1", 0, 3001)
        self.call("QUIPU.COUNT", "count from current")
        self.assertEqual(self.call("EXEC")[1].code, "LIMIT")
        self.call("SAVE")
        self.client.close()
        self.redis.stop()
        self.redis.start()
        self.client = self.redis.client()
        self.addCleanup(self.client.close)
        wait_until(lambda: pairs(self.call("QUIPU.INFO", "current"))["state"] == b"ready", "the index")
        self.assert_error("LIMIT", "QUIPU.COUNT", "count from current", contains="max-fields")
        self.call("HDEL", "profile_1", "f7")
        self.assertEqual(self.call("QUIPU.COUNT", "count from current"), 1)

    def test_checking_many_names_is_linear(self):
        """Each row has names of its own: 3,000 rows were 9,000,000 looks; the figures say that there was one a field."""
        self.client.pipeline([("HSET", "profile_%d" % i, "f%d" % i, i) for i in range(3000)])
        found = pairs(self.call("QUIPU.VERIFY", "current"))
        self.assertEqual((found["rows"], found["fields"], found["mismatches"]), (3000, 3000, 0))

class Rights(BoundsCase):
    """Categories of the commands, where a server has them for modules, and key rules."""

    COMMANDS = {"count": ("QUIPU.COUNT", "count from current"), "partial": ("QUIPU.PARTIAL", "count from current"), "rows": ("QUIPU.ROWS", "1", "count from current"),
                "explain": ("QUIPU.EXPLAIN", "count from current"), "profile": ("QUIPU.PROFILE", "count from current"),
                "figures": ("QUIPU.INFO", "current"), "verify": ("QUIPU.VERIFY", "current"), "list": ("QUIPU.INDEX", "LIST"),
                "create": ("QUIPU.INDEX", "CREATE", "x", "PREFIX", "x:"), "drop": ("QUIPU.INDEX", "DROP", "x"),
                "set": ("QUIPU.INDEX", "SET", "current", "profile_")}

    def allowed(self, *rules):
        """Those that are not NOPERM for a user of such rules."""
        self.call("ACL", "SETUSER", "someone", "reset", "on", "nopass", *rules)
        found = set()
        with self.redis.client() as client:
            client.call("AUTH", "someone", "any")
            for name, command in self.COMMANDS.items():
                try:
                    client.call(*command)
                    found.add(name)
                except ReplyError as error:
                    if error.code != "NOPERM":
                        found.add(name)
        return found

    def test_categories(self):
        reads = {"count", "partial", "rows", "explain", "profile", "figures", "list"}
        changes = {"create", "drop", "set"}
        version = next(line for line in self.call("INFO", "server").decode().split("\r\n") if line.startswith("redis_version"))
        if version.startswith("redis_version:7.0"):
            self.assertEqual(self.allowed("~*", "+@read"), set())
            self.assertEqual(self.allowed("~*", "+quipu.count", "+quipu.index|list"), {"count", "list"})
            self.assertEqual(self.allowed("~*", "+@all", "-quipu.index", "-quipu.verify"), reads - {"list"})
            return
        self.assertEqual(self.allowed("~*", "+@read"), reads | {"verify"})
        self.assertEqual(self.allowed("~*", "+@all", "-@dangerous"), reads)
        self.assertEqual(self.allowed("~*", "+@all", "-@admin"), reads | {"verify"})
        self.assertEqual(self.allowed("~*", "+@all", "-@write"), reads | {"verify"})
        self.assertEqual(self.allowed("~*", "+@admin"), changes)
        self.assertEqual(self.allowed("~*", "+@fast"), set())

    def test_keys(self):
        """What tells of a dataset's rows takes a rule for all of them."""
        tells = {"count", "partial", "rows", "explain", "profile", "figures", "verify"}
        rest = set(self.COMMANDS) - tells
        for rules in (["~*"], ["allkeys"], ["~profile_*"], ["~prof*"], ["%R~p*"], ["~other", "~profile_*"], ["~profile_*", "%W~x"]):
            self.assertEqual(self.allowed("+@all", *rules), rest | tells, rules)
        for rules in ([], ["~profile_"], ["~profile_1*"], ["~profile_[0-9]*"], ["~profile_?"], ["~other*"], ["%W~*"], ["~profile"]):
            self.assertEqual(self.allowed("+@all", *rules), rest, rules)
        script = "return redis.pcall('QUIPU.COUNT', 'count from current')"
        for rule, answer in (("~profile_*", 0), ("~profile_1*", "NOPERM")):
            self.call("ACL", "SETUSER", "someone", "reset", "on", "nopass", "+@all", rule)
            with self.redis.client() as client:
                client.call("AUTH", "someone", "any")
                client.call("MULTI")
                client.call("EVAL", script, 0)
                client.call("QUIPU.COUNT", "count from current")
                replies = client.call("EXEC")
            self.assertEqual([getattr(reply, "code", reply) for reply in replies], [answer] * 2)


if __name__ == "__main__":
    unittest.main()
