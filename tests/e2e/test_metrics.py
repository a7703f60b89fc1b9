"""Figures of a running server: INFO commandstats and latencystats, LATENCY HISTOGRAM, against Redis itself; /metrics, alerts
and the dashboard, with promtool."""

import base64
import json
import os
import re
import signal
import time
import unittest

import quipu_harness as harness
from http_harness import HttpOptions
from metrics_harness import PROMTOOL, documented, promtool, samples
from quipu_harness import ROOT, Redis, ServerCase

RULES = os.path.join(ROOT, "conf/quipu.rules.yml")
# What is not there by sets.
BY_COLUMNS = set() if harness.METHOD == "columns" else {"quipu_dataset_index_bytes"}
DASHBOARD = os.path.join(ROOT, "conf/grafana-dashboard.json")


def commandstats(client):
    """{command: {"calls": 3, ...}}"""
    found = {}
    for name, line in harness.info(client, "commandstats").items():
        figures = dict(part.split("=") for part in line.split(","))
        found[name[len("cmdstat_"):]] = {figure: float(value) for figure, value in figures.items()}
    return found


class Commands(ServerCase):
    CALLS = (
        [("SET", "k", "v")] * 3 + [("GET", "k")] * 5 + [("GET",), ("LPUSH", "k", "x"), ("NOSUCH", "k"), ("CONFIG", "GET", "port"),
                                                        ("OBJECT", "ENCODING", "k"), ("HSET", "profile_1", "a", "1")]
    )

    def setUp(self):
        super().setUp()
        self.client.call("CONFIG", "SET", "latency-tracking", "yes")
        self.client.call("CONFIG", "RESETSTAT")
        self.addCleanup(self.client.call, "DEL", "k")

    def test_as_redis_counts_them(self):
        with Redis() as redis, redis.client() as peer:
            found = []
            for client in (peer, self.client):
                client.call("CONFIG", "RESETSTAT")
                client.pipeline(self.CALLS)
                self.rows.add("profile_1")
                stats = commandstats(client)
                found.append({name: (stats[name]["calls"], stats[name]["failed_calls"], stats[name]["rejected_calls"])
                              for name in ("set", "get", "lpush", "config|get", "object|encoding", "hset")})
                for name, figures in stats.items():
                    self.assertEqual(set(figures), {"calls", "usec", "usec_per_call", "rejected_calls", "failed_calls"}, name)
                    self.assertAlmostEqual(figures["usec_per_call"], figures["usec"] / max(figures["calls"], 1), delta=0.01)
                self.assertNotIn("nosuch", stats)
            self.assertEqual(found[0], found[1])
            self.assertEqual(found[0]["get"], (5, 0, 1))

    def test_histogram_has_redis_shape(self):
        with Redis() as redis, redis.client(resp3=True) as peer, self.server.client(resp3=True) as ours:
            for client in (peer, ours):
                client.call("CONFIG", "RESETSTAT")
                client.pipeline(self.CALLS)
                found = client.call("LATENCY", "HISTOGRAM", "set", "config", "nosuch", "mget")
                self.assertEqual(set(found) - {b"config|resetstat"}, {b"set", b"config|get"})
                self.assertEqual(found[b"set"][b"calls"], 3)
                steps = list(found[b"set"][b"histogram_usec"].items())
                self.assertEqual(steps, sorted(steps))
                counts = [count for _, count in steps]
                self.assertEqual(counts, sorted(set(counts)))
                self.assertEqual(counts[-1], 3)
                self.assertIn(b"get", client.call("LATENCY", "HISTOGRAM"))
        flat = self.client.call("LATENCY", "HISTOGRAM", "set")
        self.assertEqual(flat[0], b"set")
        self.assertEqual([flat[1][0], flat[1][1], flat[1][2]], [b"calls", 3, b"histogram_usec"])
        self.assertIn(b"HISTOGRAM", b"\n".join(self.client.call("LATENCY", "HELP")))

    def test_percentiles(self):
        self.client.pipeline(self.CALLS)
        line = harness.info(self.client, "latencystats")["latency_percentiles_usec_get"]
        found = re.fullmatch(r"p50=(\d+\.\d+),p99=(\d+\.\d+),p99\.9=(\d+\.\d+)", line)
        values = [float(value) for value in found.groups()]
        self.assertEqual(values, sorted(values))
        self.assertGreater(values[0], 0)

    def test_reset_and_tracking(self):
        self.client.call("CONFIG", "SET", "latency-tracking", "no")
        self.client.pipeline(self.CALLS)
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set"), [])
        self.assertEqual(commandstats(self.client)["set"]["calls"], 3)
        self.client.call("CONFIG", "SET", "latency-tracking", "yes")
        self.client.call("SET", "k", "v")
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set")[1][1], 1)
        self.client.call("CONFIG", "RESETSTAT")
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "set"), [])
        self.assertNotIn("set", commandstats(self.client))

    def test_sections(self):
        """As in Redis: the long ones are not in what is shown by default."""
        for words, has in (((), False), (("default",), False), (("all",), True), (("everything",), True), (("commandstats",), True)):
            self.assertEqual("cmdstat_config|resetstat" in harness.info(self.client, *words), has, words)

    def test_blocking_commands_are_not_timed(self):
        self.client.call("RPUSH", "k", "x")
        self.client.call("BLPOP", "k", 0)
        self.assertEqual(commandstats(self.client)["blpop"]["calls"], 1)
        self.assertEqual(self.client.call("LATENCY", "HISTOGRAM", "blpop"), [])


