"""What is due is not counted from the moment on when HGET does not show it: rows, and fields that have a time of their own. On every
server that people run; those that scripts/servers did not install are left out."""

import os
import signal
import time
import unittest

from each_server import COUNT, COUNT_A, EachServer
from fault_proxy import FaultProxy
from module_harness import ModuleRedis, check, verify, wait_indexed
from quipu_harness import MODULE, info, main, servers, wait_in_step, wait_until


class Fields(EachServer):
    """Fields that have a time of their own: Redis 8, Valkey 9."""

    def clients(self, needs="HPEXPIRE"):
        for name, redis, client in super().clients(needs):
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
            yield name, redis, client

    @staticmethod
    def supports(client, command):
        return client.call("COMMAND", "INFO", command[0])[0] is not None

    # What makes field a of a row with fields a and b go after a moment; what makes it stay; and what takes it at once.
    SOON = [("HPEXPIRE", "{}", "900", "FIELDS", "1", "a"), ("HPEXPIREAT", "{}", "{soon}", "FIELDS", "1", "a"),
            ("HEXPIRE", "{}", "1", "FIELDS", "1", "a"), ("HEXPIREAT", "{}", "{soon_s}", "FIELDS", "1", "a"),
            ("HSETEX", "{}", "PX", "900", "FIELDS", "1", "a", "2"), ("HGETEX", "{}", "PX", "900", "FIELDS", "1", "a")]
    STAYS = [("HPERSIST", "{}", "FIELDS", "1", "a"), ("HSET", "{}", "a", "3"), ("HGETEX", "{}", "PERSIST", "FIELDS", "1", "a"),
             ("HPEXPIRE", "{}", "100000", "FIELDS", "1", "a"), ("HSETEX", "{}", "FIELDS", "1", "a", "4")]
    TAKES = [("HGETDEL", "{}", "FIELDS", "1", "a"), ("HDEL", "{}", "a"), ("HPEXPIRE", "{}", "0", "FIELDS", "1", "a"),
             ("HEXPIREAT", "{}", "1", "FIELDS", "1", "a"), ("HGETEX", "{}", "PXAT", "1", "FIELDS", "1", "a"),
             ("HSETEX", "{}", "EXAT", "1", "FIELDS", "1", "a", "5")]

    def fill(self, client):
        """Rows 0, 1, ...: each with what is to be done to it. Returns the commands, and how many rows will have field a."""
        commands, nwith = [], 0
        soon = int(time.time() * 1000) + 900
        for then, stays in [(None, False)] + [(what, True) for what in self.STAYS] + [(what, False) for what in self.TAKES]:
            for command in self.SOON:
                if self.supports(client, command) and (then is None or self.supports(client, then)):
                    key = "profile_%d" % (len(commands) // 3)
                    nwith += stays
                    for words in (("HSET", key, "a", "1", "b", "x"), command, then or ("PING",)):
                        commands.append([word.format(key, soon=soon, soon_s=soon // 1000 + 1) for word in words])
        return commands, nwith

    def see(self, client, commands, nwith):
        """All the way from before the fields are over to after it."""
        nrows = len(commands) // 3
        self.agree_until(client, lambda rows: sum(b"a" in row for row in rows.values()) == nwith, "fields are over")
        self.assertEqual(client.call(*COUNT), nrows)
        self.assertEqual(sum(n for _, n in client.call(*COUNT_A)), nwith)

    def test_each_command_alone(self):
        for _, _, client in self.clients():
            commands, nwith = self.fill(client)
            for words in commands:
                client.pipeline([words])
            self.see(client, commands, nwith)

    def test_in_transactions(self):
        for _, _, client in self.clients():
            commands, nwith = self.fill(client)
            client.pipeline([("MULTI",)] + commands + [COUNT_A, ("EXEC",)])
            self.see(client, commands, nwith)

    def test_in_scripts(self):
        for _, _, client in self.clients():
            commands, nwith = self.fill(client)
            client.pipeline([("EVAL", "return redis.pcall(unpack(ARGV))", "1", words[1] if len(words) > 1 else "x", *words)
                             for words in commands])
            self.see(client, commands, nwith)

    def test_where_nobody_removes_what_is_over(self):
        for _, _, client in self.clients():
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
            commands, nwith = self.fill(client)
            client.pipeline(commands)
            self.see(client, commands, nwith)
            # Written again, or removed, or given a time, while the old value is still there.
            client.pipeline([("HSET", "profile_%d" % i, "c", "1") for i in range(0, 40, 2)]
                            + [("HSET", "profile_%d" % i, "a", "7") for i in range(0, 40, 5)]
                            + [("HINCRBY", "profile_%d" % i, "c", "1") for i in range(0, 40, 3)]
                            + [("HPERSIST", "profile_%d" % i, "FIELDS", "1", "a") for i in range(40)]
                            + [("HDEL", "profile_%d" % i, "b") for i in range(0, 40, 4)]
                            + [("RENAME", "profile_3", "profile_x"), ("COPY", "profile_4", "profile_y")])
            self.agree(client)
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")
            self.agree(client)
            self.assertEqual(verify(client)["mismatches"], 0)

    def test_a_rows_last_field(self):
        for name, _, client in self.clients():
            for active in "10":
                client.call("DEBUG", "SET-ACTIVE-EXPIRE", active)
                client.pipeline([("HSET", "profile_%d" % i, "a", "1") for i in range(100)])
                client.pipeline([("HPEXPIRE", "profile_%d" % i, "20", "FIELDS", "1", "a") for i in range(50)])
                self.agree_until(client, lambda rows: len(rows) == 50, "rows are gone")
                self.assertEqual(client.call(*COUNT), 50)
            # Redis: removes the row, and has no event for it. Valkey: leaves it.
            client.pipeline([("HMGET", "profile_%d" % i, "a") for i in range(50)])
            self.assertEqual(client.call(*COUNT), 50, name)
            client.pipeline([("HSET", "profile_%d" % i, "b", "1") for i in range(10)])
            self.assertEqual(client.call(*COUNT_A), [[b"1", 50]])
            check(self, client)

    def test_redis_tells_of_a_row_that_hmget_removes(self):
        """Before anyone has counted it out."""
        for _, _, client in self.clients():
            client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
            client.pipeline([("HSET", "profile_1", "a", "1"), ("HSET", "profile_2", "a", "1")])
            client.call("HPEXPIRE", "profile_1", "10", "FIELDS", "1", "a")
            wait_until(lambda: client.call("HPTTL", "profile_1", "FIELDS", "1", "a") == [-2], "it is over")
            replies = client.pipeline([("HMGET", "profile_1", "a"), COUNT, ("HSET", "profile_1", "b", "1"), COUNT])
            self.assertEqual((replies[1], replies[3]), (1, 2))
            check(self, client)

    def test_very_many_at_once(self):
        for name, _, client in self.clients():
            n = 20000
            soon = int(time.time() * 1000) + 1500
            client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", "x") for i in range(n)])
            client.pipeline([("HPEXPIREAT", "profile_%d" % i, soon, "FIELDS", "1", "a") for i in range(n)])
            wait_until(lambda: client.call("HGET", "profile_1", "a") is None, "they are over")
            self.assertEqual(client.call(*COUNT_A), [], name)
            self.assertEqual(client.call(*COUNT), n)

    def test_while_writes_are_paused(self):
        for name, _, client in self.clients():
            client.call("HSET", "profile_1", "a", "1", "b", "x")
            client.call("HSET", "profile_2", "a", "1")
            client.call("HPEXPIRE", "profile_1", "30", "FIELDS", "1", "a")
            client.call("PEXPIRE", "profile_2", "30")
            client.call("CLIENT", "PAUSE", "60000", "WRITE")
            try:
                wait_until(lambda: client.call("HGET", "profile_1", "a") is None, "the field is over")
                wait_until(lambda: client.call("HGET", "profile_2", "a") is None, "the row is over")
                self.assertEqual((client.call(*COUNT_A), client.call(*COUNT)), ([], 1), name)
            finally:
                client.call("CLIENT", "UNPAUSE")

    def test_other_databases(self):
        for name, _, client in self.clients():
            for db in (0, 5):
                client.call("SELECT", db)
                client.call("HSET", "profile_1", "a", "1", "b", db)
                client.call("HPEXPIRE", "profile_1", "30", "FIELDS", "1", "a")
            for db in (5, 0):
                client.call("SELECT", db)
                wait_until(lambda: client.call("HGET", "profile_1", "a") is None, "the field is over")
                self.assertEqual((client.call(*COUNT_A), client.call(*COUNT)), ([], 1), name)

    def test_at_a_replica_and_when_its_master_hangs(self):
        for name, master, client in self.clients():
            with ModuleRedis(server=servers()[name], port=True) as replica, replica.client() as at_replica:
                client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "x") for i in range(300)])
                client.call("HPEXPIRE", "profile_7", "100000", "FIELDS", "1", "a")
                at_replica.call("REPLICAOF", "127.0.0.1", master.port)
                wait_until(lambda: info(at_replica, "replication")["master_link_status"] == "up", "it is linked")
                commands, nwith = self.fill(client)
                client.pipeline(commands)
                wait_in_step(client, at_replica)
                nwith += 300 - len(commands) // 3
                self.agree_until(at_replica, lambda rows: sum(b"a" in row for row in rows.values()) == nwith,
                                 "fields are over")
                client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "x") for i in range(300)])
                client.pipeline([("HPEXPIRE", "profile_%d" % i, "400", "FIELDS", "1", "a") for i in range(100)])
                client.pipeline([("PEXPIRE", "profile_%d" % i, "400") for i in range(100, 150)])
                wait_in_step(client, at_replica)
                os.kill(master.process.pid, signal.SIGSTOP)
                try:
                    self.agree_until(at_replica, lambda rows: len(rows) == 250 and sum(b"a" in row for row in rows.values())
                                     == 150, "fields and rows are over")
                finally:
                    os.kill(master.process.pid, signal.SIGCONT)
                client.pipeline([("HSET", "profile_%d" % i, "c", "1") for i in range(300)])
                wait_in_step(client, at_replica)
                self.agree(at_replica)
                self.assertEqual(verify(at_replica)["mismatches"], 0)

    def test_after_a_restart(self):
        for name, program in servers().items():
            for how, options in (("rdb", ("--save", "3600 1")), ("aof", ("--appendonly", "yes")),
                                 ("commands", ("--appendonly", "yes", "--aof-use-rdb-preamble", "no"))):
                with self.subTest(name, how=how), ModuleRedis(server=program, options=options) as redis:
                    with redis.client() as client:
                        if not self.supports(client, ("HPEXPIRE",)):
                            break
                        client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "x") for i in range(300)])
                        client.pipeline([("HPEXPIRE", "profile_%d" % i, 1500, "FIELDS", "1", "a") for i in range(0, 300, 3)])
                        client.pipeline([("PEXPIRE", "profile_%d" % i, 1500) for i in range(0, 300, 30)])
                        if how == "rdb":
                            client.call("SAVE")
                        else:
                            client.call("BGREWRITEAOF")
                            wait_until(lambda: info(client, "persistence")["aof_rewrite_in_progress"] == "0"
                                       and info(client, "persistence")["aof_rewrite_scheduled"] == "0", "it is rewritten")
                    redis.kill()
                    redis.start()
                    with redis.client() as client:
                        wait_indexed(client)
                        client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
                        self.agree_until(client, lambda rows: len(rows) == 290 and sum(b"a" in row for row in rows.values())
                                         == 200, "fields and rows are over")

    def test_a_module_that_is_loaded_later(self):
        for name, program in servers().items():
            with self.subTest(name), ModuleRedis(server=program, load=False) as redis, redis.client() as client:
                if not self.supports(client, ("HPEXPIRE",)):
                    continue
                client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "x") for i in range(300)])
                client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
                client.pipeline([("HPEXPIRE", "profile_%d" % i, 600, "FIELDS", "1", "a") for i in range(0, 300, 3)])
                client.call("MODULE", "LOAD", MODULE)
                wait_indexed(client)
                self.agree_until(client, lambda rows: sum(b"a" in row for row in rows.values()) == 200, "fields are over")


