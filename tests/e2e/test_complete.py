"""QUERY COMPLETE: what may stand at a place in a query: the language, datasets, fields, values. By QUIPU_METHOD.

    python3 tests/e2e/test_complete.py                       QUIPU_SEED=7 for the random queries"""

import os
import random
import re
import signal
import socket
import struct
import time
import unittest

import quipu_harness as harness
from oracle import write
from quipu_harness import METHOD, Redis, Server, ServerCase
from random_language import FEATURES, LanguageData

SEED = int(os.environ.get("QUIPU_SEED") or time.time_ns() % 1000000)
QUERIES = 60
TOKENS = re.compile(rb"\s*('(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\"|`(?:[^`]|``)*`|&&|\|\||[<>=!]=|<>|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?"
                    rb"|[^\W\d][\w.:-]*|.)", re.S)
SIGNS = {b"==": b"=", b"<>": b"!="}


def tree(reply):
    """RESP2's flat arrays as RESP3 has them."""
    if isinstance(reply, dict):
        return reply
    found = dict(zip(reply[0::2], reply[1::2]))
    found[b"items"] = [dict(zip(item[0::2], item[1::2])) for item in found[b"items"]]
    error = found[b"error"]
    found[b"error"] = error and dict(zip(error[0::2], error[1::2]))
    return found


class CompleteCase(ServerCase):
    def complete(self, text, cursor=None, client=None):
        text = text if isinstance(text, bytes) else text.encode()
        if cursor is None:
            cursor = text.find(b"|") if b"|" in text.replace(b"||", b"") else len(text)
            text = text.replace(b"|", b"", 1) if cursor < len(text) else text
        return tree((client or self.client).call("QUERY", "COMPLETE", text, cursor))

    def items(self, text, *kinds, client=None):
        return [item[b"text"] for item in self.complete(text, client=client)[b"items"] if item[b"kind"].decode() in kinds]

    def assert_items(self, expected, text, *kinds, client=None):
        """The server takes half a second for it, and a machine may be busy for longer."""
        until = time.monotonic() + 60
        while (found := self.items(text, *kinds, client=client)) != expected and time.monotonic() < until:
            pass
        self.assertEqual(found, expected)


