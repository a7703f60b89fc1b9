"""What the end-to-end tests stand on: a quipu-server of their own, and a small RESP client.

    with Server(shards=2) as server:
        client = server.client()
        client.call("HSET", "profile_1", "sex", "female")      -> 1
        client.call("COUNT", "sex", "from", "current")         -> [[b"female", 1]]
        client.call("COUNT", "form")                           raises ReplyError, .code "SYNTAX"

Only the standard library. Processes are found through what this file started, and ended by their id.

Environment: QUIPU_BIN is the directory of the programs (default: build/ of the checkout), QUIPU_SERVER the server
itself, QUIPU_KEEP=1 leaves the temporary directories behind. QUIPU_METHOD is how datasets are counted: sets, or columns.
QUIPU_REDIS_SERVER is the server that is a shard: redis-server, or one of build/servers (scripts/servers).
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("QUIPU_BIN", os.path.join(ROOT, "build"))
SERVER = os.environ.get("QUIPU_SERVER", os.path.join(BIN, "quipu-server"))
LOAD = os.path.join(BIN, "quipu-load")
GEN = os.path.join(BIN, "quipu-gen")
MODULE = os.path.join(BIN, "quipu.so")
METHOD = os.environ.get("QUIPU_METHOD", "sets")
REDIS_SERVER = os.environ.get("QUIPU_REDIS_SERVER", "redis-server")
# A sanitizer's allocator keeps what was freed for a while, so there figures of memory say nothing of ours.
with open(SERVER, "rb") as program:
    IS_SANITIZED = b"__asan_init" in program.read()

# The sanitizers make everything several times slower, and so may a busy machine.
REPLY_TIMEOUT_S = 180  # a reply may be a lot of work
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 60


# ---- RESP ----


class ReplyError(Exception):
    """An error reply. code is its first word."""

    def __init__(self, text):
        super().__init__(text)
        self.text = text
        self.code = text.split(" ", 1)[0]

    def __eq__(self, other):
        return isinstance(other, ReplyError) and self.text == other.text

    __hash__ = Exception.__hash__


class Status(bytes):
    """A simple string: equal to the bytes, but told apart by its type."""


class Verbatim(bytes):
    """A verbatim string of RESP3: its text, and its three letters as `kind`."""

    @classmethod
    def of(cls, data):
        text = cls(data[4:])
        text.kind = data[:3].decode()
        return text


class Closed(Exception):
    """The server closed the connection."""


def encode(args):
    """One command as RESP."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in args:
        if isinstance(arg, str):
            arg = arg.encode()
        elif not isinstance(arg, (bytes, bytearray)):
            arg = str(arg).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(arg), arg))
    return b"".join(parts)


