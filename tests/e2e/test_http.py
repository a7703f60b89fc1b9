"""The page's side of the server: every route, who may ask what, what is refused, and what becomes of who is slow or leaves."""

import base64
import json
import os
import signal
import socket
import ssl
import struct
import time
import unittest

import quipu_harness as harness
from access_harness import CertificateCase, outside_address
from http_harness import HEAD, Browser, HttpOptions, connect, post, raw, read_all, statuses
from quipu_harness import IS_SANITIZED, Redis, Server, ServerCase, free_port, pairs

JSON = {"Content-Type": "application/json"}


class Routes(HttpOptions, ServerCase):
    """Users: default needs no password here."""

    def setUp(self):
        super().setUp()
        for i in range(6):
            self.hset("profile_%d" % i, sex=("female", "male")[i % 2], age=20 + i)

    def test_what_every_answer_says(self):
        browser = self.browser()
        answers = [browser.get("/"), browser.get("/health"), browser.post("/api/session"), browser.get("/nothing"),
                   browser.post("/api/query", text="coutn")]
        for answer in answers:
            self.assertIn("default-src 'none'; script-src 'self'", answer.header("Content-Security-Policy"))
            self.assertIn("frame-ancestors 'none'", answer.header("Content-Security-Policy"))
            self.assertEqual(answer.header("X-Content-Type-Options"), "nosniff")
            self.assertEqual(answer.header("Referrer-Policy"), "no-referrer")
            self.assertIsNone(answer.header("Access-Control-Allow-Origin"))
            self.assertRegex(answer.header("Date"), r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} .* GMT$")
        self.assertEqual([answer.header("Cache-Control") for answer in answers], ["no-cache"] + ["no-store"] * 4)
        self.assertEqual([answer.status for answer in answers], [200, 200, 200, 404, 400])

    def test_files(self):
        browser = self.browser()
        answer = browser.get("/")
        self.assertEqual((answer.status, answer.header("Content-Type")), (200, "text/html; charset=utf-8"))
        self.assertIn(b"<html", answer.body)
        folder = os.path.join(harness.ROOT, "server", "http", "page")
        for name in os.listdir(folder):
            if name.endswith((".html", ".css", ".js", ".svg")):
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertEqual(browser.get("/page/" + name).body, file.read())
        again = browser.get("/", **{"If-None-Match": answer.header("ETag")})
        self.assertEqual((again.status, again.body, again.header("ETag")), (304, b"", answer.header("ETag")))
        self.assertEqual(browser.get("/", **{"If-None-Match": '"other"'}).status, 200)
        for path in ("/page/", "/page/nothing.js", "/page/../index.html", "/page/%2e%2e/x", "/index.html", "//"):
            self.assertEqual(browser.get(path).status, 404, path)
        self.assertEqual(browser.get("/?a=b").status, 200)

    def test_head(self):
        browser = self.browser()
        whole, head = browser.get("/"), browser.request("HEAD", "/")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(head.header("Content-Length"), whole.header("Content-Length"))
        self.assertEqual(browser.get("/health").json, {"healthy": True})
        self.assertEqual(browser.request("HEAD", "/api/query").status, 405)

    def test_methods(self):
        for method, path, allow in (("GET", "/api/query", "POST"), ("POST", "/", "GET, HEAD"), ("PUT", "/", "GET, HEAD"),
                                    ("OPTIONS", "/api/session", "POST"), ("DELETE", "/health", "GET, HEAD")):
            answer = self.browser().request(method, path, headers=JSON)
            self.assertEqual((answer.status, answer.header("Allow")), (405, allow), (method, path))

    def test_paths_that_are_only_posted_to(self):
        """Asked in another way, they change nothing."""
        self.client.call("CONFIG", "SET", "requirepass", "pw")
        self.addCleanup(self.client.call, "CONFIG", "SET", "requirepass", "")
        browser = self.browser()
        browser.login("default", "pw")
        bodies = {"/api/login": {"user": "default", "password": "pw"}, "/api/logout": {}, "/api/session": {},
                  "/api/command": {"args": ["set", "k", "v"]}, "/api/watch": {"text": "count from current"},
                  "/api/progress": {"id": "x"}, "/api/query": {"text": "count from current into k"}}
        for path, members in bodies.items():
            for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
                body = json.dumps(members).encode() if method in ("PUT", "PATCH") else None
                answer = browser.request(method, path, body, JSON)
                self.assertEqual((answer.status, answer.header("Allow")), (405, "POST"), (method, path))
                self.assertIsNone(answer.header("Set-Cookie"))
        for method in ("GET", "HEAD", "PUT", "POST"):
            self.assertEqual(browser.request(method, "/api/complete", None, JSON).status, 404, method)
        self.assertEqual(browser.ask("/api/session")["user"], "default")
        self.assertIsNone(self.client.call("GET", "k"))

    def test_session(self):
        self.assertEqual(
            self.browser().ask("/api/session"),
            {"user": "default", "login": False, "version": self.browser().ask("/api/session")["version"], "shards": 2,
             "method": harness.METHOD},
        )

    def test_query(self):
        browser = self.browser()
        answer = browser.ask("/api/query", text="count sex from current")
        self.assertEqual(answer["reply"]["cells"], [3, 3])
        self.assertGreater(answer["took_ms"], 0)
        expected = json.loads(self.query("count sex from current format json"))
        self.assertEqual({**answer["reply"], "took_us": 0}, {**expected, "took_us": 0})
        for text in ("count sex from current;", "count sex from current ; \n", "count sex from current format json"):
            self.assertEqual(browser.query(text)["cells"], [3, 3], text)
        self.assertEqual(browser.query("count sex from current format csv"), "sex,count\r\nfemale,3\r\nmale,3\r\n")
        self.assertEqual(browser.query("count sex in {female, male} from current format nested"), [3, 3])
        self.assertEqual(browser.query("count sex from current format rows"), [["female", 3], ["male", 3]])
        self.assertIn("female", browser.query("count sex from current format table"))
        self.assertEqual(browser.query("avg(age) from current format nested"), 22.5)
        rows = browser.query("rows sex from current order by sex limit 1")
        self.assertIn("female", json.dumps(rows))
        self.assertIn("dims", browser.query("count `sex` from current where sex = ';'"))
        self.assertEqual(browser.query("count from current where sex = 'a\0b' or sex = male")["cells"], 3)
        for text in ("explain count sex from current", "explain describe current", "profile describe current", "profile rows sex from current"):
            self.assertTrue(browser.query(text)[0].startswith("query "), text)
        browser.query("values sex from current")
        browser.query("describe current")
        self.assertEqual(browser.query("count sex from current into k"), 2)
        self.rows.add("k")

    def test_a_query_that_is_wrong(self):
        browser = self.browser()
        self.assertIn("at column 1", browser.refused(400, "SYNTAX", "/api/query", text="coutn sex"))
        browser.refused(400, "NODATASET", "/api/query", text="count sex from nothing")
        self.assertIn("'text'", browser.refused(400, "ERR", "/api/query"))
        browser.refused(400, "ERR", "/api/query", text=7)
        browser.refused(400, "ERR", "/api/query", text={"a": 1})

    def test_bodies_that_are_none(self):
        for body in (b"", b"[]", b"7", b"{", b'{"text":"a"}x', b'{"text":"a","text":"b"}', b"\xff", b'{"text":"\xff"}',
                     b"[" * 5000, b'{"a":[[1]]}', b"null"):
            answer = self.browser().request("POST", "/api/query", body, JSON)
            self.assertEqual((answer.status, answer.json["error"]["code"]), (400, "ERR"), body[:20])
        for kind in (None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"):
            headers = {"Content-Type": kind} if kind else {}
            self.assertEqual(self.browser().request("POST", "/api/session", b"{}", headers).status, 415, kind)
        answer = self.browser().request("POST", "/api/session", b"{}", {"Content-Type": "application/json; charset=utf-8"})
        self.assertEqual(answer.status, 200)

    def test_commands(self):
        browser = self.browser()
        self.assertEqual(browser.command("ping"), "PONG")
        self.assertEqual(browser.command("echo", "a\u00e9\0b\""), "a\u00e9\0b\"")
        self.assertEqual(browser.command("hget", "profile_1", "age"), "21")
        self.assertIsNone(browser.command("hget", "profile_1", "nothing"))
        self.assertEqual(browser.command("hset", "profile_1", "n", 12), 1)
        self.assertEqual(browser.command("hgetall", "profile_1"), {"sex": "male", "age": "21", "n": "12"})
        self.assertEqual(browser.command("dataset", "list")[0]["name"], "current")
        self.assertEqual(browser.command("zadd", "z", 1.5, "a"), 1)
        self.rows.add("z")
        self.assertEqual(browser.command("zscore", "z", "a"), 1.5)
        self.assertIn("addr=127.0.0.1:", browser.command("client", "list"))
        self.client.call("SET", b"bytes", b"\xff")
        self.rows.add("bytes")
        self.assertEqual(browser.command("get", "bytes"), "\ufffd")
        browser.refused(400, "ERR", "/api/command", args=[])
        browser.refused(400, "ERR", "/api/command", args="ping")
        browser.refused(400, "ERR", "/api/command", args=[["ping"]])
        browser.refused(400, "ERR", "/api/command", args=["nothing"])
        browser.refused(400, "WRONGTYPE", "/api/command", args=["get", "z"])

    def test_commands_that_hold_a_connection(self):
        browser = self.browser()
        for args in (["subscribe", "a"], ["PSUBSCRIBE", "a"], ["monitor"], ["multi"], ["watch", "a"], ["blpop", "a", 0],
                     ["hello", 3], ["auth", "a"], ["reset"], ["quit"], ["client", "reply", "off"], ["client", "tracking", "on"],
                     ["xread", "block", 0, "streams", "a", "$"], ["shutdown"], ["wait", 1, 0], ["client", "setname", "x"],
                     ["xread", "count", 1, "BLOCK", 1, "streams", "a", "0"],
                     ["xreadgroup", "group", "block", "c", "block", 0, "streams", "a", ">"]):
            self.assertIn("its connection", browser.refused(400, "ERR", "/api/command", args=args))
        self.assertEqual(browser.command("ping"), "PONG")

    def test_reading_streams_without_waiting(self):
        browser = self.browser()
        self.rows.add("block")
        browser.command("xadd", "block", "1-1", "f", "v")
        self.assertEqual(browser.command("xread", "count", 1, "streams", "block", "0"), {"block": [["1-1", ["f", "v"]]]})
        self.assertIsNone(browser.command("xread", "streams", "block", "1-1"))
        browser.command("xgroup", "create", "block", "block", "0")
        self.assertEqual(browser.command("xreadgroup", "group", "block", "block", "streams", "block", ">"),
                         {"block": [["1-1", ["f", "v"]]]})

    def test_hosts(self):
        for host in ("127.0.0.1", "localhost", "LOCALHOST:1", "[::1]:7380", "10.1.2.3:80", socket.gethostname()):
            self.assertEqual(self.browser().get("/health", Host=host).status, 200, host)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "[::1", "::1", "",
                     "127.0.0.1:x", "1", "0x7f.1", "[127.0.0.1]"):
            self.assertEqual(self.browser().get("/health", Host=host).status, 421, host)

    def test_origins(self):
        for origin in ("http://a.b:81", "https://a.b:81", "http://A.b:81"):
            answer = self.browser().post("/api/session", headers={"Host": "10.0.0.1:81", "Origin": origin.replace("a.b", "10.0.0.1").replace("A.b", "10.0.0.1")})
            self.assertEqual(answer.status, 200, origin)
        for origin in ("null", "http://evil.example", "http://10.0.0.1", "http://10.0.0.1:82", "http://10.0.0.1:81.evil.example",
                       "file://10.0.0.1:81", ""):
            answer = self.browser().post("/api/session", headers={"Host": "10.0.0.1:81", "Origin": origin})
            self.assertEqual(answer.status, 403, origin)

    def test_requests_that_are_refused(self):
        for request, status in (
            (b"GET / HTTP/1.1\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
            (b"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505),
            (b"GET /\r\n\r\n", 400),
            (b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            (b"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nA : b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n A: b\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\nC: d\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: \0\r\n\r\n", 400),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx", 400),
            (b"\x16\x03\x01\x02\0\r\n\r\n", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"\r\n", 411),
            (post(b"/api/session", b"{}", b"Content-Length: 2\r\n"), 400),
            (post(b"/api/session", b"{}", b"Transfer-Encoding: chunked\r\n"), 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Length: +2\r\n\r\n{}", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Length: 0x2\r\n\r\n{}", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Length: 99999999999999999999\r\n\r\n{}", 413),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Length: 1048577\r\n\r\n", 413),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Expect: more\r\nContent-Length: 2\r\n\r\n{}", 417),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 20000 + b"\r\n\r\n", 431),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 101 + b"\r\n", 431),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n000000002\r\n{}\r\n", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n100001\r\n", 413),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}0\r\n\r\n", 400),
            (b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", 400),
        ):
            answer = raw(self.http_port, request)
            self.assertEqual(statuses(answer), [status], request[:100])
            self.assertIn(b"Connection: close\r\n", answer)

    def test_chunks(self):
        body = b"1\r\n{\r\n00000001\r\n}\r\n0\r\n\r\n"
        head = b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        self.assertEqual(statuses(raw(self.http_port, head + body)), [200])
        with connect(self.http_port) as connection:
            for i in range(len(head + body)):
                connection.sendall((head + body)[i : i + 1])
            self.assertEqual(statuses(read_all(connection)), [200])

    def test_a_client_that_waits_for_leave_to_send_its_body(self):
        head = b"POST /api/session HTTP/1.1\r\n" + HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
        with connect(self.http_port) as connection:
            connection.sendall(head)
            self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
            connection.sendall(b"{}")
            self.assertEqual(statuses(read_all(connection)), [200])

    def test_pipelining(self):
        """Answered one by one, in their order."""
        with connect(self.http_port) as connection:
            requests = [post(b"/api/query", b'{"text":"count from current where age < %d format nested"}' % (20 + i)) for i in range(7)]
            connection.sendall(b"".join(requests[:-1]) + requests[-1].replace(b"Host:", b"Connection: close\r\nHost:"))
            answer = read_all(connection)
        self.assertEqual(statuses(answer), [200] * 7)
        found = [int(line.split(b'"reply":')[1][:-1]) for line in answer.split(b"\r\n") if line.startswith(b"{")
                 for line in [line.split(b"HTTP")[0]]]
        self.assertEqual(found, list(range(7)))

    def test_old_clients(self):
        answer = raw(self.http_port, b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        self.assertTrue(answer.endswith(b'{"healthy":true}'), answer)
        with connect(self.http_port) as connection:
            for _ in range(2):
                connection.sendall(b"\r\nGET /health HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n")
                answer = b""
                while not answer.endswith(b"}"):
                    answer += connection.recv(1000)
                self.assertIn(b"Connection: keep-alive", answer)

    def test_ready(self):
        answer = self.browser().get("/ready")
        self.assertEqual((answer.status, answer.json), (200, {"ready": True}))

    def test_metrics(self):
        """As a client's rights say; docs/metrics.md has the figures."""
        answer = self.browser().get("/metrics")
        self.assertEqual((answer.status, answer.header("Content-Type")), (200, "text/plain; version=0.0.4; charset=utf-8"))
        self.assertIn(b"\n# TYPE quipu_connected_clients gauge\nquipu_connected_clients ", answer.body)
        self.assertEqual(self.browser().request("HEAD", "/metrics").body, b"")

    def test_a_browser_is_a_client(self):
        """With its own address, and a place in CLIENT LIST while it asks."""
        browser = self.browser()
        browser.command("ping")
        port = browser.connection.sock.getsockname()[1]
        (line,) = [line for line in browser.command("client", "list").splitlines() if "cmd=client|list" in line]
        self.assertIn("addr=127.0.0.1:%d " % port, line)
        self.assertIn("laddr=127.0.0.1:%d " % self.http_port, line)
        self.assertEqual(self.client.call("CLIENT", "KILL", "ADDR", "127.0.0.1:%d" % port), 1)
        self.assertEqual(browser.command("ping"), "PONG")

    def test_settings(self):
        self.client.call("CONFIG", "SET", "http-body-limit", "1024", "http-idle-timeout", "60s")
        self.addCleanup(self.client.call, "CONFIG", "SET", "http-body-limit", "1mb")
        answer = self.browser().post("/api/session", text="x" * 1100)
        self.assertEqual(answer.status, 413)
        self.assert_error("ERR", "CONFIG", "SET", "http-port", "1", contains="immutable")


class Users(HttpOptions, ServerCase):
    http_options = ("--http-max-sessions", "3")
    USERS = {
        "root": "on >toor allcommands allkeys allchannels alldatasets",
        "ann": "on >secret +@read +@crosstab +acl|whoami allkeys dataset:current",
        "bob": "on >secret +@read +@crosstab allkeys dataset:other",
        "flo": "on >secret +@all allkeys alldatasets suppress-below:5",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.server.client() as client:
            for name, rules in cls.USERS.items():
                client.call("ACL", "SETUSER", name, *rules.split())
            client.call("AUTH", "root", "toor")
            client.call("ACL", "SETUSER", "default", "off")

    def setUp(self):
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.client.call("AUTH", "root", "toor")
        self.rows = set()
        for i in range(8):
            self.hset("profile_%d" % i, sex="female" if i < 6 else "male")

    def tearDown(self):
        self.client.call("DEL", *self.rows)

    def test_strangers(self):
        browser = self.browser()
        self.assertEqual(browser.ask("/api/session"), {"user": None, "login": True})
        self.assertEqual(browser.get("/").status, 200)
        self.assertEqual(browser.get("/health").status, 200)
        browser.refused(401, "NOAUTH", "/api/query", text="count from current")
        browser.refused(401, "NOAUTH", "/api/command", args=["ping"])
        answer = browser.post("/api/session", text="x" * 20000)
        self.assertEqual(answer.status, 413)

    def test_login(self):
        browser = self.browser()
        self.assertEqual(browser.login("ann", "secret")["user"], "ann")
        name, _, rest = browser.cookie_line.partition("=")
        self.assertEqual(name, "quipu-%d" % self.http_port)
        self.assertRegex(rest, r"^[0-9a-f]{64}; Path=/; HttpOnly; SameSite=Strict$")
        self.assertEqual(browser.ask("/api/session")["user"], "ann")
        self.assertEqual(browser.command("acl", "whoami"), "ann")
        self.assertEqual(browser.query("count from current format nested"), 8)
        other = self.browser()
        other.cookie = "a=b; x%s; %s" % (browser.cookie, browser.cookie)
        self.assertEqual(other.ask("/api/session")["user"], "ann")
        answer = browser.post("/api/logout")
        self.assertEqual(answer.json, {"user": None, "login": True})
        self.assertIn("Max-Age=0", answer.header("Set-Cookie"))
        other.refused(401, "NOAUTH", "/api/query", text="count from current")

    def test_a_wrong_password(self):
        self.client.call("ACL", "LOG", "RESET")
        browser = self.browser()
        for user, password in (("ann", "wrong"), ("nobody", "secret"), ("default", ""), ("ann", "")):
            browser.refused(401, "WRONGPASS", "/api/login", user=user, password=password)
            self.assertIsNone(browser.cookie)
        (entry,) = [entry for entry in map(pairs, self.client.call("ACL", "LOG")) if entry["username"] == b"ann"]
        self.assertEqual((entry["reason"], entry["count"]), (b"auth", 2))
        self.assertIn(b"addr=127.0.0.1:%d " % browser.connection.sock.getsockname()[1], entry["client-info"])
        browser.refused(400, "ERR", "/api/login", user="ann")

    def test_rights(self):
        ann, bob, flo = self.browser(), self.browser(), self.browser()
        ann.login("ann", "secret")
        ann.refused(403, "NOPERM", "/api/command", args=["set", "a", "b"])
        bob.login("bob", "secret")
        self.assertIn("dataset", bob.refused(403, "NOPERM", "/api/query", text="count from current"))
        flo.login("flo", "secret")
        reply = flo.query("count sex in {female, male} from current")
        self.assertIsNone(reply["cells"][1], reply)
        self.assertEqual(ann.query("count sex in {female, male} from current")["cells"], [6, 2])

    def test_metrics(self):
        def ask(header=None):
            answer = self.browser().get("/metrics", **({"Authorization": header} if header else {}))
            return answer.status, answer.header("WWW-Authenticate")

        def basic(login):
            return ask("Basic " + base64.b64encode(login).decode())

        wants_login = (401, 'Basic realm="quipu", charset="UTF-8"')
        self.assertEqual(ask(), wants_login)
        self.assertEqual(basic(b"root:toor"), (200, None))
        self.assertEqual(basic(b"ann:secret"), (403, None))
        for header in (b"root:wrong", b"root", b"", b":", b"root:toor:x"):
            self.assertEqual(basic(header), wants_login, header)
        for header in ("Basic", "Basic !", "Bearer x", "basic"):
            self.assertEqual(ask(header), wants_login, header)
        browser = self.browser()  # the login is this request's alone
        header = {"Authorization": "bAsIc " + base64.b64encode(b"root:toor").decode()}
        self.assertEqual(browser.get("/metrics", **header).status, 200)
        self.assertEqual(browser.get("/metrics").status, 401)
        browser.refused(401, "NOAUTH", "/api/command", args=["ping"])
        self.client.call("ACL", "SETUSER", "ann", "+info")
        self.addCleanup(self.client.call, "ACL", "SETUSER", "ann", "-info")
        header = {"Authorization": "Basic " + base64.b64encode(b"ann:secret").decode()}
        self.assertNotIn(b"quipu_keys", self.browser().get("/metrics", **header).body)  # DBSIZE is refused to her

    def test_what_ends_a_session(self):
        for end in (("ACL", "DELUSER", "tom"), ("ACL", "SETUSER", "tom", "off"), ("ACL", "SETUSER", "tom", "<pw", ">new")):
            self.client.call("ACL", "SETUSER", "tom", "on", ">pw", "+@all", "allkeys", "alldatasets")
            browser = self.browser()
            browser.login("tom", "pw")
            self.assertEqual(browser.command("ping"), "PONG")
            self.client.call(*end)
            browser.refused(401, "NOAUTH", "/api/command", args=["ping"])
            if end[1] != "DELUSER":
                self.client.call("ACL", "DELUSER", "tom")

    def test_there_are_only_so_many_sessions(self):
        browsers = [self.browser() for _ in range(4)]
        for browser in browsers[:3]:
            browser.login("ann", "secret")
        browsers[0].command("acl", "whoami")
        browsers[3].login("ann", "secret")
        self.assertEqual([browser.ask("/api/session")["user"] for browser in browsers], ["ann", None, "ann", "ann"])

    def test_a_session_that_is_not_used(self):
        browser = self.browser()
        browser.login("ann", "secret")
        self.client.call("CONFIG", "SET", "http-session-timeout", "1s")
        self.addCleanup(self.client.call, "CONFIG", "SET", "http-session-timeout", "12h")
        time.sleep(1.3)
        self.assertIsNone(browser.ask("/api/session")["user"])

    def test_a_users_rate(self):
        """It counts the requests of a connection, as it does for RESP."""
        self.client.call("ACL", "SETUSER", "ann", "rate:20")
        self.addCleanup(self.client.call, "ACL", "SETUSER", "ann", "rate:0")
        browser = self.browser()
        browser.login("ann", "secret")
        began = time.monotonic()
        for _ in range(30):
            browser.command("acl", "whoami")
        self.assertGreater(time.monotonic() - began, 0.35)


class Leaving(HttpOptions, ServerCase):
    """One shard that is stopped keeps a query under way."""

    http_options = ("--http-request-timeout", "1s", "--partitions", "4096", "--cache-ttl", "0")

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.http_port = free_port()
        cls.server = Server(1, ("--http-port", cls.http_port) + cls.http_options,
                            shard_words=["static", "unix:" + cls.redis.socket])
        with cls.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(3000)])

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.redis.close()

    def stop_shard(self):
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.redis.process.pid, signal.SIGCONT)

    def running(self):
        return self.client.call("QUERY", "LIST")

    def start(self, connection):
        self.stop_shard()
        connection.sendall(post(b"/api/query", b'{"text":"count a from current","id":"k1"}'))
        self.server.wait_until(lambda: len(self.running()) == 1, "the query runs")

    def test_who_leaves_ends_the_query(self):
        """At once, and not after the second that a client of RESP is given. Of several times, as a busy machine holds up one."""
        for how in ("close", "reset", "shutdown", "pipelined"):
            self.assertLess(min(self.leave(how) for _ in range(3)), 0.9, how)

    def leave(self, how):
        """How many seconds the query takes to end."""
        with connect(self.http_port) as connection:
            self.start(connection)
            began = time.monotonic()
            if how == "pipelined":  # its end stands behind bytes that are not read
                connection.sendall(post(b"/api/session", b"{}"))
            if how == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if how == "shutdown":
                connection.shutdown(socket.SHUT_WR)
            else:
                connection.close()
            self.server.wait_until(lambda: not self.running(), "the query has ended: " + how)
            took = time.monotonic() - began
        os.kill(self.redis.process.pid, signal.SIGCONT)
        return took

    def test_progress(self):
        browser = self.browser()
        self.assertEqual(browser.ask("/api/progress", id="k1"), {"running": False})
        with connect(self.http_port) as connection:
            self.start(connection)
            progress = browser.ask("/api/progress", id="k1")
            self.assertEqual((progress["running"], set(progress)), (True, {"running", "state", "age_ms", "done", "of"}))
            self.assertEqual(browser.ask("/api/progress", id="k2"), {"running": False})
            os.kill(self.redis.process.pid, signal.SIGCONT)
            answer = b""
            while b"took_us" not in answer:
                answer += connection.recv(65536)
            self.assertEqual(browser.ask("/api/progress", id="k1"), {"running": False})

    def test_client_kill(self):
        with connect(self.http_port) as connection:
            self.start(connection)
            self.client.call("CLIENT", "KILL", "ID", pairs(self.running()[0])["client-id"])
            self.assertEqual(statuses(connection.recv(65536)), [503])

    def test_query_kill(self):
        with connect(self.http_port) as connection:
            self.start(connection)
            self.client.call("QUERY", "KILL", pairs(self.running()[0])["id"])
            self.assertIn(b'"KILLED"', connection.recv(65536))

    def test_half_requests(self):
        """The deadline is the request's: a trickle does not move it."""
        request = post(b"/api/session", b"{}")
        for part in (5, 60, len(request) - 1):
            with connect(self.http_port) as connection:
                connection.sendall(request[:part])
                self.assertEqual(statuses(read_all(connection)), [408])
        with connect(self.http_port) as connection:
            began = time.monotonic()
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            try:
                while time.monotonic() - began < 30 and not self.has_input(connection):
                    connection.sendall(b"A: b\r\n")
                    time.sleep(0.05)
            except OSError:
                pass
            self.assertLess(time.monotonic() - began, 10)

    @staticmethod
    def has_input(connection):
        connection.setblocking(False)
        try:
            connection.recv(1, socket.MSG_PEEK)
            return True
        except BlockingIOError:
            return False
        finally:
            connection.settimeout(harness.REPLY_TIMEOUT_S)

    def test_who_does_not_read(self):
        """Its answer waits a while, then it is disconnected; others are answered meanwhile."""
        self.client.pipeline([("SET", "big", "x" * 8000000)])
        self.rows.add("big")
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", self.http_port))
        before = int(harness.info(self.client, "stats").get("slow_readers", 0))
        with connection:
            connection.sendall(post(b"/api/command", b'{"args":["get","big"]}') * 2)
            self.assertEqual(self.browser().command("ping"), "PONG")
            port = connection.getsockname()[1]
            self.server.wait_until(
                lambda: any("127.0.0.1:%d: disconnected" % port in line for line in self.server.process.log().splitlines()),
                "it is disconnected")

    def test_after_the_stop(self):
        """A server that stops lets the query end, and closes what is idle."""
        idle = connect(self.http_port)
        self.addCleanup(idle.close)
        idle.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        idle.recv(65536)
        with connect(self.http_port) as connection:
            self.start(connection)
            with self.server.client() as stopper:
                stopper.send("SHUTDOWN")
                self.assertEqual(read_all(idle), b"")
                os.kill(self.redis.process.pid, signal.SIGCONT)
                answer = read_all(connection)
                self.assertEqual(statuses(answer), [200])
                self.assertIn(b"Connection: close", answer)
        self.server.process.popen.wait(harness.STOP_TIMEOUT_S)
        self.server.start()
        self.client = self.server.client()
        self.addCleanup(self.client.close)


class Limits(unittest.TestCase):
    def serve(self, *options):
        port = free_port()
        server = Server(1, ("--http-port", port) + options)
        self.addCleanup(server.close)
        self.addCleanup(server.stop)
        return server, port

    def test_maxclients(self):
        server, port = self.serve("--maxclients", "3")
        client = server.client()
        self.addCleanup(client.close)
        browsers = [Browser(port) for _ in range(3)]
        for browser in browsers:
            self.addCleanup(browser.close)
        self.assertEqual([browser.get("/health").status for browser in browsers], [200, 200, 503])
        self.assertEqual(browsers[0].command("ping"), "PONG")
        browsers[1].close()
        server.wait_until(lambda: harness.info(client)["connected_clients"] == "2", "one has left")
        self.assertEqual(browsers[1].get("/health").status, 200)

    def test_protected_mode(self):
        address = outside_address()
        if not address:
            self.skipTest("this machine has loopback only")
        _, port = self.serve("--http-bind", "0.0.0.0")
        with Browser(port, host=address) as browser:
            answer = browser.get("/health")
            self.assertEqual((answer.status, answer.json["error"]["code"]), (403, "DENIED"))

    def test_hosts_that_are_listed(self):
        _, port = self.serve("--http-hosts", "quipu.example counts")
        with Browser(port) as browser:
            found = [browser.get("/health", Host=host).status for host in ("QUIPU.example:80", "counts", "localhost")]
            self.assertEqual(found, [200, 200, 200])
            self.assertEqual(browser.get("/health", Host=socket.gethostname() + "x").status, 421)

    def test_an_index_that_is_being_made(self):
        server, port = self.serve("--method", "columns")
        with server.client() as client, Browser(port) as browser:
            self.assertEqual(harness.run_load(server, "--dataset", "current", "-", stdin=harness.generate(30000)).returncode, 0)
            self.assertEqual(browser.get("/ready").json, {"ready": True})
            for name in ["current"] + ["again"] * 20:  # the index may be made before we ask
                client.call("DATASET", "DROP", name, "KEEPROWS")
                client.call("DATASET", "CREATE", "again", "PREFIX", "profile_")
                answer = browser.get("/ready")
                if answer.status == 503:
                    break
            self.assertEqual((answer.status, answer.json["error"]["code"]), (503, "INDEXING"))
            self.assertRegex(answer.json["error"]["message"], "^[0-9]+%: ")
            server.wait_until(lambda: browser.get("/ready").status == 200, "the index is made")

    def test_a_shard_that_is_down(self):
        redis = Redis()
        self.addCleanup(redis.close)
        port = free_port()
        server = Server(1, ("--http-port", port), shard_words=["static", "unix:" + redis.socket])
        self.addCleanup(server.close)
        self.addCleanup(server.stop)
        redis.stop()
        with Browser(port) as browser:
            server.wait_until(lambda: browser.get("/ready").status == 503, "it is not ready")
            answer = browser.get("/ready")
            self.assertEqual((answer.json["ready"], answer.json["error"]["code"]), (False, "SHARDDOWN"))
            self.assertEqual(browser.get("/health").status, 200)
            browser.refused(503, "SHARDDOWN", "/api/query", text="count from current")


class Tls(CertificateCase):
    def test_https(self):
        port = free_port()
        self.serve("--https-port", port, "--tls-auth-clients", "no", *self.file_options())
        self.client().call("CONFIG", "SET", "requirepass", "pw")
        context = ssl.create_default_context(cafile=self.certificates.path("ca.crt"))
        with Browser(port, context) as browser:
            self.assertEqual(browser.get("/health").status, 200)
            self.assertTrue(browser.ask("/api/session")["login"])
            browser.login("default", "pw")
            self.assertTrue(browser.cookie_line.endswith("; Secure"), browser.cookie_line)
            self.assertEqual(browser.command("echo", "x" * 100000), "x" * 100000)
        answer = raw(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertNotIn(b"200 OK", answer)


if __name__ == "__main__":
    harness.main()
