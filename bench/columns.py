#!/usr/bin/env python3
"""The column index alone, beside reading its planes once and beside DuckDB, in one run.

    bench/columns.py [--rows 100000000] [--peers] [--write] [--unsorted]
      --peers    installs DuckDB (npm @duckdb/node-api) into the build folder and asks it the same of the same rows
      --write    puts the tables into docs/performance.md
      --unsorted only measures, and only the rows as quipu-gen makes them: less than half the time

Runs build/bench_columns twice, with the rows sorted by value and then as quipu-gen makes them, the latter round by round
in turn with the peer. Answers are compared before any time is.
"""

import argparse
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import write_section  # noqa: E402

ROUNDS = 9
QUERIES = ["dense", "mission", "dense_or", "four_dense", "open_or"]
TITLES = {
    "dense": "value_1 by value_2, all rows, 16 cells",
    "mission": "the mission's query, 336 cells, 16-field OR",
    "dense_or": "value_1 by value_2 under the 16-field OR",
    "four_dense": "four dense fields, 1,024 cells, all rows",
    "open_or": "value_1 by value_2 (open) where dense_1 in {1,2,5} && dense_2 = 3",
}
MEASURES = {
    "sum_hundred": "sum of a field of 100 values in 16 cells",
    "all_hundred": "avg, min, max of the same",
    "sum_or": "sum of the same under the 16-field OR",
    "sum_many": "sum of a field of 100,000 values in 16 cells",
    "all_many": "avg, min, max of the same",
    "distinct": "distinct values of a field of 1,000,000 in 16 cells",
    "median": "median of a field of 1,000 values in 16 cells",
    "margins": "value_1 by value_2 with totals",
    "percent": "value_1 by value_2 in percent of rows",
    "table_2": "value_1 by dense_1",
    "table_3": "value_2 by dense_1",
    "tables": "these two and value_1 by value_2 in one pass",
    "table_2_or": "value_1 by dense_1 under the 16-field OR",
    "table_3_or": "value_2 by dense_1 under the 16-field OR",
    "tables_or": "these two and value_1 by value_2 in one pass, under the 16-field OR",
}
# At most so many ms on so many threads, and so many times faster than DuckDB.
TARGETS = {
    "dense": (None, 30),
    "mission": (5, 40),
    "dense_or": (40, 25),
    "four_dense": (None, 10),
    "open_or": (None, None),
}
# So many times faster than DuckDB; at most so many times the time of others of ours, together.
MEASURE_TARGETS = {"sum_hundred": 15, "sum_or": 25, "sum_many": 5, "distinct": 5, "median": 10}
RATIO_TARGETS = [
    ("all_hundred", ["sum_hundred"], 1.3),
    ("all_many", ["sum_many"], 1.3),
    ("margins", ["dense"], 1.05),
    ("percent", ["dense"], 1.05),
    ("tables", ["dense", "table_2", "table_3"], 0.6),
    ("tables_or", ["dense_or", "table_2_or", "table_3_or"], 0.6),
]
STREAM_TARGET, SCALING_TARGET, UPDATES_TARGET, BITS_TARGET, NAME_TARGET = 1.5, 1.7, 3e6, 16, 16


class Run:
    """The lines of a program, by kind and name."""

    def __init__(self, output):
        self.times, self.figures, self.answers, self.texts = {}, {}, {}, {}
        for line in output.splitlines():
            kind, name, *rest = line.split("\t")
            if kind == "time":
                self.times[name] = float(rest[0])
            elif kind == "figure":
                self.figures[name] = float(rest[0])
            elif kind == "answer":
                self.answers[name] = (int(rest[0]), int(rest[1]))
            elif kind == "text":
                self.texts[name] = rest[0]


class Program:
    """A program that takes turns: says "ready", waits for a line, measures a round."""

    def __init__(self, *command):
        print("running", " ".join(command), file=sys.stderr)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.output = ""

    def wait_until_ready(self):
        for line in self.process.stdout:
            if line == "ready\n":
                return
            self.output += line
        sys.exit("%s ended early" % self.process.args[0])

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        self.go()
        self.output += self.process.stdout.read()
        if self.process.wait():
            sys.exit("%s failed" % self.process.args[0])
        return Run(self.output)


def measure(*programs):
    """Rounds in turn, so that what else the machine does falls on all alike."""
    for program in programs:
        program.wait_until_ready()
    for _ in range(ROUNDS):
        for program in programs:
            program.go()
            program.wait_until_ready()
    return [program.finish() for program in programs]


