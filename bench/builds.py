#!/usr/bin/env python3
"""Two builds of Quipu in turn: is one slower than the other?

    bench/builds.py BEFORE [AFTER] [--rows 10000000] [--rounds 15] [--only columns,module,sets,passthrough]

BEFORE and AFTER are build directories; AFTER is build/ unless it is named. Each figure is the median of the ratios of pairs
(after / before): of times, so that under 1 is faster. Both builds stand beside each other, and each round asks both, each round
beginning with the other one.
"""

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from columns import Program  # noqa: E402
from module import QUERIES, Redis, index  # noqa: E402
from passthrough import LOADS, Contenders, redis_benchmark  # noqa: E402
from sets import DENSE, DENSE_FILTERED, MISSION  # noqa: E402

QUICK_MS = 20  # what takes less is asked so often in a round that it takes about so long


@contextlib.contextmanager
def programs_of(build):
    """What the harness starts meanwhile is of this build."""
    names = {"BIN": "", "SERVER": "quipu-server", "LOAD": "quipu-load", "GEN": "quipu-gen", "MODULE": "quipu.so"}
    kept = {name: getattr(harness, name) for name in names}
    for name, file in names.items():
        setattr(harness, name, os.path.join(build, file).rstrip("/"))
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(harness, name, value)


def report(what, before, after):
    ratios = sorted(b / a for a, b in zip(before, after))
    print("%-60s %10.3f %10.3f  %.3f (%.3f to %.3f)" % (
        what, statistics.median(before), statistics.median(after), statistics.median(ratios),
        ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]), flush=True)


def in_turn(both, measure, rounds):
    """measure(one) in milliseconds, of each, in turns."""
    times = [[], []]
    for turn in range(rounds):
        for i in (0, 1) if turn % 2 else (1, 0):
            times[i].append(measure(both[i]))
    return times


def asked(client, command):
    """The time of one command: the mean of as many as take a while."""
    started = time.perf_counter()
    client.call(*command)
    times = max(1, int(QUICK_MS / 1000 / (time.perf_counter() - started)))

    def measure(client):
        started = time.perf_counter()
        for _ in range(times):
            client.call(*command)
        return (time.perf_counter() - started) * 1000 / times

    return measure


def compare_queries(clients, what, command, queries, rounds):
    for query in queries:
        measure = asked(clients[0], (command, query))
        asked(clients[1], (command, query))(clients[1])
        if clients[0].call(command, query) != clients[1].call(command, query):
            sys.exit("the builds' answers differ: %s" % query)
        report("%s: %s" % (what, query if len(query) < 48 else query[:44] + "..."), *in_turn(clients, measure, rounds))


def compare_columns(builds, options):
    """The rounds of bench_columns, in turns, over rows as they come and over rows that are sorted."""
    for words in ((), ("--clustered",)):
        both = [Program(os.path.join(build, "bench_columns"), "--turns", "--rows", str(options.rows), *words) for build in builds]
        for program in both:
            program.wait_until_ready()
        for turn in range(9):
            for program in both if turn % 2 else both[::-1]:
                program.go()
                program.wait_until_ready()
        runs = [program.finish() for program in both]
        names = [name for name in runs[0].answers if name in runs[1].answers]  # an older build asks less
        if any(runs[0].answers[name] != runs[1].answers[name] for name in names):
            sys.exit("the builds' answers differ")
        for name in [name for name in runs[0].times if name in runs[1].times]:
            before, after = (run.times[name] for run in runs)
            print("%-60s %10.3f %10.3f  %.3f" % (
                "columns%s: %s" % (", sorted" if words else "", name), before, after, after / before), flush=True)


def compare_module(builds, options):
    both = [Redis("--loadmodule", os.path.join(build, "quipu.so")) for build in builds]
    try:
        for redis in both:
            redis.load(min(options.rows, 2000000))
            index(redis)
        clients = [redis.client() for redis in both]
        compare_queries(clients, "module", "QUIPU.COUNT", [text for _, text in QUERIES], options.rounds)
        for pipeline in (1, 100):

            def write(redis):
                done = subprocess.run(
                    ["redis-benchmark", "-s", redis.socket, "-P", str(pipeline), "-n", str(20000 * min(pipeline, 10)), "-c", "20"]
                    + ["-r", "100000", "--csv", "HSET", "profile___rand_int__", "value_1", "__rand_int__"],
                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
                return 1e6 / float(re.findall(r'^"HSET[^"]*","([0-9.]+)"', done, re.M)[0])

            report("module: HSET of a row's field, us, pipelined by %d" % pipeline, *in_turn(both, write, options.rounds))
    finally:
        for redis in both:
            redis.close()


def compare_sets(builds, options):
    both = []
    try:
        for build in builds:
            with programs_of(build):
                both.append(harness.Server(2, ("--partitions", "64", "--query-timeout", "120000")))
                path = os.path.join(both[-1].dir, "rows.csv")
                with open(path, "wb") as out:
                    subprocess.run([harness.GEN, "--rows", str(min(options.rows, 300000))], stdout=out, check=True)

                def load(path=path):
                    subprocess.run([harness.LOAD, "--port", str(both[-1].port), "--dataset", "current", "--quiet", path], check=True)

                started = time.perf_counter()
                load()
                print("sets: loaded in %.2f s" % (time.perf_counter() - started))
        clients = [server.client(unix=True) for server in both]
        compare_queries(clients, "sets", "QUERY", (MISSION, DENSE, DENSE_FILTERED), options.rounds)
        compare_queries(clients, "sets", "QUERY", (MISSION + " nocache", DENSE_FILTERED + " nocache"), options.rounds)
    finally:
        for server in both:
            server.close()


def compare_passthrough(builds, options):
    with programs_of(builds[0]):
        contenders = Contenders()
    try:
        with programs_of(builds[1]):
            other = harness.Server(shard_words=["static", "127.0.0.1:%d" % contenders.ports["direct"]])
        ports = [contenders.ports["quipu"], other.port]
        for test, pipeline, requests, _ in LOADS + [("get", 500, 1000000, 0)]:
            report("passthrough: us a %s, pipelined by %d" % (test.upper(), pipeline), *in_turn(
                ports, lambda port: 1e6 / redis_benchmark(port, test, pipeline, requests), options.rounds))
        other.close()
    finally:
        contenders.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("before")
    parser.add_argument("after", nargs="?", default=os.path.join(ROOT, "build"))
    parser.add_argument("--rows", type=int, default=10000000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="columns,module,sets,passthrough")
    options = parser.parse_args()
    builds = [os.path.abspath(build) for build in (options.before, options.after)]
    compare = {"columns": compare_columns, "module": compare_module, "sets": compare_sets, "passthrough": compare_passthrough}
    print("%-60s %10s %10s  %s" % ("", "before", "after", "after / before"))
    for name in options.only.split(","):
        compare[name](builds, options)


if __name__ == "__main__":
    main()
