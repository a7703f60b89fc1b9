"""No reply goes to the wrong client: 200 of them, every value carries its client and its number, while the ways to the shards
stall, break, slow down and come in pieces, and replies come after their requests have timed out.

QUIPU_SECONDS says how long (15), QUIPU_SEED what is asked and what goes wrong when.
"""

import asyncio
import os
import random
import threading
import time
import unittest

import quipu_harness as harness
from fault_proxy import FaultProxy, read_reply
from quipu_harness import Redis, ReplyError, Server

SEED = int(os.environ.get("QUIPU_SEED", "0")) or random.randrange(1 << 30)
SECONDS = float(os.environ.get("QUIPU_SECONDS", "15"))
CLIENTS = 200
MAY_FAIL = (b"-SHARDDOWN", b"-TIMEOUT")
ROWS = 3  # of each client


class Wrong(Exception):
    pass


def bulk(data):
    return b"$%d\r\n%s\r\n" % (len(data), data)


class Tagged:
    """One client. What it asks can only be answered by what it wrote itself."""

    def __init__(self, number, address):
        self.number, self.address = number, address
        self.rng = random.Random(SEED * 1000 + number)
        self.resp3 = number % 2 == 1
        self.null = b"_\r\n" if self.resp3 else b"$-1\r\n"
        self.n = 0
        self.maybe = {}  # key -> values that may be there: the last that was acknowledged, and those in doubt behind it
        self.right = self.failed = self.closed = 0

    def tag(self):
        self.n += 1
        return b"<client %d number %d>" % (self.number, self.n)

    async def open(self):
        self.reader, self.writer = await asyncio.open_connection(*self.address, limit=1 << 22)
        if self.resp3:
            self.writer.write(harness.encode(("HELLO", "3")))
            reply = await self.reply()
            if not reply.startswith(b"%"):
                raise Wrong("HELLO: %r" % reply)

    async def reply(self):
        return await asyncio.wait_for(read_reply(self.reader), 60)

    def expect(self, wanted, got, what):
        if got.startswith(MAY_FAIL):
            self.failed += 1
            return False
        if got != wanted:
            raise Wrong("seed %d, client %d: %s: wanted %r, got %r" % (SEED, self.number, what, wanted[:200], got[:200]))
        self.right += 1
        return True

    # -- what it asks: (command, what to do with the reply) --

    def ask_set(self):
        key, tag = b"key %d %d" % (self.number, self.rng.randrange(4)), self.tag()
        self.maybe.setdefault(key, [None]).append(tag)

        def answered(got):
            if self.expect(b"+OK\r\n", got, "SET"):
                values = self.maybe[key]
                self.maybe[key] = values[values.index(tag) :]

        return ("SET", key, tag), answered

    def ask_get(self):
        key = b"key %d %d" % (self.number, self.rng.randrange(4))

        def answered(got):
            values = self.maybe.get(key, [None])
            if got.startswith(MAY_FAIL):
                self.failed += 1
            elif got not in [self.null if value is None else bulk(value) for value in values]:
                raise Wrong("seed %d, client %d: GET: %r is none of %r" % (SEED, self.number, got[:200], values))
            else:
                self.right += 1

        return ("GET", key), answered

    def ask_echo(self):
        tag = self.tag()
        return ("EVAL", "return ARGV[1]", 1, tag, tag), lambda got: self.expect(bulk(tag), got, "EVAL")

    def ask_long(self):
        tag = self.tag()
        script = "return string.rep(ARGV[1], 3000)"
        return ("EVAL", script, 1, tag, tag), lambda got: self.expect(bulk(tag * 3000), got, "a long reply")

    def ask_late(self):
        """Comes after others that were asked later, and maybe after its time."""
        tag = self.tag()
        script = "for i = 1, 20000 do local x = i end return ARGV[1]"
        return ("EVAL", script, 1, tag, tag), lambda got: self.expect(bulk(tag), got, "a slow reply")

    def ask_several(self):
        keys = [b"none %d %d" % (self.number, self.rng.randrange(1000)) for _ in range(self.rng.randrange(2, 9))]
        return ("MGET", *keys), lambda got: self.expect(b"*%d\r\n" % len(keys) + self.null * len(keys), got, "MGET")

    def ask_error(self):
        tag = self.tag()
        wanted = b"-MINE %s\r\n" % tag
        script = "return redis.error_reply('MINE ' .. ARGV[1])"
        return ("EVAL", script, 1, tag, tag), lambda got: self.expect(wanted, got, "an error of its own")

    def ask_count(self):
        text = "count from current where client = %d" % self.number
        return ("QUERY", text), lambda got: self.expect(b":%d\r\n" % ROWS, got, "QUERY")

    def ask_ping(self):
        tag = self.tag()
        return ("PING", tag), lambda got: self.expect(bulk(tag), got, "PING")

    def ask_row(self):
        key = "profile_%d_%d" % (self.number, self.rng.randrange(ROWS))
        return ("HGET", key, "client"), lambda got: self.expect(bulk(b"%d" % self.number), got, "HGET")

    async def some(self):
        asks = (self.ask_set, self.ask_get, self.ask_get, self.ask_echo, self.ask_long, self.ask_late, self.ask_several)
        asks += (self.ask_error, self.ask_count, self.ask_ping, self.ask_row, self.ask_echo)
        asked = [self.rng.choice(asks)() for _ in range(self.rng.choice((1, 1, 3, 12)))]
        self.writer.write(b"".join(harness.encode(words) for words, _ in asked))
        for _, answered in asked:
            answered(await self.reply())

    async def transaction(self):
        tag = self.tag()
        key = b"{%d}tx" % self.number
        for words in (("MULTI",), ("SET", key, tag), ("GET", key), ("EXEC",)):
            self.writer.write(harness.encode(words))
        replies = [await self.reply() for _ in range(4)]
        if not replies[3].startswith(b"-"):
            self.expect(b"*2\r\n+OK\r\n" + bulk(tag), replies[3], "EXEC")
        else:
            self.failed += 1

    async def blocking(self):
        tag = self.tag()
        key = b"{%d}list %d" % (self.number, self.n)
        self.writer.write(harness.encode(("RPUSH", key, tag)) + harness.encode(("BLPOP", key, "0.2")))
        pushed, popped = await self.reply(), await self.reply()
        if popped.startswith(b"*2"):
            self.expect(b"*2\r\n" + bulk(key) + bulk(tag), popped, "BLPOP")
        elif popped.startswith(MAY_FAIL) or pushed.startswith(MAY_FAIL):
            self.failed += 1
        else:
            raise Wrong("client %d: BLPOP after %r: %r" % (self.number, pushed, popped))

    async def run(self, is_over):
        await self.open()
        while not is_over():
            try:
                await self.rng.choice((self.some,) * 8 + (self.transaction, self.blocking))()
            except (ConnectionError, asyncio.IncompleteReadError):
                # A long reply broke off halfway: then the connection has to end.
                self.closed += 1
                self.writer.close()
                await self.open()
        self.writer.close()


