"""Queries that are watched over HTTP: who watches is told the answer again when its dataset has changed, and not before.

    QUIPU_METHOD=columns python3 tests/e2e/test_watching.py Watching.test_100_watchers_share_a_count

What is a change, tests/e2e/test_live.py says.
"""

import json
import random
import threading
import time
import unittest

from datasets_harness import beside, embedded_shards
from fault_proxy import PassingNode
from http_harness import Browser, HttpOptions, connect
from quipu_harness import METHOD, Redis, ReplyError, Server, ServerCase, free_port, info, main, pairs, wait_until

BY_COLUMNS = METHOD == "columns"
COUNT = "count sex from current where age >= 0"


def post(path, **members):
    body = json.dumps(members).encode()
    return b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (path.encode(), len(body), body)


class Watcher:
    """A browser's page: asks again and again."""

    def __init__(self, port, text=COUNT):
        self.browser, self.text, self.version, self.nanswers = Browser(port), text, None, 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    def ask(self):
        """One poll: the reply, or None where there is nothing new."""
        members = {"text": self.text}
        if self.version is not None:
            members["after"] = self.version
        news = self.browser.ask("/api/watch", **members)
        self.version = news["version"]
        self.nanswers += "reply" in news
        return news.get("reply")

    def news(self):
        """Until there is something new."""
        while True:
            reply = self.ask()
            if reply is not None:
                return reply

    def until(self, expected, timeout=60):
        """Until the answer has these cells."""
        ends = time.monotonic() + timeout
        while True:
            reply = self.news()
            if cells(reply) == expected:
                return reply
            if time.monotonic() > ends:
                raise AssertionError("%r, and never %r" % (cells(reply), expected))


def cells(reply):
    return {position["label"]: count for position, count in zip(reply["dims"][0]["positions"], reply["cells"])}


