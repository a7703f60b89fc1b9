"""The packages under systemd itself: the unit of quipu-server, and Debian's unit of redis-server with the module, in a virtual
machine that boots Debian 12.

The machine's root is build/servers/roots/systemd (scripts/setup --systemd), copied for the test. All tests use one machine, in
their order. Without root, or what scripts/setup --systemd installs, the test is skipped and says so.

    QUIPU_DEBS=/tmp/debs python3 tests/e2e/test_systemd.py      with packages that were built before
"""

import os
import re
import shutil
import unittest

import debian_packages
import quipu_harness as harness
from debian_packages import NAMES, OLD_VERSION, older, run
from quipu_harness import ROOT
from virtual_machine import PROGRAMS, VirtualMachine

BASE = os.path.join(ROOT, "build", "servers", "roots", "systemd")
CONF = "/etc/quipu/quipu.conf"
NROWS = 1000
# systemd-analyze counts from 0, for nothing that could be taken away, to 10.
MOST_EXPOSED = 1.5


class UnderSystemd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.dir = debian_packages.new_directory()
        root = os.path.join(cls.dir, "root")
        try:
            debs = debian_packages.found_or_built(cls.dir)
            run(["cp", "-a", BASE, root])
            for folder, paths in (("new", debs.values()), ("old", [older(deb, cls.dir) for deb in debs.values()])):
                os.makedirs(root + "/root/" + folder)
                run(["cp", "-t", root + "/root/" + folder, *paths])
            run(["cmake", "--install", harness.BIN], env=dict(os.environ, DESTDIR=root + "/root/from-source"))
            cls.machine = VirtualMachine(root, cls.dir)
            cls.addClassCleanup(cls.machine.close)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        if not os.environ.get("QUIPU_KEEP"):
            shutil.rmtree(cls.dir, ignore_errors=True)

    # -- in the machine --

    def run_in(self, script, status=0):
        return self.machine.run(script, status)

    def wait(self, condition, what):
        """An emulated processor takes its time."""
        harness.wait_until(condition, what, timeout=120)

    def show(self, *names, unit="quipu-server"):
        """{name: value} of what systemd says of the unit."""
        lines = self.run_in("systemctl show %s --property=%s" % (unit, ",".join(names))).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def assert_running(self):
        state = self.show("ActiveState", "SubState", "Result", "StatusText")
        self.assertEqual((state["ActiveState"], state["SubState"], state["Result"]), ("active", "running", "success"), self.journal())
        self.assertRegex(state["StatusText"], "^serving on ")

    def journal(self, more=""):
        return self.run_in("journalctl -u quipu-server -o cat --no-pager -n 60 " + more)

    def query(self, text, port=7379):
        return self.run_in("redis-cli -p %d query '%s'" % (port, text)).strip()

    def wait_rows(self, nrows=NROWS, port=7379):
        self.wait(lambda: self.query("count from current", port) == str(nrows), "%d rows" % nrows)

    def set(self, directive, value):
        """In the file, as an administrator would."""
        self.run_in("sed -i 's|^%s .*|%s %s|' %s" % (directive, directive, value, CONF))

    def drop_in(self, lines, unit="quipu-server"):
        """What systemctl edit would write; no lines: none."""
        path = "/etc/systemd/system/%s.service.d/override.conf" % unit
        write = "mkdir -p $(dirname {0}) && printf '%s\\n' '[Service]' {1} >{0}".format(path, " ".join("'%s'" % line for line in lines))
        self.run_in("%s && systemctl daemon-reload" % (write if lines else "rm -r $(dirname %s)" % path))

    def pids(self):
        return self.run_in("cat /sys/fs/cgroup/system.slice/quipu-server.service/cgroup.procs").split()

    def restart(self):
        self.run_in("systemctl restart quipu-server || { journalctl -u quipu-server -o cat --no-pager -n 40; exit 1; }")
        self.assert_running()

    # -- the tests, in their order --

    def test_01_its_installation_starts_it(self):
        self.run_in("apt-get install -y --no-install-recommends /root/old/*.deb")
        self.assert_running()
        unit = self.show("Type", "UnitFileState", "NRestarts", "User", "MainPID", "FragmentPath")
        self.assertEqual((unit["Type"], unit["UnitFileState"], unit["NRestarts"], unit["User"]), ("notify", "enabled", "0", "quipu"))
        self.assertEqual(len(self.pids()), 3, "the server and two shards")
        self.assertEqual(self.run_in("systemd-analyze verify --man=no " + unit["FragmentPath"]), "")
        self.assertIn("ready to accept connections on 127.0.0.1:7379", self.journal())

    def test_02_it_counts(self):
        self.run_in("quipu-gen --rows %d >/root/rows.csv && quipu-load /root/rows.csv" % NROWS)
        self.wait_rows()
        self.assertRegex(self.query("explain count value_1 from current"), r"(?m)^method   columns")
        self.assertIn("value_1", self.run_in("quipu -c 'count value_1 from current'"))

    def test_03_its_sandbox(self):
        """As systemd makes it, for the server and its shards."""
        uid = self.run_in("id -u quipu").strip()
        for pid in self.pids():
            status = dict(line.split(":\t", 1) for line in self.run_in("cat /proc/%s/status" % pid).splitlines() if ":\t" in line)
            self.assertEqual(set(status["Uid"].split()), {uid})
            self.assertEqual((status["CapEff"].strip("0"), status["CapBnd"].strip("0")), ("", ""))
            self.assertEqual((status["NoNewPrivs"], status["Seccomp"], status["Umask"]), ("1", "2", "0007"))
            mounts = {line.split()[4]: line.split()[5].split(",") for line in self.run_in("cat /proc/%s/mountinfo" % pid).splitlines()}
            self.assertLessEqual({"ro", "noexec"}, set(mounts["/"]))
            both = {path for path, options in mounts.items() if "rw" in options and "noexec" not in options}
            self.assertEqual([path for path in both if not path.startswith("/usr/")], [], "written to and executed")
            self.assertIn("ro", mounts["/run"])
            for path in ("/etc/quipu", "/run/quipu", "/var/lib/quipu"):
                self.assertIn("rw", mounts[path], path)
        found = self.run_in("systemd-analyze security --no-pager quipu-server")
        exposed = float(re.search(r"Overall exposure level.*: ([0-9.]+)", found).group(1))
        self.assertLessEqual(exposed, MOST_EXPOSED, found)

    def test_04_who_may_come_in(self):
        self.run_in("useradd clerk && useradd analyst && usermod -aG quipu analyst")
        ping = "runuser -u %s -- redis-cli -s /run/quipu/quipu.sock ping"
        self.assertEqual(self.run_in(ping % "analyst"), "PONG\n")
        self.assertIn("Permission denied", self.run_in(ping % "clerk", status=None))
        self.run_in("runuser -u clerk -- cat " + CONF, status=1)

    def test_05_reload(self):
        self.set("query-timeout", "7777")
        before = self.show("MainPID", "NRestarts")
        self.run_in("systemctl reload quipu-server")
        self.wait(lambda: "7777" in self.run_in("redis-cli -p 7379 config get query-timeout"), "the file was read again")
        self.set("query-timeout", "soon")
        self.run_in("systemctl reload quipu-server")
        self.wait(lambda: "nothing has changed: /etc/quipu/quipu.conf:" in self.journal(), "the mistake is in the journal")
        self.assertIn("7777", self.run_in("redis-cli -p 7379 config get query-timeout"))
        self.set("query-timeout", "10000")
        self.run_in("redis-cli -p 7379 config rewrite")
        self.run_in("grep -x 'query-timeout 7777' " + CONF)
        self.assert_running()
        self.assertEqual(self.show("MainPID", "NRestarts"), before)

    def test_06_its_filter_refuses_nothing_that_it_asks_for(self):
        """A call that the filter refuses kills here, instead of failing."""
        self.drop_in(["SystemCallErrorNumber=kill"])
        self.restart()
        self.wait_rows()
        self.run_in("for i in 0 1; do redis-cli -s /var/lib/quipu/shard-$i/redis.sock bgrewriteaof; done")
        for shard in range(2):
            info = "redis-cli -s /var/lib/quipu/shard-%d/redis.sock info persistence" % shard
            self.wait(lambda: "aof_rewrite_in_progress:0" in self.run_in(info), "a child that writes the file")
            self.assertIn("aof_last_bgrewrite_status:ok", self.run_in(info))
        self.run_in("systemctl reload quipu-server")
        self.wait_rows()
        self.run_in("systemctl stop quipu-server")
        self.assertEqual(self.show("Result", "ExecMainStatus"), {"Result": "success", "ExecMainStatus": "0"}, self.journal())
        self.assertEqual(self.show("NRestarts"), {"NRestarts": "0"})
        self.drop_in([])
        self.run_in("systemctl start quipu-server")

    def test_07_a_stop_waits_for_queries_for_longer_than_systemd_would(self):
        self.drop_in(["TimeoutStopSec=2"])
        self.wait_rows()
        self.set("shutdown-timeout", "60")
        self.run_in("systemctl reload quipu-server")
        self.wait(lambda: "60" in self.run_in("redis-cli -p 7379 config get shutdown-timeout").split(), "the file was read again")
        shards = [pid for pid in self.pids() if "redis-server" in self.run_in("cat /proc/%s/comm" % pid)]
        self.run_in("kill -STOP %s" % shards[0])
        self.run_in("redis-cli -p 7379 query 'count value_2 from current' >/tmp/answer & echo")
        self.wait(lambda: "count value_2" in self.run_in("redis-cli -p 7379 query list"), "the query runs")
        self.run_in("systemctl stop --no-block quipu-server")
        self.wait(lambda: self.show("StatusText")["StatusText"] == "letting what runs end", "the stop waits")
        self.run_in("sleep 4")
        self.assertEqual(self.show("ActiveState")["ActiveState"], "deactivating")
        self.run_in("kill -CONT %s" % shards[0])
        self.wait(lambda: self.show("ActiveState")["ActiveState"] == "inactive", "the service has stopped")
        self.assertEqual(self.show("Result", "ExecMainStatus"), {"Result": "success", "ExecMainStatus": "0"}, self.journal())
        self.assertRegex(self.run_in("cat /tmp/answer"), r"\d")
        self.drop_in([])
        self.run_in("systemctl start quipu-server")
        self.wait_rows()

    def test_08_it_is_started_again_when_it_dies(self):
        before = self.show("MainPID")["MainPID"]
        self.run_in("kill -KILL " + before)
        self.wait(lambda: self.show("NRestarts", "ActiveState") == {"NRestarts": "1", "ActiveState": "active"}, "it runs again")
        self.assertEqual(len(self.pids()), 3, "the shards of the dead one are gone")
        self.wait_rows()

    def test_09_a_mistake_in_the_file_is_told_at_the_start(self):
        self.set("query-timeout", "soon")
        self.assertIn("journalctl", self.run_in("systemctl restart quipu-server", status=1))
        self.wait(lambda: self.show("ActiveState")["ActiveState"] == "failed", "the service has failed")
        self.assertRegex(self.journal(), r"/etc/quipu/quipu.conf:\d+: query-timeout: expected milliseconds")
        self.assertEqual(self.show("NRestarts", "ExecMainStatus"), {"NRestarts": "0", "ExecMainStatus": "2"})
        self.set("query-timeout", "10000")
        self.run_in("systemctl reset-failed quipu-server")
        self.restart()

    def test_10_logs_of_shards_are_rotated(self):
        self.assertNotIn("error", self.run_in("logrotate -f /etc/logrotate.d/quipu-server"))
        self.assertEqual(self.run_in("stat -c %U /var/lib/quipu/shard-0/redis.log.1"), "quipu\n")
        self.run_in("redis-cli -s /var/lib/quipu/shard-0/redis.sock bgrewriteaof")
        self.wait(lambda: "rewrite" in self.run_in("cat /var/lib/quipu/shard-0/redis.log"), "the shard goes on in the file")

    def test_11_what_the_pages_say_of_changing_the_unit(self):
        """Another directory, another redis-server, a port below 1024: docs/install.md."""
        self.run_in("mkdir -p /opt/redis/bin && cp -L /usr/bin/redis-server /opt/redis/bin/redis-server && install -d -o quipu -g quipu /srv/quipu")
        self.run_in("cp %s /root/before.conf" % CONF)
        self.set("dir", "/srv/quipu")
        self.set("redis-server", "/opt/redis/bin/redis-server")
        self.set("port", "79")
        self.drop_in(["ReadWritePaths=/srv/quipu", "NoExecPaths=/srv/quipu", "ExecPaths=/opt/redis/bin/redis-server", "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
                      "AmbientCapabilities=CAP_NET_BIND_SERVICE", "PrivateUsers=no"])
        self.restart()
        self.wait_rows(0, port=79)
        self.assertIn("/opt/redis/bin/redis-server", self.run_in("readlink %s" % " ".join("/proc/%s/exe" % pid for pid in self.pids())))
        self.run_in("cat /root/before.conf >%s" % CONF)
        self.drop_in([])
        self.restart()
        self.wait_rows()

    def test_12_the_module_in_debians_redis(self):
        self.run_in("echo 'loadmodule /usr/lib/redis/modules/quipu.so dataset current profile_' >>/etc/redis/redis.conf")
        self.run_in("systemctl restart redis-server && quipu-gen --rows 500 --format resp | redis-cli -p 6379 --pipe")
        self.set("shards", "static 127.0.0.1:6379")
        self.restart()
        self.wait_rows(500)
        self.assertRegex(self.query("explain count value_1 from current"), r"(?m)^method   columns")
        self.run_in("redis-cli -p 6379 bgsave && redis-cli -p 6379 save", status=None)
        self.run_in("systemctl restart redis-server")
        self.wait_rows(500)
        redis = self.show("ActiveState", "NRestarts", unit="redis-server")
        self.assertEqual(redis, {"ActiveState": "active", "NRestarts": "0"})
        self.set("shards", "embedded 2")
        self.restart()
        self.wait_rows()

    def test_13_it_is_there_after_a_reboot(self):
        self.machine.reboot()
        self.wait(lambda: self.show("ActiveState")["ActiveState"] == "active", "the service runs")
        self.assert_running()
        self.wait_rows()
        self.assertIn("quipu-server.service: Deactivated successfully.", self.journal("-b -1"))
        self.assertEqual(self.run_in("systemctl list-units --failed --no-legend"), "")
        self.run_in("systemd-tmpfiles --create quipu.conf")
        self.assertEqual(self.run_in("stat -c '%U %a' /var/lib/quipu /run/quipu"), "quipu 750\nquipu 755\n")

    def test_14_an_upgrade_restarts_it(self):
        before = self.show("MainPID")
        self.assertIn(OLD_VERSION, self.run_in("dpkg-query -W quipu-server"))
        self.run_in("apt-get install -y --no-install-recommends /root/new/*.deb")
        self.assert_running()
        self.assertNotEqual(self.show("MainPID"), before)
        self.assertNotIn(OLD_VERSION, self.run_in("dpkg-query -W quipu-server"))
        self.wait_rows()

    def test_15_removing_stops_it_and_purging_leaves_nothing(self):
        self.run_in("apt-get remove -y %s" % " ".join(NAMES))
        self.run_in("systemctl is-active quipu-server", status=3)
        self.run_in("pgrep -u quipu", status=1)
        self.run_in("test -d /var/lib/quipu/shard-0/appendonlydir -a -f %s" % CONF)
        self.run_in("apt-get purge -y %s" % " ".join(NAMES))
        self.run_in("getent passwd quipu", status=2)
        left = "find /etc /var/lib /run /usr/lib -not -path '/usr/lib/modules/*' -name '*quipu*' -not -path '*/dpkg/*' -not -path '/run/udev/*'"
        self.assertEqual(self.run_in(left + " | grep -v test-agent", status=None), "")
        self.assertNotIn("quipu", self.run_in("systemctl list-unit-files --no-pager"))

    def test_16_from_source(self):
        """As docs/install.md has it, of this build."""
        self.run_in("cp -a /root/from-source/. / && systemd-sysusers && systemctl daemon-reload && systemctl enable --now quipu-server")
        self.assert_running()
        self.assertEqual(self.show("FragmentPath"), {"FragmentPath": "/usr/local/lib/systemd/system/quipu-server.service"})
        self.run_in("quipu-load /root/rows.csv")
        self.wait_rows()
        self.run_in("chown -R quipu:quipu /usr/local/etc/quipu && redis-cli -p 7379 config set query-timeout 7777 && redis-cli -p 7379 config rewrite")
        self.run_in("grep -x 'query-timeout 7777' /usr/local/etc/quipu/quipu.conf")


if __name__ == "__main__":
    debian_packages.skip_without(PROGRAMS, BASE, "build/servers/roots/systemd (scripts/setup --systemd)")
    harness.main()