class Faults(threading.Thread):
    """Something goes wrong on the way to a shard about three times a second."""

    def __init__(self, proxies):
        super().__init__(daemon=True)
        self.proxies = proxies
        self.over = threading.Event()
        self.rng = random.Random(SEED)
        self.happened = {}

    def run(self):
        while not self.over.wait(0.2):
            proxy = self.rng.choice(self.proxies)
            fault = self.rng.choice((self.reset, self.stall, self.slow, self.sliced, self.refuse, self.cut))
            self.happened[fault.__name__] = self.happened.get(fault.__name__, 0) + 1
            fault(proxy)
        for proxy in self.proxies:
            proxy.heal()

    def reset(self, proxy):
        proxy.reset_all()

    def stall(self, proxy):
        """Longer than shard-timeout, mostly: what was asked is answered too late."""
        proxy.stall()
        self.over.wait(self.rng.choice((0.05, 0.3, 0.6)))
        proxy.go_on()

    def slow(self, proxy):
        proxy.latency_ms = self.rng.choice((5, 60, 250))
        self.over.wait(0.4)
        proxy.latency_ms = 0

    def sliced(self, proxy):
        proxy.slice_bytes = self.rng.choice((1, 7, 500))
        self.over.wait(0.2)
        proxy.slice_bytes = 0

    def refuse(self, proxy):
        proxy.refuses = True
        proxy.reset_all()
        self.over.wait(0.1)
        proxy.refuses = False

    def cut(self, proxy):
        for _ in range(4):
            proxy.cut_after(self.rng.randrange(20000))
        proxy.reset_all()


