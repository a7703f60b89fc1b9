#!/usr/bin/env python3
"""What happens to clients in each fault, in numbers: a shard that hangs, ways that break, masters that die or hand over, slots
that move.

    scripts/bench --write faults         prints the table and writes it into docs/operations.md

Two clients go on while a fault is made: one sends SET and GET of keys by chance, one counts. For each fault: the errors they
got, the longest they waited, and how soon after the fault was over everything was answered again. Medians and worst of
several rounds on a cluster of three masters and three replicas (cluster-node-timeout 1 s), or on two shards.
"""

import argparse
import os
import statistics
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from cluster_harness import Cluster, SlotMove, slot_of  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from page import write_section  # noqa: E402
from passthrough import latency  # noqa: E402
from sets import machine  # noqa: E402

SHARD_TIMEOUT_MS, QUERY_TIMEOUT_MS = 500, 300
ROWS = 300


class Load:
    """The two clients, and what they met."""

    def __init__(self, server):
        self.server = server
        self.over = threading.Event()
        self.events = []  # (when it ended, seconds it took, error's code or None, "key" or "count")
        self.threads = [threading.Thread(target=self.run, args=args) for args in (
            ("key", self.ask_key), ("count", lambda client, i: client.call("QUERY", "count from current nocache")))]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(0.5)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def ask_key(self, client, i):
        key = "key-%d" % (i * 7919 % 1000)
        client.call("SET" if i % 2 else "GET", key, *(["v"] if i % 2 else []))

    def run(self, kind, ask):
        with self.server.client(timeout=60) as client:
            i = 0
            while not self.over.is_set():
                i += 1
                started, code = time.monotonic(), None
                try:
                    ask(client, i)
                except harness.ReplyError as error:
                    code = error.code
                    time.sleep(0.002)
                ended = time.monotonic()
                self.events.append((ended, ended - started, code, kind))

    def errors(self, kind):
        codes = [code for _, _, code, k in self.events if k == kind and code]
        return {code: codes.count(code) for code in sorted(set(codes))}

    def longest_ms(self, kind):
        return 1000 * max(took for _, took, _, k in self.events if k == kind)

    def well_after_ms(self, since):
        """When the last error, or the last wait of 100 ms or more, ended; after `since`."""
        bad = [ended for ended, took, code, _ in self.events if code or took >= 0.1]
        return max(0.0, 1000 * (max(bad) - since)) if bad else 0.0


