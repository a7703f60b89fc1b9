#!/usr/bin/env python3
"""Counts by columns while a cluster is resharded without a pause, beside the same counts while nothing moves.

    scripts/bench --write reshard        prints the table and writes it into docs/performance.md

Rows of several fields in a cluster of three masters. One client counts, in a closed loop; another process moves slot after slot
key by key, in the steps of `redis-cli --cluster reshard`, the next one begun before the last one ends, so that at each moment
a slot is under way. Quiet and moving rounds take turns; each answer is compared with the one that is right. What is wanted: at
least 99 % answered, none wrong, p99 within three times that of the quiet rounds.
"""

import argparse
import multiprocessing
import os
import random
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from cluster_harness import Cluster, SlotMove, slot_of  # noqa: E402
from page import write_section  # noqa: E402
from sets import machine  # noqa: E402

QUERIES = {
    "16 cells, all rows": "count value_1 in [1,2], value_2 in [1,8] from current timeout 5000",
    "cells under a filter": "count value_1 in [1,2], value_3 in [1,3] from current where value_5 = 1 || value_4 in [2,4] timeout 5000",
}


class Rounds:
    def __init__(self):
        self.took, self.errors, self.nwrong, self.nmoves = [], [], 0, 0

    def p(self, share):
        return 1000 * statistics.quantiles(self.took, n=1000)[int(share * 1000) - 1]


def fill(cluster, nrows):
    rng, clients = random.Random(1), {}
    batches = {}
    slots = cluster.slots()
    owners = {slot: owner for low, high, owner, _ in slots for slot in range(low, high + 1)}
    for i in range(nrows):
        key = "profile_%d" % i
        row = ["HSET", key]
        for field, values in ((1, 2), (2, 8), (3, 3), (4, 7), (5, 5)):
            row += ["value_%d" % field, rng.randint(1, values)]
        batches.setdefault(owners[slot_of(key)], []).append(row)
    for node, rows in batches.items():
        clients[node] = node.client(timeout=60)
        for at in range(0, len(rows), 1000):
            clients[node].pipeline(rows[at : at + 1000])
        clients[node].close()


def reshard(cluster, over, nmoves):
    """In a process of its own: the client's and the moves' Python do not wait for each other."""
    cluster.running = lambda: cluster.nodes  # they are another process's children
    owners = {slot: owner for low, high, owner, _ in cluster.slots() for slot in range(low, high + 1)}
    masters, rng = cluster.masters(), random.Random(2)

    def begin():
        slot = rng.randrange(16384)
        while under_way and slot == under_way[0].slot:
            slot = rng.randrange(16384)
        source = owners[slot]
        move = SlotMove(cluster, slot, rng.choice([node for node in masters if node is not source]), source)
        move.begin()
        under_way.append(move)

    under_way = []
    begin()
    while not over.is_set():
        begin()
        move = under_way.pop(0)
        while move.keys(10):
            pass
        move.end()
        owners[move.slot] = move.target
        nmoves.value += 1
    for move in under_way:
        while move.keys(100):
            pass
        move.end()


def count(client, text, right, rounds, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        started = time.monotonic()
        try:
            if client.call("QUERY", text) != right:
                rounds.nwrong += 1
        except harness.ReplyError as error:
            rounds.errors.append(error.text)
        rounds.took.append(time.monotonic() - started)


def measure(cluster, client, text, seconds, nrounds):
    quiet, moving = Rounds(), Rounds()
    right = client.call("QUERY", text)
    for _ in range(nrounds):
        count(client, text, right, quiet, seconds)
        over, nmoves = multiprocessing.Event(), multiprocessing.Value("i", 0)
        process = multiprocessing.Process(target=reshard, args=(cluster, over, nmoves))
        process.start()
        count(client, text, right, moving, seconds)
        over.set()
        process.join()
        moving.nmoves += nmoves.value
        cluster.wait_whole()
    return quiet, moving


def line(name, quiet, moving):
    answered = 1 - len(moving.errors) / len(moving.took)
    return "| %s | %.2f, %.2f | %.2f, %.2f | %.1f | %.2f %% of %d | %d | %d |" % (
        name, quiet.p(0.5), quiet.p(0.99), moving.p(0.5), moving.p(0.99), moving.p(0.99) / quiet.p(0.99),
        100 * answered, len(moving.took), quiet.nwrong + moving.nwrong, moving.nmoves)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    args = parser.parse_args()
    with Cluster(masters=3, replicas=0, node_timeout_ms=15000, options=["--loadmodule", harness.MODULE]) as cluster:
        fill(cluster, args.rows)
        server = harness.Server(shard_words=["cluster", cluster.seeds()[0]], options=["--method", "columns"])
        try:
            with server.client(timeout=60) as client:
                lines = [line(name, *measure(cluster, client, text, args.seconds, args.rounds)) for name, text in QUERIES.items()]
        finally:
            server.close()
    text = ("Measured on %s; %s rows in three masters, %d rounds of %g s, quiet and moving in turn. Load average at the end: %.1f.\n\n"
            % (machine(), format(args.rows, ","), args.rounds, args.seconds, os.getloadavg()[0]))
    text += ("| query | quiet: p50, p99, ms | slots move: p50, p99, ms | p99, times the quiet one | answered | wrong | slots moved |\n"
             "| --- | --- | --- | --- | --- | --- | --- |\n")
    text += "\n".join(lines) + "\n"
    print("\n" + text)
    if args.write:
        write_section("reshard", text)


if __name__ == "__main__":
    main()