class TaggedValues(unittest.TestCase):
    def test_no_reply_goes_to_the_wrong_client(self):
        shards = [Redis(tcp=True) for _ in range(2)]
        proxies = [FaultProxy(shard.address) for shard in shards]
        for thing in shards + proxies:
            self.addCleanup(thing.close)
        words = ["static"] + [proxy.address for proxy in proxies]
        server = Server(shard_words=words)
        self.addCleanup(server.close)
        with server.client() as client:
            rows = [("HSET", "profile_%d_%d" % (c, i), "client", c) for c in range(CLIENTS) for i in range(ROWS)]
            for reply in client.pipeline(rows):
                self.assertEqual(reply, 1)
            client.call("CONFIG", "SET", "shard-timeout", "200ms", "query-timeout", "400ms")
        faults = Faults(proxies)
        clients = [Tagged(number, ("127.0.0.1", server.port)) for number in range(CLIENTS)]

        def is_enough():
            return (min(client.right for client in clients) > 0 and sum(client.right for client in clients) > 2000
                    and sum(client.failed for client in clients) > 0)

        async def run_all():
            until = time.monotonic() + SECONDS
            at_last = until + 120  # a busy machine may need longer
            await asyncio.gather(*(client.run(lambda: time.monotonic() > at_last or (time.monotonic() > until and is_enough()))
                                   for client in clients))

        faults.start()
        try:
            asyncio.run(run_all())
        finally:
            faults.over.set()
            faults.join(60)
        right, failed = (sum(getattr(client, name) for client in clients) for name in ("right", "failed"))
        print("seed %d: %d right, %d failed, %d closed; %r" % (
            SEED, right, failed, sum(client.closed for client in clients), faults.happened), flush=True)
        self.assertGreater(min(client.right for client in clients), 0, "a client that was never answered")
        self.assertGreater(right, 2000)
        self.assertGreater(failed, 0, "no fault was felt")
        # And when all is well again, everybody is served.
        with server.client() as client:
            client.call("CONFIG", "SET", "shard-timeout", "60s", "query-timeout", "60s")
        server.wait_until(lambda: self.serves_all(server), "both shards in both protocols")
        asyncio.run(self.all_well(server))

    @staticmethod
    def serves_all(server):
        for resp3 in (False, True):
            with server.client(resp3) as client:
                replies = client.pipeline([("SET", "k%d" % i, "v") for i in range(20)] + [("QUERY", "count from current")])
            if any(isinstance(reply, ReplyError) for reply in replies):
                return False
        return True

    async def all_well(self, server):
        clients = [Tagged(number, ("127.0.0.1", server.port)) for number in range(CLIENTS)]
        for client in clients:
            await client.open()
            for ask in (client.ask_echo, client.ask_count, client.ask_row, client.ask_several):
                words, answered = ask()
                client.writer.write(harness.encode(words))
                answered(await client.reply())
            client.writer.close()
        self.assertEqual(sum(client.failed for client in clients), 0)


if __name__ == "__main__":
    harness.main()
