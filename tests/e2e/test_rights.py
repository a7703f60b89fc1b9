"""What a user's rights do not reach: others' datasets and rows, what was taken away, what a floor hides."""

import os
import random
import re
import signal

import quipu_harness as harness
from quipu_harness import Redis, ReplyError, info, wait_until
from access_harness import NOKEY, AccessCase, no_command, no_dataset


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


class Floor(RightsCase):
    """Nothing that a user with suppress-below is answered depends on what that hides."""

    # A million cells: no deadline is meant.
    options = ("--method", "columns", "--dataset", "one prefix a_", "--dataset", "two prefix b_", "--query-timeout", "2m")
    FLOOR = 10
    KEPT = "NOPERM counts below 10 are to be kept from this user"

    def setUp(self):
        super().setUp()
        self.ann = self.user("ann", "~*", "&*", "alldatasets", "+@all", "suppress-below:10", "max-cells:1000000")

    def load(self, one, two):
        for prefix, rows in (("a_", one), ("b_", two)):
            self.admin.pipeline([("HSET", prefix + str(i), *(part for pair in row.items() for part in pair))
                                 for i, row in enumerate(rows)])

    def assert_same(self, text):
        replies = self.ann.pipeline([("QUERY", text % name) for name in ("one", "two")])
        told = [reply.text.replace("two", "one") if isinstance(reply, ReplyError) else reply for reply in replies]
        self.assertEqual(*told, text)
        return told[0]

    def test_whether_an_answer_is_too_large(self):
        """The example: two rows of one id, or of two."""
        self.load([{"id": "1", "c": "x"}, {"id": "2", "c": "x"}], [{"id": "1", "c": "x"}, {"id": "1", "c": "x"}])
        self.assertEqual(self.assert_same("count id, y in [1,1000000] from %s where c = x format nested"), [])
        self.assertEqual(self.assert_same("count id, y in {missing} from %s"), [])
        text = "count id, y in [1,1000000] from two where c = x suppress below 3 format nested"
        self.assertEqual(self.admin.call("QUERY", text), [])

    def test_what_is_told_is_limited_as_before(self):
        rows = [{"a": str(i // 10)} for i in range(100)] + [{"a": "x%d" % i} for i in range(50)]
        self.load(rows, rows)
        self.admin.call("ACL", "SETUSER", "ann", "max-cells:9")
        self.assertEqual(self.assert_same("count a from %s"), "LIMIT max-cells is 9, the answer has more")
        self.admin.call("ACL", "SETUSER", "ann", "max-cells:10")
        self.assertEqual(len(self.assert_same("count a from %s")), 10)
        self.assertEqual(self.admin.call("QUERY", "count a from one suppress below 11"), [])
        self.admin.call("CONFIG", "SET", "max-cells", "59")
        self.assertEqual(self.admin.call("QUERY", "count a from one suppress below 11"), [])
        self.assert_refused("LIMIT max-cells is 59, the answer has more", self.admin, "QUERY", "count a from one")

    def test_a_number_that_is_too_long_for_a_bin(self):
        """Its error showed one row's value. It is an error where so many rows have one that it may be told."""
        long = "9" * 40
        self.load([{"a": "1"}] * 20 + [{"a": long}] * 3, [{"a": "1"}] * 20 + [{"a": "x"}] * 3)
        for rest in ("format rows", "format nested"):
            self.assertIn(self.assert_same("count a by 10 from %%s %s" % rest), ([[b"[0,10)", 20]], [20]))
        self.load([{"b": long[i:] + long[:-i]} for i in range(1, 10)], [{"b": long}] * 9)
        self.assertEqual(self.assert_same("count b by 10 from %s"), [])
        self.load([], [{"b": long}] * 12)
        self.assert_refused("LIMIT values of 'b' have more than 37 digits: there is no bin for them",
                            self.ann, "QUERY", "count b by 10 from two")
        with self.assertRaises(ReplyError) as caught:
            self.admin.call("QUERY", "count b by 10 from two")
        self.assertIn("LIMIT value '999", caught.exception.text)

    def test_random_values_that_few_rows_have(self):
        """The same rows but for a field of which no value has ten rows: how many values it has is not told."""
        seed = int(os.environ.get("QUIPU_SEED") or random.randrange(2**32))
        rng = random.Random(seed)
        one, two = [], []
        ids = [[str(1000 * i) for i in range(400) for _ in range(n)] for n in (1, 9)]
        for pool in ids:
            rng.shuffle(pool)
        for i in range(300):
            row = {"sex": rng.choice(("f", "m")), "region": rng.choice(("n", "s", "w")), "age": str(rng.randrange(8))}
            has_id = rng.random() < 0.9
            one.append({**row, **({"id": ids[0].pop()} if has_id else {})})
            two.append({**row, **({"id": ids[1].pop()} if has_id else {})})
        self.load(one, two)
        dims = ("id", "id", "id by 500", "id by 1000", "sex", "sex in {f,m,x}", "region", "region in {n,other,missing}", "age",
                "age by 2", "age in {[0,3] as young, [4,9] as old}", "y in [1,100]", "y in {missing}", "id in {other,missing}")
        wheres = ("", "where sex = f", "where age < 3 && region in {n,s}", "where age = 7 || sex = m", "where id is missing",
                  "where id exists and age > 5", "where nobody = 1")
        for max_cells in (20, 300, 1000, 100000):
            self.admin.call("ACL", "SETUSER", "ann", "max-cells:%d" % max_cells)
            for _ in range(60):
                picked = rng.sample(dims, rng.randint(1, 4))
                if len({dim.split()[0] for dim in picked}) < len(picked):
                    continue
                text = "count %s from %%s %s format %s" % (", ".join(picked), rng.choice(wheres), rng.choice(("nested", "rows")))
                with self.subTest(seed=seed, text=text, max_cells=max_cells):
                    self.assert_same(text)

    def test_random_counts_that_are_hidden(self):
        """The same rows but for how often some occur, below the floor: in no answer, closed, open or with conditions."""
        seed = int(os.environ.get("QUIPU_SEED") or random.randrange(2**32))
        rng = random.Random(seed)
        many = [{"sex": rng.choice("fm"), "region": rng.choice("nsw"), "age": str(rng.randrange(4))} for _ in range(200)]
        one, two = list(many), list(many)
        for sex, region in (("f", "n"), ("m", "n"), ("m", "w")):
            for h, times in (("1", (1, 2)), ("2", (2, 1))):
                for rows, n in zip((one, two), times):
                    rows.extend([{"sex": sex, "region": region, "age": "1", "h": h}] * n)
        self.load(one, two)
        dims = ("h", "h in [1,3]", "h in {1,2,other}", "h by 1", "h in {[1,2] as both, missing}", "sex", "sex in {f,m}", "region",
                "region in {n,s,w,missing}", "age", "age in [0,3]", "y in [1,50]")
        hidden = ("h = 1", "h < 2", "h != 1", "h exists", "h in {1,2}", "h in [1,1] and age = 1")
        others = ("sex = f", "region in {n,w}", "age < 3", "!(sex = f)")
        for max_cells in (5, 100, 100000):
            self.admin.call("ACL", "SETUSER", "ann", "max-cells:%d" % max_cells)
            for _ in range(60):
                picked = rng.sample(dims, rng.randint(0, 4))
                if len({dim.split()[0] for dim in picked}) < len(picked):
                    continue
                tests = [rng.choice(hidden)] * rng.randint(0, 1) + [rng.choice(others)] * rng.randint(0, 1)
                where = "where " + " and ".join(tests) if tests else ""
                text = "count %s from %%s %s format %s" % (", ".join(picked), where, rng.choice(("nested", "rows")))
                with self.subTest(seed=seed, text=text, max_cells=max_cells):
                    self.assert_same(text)

    def test_only_counts_tell_of_rows(self):
        self.admin.call("HSET", "a_1", "sex", "f")
        for args in (("DBSIZE",), ("KEYS", "*"), ("SCAN", "0"), ("RANDOMKEY",), ("INFO",), ("INFO", "keyspace"), ("SLOWLOG", "GET"),
                     ("QUERY", "LIST"), ("CLIENT", "LIST"), ("CACHE", "INFO"), ("CACHE", "CLEAR"), ("DATASET", "INFO", "one"),
                     ("DATASET", "VERIFY", "one"), ("DATASET", "REPAIR", "one"), ("DATASET", "DROP", "one"),
                     ("DATASET", "CREATE", "three", "PREFIX", "c_"), ("HGET", "a_1", "sex"), ("HGETALL", "a_1"), ("HLEN", "a_1"),
                     ("HSET", "a_1", "sex", "f"), ("HDEL", "a_1", "sex"), ("HINCRBY", "a_1", "n", "1"), ("EXISTS", "a_1"),
                     ("EXISTS", "x", "one:a_1"), ("TYPE", "a_2"), ("TTL", "a_1"), ("OBJECT", "ENCODING", "a_1"), ("DUMP", "a_1"),
                     ("MEMORY", "USAGE", "a_1"), ("COPY", "a_1", "x"), ("RENAME", "a_1", "x"), ("DEL", "a_1", "x"),
                     ("WATCH", "a_1"), ("SORT", "l", "BY", "a_*->sex"), ("SORT", "l", "GET", "a_*->sex"), ("MEMORY", "STATS"),
                     ("LATENCY", "LATEST"), ("PSUBSCRIBE", "*"), ("PSUBSCRIBE", "__key*"), ("SUBSCRIBE", "__keyevent@0__:hset"),
                     ("FLUSHALL",), ("CLUSTER", "COUNTKEYSINSLOT", "1")):
            with self.assertRaises(ReplyError, msg=args) as caught:
                self.ann.call(*args)
            # SORT's patterns, and what a shard alone is asked, are refused for other reasons first.
            self.assertIn(caught.exception.code, ("NOPERM", "ERR"), args)
            if args[0] not in ("SORT", "LATENCY", "CLUSTER", "MEMORY"):
                self.assertEqual(caught.exception.text, self.KEPT, args)
        self.assertEqual(self.admin.call("HGETALL", "a_1"), [b"sex", b"f"])

    def test_what_has_nothing_to_do_with_rows_goes_on(self):
        for args in (("SET", "x", "1"), ("GET", "x"), ("DEL", "x"), ("LPUSH", "l", "2", "1"), ("PING",), ("TIME",),
                     ("CLIENT", "ID"), ("CLIENT", "INFO"), ("CONFIG", "GET", "port"), ("DATASET", "LIST"), ("ACL", "WHOAMI"),
                     ("COMMAND", "LIST"), ("PUBLISH", "c", "x"), ("MSET", "x", "1", "y", "2"), ("SORT", "l")):
            self.assertNotIsInstance(self.ann.call(*args), ReplyError)
        self.assertEqual(self.ann.pipeline([("MULTI",), ("SET", "x", "1"), ("EXEC",)])[-1], [b"OK"])
        self.assertEqual(self.ann.call("PSUBSCRIBE", "news.*")[2], 1)


class FloorBySets(Floor):
    options = ("--method", "sets", "--dataset", "one prefix a_", "--dataset", "two prefix b_", "--query-timeout", "2m")


class Example(AccessCase):
    """The analyst of docs/operations.md."""

    MAY = {b"auth", b"cache", b"cache|info", b"client", b"client|getname", b"client|getredir", b"client|id", b"client|info",
           b"client|reply", b"client|setinfo", b"client|setname", b"client|no-touch", b"client|trackinginfo", b"command",
           b"command|count", b"command|docs", b"command|getkeys", b"command|getkeysandflags", b"command|info", b"command|list",
           b"dataset", b"dataset|info", b"dataset|list", b"dataset|verify", b"echo", b"hello", b"ping", b"quit", b"reset",
           b"select", b"count", b"query", b"explain", b"profile", b"sum", b"avg", b"min", b"max", b"distinct",
           b"values", b"describe", b"rows", b"median", b"stddev", b"variance", b"quantile", b"client|tablewidth", b"client|unknownfields",
           b"client|caching", b"client|tracking", b"query|complete", b"query|after", b"query|save", b"query|saved", b"query|forget",
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