class Completion(CompleteCase):
    def setUp(self):
        super().setUp()
        for i in range(12):
            self.hset("profile_%d" % i, sex="female" if i < 7 else "male", age=20 + i, region="far east" if i % 3 else "north")
        self.hset("profile_12", sex="x", likes="red,blue")

    def test_the_shape(self):
        expected = {b"from": 6, b"items": [{b"text": b"sex", b"kind": b"field", b"label": None, b"count": None}], b"error": None}
        self.assert_items([b"sex"], "count se| from current", "field")
        self.assertEqual(self.complete("count se| from current"), expected)
        self.assertEqual(self.complete("count se"), expected)
        with self.server.client(resp3=True) as client:
            self.assertEqual(client.call("query", "complete", "count se from current", 8), expected)

    def test_words_functions_signs(self):
        self.assert_items([b"count", b"values", b"rows", b"describe", b"explain", b"profile"], "", "keyword")
        self.assertEqual(self.items("", "function")[:2], [b"sum", b"avg"])
        for mode in ("explain", "profile"):
            self.assert_items([b"count", b"values", b"rows", b"describe"], mode + " ", "keyword")
            self.assert_items([b"current"], mode + " describe c", "dataset")
            self.assert_items([b"sex"], mode + " rows se| from current", "field")
        self.assert_items([b","], "count sex ", "punctuation")
        self.assert_items([b"FROM"], "count sex F", "keyword")

    def test_datasets(self):
        self.client.call("DATASET", "CREATE", "other people", "PREFIX", "person_")
        self.client.call("DATASET", "ALIAS", "latest", "current")
        try:
            self.assert_items([b"current", b"latest", b"`other people`"], "count sex from ", "dataset")
            self.assert_items([b"latest"], "describe l", "dataset")
            self.assert_items([b"sex"], "count se from latest where se|", "field")
            # no dataset is named: the fields of all
            self.hset("person_1", serial="7")
            self.assert_items([b"sex", b"serial"], "count se", "field")
            self.assert_items([], "count sex in {f", "value")
        finally:
            self.client.call("DATASET", "UNALIAS", "latest")
            self.client.call("DATASET", "DROP", "other people")

    def test_fields(self):
        self.assert_items([b"age", b"likes", b"region", b"sex"], "count | from current", "field")
        self.assert_items([b"age"], "avg(a|) from current", "field")
        self.assert_items([], "count | from nowhere", "field")
        self.client.call("DATASET", "LABEL", "current", "sex", "Sex of the respondent")
        (item,) = self.complete("count se from current", 8)[b"items"]
        self.assertEqual(item[b"label"], b"Sex of the respondent")
        self.client.call("DATASET", "LABEL", "current", "sex", "")

    def test_names_of_the_query_itself(self):
        head = "count, avg(age) as mean by sex, region in {north} as `where from` from current "
        self.assert_items([b"mean", b"sex", b"`where from`"], head + "order by ", "name", "field")
        self.assert_items([b"mean"], head + "having m", "name", "field")
        self.assert_items([b"sex"], head + "having mean > 5 order by mean desc, s", "name", "field")
        self.assert_items([b"age"], head + "order by sum(a", "name", "field")
        self.assert_items([b"age", b"likes", b"region", b"sex"], "rows sex from current order by ", "name", "field")

    def test_values_by_frequency(self):
        found = self.complete("count from current where sex = ")[b"items"]
        self.assertEqual([(item[b"text"], item[b"count"]) for item in found], [(b"female", 7), (b"male", 5), (b"x", 1)])
        self.assert_items([b"north"], "count from current where region in {n", "value")
        self.assert_items([b"'far east'", b"north"], "count region in {| from current", "value")
        self.assertEqual(self.items("count from current where age > 2", "value")[:2], [b"20", b"21"])
        self.assert_items([], "count from current where nobody = ", "value")

    def test_values_of_a_field_with_several(self):
        self.client.call("DATASET", "ALTER", "current", "FIELD", "likes", "MULTI", ",")
        try:
            self.assert_items([b"blue", b"red"], "count from current where likes = ", "value")
        finally:
            self.client.call("DATASET", "ALTER", "current", "FIELD", "likes", "PLAIN")

    def test_labels_of_values(self):
        self.client.call("DATASET", "LABEL", "current", "sex", "male", "Männlich")
        try:
            found = {item[b"text"]: item[b"label"] for item in self.complete("count from current where sex = ")[b"items"]}
            self.assertEqual(found, {b"female": None, b"male": "Männlich".encode(), b"x": None})
        finally:
            self.client.call("DATASET", "LABEL", "current", "sex")

    def test_many_values(self):
        """The most frequent 50; of those that are too many to be read, the ones that begin as what is typed."""
        names = ["n%05d" % i for i in range(10200)]
        self.client.pipeline([("HSET", "profile_%d" % (1000 + i), "name", name) for i, name in enumerate(names)])
        self.rows |= {"profile_%d" % (1000 + i) for i in range(len(names))}
        self.assert_items([], "count from current where name = ", "value")
        self.assert_items([b"n%05d" % i for i in range(10, 20)], "count from current where name = n0001", "value")
        self.assert_items([], "count from current where name = n", "value")
        self.assert_items([b"n00%03d" % i for i in range(50)], "count from current where name = n00", "value")

    def test_mistakes(self):
        error = self.complete("count sex form current where sex = ")[b"error"]
        self.assertEqual((error[b"from"], error[b"to"]), (10, 14))
        self.assertEqual(error[b"message"], b"at column 11: expected ',', IN, BY or FROM, found 'form'")
        self.assertIsNone(self.complete("count sex fr")[b"error"])
        self.assertIsNone(self.complete("count from current where sex = 'open")[b"error"])
        # bytes, not characters
        self.assertEqual(self.complete("count größe bar")[b"error"][b"from"], len("count größe ".encode()))

    def test_wrong_words(self):
        for cursor in ("x", "-1", "4", "1.5", ""):
            self.assert_error("ERR", "QUERY", "COMPLETE", "cou", cursor, contains="0 to 3")
        self.assert_error("ERR", "QUERY", "COMPLETE", "cou")
        self.assert_error("LIMIT", "QUERY", "COMPLETE", "x" * (1 << 20) + "x", 0)

    def test_it_is_no_query_of_the_statistics(self):
        before = harness.info(self.client, "stats")
        self.complete("count | from current")
        self.complete("count from current where nobody = ")
        after = harness.info(self.client, "stats")
        self.assertEqual([(k, before[k], after[k]) for k in before if k.startswith("quer") and before[k] != after[k]], [])

    def test_any_bytes(self):
        rng = random.Random(SEED)
        parts = [b"count ", b"from current ", b"where ", b"sex ", b"= ", b"'", b"`", b"{", b"(", b"\x00", b"\xff", b"[1,", b"%", b"\\", b"1e999", b"007"]
        for _ in range(200):
            text = b"".join(rng.choice(parts) for _ in range(rng.randrange(9)))
            cursor = rng.randrange(len(text) + 1)
            found = self.complete(text, cursor)
            self.assertLessEqual(found[b"from"], cursor, (SEED, text))


