"""A user with a floor (suppress-below), end to end over every kind of answer; and INTO under SUPPRESS. By QUIPU_METHOD.

What SUPPRESS BELOW of the same number would answer is what the user is answered, and the oracle's attacker (oracle_secrets.py) finds
nothing in it. What may tell small counts whatever is hidden is refused. What is not a table (DESCRIBE, errors) is the same whatever
the few rows are.

    python3 tests/e2e/test_floor.py                                     FLOOR_ROUNDS=2000 is a soak; QUIPU_SEED=7"""

import os
import random
import re
import time
import unittest

import quipu_harness as harness
from oracle import QueryError, answers, asker, differs, write
from oracle_query import Dataset
from query_reader import read_query
from quipu_harness import METHOD, ReplyError, Server
from random_language import FEATURES, LanguageData

FLOOR = 5
SEED = int(os.environ.get("QUIPU_SEED") or time.time_ns() % 1000000)
ROUNDS = int(os.environ.get("FLOOR_ROUNDS") or 60)
ROUNDS_OF_A_BLOCK = 30


class FloorCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(2, ("--partitions", 8, "--method", METHOD, "--query-timeout", "120000"))
        cls.client = cls.server.client()
        cls.client.call("ACL", "SETUSER", "ann", "on", ">secret", "~*", "&*", "alldatasets", "+@all", "suppress-below:%d" % FLOOR)
        cls.ann, cls.ann3 = cls.server.client(), cls.server.client(resp3=True)
        for client in (cls.ann, cls.ann3):
            client.call("AUTH", "ann", "secret")

    @classmethod
    def tearDownClass(cls):
        for client in (cls.ann, cls.ann3, cls.client):
            client.close()
        cls.server.stop()
        cls.server.close()

    def load(self, rows):
        self.client.call("FLUSHALL")
        self.client.pipeline([("HSET", key, *(part for pair in row.items() for part in pair)) for key, row in rows.items()])

    def load_random(self, rng):
        data = LanguageData(rng, rng.choice((30, 100, 200)), FEATURES - {"warnings", "top", "quantiles"})
        self.client.call("FLUSHALL")
        for command in data.definition_commands():
            self.client.call(*command)
        self.client.pipeline(data.load_commands())
        return data

    def refused(self, *words, client=None):
        with self.assertRaises(ReplyError, msg=words) as caught:
            (client or self.ann).call(*words)
        return caught.exception.text

    def check_hash(self, client, text):
        """INTO has the lines of FORMAT CSV without their heads, a table's number before each if there are several, and not the totals
        of nothing."""
        self.client.call("DEL", "key")
        try:
            ncells = client.call("QUERY", text + b" into key")
        except ReplyError as error:
            self.assertIn("two cells have the same labels", error.text)
            return 0
        found = self.client.call("HGETALL", "key")
        tables = [table.split(b"\r\n")[1:] for table in client.call("QUERY", text + b" format csv")[:-2].split(b"\r\n\r\n")]
        tables = [[line if line != b'""' else b"" for line in table] for table in tables]  # a hidden cell without labels
        shown = {b"%s%s" % (b"%d," % i if len(tables) > 1 else b"", line) for i, table in enumerate(tables, 1) for line in table}
        written = {field + b"," + value for field, value in zip(found[::2], found[1::2])}
        written = {line if line in shown else line[1:] for line in written}  # a table without dimensions has no labels
        self.assertLessEqual(written, shown, text)
        self.assertEqual({line for line in shown - written if not re.search(b"(^|,)0?(,0?)*$", line)}, set(), text)
        self.assertEqual((ncells, ncells), (len(written), self.client.call("HLEN", "key")), text)
        return ncells


