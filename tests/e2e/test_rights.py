"""What a user's rights do not reach: others' datasets and rows, what was taken away, what a floor hides."""

import os
import re
import signal

import quipu_harness as harness
from quipu_harness import Redis, ReplyError, info, wait_until
from test_access import NOKEY, AccessCase, no_command, no_dataset


class RightsCase(AccessCase):
    options = ()

    def setUp(self):
        super().setUp()
        self.serve(*self.options)
        self.admin = self.client()

    def user(self, name, *rules, **options):
        """A user of these rules, logged in."""
        self.assertEqual(self.admin.call("ACL", "SETUSER", name, "reset", "on", ">pw", *rules), b"OK")
        return self.client(name, "pw", **options)


class Datasets(RightsCase):
    """Who may make, drop and rename what."""

    options = ("--method", "columns", "--dataset", "people prefix person_")
    CHANGES = (("CREATE", "my1", "PREFIX", "user:"), ("DROP", "people"), ("DROP", "people", "KEEPROWS"),
               ("ALIAS", "my2", "people"), ("UNALIAS", "my2"), ("REPAIR", "people"), ("REINDEX", "people"))

    def test_counting_is_not_administering(self):
        for rules in (("+@crosstab",), ("+@read", "+@write"), ("+@all", "-@admin"), ("+@all", "-@dangerous")):
            ann = self.user("ann", "~*", "alldatasets", *rules)
            for change in self.CHANGES:
                self.assert_refused(no_command("dataset|%s" % change[0].lower()), ann, "DATASET", *change)
            self.assert_refused(no_command("cache|clear"), ann, "CACHE", "CLEAR")
            self.assertEqual(ann.call("COUNT", "from", "people"), 0)
            self.assertEqual(len(ann.call("DATASET", "LIST")), 2)
            self.assertIn(b"people", ann.call("DATASET", "INFO", "people"))

    def test_who_administers_needs_no_right_to_count(self):
        ann = self.user("ann", "~*", "alldatasets", "+@admin")
        self.assertEqual(ann.call("DATASET", "CREATE", "my1", "PREFIX", "user:"), b"OK")
        self.assertEqual(ann.call("DATASET", "DROP", "my1"), b"OK")
        self.assert_refused(no_command("count"), ann, "COUNT", "from", "people")

    def test_a_dataset_is_made_of_keys_that_its_maker_may_read_and_write(self):
        for i in range(3):
            self.admin.call("HSET", "user:%d" % i, "password", "geheim")
        for keys in ((), ("~my:*",), ("%R~user:*",), ("%W~user:*",), ("%R~user:*", "%W~user:*"), ("~user:1*",), ("~user:?*",),
                     ("~user:\\*",), ("~*x",)):
            ann = self.user("ann", *keys, "alldatasets", "+@all")
            for prefix in ("user:", "use"):
                self.assert_refused(NOKEY, ann, "DATASET", "CREATE", "my1", "PREFIX", prefix)
            # The last one is what counts.
            self.assert_refused(NOKEY, ann, "DATASET", "CREATE", "my1", "PREFIX", "my:", "prefix", "user:")
            self.assert_refused("NODATASET at column 12: there is no dataset 'my1'", ann, "COUNT", "from", "my1")
        for keys in (("~user:*",), ("~u*",), ("~other", "~us[e]r:*")):
            ann = self.user("ann", *keys, "alldatasets", "+@all")
            self.assertEqual(ann.call("DATASET", "CREATE", "my1", "PREFIX", "user:"), b"OK")
            self.assertEqual(ann.call("COUNT", "from", "my1"), 3)
            self.assertEqual(ann.call("DATASET", "DROP", "my1", "KEEPROWS"), b"OK")
            self.server.wait_until(lambda: len(self.admin.call("DATASET", "LIST")) == 2, "the dataset gone")
        self.assertEqual(self.admin.call("HGET", "user:1", "password"), b"geheim")

    def test_a_version_is_made_of_keys_behind_its_own_name(self):
        self.admin.call("HSET", "session:person_1", "token", "geheim")
        ann = self.user("ann", "~person_*", "alldatasets", "+@all")
        self.assert_refused(NOKEY, ann, "DATASET", "CREATE", "session", "PREFIX", "person_")
        ann = self.user("ann", "~person_*", "~v2:*", "alldatasets", "+@all")
        self.assert_refused(NOKEY, ann, "DATASET", "CREATE", "session", "PREFIX", "person_")
        self.assertEqual(ann.call("DATASET", "CREATE", "v2", "PREFIX", "person_"), b"OK")
        self.assertEqual(ann.call("DATASET", "DROP", "v2"), b"OK")

    def test_rows_are_dropped_by_who_may_write_them(self):
        self.admin.call("HSET", "person_1", "sex", "male")
        for keys in ((), ("~profile_*",), ("%R~person_*",), ("~person_?",)):
            ann = self.user("ann", *keys, "dataset:people", "+@all")
            self.assert_refused(NOKEY, ann, "DATASET", "DROP", "people")
            self.assert_refused(NOKEY, ann, "DATASET", "DROP", "nosuch")
        self.assertEqual(self.admin.call("HGET", "person_1", "sex"), b"male")
        ann = self.user("ann", "~person_*", "dataset:people", "+@all")
        self.assertEqual(ann.call("DATASET", "DROP", "people"), b"OK")

    def test_the_index_is_dropped_by_who_has_the_dataset(self):
        self.admin.call("HSET", "person_1", "sex", "male")
        self.assert_refused(no_dataset("people"), self.user("ann", "dataset:current", "+@all"), "DATASET", "DROP", "people",
                            "KEEPROWS")
        self.assertEqual(self.user("ann", "dataset:people", "+@all").call("DATASET", "DROP", "people", "KEEPROWS"), b"OK")
        self.assertEqual(self.admin.call("HGET", "person_1", "sex"), b"male")

    def test_an_alias_leads_no_rows_that_are_not_its_givers(self):
        self.admin.call("DATASET", "CREATE", "mine", "PREFIX", "person_")
        self.admin.call("HSET", "person_1", "sex", "male")
        for keys in ((), ("~mine:*",), ("%R~person_*",)):
            ann = self.user("ann", *keys, "dataset:mine*", "+@all")
            self.assert_refused(NOKEY, ann, "DATASET", "ALIAS", "mine2", "mine", "ROWS")
            self.assert_refused(NOKEY, ann, "DATASET", "ALIAS", "mine2", "mine")
        self.assertEqual(self.admin.call("HGET", "person_1", "sex"), b"male")
        ann = self.user("ann", "~person_*", "dataset:mine*", "+@all")
        self.assert_refused(no_dataset("people"), ann, "DATASET", "ALIAS", "mine2", "people")
        self.assert_refused(no_dataset("people"), ann, "DATASET", "ALIAS", "people", "mine")
        self.assertEqual(ann.call("DATASET", "ALIAS", "mine2", "mine", "ROWS"), b"OK")
        self.assertIsNone(self.admin.call("HGET", "person_1", "sex"))

    def test_a_name_is_given_and_taken_by_who_may_use_that_name(self):
        """Not by who knows the dataset by another one."""
        self.assertEqual(self.admin.call("DATASET", "ALIAS", "theirs", "people"), b"OK")
        self.assertEqual(self.admin.call("DATASET", "ALIAS", "mine", "people"), b"OK")
        ann = self.user("ann", "~*", "dataset:mine", "+@all")
        self.assertEqual(ann.call("COUNT", "from", "theirs"), 0)
        self.assert_refused(no_dataset("theirs"), ann, "DATASET", "UNALIAS", "theirs")
        self.assert_refused(no_dataset("theirs"), ann, "DATASET", "ALIAS", "theirs", "people")
        self.assert_refused(no_dataset("new"), ann, "DATASET", "CREATE", "new", "PREFIX", "new_")
        self.assertEqual(ann.call("DATASET", "UNALIAS", "mine"), b"OK")

    def test_list_shows_what_a_user_may_know_of(self):
        def names(client):
            return sorted(entry[1] for entry in client.call("DATASET", "LIST"))

        self.assertEqual(names(self.admin), [b"current", b"people"])
        self.assertEqual(names(self.user("ann", "dataset:people", "+@crosstab")), [b"people"])
        self.assertEqual(names(self.user("ann", "+@crosstab")), [])
        self.admin.call("DATASET", "ALIAS", "mine", "current")
        self.assertEqual(names(self.user("ann", "dataset:mine", "+@crosstab")), [b"current"])

    def test_dryrun_says_the_same(self):
        self.user("ann", "~my:*", "alldatasets", "+@all")

        def would(*args):
            return self.admin.call("ACL", "DRYRUN", "ann", "DATASET", *args)

        self.assertEqual(would("CREATE", "my1", "PREFIX", "my:"), b"OK")
        for args in (("CREATE", "my1", "PREFIX", "user:"), ("DROP", "people"), ("ALIAS", "a", "people", "ROWS")):
            self.assertIn(b"access one of the keys", would(*args))


