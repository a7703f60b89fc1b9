"""What bounds the page's side of the server: many connections at once, whose turn it is, users' limits, deadlines of TLS, where it
listens, and requests that nobody well-behaved sends."""

import os
import random
import resource
import select
import signal
import socket
import ssl
import time
import unittest

import quipu_harness as harness
from access_harness import CertificateCase, outside_address
from http_harness import Browser, HttpOptions, connect, post, raw, read_all, read_answer, statuses
from quipu_harness import IS_SANITIZED, Redis, Server, ServerCase, free_port

SEED = int(os.environ.get("QUIPU_SEED") or time.time_ns() % 1000000)
CONNECTIONS = 10000
OTHER_FILES = 1200  # of this process, and of a server beside its clients
CONNECTION_KIB = 16 if not IS_SANITIZED else 64
INNER_CLIENTS = 512
ENDING_CLIENTS = 16  # whose files are not all back
WAITING_BYTES = 64 << 20
KNOWN = {100, 200, 304, 400, 401, 403, 404, 405, 408, 411, 413, 415, 417, 421, 431, 500, 501, 503, 504, 505}


def readable(connections):
    """Those that have something to read, or have ended."""
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    ready = {fd for fd, _ in poll.poll(0)}
    return [connection for connection in connections if connection.fileno() in ready]


class Serving(unittest.TestCase):
    def serve(self, *options, **more):
        port = free_port()
        server = Server(1, ("--http-port", port) + options, **more)
        self.addCleanup(server.close)
        self.addCleanup(server.stop)
        return server, port


