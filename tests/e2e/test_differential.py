"""Random rows, random writes, random queries: every cell must be the oracle's, at 1, 2 and 5 shards.

    QUIPU_SEED=1234 QUIPU_ROUNDS=500 python3 tests/e2e/test_differential.py Differential.test_2_shards

A round is one query, asked up to four times: by COUNT or QUERY, in RESP2 or RESP3, each time written in another way, the
second time with its filter warm. Between rounds rows change, so cached filters must go. What fails is printed with
the seed, the round, the query and both answers.
"""

import os
import random
import time
import unittest

import quipu_harness as harness
from oracle import expected, may_refuse_bins, write
from random_queries import Data

SEED = int(os.environ.get("QUIPU_SEED", time.time_ns() % 1000000))
ROUNDS = int(os.environ.get("QUIPU_ROUNDS", 300))
WRITES_PER_ROUND = 4


def shorten(value, most=4000):
    text = repr(value)
    return text if len(text) <= most else text[:most] + "... (%d characters)" % len(text)


class Differential(unittest.TestCase):
    def ask(self, query, rng, clients):
        """The query in one of the ways it can arrive: (its text, the reply or the error)."""
        text = write(query, rng)
        client = rng.choice(clients)
        if rng.random() < 0.5:
            # The server joins the words with a space: cutting at each space gives the text back.
            command = [b"COUNT"] + text.split(b" ")[1:]
            if text.split(b" ")[0].lower() != b"count":
                command = [b"QUERY", text]
        else:
            command = [b"QUERY", text]
        client.send(*command)
        return text, client.read()

    def check(self, where, query, rng, clients, data):
        answer = expected(query, data.rows)
        for turn in range(3):
            text, reply = self.ask(query, rng, clients)
            if isinstance(reply, harness.ReplyError) and reply.code == "LIMIT" and may_refuse_bins(query, data.rows):
                continue
            if reply != answer:
                self.fail(
                    "%s, turn %d, %d rows\nQUIPU_SEED=%d\nquery:    %r\nserver:   %s\nexpected: %s"
                    % (where, turn, len(data.rows), SEED, text, shorten(reply), shorten(answer))
                )

    def check_write(self, where, command, reply, answer):
        right = isinstance(reply, harness.ReplyError) if answer is None else reply == answer
        if not right:
            self.fail(
                "%s: %r\nQUIPU_SEED=%d\nserver:   %r\nexpected: %r"
                % (where, command, SEED, reply, "an error" if answer is None else answer)
            )

    def run_rounds(self, shards, nrows, options=()):
        rng = random.Random("%d %d %d" % (SEED, shards, nrows))
        print("seed %d, %d shards, %d rows, %d rounds" % (SEED, shards, nrows, ROUNDS))
        data = Data(rng, nrows)
        with harness.Server(shards, options) as server:
            clients = [server.client(), server.client(resp3=True), server.client(unix=True)]
            replies = clients[0].pipeline(data.load_commands())
            errors = [reply for reply in replies if isinstance(reply, harness.ReplyError)]
            self.assertFalse(errors, errors[:3])
            for round_number in range(ROUNDS):
                where = "%d shards, round %d" % (shards, round_number)
                self.check(where, data.query(), rng, clients, data)
                writes = [data.write_command() for _ in range(rng.randrange(2 * WRITES_PER_ROUND))]
                replies = clients[0].pipeline([command for command, _ in writes])
                for (command, answer), reply in zip(writes, replies):
                    self.check_write(where, command, reply, answer)
            self.assertEqual(clients[0].call("DBSIZE"), len(data.rows))
            verify = harness.pairs(clients[0].call("DATASET", "VERIFY", "current"))
            self.assertEqual(verify["mismatches"], 0, verify)
            self.assertEqual(verify["rows"], len(data.rows), verify)
            for key in rng.sample(sorted(data.rows), min(200, len(data.rows))):
                fields = clients[0].call("HGETALL", key)
                self.assertEqual(dict(zip(fields[0::2], fields[1::2])), data.rows[key], key)
            for client in clients:
                client.close()
            server.stop()

    def test_1_shard(self):
        self.run_rounds(1, 1500, ("--partitions", 16))

    def test_2_shards(self):
        self.run_rounds(2, 1500)

    def test_5_shards(self):
        self.run_rounds(5, 3000, ("--stats-ttl", 0))

    def test_no_cache(self):
        self.run_rounds(2, 300, ("--cache-ttl", 0, "--partitions", 3))

    def test_few_rows(self):
        self.run_rounds(2, 3, ("--partitions", 1))


if __name__ == "__main__":
    harness.main()