class Faults:
    def __init__(self, rounds):
        self.rounds, self.lines = rounds, []

    def measure(self, what, server, fault, settle):
        """fault(): makes it and returns when it was over, by the clock; settle(): until the next may come."""
        keys, counts, waits, count_waits, wells = [], [], [], [], []
        for _ in range(self.rounds):
            with Load(server) as load:
                over = fault()
                time.sleep(1.0)
            settle()
            keys.append(load.errors("key"))
            counts.append(load.errors("count"))
            waits.append(load.longest_ms("key"))
            count_waits.append(load.longest_ms("count"))
            wells.append(load.well_after_ms(over))
        self.lines.append("| %s | %s | %s | %.0f (%.0f) | %.0f (%.0f) | %.0f (%.0f) |" % (
            what, said(keys), said(counts), statistics.median(waits), max(waits), statistics.median(count_waits),
            max(count_waits), statistics.median(wells), max(wells)))
        print(self.lines[-1], flush=True)

    # -- two shards, the way to one of them through a proxy --

    def on_two_shards(self):
        shards = [harness.Redis(tcp=True) for _ in range(2)]
        proxy = FaultProxy(shards[1].address)
        server = harness.Server(
            shard_words=["static", "127.0.0.1:%d" % shards[0].port, proxy.address],
            options=("--shard-timeout", SHARD_TIMEOUT_MS, "--query-timeout", QUERY_TIMEOUT_MS))
        try:
            fill(server)
            pid = shards[1].process.pid

            def hang():
                os.kill(pid, 19)
                time.sleep(1.5)
                os.kill(pid, 18)
                return time.monotonic()

            def stall():
                proxy.stall()
                time.sleep(1.5)
                proxy.go_on()
                return time.monotonic()

            def reset():
                proxy.reset_all()
                return time.monotonic()

            def refuse():
                proxy.refuses = True
                proxy.reset_all()
                time.sleep(1.5)
                proxy.refuses = False
                return time.monotonic()

            calm = lambda: time.sleep(1)  # noqa: E731
            self.measure("a shard hangs for 1.5 s (SIGSTOP)", server, hang, calm)
            self.measure("the way to a shard is dead for 1.5 s: nothing passes, nothing is said", server, stall, calm)
            self.measure("all connections to a shard are reset", server, reset, calm)
            self.measure("a shard refuses connections for 1.5 s", server, refuse, calm)
            return self.neighbours(server, shards, pid)
        finally:
            server.close()
            proxy.close()
            for shard in shards:
                shard.close()

    def neighbours(self, server, shards, pid):
        """GETs of a key at the first shard, while the second stands still and others ask it."""
        key = ""
        with server.client() as client, shards[0].client() as first:
            for i in range(1000):
                key = "key-%d" % i
                client.call("SET", key, "v")
                if first.call("EXISTS", key):
                    break
        before, during = [], []
        for _ in range(self.rounds):
            before.append(latency(server.port, 2000, 2, ["GET", key], 10)[1])
            os.kill(pid, 19)
            try:
                with Load(server):
                    during.append(latency(server.port, 2000, 2, ["GET", key], 10)[1])
            finally:
                os.kill(pid, 18)
            time.sleep(1.5)
        ratio = statistics.median(after / first for first, after in zip(before, during))
        line = "Clients that don't need the shard that hangs: GET p99 %d us before, %d us while it hangs, %.2f times (target: 1.5)." % (
            statistics.median(before), statistics.median(during), ratio)
        print(line, flush=True)
        return line

    # -- a cluster --

    def on_a_cluster(self):
        cluster = Cluster(masters=3, replicas=1, node_timeout_ms=1000, options=["--cluster-replica-validity-factor", "0"])
        server = None
        try:
            server = harness.Server(shard_words=["cluster"] + cluster.seeds(), options=(
                "--shard-timeout", SHARD_TIMEOUT_MS, "--query-timeout", QUERY_TIMEOUT_MS, "--partitions", "32"))
            fill(server)
            turn = iter(range(1000))
            dead = []

            def master():
                masters = cluster.masters()
                return masters[next(turn) % len(masters)]

            def kill():
                dead.append(master())
                dead[-1].kill()
                cluster.wait_promoted(dead[-1])
                return time.monotonic()

            def settle_killed():
                dead.pop().start()
                cluster.wait_whole()

            def pause():
                dead.append(master())
                dead[-1].pause()
                cluster.wait_promoted(dead[-1])
                return time.monotonic()

            def settle_paused():
                dead.pop().resume()
                time.sleep(1)
                cluster.wait_whole()

            def hand_over():
                cluster.failover(cluster.replicas_of(master())[0], "")
                return time.monotonic()

            def move():
                for i in range(5):
                    slot = slot_of("key-%d" % (next(turn) % 1000))
                    source = cluster.owner(slot)
                    step = SlotMove(cluster, slot, next(m for m in cluster.masters() if m is not source))
                    step.begin()
                    time.sleep(0.05)
                    while step.keys(1):
                        time.sleep(0.01)
                    time.sleep(0.05)
                    step.end()
                return time.monotonic()

            self.measure("a master is killed; over: its replica's promotion is known to all", server, kill, settle_killed)
            self.measure("a master hangs for good; over: the same", server, pause, settle_paused)
            self.measure("a master hands over to its replica (CLUSTER FAILOVER)", server, hand_over, cluster.wait_whole)
            self.measure("five slots move, key by key", server, move, cluster.wait_whole)
        finally:
            if server:
                server.close()
            cluster.close()


def said(rounds):
    """Errors by their codes, the median and the worst round's number."""
    codes = sorted({code for errors in rounds for code in errors})
    if not codes:
        return "none"
    return ", ".join("%s %d (%d)" % (
        code, statistics.median(errors.get(code, 0) for errors in rounds), max(errors.get(code, 0) for errors in rounds))
        for code in codes)


def fill(server):
    with server.client() as client:
        client.pipeline([("HSET", "profile_%d" % i, "sex", "fm"[i % 2]) for i in range(ROWS)])
        client.pipeline([("SET", "key-%d" % i, "v") for i in range(1000)])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="into docs/operations.md")
    args = parser.parse_args()
    faults = Faults(args.rounds)
    neighbours = faults.on_two_shards()
    faults.on_a_cluster()
    text = ("Measured on %s; `shard-timeout` %d ms, `query-timeout` %d ms, `cluster-node-timeout` 1 s; median and, in brackets, "
            "worst of %d rounds. One client sends SET and GET, one counts.\n\n" % (machine(), SHARD_TIMEOUT_MS, QUERY_TIMEOUT_MS, args.rounds))
    text += ("| fault | errors of SET and GET | errors of counts | longest SET or GET, ms | longest count, ms | all well after it was over, ms |\n"
             "| --- | --- | --- | --- | --- | --- |\n")
    text += "\n".join(faults.lines) + "\n\n" + neighbours + "\n"
    print("\n" + text)
    if args.write:
        write_section("faults", text, "operations.md")


if __name__ == "__main__":
    main()