class Many(Serving):
    def raise_files(self, wanted):
        """Of this process, and of those it starts."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest("%d open files are needed, and the hard limit is %d" % (wanted, hard))
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def test_ten_thousand_connections(self):
        """Idle, they cost little memory each; all that ask at the same moment are answered; then the idle ones are closed."""
        self.raise_files(CONNECTIONS + OTHER_FILES)
        server, port = self.serve("--maxclients", str(CONNECTIONS + 100), "--http-queue-timeout", "5m", "--http-idle-timeout", "10m")
        client = server.client()
        self.addCleanup(client.close)
        before_kib = harness.memory_kib(server.process.pid)
        connections = []
        try:
            for i in range(CONNECTIONS):
                connections.append(connect(port))
                if i % 250 == 0:
                    client.call("PING")  # it has accepted what has come
            server.wait_until(lambda: int(harness.info(client)["connected_clients"]) >= CONNECTIONS, "all are there")
            self.assertLess(harness.memory_kib(server.process.pid) - before_kib, CONNECTIONS * CONNECTION_KIB)
            request = post(b"/api/command", b'{"args":["echo","x"]}')
            for connection in connections:
                connection.sendall(request)
            found = {}
            for connection in connections:
                answer = read_answer(connection)
                key = (statuses(answer), answer.endswith(b'{"reply":"x"}'))
                found[str(key)] = found.get(str(key), 0) + 1
            self.assertEqual(found, {str(([200], True)): CONNECTIONS})
            client.call("CONFIG", "SET", "http-idle-timeout", "1s")
            for connection in connections:
                self.assertEqual(read_all(connection), b"")
        finally:
            for connection in connections:
                connection.close()
        server.wait_until(lambda: harness.info(client)["connected_clients"] == "1", "all have gone")


class Turns(HttpOptions, ServerCase):
    """One shard that is stopped keeps queries under way: as many as there may be at a time."""

    http_options = ("--cache-ttl", "0", "--query-timeout", "0", "--shard-timeout", "10m")

    @classmethod
    def setUpClass(cls):
        cls.redis = Redis()
        cls.http_port = free_port()
        cls.server = Server(1, ("--http-port", cls.http_port) + cls.http_options, shard_words=["static", "unix:" + cls.redis.socket])
        with cls.server.client() as client:
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3) for i in range(30)])

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.redis.close()

    def setUp(self):
        super().setUp()
        self.connections = []

    def tearDown(self):
        for connection in self.connections:
            connection.close()
        super().tearDown()

    def connect(self):
        connection = connect(self.http_port)
        self.connections.append(connection)
        return connection

    def fill(self):
        """Queries that do not end, on all clients that there may be inside the server."""
        self.server.wait_until(lambda: self.client.call("QUERY", "LIST") == [], "none runs")
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.redis.process.pid, signal.SIGCONT)
        queries = [self.connect() for _ in range(INNER_CLIENTS)]
        for connection in queries:
            connection.sendall(post(b"/api/query", b'{"text":"count a in [0,2] from current format nested"}'))
        self.server.wait_until(lambda: len(self.client.call("QUERY", "LIST")) == INNER_CLIENTS, "all run")
        return queries

    def test_who_finds_no_room_waits_for_a_turn(self):
        queries = self.fill()
        waiting = [self.connect() for _ in range(40)]
        for connection in waiting:
            connection.sendall(post(b"/api/command", b'{"args":["echo","y"]}'))
        leaving = self.connect()
        leaving.sendall(post(b"/api/command", b'{"args":["set","left","1"]}'))
        self.assertEqual(self.browser().get("/health").status, 200)
        self.assertEqual(self.browser().ask("/api/session")["user"], "default")
        leaving.close()
        for connection in queries[:3]:  # they leave: some of those that wait have their turn
            connection.close()
        for connection in waiting:
            self.assertTrue(read_answer(connection).endswith(b'{"reply":"y"}'))
        os.kill(self.redis.process.pid, signal.SIGCONT)
        for connection in queries[3:]:
            self.assertTrue(read_answer(connection).endswith(b'"reply":[10,10,10]}'))
        self.assertIsNone(self.client.call("GET", "left"))

    def test_a_wait_that_is_too_long(self):
        self.fill()
        for timeout in ("0", "100ms"):
            self.client.call("CONFIG", "SET", "http-queue-timeout", timeout)
            self.addCleanup(self.client.call, "CONFIG", "SET", "http-queue-timeout", "10s")
            answer = self.browser().post("/api/command", args=["ping"])
            self.assertEqual((answer.status, answer.header("Retry-After")), (503, "1"))
            self.assertIn("too many requests", answer.json["error"]["message"])
        self.client.call("CONFIG", "SET", "http-queue-timeout", "10s")

    def test_what_waits_is_bounded(self):
        """Large ones beyond the bound are refused at once; a body counts even if few of its bytes are words."""
        queries = self.fill()
        words, blanks = b'{"args":["echo","%s"]}' % (b"x" * 900000), b'{"args":["echo","x"]%s}' % (b" " * 900000)
        for body, holds_bytes in ((words, 1800000), (blanks, 900000)):
            waiting = [self.connect() for _ in range(100)]
            for connection in waiting:
                connection.sendall(post(b"/api/command", body))
            most = WAITING_BYTES // holds_bytes
            self.server.wait_until(lambda: len(readable(waiting)) >= 100 - most, "some are refused")
            refused = readable(waiting)
            for connection in refused:
                answer = read_answer(connection)
                self.assertEqual(statuses(answer), [503])
                self.assertIn(b"Retry-After: 1", answer)
                self.assertIn(b"too large together", answer)
            self.assertGreater(len(waiting), len(refused))
            for connection in set(waiting) - set(refused):  # they leave, and make room
                connection.close()
        waiting = self.connect()
        waiting.sendall(post(b"/api/command", words))
        self.assertEqual(self.browser().get("/health").status, 200)
        for connection in queries:
            connection.close()
        self.assertEqual(statuses(read_answer(waiting)), [200])

    def test_files_of_clients_that_make_room(self):
        """As a client's files are not all back at once, few end at the same moment."""
        self.server.wait_until(lambda: self.client.call("QUERY", "LIST") == [], "none runs")
        first, second = ([self.connect() for _ in range(n)] for n in (INNER_CLIENTS, INNER_CLIENTS // 2))
        request = post(b"/api/command", b'{"args":["echo","y"]}')
        pid = self.server.process.pid

        def ask_at_once(connections):
            os.kill(pid, signal.SIGSTOP)
            try:
                for connection in connections:
                    connection.sendall(request)
            finally:
                os.kill(pid, signal.SIGCONT)
            self.assertEqual({read_answer(connection).partition(b"\r\n\r\n")[2] for connection in connections}, {b'{"reply":"y"}'})

        ask_at_once(first)
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        self.addCleanup(resource.prlimit, pid, resource.RLIMIT_NOFILE, before)
        self.addCleanup(self.client.call, "CONFIG", "SET", "http-queue-timeout", "10s")
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (len(os.listdir("/proc/%d/fd" % pid)) + ENDING_CLIENTS + 2, before[1]))
        ask_at_once(second)
        self.client.call("CONFIG", "SET", "http-queue-timeout", "0")
        ask_at_once(first[: len(second)])  # whose clients have made room

    def test_a_login_that_ends_while_a_request_waits(self):
        self.addCleanup(self.client.call, "ACL", "DELUSER", "removed", "changed", "away", "stays")
        cookies = {}
        for user in ("removed", "changed", "away", "stays"):
            self.client.call("ACL", "SETUSER", user, "on", ">pw", "+@all", "allkeys", "alldatasets")
            browser = self.browser()
            browser.login(user, "pw")
            cookies[user] = browser.cookie.encode()
        queries = self.fill()
        waiting = {user: self.connect() for user in cookies}
        for user, connection in waiting.items():
            body = b'{"args":["set","by:%s","1"]}' % user.encode()
            connection.sendall(post(b"/api/command", body, b"Cookie: %s\r\n" % cookies[user]))
        self.assertEqual(self.browser().get("/health").status, 200)
        self.client.call("ACL", "DELUSER", "removed")
        self.client.call("ACL", "SETUSER", "changed", "<pw", ">other")
        leaving = self.browser()
        leaving.cookie = cookies["away"].decode()
        leaving.ask("/api/logout")
        for connection in queries:
            connection.close()
        os.kill(self.redis.process.pid, signal.SIGCONT)
        found = {user: statuses(read_answer(connection)) for user, connection in waiting.items()}
        self.assertEqual(found, {"removed": [401], "changed": [401], "away": [401], "stays": [200]})
        self.assertEqual([user for user in cookies if self.client.call("GET", "by:" + user)], ["stays"])

    def test_queries_of_a_connection_at_the_same_time(self):
        self.client.call("CONFIG", "SET", "client-max-queries", "1")
        self.addCleanup(self.client.call, "CONFIG", "SET", "client-max-queries", "0")
        os.kill(self.redis.process.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, self.redis.process.pid, signal.SIGCONT)
        connection = self.connect()
        query = post(b"/api/query", b'{"text":"count from current format nested"}')
        connection.sendall(query * 3)
        self.server.wait_until(lambda: len(self.client.call("QUERY", "LIST")) == 1, "the first runs")
        os.kill(self.redis.process.pid, signal.SIGCONT)
        for _ in range(3):
            self.assertTrue(read_answer(connection).endswith(b'"reply":30}'))


class Limits(Serving):
    def test_what_users_may_ask_for(self):
        """As by RESP: cells, no writes, a deadline."""
        redis = Redis()
        self.addCleanup(redis.close)
        server, port = self.serve("--user", "few on >pw +@all allkeys alldatasets max-cells:5", "--user",
                                  "looks on >pw +@all allkeys alldatasets readonly",
                                  shard_words=["static", "unix:" + redis.socket])
        with Browser(port) as few, Browser(port) as looks:
            few.login("few", "pw")
            self.assertIn("client-max-cells is 5", few.refused(400, "LIMIT", "/api/query", text="count a in [0,6] from current"))
            self.assertEqual(few.query("count a in [0,4] from current format nested"), [0] * 5)
            looks.login("looks", "pw")
            looks.refused(403, "NOPERM", "/api/command", args=["set", "k", "v"])
            looks.refused(403, "NOPERM", "/api/query", text="count from current into k")
            self.assertIsNone(looks.command("get", "k"))
            with server.client() as client:
                client.call("CONFIG", "SET", "query-timeout", "300ms")
            os.kill(redis.process.pid, signal.SIGSTOP)
            try:
                looks.refused(504, "TIMEOUT", "/api/query", text="count a in [0,4] from current")
            finally:
                os.kill(redis.process.pid, signal.SIGCONT)

    def test_a_cookie_of_a_server_that_was_started_again(self):
        server, port = self.serve("--user", "ann on >pw +@all allkeys alldatasets")
        with Browser(port) as browser:
            browser.login("ann", "pw")
            self.assertEqual(browser.command("acl", "whoami"), "ann")
            old = browser.cookie
            browser.close()
            server.restart()
            self.assertEqual(browser.command("acl", "whoami"), "default")
            self.assertEqual(browser.ask("/api/session")["user"], "default")
            browser.login("ann", "pw")
            self.assertNotEqual(browser.cookie, old)
            self.assertEqual(browser.command("acl", "whoami"), "ann")

    def test_http_port_alone_is_for_this_machine(self):
        address = outside_address()
        if not address:
            self.skipTest("this machine has loopback only")
        _, port = self.serve()
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection((address, port), timeout=harness.REPLY_TIMEOUT_S).close()
        with Browser(port) as browser:
            self.assertEqual(browser.get("/health").status, 200)


class Handshakes(CertificateCase):
    def test_silent_and_half_ones(self):
        """They count toward the bound, and end at the deadline."""
        port = free_port()
        self.serve("--https-port", port, "--tls-auth-clients", "no", "--http-request-timeout", "10m", "--maxclients", "3",
                   *self.file_options())
        context = ssl.create_default_context(cafile=self.certificates.path("ca.crt"))
        hello = ssl.MemoryBIO()
        half = context.wrap_bio(ssl.MemoryBIO(), hello, server_hostname="127.0.0.1")
        with self.assertRaises(ssl.SSLWantReadError):
            half.do_handshake()
        connections = [connect(port) for _ in range(3)]
        for connection in connections:
            self.addCleanup(connection.close)
        connections[1].sendall(hello.read()[:40])
        connections[2].sendall(b"\x16")
        client = self.client()
        self.server.wait_until(lambda: int(harness.info(client)["total_connections_received"]) >= 4, "they have come")
        with connect(port) as one_more:
            self.assertEqual(read_all(one_more), b"")
        self.assertEqual(readable(connections), [])  # they have not ended
        client.call("CONFIG", "SET", "http-request-timeout", "100ms")
        for connection in connections:
            read_all(connection)
        client.call("CONFIG", "SET", "http-request-timeout", "10m")
        with Browser(port, context) as browser:
            self.assertEqual(browser.get("/health").status, 200)


class AnyBytes(HttpOptions, ServerCase):
    PATHS = ("/", "/health", "/ready", "/metrics", "/page/app.js", "/api/session", "/api/login", "/api/logout", "/api/query",
             "/api/progress", "/api/command", "/api/watch", "/nothing")
    BODIES = (b"{}", b'{"text":"count a from current"}', b'{"user":"default","password":""}', b'{"args":["hget","profile_1","a"]}',
              b'{"text":"count from current","after":1}', b'{"id":"x"}')
    PARTS = (b"\r\n", b"\n", b"\0", b":", b" ", b"Cookie: quipu=", b"Authorization: Basic YTpi\r\n", b"Transfer-Encoding: chunked\r\n",
             b"Content-Length: 5\r\n", b"Expect: 100-continue\r\n", b"HTTP/1.0", b"%00", b"\xff\xfe", b"{" * 40, b"0\r\n\r\n", b"\\ud800", b'"')

    def test_random_requests(self):
        """Each is answered by HTTP or ended, and the server goes on."""
        rng = random.Random(SEED)
        self.hset("profile_1", a=1)
        pid = self.server.process.pid
        for i in range(300):
            data = self.request(rng)
            with self.subTest(seed=SEED, data=data):
                with connect(self.http_port) as connection:
                    try:
                        connection.sendall(data)
                        connection.shutdown(socket.SHUT_WR)
                    except OSError:
                        pass  # it was refused before its end
                    answer = read_all(connection)
                self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 "), answer[:100])
                self.assertLessEqual(set(statuses(answer)), KNOWN)
            if i % 50 == 49:
                with Browser(self.http_port) as browser:
                    self.assertEqual(browser.query("count from current format nested"), 1, SEED)
        self.assertEqual((self.server.process.pid, self.server.process.popen.poll()), (pid, None))

    def request(self, rng):
        if rng.random() < 0.1:
            return rng.randbytes(rng.randrange(200))
        requests = []
        for _ in range(rng.choice((1, 1, 2, 5))):
            if rng.random() < 0.7:
                requests.append(post(rng.choice(self.PATHS).encode(), rng.choice(self.BODIES)))
            else:
                requests.append(b"%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n" %
                                (rng.choice((b"GET", b"HEAD", b"PUT")), rng.choice(self.PATHS).encode()))
        data = bytearray(b"".join(requests))
        for _ in range(rng.choice((0, 1, 1, 2, 5))):
            at = rng.randrange(len(data) + 1)
            how = rng.randrange(4)
            if how == 0:
                data[at:at] = rng.choice(self.PARTS)
            elif how == 1:
                del data[at : at + rng.randrange(20)]
            elif how == 2 and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            else:
                data[at:at] = data[at : at + rng.randrange(60)]
        return bytes(data)


if __name__ == "__main__":
    harness.main()