def start_peer(rows):
    for program in ("npm", "node"):
        if not shutil.which(program):
            sys.exit("--peers needs %s (Debian: apt-get install nodejs npm)" % program)
    peers = os.path.join(BIN, "peers")
    os.makedirs(peers, exist_ok=True)
    if not os.path.isdir(os.path.join(peers, "node_modules", "@duckdb")):
        with open(os.path.join(peers, "package.json"), "w") as package:
            package.write('{"private": true}\n')
        install = ["npm", "install", "--no-audit", "--no-fund", "@duckdb/node-api"]
        subprocess.run(install, check=True, cwd=peers, stdout=subprocess.DEVNULL)
    pipe = os.path.join(peers, "rows.csv")
    if os.path.exists(pipe):
        os.unlink(pipe)
    os.mkfifo(pipe)
    peer = Program("node", os.path.join(ROOT, "bench", "duckdb.mjs"), peers, pipe)
    with open(pipe, "wb") as rows_pipe:
        command = [os.path.join(BIN, "bench_columns"), "--csv", "--rows", str(rows)]
        subprocess.run(command, check=True, stdout=rows_pipe)
    os.unlink(pipe)
    return peer


def machine():
    with open("/proc/cpuinfo") as info:
        model = next((line.split(":")[1].strip() for line in info if line.startswith("model name")), "unknown")
    return "%d cores, %s, Linux %s" % (os.cpu_count(), model, os.uname().release.split("-")[0])


def verdict(met):
    return "met" if met else "**not met**"


def measure_table(run_, peer):
    out = ["| query | two threads, ms | read, MB |", "| --- | --- | --- |"]
    if peer:
        out = [out[0] + " DuckDB, ms | DuckDB / ours |", out[1] + " --- | --- |"]
    for name, title in MEASURES.items():
        two = run_.times[name + ", two threads"]
        row = "| %s | %.2f | %.1f |" % (title, two, run_.figures[name + " read MB"])
        if peer:
            row += " %.1f | %.1f x |" % (peer.times[name], peer.times[name] / two) if name in peer.times else " | |"
        out.append(row)
    return out


def query_table(run_, peer):
    stream = run_.times["stream value_1, value_2"]
    out = ["| query | one thread, ms | two threads, ms | read, MB | how chunks were counted |", "| --- | --- | --- | --- | --- |"]
    if peer:
        out = [out[0] + " DuckDB, ms | DuckDB / ours |", out[1] + " --- | --- |"]
    for name in QUERIES:
        one, two = (run_.times["%s, %s thread%s" % (name, n, s)] for n, s in (("one", ""), ("two", "s")))
        methods = [m.strip() for m in run_.texts[name].split(":")[1].split(",")]
        methods = ", ".join(m for m in methods if not m.startswith("0 "))
        row = "| %s | %.2f | %.2f | %.1f | %s |" % (TITLES[name], one, two, run_.figures[name + " read MB"], methods)
        if peer:
            row += " %.1f | %.1f x |" % (peer.times[name], peer.times[name] / two)
        out.append(row)
    out.append("")
    out.append(
        "Reading the %.1f MB of planes of value_1 and value_2 once, on one thread: %.2f ms. The same query by the other "
        "kernels: %s." % (
            run_.figures["stream MB"], stream,
            ", ".join("%s %.2f ms" % (name.rsplit(", ", 1)[1], ms)
                      for name, ms in run_.times.items() if name.startswith("dense, one thread, "))))
    return out


def targets_table(run_, peer):
    rows = []
    stream = run_.times["stream value_1, value_2"]
    ratio = run_.times["dense, one thread"] / stream
    rows.append(("value_1 by value_2, one thread / reading its planes", "at most 1.5 x", "%.2f x" % ratio, ratio <= STREAM_TARGET))
    for name, (most_ms, times) in TARGETS.items():
        one, two = run_.times[name + ", one thread"], run_.times[name + ", two threads"]
        again = run_.times.get(name + ", again and again")
        if again:
            rows.append((TITLES[name] + ", one thread, asked again and again", "under %d ms" % most_ms, "%.2f ms" % again, again < most_ms))
        if most_ms:
            rows.append((TITLES[name] + ", one thread" + (", right behind counts of all rows" if again else ""),
                         "under %d ms" % most_ms, "%.2f ms" % one, one < most_ms))
        if peer and times:
            faster = peer.times[name] / two
            rows.append((TITLES[name] + ", two threads each", "DuckDB / ours at least %d" % times, "%.1f x" % faster, faster >= times))
    for name in ("dense", "dense_or", "four_dense"):
        scaling = run_.times[name + ", one thread"] / run_.times[name + ", two threads"]
        rows.append((TITLES[name] + ", two threads", "at least 1.7 x one", "%.2f x" % scaling, scaling >= SCALING_TARGET))
    for name in ("one by one", "32 in a call"):
        rate = (1 << 20) / run_.times["2^20 updates, " + name] * 1000
        rows.append(("single-field updates of random rows by name, " + name, "3 M/s or more", "%.2f M/s" % (rate / 1e6), rate >= UPDATES_TARGET))
    bits, names = run_.figures["bits a row, 20 fields"], run_.figures["bytes a row, names"]
    rows.append(("memory, the mission's 20 fields", "at most 16 bits a row", "%.1f" % bits, bits <= BITS_TARGET))
    rows.append(("memory, names and their hash table", "at most 16 bytes a row", "%.1f" % names, names <= NAME_TARGET))
    return verdict_table(rows)


