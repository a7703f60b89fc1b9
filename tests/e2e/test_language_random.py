"""The whole language under random rows and random queries: what the server answers is what the oracle answers.

    python3 tests/e2e/test_language_random.py                            the short form: 1, 2 and 5 shards, by QUIPU_METHOD
    python3 tests/e2e/test_language_random.py --rounds 2000 --seed 7     a soak; --shards 2; --features totals,percent (or all)
    python3 tests/e2e/test_language_random.py --seed 7 --shards 2 --block 31     one block of it

A round is one query, written in another way each time, asked by RESP2 and by RESP3 in whatever FORMAT it has. Between rounds rows change.
A block is some rounds over one data set, and depends on nothing before it. What fails is printed with the seed and the block, the query,
the reply and what is wrong with it; --go-on counts what fails, and shows each kind once. What has failed is kept in kept_seeds.txt, and is
run with the short form.
"""

import argparse
import os
import random
import re
import sys
import time
import unittest

import quipu_harness as harness
from oracle import QueryError, answers, asker, differs, may_refuse_bins, may_refuse_sums, write
from oracle_check import into_differs
from random_language import FEATURES, LanguageData

# What the server answers.
SUPPORTED = {"sets": FEATURES, "columns": FEATURES}

ROUNDS = 200  # for each number of shards: the short form
ROUNDS_OF_A_BLOCK = 30
KEPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "kept_seeds.txt")


def parse_arguments(words):
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1000000)
    parser.add_argument("--shards", type=int, nargs="*", default=[1, 2, 5])
    parser.add_argument("--block", type=int, default=None, help="this one alone")
    parser.add_argument("--rows", type=int, default=0, help="of each data set; 0: another number each time")
    parser.add_argument("--features", default=None, help="in place of what is supported; all: all of them")
    parser.add_argument("--go-on", action="store_true")
    return parser.parse_args(words)


ARGUMENTS = parse_arguments([])


def features():
    if ARGUMENTS.features is None:
        return SUPPORTED[harness.METHOD]
    return FEATURES if ARGUMENTS.features == "all" else set(ARGUMENTS.features.split(","))


def may_be_refused(query, dataset):
    """Numbers that are too long to be added up, or put in bins."""
    return may_refuse_bins(query, dataset) or may_refuse_sums(query, dataset)


ALIAS = "größe (my data)".encode()  # another name of `current`, which only backquotes can write


