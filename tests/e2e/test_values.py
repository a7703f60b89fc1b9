"""The value of a text, as each method has it, held against the oracle: for random texts that are numerals, or nearly."""

import os
import random
import unittest

import quipu_harness as harness
from oracle_values import shown, value_order
from quipu_harness import Server

LUA = os.path.join(os.path.dirname(__file__), "..", "..", "executor", "sets", "lua")
NTEXTS = 6000
EDGES = [b"", b"0", b"-0", b"+0", b"1e400", b"1e-400", b"1e401", b"1e-401", b"-1.5E+0400", b"0e400", b"0e401", b"1e" + b"9" * 300,
         b"0." + b"0" * 500 + b"1e400", b"7" * 5000, b"7" * 5000 + b".0", b"1" + b"0" * 5000 + b"e-400", b"0" * 50 + b"1",
         b"." + b"0" * 5000, b"1." + b"0" * 5000 + b"1", b"12\x00", b"\x0012", b"12\n", b"\t12", "\u0661\u0662".encode(), b"1_0"]


def random_text(rng):
    """Mostly numerals; some with a byte too many, too few or another."""
    def digits():
        return "".join(rng.choice("0012345678900") for _ in range(rng.choice((1, 1, 2, 3, 9, 30))))
    whole = rng.choice((digits().lstrip("0") or "0", digits().lstrip("0") or "0", digits(), ""))
    fraction = rng.choice(("", "." + digits(), "." + digits(), "." + digits() + "000", "."))
    power = rng.choice(("", "", rng.choice("eE") + rng.choice(("", "+", "-")) + str(rng.choice((0, 1, 5, 20, 399, 400, 401)))))
    text = list(rng.choice(("", "", "-", "+")) + whole + fraction + power)
    if rng.random() < 0.2:
        at = rng.randrange(len(text) + 1)
        text[at:at + rng.randrange(2)] = rng.choice(("", "e", "+", "-", ".", " ", "0", "x", ",", "é"))
    return "".join(text).encode()


class Values(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("QUIPU_SEED", random.randrange(1 << 20)))
        print("seed", seed, flush=True)
        rng = random.Random(seed)
        self.texts = list(dict.fromkeys(EDGES + [random_text(rng) for _ in range(NTEXTS)]))

    @unittest.skipIf(harness.METHOD == "columns", "columns have no scripts")
    def test_scripts(self):
        script = ""
        for name in ("keys", "values"):
            with open(os.path.join(LUA, name + ".lua")) as file:
                script += file.read()
        script += "local found = {} for n, text in ipairs(ARGV) do found[n] = canonical(text) end return found"
        with harness.Redis() as redis, redis.client() as client:
            for first in range(0, len(self.texts), 1000):
                texts = self.texts[first:first + 1000]
                for text, value in zip(texts, client.call("EVAL", script, 0, *texts)):
                    self.assertEqual(value, shown(text), text)

    def test_counts(self):
        expected = {}
        for text in self.texts:
            expected[shown(text)] = expected.get(shown(text), 0) + 1
        with Server(2) as server, server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "n", text) for i, text in enumerate(self.texts)])
            cells = client.call("QUERY", "count n from current")
            self.assertEqual(cells, [[value, expected[value]] for value in sorted(expected, key=value_order)])
            verified = harness.pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual((verified["rows"], verified["mismatches"]), (len(self.texts), 0))
            # Each text again, in another row's place: values move, and what is left is right.
            client.pipeline([("HSET", "profile_%d" % i, "n", text) for i, text in enumerate(reversed(self.texts))])
            self.assertEqual(client.call("QUERY", "count n from current"), cells)
            # Read from the rows, not from the index.
            self.assertEqual(client.call("QUERY", "count n from current where n exists and !(x = 1) nocache"), cells)
            verified = harness.pairs(client.call("DATASET", "VERIFY", "current"))
            self.assertEqual(verified["mismatches"], 0)
            server.stop()


if __name__ == "__main__":
    harness.main()