class DatasetsBySets(Datasets):
    options = ("--method", "sets", "--dataset", "people prefix person_")

    # By sets no hash that was there is a row, and rows go with their dataset.
    test_a_dataset_is_made_of_keys_that_its_maker_may_read_and_write = None
    test_the_index_is_dropped_by_who_has_the_dataset = None


class Revoked(RightsCase):
    """What a user loses is lost at once, whatever is under way."""

    def revoke(self, *rules, name="ann"):
        self.assertEqual(self.admin.call("ACL", "SETUSER", name, *rules), b"OK")

    def assert_abort(self, client, text):
        reply = client.pipeline([("EXEC",)])[0]
        self.assertIsInstance(reply, ReplyError)
        self.assertEqual(reply.text, "EXECABORT Transaction discarded because of: " + text)

    # -- MULTI --

    def test_a_queued_command(self):
        ann = self.user("ann", "~*", "+@all")
        for revoked, given, text in (("-set", "+set", no_command("set")), ("resetkeys", "~*", NOKEY)):
            self.assertEqual(ann.pipeline([("MULTI",), ("GET", "a"), ("SET", "a", "1")]), [b"OK", b"QUEUED", b"QUEUED"])
            self.revoke(revoked)
            self.assert_abort(ann, text)
            self.revoke(given)
            self.assertEqual(ann.pipeline([("GET", "a"), ("EXEC",)])[0], None)

    def test_a_queued_command_of_a_row(self):
        """By its name as it was called, also where it is stored under another one."""
        self.admin.call("HSET", "profile_1", "sex", "female")
        for gone, text in (("~other", None), ("resetkeys", NOKEY), ("resetdatasets", no_dataset("current"))):
            ann = self.user("ann", "~profile_*", "dataset:current", "+@all")
            self.assertEqual(ann.pipeline([("MULTI",), ("HGET", "profile_1", "sex")]), [b"OK", b"QUEUED"])
            self.revoke(gone)
            if text:
                self.assert_abort(ann, text)
            else:
                self.assertEqual(ann.call("EXEC"), [b"female"])

    def test_what_is_still_allowed_is_carried_out(self):
        ann = self.user("ann", "~*", "+@all")
        ann.pipeline([("MULTI",), ("SET", "a", "1")])
        self.revoke("-flushall", "resetdatasets")
        self.assertEqual(ann.call("EXEC"), [b"OK"])

    def test_watch_ends_with_the_transaction(self):
        ann = self.user("ann", "~*", "+@all")
        ann.pipeline([("WATCH", "a"), ("MULTI",), ("SET", "a", "1")])
        self.revoke("-set")
        self.assert_abort(ann, no_command("set"))
        self.admin.call("SET", "a", "2")
        self.assertEqual(ann.pipeline([("MULTI",), ("GET", "a"), ("EXEC",)])[-1], [b"2"])

    # -- subscriptions --

    def test_a_subscription(self):
        """As in Redis: the connection ends; a pattern must be one of the rules themselves."""
        for rules, words, revoked, ends in (
                (("&news.*", "&x"), ("SUBSCRIBE", "news.a"), ("resetchannels", "&x"), True),
                (("&news.*", "&x"), ("SUBSCRIBE", "x"), ("resetchannels", "&x"), False),
                (("&news.*",), ("PSUBSCRIBE", "news.*"), ("resetchannels", "&news.a"), True),
                (("&news.*",), ("PSUBSCRIBE", "news.*"), ("resetchannels", "&news.*", "&y"), False),
                (("&*",), ("PSUBSCRIBE", "news.*"), ("resetchannels", "&*"), False),
                (("&*",), ("SUBSCRIBE", "a", "b", "c"), ("resetchannels", "&a", "&b"), True),
                (("&*",), ("SSUBSCRIBE", "a"), ("resetchannels",), True),
                (("&*",), ("SSUBSCRIBE", "a"), ("resetchannels", "&a"), False)):
            ann = self.user("ann", "+@all", *rules)
            ann.send(*words)
            for _ in words[1:]:
                ann.read()
            other = self.client("ann", "pw")
            self.revoke(*revoked)
            if ends:
                self.assertTrue(ann.is_closed(), words)
            else:
                self.assertEqual(ann.call("PING")[0], b"pong", words)
            self.assertEqual(other.call("PING"), b"PONG")

    def test_what_is_no_longer_listened_to_is_no_reason(self):
        ann = self.user("ann", "+@all", "&*")
        for words in (("SUBSCRIBE", "a"), ("SUBSCRIBE", "b"), ("PSUBSCRIBE", "p*"), ("UNSUBSCRIBE", "b"), ("PUNSUBSCRIBE",)):
            ann.call(*words)
        self.revoke("resetchannels", "&a")
        self.assertEqual(ann.call("PING")[0], b"pong")
        self.revoke("resetchannels", "&b")
        self.assertTrue(ann.is_closed())

    def test_a_subscriber_in_resp3_that_revokes_its_own(self):
        ann = self.user("ann", "+@all", "&*", resp3=True)
        ann.call("SUBSCRIBE", "a")
        self.assertEqual(ann.call("ACL", "SETUSER", "ann", "resetchannels"), b"OK")
        self.assertTrue(ann.is_closed())

    # -- what waits --

    def test_a_blocked_command(self):
        """It ends, and takes nothing."""
        for words, revoked, text in (
                (("BLPOP", "q", "0"), ("-blpop",), no_command("blpop")),
                (("BLPOP", "p", "q", "0"), ("resetkeys", "~p"), NOKEY),
                (("BLMOVE", "q", "r", "LEFT", "LEFT", "0"), ("resetkeys", "~q"), NOKEY),
                (("BZPOPMIN", "q", "0"), ("-@all", "+ping"), no_command("bzpopmin")),
                (("XREAD", "BLOCK", "0", "STREAMS", "q", "$"), ("resetkeys",), NOKEY)):
            ann = self.user("ann", "~*", "+@all")
            ann.send(*words)
            wait_until(lambda: info(self.admin, "clients")["blocked_clients"] == "1", "it waits")
            self.revoke(*revoked)
            reply = ann.read()
            self.assertIsInstance(reply, ReplyError, words)
            self.assertEqual(reply.text, text)
            self.admin.call("RPUSH", "q", "1")
            self.assertEqual(self.admin.call("LRANGE", "q", "0", "-1"), [b"1"])
            self.admin.call("DEL", "q")
            self.assertEqual(ann.call("PING"), b"PONG")

    def test_a_command_that_has_hardly_begun_to_wait(self):
        """The shard may hear of its end before it hears of it."""
        for _ in range(30):
            ann = self.user("ann", "~*", "+@all")
            ann.send("BLPOP", "q", "0")
            self.revoke("-blpop")
            self.assertEqual(ann.read().text, no_command("blpop"))

    def test_a_blocked_command_that_is_still_allowed_waits_on(self):
        ann = self.user("ann", "~*", "+@all")
        ann.send("BLPOP", "q", "0")
        wait_until(lambda: info(self.admin, "clients")["blocked_clients"] == "1", "it waits")
        self.revoke("-get", "resetkeys", "~q")
        self.admin.call("RPUSH", "q", "1")
        self.assertEqual(ann.read(), [b"q", b"1"])

    def test_load_holds_what_is_under_way_against_the_file(self):
        self.server.close()
        path = self.path("users.acl", "user ann on nopass ~* &* +@all\n")
        self.serve("--aclfile", path)
        self.admin = self.client()
        listens, waits, queued, gone = (self.client("ann", "x") for _ in range(4))
        listens.call("SUBSCRIBE", "a")
        waits.send("BLPOP", "q", "0")
        wait_until(lambda: info(self.admin, "clients")["blocked_clients"] == "1", "it waits")
        queued.pipeline([("MULTI",), ("SET", "a", "1")])
        self.path("users.acl", "user ann on nopass ~* +@all -blpop -set\n")
        self.assertEqual(self.admin.call("ACL", "LOAD"), b"OK")
        self.assertTrue(listens.is_closed())
        self.assertEqual(waits.read().text, no_command("blpop"))
        self.assert_abort(queued, no_command("set"))
        self.path("users.acl", "")
        self.assertEqual(self.admin.call("ACL", "LOAD"), b"OK")
        self.assertTrue(gone.is_closed())

    def test_deluser_ends_what_waits(self):
        ann = self.user("ann", "~*", "+@all")
        ann.send("BLPOP", "q", "0")
        wait_until(lambda: info(self.admin, "clients")["blocked_clients"] == "1", "it waits")
        self.admin.call("ACL", "DELUSER", "ann")
        self.assertTrue(ann.is_closed())
        wait_until(lambda: info(self.admin, "clients")["blocked_clients"] == "0", "it waits no more")
        self.admin.call("RPUSH", "q", "1")
        self.assertEqual(self.admin.call("LRANGE", "q", "0", "-1"), [b"1"])