class Rights(CompleteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.server.client() as client:
            client.call("DATASET", "CREATE", "people", "PREFIX", "person_")
            client.call("ACL", "SETUSER", "ann", "on", ">sesame", "~*", "dataset:people", "+@all")
            client.call("ACL", "SETUSER", "bob", "on", ">sesame", "~*", "alldatasets", "+@all", "suppress-below:3")
            client.call("ACL", "SETUSER", "eve", "on", ">sesame", "~*", "alldatasets", "+query|complete")

    def logged_in(self, name):
        client = self.server.client()
        self.addCleanup(client.close)
        client.call("AUTH", name, "sesame")
        return client

    def setUp(self):
        super().setUp()
        for i in range(5):
            self.hset("profile_%d" % i, sex="female", secret="s%d" % i)
            self.hset("person_%d" % i, name="n%d" % i)
        self.hset("profile_9", sex="male", rare="r")

    def test_a_user_sees_their_own_datasets(self):
        ann = self.logged_in("ann")
        self.assert_items([b"people"], "count from ", "dataset", client=ann)
        self.assert_items([b"name"], "count | from people", "field", client=ann)
        self.assert_items([b"name"], "count ", "field", client=ann)
        self.assert_items([], "count | from current", "field", client=ann)
        self.assert_items([], "count from current where sex = ", "value", client=ann)
        self.assertIn(b"not", self.items("count from current where ", "keyword", client=ann))

    def test_a_mistyped_dataset_is_proposed_to_who_may_see_it(self):
        self.client.call("ACL", "SETUSER", "eve3", "on", ">sesame", "~*", "dataset:people", "dataset:currant", "dataset:poeple", "+@all")
        eve = self.logged_in("eve3")
        self.assert_error("NODATASET", "COUNT", "from", "poeple", client=eve, contains="there is no dataset 'poeple'; did you mean 'people'?")
        told = self.assert_error("NODATASET", "COUNT", "from", "currant", client=eve)
        self.assertEqual(told, "NODATASET at column 12: there is no dataset 'currant'")
        for words in (("QUERY", "count from `currant`"), ("DATASET", "INFO", "currant"), ("DATASET", "DESCRIBE", "currant"),
                      ("DATASET", "VERSION", "currant"), ("DATASET", "DROP", "currant"), ("DATASET", "LABEL", "currant", "a", "b"),
                      ("DATASET", "REINDEX", "currant")):
            self.assert_error("NODATASET", *words, contains="'currant'; did you mean 'current'?")

    def test_a_floor_hides_values_and_rare_fields(self):
        bob = self.logged_in("bob")
        self.assert_items([], "count from current where sex = ", "value", client=bob)
        self.assert_items([b"rare", b"secret", b"sex"], "count | from current", "field")
        self.assertNotIn(b"rare", self.items("count | from current", "field", client=bob))
        self.assertIn(b"sex", self.items("count | from current", "field", client=bob))

    def test_who_may_ask_nothing_sees_the_language(self):
        eve = self.logged_in("eve")
        self.assert_items([], "count | from current", "field", "value", client=eve)
        self.assertIn(b"from", self.items("count ", "keyword", client=eve))
        self.assert_items([], "count from current where sex = ", "value", client=eve)

    def test_without_the_right(self):
        self.client.call("ACL", "SETUSER", "eve2", "on", ">sesame", "+ping")
        self.assert_error("NOPERM", "QUERY", "COMPLETE", "cou", 3, client=self.logged_in("eve2"))


class Shards(unittest.TestCase):
    """Shards that do not answer."""

    def test_a_stopped_shard_leaves_the_language(self):
        redis = Redis()
        server = Server(1, shard_words=["static", "unix:" + redis.socket], options=["--method", "sets"])
        try:
            with server.client() as client:
                client.call("HSET", "profile_1", "sex", "female")
                self.assertEqual(tree(client.call("QUERY", "COMPLETE", "count ", 6))[b"items"][0][b"text"], b"sex")
                os.kill(redis.process.pid, signal.SIGSTOP)
                try:
                    found = tree(client.call("QUERY", "COMPLETE", "count ", 6))
                    self.assertEqual([item[b"text"] for item in found[b"items"] if item[b"kind"] != b"punctuation"], [b"from", b"by"])
                    self.assertIsNone(found[b"error"])
                    # who leaves while it waits takes nothing along
                    leaving = socket.create_connection(("127.0.0.1", server.port))
                    leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    leaving.sendall(harness.encode(("QUERY", "COMPLETE", "count ", 6)))
                    server.wait_until(lambda: len(client.call("QUERY", "LIST")) == 1, "it is asked")
                    leaving.close()
                    server.wait_until(lambda: client.call("QUERY", "LIST") == [], "it has left")
                finally:
                    os.kill(redis.process.pid, signal.SIGCONT)
                server.wait_until(lambda: tree(client.call("QUERY", "COMPLETE", "count ", 6))[b"items"][0][b"text"] == b"sex", "fields again")
            server.stop()
        finally:
            server.close()
            redis.close()


class Random(CompleteCase):
    def test_what_follows_in_a_random_query_is_offered(self):
        rng = random.Random(SEED)
        data = LanguageData(rng, 30, FEATURES)
        self.client.call("FLUSHALL")
        for command in data.definition_commands():
            self.client.call(*command)
        self.client.pipeline(data.load_commands())
        for _ in range(QUERIES):
            text = write(data.query(), rng)
            with self.subTest(seed=SEED, query=text):
                self.check(text, rng)

    def check(self, text, rng):
        """A sign must be offered. So must a word, unless a name, a value or a label may stand there: it may be one."""
        at, last = 0, b""
        for found in TOKENS.finditer(text):
            token = found.group(1)
            at = found.start(1)
            reply = self.complete(text[:at] + b" " + text[at:], at + 1 if at else 0)
            offered = {item[b"text"].lower() for item in reply[b"items"]}
            kinds = {item[b"kind"] for item in reply[b"items"]}
            self.assertIsNone(reply[b"error"], text[:at])
            if re.match(rb"[^\w'\"`\s+-]", token) and not re.match(rb"\.[0-9]", token):
                self.assertIn(SIGNS.get(token, token), offered, text[:at])
            elif re.fullmatch(rb"[A-Za-z]+[0-9]?", token) and token.lower() not in offered:
                takes_names = last == b"as" or last == b"into" or kinds & {b"field", b"name", b"value", b"dataset"}
                self.assertTrue(takes_names or self.may_be_a_name(text[:at]), (text[:at], token, offered))
            last = token.lower()
            if rng.random() < 0.2:
                self.complete(text, rng.randrange(len(text) + 1))  # in the middle of anything

    def may_be_a_name(self, front):
        """Whether any word at all can stand there."""
        return self.complete(front + b" zzzz zzzz")[b"error"] is None or b"column %d:" % (len(front) + 2) not in \
            self.complete(front + b" zzzz zzzz")[b"error"][b"message"]


if __name__ == "__main__":
    harness.main()