class Watching(HttpOptions, ServerCase):
    http_options = ("--http-watch-timeout", "1s")

    def setUp(self):
        super().setUp()
        for i in range(10):
            self.hset("profile_%d" % i, sex=i % 2, age=i)

    def watcher(self, text=COUNT):
        watcher = Watcher(self.http_port, text)
        self.addCleanup(watcher.browser.close)
        return watcher

    def nqueries(self):
        return int(info(self.client, "stats")["queries"])

    def test_first_answer_and_changes(self):
        watcher = self.watcher()
        reply = watcher.ask()
        expected = self.browser().query(COUNT)
        for answer in (reply, expected):
            answer.pop("took_us")
        self.assertEqual(reply, expected)
        for i in range(5):
            self.hset("profile_1%d" % i, sex=1, age=1)
            self.assertEqual(cells(watcher.news()), {"0": 5, "1": 6 + i})

    def test_nothing_new(self):
        watcher = self.watcher()
        while watcher.ask() is not None:  # work behind an earlier DROP changes the catalog
            pass
        before, version, began = self.nqueries(), watcher.version, time.monotonic()
        for _ in range(2):
            self.assertIsNone(watcher.ask())
            self.assertEqual(watcher.version, version)
        self.assertGreater(time.monotonic() - began, 1.9)
        self.assertEqual(self.nqueries(), before)

    def test_a_version_of_before(self):
        """A page that was away gets the newest answer at once, and one that knows a version of another server gets one too."""
        watcher = self.watcher()
        watcher.ask()
        for version in (1, watcher.version - 1, 2**53 - 1):
            watcher.version = version
            self.assertEqual(cells(watcher.ask()), {"0": 5, "1": 5})

    def test_an_answer_is_as_new_as_its_question(self):
        """What was written before a page asks is in its first answer, whatever others watch."""
        over = threading.Event()
        wrong = []

        def watch():
            with Watcher(self.http_port) as watcher:
                while not over.is_set():
                    watcher.ask()

        threads = [threading.Thread(target=watch) for _ in range(3)]
        for thread in threads:
            thread.start()
        for i in range(60):
            self.hset("profile_new_%d" % i, sex=1, age=1)
            with Watcher(self.http_port) as watcher:
                reply = watcher.news()
                if cells(reply) != {"0": 5, "1": 6 + i}:
                    wrong.append((i, cells(reply)))
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_formats_and_other_statements(self):
        for text, shape in (("count sex from current format csv", str), ("rows sex from current format json", dict),
                            ("count from current;", dict), ("values sex from current", (list, dict)), ("describe current", (list, dict)),
                            ("avg(age) by sex from current", dict), ("explain " + COUNT, list)):
            watcher = self.watcher(text)
            self.assertIsInstance(watcher.news(), shape, text)
            self.hset("profile_1", sex=1, age=random.randint(10, 10**9))
            self.assertIsInstance(watcher.news(), shape, text)

    def test_refused(self):
        browser = self.browser()
        browser.refused(400, "SYNTAX", "/api/watch", text="coutn sex form current")
        browser.refused(400, "ERR", "/api/watch", text="count sex from current into k")
        browser.refused(400, "ERR", "/api/watch", after=1)
        browser.refused(400, "ERR", "/api/watch", text=COUNT, after="x")
        browser.refused(400, "NODATASET", "/api/watch", text="count sex from nobody")
        self.assertEqual(cells(self.watcher().ask()), {"0": 5, "1": 5})

    def test_100_watchers_share_a_count(self):
        watchers = [self.watcher() for _ in range(100)]
        before = self.nqueries()
        told = self.all_ask(watchers)
        self.assertEqual(told, [{"0": 5, "1": 5}] * 100)
        first = self.nqueries() - before
        self.assertLess(first, 60)  # those that come during a count need one that is begun later
        for i in range(3):
            before = self.nqueries()
            self.hset("profile_more_%d" % i, sex=1, age=1)
            told = self.all_ask(watchers)
            self.assertEqual(told, [{"0": 5, "1": 6 + i}] * 100)
            self.assertEqual(self.nqueries() - before, 1)

    def all_ask(self, watchers):
        told = [None] * len(watchers)

        def run(i):
            told[i] = cells(watchers[i].news())

        threads = [threading.Thread(target=run, args=(i,)) for i in range(len(watchers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return told

    def test_definitions(self):
        watcher = self.watcher()
        watcher.ask()
        self.client.call("DATASET", "LABEL", "current", "sex", "1", "Male")
        texts = [position["text"] for position in watcher.news()["dims"][0]["positions"]]
        self.assertEqual(texts, [None, "Male"])
        self.client.call("DATASET", "LABEL", "current", "sex", "1", "")
        texts = [position["text"] for position in watcher.news()["dims"][0]["positions"]]
        self.assertEqual(texts, [None, None])

    def test_dropped(self):
        self.client.call("DATASET", "CREATE", "week", "PREFIX", "week_")
        self.client.call("HSET", "week_1", "sex", "1", "age", "1")
        watcher = self.watcher("count sex from week")
        self.assertEqual(cells(watcher.ask()), {"1": 1})
        self.client.call("DATASET", "DROP", "week")
        for _ in range(2):
            answer = watcher.browser.post("/api/watch", text=watcher.text, after=watcher.version)
            self.assertEqual(answer.json["error"]["code"], "NODATASET")

    def test_flushall(self):
        watcher = self.watcher("count sex in [0,1] from current")
        watcher.ask()
        self.client.call("FLUSHALL")
        watcher.until({"0": 0, "1": 0})
        self.client.call("HSET", "profile_1", "sex", "1")
        watcher.until({"0": 0, "1": 1})

    def test_another_servers_write(self):
        watcher = self.watcher()
        watcher.ask()
        with beside(self.server) as other, other.client() as writer:
            writer.call("HSET", "profile_0", "sex", "1")
            watcher.until({"0": 4, "1": 6})

    def test_written_at_the_shard(self):
        if not BY_COLUMNS:
            self.skipTest("by sets rows are written through the server")
        watcher = self.watcher()
        watcher.ask()
        with embedded_shards(self.server) as shards:
            shards.of("profile_0").call("HSET", "profile_0", "sex", "1")
            watcher.until({"0": 4, "1": 6})

    def test_expiry(self):
        if not BY_COLUMNS:
            self.skipTest("by sets rows do not expire")
        watcher = self.watcher()
        watcher.ask()
        self.client.call("PEXPIRE", "profile_0", "300")
        watcher.until({"0": 4, "1": 5})

    def test_a_shard_restarts(self):
        watcher = self.watcher()
        self.assertEqual(cells(watcher.ask()), {"0": 5, "1": 5})
        self.server.kill_shard(0)
        self.server.wait_until(lambda: self.try_to(self.client.call, "HSET", "profile_0", "sex", "1") == 0, "the shard")
        wait_until(lambda: cells(self.try_to(watcher.news) or {"dims": [{"positions": []}], "cells": []}) == {"0": 4, "1": 6}, "the answer")

    def try_to(self, run, *args):
        try:
            return run(*args)
        except (ReplyError, AssertionError):
            return None

    def test_the_last_answer_is_right(self):
        """10,000 writes, and three that watch meanwhile."""
        over = threading.Event()
        last = [None] * 3
        watchers = [self.watcher() for _ in last]
        counts = self.nqueries()

        def watch(i):
            while not (over.is_set() and last[i] == expected):
                reply = watchers[i].ask()
                last[i] = last[i] if reply is None else cells(reply)

        threads = [threading.Thread(target=watch, args=(i,), daemon=True) for i in range(len(last))]
        expected = None
        for thread in threads:
            thread.start()
        values = {i: i % 2 for i in range(10)}
        for start in range(0, 10000, 100):
            batch = [(random.randrange(1000), random.randrange(4)) for _ in range(100)]
            values.update(batch)
            self.rows.update("profile_%d" % i for i, _ in batch)
            self.client.pipeline([("HSET", "profile_%d" % i, "sex", sex, "age", i) for i, sex in batch])
        expected = {str(sex): sum(value == sex for value in values.values()) for sex in range(4)}
        over.set()
        for thread in threads:
            thread.join(60)
        self.assertEqual(last, [expected] * 3)
        nanswers = max(watcher.nanswers for watcher in watchers)
        self.assertLessEqual(self.nqueries() - counts, nanswers + 20)

    def test_rights(self):
        self.client.call("ACL", "SETUSER", "ann", "on", ">secret", "+@all", "~*", "dataset:current")
        self.client.call("ACL", "SETUSER", "bob", "on", ">secret", "+@all", "~*", "alldatasets", "suppress-below:100")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann", "bob")
        ann, bob = (self.watcher("count sex in [0,1] from current") for _ in range(2))
        ann.browser.login("ann", "secret")
        bob.browser.login("bob", "secret")
        self.assertEqual(cells(ann.ask()), {"0": 5, "1": 5})
        self.assertNotEqual(bob.ask()["hidden"], [])  # of all who watch the same query
        self.hset("profile_0", sex=1)
        self.assertEqual(cells(ann.news()), {"0": 4, "1": 6})
        self.assertNotEqual(bob.news()["hidden"], [])
        self.client.call("ACL", "SETUSER", "ann", "resetdatasets")
        ann.version = None
        ann.browser.refused(403, "NOPERM", "/api/watch", text=ann.text)

    def test_who_has_no_right(self):
        """Neither an answer that another one waits for, nor when there is another one."""
        owner = self.watcher()
        self.client.call("ACL", "SETUSER", "eve", "on", ">secret", "+@all", "~*", "dataset:other")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "eve")
        self.client.call("CONFIG", "SET", "requirepass", "other")
        try:
            self.client.call("ACL", "LOG", "RESET")
            owner.browser.login("default", "other")
            owner.ask()
            eve = self.browser()
            eve.login("eve", "secret")
            for browser, status, code in ((self.browser(), 401, "NOAUTH"), (eve, 403, "NOPERM")):
                browser.refused(status, code, "/api/watch", text=owner.text)
                browser.refused(status, code, "/api/watch", text=owner.text, after=owner.version)
            refused = [pairs(entry) for entry in self.client.call("ACL", "LOG")]
            self.assertEqual([entry["username"] for entry in refused if entry["reason"] == b"dataset"], [b"eve"])
        finally:
            self.client.call("CONFIG", "SET", "requirepass", "")

    def test_rights_that_change_while_it_waits(self):
        """Who waits is told nothing more as whom it was."""
        self.client.call("CONFIG", "SET", "requirepass", "other")
        try:
            for sex, change in enumerate((("ACL", "SETUSER", "ann", "resetdatasets"), ("ACL", "DELUSER", "ann")), 2):
                self.client.call("ACL", "SETUSER", "ann", "on", ">secret", "+@all", "~*", "alldatasets")
                ann = self.watcher()
                ann.browser.login("ann", "secret")
                ann.ask()
                with connect(self.http_port) as connection:
                    request = post("/api/watch", text=ann.text, after=ann.version)
                    connection.sendall(request.replace(b"\r\n\r\n", b"\r\nCookie: %s\r\n\r\n" % ann.browser.cookie.encode(), 1))
                    self.client.call(*change)
                    self.hset("profile_0", sex=sex)
                    self.assertNotIn(b"reply", connection.recv(65536), change)
        finally:
            self.client.call("CONFIG", "SET", "requirepass", "")

    def test_the_server_stops(self):
        with Server(1, ("--http-port", free_port(), "--http-watch-timeout", "60s")) as server:
            port = server.options[1]
            with Watcher(port, "count from current") as watcher:
                watcher.ask()
                with connect(port) as connection:
                    connection.sendall(post("/api/watch", text="count from current", after=watcher.version))
                    began = time.monotonic()
                    server.stop()
                    self.assertIn(b'{"version":%d}' % watcher.version, connection.recv(65536))
                    self.assertLess(time.monotonic() - began, 30)


class Leaving(HttpOptions, ServerCase):
    """By sets, through a node that can hold counts back."""

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis(tcp=True)
        cls.holds, cls.go = False, threading.Event()
        cls.between = PassingNode(cls.redis.address, answer=cls.hold)
        cls.http_port = free_port()
        cls.server = Server(1, ("--http-port", cls.http_port, "--cache-ttl", "0", "--method", "sets"),
                            shard_words=["static", cls.between.address])
        with cls.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "sex", i % 3, "age", i) for i in range(300)])

    @classmethod
    def hold(cls, words):
        """A count waits, and with it whatever comes after it; a look at changes passes."""
        if cls.holds and words[0] == b"EVALSHA" and b"60000" not in words:
            cls.go.wait(60)

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.between.close()
        cls.redis.close()

    def nrunning(self):
        return len(self.client.call("QUERY", "LIST"))

    def test_the_last_one_ends_the_count(self):
        connections = [connect(self.http_port) for _ in range(3)]
        type(self).holds = True
        try:
            for connection in connections:
                connection.sendall(post("/api/watch", text=COUNT + " nocache"))
            self.server.wait_until(lambda: self.nrunning() == 1, "the count runs")
            for connection in connections[1:]:
                connection.close()
            self.assertEqual(self.nrunning(), 1)
            connections[0].close()
            self.server.wait_until(lambda: self.nrunning() == 0, "the count has ended")
        finally:
            type(self).holds = False
            self.go.set()

    def test_leaving_while_nothing_changes(self):
        for _ in range(20):
            with connect(self.http_port) as connection:
                connection.sendall(post("/api/watch", text=COUNT))
                self.assertIn(b'"version":', connection.recv(65536))
                connection.sendall(post("/api/watch", text=COUNT, after=1))
        with Watcher(self.http_port) as watcher:
            self.assertEqual(sum(cells(watcher.ask()).values()), 300)


if __name__ == "__main__":
    main()
