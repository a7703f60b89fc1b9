"""Random conversations: connections that watch, queue, subscribe, block, change their protocol, keep replies back and start
anew, in any order; the bytes that come back are those of a redis-server that is told the same.

One shard, so that any keys go together as they do in the twin. QUIPU_SEED and QUIPU_ROUNDS steer it.
"""

import os
import random
import re
import unittest

import quipu_harness as harness
from quipu_harness import Redis, Server

SEED = int(os.environ.get("QUIPU_SEED", "0")) or random.randrange(1 << 30)
ROUNDS = int(os.environ.get("QUIPU_ROUNDS", "200"))
# HELLO says who it is, which differs. Its length and keys do not.
# Ours has one pair more: what the shards are.
HELLO = re.compile(rb"(\*|%)\d+\r\n\$6\r\nserver\r\n.*?\$7\r\nmodules\r\n\*0\r\n(\$6\r\nshards\r\n\$\d+\r\n[^\r]*\r\n)?", re.S)


def random_words(rng, in_multi):
    key = lambda: "k%d" % rng.randrange(4)  # noqa: E731
    channel = lambda: "ch%d" % rng.randrange(3)  # noqa: E731
    data = (
        lambda: ("SET", key(), rng.randrange(100)),
        lambda: ("SET", key(), rng.randrange(100)),
        lambda: ("GET", key()),
        lambda: ("INCR", key()),
        lambda: ("DEL", key(), key()),
        lambda: ("RPUSH", key(), "a", "b"),
        lambda: ("BLPOP", key(), key(), "0.01"),
        lambda: ("BRPOPLPUSH", key(), key(), "0.01"),
        lambda: ("BZPOPMIN", key(), "0.01"),
        lambda: ("BLMPOP", "0.01", 2, key(), key(), "LEFT"),
        lambda: ("XREAD", "BLOCK", 5, "STREAMS", key(), "$"),
        lambda: ("MGET", key(), key()),
        lambda: ("MSET", key(), "1", key(), "2"),
        lambda: ("MSET", key(), "1", key()),
        lambda: ("HSET", "h", "f", rng.randrange(9)),
        lambda: ("HGETALL", "h"),
        lambda: ("EVAL", "return redis.call('incr', KEYS[1])", 1, key()),
        lambda: ("EVAL", "return {1, {map={}}, false}", 0),
        lambda: ("PING",),
        lambda: ("ECHO", "text"),
        lambda: ("NOSUCH", key()),
        lambda: ("GET",),
        lambda: ("EXEC", "x"),
        lambda: ("TYPE", key()),
        lambda: ("OBJECT", "ENCODING", key()),
    )
    ends = (
        lambda: ("EXEC",),
        lambda: ("EXEC",),
        lambda: ("DISCARD",),
        lambda: ("RESET",),
        lambda: ("WATCH", key()),
    )
    others = (
        lambda: ("MULTI",),
        lambda: ("MULTI",),
        lambda: ("WATCH", key(), key()),
        lambda: ("UNWATCH",),
        lambda: ("SUBSCRIBE", channel()),
        lambda: ("SUBSCRIBE", channel(), channel()),
        lambda: ("PSUBSCRIBE", channel() + "*"),
        lambda: ("UNSUBSCRIBE", channel()),
        lambda: ("PUNSUBSCRIBE", channel() + "*"),
        lambda: ("PING", "text"),
        lambda: ("HELLO", "2"),
        lambda: ("HELLO", "3"),
        lambda: ("HELLO", "4"),
        lambda: ("CLIENT", "REPLY", "SKIP"),
        lambda: ("CLIENT", "REPLY", "OFF"),
        lambda: ("CLIENT", "REPLY", "ON"),
        lambda: ("CLIENT", "SETNAME", "me"),
        lambda: ("CLIENT", "GETNAME"),
        lambda: ("SELECT", "0"),
        lambda: ("SUBSCRIBE",),
        lambda: ("DBSIZE",),
    )
    # What a transaction cannot keep here is refused, where Redis keeps it: DBSIZE, HELLO, CLIENT.
    return rng.choice(data + ends if in_multi else data + ends + others)()


def random_conversation(rng):
    words, in_multi = [], False
    for _ in range(rng.choice((2, 6, 25))):
        words.append(random_words(rng, in_multi))
        in_multi = words[-1] == ("MULTI",) or in_multi and words[-1][0] not in ("EXEC", "DISCARD", "RESET")
    return words


def heard(client, words, sentinel):
    """All that comes back, up to the sentinel's echo. HELLO's text is left out."""
    client.send_bytes(b"".join(harness.encode(w) for w in words) + harness.encode(("RESET",)) + harness.encode(("ECHO", sentinel)))
    end = b"$%d\r\n%s\r\n" % (len(sentinel), sentinel)
    got = b""
    while not got.endswith(end):
        try:
            data = client.socket.recv(1 << 16)
        except TimeoutError:
            data = None
        if not data:
            return HELLO.sub(rb"\1 hello", got) + (b"(silence)" if data is None else b"(closed)")
        got += data
    return HELLO.sub(rb"\1 hello", got)


class Conversations(unittest.TestCase):
    def test_random_conversations(self):
        rng = random.Random(SEED)
        with Server(1) as server, Redis() as twin:
            mine, theirs = server.client(), twin.client()
            for round_ in range(ROUNDS):
                words = random_conversation(rng)
                sentinel = b"end-%d" % round_
                got, wanted = heard(mine, words, sentinel), heard(theirs, words, sentinel)
                if got != wanted:
                    self.fail("seed %d round %d:\n%s\n got    %r\n wanted %r" % (
                        SEED, round_, "\n".join(" ".join(map(str, w)) for w in words), got, wanted))
            mine.close()
            theirs.close()
            server.stop()

    @unittest.skipIf(harness.IS_SANITIZED, "the sanitizer keeps what is freed")
    def test_who_leaves_while_it_waits_leaves_nothing_behind(self):
        with Server(1) as server:
            sizes = []
            for _ in range(3):
                for _ in range(500):
                    client = server.client()
                    client.send("BLPOP", "nokey", 0)
                    client.close()
                with server.client() as client:
                    server.wait_until(lambda: client.call("CLIENT", "LIST").count(b"\n") == 1, "the others' end")
                sizes.append(harness.memory_kib(server.process.pid))
            self.assertLess(sizes[2] - sizes[1], 300, "%r KiB" % sizes)
            server.stop()


if __name__ == "__main__":
    harness.main()
