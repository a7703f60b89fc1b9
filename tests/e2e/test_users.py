"""Users and their rules: commands, keys, channels, datasets; where they are kept; and what Redis says to the same."""

import os
import random

import quipu_harness as harness
from access_harness import NOAUTH, NOKEY, WRONGPASS, AccessCase, no_command, no_dataset
from quipu_harness import Redis, ReplyError, pairs


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


if __name__ == "__main__":
    harness.main()
