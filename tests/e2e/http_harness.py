"""A browser for tests: requests over one connection, with the cookie that it was given, and raw ones.

    browser = Browser(port)
    browser.ask("/api/query", text="count sex from current")      -> {"took_ms":..., "reply":...}
    browser.refused(400, "SYNTAX", "/api/query", text="coutn")
    raw(port, b"GET / HTTP/1.1\\r\\n...")                            -> every answer's bytes, until the server closes
"""

import http.client
import json
import re
import socket

import quipu_harness as harness
from quipu_harness import free_port


class Answer:
    """A status, headers by lower-case name, a body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return self.headers.get(name.lower())


class Browser:
    def __init__(self, port, context=None, host="127.0.0.1"):
        if context:
            self.connection = http.client.HTTPSConnection(host, port, timeout=harness.REPLY_TIMEOUT_S, context=context)
        else:
            self.connection = http.client.HTTPConnection(host, port, timeout=harness.REPLY_TIMEOUT_S)
        self.cookie = None
        self.cookie_line = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=()):
        headers = dict(headers)
        if self.cookie:
            headers.setdefault("Cookie", self.cookie)
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        self.cookie_line = answer.header("Set-Cookie")
        if self.cookie_line:
            self.cookie = self.cookie_line.split(";")[0]
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, path, members=None, headers=(), **more):
        body = json.dumps(dict(members or {}, **more)).encode()
        return self.request("POST", path, body, {"Content-Type": "application/json", **dict(headers)})

    def ask(self, path, **members):
        answer = self.post(path, members)
        if answer.status != 200:
            raise AssertionError("%s: %d %r" % (path, answer.status, answer.body))
        return answer.json

    def refused(self, status, code, path, **members):
        """The error's message."""
        answer = self.post(path, members)
        found = (answer.status, answer.json.get("error", {}).get("code"))
        if found != (status, code):
            raise AssertionError("%s: %r, not %r: %r" % (path, found, (status, code), answer.body))
        return answer.json["error"]["message"]

    def query(self, text):
        return self.ask("/api/query", text=text)["reply"]

    def command(self, *args):
        return self.ask("/api/command", args=list(args))["reply"]

    def login(self, user, password):
        return self.ask("/api/login", user=user, password=password)


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(harness.REPLY_TIMEOUT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_all(connection):
    """Until the server closes the connection."""
    pieces = []
    try:
        while True:
            piece = connection.recv(65536)
            if not piece:
                break
            pieces.append(piece)
    except ConnectionResetError:
        pass
    return b"".join(pieces)


def raw(port, data):
    with connect(port) as connection:
        connection.sendall(data)
        return read_all(connection)


HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"


def post(path, body, more=b""):
    """A request's bytes."""
    return b"POST %s HTTP/1.1\r\n%sContent-Length: %d\r\n%s\r\n%s" % (path, HEAD, len(body), more, body)


def read_answer(connection):
    """One answer's bytes, and none behind them; what has come of it if the server closes the connection."""
    data = b""
    while True:
        piece = connection.recv(65536, socket.MSG_PEEK)
        head, found, body = (data + piece).partition(b"\r\n\r\n")
        length = re.search(rb"\r\nContent-Length: (\d+)", head)
        missing = int(length.group(1)) - len(body) if found and length else 1
        data += connection.recv(len(piece) + min(missing, 0))
        if missing <= 0 or not piece:
            return data


def statuses(data):
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) ", data)]


class HttpOptions:
    """Mixed into a ServerCase: a server that has an http-port."""

    http_options = ()

    @classmethod
    def setUpClass(cls):
        cls.http_port = free_port()
        cls.options = ("--http-port", cls.http_port) + tuple(cls.http_options)
        super().setUpClass()

    def browser(self):
        browser = Browser(self.http_port)
        self.addCleanup(browser.close)
        return browser
