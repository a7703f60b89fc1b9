"""What one client asks for changes no connection that others share: the connections to a shard carry all clients' commands.

Every command of the shard's COMMAND list that is about its connection is answered by the server itself, or refused by name;
between the server and the shard stands a node (fault_proxy.py) that keeps what the shard was asked.
"""

import unittest

import quipu_harness as harness
from fault_proxy import PassingNode
from quipu_harness import Redis, ReplyError, Server

MARK = "quipu-mark"

# Known by name, whatever a shard's own list says of them; with words that a Redis would take.
NAMED = {
    "script|debug": ("YES",),
    "client|reply": ("OFF",),
    "client|tracking": ("ON", "BCAST"),
    "client|no-evict": ("ON",),
    "client|no-touch": ("ON",),
    "client|capa": ("redirect",),
    "client|import-source": ("ON",),
    "client|caching": ("YES",),
    "client|setname": (MARK,),
    "client|pause": ("1000",),
    "monitor": (),
    "sync": (),
    "psync": ("?", "-1"),
    "replconf": ("listening-port", "1"),
    "replicaof": ("127.0.0.1", "1"),
    "debug": ("SLEEP", "0"),
    "shutdown": ("WRONG-WORD",),
    "failover": ("ABORT",),
    "readonly": (),
    "readwrite": (),
    "asking": (),
    "select": ("1",),
    "wait": ("0", "1"),
    "waitaof": ("0", "0", "1"),
    "hello": ("3",),
    "auth": ("nobody", "wrong"),
    "reset": (),
    "quit": (),
}
# Ours, which go to a shard in one piece, over a connection of the client's own, or ask it for what it knows of commands.
OURS = ("multi", "exec", "watch", "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe", "command",
        "client|unblock", "ping", "echo")


def flat(entries):
    for entry in entries:
        yield entry
        yield from flat(entry[9])


def is_about_connection(entry):
    """By what the shard says of it: our table may not know it yet."""
    flags = {flag.decode() for flag in entry[2]}
    categories = {category.decode() for category in entry[6]}
    return bool(
        categories & {"@connection", "@transaction"}
        or flags & {"admin", "no_auth", "no_multi"}
        or ("blocking" in flags and not entry[8])
        or ("pubsub" in flags and "noscript" in flags)
    )


class SharedConnection(unittest.TestCase):
    def setUp(self):
        self.shard = Redis(tcp=True)
        self.addCleanup(self.shard.close)
        self.between = PassingNode(self.shard.address)
        self.addCleanup(self.between.close)
        self.server = Server(shard_words=["static", "127.0.0.1:%d" % self.between.port])
        self.addCleanup(self.server.close)
        self.others = [self.open(), self.open(resp3=True)]

    def open(self, **how):
        client = self.server.client(**how)
        self.addCleanup(client.close)
        return client

    def words_of(self, name, arity):
        words = name.split("|")
        if name in NAMED:
            return words + list(NAMED[name])
        return words + [MARK] * (max(abs(arity), len(words)) - len(words))

    def asked(self, words):
        return self.between.asked_for(*words)

    def assert_others_are_served(self, what):
        for i, client in enumerate(self.others):
            text = b"%s %d" % (what.encode(), i)
            self.assertEqual(client.call("SET", "k", text), b"OK", what)
            self.assertEqual(client.call("GET", "k"), text, what)
            self.assertEqual(client.call("EVAL", "return ARGV[1]", 1, "k", text), text, what)

    def table(self):
        with self.shard.client() as client:
            return {entry[0].decode(): entry for entry in flat(client.call("COMMAND"))}

    def test_every_command_about_its_connection(self):
        table = self.table()
        names = {name for name, entry in table.items() if is_about_connection(entry)} | set(NAMED)
        self.assertGreater(len(names), 80)
        for name in sorted(names):
            if name in OURS or name.split("|")[0] == "command":
                continue
            words = self.words_of(name, table[name][1] if name in table else -1)
            for in_multi in (False, True):
                with self.subTest(words=words, in_multi=in_multi):
                    client = self.open()
                    before = self.asked(words)
                    if in_multi:
                        client.call("MULTI")
                    if words == ["client", "reply", "OFF"]:
                        client.send(*words)
                        if in_multi:
                            self.assertIsInstance(client.read(), ReplyError)
                    else:
                        client.send(*words)
                        reply = client.read()
                        self.assertNotEqual(reply, b"QUEUED")
                    client.close()
                    self.assertEqual(self.asked(words), before, "a shard was asked")
            self.assert_others_are_served(name)
        self.assertIsNone(self.server.process.popen.poll())

    def test_what_is_refused_is_refused_by_name(self):
        table = self.table()
        client = self.open()
        for name in ("script|debug", "monitor", "sync", "psync", "replconf", "debug", "failover", "wait", "waitaof"):
            if name not in table:
                continue
            with self.subTest(name=name), self.assertRaises(ReplyError) as caught:
                client.call(*self.words_of(name, 0))
            self.assertTrue(caught.exception.text.startswith("ERR %s is refused: " % name.upper().replace("|", " ")), caught.exception.text)

    def test_the_debugger(self):
        """redis-cli --ldb."""
        client = self.open()
        for mode in ("YES", "SYNC", "yes"):
            with self.assertRaises(ReplyError):
                client.call("SCRIPT", "DEBUG", mode)
        self.assertEqual(client.call("EVAL", "return 1", 0), 1)
        self.assert_others_are_served("debug")
        self.assertEqual(self.others[0].call("SCAN", "0")[0], b"0")

    def test_a_subcommand_nobody_knows_goes_nowhere(self):
        """A shard that is newer than the one whose table we have may know it."""
        with self.shard.client() as theirs:
            client = self.open()
            for words in (("SCRIPT", "NOSUCH"), ("object", "nosuch", "a"), ("XGROUP", "N" * 200, "a", "b"), ("PUBSUB", "a\r\nb")):
                self.assertEqual(client.raw(*words), theirs.raw(*words))
                self.assertEqual(self.asked(words), 0)


if __name__ == "__main__":
    harness.main()