# ---- Prometheus ----


def names_in(expr):
    """The metrics that an expression of PromQL names, of ours."""
    return set(re.findall(r"quipu_\w+", expr))


class Scrape(HttpOptions, ServerCase):
    def scrape(self, **headers):
        answer = self.browser().get("/metrics", **headers)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8")
        return answer.body.decode()

    def scrape_until(self, has, what):
        found = []

        def look():
            found.append(self.scrape())
            return has(samples(found[-1]))

        harness.wait_until(look, what)
        return found[-1]

    def scrape_all(self):
        """With what the shards were asked for."""
        return self.scrape_until(lambda found: "quipu_keys" in found and "quipu_dataset_rows" in {re.sub("{.*", "", name) for name in found},
                                 "the shards have answered")

    @unittest.skipUnless(PROMTOOL, "scripts/setup has not installed promtool")
    def test_promtool_finds_nothing(self):
        self.client.call("DATASET", "CREATE", 'é "quoted" \\ name', "PREFIX", "hostile_")
        self.addCleanup(self.client.call, "DATASET", "DROP", 'é "quoted" \\ name')
        label = '{dataset="é \\"quoted\\" \\\\ name"}'
        text = self.scrape_until(lambda found: "quipu_dataset_rows" + label in found, "the dataset has figures")
        self.assertEqual(promtool("check", "metrics", stdin=text), "")

    @unittest.skipUnless(PROMTOOL, "scripts/setup has not installed promtool")
    def test_rules(self):
        self.assertEqual(promtool("check", "rules", RULES), "")
        self.assertEqual(promtool("test", "rules", os.path.join(ROOT, "tests/prometheus/rules.test.yml")), "")
        with open(RULES, encoding="utf-8") as rules, open(os.path.join(ROOT, "tests/prometheus/rules.test.yml"), encoding="utf-8") as tests:
            self.assertEqual(set(re.findall(r"alert: (\w+)", rules.read())), set(re.findall(r'alertname="(\w+)"', tests.read())))

    def test_what_rules_and_dashboard_name_is_there(self):
        self.client.call("QUERY", "count from current")
        there = {re.sub("{.*", "", name) for name in samples(self.scrape_all())} | BY_COLUMNS
        with open(RULES, encoding="utf-8") as rules:
            self.assertEqual(names_in(rules.read()) - there, set())
        with open(DASHBOARD, encoding="utf-8") as file:
            dashboard = json.load(file)
        exprs = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
        self.assertGreater(len(exprs), 30)
        for expr in exprs:
            self.assertTrue(names_in(expr), expr)
            self.assertEqual(names_in(expr) - there, set(), expr)
        ids = [panel["id"] for panel in dashboard["panels"]]
        self.assertEqual(len(ids), len(set(ids)))

    def test_the_page_has_what_a_scrape_has(self):
        text = self.scrape_all()
        types = dict(re.findall(r"(?m)^# TYPE (\w+) (\w+)$", text))
        page = {name: kind for name, kind, _ in documented()}
        only_while_loading = {name for name in page if name.startswith("quipu_loading_")}
        self.assertEqual(types, {name: kind for name, kind in page.items() if name not in only_while_loading | BY_COLUMNS})

    def test_info_has_the_same(self):
        self.scrape_all()
        before, found, after = harness.info(self.client, "all"), samples(self.scrape()), harness.info(self.client, "all")
        for name, kind, line in documented():
            if not line or line not in before or "{" in name:
                continue
            values = [float(before[line]), found[name], float(after[line])]
            if "_memory_" in name:
                self.assertLessEqual(max(values), 2 * min(values), name)
            elif name == "quipu_connected_clients":
                self.assertEqual(values[1], values[0] + 1, name)  # the scrape's own connection
            elif kind == "counter" or name == "quipu_uptime_seconds":
                self.assertEqual(values, sorted(values), name)
            else:
                self.assertEqual(values, [values[0]] * 3, name)
        for reason, line in (("auth", "auth"), ("command", "cmd"), ("key", "key"), ("channel", "channel"), ("dataset", "dataset")):
            self.assertEqual(found['quipu_acl_denied_total{reason="%s"}' % reason], float(before["acl_access_denied_" + line]))

    def test_counters_only_grow(self):
        first_text = self.scrape_all()
        first = samples(first_text)
        for i in range(5):
            self.hset("profile_%d" % i, a=i % 2)
            self.client.call("QUERY", "count a from current where a = %d" % i)
            self.client.call("GET", "k")
        self.assert_error("NODATASET", "QUERY", "count from nosuch")
        second = samples(self.scrape())
        kinds = dict(re.findall(r"(?m)^# TYPE (\w+) (\w+)$", first_text))
        for name, value in first.items():
            family = re.sub("_(bucket|sum|count)$", "", re.sub("{.*", "", name))
            if kinds.get(family) == "histogram" or kinds.get(re.sub("{.*", "", name)) == "counter":
                self.assertGreaterEqual(second[name], value, name)
        grown = {name: second[name] - first[name] for name in first}
        by = 'method="%s"' % harness.METHOD
        self.assertEqual(grown['quipu_queries_total{%s,outcome="ok"}' % by], 5)
        self.assertEqual(grown['quipu_query_duration_seconds_count{%s}' % by], 5)
        self.assertEqual(grown['quipu_query_duration_seconds_bucket{%s,le="+Inf"}' % by], 5)
        self.assertGreater(grown['quipu_query_duration_seconds_sum{%s}' % by], 0)
        self.assertEqual(grown['quipu_queries_total{method="none",outcome="error"}'], 1)
        self.assertEqual(grown["quipu_queries_started_total"], 6)
        self.assertEqual(grown["quipu_query_errors_total"], 1)
        self.assertEqual(grown['quipu_command_duration_seconds_count{kind="read"}'], 5)
        self.assertEqual(grown['quipu_command_duration_seconds_count{kind="write"}'], 5)
        self.assertEqual(grown['quipu_command_duration_seconds_count{kind="query"}'], 6)

    def test_changes_of_a_dataset(self):
        """Each row that is written or removed counts."""
        self.client.call("DATASET", "CREATE", "written", "PREFIX", "written_")
        self.hset("written_7", a=1)
        self.addCleanup(self.client.call, "DATASET", "DROP", "written")
        changes, ready = ('quipu_dataset_%s{dataset="written"}' % what for what in ("changes_total", "index_ready_ratio"))
        first = samples(self.scrape_until(lambda found: found.get(ready) == 1, "the dataset has figures"))[changes]
        for i in range(7):
            self.hset("written_%d" % i, a=i + 1)
        self.client.call("DEL", "written_7")
        self.scrape_until(lambda found: found.get(changes, 0) >= first + 8, "eight changes more")
        self.client.call("CONFIG", "RESETSTAT")
        self.scrape_until(lambda found: found.get(changes) == 0, "it is 0 again")

    def test_buckets(self):
        found = samples(self.scrape())
        for kind in ("query", "read", "write", "other"):
            name = "quipu_command_duration_seconds_bucket{kind=\"%s\",le=" % kind
            steps = [(float(key[len(name) + 1:-2].replace("+Inf", "inf")), value) for key, value in found.items() if key.startswith(name)]
            self.assertEqual(len(steps), 24)
            self.assertEqual(steps, sorted(steps))
            self.assertEqual([value for _, value in steps], sorted(value for _, value in steps))

    def test_outcomes(self):
        def figure(outcome):
            return samples(self.scrape())['quipu_queries_total{method="%s",outcome="%s"}' % (harness.METHOD, outcome)]

        before = {outcome: figure(outcome) for outcome in ("timeout", "killed", "cancelled")}
        pids = self.server.shard_pids()
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            self.assert_error("TIMEOUT", "QUERY", "count from current where z = 1 timeout 50")
            for ends in ("killed", "cancelled"):
                other = self.server.client()
                other.send("QUERY", "count from current where z = 2")
                self.server.wait_until(lambda: self.client.call("QUERY", "LIST"), "the query runs")
                if ends == "killed":
                    self.client.call("QUERY", "KILL", harness.pairs(self.client.call("QUERY", "LIST")[0])["id"])
                    self.assertEqual(other.read().code, "KILLED")
                other.close()
                self.server.wait_until(lambda: not self.client.call("QUERY", "LIST"), "the query is over")
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        self.assertEqual({outcome: figure(outcome) - before[outcome] for outcome in before}, {"timeout": 1, "killed": 1, "cancelled": 1})

    def test_a_scrape_waits_for_no_shard(self):
        pids = self.server.shard_pids()
        self.scrape_all()
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            started = time.monotonic()
            for _ in range(5):
                self.assertIn("quipu_shard_up", self.scrape())
            self.assertLess(time.monotonic() - started, 5)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        self.scrape_until(lambda found: 'quipu_shard_ping_seconds{shard="1"}' in found, "the shards answer again")

    def test_a_shard_that_ends(self):
        up, restarts = 'quipu_shard_up{shard="0"}', 'quipu_shard_restarts_total{shard="0"}'
        before = samples(self.scrape())
        self.assertEqual(before[up], 1)
        os.kill(self.server.shard_pids()[0], signal.SIGKILL)
        self.scrape_until(lambda found: found[up] == 1 and found[restarts] == before[restarts] + 1, "it runs again")

    def test_reset(self):
        self.client.call("QUERY", "count from current")
        self.client.call("CONFIG", "RESETSTAT")
        found = samples(self.scrape())
        self.assertEqual(found['quipu_queries_total{method="%s",outcome="ok"}' % harness.METHOD], 0)
        self.assertEqual(found['quipu_command_duration_seconds_count{kind="query"}'], 0)

    def test_many_datasets_are_added_up(self):
        names = ["many_%d" % i for i in range(102)]
        for name in names:
            self.assertEqual(self.client.call("DATASET", "CREATE", name, "PREFIX", name + "_", "PARTITIONS", "1"), b"OK")
        self.addCleanup(self.client.pipeline, [("DATASET", "DROP", name) for name in names])
        text = self.scrape_until(lambda found: 'quipu_dataset_rows{dataset=":other"}' in found, "all datasets were asked for")
        found = samples(text)
        self.assertEqual(sum(name.startswith("quipu_dataset_rows{") for name in found), 101)
        self.assertGreaterEqual(found["quipu_datasets"], 103)


