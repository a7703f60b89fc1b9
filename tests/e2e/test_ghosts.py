"""A client that is gone takes nothing: its end is seen whatever waits in its connection, and what comes afterwards is others'.

Each blocking command, followed by each kind of commands that wait behind it, and each way in which a client can go.
"""

import re
import shutil
import socket
import struct
import tempfile
import unittest

import quipu_harness as harness
from quipu_harness import Client, Redis, Server, encode
from access_harness import Certificates, TlsClient

BLOCKING = {
    "blpop": ("BLPOP", "{q}l", 0),
    "brpop": ("BRPOP", "{q}l", 0),
    "blmove": ("BLMOVE", "{q}l", "{q}to", "LEFT", "RIGHT", 0),
    "brpoplpush": ("BRPOPLPUSH", "{q}l", "{q}to", 0),
    "blmpop": ("BLMPOP", 0, 1, "{q}l", "LEFT"),
    "bzpopmin": ("BZPOPMIN", "{q}z", 0),
    "bzpopmax": ("BZPOPMAX", "{q}z", 0),
    "bzmpop": ("BZMPOP", 0, 1, "{q}z", "MIN"),
    "xreadgroup": ("XREADGROUP", "GROUP", "g", "c", "BLOCK", 0, "STREAMS", "{q}s", ">"),
    "xread": ("XREAD", "BLOCK", 0, "STREAMS", "{q}s", "$"),
}
BEHIND = {
    "nothing": b"",
    "a command": encode(("GET", "{q}k")),
    "the same again": None,
    "ours": encode(("HGETALL", "profile_1")) + encode(("COUNT", "from", "current")),
    "half a command": b"*2\r\n$3\r\nGET\r\n$100\r\nxx",
    "more than is read at once": encode(("SET", "{q}behind", "x" * 200000)) * 3,
}


def close(client):
    client.close()


