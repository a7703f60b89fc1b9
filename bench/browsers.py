#!/usr/bin/env python3
"""What browsers that watch queries cost those who ask by RESP.

    bench/browsers.py                                1,000,000 rows, both methods, five pairs
    bench/browsers.py --rows 100000 --rounds 1 --seconds 5 --method columns

Rows are written at a rate, all the time. GETs go in at a rate (bench_latency, open loop), in turn without and with the
browsers: each watches one of ten queries by long polls, and now and then asks one itself. At the end the writes stop; what each
browser was told last must be what a count by RESP answers. Browsers and writer are processes of their own.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
os.environ.setdefault("QUIPU_BIN", os.path.join(ROOT, "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from passthrough import latency, rss_kib  # noqa: E402
from sets import machine  # noqa: E402

QUERIES = ["count value_%d in [1,8], value_2 in [1,8] from current where value_%d = 1" % (i, 3 + i) for i in (1, 3, 4)]
QUERIES += ["count value_1 in [1,2], value_%d in [1,7] from current" % i for i in range(2, 9)]
GETS, CONNECTIONS, ADDED_P99_TARGET_US = 2000, 20, 1000


def write(port, rows, rate, over, nwritten):
    """HSETs of a value at a rate, 100 in one go."""
    rng = random.Random(1)
    with harness.Client(("127.0.0.1", port)) as client:
        due = time.monotonic()
        while not over.is_set():
            client.pipeline([("HSET", "profile_%d" % rng.randrange(1, rows + 1), "value_%d" % rng.randrange(1, 9),
                              rng.randrange(1, 3)) for _ in range(100)])
            nwritten.value += 100
            due = max(due + 100 / rate, time.monotonic() - 0.1)
            time.sleep(max(0, due - time.monotonic()))


class Browser:
    def __init__(self, port, text, rng):
        self.port, self.text, self.rng = port, text, rng
        self.version, self.reply, self.nanswers, self.nasked = 0, None, 0, 0

    async def post(self, path, **members):
        body = json.dumps(members).encode()
        self.writer.write(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            path.encode(), len(body), body))
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        answer = json.loads(await self.reader.readexactly(size))
        if "error" in answer:
            raise AssertionError(answer)
        return answer

    async def run(self, stopped, is_done):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 24)
        try:
            while not (stopped.is_set() and is_done(self)):
                news = await self.post("/api/watch", text=self.text, after=self.version)
                self.version = news["version"]
                if "reply" in news:
                    self.reply, self.nanswers = news["reply"]["cells"], self.nanswers + 1
                if self.rng.random() < 0.05:
                    await self.post("/api/query", text=self.text)
                    self.nasked += 1
        finally:
            self.writer.close()


def browse(http_port, port, nbrowsers, stopped, told):
    """Until the writes have stopped and every browser has the answer that RESP gives."""
    right = {}

    def is_done(browser):
        if not right:
            with harness.Client(("127.0.0.1", port)) as client:
                right.update((text, json.loads(client.call("QUERY", text + " format json"))["cells"]) for text in QUERIES)
        return browser.reply == right[browser.text]

    async def all_run():
        browsers = [Browser(http_port, QUERIES[i % len(QUERIES)], random.Random(i)) for i in range(nbrowsers)]
        try:
            await asyncio.wait_for(asyncio.gather(*(browser.run(stopped, is_done) for browser in browsers)), 600)
        except asyncio.TimeoutError:
            pass
        wrong = sum(not is_done(browser) for browser in browsers)
        told.put((wrong, sum(b.nanswers for b in browsers), sum(b.nasked for b in browsers)))

    asyncio.run(all_run())


class Turn:
    """Writes under way, with browsers or without."""

    def __init__(self, server, http_port, options, with_browsers):
        self.over, self.nwritten = multiprocessing.Event(), multiprocessing.Value("q", 0)
        self.told = multiprocessing.Queue()
        self.processes = [multiprocessing.Process(target=write, args=(server.port, options.rows, options.rate, self.over, self.nwritten))]
        if with_browsers:
            self.processes.append(multiprocessing.Process(
                target=browse, args=(http_port, server.port, options.browsers, self.over, self.told)))
        self.with_browsers = with_browsers

    def __enter__(self):
        for process in self.processes:
            process.start()
        time.sleep(2)
        return self

    def __exit__(self, *_):
        self.over.set()
        self.processes[0].join()
        if self.with_browsers:
            self.wrong, self.nanswers, self.nasked = self.told.get(timeout=700)
        for process in self.processes:
            process.join()


def run(method, options):
    http_port = harness.free_port()
    words = ["--method", method, "--http-port", str(http_port), "--http-watch-timeout", "2s"]
    with harness.Server(2, words) as server:
        rows = subprocess.Popen([harness.GEN, "--rows", str(options.rows)], stdout=subprocess.PIPE)
        subprocess.run([harness.LOAD, "--port", str(server.port), "--dataset", "current", "--key", "key", "-"], stdin=rows.stdout,
                       check=True, stderr=subprocess.DEVNULL)
        added, before = [], rss_kib(server.process.pid)
        for turn in range(options.rounds):
            times = {}
            for with_browsers in (turn % 2 == 1, turn % 2 == 0):
                with Turn(server, http_port, options, with_browsers) as under:
                    began, written = time.monotonic(), under.nwritten.value
                    times[with_browsers] = latency(server.port, GETS, options.seconds, ["GET", "key"], CONNECTIONS)
                    rate = (under.nwritten.value - written) / (time.monotonic() - began)
                print("%s, %s: GET p50 %d us, p99 %d us beside %d writes a second%s" % (
                    method, "%d browsers" % options.browsers if with_browsers else "no browser", *times[with_browsers], rate,
                    "; %d answers, %d queries, %d wrong at the end; server %d MB" % (
                        under.nanswers, under.nasked, under.wrong, rss_kib(server.process.pid) // 1024) if with_browsers else ""), flush=True)
                if with_browsers and under.wrong:
                    sys.exit("%d browsers were told something else last" % under.wrong)
            added.append(times[True][1] - times[False][1])
        print("%s: added to p99 %d us (median of %d pairs; target: under %d), memory %d -> %d MB" % (
            method, statistics.median(added), len(added), ADDED_P99_TARGET_US, before // 1024, rss_kib(server.process.pid) // 1024))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1000000)
    parser.add_argument("--rate", type=int, default=10000, help="writes a second")
    parser.add_argument("--browsers", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--method", choices=("sets", "columns"))
    options = parser.parse_args()
    print(machine())
    for method in [options.method] if options.method else ["columns", "sets"]:
        run(method, options)


if __name__ == "__main__":
    main()