class RevokedCounts(RightsCase):
    """A shard that is stopped keeps a count under way."""

    def setUp(self):
        self.redis = Redis()
        self.addCleanup(self.redis.close)
        super().setUp()

    def serve(self, *options, **kwargs):
        super().serve(*options, shard_words=["static", "unix:" + self.redis.socket], **kwargs)
        with self.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(30)])
            client.call("COUNT", "a", "from", "current")

    def start(self, *words):
        ann = self.user("ann", "+@crosstab", "dataset:*")
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.redis.process.pid, signal.SIGCONT)
        ann.send(*words)
        wait_until(lambda: len(self.admin.call("QUERY", "LIST")) == 1, "it runs")
        return ann

    def go_on(self):
        os.kill(self.redis.process.pid, signal.SIGCONT)

    def test_a_count_of_a_dataset_that_is_lost_ends(self):
        for words, revoked, text in (
                (("QUERY", "count a from current"), "resetdatasets", no_dataset("current")),
                (("COUNT", "a", "from", "current"), "resetdatasets", no_dataset("current")),
                (("COUNT", "a", "from", "current"), "-@crosstab", no_command("count"))):
            ann = self.start(*words)
            self.admin.call("ACL", "SETUSER", "ann", revoked)
            self.assertEqual(ann.read().text, text)
            self.assertEqual(self.admin.call("QUERY", "LIST"), [])
            self.go_on()
        self.assertEqual(len(self.admin.call("COUNT", "a", "from", "current")), 3)

    def test_a_count_that_is_still_allowed_goes_on(self):
        ann = self.start("COUNT", "a", "from", "current")
        self.admin.call("ACL", "SETUSER", "ann", "resetdatasets", "dataset:cur*", "-query")
        self.go_on()
        self.assertEqual(len(ann.read()), 3)

    def test_a_floor_holds_for_what_runs(self):
        ann = self.start("COUNT", "a", "from", "current")
        self.admin.call("ACL", "SETUSER", "ann", "suppress-below:11")
        self.go_on()
        self.assertEqual(ann.read(), [])
        ann = self.start("PROFILE", "count a from current")
        self.admin.call("ACL", "SETUSER", "ann", "suppress-below:11")
        self.go_on()
        self.assertIn("NOPERM counts below 11", ann.read().text)

    def test_others_are_left_alone(self):
        ann = self.start("COUNT", "a", "from", "current")
        self.admin.call("ACL", "SETUSER", "bob", "resetdatasets")
        self.admin.call("ACL", "DELUSER", "bob")
        self.go_on()
        self.assertEqual(len(ann.read()), 3)