class EachKind(FloorCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng, cls.rows = random.Random(20261129), {}
        for i in range(150):
            row = {b"sex": rng.choice((b"f", b"m")), b"region": rng.choices((b"n", b"s", b"w", b"e"), (60, 30, 8, 2))[0],
                   b"likes": b",".join(rng.sample((b"red", b"blue", b"gold"), rng.choice((1, 1, 2)))), b"age": b"%d" % rng.randrange(20, 70),
                   b"w": rng.choice((b"1", b"2", b"0.5", b"0")), b"born": b"20%02d-0%d-11" % (rng.randrange(4), rng.randrange(1, 10))}
            if i % 40 == 0:
                del row[b"age"]
            cls.rows[b"profile_%d" % i] = row

    def setUp(self):
        self.load(self.rows)
        self.client.call("DATASET", "ALTER", "current", "FIELD", "likes", "MULTI", ",")
        self.dataset = Dataset(self.rows, {b"likes": b","}, {}, {})

    def test_tables(self):
        """Each is right, hides what SUPPRESS BELOW hides, and tells an attacker nothing of that."""
        texts = (
            "count from current where region = e", "count region from current", "count region in {n, s, w, e, x}, sex in {f, m} from current",
            "count region, sex from current totals", "count region in {n, s, w, e}, sex in {f, m}, likes from current totals",
            "count region, sex from current percent of row", "count region, sex from current totals percent of column with count",
            "count region, sex from current percent of total", "count (region), (sex, region), (likes in {red, blue}) from current totals",
            "count (region in {n, s, w, e}), (region in {(n, s), w, e}) from current", "count, sum(age), avg(age), stddev(age), distinct(age) by region, sex from current totals",
            "sum(age), variance(w) by region from current", "distinct(age) by region in {net(n, w), e, other} from current",
            "count region, sex from current weight by w totals", "sum(age) by region from current weight by w",
            "count likes, region from current totals", "count born by quarter, region from current", "count age by 10 from current totals",
            "count {when (region = e) as e, when (age > 30) as old} as w from current totals", "values region from current", "values likes from current where region = w",
            "count region, sex from current order by count desc", "count region, sex from current order by region limit 3",
            "count, avg(age) by region in {n, s, w, e}, sex from current totals order by count limit 4 offset 2", "distinct(likes) by region from current order by distinct(likes)",
            "count region, sex from current percent of row limit 5 offset 1",
        )
        for text in texts:
            for form in ("", "map", "json", "csv", "nested", "rows", "table", "markdown"):
                asked = text + (" format " + form) * bool(form)
                if form == "nested" and (" order by " in text or " limit " in text) or text.startswith("values") and form not in ("", "csv", "json", "map"):
                    continue
                query = read_query(asked)
                query.suppress = FLOOR
                for client, resp3 in ((self.ann, False), (self.ann3, True)):
                    if resp3 != (form == "table") and form in ("table", "markdown"):
                        continue  # one text, whichever the protocol
                    found = differs(query, self.dataset, client.call("QUERY", asked), resp3, asker(client))
                    self.assertIsNone(found, asked)
                    if form in ("map", "json") and not text.startswith("values"):
                        same = client.call("QUERY", asked + " suppress below 2")  # the user's floor holds all the same
                        self.assertIsNone(differs(query, self.dataset, same, resp3, asker(client)), asked)

    def test_what_is_not_a_table_of_counts(self):
        for text in ("count sex, region from current test chi2 format json", "count sex, region from current test columns format json",
                     "count sex, region from current residuals format json", "count sex from current percent of total ci 0.95",
                     "min(age) by sex from current", "max(age) from current", "median(age) by sex from current", "quantile(age, 0.9) from current",
                     "count sex from current having count > 10", "count region in {top 2, other} from current",
                     "count age in {by 4 quantiles} from current", "rows sex from current limit 1", "rows * from current order by age",
                     "sum(age) by age by 10 from current", "count w from current weight by w",
                     "explain count from current", "profile count from current where region = e", "explain rows sex from current",
                     "profile rows sex from current", "explain describe current", "profile describe current", "profile values region from current"):
            for own in ("", " suppress below 2"):  # and no floor of the query's own makes it lower
                if own and text.split()[0] in ("explain", "profile") or own and text.startswith("rows"):
                    continue
                said = self.refused("QUERY", text + own)
                self.assertTrue(said.startswith("NOPERM" if not own else ("NOPERM", "ERR")), (text, said))
        for words in (("QUIPU.COUNT", "count region from current"), ("QUIPU.PARTIAL", "count region from current"), ("QUIPU.EXPLAIN", "count from current"),
                      ("QUIPU.FIND", "0", "rows sex from current"), ("QUERY", "AFTER", "profile_1", "rows sex from current"), ("QUIPU.INFO", "current"), ("DATASET", "VERIFY", "current"), ("DATASET", "INFO", "current")):
            said = self.refused(*words)
            self.assertTrue(said.startswith(("NOPERM", "ERR unknown command")), (words, said))

    def test_ten_thousand_cells(self):
        """They are hidden beside the event loop, with bounded work (test_secrets_attack); one row of cells more is refused."""
        rng = random.Random(7)
        rows = {b"profile_%d" % i: {b"a": b"%d" % rng.randint(1, 99), b"b": b"%d" % rng.randint(1, 99)} for i in range(20000)}
        self.load(rows)
        text = "count a in [1,99], b in [1,%d] from current totals"
        self.ann.send("QUERY", text % 99)
        self.assertEqual(self.client.call("PING"), b"PONG")
        found = self.ann.read()
        counts = [[0] * 100 for _ in range(100)]
        for row in rows.values():
            a, b = int(row[b"a"]) - 1, int(row[b"b"]) - 1
            for i in (a, 99):
                for j in (b, 99):
                    counts[i][j] += 1
        hidden = sum(cell is None for line in found for cell in line)
        small = sum(1 <= n < FLOOR for line in counts for n in line)
        self.assertEqual([[None if cell is None else n for cell, n in zip(*lines)] for lines in zip(found, counts)], found)
        self.assertFalse([n for lines in zip(found, counts) for cell, n in zip(*lines) if cell is not None and 1 <= n < FLOOR])
        self.assertTrue(small <= hidden < 2 * small, (small, hidden))
        self.assertIn("LIMIT", self.refused("QUERY", text % 100))

    def test_into(self):
        for text in (b"count region from current", b"count region, sex from current totals", b"count (region), (sex, likes) from current totals",
                     b"count, avg(age) by region, sex from current", b"count region, sex from current totals percent of row", b"count from current where region = e"):
            self.check_hash(self.ann, text)

    def test_no_error_tells_a_sum_or_how_many_decimals_a_value_has(self):
        """Sums that two shards cannot bring to the same decimals."""
        self.assertNotEqual(*(self.client.call("CLUSTER", "KEYSLOT", key) * 2 // 16384 for key in ("profile_3", "profile_5")))
        for large, small in (("profile_3", "profile_5"), ("profile_5", "profile_3")):
            rows = {"profile_%d" % i: {"a": "1", "v": "3"} for i in range(40)}
            rows[large]["v"], rows[small]["v"] = "7" * 37, "0." + "0" * 30 + "9"
            self.load(rows)
            for client in (self.ann, self.client):
                text = self.refused("QUERY", "count, sum(v) by a from current suppress below %d" % FLOOR, client=client)
                self.assertRegex(text, "^LIMIT a sum of 'v' .* has too many digits$")
                self.assertNotRegex(text, "[0-9]")

    def test_no_error_tells_a_value(self):
        """Values that no sum has room for, each of a single row."""
        for value in ("7" * 39, "7" * 60, "0." + "0" * 10 + "7" * 100):
            self.load({"profile_%d" % i: {"a": "1", "v": value if i == 3 else "3.5"} for i in range(40)})
            for client in (self.ann, self.client):
                for measures in ("sum(v)", "avg(v), stddev(v)"):
                    text = self.refused("QUERY", "count, %s by a from current suppress below %d" % (measures, FLOOR), client=client)
                    self.assertEqual(text, "LIMIT a value, or a sum, has too many digits")

    def test_what_few_rows_have_decides_nothing(self):
        """Two worlds that differ in what is to be hidden alone."""
        texts = ("describe current", "describe current format table", "values rare from current", "count rare from current totals format json",
                 "count rare, sex from current", "count, distinct(rare) by sex from current format map", "count (rare), (sex) from current format csv",
                 "count orgin from current where rare = q format json")
        told = []
        for values in ((b"1", b"2"), (b"x", b"2012-06-01")):
            rows = dict(self.rows)
            rows.update({b"profile_r%d" % i: {b"sex": b"f", b"rare": value} for i, value in enumerate(values)})
            self.load(rows)
            told.append([])
            for text in texts:
                reply = self.ann.call("QUERY", text)
                reply = reply if isinstance(reply, bytes) else repr(reply).encode()
                told[-1].append(reply.split(b"took_us")[0])  # how long it took differs
        self.assertEqual(*told)


class Random(FloorCase):
    """Random rows, and random queries that know nothing of a floor."""

    def check(self, data, query, rng, client, resp3):
        own, into, query.into = query.suppress, query.into, None
        text = write(query, rng)
        query.suppress = max(own or 0, FLOOR)
        try:
            reply = client.call("QUERY", text)
        except ReplyError as error:
            reply = error
        is_error = isinstance(reply, ReplyError)
        try:
            if query.statement == "rows":
                raise QueryError("ERR", "rows")
            if is_error:
                answers(query, data.dataset)
                found = None if reply.code == "LIMIT" else "an error: %s" % reply.text
            else:
                found = differs(query, data.dataset, reply, resp3, asker(client))
        except QueryError as error:
            found = None if is_error and reply.code in (error.code, "NOPERM") else "not refused, as it is %s" % error
        self.assertIsNone(found, "seed %d, %s" % (SEED, text.decode("utf-8", "backslashreplace")))
        if into is not None and not is_error:
            self.check_hash(client, text)
        query.suppress, query.into = own, into
        return not is_error

    def test_random_queries(self):
        print("seed %d" % SEED)
        nanswered = 0
        for start in range(0, ROUNDS, ROUNDS_OF_A_BLOCK):
            rng = random.Random("%d %d" % (SEED, start))
            data = self.load_random(rng)
            for _ in range(ROUNDS_OF_A_BLOCK):
                query = data.query()
                if query.statement == "crosstab" and rng.random() < 0.8:
                    data.add_secrecy(query)  # no measures and options that are refused
                    query.suppress = rng.choice((None, None, 1, 2, 20))
                for client, resp3 in ((self.ann, False), (self.ann3, True)):
                    nanswered += self.check(data, query, rng, client, resp3)
        self.assertGreater(nanswered, ROUNDS // 2)


class IntoUnderSuppress(FloorCase):
    """INTO of a query that hides by its own SUPPRESS: the hash has what csv shows, and all that is in it is right."""

    def test_random(self):
        print("seed %d" % SEED)
        nwritten = 0
        for start in range(0, ROUNDS, ROUNDS_OF_A_BLOCK):
            rng = random.Random("into %d %d" % (SEED, start))
            data = self.load_random(rng)
            for _ in range(ROUNDS_OF_A_BLOCK):
                query = data.query()
                while query.statement != "crosstab" or not any(query.tables):
                    query = data.query()
                data.add_secrecy(query)
                query.suppress, query.format, query.into = rng.choice((2, 3, 8)), None, None
                text = write(query, rng)
                try:
                    csv = self.client.call("QUERY", text + b" format csv")
                except ReplyError as error:
                    self.assertIn(error.code, ("ERR", "LIMIT"), text)
                    continue
                query.format = "csv"
                self.assertIsNone(differs(query, data.dataset, csv, False, asker(self.client)), "seed %d, %r" % (SEED, text))
                nwritten += self.check_hash(self.client, text)
        self.assertGreater(nwritten, 0)



if __name__ == "__main__":
    harness.main()