class AtAReplica(EachServer):
    def test_what_its_master_said_in_time_and_it_hears_too_late(self):
        """A row whose time is over at the replica is written to, of before that: it is not there, nor half of it."""
        for name, master, client in self.clients():
            with ModuleRedis(server=servers()[name]) as replica, replica.client() as at_replica:
                with FaultProxy(("127.0.0.1", master.port), slice_bytes=1024) as proxy:
                    client.call("DEBUG", "SET-ACTIVE-EXPIRE", "0")
                    at_replica.call("REPLICAOF", "127.0.0.1", proxy.port)
                    wait_until(lambda: info(at_replica, "replication")["master_link_status"] == "up", "it is linked")
                    client.pipeline([("HSET", "profile_%d" % i, "a", i % 3, "b", "x") for i in range(40)])
                    replies = client.pipeline([("PEXPIRE", "profile_%d" % i, 2000) for i in range(40)])
                    self.assertEqual(replies, [1] * 40)
                    wait_in_step(client, at_replica)
                    proxy.stall()
                    replies = client.pipeline([("HSET", "profile_%d" % i, "c", "1") for i in range(30)]
                                              + [("PERSIST", "profile_%d" % i) for i in range(20, 40)])
                    self.assertEqual(replies, [1] * 50)
                    wait_until(lambda: at_replica.call("HGET", "profile_39", "a") is None, "they are over", 60)
                    self.assertEqual(at_replica.call(*COUNT), 0)
                    self.assertEqual(verify(at_replica)["mismatches"], 0)
                    proxy.go_on()
                    wait_in_step(client, at_replica)
                    self.assertEqual(len(check(self, at_replica)), 20)
                    self.assertEqual(at_replica.call("QUIPU.COUNT", "count c, a from current"),
                                     client.call("QUIPU.COUNT", "count c, a from current"))
                    # It hears of their time when that is over, and then of what was written before it.
                    client.pipeline([("HSET", "profile_%d" % i, "a", "1", "b", "x") for i in range(100, 140)])
                    wait_in_step(client, at_replica)
                    proxy.stall()
                    replies = client.pipeline([words for i in range(100, 140) for words in (
                        ("PEXPIRE", "profile_%d" % i, 1500), ("SET", "x", "x" * 3000), ("HSET", "profile_%d" % i, "c", "1"))])
                    self.assertEqual(replies, [1, b"OK", 1] * 40)
                    wait_until(lambda: client.call("HGET", "profile_139", "a") is None, "they are over", 60)
                    proxy.go_on()
                    for _ in range(200):  # looks, while it is told
                        self.assertEqual(at_replica.call("QUIPU.COUNT", "count from current where c = 1 && !(a exists)"), 0, name)
                    wait_in_step(client, at_replica)
                    self.assertEqual(len(check(self, at_replica)), 20)
                    client.call("DEBUG", "SET-ACTIVE-EXPIRE", "1")


if __name__ == "__main__":
    main()
