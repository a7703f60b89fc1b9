#!/usr/bin/env python3
"""Answers of a million cells: how long they take, and how long other clients wait meanwhile.

    scripts/bench --write answers        prints the table and writes it into docs/performance.md

Two shards by columns with 600,000 rows of two fields with a thousand values each. One client asks for the table of both fields,
another one sends PING after PING. The longest of its waits is what the answer has held the event loop for, together with what
the machine's other work has. Medians of several rounds.
"""

import argparse
import os
import random
import statistics
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
os.environ.setdefault("QUIPU_METHOD", "columns")
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from page import write_section  # noqa: E402
from sets import machine  # noqa: E402

ROWS, NVALUES, BATCH = 600000, 1000, 5000
QUERIES = ["count a, b from current format %s" % name for name in ("csv", "json", "map", "rows", "nested")]
QUERIES.append("count, avg(w) by a, b from current totals format csv")


def load(client):
    rng = random.Random(1)
    for first in range(0, ROWS, BATCH):
        client.pipeline([("HSET", "profile_%d" % i, "a", rng.randrange(NVALUES), "b", rng.randrange(NVALUES), "w", rng.randrange(9))
                         for i in range(first, first + BATCH)])


class Pings(threading.Thread):
    """The longest wait for a PONG, in seconds."""

    def __init__(self, server):
        super().__init__()
        self.client = server.client(timeout=60)
        self.over = threading.Event()
        self.longest = 0

    def run(self):
        while not self.over.is_set():
            start = time.perf_counter()
            self.client.call("PING")
            self.longest = max(self.longest, time.perf_counter() - start)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()
        self.client.close()


def ask(server, query):
    """Seconds until the whole reply is there, seconds that another client waited at most, bytes. The reply is not parsed."""
    with server.client(timeout=60) as client, Pings(server) as pings:
        client.send("QUERY", query)
        client.send("PING")  # its reply comes last
        start = time.perf_counter()
        nbytes, last = 0, b""
        while not last.endswith(b"+PONG\r\n"):
            piece = client.socket.recv(1 << 20)
            if not piece:
                raise harness.Closed
            nbytes += len(piece)
            last = (last + piece)[-8:]
        return time.perf_counter() - start, pings.longest, nbytes


def idle_wait(server, seconds=1):
    with Pings(server) as pings:
        time.sleep(seconds)
        return pings.longest


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    args = parser.parse_args()
    server = harness.Server(2, options=["--max-cells", "4000000", "--query-timeout", "60000"])
    lines = []
    try:
        with server.client(timeout=600) as client:
            load(client)
        for query in QUERIES:
            rounds = [ask(server, query) for _ in range(args.rounds)]
            took, waited, nbytes = (statistics.median(r[i] for r in rounds) for i in range(3))
            lines.append("| `%s` | %.1f MB | %.0f ms | %.1f ms |" % (query, nbytes / 1e6, took * 1e3, waited * 1e3))
            print(lines[-1], flush=True)
        idle = statistics.median(idle_wait(server) for _ in range(args.rounds))
    finally:
        server.close()
    text = "Measured on %s; %d rows, two embedded shards, by columns; medians of %d. With nothing else to do the longest wait\n" \
           "within a second is %.1f ms.\n\n| query | reply | whole after | longest wait of another client |\n| --- | --- | --- | --- |\n" % (
               machine(), ROWS, args.rounds, idle * 1e3) + "\n".join(lines) + "\n"
    print("\n" + text)
    if args.write:
        write_section("answers", text)


if __name__ == "__main__":
    main()
