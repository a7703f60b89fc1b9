"""Clients in cluster mode see a cluster of one node: CLUSTER, READONLY, READWRITE, ASKING, held against a real Redis cluster."""

import re
import socket
import subprocess
import unittest

import quipu_harness as harness
from cluster_harness import Cluster
from quipu_harness import Client, ReplyError, Server, ServerCase

SHAPED_ALIKE = (
    ("CLUSTER", "SLOTS"), ("CLUSTER", "NODES"), ("CLUSTER", "MYID"), ("CLUSTER", "LINKS"), ("CLUSTER", "SHARDS"),
    ("CLUSTER", "KEYSLOT", "{user}:1"), ("CLUSTER", "COUNTKEYSINSLOT", "7"), ("CLUSTER", "GETKEYSINSLOT", "7", "3"),
    ("CLUSTER", "COUNTKEYSINSLOT", "16384"), ("CLUSTER", "COUNTKEYSINSLOT", "x"), ("CLUSTER", "GETKEYSINSLOT", "7", "-1"),
    ("CLUSTER", "REPLICAS", "abc"), ("CLUSTER", "KEYSLOT"), ("CLUSTER", "NOSUCH"), ("CLUSTER",),
    ("READONLY",), ("READWRITE",), ("ASKING",), ("READONLY", "x"),
)


def without_identity(reply):
    """A reply's bytes without what differs from node to node: ids, addresses, and how long texts are."""
    text = re.sub(rb"[0-9a-f]{40}", b"ID", reply)
    text = re.sub(rb"[$=]\d+\r\n", b"$", text)
    text = re.sub(rb"ID \S*:\d+@\d+(,\S*)? myself,master - \d+ \d+ \d+", b"ID myself", text)
    text = re.sub(rb"127\.0\.0\.1|(?<=\$)(?=\r\n:)", b"", text)
    return re.sub(rb":\d{4,5}(?=\r\n(\$ID|\$ip))", b":PORT", text)


