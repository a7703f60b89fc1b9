"""Faults between two programs: a TCP proxy that delays, cuts, slices, resets and stalls, and a node that says what it is told.

    with FaultProxy(("127.0.0.1", 6379)) as proxy:
        Server(shard_words=["static", "127.0.0.1:%d" % proxy.port])
        proxy.latency_ms = 50        both ways
        proxy.slice_bytes = 1        a byte at a time
        proxy.stall()  .go_on()      takes bytes and passes none on (a cable pulled out: nobody is told)
        proxy.stall_replies()        the same, of the server's bytes only
        proxy.reset_all()            every connection ends with RST
        proxy.cut_after(1000)        the next connection's replies end in order after so many bytes

    with ScriptedNode() as node:
        node.answer = lambda words: b"-MOVED 5 127.0.0.1:7000\\r\\n"

In: connections from a client; out: the same bytes to the server and back, later, in pieces or not at all. Each proxy is
a thread with an event loop of its own; settings may be changed from any thread at any time. This kernel has no netem.
"""

import asyncio
import socket
import struct
import threading

from cluster_harness import slot_of

PIECE = 1 << 16


class Loop(threading.Thread):
    """An event loop in a thread. submit() runs a coroutine in it and waits."""

    def __init__(self):
        super().__init__(daemon=True)
        self.loop = asyncio.new_event_loop()
        self.start()

    def run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def submit(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def end(self):
        async def cancel_all():
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.submit(cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.join(60)
        self.loop.close()


def reset(writer):
    """RST instead of FIN: what is under way is lost."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class FaultProxy:
    def __init__(self, target, latency_ms=0, slice_bytes=0):
        self.target = target
        self.latency_ms = latency_ms  # each way, of each piece
        self.slice_bytes = slice_bytes  # 0: as they come
        self.refuses = False  # new connections are reset at once
        self.connections = 0  # so far
        self._pairs = set()
        self._cuts = []
        self._thread = Loop()
        self._open = None
        self._thread.submit(self._listen())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def close(self):
        async def end():
            self._server.close()
            for pair in list(self._pairs):
                for writer in pair:
                    reset(writer)

        self._thread.submit(end())
        self._thread.end()

    # -- what a test asks for --

    def stall(self):
        """Connections stay, new ones are taken, nothing passes until go_on(); what was sent meanwhile comes then."""

        async def clear():
            self._open.clear()

        self._thread.submit(clear())

    def stall_replies(self):
        """Requests arrive at the server, and so do new connections; what it says comes with go_on()."""

        async def clear():
            self._open_back.clear()

        self._thread.submit(clear())

    def go_on(self):
        async def open_again():
            self._open.set()
            self._open_back.set()

        self._thread.submit(open_again())

    def reset_all(self):
        async def reset_pairs():
            pairs = list(self._pairs)
            for pair in pairs:
                for writer in pair:
                    reset(writer)
            return len(pairs)

        return self._thread.submit(reset_pairs())

    def cut_after(self, nbytes):
        """The connection that comes next gets so many bytes from the server, then its end; each call is for one."""
        self._cuts.append(nbytes)

    def heal(self):
        """No fault from here on; connections that had one end."""
        self.latency_ms, self.slice_bytes, self.refuses = 0, 0, False
        self._cuts.clear()
        self.go_on()
        self.reset_all()

    def pairs(self):
        """The connections that pass something on."""

        async def copy():
            return list(self._pairs)

        return self._thread.submit(copy())

    # -- inside the loop --

    async def _listen(self):
        self._open, self._open_back = asyncio.Event(), asyncio.Event()
        self._open.set()
        self._open_back.set()
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, backlog=1024, limit=PIECE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader, writer):
        self.connections += 1
        cut = self._cuts.pop(0) if self._cuts else None
        if self.refuses:
            reset(writer)
            return
        try:
            await self._open.wait()
            to_reader, to_writer = await asyncio.open_connection(*self.target, limit=PIECE)
        except OSError:
            reset(writer)
            return
        pair = (writer, to_writer)
        self._pairs.add(pair)
        for side in pair:
            side.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await asyncio.gather(self._pass(reader, to_writer, None), self._pass(to_reader, writer, cut, self._open_back))
        except (OSError, asyncio.CancelledError):
            for side in pair:
                reset(side)
        finally:
            self._pairs.discard(pair)
            for side in pair:
                side.close()

    async def _pass(self, reader, writer, left, gate=None):
        """One direction, until its sender ends it; pieces keep their order and each is late by the latency."""
        queue = asyncio.Queue(64)

        async def send():
            loop = asyncio.get_running_loop()
            while True:
                due, data = await queue.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                await self._open.wait()
                if gate:
                    await gate.wait()
                if not data:
                    writer.write_eof()
                    return
                step = self.slice_bytes or len(data)
                for at in range(0, len(data), step):
                    writer.write(data[at : at + step])
                    await writer.drain()
                    if self.slice_bytes:
                        await asyncio.sleep(0)

        async def receive():
            nonlocal left
            while True:
                data = await reader.read(PIECE)
                if left is not None:
                    data = data[:left]
                    left -= len(data)
                await queue.put((asyncio.get_running_loop().time() + self.latency_ms / 1000, data))
                if left == 0:
                    await queue.put((0, b""))
                    data = b""
                if not data:
                    return

        sender = asyncio.ensure_future(send())
        receiver = asyncio.ensure_future(receive())
        try:
            await asyncio.gather(sender, receiver)
        finally:
            sender.cancel()
            receiver.cancel()


class ScriptedNode:
    """A server that speaks RESP and says what a test wants said.

    answer(words) returns the reply's bytes; None: no reply, ever; END: the connection closes; a list of bytes: they are
    sent one after the other, PAUSE_S between them. It runs in the node's thread. `asked` keeps the words of all requests.
    say(data) sends bytes to everybody without being asked.
    """

    END = object()
    PAUSE_S = 0.02

    def __init__(self, answer=None):
        self.answer = answer or (lambda words: b"+OK\r\n")
        self.asked = []
        self._writers = set()
        self._thread = Loop()
        self._thread.submit(self._listen())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def close(self):
        async def end():
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()

        self._thread.submit(end())
        self._thread.end()

    def say(self, data):
        async def send():
            for writer in self._writers:
                writer.write(data)

        self._thread.submit(send())

    def drop_all(self):
        """Every connection ends."""

        async def drop():
            for writer in list(self._writers):
                writer.transport.abort()

        self._thread.submit(drop())

    def asked_for(self, *words):
        """How often a request began with these words."""
        begin = [word.upper() for word in words]
        return sum([word.decode("latin1").upper() for word in request[: len(begin)]] == begin for request in self.asked)

    async def _listen(self):
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0, limit=1 << 26)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _take(self, reader, writer):
        self._writers.add(writer)
        try:
            while True:
                head = await reader.readline()
                if not head:
                    return
                words = []
                for _ in range(int(head[1:])):
                    size = int((await reader.readline())[1:])
                    words.append((await reader.readexactly(size + 2))[:-2])
                self.asked.append(words)
                reply = self.answer(words)
                if reply is self.END:
                    return
                for piece in [reply] if isinstance(reply, bytes) else reply or []:
                    writer.write(piece)
                    await writer.drain()
                    if not isinstance(reply, bytes):
                        await asyncio.sleep(self.PAUSE_S)
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


class PassingNode(ScriptedNode):
    """In front of a real redis-server: what answer(words) does not want to say (returns None) the real one says.

    edit(words, reply) may change that; None: it stays as it is.
    """

    PASS = None

    def __init__(self, target, answer=None, edit=None):
        self.target = target
        self.edit = edit or (lambda words, reply: None)
        super().__init__(answer or (lambda words: None))

    async def _take(self, reader, writer):
        self._writers.add(writer)
        to_reader, to_writer = await asyncio.open_connection(*self.target, limit=1 << 26)
        try:
            while True:
                head = await reader.readline()
                if not head:
                    return
                raw, words = [head], []
                for _ in range(int(head[1:])):
                    line = await reader.readline()
                    data = await reader.readexactly(int(line[1:]) + 2)
                    raw += [line, data]
                    words.append(data[:-2])
                self.asked.append(words)
                reply = self.answer(words)
                if reply is self.END:
                    return
                if reply is None:
                    to_writer.write(b"".join(raw))
                    reply = await read_reply(to_reader)
                    edited = self.edit(words, reply)
                    reply = reply if edited is None else edited
                writer.write(reply)
                await writer.drain()
        except (OSError, ValueError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            to_writer.close()
            writer.close()


async def read_reply(reader):
    """One reply's bytes, RESP2 or RESP3."""
    line = await reader.readuntil(b"\r\n")
    kind = line[:1]
    if kind in b"$=!":
        size = int(line[1:])
        return line + (await reader.readexactly(size + 2) if size >= 0 else b"")
    if kind in b"*~>%|":
        count = int(line[1:]) * (2 if kind in b"%|" else 1)
        return line + b"".join([await read_reply(reader) for _ in range(max(count, 0))])
    return line


def parse_reply(data):
    """A RESP2 reply as a tree: bytes that are one value, or a list of such. Returns it and what is left."""
    line, rest = data.split(b"\r\n", 1)
    if line[:1] == b"*" and line != b"*-1":
        elements = []
        for _ in range(int(line[1:])):
            element, rest = parse_reply(rest)
            elements.append(element)
        return elements, rest
    if line[:1] == b"$" and line != b"$-1":
        size = int(line[1:])
        return line + b"\r\n" + rest[: size + 2], rest[size + 2 :]
    return line + b"\r\n", rest


def print_reply(tree):
    """Its bytes."""
    return tree if isinstance(tree, bytes) else b"*%d\r\n" % len(tree) + b"".join(map(print_reply, tree))


def moved(key, address):
    return b"-MOVED %d %s\r\n" % (slot_of(key), address.encode())


def ask(key, address):
    return b"-ASK %d %s\r\n" % (slot_of(key), address.encode())
