#!/usr/bin/env python3
"""Redis' own commands through Quipu, beside the same redis-server asked directly and through twemproxy.

    scripts/bench --peers passthrough            asks each in turn (A B C A B C ...), prints medians and ratios
    scripts/bench --peers --write passthrough    and writes them into docs/performance.md

All three have the same redis-server behind them, over TCP on loopback, and keys by chance out of 100,000. Throughput is
redis-benchmark's, 50 connections; added latency is bench_latency's at half of what Quipu carried, the same rate to all.
Then memory: after a burst, with 10,000 idle connections; and what one client's heavy counts do to another's GET.
Without nutcracker (scripts/setup --peers) its columns are left out.
"""

import argparse
import csv
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from page import write_section  # noqa: E402
from sets import machine  # noqa: E402

KEYS = 100000
VALUE = b"v" * 32
LATENCY = os.path.join(harness.BIN, "bench_latency")
# test, pipeline, requests, the least share of direct that is aimed at
LOADS = [("get", 1, 80000, 0.9), ("set", 1, 80000, 0.9), ("get", 16, 500000, 0.5), ("set", 16, 500000, 0.8)]


def wait_answering(port, process):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            with harness.Client(("127.0.0.1", port), timeout=5) as client:
                client.call("GET", "k")
            return
        except (OSError, harness.Closed, harness.ReplyError):
            time.sleep(0.02)
    raise AssertionError("nothing answers on port %d:\n%s" % (port, process.log()))


def nutcracker():
    found = shutil.which("nutcracker") or "/usr/sbin/nutcracker"
    return found if os.path.exists(found) else None