class Access(HttpOptions, ServerCase):
    def basic(self, text):
        return self.browser().get("/metrics", Authorization="Basic " + base64.b64encode(text.encode()).decode())

    def test_who_may_scrape(self):
        call = self.client.call
        call("CONFIG", "SET", "requirepass", "sesame")
        call("ACL", "SETUSER", "exporter", "on", ">secret", "+info", "+dbsize", "alldatasets")
        call("ACL", "SETUSER", "keyless", "on", ">se:cret", "+info", "alldatasets")
        call("ACL", "SETUSER", "reader", "on", ">secret", "+get", "allkeys")
        self.addCleanup(call, "CONFIG", "SET", "requirepass", "")
        self.addCleanup(call, "ACL", "DELUSER", "exporter", "keyless", "reader")
        answer = self.browser().get("/metrics")
        self.assertEqual((answer.status, answer.json["error"]["code"]), (401, "NOAUTH"))
        self.assertIn("Basic", answer.header("WWW-Authenticate"))
        denied = int(harness.info(self.client, "stats")["acl_access_denied_auth"])
        answer = self.basic("exporter:wrong")
        self.assertEqual((answer.status, answer.json["error"]["code"]), (401, "WRONGPASS"))
        self.assertEqual(int(harness.info(self.client, "stats")["acl_access_denied_auth"]), denied + 1)
        self.assertEqual(self.basic("reader:secret").status, 403)
        for header in ("Basic", "Basic !", "Basic YQ=", "Bearer abc", "Basic " + base64.b64encode(b"no colon").decode()):
            self.assertEqual(self.browser().get("/metrics", Authorization=header).status, 401, header)
        for login in ("default:sesame", "exporter:secret"):
            harness.wait_until(lambda: b"quipu_keys" in self.basic(login).body, "the keys are known")
        answer = self.basic("keyless:se:cret")
        self.assertEqual(answer.status, 200)
        self.assertIn(b"quipu_shard_up", answer.body)
        self.assertNotIn(b"quipu_keys", answer.body)
        self.assertNotIn(b"quipu_dataset_", answer.body)
        browser = self.browser()
        browser.login("exporter", "secret")
        self.assertEqual(browser.get("/metrics").status, 200)


if __name__ == "__main__":
    harness.main()
