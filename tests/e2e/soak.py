#!/usr/bin/env python3
"""A soak: a cluster of three masters and three replicas behind a quipu-server; writers with a model of what they wrote and
counters with an oracle, while masters are killed, paused and failed over and slots are moved.

    tests/e2e/soak.py --seconds 300 [--seed N]        prints a line for each round; exit status 0 if nothing was wrong

It goes in rounds. In each something happens to the cluster under load; then the load rests, the cluster becomes whole, every
row is read, and held against the model:

    acknowledged, and nothing lossy happened to its master     must be there
    acknowledged within LAG_S before a master was lost         may be lost: that is Redis' own asynchronous replication
    answered by an error, or not at all                        may be there or not

At every moment: all rows are counted, each once, or a count is an error; no client hears MOVED or ASK; where slots move, no
single-key command fails; keys that a script or a transaction changes together are together; what comes into a queue is not taken
by a client that died waiting; a row, or a field of it, whose time is over is not counted (by columns; fields where the servers
have times for them); a client that has nothing to wait for is not stuck; memory and descriptors stay.
"""

import argparse
import os
import random
import sys
import threading
import time

import quipu_harness as harness
from cluster_harness import Cluster, SlotMove, slot_of
from quipu_harness import Closed, ReplyError, Server

ROWS = 600
GROUPS = 4
WRITERS = 4
LAG_S = 1.0
STUCK_S = 20
REDIRECTIONS = ("MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT")


class Row:
    """What may stand in a row: `sure`, or one of those that were tried behind it."""

    def __init__(self, name, sure):
        self.name, self.slot = name, None
        self.rest(sure)

    def rest(self, sure):
        self.sure = sure
        self.tried = []  # (value, when it was acknowledged or None)

    def may_be(self, lost_at):
        """The values that are right now; lost_at: when its master lost what was not replicated yet, or None."""
        values = [(self.sure, 0.0)] + self.tried
        first = 0
        for i, (_, acknowledged) in enumerate(values):
            if acknowledged is not None and (lost_at is None or acknowledged < lost_at - LAG_S):
                first = i
        return [value for value, _ in values[first:]]

    def last_acknowledged(self):
        acknowledged = [value for value, when in self.tried if when is not None]
        return acknowledged[-1] if acknowledged else self.sure


class Client(threading.Thread):
    """A client that goes on until it is told to rest or to end. step(client) is one turn."""

    def __init__(self, soak, name):
        super().__init__(daemon=True)
        self.soak, self.name_ = soak, name
        self.resting = threading.Event()
        self.progress = time.monotonic()
        self.answers = self.errors = 0

    def run(self):
        client = None
        while not self.soak.over.is_set():
            self.progress = time.monotonic()
            if self.soak.rest.is_set():
                self.resting.set()
                time.sleep(0.01)
                continue
            self.resting.clear()
            try:
                client = client or self.soak.server.client(timeout=STUCK_S)
                self.step(client)
                self.answers += 1
            except ReplyError as error:
                self.errors += 1
                self.soak.heard(self.name_, error.text)
                time.sleep(0.002)
            except (Closed, OSError) as error:
                self.soak.wrong("%s: its connection: %r" % (self.name_, error))
                client = None
            except Exception as error:
                self.soak.wrong("%s: %r" % (self.name_, error))
                return
        if client:
            client.close()


class Writer(Client):
    """Writes its own rows, one after the other by chance; the model knows each attempt."""

    def __init__(self, soak, number, rows):
        super().__init__(soak, "writer %d" % number)
        self.rows, self.rng, self.n = rows, random.Random(soak.seed + number), 0

    def step(self, client):
        row = self.rng.choice(self.rows)
        self.n += 1
        value = b"%s.%d" % (self.name_.encode(), self.n)
        attempt = len(row.tried)
        row.tried.append((value, None))
        try:
            client.call("HSET", row.name, "g", self.rng.randrange(GROUPS), "v", value)
            row.tried[attempt] = (value, time.monotonic())
        except ReplyError as error:
            if self.soak.is_gentle:
                self.soak.wrong("%s: in a round of %s: %s" % (self.name_, self.soak.kind, error.text))
            raise