class Example(AccessCase):
    """The analyst of docs/operations.md."""

    MAY = {b"auth", b"cache", b"cache|info", b"client", b"client|getname", b"client|getredir", b"client|id", b"client|info",
           b"client|reply", b"client|setinfo", b"client|setname", b"client|no-touch", b"client|trackinginfo", b"command",
           b"command|count", b"command|docs", b"command|getkeys", b"command|getkeysandflags", b"command|info", b"command|list",
           b"dataset", b"dataset|info", b"dataset|list", b"dataset|verify", b"echo", b"hello", b"ping", b"quit", b"reset",
           b"select", b"count", b"query", b"explain", b"profile", b"sum", b"avg", b"min", b"max", b"distinct",
           b"client|caching", b"client|tracking",
           b"asking", b"readonly", b"readwrite", b"wait", b"waitaof"}  # said of one connection: refused or without effect

    def setUp(self):
        super().setUp()
        self.serve()
        self.admin = self.client()
        with open(os.path.join(harness.ROOT, "docs", "operations.md")) as page:
            rules = re.search(r"^127.0.0.1:7379> acl setuser analyst (.*)$", page.read(), re.M).group(1)
        self.assertEqual(self.admin.call("ACL", "SETUSER", "analyst", *rules.split()), b"OK")
        self.analyst = self.client("analyst", "secret")

    def test_what_it_may(self):
        self.admin.call("HSET", "profile_1", "sex", "female")
        self.assertEqual(self.analyst.call("COUNT", "sex", "from", "current"), [[b"female", 1]])
        self.assertEqual(self.analyst.call("DATASET", "VERIFY", "current")[1], 1)
        self.assertEqual(self.analyst.call("CLIENT", "SETNAME", "me"), b"OK")
        self.analyst.call("EXPLAIN", "count sex from current")
        self.analyst.call("HELLO", "3")

    def test_what_it_must_not(self):
        number = self.admin.call("CLIENT", "ID")
        for args in (("CLIENT", "KILL", "ID", number), ("CLIENT", "KILL", "USER", "default"), ("CLIENT", "LIST"),
                     ("CLIENT", "KILL", "127.0.0.1:1"), ("CLIENT", "UNBLOCK", number), ("CLIENT", "NO-EVICT", "on"),
                     ("DATASET", "CREATE", "current", "PREFIX", "x"), ("DATASET", "DROP", "current"), ("CACHE", "CLEAR"),
                     ("DATASET", "ALIAS", "current", "current"), ("DATASET", "REINDEX", "current"), ("QUERY", "LIST"),
                     ("QUERY", "KILL", "1"), ("CONFIG", "GET", "*"), ("CONFIG", "SET", "max-cells", "1"), ("ACL", "LIST"),
                     ("SLOWLOG", "GET"), ("SHUTDOWN",), ("DBSIZE",), ("KEYS", "*"), ("SCAN", "0"), ("HGETALL", "profile_1"),
                     ("HSET", "profile_1", "a", "1"), ("SET", "x", "1"), ("GET", "x"), ("EVAL", "return 1", "0"), ("INFO",),
                     ("FLUSHALL",), ("MULTI",), ("SUBSCRIBE", "x"), ("PUBLISH", "x", "y")):
            with self.assertRaises(ReplyError, msg=args) as caught:
                self.analyst.call(*args)
            self.assertEqual(caught.exception.code, "NOPERM", args)
        self.assertEqual(self.admin.call("PING"), b"PONG")

    def test_nothing_else(self):
        """No command that a shard, or a later version, brings."""
        given = set()
        for category in ("crosstab", "connection"):
            given |= set(self.admin.call("ACL", "CAT", category))
        given -= set(self.admin.call("ACL", "CAT", "dangerous"))
        self.assertEqual(given - self.MAY, set())


if __name__ == "__main__":
    harness.main()