class Rounds:
    """Rounds over one server."""

    def __init__(self, server, seed):
        self.server, self.seed = server, seed
        self.clients = [(server.client(), False), (server.client(resp3=True), True)]
        self.failures = {}
        self.naccepted = 0

    def load(self):
        client = self.clients[0][0]
        nrows = ARGUMENTS.rows or self.rng.choice((3, 30, 100, 250))
        self.data = LanguageData(self.rng, nrows, features())
        client.call("FLUSHALL")
        client.call("DATASET", "ALIAS", ALIAS, "current")
        for command in self.data.definition_commands():
            client.call(*command)
        replies = client.pipeline(self.data.load_commands())
        errors = [reply for reply in replies if isinstance(reply, harness.ReplyError)]
        if errors:
            raise AssertionError(errors[0])

    def what_is_wrong(self, query, reply, client, resp3):
        is_error = isinstance(reply, harness.ReplyError)
        if is_error and reply.code == "LIMIT" and may_be_refused(query, self.data.dataset):
            return None
        try:
            if not is_error:
                return differs(query, self.data.dataset, reply, resp3, asker(client)) or self.what_is_wrong_in_the_hash(query)
            answers(query, self.data.dataset)
        except QueryError as error:
            is_right = is_error and reply.code == error.code
            return None if is_right else "the oracle's error: %s" % error
        return "an error: " + reply.text

    def what_is_wrong_in_the_hash(self, query):
        if query.into is None:
            return None
        found = self.clients[0][0].call("HGETALL", query.into)
        return into_differs(query, self.data.dataset, dict(zip(found[0::2], found[1::2])))

    def what_is_wrong_with_the_plan(self, text, client):
        """EXPLAIN and PROFILE of what is answered are answered, with lines."""
        for mode in (b"explain ", b"profile "):
            client.send("QUERY", mode + text)
            reply = client.read()
            if not isinstance(reply, list) or not reply[0].startswith(b"query "):
                return "%s: %.300r" % (mode.decode(), reply)
        return None

    def round(self, number):
        query = self.data.query()
        if self.rng.random() < 0.2:
            query.dataset = ALIAS
        for client, resp3 in self.clients:
            text = write(query, self.rng)
            client.send("QUERY", text)
            reply = client.read()
            found = self.what_is_wrong(query, reply, client, resp3)
            if not found and not isinstance(reply, harness.ReplyError) and (query.statement == "rows" or number % 5 == 0):
                found = self.what_is_wrong_with_the_plan(text, client)
            if not found:
                self.naccepted += 1
                continue
            said = "seed %d, %d shards, block %d, round %d, RESP%d, %d rows\nquery:  %s\nreply:  %.1500r\nwrong:  %.1500s" % (
                self.seed, self.server.shards, number // ROUNDS_OF_A_BLOCK, number, 3 if resp3 else 2, len(self.data.rows), text.decode("utf-8", "backslashreplace"),
                reply, found)
            if not ARGUMENTS.go_on:
                raise AssertionError(said)
            kind = re.sub("[0-9]+", "N", found)[:60]
            if kind not in self.failures:
                print(said, flush=True)
            self.failures[kind] = self.failures.get(kind, 0) + 1
            return

    def run(self, numbers):
        for number in numbers:
            if number % ROUNDS_OF_A_BLOCK == 0:
                self.rng = random.Random("%d %d %d" % (self.seed, self.server.shards, number // ROUNDS_OF_A_BLOCK))
                self.load()
            self.round(number)
            if self.rng.random() < 0.3:
                self.clients[0][0].pipeline(self.data.change_commands(self.rng.randint(1, 8)))
        for client, _ in self.clients:
            client.close()


def block(number):
    return range(number * ROUNDS_OF_A_BLOCK, (number + 1) * ROUNDS_OF_A_BLOCK)


class LanguageRandom(unittest.TestCase):
    def run_rounds(self, seed, shards, numbers):
        rng = random.Random("%d %d" % (seed, shards))
        with harness.Server(shards, ("--partitions", rng.choice((3, 16)))) as server:
            rounds = Rounds(server, seed)
            rounds.run(numbers)
            server.stop()
        for kind, n in sorted(rounds.failures.items(), key=lambda item: -item[1]):
            print("%6d  %s" % (n, kind))
        self.assertEqual(rounds.failures, {})
        self.assertGreater(rounds.naccepted, len(numbers))

    def run_asked(self, shards):
        if shards not in ARGUMENTS.shards:
            self.skipTest("not asked for")
        print("seed %d, %d shards, by %s" % (ARGUMENTS.seed, shards, harness.METHOD))
        self.run_rounds(ARGUMENTS.seed, shards, range(ARGUMENTS.rounds) if ARGUMENTS.block is None else block(ARGUMENTS.block))

    def test_1_shard(self):
        self.run_asked(1)

    def test_2_shards(self):
        self.run_asked(2)

    def test_5_shards(self):
        self.run_asked(5)

    def test_what_has_failed(self):
        with open(KEPT, encoding="utf-8") as file:
            lines = [line.split("#")[0].split() for line in file]
        for seed, shards, number in (map(int, line) for line in lines if line):
            with self.subTest(seed=seed, shards=shards, block=number):
                self.run_rounds(seed, shards, block(number))


if __name__ == "__main__":
    ours = [word for word in sys.argv[1:] if not word.startswith("LanguageRandom")]
    ARGUMENTS = parse_arguments(ours)
    sys.argv = sys.argv[:1] + [word for word in sys.argv[1:] if word.startswith("LanguageRandom")]
    harness.main()
