"""Datasets that come and go while servers run: made, listed, loaded beside each other, switched, dropped; and kept over a restart."""

import os
import time
import unittest

import quipu_harness as harness
from datasets_harness import Shards, describe, embedded_shards, listed, verify, write_rows
from quipu_harness import ReplyError, Server, ServerCase, run_load, wait_until


class Datasets(ServerCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.drop_all)

    def drop_all(self):
        with self.server.client() as client:
            for name, entry in listed(client).items():
                for alias in entry["aliases"]:
                    client.call("DATASET", "UNALIAS", alias)
            for name, entry in listed(client).items():
                if name != "current" and entry["state"] != b"dropping":
                    client.call("DATASET", "DROP", name)
            wait_until(lambda: list(listed(client)) == ["current"], "all datasets to be dropped")
            client.call("DEL", *["profile_%d" % i for i in range(3000)])

    def create(self, name, *more):
        self.assertEqual(self.client.call("DATASET", "CREATE", name, *(more or ("PREFIX", "profile_"))), b"OK")

    def test_datasets_with_prefixes_of_their_own(self):
        self.create("people", "PREFIX", "person:", "PARTITIONS", 8, "METHOD", "sets")
        self.create("towns", "prefix", "town*[x]_")
        write_rows(self.client, "person:", 100, age=lambda i: i % 3)
        write_rows(self.client, "town*[x]_", 10, age=lambda i: 7)
        write_rows(self.client, "profile_", 5, age=lambda i: 1)
        self.assertEqual(self.query("count age in [0,2] from people"), [34, 33, 33])
        self.assertEqual(self.query("count from towns"), 10)
        self.assertEqual(self.query("count from current"), 5)
        self.assertEqual(self.client.call("HGET", "person:4", "age"), b"1")
        self.assertEqual(self.client.call("HGET", "people:person:4", "age"), b"1")
        self.assertEqual(len(self.client.call("KEYS", "*")), 115)
        info = describe(self.client, "people")
        self.assertEqual((info["partitions"], info["method"], info["rows"]), (8, b"sets", 100))
        self.assertEqual((info["keys"], info["plain_keys"]), (b"people:person:*", b"yes"))
        for name, rows in (("people", 100), ("towns", 10), ("current", 5)):
            self.assertEqual(verify(self.client, name), (rows, 0), name)

    def test_any_name_works_in_backquotes(self):
        for number, name in enumerate(("my data", "7", "100% `of` it", "größe (cm) \U0001f600", "select *")):
            quoted = "`%s`" % name.replace("`", "``")
            self.create(name, "PREFIX", "row%d " % number)
            self.client.call("DATASET", "ALIAS", name + " too", name)
            write_rows(self.client, "row%d " % number, 20, age=lambda i: i % 3)
            self.client.call("HSET", "%s too:row%d x" % (name, number), "langs", "de;en")
            self.client.call("DATASET", "ALTER", name, "FIELD", "langs", "MULTI", ";")
            self.client.call("DATASET", "LABEL", name, "age", "1", "one")
            for asked in (quoted, quoted[:-1] + " too`"):
                self.assertEqual(self.query("count age in [0,2] from " + asked), [7, 7, 6])
                self.assertEqual(self.query("count langs from %s where not age = 2" % asked), [[b"de", 1], [b"en", 1]])
                for words in ("explain count age from %s", "rows * from %s", "values age from %s", "describe %s", "sum(age) by langs from %s",
                              "count age from %s where age in {1, 2} format table"):
                    self.query(words % asked)
            self.assertEqual((describe(self.client, name)["rows"], verify(self.client, name)), (21, (21, 0)))
            self.client.call("DATASET", "REINDEX", name)
            wait_until(lambda: describe(self.client, name)["progress"] == 100, "the index")
            self.assertEqual(self.query("count from " + quoted), 21)

    def test_what_is_refused_says_why(self):
        self.create("people", "PREFIX", "person_")
        for words, text in (
            (("CREATE", "people", "PREFIX", "x_"), "is there already"),
            (("CREATE", "others", "PREFIX", "person_x"), "overlap"),
            (("CREATE", "others", "PREFIX", "people:x"), "index keys"),
            (("CREATE", "others"), "what do its row keys begin with?"),
            (("CREATE", "others", "PREFIX"), "needs a value"),
            (("CREATE", "others", "PREFIX", "x_", "PARTITIONS", 0), "from 1 to 16384"),
            (("CREATE", "others", "PREFIX", "x_", "METHOD", "rows"), "auto, sets or columns"),
            (("CREATE", "others", "PREFIX", "x_", "COLOUR", "red"), "not 'COLOUR'"),
            (("CREATE", "a:b", "PREFIX", "x_"), "no name for a dataset"),
            (("ALIAS", "current", "people"), "same prefix"),
            (("ALIAS", "now", "current", "QUICKLY"), "ROWS"),
            (("UNALIAS", "now"), "no alias 'now'"),
        ):
            self.assert_error("ERR", "DATASET", *words, contains=text)
        for words in (("DROP", "nosuch"), ("ALIAS", "now", "nosuch"), ("REINDEX", "nosuch"), ("VERIFY", "nosuch"),
                      ("REPAIR", "nosuch"), ("INFO", "nosuch")):
            self.assert_error("NODATASET", "DATASET", *words, contains="nosuch")
        self.assertEqual(sorted(listed(self.client)), ["current", "people"])

    def test_a_version_is_loaded_beside_and_switched_to(self):
        write_rows(self.client, "profile_", 300, v=lambda i: 1)
        self.create("current_2026w47")
        done = run_load(self.server, "--dataset", "current_2026w47", "-",
                        stdin=b"key,v\n" + b"".join(b"%d,2\n" % i for i in range(500)))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.query("count v from current"), [[b"1", 300]])
        self.assertEqual(self.query("count v from current_2026w47"), [[b"2", 500]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"1")
        self.assertEqual(self.client.call("HGET", "current_2026w47:profile_7", "v"), b"2")
        self.assertEqual(self.client.call("DATASET", "ALIAS", "current", "current_2026w47"), b"OK")
        self.assertEqual(self.query("count v from current"), [[b"2", 500]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"2")
        self.assertEqual(describe(self.client, "current")["name"], b"current_2026w47")
        self.client.call("HSET", "profile_7", "v", 3)
        self.assertEqual(self.query("count v from current_2026w47"), [[b"2", 499], [b"3", 1]])
        # What is hidden by its name's alias can be seen by another, brought back, and dropped.
        self.assertEqual(self.client.call("DATASET", "ALIAS", "before", "current"), b"OK")
        self.assertEqual(self.query("count v from before"), [[b"1", 300]])
        self.assertEqual(self.query("rows v from before order by v limit 1"), [[b"profile_0", b"1"]])
        self.assertEqual(len(self.query("rows v from before")), 300)
        self.assertEqual(self.query("describe before")[0], b"v")
        self.assertIn(b"no row of before has a date in 'v': BY MONTH finds nothing", self.query("count v by month from before format json"))
        self.assertEqual(describe(self.client, "before")["keys"], b"before:profile_*")
        self.assertEqual(self.client.call("HGET", "before:profile_7", "v"), b"1")
        self.client.call("DATASET", "ALIAS", "current", "current")
        self.assertEqual(self.query("count v from current"), [[b"1", 300]])
        self.assertEqual(self.client.call("HGET", "profile_7", "v"), b"1")
        self.assertEqual(verify(self.client, "before"), (300, 0))
        self.assertEqual(verify(self.client, "current_2026w47"), (500, 0))

    def test_a_pipeline_sees_its_own_changes(self):
        replies = self.client.pipeline([
            ("DATASET", "CREATE", "a", "PREFIX", "profile_"), ("HSET", "a:profile_1", "x", 1),
            ("QUERY", "count from now"), ("DATASET", "ALIAS", "now", "a", "ROWS"), ("QUERY", "count from now"),
            ("HSET", "profile_2", "x", 1), ("QUERY", "count from now"), ("QUERY", "count from current"),
            ("DATASET", "UNALIAS", "now"), ("QUERY", "count from now"),
        ])
        self.assertEqual([reply.code if isinstance(reply, ReplyError) else reply for reply in replies],
                         [b"OK", 1, "NODATASET", b"OK", 1, 1, 2, 0, b"OK", "NODATASET"])

    def test_drop_leaves_nothing(self):
        with embedded_shards(self.server) as shards:
            before = sorted(shards.keys())
            for name in ("own", "plain"):
                prefix = "profile_" if name == "own" else "odd{%}*_"
                self.create(name, "PREFIX", prefix)
                write_rows(self.client, "%s:%s" % (name, prefix), 700, v=lambda i: i % 5, w=lambda i: "a:b=c%d" % i)
                for _ in range(3):
                    self.query("count from %s where v = 1 || w = 'a:b=c7'" % name)
                self.assertEqual(verify(self.client, name), (700, 0))
                self.assertEqual(self.client.call("DATASET", "DROP", name), b"OK")
                self.assert_error("NODATASET", "QUERY", "count from " + name)
                # For two seconds and a half at least: so long other servers may not know.
                self.assertEqual(listed(self.client)[name]["state"], b"dropping")
                self.assertEqual(describe(self.client, name)["state"], b"dropping")
                self.assert_error("ERR", "DATASET", "CREATE", name, "PREFIX", prefix, contains="still being dropped")
            wait_until(lambda: list(listed(self.client)) == ["current"], "the drops")
            left = [key for key in shards.keys() if key not in before and b":index:state{" not in key]
            self.assertEqual(left, [])
            for key in shards.keys("own:index:state*") + shards.keys("plain:index:state*"):
                self.assertGreater(shards.of(key).call("PTTL", key), 0, key)
        # The name can be had again, with another number of partitions, while the marks are still there.
        self.create("own", "PREFIX", "profile_", "PARTITIONS", 7)
        write_rows(self.client, "own:profile_", 50, v=lambda i: 1)
        self.assertEqual(self.query("count v from own"), [[b"1", 50]])
        self.assertEqual(verify(self.client, "own"), (50, 0))

    def test_a_running_query_keeps_what_is_dropped(self):
        """It ends with the right number, though the name means nothing any more."""
        self.create("big")
        write_rows(self.client, "big:profile_", 3000, a=lambda i: i % 50, b=lambda i: i % 61)
        query = "count a in [0,49], b in [0,60] from big where a != 3 nocache"
        answer = self.query(query)
        asked = self.server.client()
        asked.send_bytes(b"".join(harness.encode(("QUERY", query)) for _ in range(20)))
        time.sleep(0.01)
        self.client.call("DATASET", "DROP", "big")
        replies = [asked.read() for _ in range(20)]
        asked.close()
        for reply in replies:
            if isinstance(reply, ReplyError):
                self.assertEqual(reply.code, "NODATASET")
            else:
                self.assertEqual(reply, answer)
        self.assertEqual(replies[0], answer)

    def test_keys_are_listed_by_the_names_that_reach_them(self):
        write_rows(self.client, "profile_", 3, v=lambda i: 1)
        self.create("w47")
        write_rows(self.client, "w47:profile_", 2, v=lambda i: 2)
        self.assertEqual(sorted(self.client.call("KEYS", "*")),
                         [b"profile_0", b"profile_1", b"profile_2", b"w47:profile_0", b"w47:profile_1"])
        self.client.call("DATASET", "ALIAS", "current", "w47")
        self.assertEqual(sorted(self.client.call("KEYS", "*")), [b"profile_0", b"profile_1"])
        self.client.call("DATASET", "ALIAS", "before", "current")
        self.assertEqual(sorted(self.client.call("KEYS", "*")),
                         [b"before:profile_0", b"before:profile_1", b"before:profile_2", b"profile_0", b"profile_1"])
        for key in self.client.call("KEYS", "*"):
            self.assertEqual(self.client.call("TYPE", key), b"hash")
            self.assertEqual(self.client.call("HLEN", key), 1)

    def test_patterns_are_of_the_names_that_clients_see(self):
        self.create("current_2")
        self.client.call("HSET", "profile_1", "a", 1)
        self.client.call("HSET", "current_2:profile_2", "a", 1)

        def found(pattern):
            keys, cursor = [], b"0"
            while cursor != b"0" or not keys:
                cursor, more = self.client.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
                keys += more
                if cursor == b"0":
                    break
            self.assertEqual(sorted(keys), sorted(self.client.call("KEYS", pattern)))
            return sorted(keys)

        self.assertEqual(found("profile_*"), [b"profile_1"])
        self.assertEqual(found("current_2:profile_*"), [b"current_2:profile_2"])
        self.client.call("DATASET", "ALIAS", "current", "current_2")
        self.client.call("DATASET", "ALIAS", "before", "current")
        self.assertEqual(found("profile_*"), [b"profile_2"])


class Restart(unittest.TestCase):
    def test_definitions_need_no_configuration(self):
        options = ("--dataset", "people", "prefix", "person_", "--partitions", "8")
        with Server(2, options) as server:
            with server.client() as client:
                write_rows(client, "person_", 40, v=lambda i: 1)
                client.call("DATASET", "CREATE", "w47", "PREFIX", "person_", "PARTITIONS", 5)
                write_rows(client, "w47:person_", 60, v=lambda i: 2)
                client.call("DATASET", "ALIAS", "people", "w47")
                client.call("DATASET", "CREATE", "empty", "PREFIX", "e_")
                before = client.call("DATASET", "LIST")
            server.options = []
            server.restart()
            with server.client() as client:
                self.assertEqual(client.call("DATASET", "LIST"), before)
                self.assertEqual(client.call("QUERY", "count v from people"), [[b"2", 60]])
                self.assertEqual(client.call("HGET", "person_7", "v"), b"2")
                self.assertEqual(describe(client, "w47")["partitions"], 5)
                # The default dataset was dropped for good, if it was.
                client.call("DATASET", "DROP", "current")
                wait_until(lambda: "current" not in listed(client), "the drop")
            server.restart()
            with server.client() as client:
                self.assertNotIn("current", listed(client))
            # What is configured is there again.
            server.options = ["--dataset", "current", "prefix", "profile_"]
            server.restart()
            with server.client() as client:
                self.assertEqual(sorted(listed(client)), ["current", "empty", "people", "w47"])
                write_rows(client, "profile_", 30, v=lambda i: 1)
                self.assertEqual(client.call("QUERY", "count from current"), 30)
            server.stop()

    def refused(self, server, *options):
        process = harness.Process(
            [harness.SERVER, "--port", str(harness.free_port()), "--dir", os.path.join(server.dir, "data"),
             "--shards", *server.shard_words, *server.method_options(), *options],
            os.path.join(server.dir, "refused.log"), harness.shard_env())
        try:
            self.assertNotEqual(process.popen.wait(60), 0)
        finally:
            if process.popen.poll() is None:
                process.popen.kill()
        text = process.log()
        os.remove(process.log_path)
        return text

    def test_a_contradicting_configuration_is_refused(self):
        with Server(2, ("--dataset", "people", "prefix", "person_", "--partitions", "8")) as server:
            with server.client() as client:
                write_rows(client, "person_", 40, v=lambda i: 1)
            server.stop()
            text = self.refused(server, "--dataset", "people", "prefix", "user_")
            self.assertIn("the shards have dataset people with prefix 'person_', the configuration gives it prefix "
                          "'user_': rows would be lost from sight", text)
            text = self.refused(server, "--partitions", "9")
            self.assertIn("8 partitions, the configuration makes it 9: rows would be lost from sight", text)
            text = self.refused(server, "--dataset", "others", "prefix", "pers")
            self.assertIn("overlap", text)
            server.options = []
            server.start()
            with server.client() as client:
                self.assertEqual(client.call("QUERY", "count from people"), 40)
            server.stop()

    def test_shards_without_a_catalog_are_taken_as_they_are(self):
        """As a server before there were catalogs left them; and as a shard that lost its keys' file leaves them."""
        with harness.Redis() as one, harness.Redis() as two:
            words = ["static", "unix:" + one.socket, "unix:" + two.socket]
            with Server(2, shard_words=words) as server, Shards(one.socket, two.socket) as shards:
                with server.client() as client:
                    write_rows(client, "profile_", 40, v=lambda i: i % 2)
                server.stop()
                self.assertIn(b"quipu:layout:current", shards.keys())
                shards.of("quipu:catalog").call("DEL", "quipu:catalog")
                server.start()
                with server.client() as client:
                    self.assertEqual(client.call("QUERY", "count v in [0,1] from current"), [20, 20])
                    self.assertEqual(verify(client, "current"), (40, 0))
                    client.call("DATASET", "CREATE", "w47", "PREFIX", "profile_")
                    client.call("DATASET", "ALIAS", "current", "w47")
                    # While it runs: what it knows is written again.
                    shards.of("quipu:catalog").call("DEL", "quipu:catalog")
                    wait_until(lambda: any(shard.call("EXISTS", "quipu:catalog") for shard in shards.clients),
                               "the catalog", 5)
                    self.assertEqual(describe(client, "current")["name"], b"w47")
                    # And after FLUSHALL through the endpoint.
                    client.call("FLUSHALL")
                    write_rows(client, "w47:profile_", 10, v=lambda i: 1)
                    self.assertEqual(client.call("QUERY", "count from current"), 10)
                    self.assertEqual(verify(client, "w47"), (10, 0))
                server.restart()
                with server.client() as client:
                    self.assertEqual(describe(client, "current")["name"], b"w47")
                    self.assertEqual(client.call("QUERY", "count from current"), 10)
                server.stop()

    def test_partitions_of_old_shards_are_held_against_the_configuration(self):
        with harness.Redis() as one, Server(1, ("--partitions", "16"), ["static", "unix:" + one.socket]) as server:
            with server.client() as client:
                write_rows(client, "profile_", 40, v=lambda i: i % 2)
            server.stop()
            with one.client() as shard:  # from before there was a catalog, and copies of it
                shard.call("DEL", "quipu:catalog", "quipu:copy:0", "quipu:copy:1", "quipu:copy:2")
            self.assertIn("16 partitions", self.refused(server, "--partitions", "32"))
            with one.client() as shard:
                self.assertEqual(shard.call("EXISTS", "quipu:catalog"), 0)


if __name__ == "__main__":
    harness.main()
