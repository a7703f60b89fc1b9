#!/usr/bin/env python3
"""The sets method beside what can be written by hand over the same keys, in one run.

    bench/sets.py [--rows 1000000] [--partitions 64[,16,256]] [--write]

Starts a server with two embedded shards, loads generated rows, then times each query and its hand-written rivals
in turn (A B C A B C ...) on unix sockets, to the last byte of the reply, and prints medians and the ratio of each
pair. A rival asks both shards at the same time. Every rival's answer is compared with Quipu's before it is timed.
"""

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from page import write_section  # noqa: E402

OR16 = " || ".join("value_%d=1" % i for i in range(5, 21))
MISSION = "count value_1 in [1,2], value_2 in [1,8], value_3 in [1,3], value_4 in [1,7] from current where " + OR16
DENSE = "count value_1 in [1,2], value_2 in [1,8] from current"
DENSE_FILTERED = DENSE + " where " + OR16

# ---- By hand: scripts over the partitions of one shard (KEYS are their row sets) ----

TAGS = "local tags = {} for i, k in ipairs(KEYS) do tags[i] = string.match(k, '{.*}$') end "
OR16_KEYS = ", ".join("'current:value_%d=1'..t" % i for i in range(5, 21))

# The four-dimensional query: candidates from the two small fields and the cached union, then HMGET of each.
MISSION_LUA = TAGS + """
local cells = {}
for _, t in ipairs(tags) do
    local filter = 'hand:filter' .. t
    if redis.call('EXISTS', filter) == 0 then redis.call('SUNIONSTORE', filter, %s) end
    for _, row in ipairs(redis.call('SINTER', 'current:value_3'..t, 'current:value_4'..t, filter)) do
        local v = redis.call('HMGET', row..t, 'value_1', 'value_2', 'value_3', 'value_4')
        local cell = ((v[1] - 1) * 8 + v[2] - 1) * 21 + (v[3] - 1) * 7 + v[4] - 1
        cells[cell] = (cells[cell] or 0) + 1
    end
end
local flat = {}
for cell, n in pairs(cells) do flat[#flat + 1] = cell flat[#flat + 1] = n end
return flat
""" % OR16_KEYS

# 16 cells, each a SINTERCARD, in a script.
DENSE_LUA = TAGS + """
local cells = {}
for _, t in ipairs(tags) do
    local filter = 'hand:filter' .. t
    if ARGV[1] == 'filtered' and redis.call('EXISTS', filter) == 0 then
        redis.call('SUNIONSTORE', filter, %s)
    end
    for a = 1, 2 do for b = 1, 8 do
        local cell, n = (a - 1) * 8 + b - 1
        local x, y = 'current:value_1='..a..t, 'current:value_2='..b..t
        if ARGV[1] == 'filtered' then
            n = redis.call('SINTERCARD', 3, filter, x, y)
        else
            n = redis.call('SINTERCARD', 2, x, y)
        end
        cells[cell] = (cells[cell] or 0) + n
    end end
end
local flat = {}
for cell, n in pairs(cells) do flat[#flat + 1] = cell flat[#flat + 1] = n end
return flat
""" % OR16_KEYS

# What one writes first: intersect the fields' sets, read every row.
NAIVE_LUA = TAGS + """
local cells = {}
for _, t in ipairs(tags) do
    for _, row in ipairs(redis.call('SINTER', 'current:value_1'..t, 'current:value_2'..t)) do
        local v = redis.call('HMGET', row..t, 'value_1', 'value_2')
        local cell = (v[1] - 1) * 8 + v[2] - 1
        cells[cell] = (cells[cell] or 0) + 1
    end
end
local flat = {}
for cell, n in pairs(cells) do flat[#flat + 1] = cell flat[#flat + 1] = n end
return flat
"""


