"""Redis servers that have quipu.so, for end-to-end tests.

    with ModuleRedis("workers", 2) as redis:
        client = redis.client()
        client.call("HSET", "profile_1", "sex", "f")
        client.call("QUIPU.COUNT", "count sex from current")      -> [[b"f", 1]]
        check(self, client)                                       the index is what the hashes are

In: words for the module, options for Redis. Out: a redis-server on a unix socket, and a port where one is asked for.
"""

import os
import random
import shutil
import tempfile
import time

from oracle import Query, OpenDim, expected
from quipu_harness import (
    BIN, MODULE, REDIS_SERVER, REPLY_TIMEOUT_S, START_TIMEOUT_S, Client, Closed, Process, ReplyError, free_port, pairs,
    sanitizer_env
)



class ModuleRedis:
    """A redis-server with the module, that can be killed and started again on the same data."""

    def __init__(self, *words, options=(), load=True, port=False, server=REDIS_SERVER):
        self.server = server
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-module-")
        self.socket = os.path.join(self.dir, "redis.sock")
        self.words = [str(word) for word in words]
        self.options = [str(option) for option in options]
        self.load = load
        self.port = free_port() if port else 0
        self.process = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def command(self):
        command = [self.server, "--port", str(self.port), "--bind", "127.0.0.1", "--unixsocket", self.socket]
        command += ["--dir", self.dir, "--save", "", "--enable-debug-command", "local"]
        command += ["--enable-module-command", "local", "--repl-diskless-sync-delay", "0"] + self.options
        if self.load:
            command += ["--loadmodule", MODULE] + self.words
        return command

    def start(self, wait=True):
        self.process = Process(self.command(), os.path.join(self.dir, "redis.log"), env=sanitizer_env())
        until = time.monotonic() + START_TIMEOUT_S
        while wait:
            try:
                with self.client() as client:
                    client.call("PING")
                return
            except (OSError, Closed, ReplyError):
                if self.process.popen.poll() is not None or time.monotonic() > until:
                    raise AssertionError("redis-server did not start:\n" + self.process.log()[-3000:])
                time.sleep(0.02)

    def client(self, resp3=False, timeout=REPLY_TIMEOUT_S):
        return Client(self.socket, resp3, timeout)

    def kill(self):
        """kill -9."""
        self.process.popen.kill()
        self.process.popen.wait()

    def stop(self):
        """SHUTDOWN without saving; fails where it does not end with 0."""
        with self.client() as client:
            client.send("SHUTDOWN", "NOSAVE")
            assert self.process.popen.wait(60) == 0, self.process.log()[-3000:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.process and self.process.popen.poll() is None:
            self.kill()
        if not os.environ.get("QUIPU_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)


READ_ROWS = """
local rows, cursor = {}, '0'
repeat
    local found = redis.call('SCAN', cursor, 'COUNT', 1000)
    cursor = found[1]
    for _, key in ipairs(found[2]) do
        if string.sub(key, 1, #ARGV[1]) == ARGV[1] and redis.call('TYPE', key).ok == 'hash' then
            local row = redis.call('HGETALL', key)
            if #row > 0 then  -- else all its fields' time is over, and the server has not removed it yet
                rows[#rows + 1] = {key, row}
            end
        end
    end
until cursor == '0'
return rows
"""


def rows_of(reply):
    return {key: dict(zip(flat[0::2], flat[1::2])) for key, flat in reply}


def read_rows(client, prefix="profile_"):
    """The rows that Redis has: what the oracle counts. Where the module keeps its definitions is none."""
    rows = rows_of(client.call("EVAL", READ_ROWS, 0, prefix))
    rows.pop(b"quipu:datasets", None)
    return rows


def verify(client, dataset="current"):
    """QUIPU.VERIFY, also of the index against itself."""
    return pairs(client.call("QUIPU.VERIFY", dataset, "DEEP"))


def check(case, client, prefix="profile_", dataset="current", fields=(b"a", b"b")):
    """Counts against the oracle, then the index against the hashes. Returns the rows."""
    queries = [Query()] + [Query([OpenDim(field)]) for field in fields] + [Query([OpenDim(field) for field in fields])]
    answers = []
    for query in queries:
        text = "count %s from %s" % (", ".join(dim.field.decode() for dim in query.dims), dataset)
        answers.append((text, query, client.call("QUIPU.COUNT", text)))
    rows = read_rows(client, prefix)
    for text, query, answer in answers:
        case.assertEqual(answer, expected(query, rows), text)
    found = verify(client, dataset)
    case.assertEqual((found["mismatches"], found["rows"]), (0, len(rows)), found)
    return rows


def wait_indexed(client, dataset="current", timeout=60):
    """Until counts are answered."""
    until = time.monotonic() + timeout
    while True:
        try:
            client.call("QUIPU.COUNT", "count from " + dataset)
            return
        except ReplyError as error:
            if error.code not in ("INDEXING", "LOADING") or time.monotonic() > until:
                raise
            time.sleep(0.01)


# ---- The partial count, read by what module/README.md says, in code shared with nobody ----


class Partial:
    def __init__(self, data):
        self.data, self.at = data, 0
        assert self.take(2) == b"Q2", data[:2]
        flags = self.take(1)[0]
        self.base = self.varint() if flags & 2 else None
        assert self.take(self.varint()) == b"\0"  # one measure: the count
        self.dims, ncells = [], 1
        for _ in range(self.varint()):
            radix, is_open = self.varint(), self.take(1)[0]
            self.dims.append([self.take(self.varint()) for _ in range(radix)] if is_open else radix)
            ncells *= radix
        self.cells = {}
        index = -1
        if flags & 1:
            width = self.take(1)[0]
            for index in range(ncells):
                count = int.from_bytes(self.take(width), "little")
                if count:
                    self.cells[index] = count
        else:
            indexes = []
            for _ in range(self.varint()):
                index += self.varint() + 1
                indexes.append(index)
            self.cells = {index: self.varint() for index in indexes}
        assert self.at == len(data)

    def take(self, n):
        part = self.data[self.at : self.at + n]
        assert len(part) == n
        self.at += n
        return part

    def varint(self):
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def rows(self):
        """{(label or position, ...): count}"""
        found = {}
        for index, count in self.cells.items():
            cell = []
            for dim in reversed(self.dims):
                radix = dim if isinstance(dim, int) else len(dim)
                cell.append(index % radix if isinstance(dim, int) else dim[index % radix])
                index //= radix
            found[tuple(reversed(cell))] = count
        return found


class NamedRows(Partial):
    """Rows by name, read by what answer/named_rows.h says: slots {slot: (peer, {name: cell or None})}; a cell has None where the
    row has no place in a dimension."""

    def __init__(self, data):
        self.data, self.at = data, 0
        assert self.take(2) == b"R1", data[:2]
        self.epoch, self.dims = self.varint(), []
        for _ in range(self.varint()):
            radix, is_open = self.varint(), self.take(1)[0]
            self.dims.append([self.take(self.varint()) for _ in range(radix)] if is_open else list(range(radix)))
        self.slots = {}
        for _ in range(self.varint()):
            slot, self.quiet_us, peer = self.varint(), self.varint(), self.take(self.varint())
            self.slots[slot] = (peer, dict(self.row() for _ in range(self.varint())))
        assert self.at == len(data)

    def row(self):
        name, is_counted = self.take(self.varint()), self.take(1)[0]
        if not is_counted:
            return name, None
        places = [self.varint() for _ in self.dims]
        return name, tuple(dim[place - 1] if place else None for dim, place in zip(self.dims, places))


def slots_of(text):
    """'0-5460 6000' as a set."""
    slots = set()
    for word in text.decode().split():
        first, _, last = word.partition("-")
        slots.update(range(int(first), int(last or first) + 1))
    return slots


def random_rows(rng, n, first=0):
    """HSET commands of rows with fields a, b and sometimes c."""
    commands = []
    for i in range(first, first + n):
        row = ["a", rng.randint(1, 3), "b", rng.choice(("x", "y", "7", "2.5"))]
        if rng.random() < 0.3:
            row += ["c", rng.randint(1, 1000)]
        commands.append(["HSET", "profile_%d" % i] + row)
    return commands


def seeded(case):
    """A random generator whose seed a failure can be repeated with: QUIPU_SEED."""
    seed = int(os.environ.get("QUIPU_SEED", time.time_ns() % 1000000))
    print("%s: QUIPU_SEED=%d" % (case.id(), seed))
    return random.Random("%d %s" % (seed, case.id()))