class Counter(Client):
    """All rows, by groups that writers change, and by one that nobody does."""

    QUERIES = (
        ("count g in [0,%d] from current" % (GROUPS - 1), lambda reply: sum(reply) == ROWS, ROWS),
        ("count from current", lambda reply: reply == ROWS, ROWS),
        ("count fixed in [0,4] from current where kind = row", lambda reply: reply == [ROWS // 5] * 5, ROWS // 5),
        ("count fixed from current where g >= 0", lambda reply: [n for _, n in reply] == [ROWS // 5] * 5, ROWS // 5),
        ("count from current where g = 0 or g = 1 or g = 2 or g = 3 nocache", lambda reply: reply == ROWS, ROWS),
    )

    def step(self, client):
        for text, is_right, wanted in self.QUERIES:
            reply = client.call("QUERY", text)
            if not is_right(reply):
                self.soak.wrong("seed %d, a round of %s: %s: %r, not %r" % (self.soak.seed, self.soak.kind, text, reply, wanted))
            self.soak.counts += 1
            self.progress = time.monotonic()
            if self.soak.rest.is_set():
                return


class Churner(Client):
    """Makes and removes rows of its own and counts them: it sees each of its own writes at once."""

    def __init__(self, soak):
        super().__init__(soak, "churner")
        self.rng = random.Random(soak.seed + 99)
        self.there = set()

    def step(self, client):
        # Rows of another dataset: counts of the first one stay what they are.
        name = "churn_%d" % self.rng.randrange(50)
        if name in self.there:
            client.call("DEL", name)
            self.there.discard(name)
        else:
            client.call("HSET", name, "x", "1")
            self.there.add(name)
        got = client.call("QUERY", "count from churn where x = 1")
        if self.soak.is_gentle and got != len(self.there):
            self.soak.wrong("churner: %d rows, not %d, in a round of %s" % (got, len(self.there), self.soak.kind))

    def settle(self, client):
        self.there = {"churn_%d" % i for i in range(50) if client.call("EXISTS", "churn_%d" % i)}


class Plain(Client):
    """Single keys, and several at once."""

    def __init__(self, soak):
        super().__init__(soak, "plain")
        self.rng = random.Random(soak.seed + 77)
        self.n = 0

    def step(self, client):
        self.n += 1
        key = "plain_%d" % self.rng.randrange(500)
        try:
            client.call("SET", key, self.n)
            got = client.call("GET", key)
            several = client.call("MGET", key, "none_%d" % self.n)
        except ReplyError as error:
            if self.soak.is_gentle:
                self.soak.wrong("plain: in a round of %s: %s" % (self.soak.kind, error.text))
            raise
        if self.soak.is_gentle and (got != b"%d" % self.n or several != [got, None]):
            self.soak.wrong("plain: GET %s: %r, not %d" % (key, got, self.n))


class Scripter(Client):
    """Two keys that a script, and a transaction, always change together."""

    SCRIPT = "redis.call('INCR', KEYS[1]) return redis.call('INCR', KEYS[2])"

    def __init__(self, soak):
        super().__init__(soak, "scripter")
        self.rng = random.Random(soak.seed + 55)

    def step(self, client):
        tag = self.rng.randrange(40)
        keys = "pair_a{s%d}" % tag, "pair_b{s%d}" % tag
        try:
            if self.rng.random() < 0.5:
                client.call("EVAL", self.SCRIPT, 2, *keys)
            else:
                replies = client.pipeline([("MULTI",), ("INCR", keys[0]), ("INCR", keys[1]), ("EXEC",)])
                for reply in replies:
                    if isinstance(reply, ReplyError):
                        raise reply
            first, second = client.call("MGET", *keys)
        except ReplyError as error:
            if self.soak.is_gentle:
                self.soak.wrong("scripter: in a round of %s: %s" % (self.soak.kind, error.text))
            raise
        if first != second:
            self.soak.wrong("scripter: %s and %s are %r and %r" % (*keys, first, second))


class Consumer(Client):
    """A queue whose other consumer dies while it waits, with a command behind: what comes next is nobody's but ours."""

    def __init__(self, soak):
        super().__init__(soak, "consumer")
        self.n = 0

    def step(self, client):
        self.n += 1
        queue = "jobs_%d" % self.n
        waits, dies = [("BLPOP", queue, 0), ("BRPOPLPUSH", queue, queue + "{x}", 0), ("BLMPOP", 0, 1, queue, "LEFT")], []
        with self.soak.server.client(timeout=STUCK_S) as ghost:
            ghost.send(*waits[self.n % 2 * 2])
            ghost.send("GET", "nothing")
            name = ("%s:%d" % ghost.socket.getsockname()[:2]).encode()
        until = time.monotonic() + STUCK_S
        while name in client.call("CLIENT", "LIST"):
            if time.monotonic() > until:
                self.soak.wrong("consumer: a client that died is still there")
                return
            time.sleep(0.002)
        client.call("RPUSH", queue, "a", "b", "c")
        got = [client.call("LPOP", queue) for _ in range(3)]
        if self.soak.is_gentle and got != [b"a", b"b", b"c"]:
            self.soak.wrong("consumer: in a round of %s: %s gave %r" % (self.soak.kind, queue, got))


class Fader(Client):
    """Rows by columns whose field, or who themselves, live for a moment: a count has what lives, and nothing that does not."""

    LIFE_MS = 150

    def __init__(self, soak):
        super().__init__(soak, "fader")
        self.rng = random.Random(soak.seed + 33)
        self.by_field = soak.has_field_times
        # Of slots that stay: MIGRATE tells the time that is left, so what moves lives a little longer.
        moving = {row.slot for row in soak.rows}
        self.names = [name for name in ("fade_%d" % i for i in range(200)) if slot_of(name) not in moving][:60]
        self.alive = {}  # row -> (not before, not after), when its time is over, on our clock

    def step(self, client):
        name = self.rng.choice(self.names)
        before = time.monotonic()
        write = ("HPEXPIRE", name, self.LIFE_MS, "FIELDS", 1, "y") if self.by_field else ("PEXPIRE", name, self.LIFE_MS)
        self.alive[name] = (0, before + 60)  # until we know more
        for reply in client.pipeline([("MULTI",), ("HSET", name, "x", 1, "y", 1), write, ("EXEC",)]):
            if isinstance(reply, ReplyError):
                raise reply
        self.alive[name] = (before + self.LIFE_MS / 1000, time.monotonic() + self.LIFE_MS / 1000)
        before = time.monotonic()
        got = client.call("QUERY", "count from fade where y = 1")
        after = time.monotonic()
        # A millisecond for the clocks' steps, on either side.
        least = sum(1 for not_before, _ in self.alive.values() if not_before > after + 0.002)
        most = sum(1 for _, not_after in self.alive.values() if not_after > before - 0.002)
        if self.soak.is_gentle and not least <= got <= most:
            self.soak.wrong("fader: %d rows, not %d to %d, in a round of %s" % (got, least, most, self.soak.kind))


class Soak:
    def __init__(self, seed):
        self.seed, self.rng = seed, random.Random(seed)
        self.over, self.rest = threading.Event(), threading.Event()
        self.rest.set()
        self.kind, self.is_gentle = "set-up", True
        self.wrongs, self.errors, self.counts = [], {}, 0
        self.lost = 0  # acknowledged, and lost by a failover
        self.lost_at = {}  # node -> when it lost what it had not replicated
        self.rss, self.fds = [], []
        self.cluster = Cluster(masters=3, replicas=1, node_timeout_ms=1000, options=["--cluster-replica-validity-factor", "0"])
        try:
            self.server = Server(
                shard_words=["cluster"] + self.cluster.seeds()[:2],
                options=["--partitions", "32", "--shard-timeout", "1s", "--query-timeout", "3s"]
                + ["--dataset", "current", "prefix", "profile_", "--dataset", "churn", "prefix", "churn_"]
                + ["--dataset", "fade", "prefix", "fade_"],
            )
        except BaseException:
            self.cluster.close()
            raise

    def close(self):
        self.over.set()
        self.server.close()
        self.cluster.close()

    def wrong(self, text):
        if len(self.wrongs) < 50:
            self.wrongs.append(text)
            print("WRONG: " + text, flush=True)

    def heard(self, who, text):
        code = text.split(" ", 1)[0]
        self.errors[code] = self.errors.get(code, 0) + 1
        if code in REDIRECTIONS:
            self.wrong("%s heard %s" % (who, text))

    # -- the rows --

    def fill(self):
        self.rows = [Row("profile_%d" % i, b"start") for i in range(ROWS)]
        with self.server.client() as client:
            for start in range(0, ROWS, 100):
                words = [
                    ("HSET", row.name, "kind", "row", "fixed", i % 5, "g", i % GROUPS, "v", row.sure)
                    for i, row in enumerate(self.rows[start : start + 100], start)
                ]
                for reply in client.pipeline(words):
                    if reply != 4:
                        raise AssertionError("a row: %r" % reply)
        stored = [name.decode() for node in self.cluster.masters() for name in node.ask("KEYS", "profile_*")]
        slots = {name.split("{")[0]: slot_of(name) for name in stored}
        for row in self.rows:
            row.slot = slots[row.name]

    def check_rows(self, owners):
        """Reads every row; what is there is what is known from now on."""
        with self.server.client(timeout=30) as client:
            values = client.pipeline([("HMGET", row.name, "v", "kind") for row in self.rows])
            for row, reply in zip(self.rows, values):
                if isinstance(reply, ReplyError) or reply[1] != b"row":
                    self.wrong("%s reads %r" % (row.name, reply))
                    continue
                lost_at = self.lost_at.get(owners(row.slot))
                may_be = row.may_be(lost_at)
                if reply[0] not in may_be:
                    self.wrong("seed %d, a round of %s: %s is %r, not one of %r%s" % (
                        self.seed, self.kind, row.name, reply[0], may_be[:5], "" if lost_at is None else " (its master was lost)"))
                elif row.last_acknowledged() in may_be and may_be.index(reply[0]) < may_be.index(row.last_acknowledged()):
                    self.lost += 1
                row.rest(reply[0])
            self.churner.settle(client)
            for dataset in ("current", "churn"):
                verify = harness.pairs(client.call("DATASET", "VERIFY", dataset))
                if verify["mismatches"] != 0:
                    self.wrong("a round of %s: VERIFY %s: %r" % (self.kind, dataset, verify))
            if client.call("QUERY", "count from current nocache") != ROWS:
                self.wrong("a round of %s: not all rows are counted in the end" % self.kind)

    # -- what happens --

    def lose(self, node):
        """From here on what this master has acknowledged within the lag may be lost."""
        self.lost_at[node] = time.monotonic()

    def slots_move(self):
        for _ in range(self.rng.randrange(2, 6)):
            slot = self.rng.choice(self.rows).slot
            source = self.cluster.owner(slot)
            move = SlotMove(self.cluster, slot, self.rng.choice([m for m in self.cluster.masters() if m is not source]))
            move.begin()
            time.sleep(self.rng.random() * 0.1)
            while move.keys(self.rng.choice((1, 5, 100))):
                time.sleep(self.rng.random() * 0.02)
            time.sleep(self.rng.random() * 0.05)
            move.end()

    def hand_over(self):
        master = self.rng.choice(self.cluster.masters())
        self.cluster.failover(self.rng.choice(self.cluster.replicas_of(master)), "")

    def master_killed(self):
        master = self.rng.choice(self.cluster.masters())
        self.lose(master)
        master.kill()
        self.cluster.wait_promoted(master)
        time.sleep(0.3)
        master.start()

    def master_hangs(self):
        master = self.rng.choice(self.cluster.masters())
        self.lose(master)
        master.pause()
        self.cluster.wait_promoted(master)
        time.sleep(0.3)
        master.resume()

    def master_hangs_a_moment(self):
        master = self.rng.choice(self.cluster.masters())
        self.lose(master)  # nothing is lost; but what timed out may be carried out behind what came later
        master.pause()
        time.sleep(0.6)
        master.resume()

    def taken_over(self):
        master = self.rng.choice(self.cluster.masters())
        self.lose(master)
        self.cluster.failover(self.rng.choice(self.cluster.replicas_of(master)), "FORCE")

    def replica_killed(self):
        replica = self.rng.choice(self.cluster.replicas_of(self.rng.choice(self.cluster.masters())))
        replica.kill()
        time.sleep(0.5)
        replica.start()

    KINDS = ("slots_move", "master_killed", "slots_move", "hand_over", "master_hangs", "replica_killed", "slots_move", "taken_over",
             "master_hangs_a_moment")
    GENTLE = ("slots_move", "replica_killed")  # no single-key command fails

    # -- rounds --

    def set_off(self):
        share = len(self.rows) // WRITERS
        self.churner = Churner(self)
        self.clients = [Writer(self, n, self.rows[n * share : (n + 1) * share]) for n in range(WRITERS)]
        self.clients += [Counter(self, "counter %d" % n) for n in range(3)] + [self.churner, Plain(self)]
        self.clients += [Scripter(self), Consumer(self)]
        if harness.METHOD == "columns":
            names = self.cluster.nodes[0].ask("COMMAND", "LIST", "FILTERBY", "PATTERN", "hpexpire")
            self.has_field_times = bool(names)
            self.clients.append(Fader(self))
        for client in self.clients:
            client.start()

    def settle(self):
        """Everybody rests: nothing is under way any more."""
        self.rest.set()
        until = time.monotonic() + STUCK_S + 5
        for client in self.clients:
            if client.is_alive() and not client.resting.wait(max(0.1, until - time.monotonic())):
                self.wrong("%s is stuck" % client.name_)
        self.cluster.wait_whole()
        self.server.wait_counting(20)

    def round(self, kind):
        self.kind, self.is_gentle, self.lost_at = kind, kind in self.GENTLE, {}
        owners = {row.slot: self.cluster.owner(row.slot) for row in self.rows}
        answers = sum(client.answers for client in self.clients)
        errors = sum(client.errors for client in self.clients)
        for client in self.clients:
            client.resting.clear()
        started = time.monotonic()
        self.rest.clear()
        time.sleep(1.2 * LAG_S)
        getattr(self, kind)()
        time.sleep(0.7)
        for client in self.clients:
            if time.monotonic() - client.progress > STUCK_S:
                self.wrong("%s is stuck" % client.name_)
            if not client.is_alive():
                self.wrong("%s has ended" % client.name_)
        self.settle()
        self.check_rows(owners.get)
        pid = self.server.process.pid
        with open("/proc/%d/status" % pid) as status:
            self.rss.append(next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")))
        self.fds.append(len(os.listdir("/proc/%d/fd" % pid)))
        print("%6.1f s %-22s %6d answers, %4d errors, %d KiB, %d descriptors" % (
            time.monotonic() - started, kind, sum(client.answers for client in self.clients) - answers,
            sum(client.errors for client in self.clients) - errors, self.rss[-1], self.fds[-1]), flush=True)

    def check_flat(self):
        """Against the first third, when everything has happened once."""
        early = max(1, len(self.rss) // 3)
        if self.rss[-1] > max(self.rss[:early]) * 1.3 + 8192:
            self.wrong("memory grows: %r KiB" % self.rss)
        if self.fds[-1] > max(self.fds[:early]) + 20:
            self.wrong("descriptors grow: %r" % self.fds)

    def run(self, seconds):
        self.fill()
        self.set_off()
        until = time.monotonic() + seconds
        kinds = []
        while time.monotonic() < until and not self.wrongs:
            if not kinds:
                kinds = list(self.KINDS)
            self.round(kinds.pop(0))
        if not self.wrongs:
            self.check_flat()
        print("seed %d: %d counts, all right; errors %r; %d acknowledged writes lost by Redis' failovers" % (
            self.seed, self.counts, self.errors, self.lost) if not self.wrongs else "seed %d: WRONG" % self.seed)
        return not self.wrongs


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    args = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    soak = Soak(args.seed)
    try:
        is_right = soak.run(args.seconds)
        soak.over.set()
        soak.server.stop()
    finally:
        soak.close()
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