def measure_targets_table(run_, peer):
    rows = []
    for name, times in MEASURE_TARGETS.items() if peer else ():
        faster = peer.times[name] / run_.times[name + ", two threads"]
        rows.append((MEASURES[name] + ", two threads each", "DuckDB / ours at least %d" % times, "%.1f x" % faster, faster >= times))
    for name, others, most in RATIO_TARGETS:
        ratio = run_.times[name + ", two threads"] / sum(run_.times[other + ", two threads"] for other in others)
        titles = [TITLES.get(other) or MEASURES[other] for other in others]
        rows.append((MEASURES[name], "at most %.2f x %s" % (most, titles[0] if len(titles) == 1 else "them apart"), "%.2f x" % ratio,
                     ratio <= most))
    return verdict_table(rows)


def verdict_table(rows):
    out = ["| target | wanted | measured | |", "| --- | --- | --- | --- |"]
    return out + ["| %s | %s | %s | %s |" % (what, wanted, got, verdict(met)) for what, wanted, got, met in rows]


def how_measured(rows, load):
    return (
        "Measured on %s; %s rows, medians of %d rounds in which all were taken in turn. The load average while that ran was %.1f, on %d "
        "cores: above 1 to 2, what it says of two threads is about the machine." % (
            machine(), "{:,}".format(rows), ROUNDS, load, os.cpu_count()))


def measures_page(rows, run_, peer, load):
    out = [how_measured(rows, load), ""] + measure_targets_table(run_, peer)
    out += ["", "Rows as `quipu-gen` makes them, two threads" + (", and %s:" % peer.texts["version"] if peer else ":"), ""]
    return "\n".join(out + measure_table(run_, peer)) + "\n\n"


def page(rows, uniform, clustered, peer, load):
    out = [how_measured(rows, load), ""] + targets_table(uniform, peer)
    out += ["", "Rows as `quipu-gen` makes them" + (", and %s:" % peer.texts["version"] if peer else ":"), ""]
    out += query_table(uniform, peer)
    out += ["", "The same rows sorted by value_1, value_2:", ""]
    out += query_table(clustered, None)
    out += [
        "",
        "Built at %s rows/s. Bits a row for the 20 fields: %.1f, sorted %.1f; all memory: %.1f bytes a row. Chunks: %s; sorted: %s. "
        "The longest single write of 20,000 that each followed a snapshot (so each copied): %.0f us." % (
            "{:,.0f}".format(uniform.figures["rows/s built"]), uniform.figures["bits a row, 20 fields"],
            clustered.figures["bits a row, 20 fields"], uniform.figures["bytes a row, all"],
            kinds(uniform), kinds(clustered), uniform.figures["longest write after a snapshot, us"]),
        "",
    ]
    return "\n".join(out) + "\n"


def kinds(run_):
    return ", ".join("%d %s" % (n, name[7:]) for name, n in run_.figures.items() if name.startswith("chunks "))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100000000)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--unsorted", action="store_true")
    options = parser.parse_args()
    program = [os.path.join(BIN, "bench_columns"), "--turns", "--rows", str(options.rows)]
    clustered = None if options.unsorted else measure(Program(*program, "--clustered"))[0]
    peer = start_peer(options.rows) if options.peers else None
    uniform, *peers = measure(*filter(None, (Program(*program), peer)))
    peer = peers[0] if peers else None
    for other in filter(None, (clustered, peer)):
        for name, answer in other.answers.items():
            if answer != uniform.answers[name]:
                sys.exit("the answers of %s differ: %r and %r" % (name, uniform.answers[name], answer))
    load = os.getloadavg()[1]
    pages = {"measures": measures_page(options.rows, uniform, peer, load)}
    if clustered:
        pages["columns"] = page(options.rows, uniform, clustered, peer, load)
    for name, text in pages.items():
        print(text)
        if options.write:
            write_section(name, text)


if __name__ == "__main__":
    main()
