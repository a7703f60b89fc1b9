"""What datasets say about their fields: DATASET ALTER, LABEL, DESCRIBE; kept over a restart."""

import json
import unittest

from quipu_harness import ReplyError, Server, ServerCase, pairs


def described(client, name="current"):
    """{field: (multi, epoch, {value: label})}"""
    found = {}
    for entry in client.call("DATASET", "DESCRIBE", name):
        entry = pairs(entry)
        found[entry["field"].decode()] = (entry["multi"], entry["epoch"], pairs(entry["labels"]))
    return found


class Fields(ServerCase):
    def say(self, *words):
        self.assertEqual(self.client.call("DATASET", *words), b"OK")

    def tearDown(self):
        for field in described(self.client):
            self.say("LABEL", "current", field)
            self.say("ALTER", "current", "FIELD", field, "PLAIN")
        self.assertEqual(described(self.client), {})
        super().tearDown()

    def test_what_is_said_is_described(self):
        self.say("LABEL", "current", "sex", "1", "Male", "2.0", "Female", "x y", "")
        self.say("ALTER", "current", "FIELD", "colours", "MULTI", ",")
        self.say("alter", "current", "field", "at", "epoch", "MS")
        self.assertEqual(
            described(self.client),
            {"sex": (None, None, {"1": b"Male", "2": b"Female"}), "colours": (b",", None, {}), "at": (None, b"ms", {})},
        )
        self.say("LABEL", "current", "sex", "1", "Man", "2", "", "3", "d\u00e9j\u00e0 \u2713 100%\n")
        self.say("ALTER", "current", "FIELD", "colours", "EPOCH", "s")
        self.say("ALTER", "current", "FIELD", "at", "PLAIN")
        self.assertEqual(
            described(self.client),
            {"sex": (None, None, {"1": b"Man", "3": "d\u00e9j\u00e0 \u2713 100%\n".encode()}), "colours": (None, b"s", {})},
        )

    def test_an_alias_means_its_dataset(self):
        self.say("CREATE", "people", "PREFIX", "person_", "MULTI", "langs", ";")
        self.say("ALIAS", "folk", "people")
        self.say("LABEL", "folk", "sex", "1", "Male")
        self.assertEqual(described(self.client, "people"), {"langs": (b";", None, {}), "sex": (None, None, {"1": b"Male"})})
        self.assertEqual(described(self.client), {})
        self.say("UNALIAS", "folk")
        self.say("DROP", "people")

    def test_what_is_refused_says_why(self):
        for words, text in (
            (("LABEL", "nothing", "sex", "1", "x"), "no dataset 'nothing'"),
            (("LABEL", "current", "sex", "1", "x", "2"), "a label behind each value"),
            (("ALTER", "current", "COLUMN", "sex", "PLAIN"), "takes FIELD, not 'COLUMN'"),
            (("ALTER", "current", "FIELD", "sex", "MULTI"), "MULTI separator, EPOCH s|ms or PLAIN"),
            (("ALTER", "current", "FIELD", "sex", "MULTI", ""), "1 to 16 bytes"),
            (("ALTER", "current", "FIELD", "sex", "EPOCH", "h"), "s or ms, not 'h'"),
            (("ALTER", "current", "FIELD", "", "PLAIN"), "a field has a name"),
            (("CREATE", "others", "PREFIX", "x_", "MULTI", "f"), "MULTI field separator"),
            (("DESCRIBE", "nothing"), "no dataset 'nothing'"),
        ):
            with self.assertRaises(ReplyError) as caught:
                self.client.call("DATASET", *words)
            self.assertIn(text, str(caught.exception), words)

    def write(self, *rows):
        for i, row in enumerate(rows):
            self.client.call("HSET", "profile_%d" % i, *row)
            self.addCleanup(lambda key="profile_%d" % i: self.client.call("DEL", key))

    def test_labels_are_shown(self):
        self.write(("sex", "1"), ("sex", "1.0"), ("sex", "2"), ("sex", "9"))
        self.say("LABEL", "current", "sex", "1", "Male", "2", "Fe|male")
        self.assertEqual(
            self.query("count sex in {1, 2 as two, 9} from current format table").decode(),
            "sex   count\n-----------\nMale      2\ntwo       1\n9         1\nbase 4\n",
        )
        self.assertIn(b"| Fe\\|male | 1 |", self.query("count sex from current format markdown"))
        positions = json.loads(self.query("count sex from current format json"))["dims"][0]["positions"]
        self.assertEqual([(p["label"], p["text"]) for p in positions], [("1", "Male"), ("2", "Fe|male"), ("9", None)])
        self.assertEqual(self.query("count sex from current format csv"), b"sex,count\r\n1,2\r\n2,1\r\n9,1\r\n")
        # A query that is prepared already has the new label.
        self.say("LABEL", "current", "sex", "1", "Man")
        self.assertIn(b"\nMan ", self.query("count sex in {1, 2 as two, 9} from current format table"))

    def test_several_values(self):
        self.write(("c", "red,blue", "s", "1"), ("c", "red", "s", "1"), ("c", "blue,green,blue", "s", "2"), ("c", ",", "s", "2"))
        whole = [[b",", 1], [b"blue,green,blue", 1], [b"red", 1], [b"red,blue", 1]]
        self.assertEqual(self.query("count c from current"), whole)
        self.say("ALTER", "current", "FIELD", "c", "MULTI", ",")
        parts = [[b"blue", 2], [b"green", 1], [b"red", 2]]
        self.assertEqual(self.query("count c from current"), parts)
        self.assertEqual(self.query("values c from current"), parts)
        self.assertEqual(self.query("count c in {red, blue} from current where s = 1"), [2, 1])
        self.assertEqual(self.query("count s, c in {(red, green) as rg, missing} from current format nested"), [[2, 0], [1, 1]])
        answer = json.loads(self.query("count c from current totals format json"))
        self.assertEqual((answer["cells"], answer["dims"][0]["overlaps"], answer["base"]), ([2, 1, 2, 3], True, 4))
        self.assertEqual(answer["excluded"]["position"], 1)
        for query in ("sum(c) from current", "count from current weight by c"):
            with self.assertRaises(ReplyError) as caught:
                self.query(query)
            self.assertIn("'c' has several values", str(caught.exception))
        self.say("ALTER", "current", "FIELD", "c", "PLAIN")
        self.assertEqual(self.query("count c from current"), whole)

    def test_conditions_hold_for_any_of_several_values(self):
        self.write(("c", "red,blue"), ("c", "red"), ("c", "blue,green,blue"), ("c", ","), ("s", "1"), ("c", "3,12.0"), ("c", "0,9"))
        self.assertEqual(self.query("count from current where c = red"), 1)
        self.say("ALTER", "current", "FIELD", "c", "MULTI", ",")
        for cond, n in (("c = red", 2), ("c != red", 3), ("!(c = red)", 5), ("c in {red, green}", 3), ("c not in {red, green}", 2),
                        ("c exists", 5), ("c is missing", 2), ("c in {red, missing}", 4), ("c = 12", 1), ("c > 1 and c < 5", 2),
                        ("c between 1 and 5", 1), ("c in (3,12]", 2), ("c like 'b%'", 2), ("c not ilike 'B%'", 3), ("c = 'red,blue'", 0),
                        ("c = red and c = blue", 1), ("c = red or s = 1", 3)):
            self.assertEqual(self.query("count from current where %s" % cond), n, cond)
            when = self.query("count {when (%s) as yes, when (!(%s)) as no} as x from current" % (cond, cond))
            self.assertEqual(when, [n, 7 - n], cond)
        # What is kept of a filter is of one reading of the field.
        self.say("ALTER", "current", "FIELD", "c", "MULTI", ",b")
        self.assertEqual(self.query("count from current where c = red"), 2)
        self.assertEqual(self.query("count from current where c = lue"), 2)
        self.say("ALTER", "current", "FIELD", "c", "PLAIN")
        self.assertEqual(self.query("count from current where c = red"), 1)
        self.assertEqual(self.query("count from current where c exists"), 6)

    def test_each_of_several_values_is_described(self):
        self.write(("c", "3,1"), ("c", "2.0,3"), ("c", ","), ("s", "1"), ("c", "10"))

        def describe():
            field = pairs(pairs(self.client.call("DESCRIBE", "current"))["c"])
            return [field[name] for name in ("kind", "values", "exact", "rows", "least", "greatest", "most_frequent")]

        self.assertEqual(describe(), [b"mixed", 4, 1, 4, b"10", b"3,1", b"10"])
        self.say("ALTER", "current", "FIELD", "c", "MULTI", ",")
        self.assertEqual(describe(), [b"integer", 4, 1, 3, b"1", b"10", b"3"])
        self.client.call("CONFIG", "SET", "max-cells", "3")
        self.addCleanup(self.client.call, "CONFIG", "SET", "max-cells", "1000000")
        self.assertEqual(describe(), [None, 1, 0, 3, None, None, None])

    def test_seconds_are_dates(self):
        self.write(("at", "1338508800"), ("at", "1341100800"), ("at", "1341100801"), ("at", "x"))
        self.say("ALTER", "current", "FIELD", "at", "EPOCH", "s")
        self.assertEqual(self.query("count at by month from current"), [[b"2012-06", 1], [b"2012-07", 2]])
        self.say("ALTER", "current", "FIELD", "at", "EPOCH", "ms")
        self.assertEqual(self.query("count at by year from current"), [[b"1970", 3]])
        self.assertEqual(self.query("count from current where at > 1341100800"), 1)

    def test_too_few_words_are_described_too(self):
        """What a user of restricted rights asks for is looked at before anybody counts its words."""
        self.client.call("ACL", "SETUSER", "ann", "on", ">pw", "~x", "alldatasets", "+@all")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        for words in (("LABEL",), ("LABEL", "current"), ("LABELS",), ("LABELS", "current"), ("LABELS", "current", "f"), ("ALTER",), ("ALTER", "current"), ("ALTER", "current", "FIELD"),
                      ("ALTER", "current", "FIELD", "f"), ("CREATE", "x", "MULTI"), ("DESCRIBE",)):
            for before in ((), ("ACL", "DRYRUN", "ann"), ("COMMAND", "GETKEYS")):
                try:
                    self.client.call(*before, "DATASET", *words)
                except ReplyError:
                    pass
                self.assertEqual(self.client.call("PING"), b"PONG", (before, words))

    def test_a_field_has_a_label_of_its_own(self):
        self.write(("sex", "1"), ("age", "31"))
        before = self.client.call("DESCRIBE", "current")
        self.say("LABEL", "current", "sex", "Sex \u2013 as asked")
        self.say("LABEL", "current", "sex", "1", "Male")
        said = [pairs(item) for item in self.client.call("DATASET", "DESCRIBE", "current")]
        self.assertEqual([(item["field"], item["label"].decode(), pairs(item["labels"])) for item in said],
                         [(b"sex", "Sex \u2013 as asked", {"1": b"Male"})])
        told = pairs(self.client.call("DESCRIBE", "current"))
        self.assertEqual(told["age"], pairs(before)["age"])
        self.assertEqual(told["sex"], pairs(before)["sex"] + [b"label", "Sex \u2013 as asked".encode()])
        table = self.query("describe current format table").decode()
        self.assertIn("  label\n", table)
        self.assertIn("  Sex \u2013 as asked\n", table)
        self.assertEqual([line for line in table.split("\n") if line != line.rstrip()], [])
        # Labels of values go without it, and it without them.
        self.say("LABEL", "current", "sex")
        self.assertEqual(pairs(pairs(self.client.call("DESCRIBE", "current"))["sex"])["label"].decode(), "Sex \u2013 as asked")
        self.say("LABEL", "current", "sex", "")
        self.assertEqual(self.client.call("DESCRIBE", "current"), before)
        self.assertEqual(described(self.client), {})

    def test_labels_of_several_fields_are_one_step(self):
        self.say("LABELS", "current", "sex", "1", "Sex asked", "sex", "4", "1", "Male", "2", "Female", "age", "1", "Age")
        said = {item["field"]: item for item in (pairs(item) for item in self.client.call("DATASET", "DESCRIBE", "current"))}
        self.assertEqual((said[b"sex"]["label"], pairs(said[b"sex"]["labels"])), (b"Sex asked", {"1": b"Male", "2": b"Female"}))
        self.assertEqual(said[b"age"]["label"], b"Age")
        for words, text in ((("x", "1"), "not so at 'x'"), (("x", "2", "1"), "not so at 'x'"), (("x", "3", "1", "A", "2"), "behind each value"),
                            (("x", "many", "1"), "not so at 'x'"), (("age", "1", "A", "x"), "not so at 'x'"), (("age", "-1", "A"), "'age'"),
                            (("age", "1", "Years", "", "1", "L"), "a field has a name"), (("age", "1", "Years", "x", "1", "y" * 4097), "4096")):
            with self.assertRaises(ReplyError) as caught:
                self.client.call("DATASET", "LABELS", "current", *words)
            self.assertIn(text, str(caught.exception), words)
        self.assertEqual(pairs(self.client.call("DATASET", "DESCRIBE", "current")[1])["label"], b"Age")
        self.say("LABELS", "current", "sex", "0", "sex", "1", "", "age", "1", "")
        self.assertEqual(described(self.client), {})

    def test_labels_change_no_answer_of_rows(self):
        self.client.call("HSET", "profile_1", "sex", "1")
        self.say("LABEL", "current", "sex", "1", "Male")
        self.assertEqual(self.query("count sex from current"), [[b"1", 1]])
        self.client.call("DEL", "profile_1")


class Kept(unittest.TestCase):
    def test_over_a_restart(self):
        with Server(2) as server:
            with server.client() as client:
                client.call("DATASET", "LABEL", "current", "sex", "1", "Male", "", "unknown")
                client.call("DATASET", "ALTER", "current", "FIELD", "c d", "MULTI", ", ")
                client.call("DATASET", "LABEL", "current", "c d", "100% of it")
                before = described(client)
            self.assertEqual(before, {"sex": (None, None, {"1": b"Male", "": b"unknown"}), "c d": (b", ", None, {})})
            server.restart()
            with server.client() as client:
                self.assertEqual(described(client), before)
                self.assertEqual(pairs(client.call("DATASET", "DESCRIBE", "current")[1])["label"], b"100% of it")
            server.stop()


if __name__ == "__main__":
    unittest.main()
