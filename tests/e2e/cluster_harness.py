"""A real Redis Cluster on loopback for a test, and what may happen to it.

    with Cluster(masters=3, replicas=1) as cluster:
        Server(shard_words=["cluster"] + cluster.seeds())
        cluster.owner(slot_of("profile_1")).kill()             its replica takes over within a second or two
        move = SlotMove(cluster, slot, cluster.masters()[1])   move.begin(); move.keys(10); ... move.end()

In: numbers of masters and replicas. Out: redis-server processes that know each other, every slot with a master, every
replica in step. Set up by CLUSTER commands, which takes about two seconds; `redis-cli --cluster create` takes seven.
Processes are ended by their id.
"""

import os
import shutil
import signal
import tempfile
import time

from quipu_harness import (
    REDIS_SERVER, REPLY_TIMEOUT_S, START_TIMEOUT_S, Client, Closed, Process, ReplyError, free_port, sanitizer_env, shard_env,
    shard_words, wait_until
)

SLOTS = 16384


def crc16(data):
    """XMODEM, bit by bit: no code shared with the server."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def slot_of(key):
    if isinstance(key, str):
        key = key.encode()
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1 : end]
    return crc16(key) % SLOTS


def fields(text):
    """CLUSTER INFO's and INFO's lines as a dict."""
    lines = text.decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)


class Node:
    """One redis-server of a cluster. It keeps its directory and ports when it is killed and started again."""

    def __init__(self, directory, options, connect=None, server=REDIS_SERVER, words=None):
        os.makedirs(directory)
        self.dir, self.options, self.server = directory, options, server
        self.words, self.env = (shard_words(), shard_env()) if words is None else (words, sanitizer_env())
        self.connect = connect or (lambda port, timeout: Client(("127.0.0.1", port), timeout=timeout))
        self.process = None
        self.paused = False
        for attempt in range(5):
            self.port, self.bus_port = free_port(), free_port()
            self.spawn()
            if self.wait_ready():
                break
            if attempt == 4:
                raise AssertionError("redis-server did not start:\n" + self.process.log()[-2000:])
        self.id = self.ask("CLUSTER", "MYID").decode()

    def __repr__(self):
        return "node :%d" % self.port

    def spawn(self):
        self.process = Process(
            [self.server, "--tls-port" if "--tls-cluster" in self.options else "--port", str(self.port)]
            + ["--cluster-port", str(self.bus_port)]
            + ["--bind", "127.0.0.1", "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf"]
            + ["--dir", self.dir, "--save", "", "--repl-diskless-sync-delay", "0"]
            + ["--repl-backlog-size", "16mb", "--enable-debug-command", "local"]
            + self.options + self.words,
            os.path.join(self.dir, "redis.log"),
            self.env,
        )

    def wait_ready(self, timeout=START_TIMEOUT_S):
        until = time.monotonic() + timeout
        while time.monotonic() < until and self.process.popen.poll() is None:
            try:
                self.ask("PING")
                return True
            except (OSError, Closed, ReplyError):
                time.sleep(0.01)
        return False

    def client(self, timeout=REPLY_TIMEOUT_S):
        return self.connect(self.port, timeout)

    def ask(self, *args, timeout=REPLY_TIMEOUT_S):
        """One command on a connection of its own."""
        with self.client(timeout) as client:
            return client.call(*args)

    @property
    def pid(self):
        return self.process.pid

    @property
    def address(self):
        return "127.0.0.1:%d" % self.port

    def is_running(self):
        return self.process.popen.poll() is None

    def is_master(self):
        return b"master" in [line for line in self.ask("CLUSTER", "NODES").splitlines() if b"myself" in line][0]

    def kill(self):
        """kill -9."""
        self.resume()
        self.process.popen.kill()
        self.process.popen.wait()

    def start(self):
        """Again, with what it had on its disk; what it is in the cluster the others tell it."""
        self.spawn()
        if not self.wait_ready():
            raise AssertionError("%r did not start again:\n%s" % (self, self.process.log()[-2000:]))

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)
        self.paused = True

    def resume(self):
        if self.paused and self.is_running():
            os.kill(self.pid, signal.SIGCONT)
        self.paused = False


class Cluster:
    """node_timeout_ms: a master that is silent for as long loses its place; where a test does not mean that, no busy machine is to."""

    def __init__(self, masters=3, replicas=1, node_timeout_ms=15000, options=(), connect=None, server=REDIS_SERVER, words=None):
        """connect(port, timeout): a client of a node, where it takes more than TCP. words: what loads the module, in place of
        what QUIPU_METHOD says."""
        self.connect, self.server, self.words = connect, server, words
        self.dir = tempfile.mkdtemp(prefix="quipu-e2e-cluster-")
        self.options = ["--cluster-node-timeout", str(node_timeout_ms)] + [str(option) for option in options]
        self.nodes = []
        try:
            for _ in range(masters * (1 + replicas)):
                self.add_node()
            self._share_slots(self.nodes[:masters])
            self._join()
            for i, node in enumerate(self.nodes[masters:]):
                node.ask("CLUSTER", "REPLICATE", self.nodes[i % masters].id)
            self.wait_whole()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for node in self.nodes:
            if node.process and node.is_running():
                node.kill()
        if not os.environ.get("QUIPU_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    # -- being set up --

    def add_node(self, join=False):
        """A node without slots. join: it is made known to the others."""
        node = Node(os.path.join(self.dir, "node-%d" % len(self.nodes)), self.options, self.connect, self.server, self.words)
        self.nodes.append(node)
        if join:
            self._join()
        return node

    def _join(self):
        """Everybody meets everybody, which is quicker than to let gossip spread the word."""
        for i, node in enumerate(self.nodes):
            for other in self.nodes[i + 1 :]:
                node.ask("CLUSTER", "MEET", "127.0.0.1", other.port, other.bus_port)

        def know_all():
            return all(
                sum(b"handshake" not in line for line in node.ask("CLUSTER", "NODES").splitlines()) == len(self.nodes)
                for node in self.nodes
            )

        wait_until(know_all, "all nodes know each other")

    def _share_slots(self, masters):
        for i, node in enumerate(masters):
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
            first, last = i * SLOTS // len(masters), (i + 1) * SLOTS // len(masters) - 1
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last)

    # -- its state --

    def running(self):
        return [node for node in self.nodes if node.is_running() and not node.paused]

    def is_whole(self):
        """Every node that runs calls the cluster ok, agrees on who owns what, and is in step if it is a replica."""
        maps = set()
        for node in self.running():
            with node.client() as client:
                if fields(client.call("CLUSTER", "INFO"))["cluster_state"] != "ok":
                    return False
                role = client.call("ROLE")
                if role[0] == b"slave" and role[3] != b"connected":
                    return False
                slots = client.call("CLUSTER", "SLOTS")
            maps.add(tuple(sorted((low, high, owner[2]) for low, high, owner, *_ in slots)))
        return len(maps) == 1

    def wait_whole(self, timeout=60):
        def whole():
            try:
                return self.is_whole()
            except (OSError, Closed, ReplyError):
                return False

        wait_until(whole, "a whole cluster", timeout)

    def node_of(self, node_id):
        if isinstance(node_id, bytes):
            node_id = node_id.decode()
        return next(node for node in self.nodes if node.id == node_id)

    def slots(self):
        """[(first, last, owner, [replicas])], as a node that runs sees it."""
        found = []
        for low, high, owner, *replicas in self.running()[0].ask("CLUSTER", "SLOTS"):
            found.append((low, high, self.node_of(owner[2]), [self.node_of(replica[2]) for replica in replicas]))
        return sorted(found, key=lambda entry: entry[0])

    def masters(self):
        """Those that own slots, in the slots' order."""
        owners = []
        for _, _, owner, _ in self.slots():
            if owner not in owners:
                owners.append(owner)
        return owners

    def owner(self, slot):
        return next(owner for low, high, owner, _ in self.slots() if low <= slot <= high)

    def replicas_of(self, master):
        """Those that run and follow this master."""
        found = []
        for node in self.running():
            mine = [line for line in node.ask("CLUSTER", "NODES").splitlines() if b"myself" in line][0].split()
            if mine[3].decode() == master.id:
                found.append(node)
        return found

    def seeds(self):
        return [node.address for node in self.nodes if node.is_running()]

    # -- what happens to it --

    def failover(self, replica, how="FORCE"):
        """The replica asks to be master: with '' its master agrees and nothing is lost; FORCE and TAKEOVER ask nobody."""
        for _ in range(4):  # it gives up after 5 s: a vote may be refused so soon after the last one
            replica.ask("CLUSTER", "FAILOVER", *([how] if how else []))
            try:
                wait_until(lambda: replica.ask("ROLE")[0] == b"master", "%r is master" % replica, 6)
                return
            except AssertionError:
                pass
        raise AssertionError("%r does not become master" % replica)

    def wait_promoted(self, master, timeout=60):
        """After master was killed or paused: waits until another owns its slots; returns that one."""

        def promoted():
            others = [node for node in self.running() if node is not master]
            return all(
                master.id.encode() not in [entry[2][2] for entry in node.ask("CLUSTER", "SLOTS")] for node in others
            ) and all(fields(node.ask("CLUSTER", "INFO"))["cluster_state"] == "ok" for node in others)

        wait_until(promoted, "another master for %r's slots" % master, timeout)

    def move_slot(self, slot, target):
        """The whole of it at once."""
        move = SlotMove(self, slot, target)
        move.begin()
        while move.keys(100):
            pass
        move.end()


