#!/usr/bin/env python3
"""Rows in and out: quipu-load and quipu-export beside redis-cli --pipe of the same rows into a plain Redis.

    scripts/bench --write load           prints the table and writes it into docs/performance.md
    bench/load.py --rows 200000 --rounds 1
    bench/load.py --first-table          only: one command from a CSV to a table

The mission's rows (quipu-gen) as CSV, over loopback, two embedded shards, by both methods; redis-cli writes the same hashes as RESP
into one Redis without persistence and without an index. MB are those of the CSV file, 10^6 bytes. Medians of several rounds, the
programs in turn in each. ArrowRedis (a Redis module for Arrow vectors) is not run: its own figures stand beside ours.
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
EXPORTS = ("csv", "ndjson", "sav")
ARROW_REDIS = "ArrowRedis' own figures: 48 MB/s written, 118 MB/s read, of Arrow vectors without an index.\n"


def timed(words, stdin=None):
    start = time.perf_counter()
    subprocess.run(words, stdin=stdin, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def pipe(folder):
    """redis-cli --pipe into a plain Redis."""
    with harness.Redis(tcp=True, options=["--save", "", "--appendonly", "no"]) as redis, open(os.path.join(folder, "rows.resp"), "rb") as rows:
        yield "redis-cli --pipe, plain Redis", timed(["redis-cli", "-p", str(redis.port), "--pipe"], rows)


def ours(folder, method):
    server = harness.Server(2, options=["--method", method])
    try:
        words = ["--port", str(server.port), "--quiet", "--dataset", "current"]
        yield "quipu-load, by " + method, timed([harness.LOAD, *words, os.path.join(folder, "rows.csv")])
        for name in EXPORTS:
            yield "quipu-export, %s, by %s" % (name, method), timed([EXPORT, *words, "-o", os.path.join(folder, "out." + name)])
        with server.client() as client:
            client.call("CONFIG", "SET", "max-rows", "1000")
        yield "quipu-export, csv, by SCAN, by " + method, timed([EXPORT, *words, "-o", os.path.join(folder, "out.csv")])
    finally:
        server.close()


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
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("csv", "resp"):
            with open(os.path.join(folder, "rows." + name), "wb") as out:
                subprocess.run([harness.GEN, "--rows", str(args.rows), "--format", name], stdout=out, check=True)
        nbytes = os.path.getsize(os.path.join(folder, "rows.csv"))
        for _ in range(args.rounds):
            for runs in (pipe(folder), *(ours(folder, method) for method in METHODS)):
                for what, seconds in runs:
                    times.setdefault(what, []).append(seconds)
                    print("%-45s %6.2f s" % (what, seconds), flush=True)
    text = "Measured on %s; %d rows of the mission's data, %.0f MB of CSV; medians of %d.\n\n| | rows/s | MB/s of the CSV |\n| --- | --- | --- |\n" % (
        machine(), args.rows, nbytes / 1e6, args.rounds)
    for what, seconds in times.items():
        took = statistics.median(seconds)
        text += "| %s | %s | %.1f |\n" % (what, "{:,.0f}".format(args.rows / took), nbytes / 1e6 / took)
    text += "\n" + first_table() + "\n" + ARROW_REDIS
    print("\n" + text)
    if args.write:
        write_section("load", text)


if __name__ == "__main__":
    main()