class Shapes(unittest.TestCase):
    """The same bytes as Redis', but for the node's name and address."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(masters=1, replicas=0)
        cls.addClassCleanup(cls.cluster.close)
        cls.server = Server(2)
        cls.addClassCleanup(cls.server.close)

    def compare(self, resp3):
        with Client(("127.0.0.1", self.cluster.nodes[0].port), resp3) as wanted, self.server.client(resp3) as got:
            for words in SHAPED_ALIKE:
                with self.subTest(words=words, resp3=resp3):
                    theirs, ours = without_identity(wanted.raw(*words)), without_identity(got.raw(*words))
                    if words == ("CLUSTER", "SHARDS"):  # Valkey 9 says a shard's id too, and both say ip and endpoint
                        theirs, ours = (text[: text.index(b"$ip")] for text in (theirs, ours))
                        theirs = re.sub(rb"^\*1\r\n([*%])(6|3)", lambda m: b"*1\r\n" + m[1] + (b"4" if m[1] == b"*" else b"2"), theirs)
                    self.assertEqual(ours, theirs)

    def test_in_resp2(self):
        self.compare(False)

    def test_in_resp3(self):
        self.compare(True)

    def test_info_has_the_fields_that_redis_has(self):
        def fields(client):
            return dict(line.split(":") for line in client.call("CLUSTER", "INFO").decode().split())

        with Client(("127.0.0.1", self.cluster.nodes[0].port)) as wanted, self.server.client() as got:
            theirs, ours = fields(wanted), fields(got)
        # The client library of whoever reads these wants them; what else there is depends on Redis' version.
        self.assertLessEqual(set(ours), set(theirs))
        for name in ("cluster_state", "cluster_slots_assigned", "cluster_slots_ok", "cluster_slots_fail", "cluster_size"):
            self.assertEqual(ours[name], theirs[name], name)

    def test_info_and_hello_say_the_same(self):
        with self.server.client() as client:
            self.assertEqual(harness.info(client, "cluster")["cluster_enabled"], "1")
            self.assertEqual(harness.info(client, "server")["redis_mode"], "cluster")
            self.assertEqual(harness.pairs(client.call("HELLO"))["mode"], b"cluster")


class Endpoints(unittest.TestCase):
    """Where the node is said to be."""

    def endpoint(self, client):
        """As all three say it."""
        host, port = client.call("CLUSTER", "SLOTS")[0][2][:2]
        node = harness.pairs(harness.pairs(client.call("CLUSTER", "SHARDS")[0])["nodes"][0])
        self.assertEqual((node["ip"], node["endpoint"], node["port"]), (host, host, port))
        self.assertIn(b" %b:%d@" % (host, port), client.call("CLUSTER", "NODES"))
        return host.decode(), port

    def test_where_the_client_came(self):
        with Server(1, ("--bind", "127.0.0.1", "127.0.0.2", "-::1")) as server:
            for host in ("127.0.0.1", "127.0.0.2"):
                with self.subTest(host=host), Client((host, server.port)) as client:
                    self.assertEqual(self.endpoint(client), (host, server.port))
            with server.client(unix=True) as client:
                self.assertEqual(self.endpoint(client), ("", server.port))
            if socket.has_ipv6:
                try:
                    client = Client(("127.0.0.1", server.port))
                    client.socket.close()
                    client.socket = socket.create_connection(("::1", server.port), 10)
                except OSError:
                    return  # no such loopback here
                with client:
                    self.assertEqual(self.endpoint(client), ("::1", server.port))

    def test_where_it_is_announced(self):
        options = ("--cluster-announce-ip", "192.0.2.7", "--cluster-announce-port", "17379")
        with Server(1, options) as server, server.client() as client:
            self.assertEqual(self.endpoint(client), ("192.0.2.7", 17379))
            client.call("CONFIG", "SET", "cluster-announce-ip", "quipu.example", "cluster-announce-port", "0")
            self.assertEqual(self.endpoint(client), ("quipu.example", server.port))

    def test_switched_off(self):
        with Server(1, ("--cluster-enabled", "no")) as server, server.client() as client:
            for words in (("CLUSTER", "SLOTS"), ("CLUSTER", "KEYSLOT", "a"), ("READONLY",), ("ASKING",)):
                with self.subTest(words=words), self.assertRaises(ReplyError) as caught:
                    client.call(*words)
                self.assertEqual(caught.exception.text, "ERR This instance has cluster support disabled")
            self.assertEqual(harness.info(client, "cluster")["cluster_enabled"], "0")
            self.assertEqual(harness.info(client, "server")["redis_mode"], "standalone")


class Slots(ServerCase):
    def slots(self, *keys):
        return [self.client.call("CLUSTER", "KEYSLOT", key) for key in keys]

    def test_keys_of_a_slot_are_those_that_clients_know(self):
        keys = {b"{t}%d" % i for i in range(40)} | {b"profile_%d" % i for i in range(40)}
        for key in keys:
            words = ("HSET", key, "a", "1") if key.startswith(b"profile") else ("SET", key, "1")
            self.client.call(*words)
            self.rows.add(key)
        by_slot = {}
        for key in keys:
            by_slot.setdefault(self.slots(key)[0], set()).add(key)
        for slot, wanted in sorted(by_slot.items())[:20]:
            self.assertEqual(self.client.call("CLUSTER", "COUNTKEYSINSLOT", slot), len(wanted), slot)
            self.assertEqual(set(self.client.call("CLUSTER", "GETKEYSINSLOT", slot, 100)), wanted, slot)
        tagged = self.slots("{t}")[0]
        self.assertEqual(self.client.call("CLUSTER", "COUNTKEYSINSLOT", tagged), 40)
        self.assertEqual(len(self.client.call("CLUSTER", "GETKEYSINSLOT", tagged, 7)), 7)
        self.assertEqual(self.client.call("CLUSTER", "GETKEYSINSLOT", tagged, 0), [])

    def test_what_would_change_a_cluster_is_refused(self):
        for words in (("FAILOVER",), ("RESET",), ("ADDSLOTS", "1"), ("SETSLOT", "1", "STABLE"), ("MEET", "127.0.0.1", "1"),
                      ("COUNT-FAILURE-REPORTS", "abc")):
            with self.subTest(words=words):
                self.assert_error("ERR", "CLUSTER", *words,
                                  contains="CLUSTER %s is refused: clients see one node, which has all slots" % words[0])

    def test_what_redis_has_and_quipu_has_not_is_refused_by_name(self):
        for words in (("CLIENT", "PAUSE", "1"), ("CLIENT", "TRACKING", "ON"), ("CLIENT", "CACHING", "YES")):
            self.assert_error("ERR", *words, contains="%s %s is refused: Quipu does not offer it" % words[:2])
        self.assert_error("ERR", "CLIENT", "NOSUCH", contains="unknown subcommand 'NOSUCH'. Try CLIENT HELP.")

    def test_rights(self):
        self.client.call("ACL", "SETUSER", "ann", "on", ">pw", "~*", "alldatasets", "+@fast", "+cluster|slots")
        self.addCleanup(self.client.call, "ACL", "DELUSER", "ann")
        with self.server.client() as ann:
            ann.call("AUTH", "ann", "pw")
            self.assertEqual(ann.call("CLUSTER", "SLOTS")[0][:2], [0, 16383])
            self.assertEqual(ann.call("READONLY"), b"OK")
            self.assert_error("NOPERM", "CLUSTER", "NODES", client=ann)
            # Whoever must not see the rows must not see how many there are.
            self.client.call("ACL", "SETUSER", "ann", "+@slow", "resetdatasets", "dataset:other")
            self.assertEqual(ann.call("CLUSTER", "KEYSLOT", "a"), 15495)
            for words in (("COUNTKEYSINSLOT", "1"), ("GETKEYSINSLOT", "1", "1")):
                self.assert_error("NOPERM", "CLUSTER", *words, client=ann)


class OverACluster(unittest.TestCase):
    def test_slots_that_nobody_serves(self):
        with Cluster(masters=2, replicas=0, node_timeout_ms=5000) as cluster:
            with Server(shard_words=["cluster"] + cluster.seeds()) as server, server.client() as client:
                server.wait_counting()

                def served():
                    return dict(line.split(b":") for line in client.call("CLUSTER", "INFO").split())

                self.assertEqual(served()[b"cluster_slots_ok"], b"16384")
                cluster.nodes[0].kill()
                harness.wait_until(lambda: served()[b"cluster_slots_ok"] == b"8192", "half of the slots", 60)
                self.assertEqual(served()[b"cluster_slots_fail"], b"8192")
                self.assertEqual(served()[b"cluster_state"], b"ok")
                self.assertEqual(client.call("CLUSTER", "SLOTS")[0][:2], [0, 16383])


class TheOldCliIsAtHome(unittest.TestCase):
    def test_redis_cli_c(self):
        with Server(2) as server:
            for words in (("set", "a", "1"), ("set", "b", "1"), ("count", "from", "current")):
                done = subprocess.run(["redis-cli", "-c", "-p", str(server.port), *words], stdout=subprocess.PIPE, check=True, timeout=60)
                self.assertNotIn(b"Redirected", done.stdout)


if __name__ == "__main__":
    harness.main()