class Client:
    """A connection. call() raises error replies, pipeline() returns them among the others."""

    def __init__(self, address, resp3=False, timeout=REPLY_TIMEOUT_S):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        else:
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        if not isinstance(address, str):
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.at = 0
        self.resp3 = resp3
        if resp3:
            self.call("HELLO", "3")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, *args):
        self.socket.sendall(encode(args))

    def send_bytes(self, data):
        self.socket.sendall(data)

    def call(self, *args):
        self.send(*args)
        reply = self.read()
        if isinstance(reply, ReplyError):
            raise reply
        return reply

    def pipeline(self, commands):
        """All commands at once; all replies, errors as objects. Sends in pieces, so neither side blocks."""
        replies = []
        for start in range(0, len(commands), 500):
            piece = commands[start : start + 500]
            self.send_bytes(b"".join(encode(args) for args in piece))
            replies.extend(self.read() for _ in piece)
        return replies

    def raw(self, *args):
        """The reply's bytes as they came."""
        self.send(*args)
        return self.read_raw()

    def read_raw(self):
        self.buffer = self.buffer[self.at :]
        self.at = 0
        self.read()
        return self.buffer[: self.at]

    def read_lines(self, count):
        """So many lines as they came: for replies that are nested too deep to be read by recursion."""
        return b"".join(self._line() + b"\r\n" for _ in range(count))

    def is_closed(self, timeout=REPLY_TIMEOUT_S):
        """True when the server closes the connection within the time; replies before that are dropped."""
        self.socket.settimeout(timeout)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except (ConnectionError, BrokenPipeError):
            return True
        except socket.timeout:
            return False

    def _more(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise Closed("the server closed the connection")
        if self.at > 1 << 20:
            self.buffer = self.buffer[self.at :]
            self.at = 0
        self.buffer += data

    def _line(self):
        while True:
            end = self.buffer.find(b"\r\n", self.at)
            if end >= 0:
                line = self.buffer[self.at : end]
                self.at = end + 2
                return line
            self._more()

    def _bytes(self, count):
        missing = count + 2 - (len(self.buffer) - self.at)
        if missing > 1 << 16:  # once put together, not piece by piece
            pieces = [self.buffer]
            while missing > 0:
                data = self.socket.recv(1 << 20)
                if not data:
                    raise Closed("the server closed the connection")
                pieces.append(data)
                missing -= len(data)
            self.buffer = b"".join(pieces)
        while len(self.buffer) - self.at < count + 2:
            self._more()
        data = self.buffer[self.at : self.at + count]
        if self.buffer[self.at + count : self.at + count + 2] != b"\r\n":
            raise AssertionError("a bulk string without its line break")
        self.at += count + 2
        return data

    def read(self):
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return Status(rest)
        if kind == b"-":
            return ReplyError(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bytes(int(rest))
        if kind in b"*>~":
            return None if rest == b"-1" else [self.read() for _ in range(int(rest))]
        if kind == b"%":
            pairs = [(self.read(), self.read()) for _ in range(int(rest))]
            return dict(pairs)
        if kind == b"_":
            return None
        if kind == b",":
            return float(rest)
        if kind == b"#":
            return rest == b"t"
        if kind == b"=":
            return Verbatim.of(self._bytes(int(rest)))
        raise AssertionError("a reply that starts with %r" % line)


def pairs(reply):
    """A flat array of names and values, or a RESP3 map, as a dict of str."""
    if not isinstance(reply, dict):
        reply = dict(zip(reply[0::2], reply[1::2]))
    return {name.decode(): value for name, value in reply.items()}


def info(client, *sections):
    """INFO's lines as a dict."""
    lines = client.call("INFO", *sections).decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


def wait_until(condition, what, timeout=60):
    until = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("%s: not after %d s" % (what, timeout))
        time.sleep(0.02)


def wait_in_step(master, replica, timeout=60):
    """Until the replica has all that its master was told before. Clients of both. (WAIT knows only what its own connection
    wrote.)"""
    told = int(info(master, "replication")["master_repl_offset"])

    def is_in_step():
        found = info(replica, "replication")
        # Of the master's history, not of the replica's own before it: the id, new with the first replica, tells them apart.
        return (found.get("master_link_status") == "up" and int(found["slave_repl_offset"]) >= told
                and found["master_replid"] == info(master, "replication")["master_replid"])

    wait_until(is_in_step, "a replica in step", timeout)


# ---- processes ----


def free_port():
    """A port that nobody listens on, below those from which the kernel takes one for each connection that goes out: of those,
    one that is free now may be a client's when the server comes to listen there, or comes back to it."""
    try:
        with open("/proc/sys/net/ipv4/ip_local_port_range") as range_:
            first = int(range_.read().split()[0])
    except OSError:
        first = 32768
    for _ in range(100):
        port = random.SystemRandom().randrange(10000, max(first, 20000))  # tests with a seed of their own draw no ports from it
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass
    raise AssertionError("no port is free")


def process_parent(pid):
    """The parent's id, or None where there is no such process (a zombie is none)."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            fields = stat.read().rsplit(b")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[1])


def process_start(pid):
    """When it was started: with the id, what tells one process from a later one of the same id."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stat:
            return int(stat.read().rsplit(b")", 1)[1].split()[19])
    except OSError:
        return None


def process_children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and process_parent(int(name)) == pid:
            found.append(int(name))
    return sorted(found)


def process_command(pid):
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as cmdline:
            return cmdline.read().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def sanitizer_env():
    """A module built with AddressSanitizer needs its library in the program before all others."""
    env = dict(os.environ)
    with open(MODULE, "rb") as module:
        content = module.read()
    if b"libasan.so" in content:
        name = content[content.index(b"libasan.so") :].split(b"\0", 1)[0].decode()
        env["LD_PRELOAD"] = name
        # redis-server is not built with it: what it leaks at its end is no finding of ours.
        env["ASAN_OPTIONS"] = ":".join(filter(None, (env.get("ASAN_OPTIONS"), "detect_leaks=0")))
    return env


def shard_words():
    """What a redis-server needs that is to be a shard: the module, unless datasets are by sets."""
    return [] if METHOD == "sets" else ["--loadmodule", MODULE, "no-dataset"]


def shard_env():
    return None if METHOD == "sets" else sanitizer_env()


def servers():
    """The servers that tests which are about all of them run: {name: its program}, the oldest first. Those of scripts/servers
    are left out where they are not there, or cannot load a module that was built with AddressSanitizer.

        for name, program in servers().items():
            with self.subTest(name), ModuleRedis(server=program) as redis: ...
    """
    found = {"redis-7": "redis-server"}
    for name in ("redis-8.0", "redis-8", "valkey-8", "valkey-9"):
        program = os.path.join(ROOT, "build", "servers", name)
        if os.access(program, os.X_OK) and not IS_SANITIZED:
            found[name] = program
    return found


def cpu_s(pid):
    """What a process has worked until now, in seconds: what a machine with others on it does not change."""
    with open("/proc/%d/stat" % pid) as stat:
        user, system = stat.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def memory_kib(pid, name="VmRSS"):
    with open("/proc/%d/status" % pid) as status:
        for line in status:
            if line.startswith(name + ":"):
                return int(line.split()[1])
    raise AssertionError("no " + name)


class Process:
    """A program started by us: its output goes to a file, and it does not outlive the test."""

    def __init__(self, args, log_path, env=None):
        self.log_path = log_path
        with open(log_path, "ab") as log:
            self.popen = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env
            )
        self.pid = self.popen.pid

    def log(self):
        with open(self.log_path, "r", errors="replace") as log:
            return log.read()


class Server:
    """A quipu-server with embedded shards in a directory of its own.

    It can be stopped, killed and started again on the same data; leaving the `with` ends it and removes the data.
    """

    def __init__(self, shards=2, options=(), shard_words=None):
        self.shards = shards
        self.shard_words = list(shard_words) if shard_words else ["embedded", str(shards)]
        self.options = [str(option) for option in options]
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-")
        self.unixsocket = os.path.join(self.dir, "quipu.sock")
        self.port = None
        self.process = None
        self.known = {}  # every shard process we have seen: id -> start time
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, until_loaded=True):
        """Starts it and waits until it answers PING and its shards have loaded their data. The port may have been taken
        meanwhile: three tries."""
        for attempt in range(3):
            self.port = free_port()
            env = None if "none" in self.method_options() else sanitizer_env()
            self.process = Process(self.command(), os.path.join(self.dir, "server.log"), env)
            if self._wait_ready(until_loaded):
                self.shard_pids()
                return
            if "in use" not in self.process.log() or attempt == 2:
                break
        raise AssertionError("quipu-server did not start:\n" + self.log_tail())

    def command(self):
        return (
            [SERVER, "--port", str(self.port), "--dir", os.path.join(self.dir, "data")]
            + ["--unixsocket", self.unixsocket, "--shards"]
            + self.shard_words
            + ["--redis-server", REDIS_SERVER]
            + self.method_options()
            + self.options
        )

    def method_options(self):
        """Tests run by sets unless QUIPU_METHOD or their options say otherwise."""
        if "--method" in self.options:
            return []
        return ["--method", METHOD] + (["--redis-module", "none"] if METHOD == "sets" else [])

    def _wait_ready(self, until_loaded):
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if self.process.popen.poll() is not None:
                return False
            try:
                with self.client(timeout=5) as client:
                    if client.call("PING") == b"PONG" and not (until_loaded and self._is_loading(client)):
                        return True
                time.sleep(0.02)
            except (OSError, Closed, ReplyError):
                time.sleep(0.02)
        return False

    @staticmethod
    def _is_loading(client):
        """Who may not ask sees no difference: such tests load nothing."""
        try:
            return info(client, "persistence").get("loading") == "1"
        except ReplyError:
            return False

    def client(self, resp3=False, timeout=REPLY_TIMEOUT_S, unix=False):
        address = self.unixsocket if unix else ("127.0.0.1", self.port)
        return Client(address, resp3, timeout)

    def wait_until(self, condition, what, timeout=60):
        """wait_until(), that shows the end of the server's log where it fails."""
        try:
            wait_until(condition, what, timeout)
        except AssertionError as error:
            raise AssertionError("%s\n%s" % (error, self.log_tail()))

    def wait_counting(self, timeout=60):
        """Until a count is answered: all shards are there."""

        def counts():
            try:
                with self.client(timeout=10) as client:
                    client.call("QUERY", "count from current")
                return True
            except (OSError, Closed, ReplyError):
                return False

        self.wait_until(counts, "a count", timeout)

    def shard_pids(self):
        """The embedded redis-server processes, in the shards' order."""
        pids = [
            pid for pid in process_children(self.process.pid) if "-server" in process_command(pid)
        ]
        for pid in pids:
            self.known[pid] = process_start(pid)
        return sorted(pids, key=process_command)

    def kill_shard(self, index):
        """kill -9; returns the id of what was killed."""
        pid = self.shard_pids()[index]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill(self):
        """kill -9 of the server itself. Its shards are left to find out."""
        self.shard_pids()
        self.process.popen.kill()
        self.process.popen.wait()

    def stop(self):
        """SIGTERM; fails unless it exits with 0 in time and leaves no shard behind."""
        self.shard_pids()
        self.process.popen.send_signal(signal.SIGTERM)
        try:
            status = self.process.popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.popen.kill()
            raise AssertionError("SIGTERM did not end it:\n" + self.log_tail())
        if status != 0:
            raise AssertionError("exit status %d:\n%s" % (status, self.log_tail()))
        left = [pid for pid, start in self.known.items() if self._is_alive(pid, start)]
        if left:
            raise AssertionError("shards outlived the server: %r\n%s" % (left, self.log_tail()))

    @staticmethod
    def _is_alive(pid, start):
        return process_parent(pid) is not None and process_start(pid) == start

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        """Ends whatever is left, by id, and removes the directory."""
        if self.process and self.process.popen.poll() is None:
            self.shard_pids()
            self.process.popen.terminate()
            try:
                self.process.popen.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                self.process.popen.kill()
                self.process.popen.wait()
        for pid, start in self.known.items():
            if self._is_alive(pid, start):
                os.kill(pid, signal.SIGKILL)
        if not os.environ.get("QUIPU_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def log_tail(self):
        lines = self.process.log().splitlines() if self.process else []
        return "\n".join(lines[-60:])


class Redis:
    """A private redis-server, to compare with or to stand behind: on a unix socket, with tcp at `address` as well."""

    def __init__(self, tcp=False, options=()):
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-redis-")
        self.socket = os.path.join(self.dir, "redis.sock")
        self.port = free_port() if tcp else 0
        self.address = ("127.0.0.1", self.port)
        self.options = [str(option) for option in options]
        self.start()

    def start(self, options=(), words=None, until_loaded=True):
        """Also again, with the files it has, and further options; words: in place of those that load the module."""
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        self.process = Process(
            [REDIS_SERVER, "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket]
            + ["--save", "", "--dir", self.dir, *self.options, *map(str, options)]
            + (shard_words() if words is None else words),
            os.path.join(self.dir, "redis.log"),
            shard_env(),
        )
        until = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                with self.client() as client:
                    client.call("PING")
                return
            except (OSError, Closed, ReplyError) as error:
                if not until_loaded and isinstance(error, ReplyError) and error.code == "LOADING":
                    return
                if time.monotonic() > until or self.process.popen.poll() is not None:
                    self.close()
                    raise
                time.sleep(0.02)

    def stop(self):
        """In order, so that what it has is in its files."""
        self.process.popen.terminate()
        self.process.popen.wait()

    def client(self, resp3=False):
        return Client(self.socket, resp3)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.process.popen.terminate()
        self.process.popen.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


class ConfiguredServer(Server):
    """Its file is the first word of the command line."""

    def __init__(self, path):
        self.path = path
        super().__init__(1)

    def command(self):
        first, *rest = super().command()
        return [first, self.path, *rest]


class ServerCase(unittest.TestCase):
    """Tests that share one server; rows of one test are gone before the next."""

    shards = 2
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.shards, cls.options)

    @classmethod
    def tearDownClass(cls):
        try:
            cls.server.stop()
        finally:
            cls.server.close()

    def setUp(self):
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.rows = set()

    def tearDown(self):
        if self.rows:
            with self.server.client() as client:
                client.pipeline([("DEL", key) for key in self.rows])

    def hset(self, key, **fields):
        self.hset_row(key, {name.encode(): str(value).encode() for name, value in fields.items()})

    def hset_row(self, key, row):
        self.rows.add(key)
        args = [part for pair in row.items() for part in pair]
        return self.client.call("HSET", key, *args)

    def query(self, text, client=None):
        return (client or self.client).call("QUERY", text)

    def assert_error(self, code, *args, contains="", client=None):
        with self.assertRaises(ReplyError, msg="%r" % (args,)) as caught:
            (client or self.client).call(*args)
        self.assertEqual(caught.exception.code, code, caught.exception.text)
        self.assertIn(contains, caught.exception.text)
        return caught.exception.text


def run_load(server, *args, stdin=b"", timeout=600):
    """quipu-load against the server: the finished process, with its standard error as text."""
    done = subprocess.run(
        [LOAD, "--port", str(server.port), *args],
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
    )
    done.stderr = done.stderr.decode("utf-8", "replace")
    return done


def generate(rows, *args):
    """quipu-gen's output."""
    return subprocess.run(
        [GEN, "--rows", str(rows), *args], stdout=subprocess.PIPE, check=True
    ).stdout


def main():
    """What a test file calls: as unittest.main, the seed of random tests is said on failure by the test."""
    sys.stdout.reconfigure(line_buffering=True)
    unittest.main(verbosity=2)
