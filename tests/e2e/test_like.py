"""LIKE in the shards' scripts: executor/sets/lua/like.lua in a real redis-server, against a match by all prefixes.

tests/test_like.c holds base/like.c against the same rules.
"""

import os
import random
import unittest

import quipu_harness as harness
from quipu_harness import Redis

LUA = os.path.join(harness.ROOT, "executor", "sets", "lua")
# ARGV: pattern, folds, texts ...; the answer has 1 for each text that matches, else 0.
DRIVER = """
local like = like_compile(ARGV[1], ARGV[2] == '1')
local answer = {}
for n = 3, #ARGV do
    answer[n - 2] = like(ARGV[n]) and 1 or 0
end
return answer
"""
# pattern, text, LIKE, ILIKE
ROWS = [
    (b"", b"", 1, 1),
    (b"", b"a", 0, 0),
    (b"%", b"", 1, 1),
    (b"%%", b"x", 1, 1),
    (b"_", b"", 0, 0),
    (b"a", b"A", 0, 1),
    (b"abc", b"ab", 0, 0),
    (b"ab", b"abc", 0, 0),
    (b"%b%", b"abc", 1, 1),
    (b"a%c", b"abcbc", 1, 1),
    (b"%a%b%c%", b"xxaxxcxxbxx", 0, 0),
    (b"100\\%", b"100%", 1, 1),
    (b"100\\%", b"1000", 0, 0),
    (b"a\\_b", b"axb", 0, 0),
    (b"a\\\\b", b"a\\b", 1, 1),
    (b"\\A", b"a", 0, 1),
    (b"%a.", b"ba%", 0, 0),
    (b"caf_", b"caf\xc3\xa9", 1, 1),
    (b"caf__", b"caf\xc3\xa9", 0, 0),
    (b"%\xc3\x89", b"caf\xc3\xa9", 0, 0),
    (b"%\xa9", b"caf\xc3\xa9", 0, 0),
    (b"%__", b"\xe2\x82\xac", 0, 0),
    (b"__", b"\xe2\x82", 1, 1),
    (b"_", b"\xc0\x80", 0, 0),
    (b"_", b"\xed\xa0\x80", 0, 0),
    (b"_", b"\xf0\x9f\x98\x80", 1, 1),
    (b"____", b"\xf4\x90\x80\x80", 1, 1),
    (b"a\0%", b"a\0b", 1, 1),
    (b"a\0%", b"ab", 0, 0),
]


def characters(text):
    """Python's decoder says what is a character of UTF-8; any other byte is one of its own."""
    return list(text.decode("utf-8", "surrogateescape"))


def elements(pattern):
    found, rest = [], characters(pattern)
    while rest:
        char = rest.pop(0)
        if char == "\\":
            found.append(("is", rest.pop(0)))
        else:
            found.append(("any" if char == "%" else "one" if char == "_" else "is", char))
    return found


def fold(char):
    return char.lower() if char.isascii() else char


def matches(pattern, folds, text):
    chars = characters(text)
    reached = {0}  # how many characters the elements so far may have taken
    for kind, wanted in elements(pattern):
        if kind == "any":
            reached = {n for n in range(len(chars) + 1) if n >= min(reached, default=len(chars) + 1)}
        else:
            reached = {
                n + 1
                for n in reached
                if n < len(chars)
                and (kind == "one" or chars[n] == wanted or folds and fold(chars[n]) == fold(wanted))
            }
    return len(chars) in reached


class Like(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.client = cls.redis.client()
        script = DRIVER
        for name in ("like", "keys"):
            with open(os.path.join(LUA, name + ".lua")) as file:
                script = file.read() + script
        cls.sha = cls.client.call("SCRIPT", "LOAD", script)

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.redis.close()

    def ask(self, pattern, folds, texts):
        return self.client.call("EVALSHA", self.sha, 0, pattern, "1" if folds else "0", *texts)

    def test_rows(self):
        for pattern, text, like, ilike in ROWS:
            for folds, expected in ((False, like), (True, ilike)):
                with self.subTest(pattern=pattern, text=text, folds=folds):
                    self.assertEqual(matches(pattern, folds, text), bool(expected))
                    self.assertEqual(self.ask(pattern, folds, [text]), [expected])

    def test_random(self):
        rng = random.Random(11)
        parts = [b"a", b"b", b"A", b"B", b"\xc3\xa9", b"\xc3", b"\xa9", b"\xe2\x82\xac", b"\xe2", b"\xf0\x9f\x98\x80", b"\xff", b"\0"]
        wild = [b"%", b"_", b"\\%", b"\\_", b"\\\\"]
        nmatches = 0
        for _ in range(600):
            pattern = b"".join(rng.choice(rng.choice((parts, wild))) for _ in range(rng.randrange(7)))
            folds = rng.random() < 0.5
            texts = [b"".join(rng.choice(parts + [b"%", b"_", b"\\"]) for _ in range(rng.randrange(7))) for _ in range(60)]
            expected = [int(matches(pattern, folds, text)) for text in texts]
            self.assertEqual(self.ask(pattern, folds, texts), expected, (pattern, folds))
            nmatches += sum(expected)
        self.assertGreater(nmatches, 1000)

    def test_hard(self):
        """What is exponential by recursion answers."""
        text = b"a" * 5000
        self.assertEqual(self.ask(b"%a" * 30 + b"b", False, [text, text + b"b"]), [0, 1])


if __name__ == "__main__":
    unittest.main()