class SlotMove:
    """A slot on its way to another master, in steps as redis-cli --cluster reshard takes them.

    begin      the target imports, the source migrates: keys that are gone from the source answer ASK
    keys(n)    up to n keys go; returns how many went: 0 when none is left
    end        the target owns it, everybody is told
    """

    def __init__(self, cluster, slot, target, source=None):
        self.cluster, self.slot, self.target = cluster, slot, target
        self.source = source or cluster.owner(slot)

    def begin(self):
        self.target.ask("CLUSTER", "SETSLOT", self.slot, "IMPORTING", self.source.id)
        self.source.ask("CLUSTER", "SETSLOT", self.slot, "MIGRATING", self.target.id)

    def keys(self, count):
        with self.source.client() as source:
            keys = source.call("CLUSTER", "GETKEYSINSLOT", self.slot, count)
            if keys:
                source.call("MIGRATE", "127.0.0.1", self.target.port, "", 0, 20000, "KEYS", *keys)
        return len(keys)

    def wait_newest(self):
        """Before the target takes the slot: it takes a configuration of its own for that, and must know the newest one of the
        others before, or theirs are as new and the nodes do not agree any more."""
        nodes = self.cluster.running()
        newest = max(int(fields(node.ask("CLUSTER", "INFO"))["cluster_my_epoch"]) for node in nodes if node is not self.target)
        wait_until(
            lambda: int(fields(self.target.ask("CLUSTER", "INFO"))["cluster_current_epoch"]) >= newest,
            "%r knows the newest configuration" % self.target,
        )

    def end(self):
        """The target first: whoever asks the source meanwhile is sent on."""
        self.wait_newest()
        self.target.ask("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id)
        self.source.ask("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id)
        for node in self.cluster.running():
            if node not in (self.source, self.target):
                try:
                    node.ask("CLUSTER", "SETSLOT", self.slot, "NODE", self.target.id)
                except ReplyError:
                    pass  # a replica is told by gossip
