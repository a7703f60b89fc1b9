#!/usr/bin/env python3
"""Rows in and out: quipu-load and quipu-export beside redis-cli --pipe of the same rows into a plain Redis.

    scripts/bench --write load           prints the table and writes it into docs/performance.md
    bench/load.py --rows 200000 --rounds 1
    bench/load.py --first-table          only: one command from a CSV to a table

The mission's rows (quipu-gen) over loopback, two embedded shards, by both methods: as CSV, as Arrow IPC, and, where DuckDB's library
is, as Parquet. The files of Arrow and Parquet are those that quipu-export writes. redis-cli writes the same hashes as RESP into one
Redis without persistence and without an index. MB are those of the file that is read or written, 10^6 bytes. Medians of several
rounds, the programs in turn in each. ArrowRedis (a Redis module for Arrow vectors) is not run: its own figures stand beside ours.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from page import write_section  # noqa: E402
from sets import machine  # noqa: E402

EXPORT = os.path.join(harness.BIN, "quipu-export")
METHODS = ("columns", "sets")
FIRST_TABLES = 11
LIBRARY = os.environ.get("QUIPU_DUCKDB") or os.path.join(harness.BIN, "duckdb", "libduckdb.so")
TYPED = ("arrow", "parquet") if os.path.exists(LIBRARY) else ("arrow",)
EXPORTS = ("csv", "ndjson", "sav", *TYPED)
ARROW_REDIS = "ArrowRedis' own figures: 48 MB/s written, 118 MB/s read, of Arrow vectors without an index.\n"


def timed(words, stdin=None):
    start = time.perf_counter()
    subprocess.run(words, stdin=stdin, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


# Each step is told as (what, seconds, bytes of the file).


def pipe(folder):
    """redis-cli --pipe into a plain Redis."""
    path = os.path.join(folder, "rows.resp")
    with harness.Redis(tcp=True, options=["--save", "", "--appendonly", "no"]) as redis, open(path, "rb") as rows:
        yield "redis-cli --pipe, RESP, plain Redis", timed(["redis-cli", "-p", str(redis.port), "--pipe"], rows), os.path.getsize(path)


class Loaded:
    """A server of its own, and the rows of a file in it."""

    def __init__(self, method, path):
        self.server = harness.Server(2, options=["--method", method])
        self.words = ["--port", str(self.server.port), "--quiet", "--dataset", "current"]
        seconds = timed([harness.LOAD, *self.words, path])
        self.told = ("quipu-load, %s, by %s" % (path.rsplit(".", 1)[1], method), seconds, os.path.getsize(path))

    def export(self, what, path, *words):
        return what, timed([EXPORT, *self.words, *words, "-o", path]), os.path.getsize(path)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.server.close()


def ours(folder, method, nrows):
    with Loaded(method, os.path.join(folder, "rows.csv")) as loaded:
        yield loaded.told
        for name in EXPORTS:
            yield loaded.export("quipu-export, %s, by %s" % (name, method), os.path.join(folder, "out." + name))
        with loaded.server.client() as client:
            client.call("CONFIG", "SET", "max-rows", str(nrows // 10))
        path = os.path.join(folder, "out.csv")
        yield loaded.export("quipu-export, csv, by SCAN, by " + method, path)
        yield loaded.export("quipu-export, csv, by 16 pages of a condition, by " + method, path, "--where", "value_1 exists")
    for name in TYPED:
        with Loaded(method, os.path.join(folder, "out." + name)) as loaded:
            yield loaded.told


def first_table():
    """One command from a file to a table: a private server, the load, a count, the end. Of 300 rows, as a user's first try."""
    words = [os.path.join(harness.BIN, "quipu"), os.path.join(ROOT, "docs", "survey.csv"), "-c", "count sex, age by 10 from survey"]
    seconds = statistics.median(timed(words) for _ in range(FIRST_TABLES))
    return '`quipu docs/survey.csv -c "count sex, age by 10 from survey"`, from the command to its end: %.2f s, median of %d.\n' % (
        seconds, FIRST_TABLES)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    parser.add_argument("--first-table", action="store_true", help="only one command from a CSV to a table")
    args = parser.parse_args()
    if args.first_table:
        print(first_table(), end="")
        return
    times, sizes = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("csv", "resp"):
            with open(os.path.join(folder, "rows." + name), "wb") as out:
                subprocess.run([harness.GEN, "--rows", str(args.rows), "--format", name], stdout=out, check=True)
        for _ in range(args.rounds):
            for runs in (pipe(folder), *(ours(folder, method, args.rows) for method in METHODS)):
                for what, seconds, nbytes in runs:
                    times.setdefault(what, []).append(seconds)
                    sizes[what] = nbytes
                    print("%-60s %6.2f s %7.1f MB" % (what, seconds, nbytes / 1e6), flush=True)
    text = "Measured on %s; %d rows of the mission's data; medians of %d.\n\n| | rows/s | MB of the file | MB/s |\n| --- | --- | --- | --- |\n" % (
        machine(), args.rows, args.rounds)
    for what, seconds in times.items():
        took = statistics.median(seconds)
        text += "| %s | %s | %.1f | %.1f |\n" % (what, "{:,.0f}".format(args.rows / took), sizes[what] / 1e6, sizes[what] / 1e6 / took)
    text += "\n" + first_table() + "\n" + ARROW_REDIS
    print("\n" + text)
    if args.write:
        write_section("load", text)


if __name__ == "__main__":
    main()