def reset(client):
    """RST: nobody says goodbye."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def half_close(client):
    """`nc -N`: it still reads."""
    client.socket.shutdown(socket.SHUT_WR)


class Ghosts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shard = Redis(tcp=True)
        cls.addClassCleanup(cls.shard.close)
        cls.dir = tempfile.mkdtemp(prefix="quipu-e2e-ghosts-")
        cls.addClassCleanup(shutil.rmtree, cls.dir, True)
        cls.certificates = Certificates(cls.dir)
        cls.tls_port = harness.free_port()
        path = cls.certificates.path
        cls.server = Server(
            shard_words=["static", "127.0.0.1:%d" % cls.shard.port],
            options=["--tls-port", cls.tls_port, "--tls-cert-file", path("server.crt"), "--tls-key-file", path("server.key"),
                     "--tls-ca-cert-file", path("ca.crt"), "--tls-auth-clients", "no"],
        )
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        self.client = self.server.client()
        self.addCleanup(self.client.close)
        self.redis = self.shard.client()
        self.addCleanup(self.redis.close)
        self.client.call("DEL", "{q}l", "{q}to", "{q}z", "{q}s", "{q}k", "{q}n", "{q}behind", "{q}before")
        self.client.call("XGROUP", "CREATE", "{q}s", "g", "$", "MKSTREAM")

    def by(self, way):
        if way == "tls":
            return TlsClient(self.tls_port, self.certificates)
        return Client(self.server.unixsocket if way == "unix" else ("127.0.0.1", self.server.port))

    def blocked(self):
        return int(harness.info(self.redis, "clients")["blocked_clients"])

    def assert_takes_nothing(self, client, words, behind, leave):
        client.send_bytes(encode(words) + (encode(words) if behind is None else behind))
        self.server.wait_until(lambda: self.blocked() == 1, "it waits")
        leave(client)
        # Seven seconds: far more than it takes, and less than a ghost used to live.
        self.server.wait_until(lambda: self.blocked() == 0, "%r: it is gone from its shard" % (words,), 7)
        self.client.call("RPUSH", "{q}l", 1, 2, 3)
        self.client.call("ZADD", "{q}z", 1, "a", 2, "b")
        self.client.call("XADD", "{q}s", "*", "a", 1)
        self.assertEqual(self.client.call("LRANGE", "{q}l", 0, -1), [b"1", b"2", b"3"])
        self.assertEqual(self.client.call("ZCARD", "{q}z"), 2)
        self.assertEqual(self.client.call("XPENDING", "{q}s", "g")[0], 0)
        self.assertEqual(self.client.call("EXISTS", "{q}to", "{q}behind"), 0)  # what is behind is not carried out
        self.client.call("DEL", "{q}l", "{q}z")
        self.client.call("XGROUP", "SETID", "{q}s", "g", "$")

    def test_each_command_and_what_is_behind_it(self):
        for name, words in BLOCKING.items():
            for what, behind in BEHIND.items():
                with self.subTest(name=name, behind=what):
                    self.assert_takes_nothing(self.by("tcp"), words, behind, close)

    def test_each_end_and_each_way_in(self):
        for way in ("tcp", "unix", "tls"):
            for leave in (close, reset, half_close):
                if leave is half_close and way == "tls":
                    continue
                for what in ("nothing", "a command", "more than is read at once"):
                    with self.subTest(way=way, leave=leave.__name__, behind=what):
                        client = self.by(way)
                        self.addCleanup(client.close)
                        self.assert_takes_nothing(client, BLOCKING["blpop"], BEHIND[what], leave)

    def test_one_that_left_before_its_turn_came(self):
        """It was gone before its blocking command began: what is before that is carried out, as by Redis."""
        for i in range(5):
            client = self.by("tcp")
            pipeline = [("SET", "{q}before", i)] + [("INCR", "{q}n")] * 2000 + [("EVAL", "local n = 0 for i = 1, 3000000 do n = n + i end return 1", 1, "{q}k")]
            client.send_bytes(b"".join(map(encode, pipeline + [BLOCKING["blpop"], ("GET", "{q}k"), BLOCKING["blpop"]])))
            client.close()
            self.server.wait_until(lambda: self.client.call("GET", "{q}before") == b"%d" % i and self.blocked() == 0, "carried out")
        self.server.wait_until(lambda: harness.info(self.client)["connected_clients"] == "1" and self.blocked() == 0, "all are gone", 7)
        self.client.call("RPUSH", "{q}l", 1)
        self.assertEqual(self.client.call("LLEN", "{q}l"), 1)

    def test_what_was_there_is_answered_to_one_that_still_reads(self):
        """`printf ... | nc -N`: as Redis does."""
        for reply in ("quipu", "redis"):
            self.client.call("DEL", "{q}l")
            self.client.call("RPUSH", "{q}l", "job")
            client = Client(("127.0.0.1", self.server.port if reply == "quipu" else self.shard.port))
            with client:
                client.send_bytes(encode(BLOCKING["blpop"]) + encode(("SET", "{q}k", "v")) + encode(("GET", "{q}k")))
                half_close(client)
                self.assertEqual([client.read() for _ in range(3)], [[b"{q}l", b"job"], b"OK", b"v"], reply)
                self.assertTrue(client.is_closed())

    def test_one_that_a_pause_has_put_off(self):
        """As in a failover by hand. Redis 7.0 ends itself by CLIENT UNBLOCK of such a client."""
        with self.shard.client() as shard:
            shard.call("CLIENT", "PAUSE", 60000, "WRITE")
            try:
                client = self.by("tcp")
                client.send("BLPOP", "{q}l", 0)
                client.send("GET", "{q}k")  # with nothing behind, its connection to the shard is ended, and that is all
                harness.wait_until(lambda: b"cmd=blpop" in shard.call("CLIENT", "LIST"), "the shard has it")
                close(client)
                # Put off by the pause as well, or answered at once by a server that knows better.
                harness.wait_until(
                    lambda: re.search(rb"flags=xb |cmd=client\|unblock ", shard.call("CLIENT", "LIST")),
                    "the shard is asked to end the wait")
            finally:
                shard.call("CLIENT", "UNPAUSE")
            harness.wait_until(lambda: b"cmd=blpop" not in shard.call("CLIENT", "LIST"), "the wait's end")
            shard.call("RPUSH", "{q}l", "job")
            self.assertEqual(shard.call("LRANGE", "{q}l", 0, -1), [b"job"])
            shard.call("DEL", "{q}l")

    def test_many_ghosts_and_every_job_is_done(self):
        for _ in range(30):
            client = self.by("tcp")
            client.send_bytes(encode(BLOCKING["blpop"]) + encode(("GET", "{q}k")))
            client.close()
        worker = self.by("tcp")
        self.addCleanup(worker.close)
        self.server.wait_until(lambda: harness.info(self.client)["connected_clients"] == "2" and self.blocked() == 0, "the ghosts are gone", 7)
        self.client.call("RPUSH", "{q}l", *range(12))
        self.assertEqual([worker.call(*BLOCKING["blpop"])[1] for _ in range(12)], [b"%d" % i for i in range(12)])

    def test_others_are_not_disturbed(self):
        """One that waits, and reads, has its own."""
        waiting = [self.by(way) for way in ("tcp", "unix", "tls") for _ in range(3)]
        for client in waiting:
            self.addCleanup(client.close)
            client.send_bytes(encode(BLOCKING["blpop"]) + encode(("GET", "{q}k")))
        self.server.wait_until(lambda: self.blocked() == len(waiting), "all wait")
        for _ in range(5):
            ghost = self.by("tcp")
            ghost.send_bytes(encode(BLOCKING["blpop"]) + encode(("GET", "{q}k")))
            self.server.wait_until(lambda: self.blocked() == len(waiting) + 1, "it waits, too")
            ghost.close()
            self.server.wait_until(lambda: self.blocked() == len(waiting), "it is gone", 7)
        self.client.call("SET", "{q}k", "v")
        self.client.call("RPUSH", "{q}l", *range(len(waiting)))
        self.assertEqual(sorted(int(client.read()[1]) for client in waiting), list(range(len(waiting))))
        self.assertEqual([client.read() for client in waiting], [b"v"] * len(waiting))


if __name__ == "__main__":
    harness.main()