class Contenders:
    """One redis-server, and the ways to it."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="quipu-bench-")
        self.processes, self.server = [], None
        self.ports = {}
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def _start(self):
        redis = harness.free_port()
        self._spawn("redis", redis, ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--dir", self.dir])
        self.ports["direct"] = redis
        fill(redis)
        if nutcracker():
            port, stats = harness.free_port(), harness.free_port()
            path = os.path.join(self.dir, "nutcracker.yml")
            with open(path, "w") as conf:
                conf.write(
                    "bench:\n  listen: 127.0.0.1:%d\n  redis: true\n  hash: fnv1a_64\n  distribution: ketama\n"
                    "  timeout: 5000\n  servers:\n   - 127.0.0.1:%d:1\n" % (port, redis))
            self._spawn("twemproxy", port, [nutcracker(), "-c", path, "-s", str(stats)])
            self.ports["twemproxy"] = port
        self.server = harness.Server(shard_words=["static", "127.0.0.1:%d" % redis])
        self.ports["quipu"] = self.server.port

    def _spawn(self, name, port, words):
        process = harness.Process(words, os.path.join(self.dir, name + ".log"))
        self.processes.append(process)
        wait_answering(port, process)

    def close(self):
        if self.server:
            self.server.close()
        for process in self.processes:
            process.popen.kill()
            process.popen.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


def fill(port):
    """What redis-benchmark asks for is there, so that a GET has a value to carry."""
    with harness.Client(("127.0.0.1", port)) as client:
        for first in range(0, KEYS, 1000):
            client.send_bytes(b"".join(harness.encode(("SET", "key:%012d" % key, VALUE)) for key in range(first, first + 1000)))
            for _ in range(1000):
                client.read()


def in_turn(names, turn):
    """All of them, each turn beginning with another: nobody always comes behind the same one."""
    names = list(names)
    first = turn % len(names)
    return names[first:] + names[:first]


# ---- throughput ----


def redis_benchmark(port, test, pipeline, requests):
    """Requests a second."""
    done = subprocess.run(
        ["redis-benchmark", "-p", str(port), "-t", test, "-P", str(pipeline), "-n", str(requests), "-c", "50"]
        + ["-r", str(KEYS), "-d", str(len(VALUE)), "--csv"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    rows = list(csv.reader(line for line in done.stdout.decode().splitlines() if line.startswith('"')))
    return float(rows[-1][1])


def throughput(contenders, rounds, scale):
    lines, carried = [], {}
    for test, pipeline, requests, aim in LOADS:
        rates = {name: [] for name in contenders.ports}
        for turn in range(rounds):
            for name in in_turn(contenders.ports, turn):
                rates[name].append(redis_benchmark(contenders.ports[name], test, pipeline, int(requests * scale)))
        median = {name: statistics.median(values) for name, values in rates.items()}

        def share(of):
            return statistics.median(q / other for q, other in zip(rates["quipu"], rates[of]))

        carried[test, pipeline] = median["quipu"]
        lines.append("| %s%s | %s | %s | %s | %.0f %% | %s | %.0f %% of direct, no less than twemproxy |" % (
            test.upper(), ", pipelined by %d" % pipeline if pipeline > 1 else "", count(median["direct"]),
            count(median.get("twemproxy")), count(median["quipu"]), 100 * share("direct"),
            "%.0f %%" % (100 * share("twemproxy")) if "twemproxy" in rates else "-", 100 * aim))
        print(lines[-1], flush=True)
    head = ("| requests a second | direct | twemproxy | Quipu | Quipu / direct | Quipu / twemproxy | target |\n"
            "| --- | --- | --- | --- | --- | --- | --- |\n")
    return head + "\n".join(lines) + "\n", carried


def count(number):
    return "-" if number is None else format(int(number), ",")


# ---- latency ----


def latency(port, rate, seconds, words, connections=50):
    done = subprocess.run([LATENCY, str(port), str(rate), str(seconds), str(connections)] + words,
                          stdout=subprocess.PIPE, check=True)
    words = done.stdout.decode().replace(",", "").split()
    return int(words[words.index("p50") + 1]), int(words[words.index("p99") + 1])


def added_latency(contenders, rounds, rate, seconds):
    times = {name: [] for name in contenders.ports}
    for turn in range(rounds):
        for name in in_turn(contenders.ports, turn):
            times[name].append(latency(contenders.ports[name], rate, seconds, ["GET", "key:000000000001"]))
    lines = ["| GET at %s a second | p50 | p99 | added p50 | added p99 |" % count(rate), "| --- | --- | --- | --- | --- |"]
    for name in times:
        p50, p99 = (statistics.median(pair[i] for pair in times[name]) for i in (0, 1))
        added = [statistics.median(own[i] - direct[i] for own, direct in zip(times[name], times["direct"])) for i in (0, 1)]
        lines.append("| %s | %d us | %d us | %s | %s |" % (
            {"direct": "direct", "twemproxy": "twemproxy", "quipu": "Quipu (target: under 60 and 300 added)"}[name], p50, p99,
            *("" if name == "direct" else "%d us" % us for us in added)))
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


# ---- memory ----


def rss_kib(pid):
    with open("/proc/%d/status" % pid) as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


def memory_after_burst(server, wait_s):
    """Five hundred connections, pipelines of 100, values of a kilobyte; then a minute of quiet."""
    pid = server.process.pid
    redis_benchmark(server.port, "get", 1, 20000)
    start = rss_kib(pid)
    peak, over = [start], threading.Event()

    def watch():
        while not over.wait(0.05):
            peak[0] = max(peak[0], rss_kib(pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    for test in ("set", "get"):
        subprocess.run(["redis-benchmark", "-p", str(server.port), "-t", test, "-P", "100", "-n", "1000000", "-c", "500",
                        "-r", str(KEYS), "-d", "1000", "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    over.set()
    watcher.join()
    time.sleep(wait_s)
    end = rss_kib(pid)
    line = "%.1f MiB before, %.1f MiB at most, %.1f MiB %d s after: %+.0f %%" % (
        start / 1024, peak[0] / 1024, end / 1024, wait_s, 100 * (end - start) / start)
    print(line, flush=True)
    return "Memory around a burst (500 connections, pipelines of 100, values of 1,000 bytes): %s (target: within 20 %%).\n" % line


def memory(redis):
    """Each on a server of its own: what the last one has left behind is not counted."""
    text = ""
    for measure, argument in ((memory_after_burst, 60), (idle_connections, 10000)):
        server = harness.Server(shard_words=["static", "127.0.0.1:%d" % redis])
        try:
            text += measure(server, argument) + "\n"
        finally:
            server.close()
    return text


def idle_connections(server, number):
    pid = server.process.pid
    with server.client() as client:
        client.call("CONFIG", "SET", "maxclients", number + 100)
        before = rss_kib(pid)
        sockets = []
        try:
            for i in range(number):
                idle = socket.create_connection(("127.0.0.1", server.port))
                sockets.append(idle)
                idle.sendall(b"PING\r\n")
                if idle.recv(64) != b"+PONG\r\n":
                    raise AssertionError("connection %d is not served" % i)
            connected = int(harness.info(client, "clients")["connected_clients"])
            after = rss_kib(pid)
        finally:
            for idle in sockets:
                idle.close()
    assert connected == number + 1, connected
    line = "%s idle connections: %.1f MiB in all, %.2f KiB each" % (count(number), after / 1024, (after - before) / number)
    print(line, flush=True)
    return line + " (target: under 200 MiB, 4 KiB each or less).\n"


# ---- a heavy neighbour ----


def heavy_neighbour(rows, rate, seconds):
    """GETs of a key at a shard that has no rows, while another client's dense counts run one behind the other on the others.

    Two partitions, so of three shards one at least has none: what slows the GET is the server, or the machine's cores.
    """
    shards = [harness.Redis(tcp=True) for _ in range(3)]
    server = None
    try:
        server = harness.Server(shard_words=["static"] + ["127.0.0.1:%d" % shard.port for shard in shards],
                                options=("--query-timeout", "120000", "--partitions", "2"))
        path = os.path.join(server.dir, "rows.csv")
        with open(path, "wb") as out:
            subprocess.run([harness.GEN, "--rows", str(rows)], stdout=out, check=True)
        subprocess.run([harness.LOAD, "--port", str(server.port), "--dataset", "current", "--quiet", path], check=True)
        key = unloaded_key(server, shards)
        with server.client(timeout=120) as client:
            idle = latency(server.port, rate, seconds, ["GET", key], 10)
            over, counts = threading.Event(), []

            def count_on():
                while not over.is_set():
                    client.call("QUERY", "count value_1 in [1,2], value_2 in [1,8] from current nocache")
                    counts.append(1)

            counter = threading.Thread(target=count_on)
            counter.start()
            busy = latency(server.port, rate, seconds, ["GET", key], 10)
            over.set()
            counter.join()
    finally:
        if server:
            server.close()
        for shard in shards:
            shard.close()
    line = ("GET at %d a second at a shard without rows, p50 and p99: %d us and %d us alone, %d us and %d us beside a client whose "
            "counts of 16 cells over %s rows run without a pause (%d of them)" % (rate, *idle, *busy, count(rows), len(counts)))
    print(line, flush=True)
    return line + "; target: p99 slower by no more than 5 ms.\n"


def unloaded_key(server, shards):
    """A key at a shard that has no partition."""
    clients = [shard.client() for shard in shards]
    try:
        free = [client for client in clients if not client.call("KEYS", "current:rows{*}")]
        with server.client() as client:
            for i in range(1000):
                client.call("SET", "key-%d" % i, "v")
                if any(shard.call("EXISTS", "key-%d" % i) for shard in free):
                    return "key-%d" % i
    finally:
        for client in clients:
            client.close()
    raise AssertionError("every shard has rows")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of requests")
    parser.add_argument("--quick", action="store_true", help="throughput and latency only")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    args = parser.parse_args()
    contenders = Contenders()
    try:
        if "twemproxy" not in contenders.ports:
            print("nutcracker is not installed: scripts/setup --peers", file=sys.stderr)
        text = "Measured on %s; medians of %d rounds in turn, 50 connections, values of 32 bytes.\n\n" % (machine(), args.rounds)
        table, carried = throughput(contenders, args.rounds, args.scale)
        text += table + "\n"
        text += added_latency(contenders, 2 * args.rounds, int(carried["get", 1] / 2), 1) + "\n"
        if not args.quick:
            text += memory(contenders.ports["direct"])
    finally:
        contenders.close()
    if not args.quick:
        text += heavy_neighbour(1000000, 2000, 10)
    print("\n" + text)
    if args.write:
        write_section("passthrough", text)


if __name__ == "__main__":
    main()