class Raw:
    """A connection that reads a reply of a length known before, without parsing it."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.socket.settimeout(120)

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, nbytes):
        while nbytes > 0:
            got = len(self.socket.recv(min(nbytes, 1 << 20)))
            if not got:
                raise OSError("connection closed")
            nbytes -= got


class Contender:
    """One way to answer: the same bytes to one or more sockets, replies of known lengths."""

    def __init__(self, name, requests, merge, before=None):
        self.name, self.merge, self.before = name, merge, before
        self.parts = []
        self.answer = None
        replies = []
        for path, commands in requests:
            data = b"".join(harness.encode(command) for command in commands)
            client = harness.Client(path, timeout=120)
            for _ in range(2):  # the second time caches are warm, and the length is the final one
                client.send_bytes(data)
                values, nbytes = [], 0
                for _ in commands:
                    raw = client.read_raw()
                    nbytes += len(raw)
                    values.append(raw)
            replies += [parse(raw) for raw in values]
            self.parts.append((Raw(path), data, nbytes))
            client.close()
        self.answer = merge(replies)

    def run(self):
        if self.before:
            self.before()
        start = time.perf_counter()
        for connection, data, _ in self.parts:
            connection.send(data)
        for connection, _, nbytes in self.parts:
            connection.receive(nbytes)
        return (time.perf_counter() - start) * 1000


def parse(raw):
    """One RESP2 reply without nulls."""

    def at(i):
        end = raw.index(b"\r\n", i)
        kind, number = raw[i:i + 1], int(raw[i + 1:end])
        i = end + 2
        if kind == b":":
            return number, i
        if kind == b"$":
            return raw[i:i + number], i + number + 2
        items = []
        for _ in range(number):
            item, i = at(i)
            items.append(item)
        return items, i

    return at(0)[0]


def flatten(value):
    return [leaf for item in value for leaf in flatten(item)] if isinstance(value, list) else [value]


def merge_pairs(ncells):
    def merge(replies):
        cells = [0] * ncells
        for flat in replies:
            for i in range(0, len(flat), 2):
                cells[flat[i]] += flat[i + 1]
        return cells

    return merge


def merge_cards(ncells):
    def merge(replies):
        cells = [0] * ncells
        for i, n in enumerate(replies):
            cells[i % ncells] += n
        return cells

    return merge


class Bench:
    def __init__(self, rows, partitions):
        self.rows, self.partitions = rows, partitions
        self.server = harness.Server(2, ("--partitions", partitions, "--query-timeout", 120000))
        data = os.path.join(self.server.dir, "data")
        self.shards = [os.path.join(data, "shard-%d" % i, "redis.sock") for i in range(2)]
        self.lines = []

    def close(self):
        self.server.close()

    def load(self):
        path = os.path.join(self.server.dir, "rows.csv")
        with open(path, "wb") as out:
            subprocess.run([os.path.join(harness.BIN, "quipu-gen"), "--rows", str(self.rows)], stdout=out, check=True)
        start = time.perf_counter()
        subprocess.run(
            [os.path.join(harness.BIN, "quipu-load"), "--port", str(self.server.port), "--dataset", "current",
             "--quiet", path], check=True)
        seconds = time.perf_counter() - start
        with self.server.client() as client:
            assert client.call("DBSIZE") == self.rows
            verify = harness.pairs(client.call("DATASET", "VERIFY", "current"))
        assert verify["mismatches"] == 0 and verify["rows"] == self.rows, verify
        return self.rows / seconds

    def tags(self, shard):
        with harness.Client(shard, timeout=120) as client:
            return [key for key in client.call("KEYS", "current:rows{*}")]

    def by_script(self, name, lua, merge, *args):
        requests = []
        for shard in self.shards:
            with harness.Client(shard, timeout=120) as client:
                sha = client.call("SCRIPT", "LOAD", lua)
            keys = self.tags(shard)
            requests.append((shard, [["EVALSHA", sha, len(keys)] + keys + list(args)]))
        return Contender(name, requests, merge)

    def by_pipeline(self, name, filtered):
        requests = []
        for shard in self.shards:
            commands = []
            for key in self.tags(shard):
                tag = key[len(b"current:rows"):]
                for a in range(1, 3):
                    for b in range(1, 9):
                        sets = [b"current:value_1=%d" % a + tag, b"current:value_2=%d" % b + tag]
                        if filtered:
                            sets.append(b"hand:filter" + tag)
                        commands.append(["SINTERCARD", len(sets)] + sets)
            requests.append((shard, commands))
        return Contender(name, requests, merge_cards_all)

    def quipu(self, name, query, before=None):
        return Contender(name, [(self.server.unixsocket, [["QUERY", query]])], flatten, before)

    def clear(self):
        with self.server.client(unix=True) as client:
            client.call("CACHE", "CLEAR")

    def compare(self, title, contenders, runs, target=None):
        answers = [contender.answer for contender in contenders]
        for contender in contenders[1:]:
            assert contender.answer == answers[0], "%s: %s answers differently" % (title, contender.name)
        times = {contender: [] for contender in contenders}
        for _ in range(runs):
            for contender in contenders:
                times[contender].append(contender.run())
        first = contenders[0]
        self.lines.append("| **%s** | | | %s |" % (title, target or ""))
        for contender in contenders:
            ratio = statistics.median(a / b for a, b in zip(times[first], times[contender]))
            p95 = sorted(times[contender])[int(len(times[contender]) * 0.95) - 1] if runs >= 20 else max(times[contender])
            self.lines.append("| %s | %.2f ms (p95 %.2f) | %s | |" % (
                contender.name, statistics.median(times[contender]), p95,
                "1" if contender is first else "%.2f x" % ratio))
        for line in self.lines[-len(contenders) - 1:]:
            print(line, flush=True)


def merge_cards_all(replies):
    return merge_cards(16)(replies)


def machine():
    model = "?"
    with open("/proc/cpuinfo") as cpuinfo:
        for line in cpuinfo:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    redis = subprocess.run(["redis-server", "--version"], stdout=subprocess.PIPE).stdout.decode().split()[2]
    return "%d cores, %s, Linux %s, Redis %s" % (
        os.cpu_count(), model, platform.release().split("-")[0], redis.lstrip("v="))


def run(rows, partitions):
    bench = Bench(rows, partitions)
    try:
        rate = bench.load()
        print("load: %d rows/s" % rate, flush=True)
        merge16, merge336 = merge_pairs(16), merge_pairs(336)
        # The length of a script's reply depends on nothing but the data: cells that are not zero, always the same.
        bench.compare("the mission's query, warm", [
            bench.quipu("Quipu", MISSION),
            bench.by_script("by hand: one script per shard, union cached", MISSION_LUA, merge336),
        ], 200, "p50 under 15 ms; at most 1.3 x")
        bench.compare("the mission's query, no filter cached", [
            bench.quipu("Quipu", MISSION, bench.clear),
        ], 50, "p50 under 250 ms")
        bench.compare("value_1 by value_2, all rows", [
            bench.quipu("Quipu", DENSE),
            bench.by_script("by hand: a script of SINTERCARDs", DENSE_LUA, merge16, "all"),
            bench.by_pipeline("by hand: pipelined SINTERCARDs", False),
        ], 15, "under 2 s; at most 1.3 x")
        bench.compare("value_1 by value_2, all rows, against the naive script", [
            bench.quipu("Quipu", DENSE),
            bench.by_script("naive: SINTER, then HMGET of every row", NAIVE_LUA, merge16),
        ], 5, "naive / Quipu at least 4")
        bench.compare("value_1 by value_2 under the 16-field OR, warm", [
            bench.quipu("Quipu", DENSE_FILTERED),
            bench.by_script("by hand: a script, union cached", DENSE_LUA, merge16, "filtered"),
            bench.by_pipeline("by hand: pipelined SINTERCARDs, union cached", True),
        ], 15, "at most 1.3 x")
        bench.compare("value_1 by value_2 under the 16-field OR, no filter cached", [
            bench.quipu("Quipu", DENSE_FILTERED, bench.clear),
        ], 7)
    finally:
        bench.close()
    return rate, bench.lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--partitions", default="64")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    args = parser.parse_args()
    text = "Measured on %s; %d rows, two embedded shards, `appendfsync everysec`.\n\n" % (machine(), args.rows)
    for partitions in args.partitions.split(","):
        rate, lines = run(args.rows, int(partitions))
        text += "%s partitions; `quipu-load`: %s rows/s (target: 40,000 or more).\n\n" % (
            partitions, format(int(rate), ","))
        text += "| | median | Quipu's time / its | target |\n| --- | --- | --- | --- |\n"
        text += "\n".join(lines) + "\n\n"
    print("\n" + text)
    if args.write:
        write_section("sets", text)


if __name__ == "__main__":
    main()
