#!/usr/bin/env python3
"""The planner's cost constants (planner/sets_costs.h), measured on a private Redis.

    bench/costs.py [--write]

A million rows in 64 partitions, so that sets and rows are out of the processor's caches as they are in use. Each figure
is the median of 7 runs of a script that does one thing in every partition, less the same script without it.
"""

import argparse
import os
import re
import statistics
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import quipu_harness as harness  # noqa: E402
from page import write_section  # noqa: E402

ROWS, PARTITIONS = 1000000, 64


def in_use(name):
    """The constant as planner/sets_costs.h has it."""
    with open(os.path.join(ROOT, "planner", "sets_costs.h")) as source:
        return float(re.search(r"%s = ([0-9.]+);" % name, source.read()).group(1))


class Costs:
    def __init__(self, client):
        self.client = client
        self.client.socket.settimeout(120)
        self.fill()

    def fill(self):
        fill = """
            local tag, first, step, rows = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
            local c = redis.call
            for i = first, rows - 1, step do
                local name, k = 'profile_' .. i, math.floor(i / step)
                c('HSET', name .. tag, 'value_1', k % 2, 'value_2', k % 8)
                c('SADD', 'half' .. k % 2 .. tag, name)
                c('SADD', 'eighth' .. k % 8 .. tag, name)
            end"""
        for p in range(PARTITIONS):
            self.client.call("EVAL", fill, 0, "{%d}" % p, p, PARTITIONS, ROWS)

    def run_us(self, body, before=""):
        """Microseconds of a script that runs the body once for each partition's tag t."""
        script = "local c = redis.call %s for p = 0, %d do local t = '{' .. p .. '}' %s end return 0" % (
            before, PARTITIONS - 1, body)
        times = []
        for _ in range(7):
            start = time.perf_counter()
            self.client.call("EVAL", script, 0)
            times.append((time.perf_counter() - start) * 1e6)
        return statistics.median(times)

    def measure(self):
        empty = self.run_us("")
        n = ROWS / 8  # members of the eighths that are walked through

        def each(body, before=""):
            return (self.run_us(body, before) - empty) / n

        figures = {}
        figures["COST_CALL"] = (self.run_us("for i = 1, 300 do c('EXISTS', 'no' .. t) end") - empty) / 300 / PARTITIONS
        figures["COST_PROBE"] = each("c('SINTERCARD', 2, 'eighth1'..t, 'half1'..t)")
        figures["COST_STORE"] = each("c('SUNIONSTORE', 'tmp'..t, 'eighth1'..t, 'eighth2'..t) c('UNLINK', 'tmp'..t)") / 2
        figures["COST_LIST"] = each("c('SMEMBERS', 'eighth1'..t)")

        def reading(nfields):
            fields = ", ".join("'value_%d'" % i for i in range(1, nfields + 1))
            body = """for _, r in ipairs(c('SMEMBERS', 'eighth1'..t)) do
                local v = c('HMGET', r..t, %s)
                local index = 0
                for d = 1, 2 do index = index * 8 + (places[v[d]] or 0) end
                cells[index] = (cells[index] or 0) + 1
            end""" % fields
            return each(body, "local cells, places = {}, {['0'] = 0, ['1'] = 1, ['2'] = 2}") - figures["COST_LIST"]

        one, nine = reading(1), reading(9)
        figures["COST_FIELD"] = (nine - one) / 8
        figures["COST_READ"] = one - figures["COST_FIELD"]
        # A compiled test is a closure that looks at one value.
        closures = "local f, v, n = {}, {'y'}, 0 for i = 1, 10 do f[i] = function(row) return row[1] == 'x' end end "
        tests = "for i = 1, 300 do for k = 1, 10 do if f[k](v) then n = n + 1 end end end"
        figures["COST_TEST"] = (self.run_us(tests, closures) - empty) / 3000 / PARTITIONS
        return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    args = parser.parse_args()
    with harness.Redis() as redis:
        figures = Costs(redis.client()).measure()
    text = "| constant | measured, us | in use, us |\n| --- | --- | --- |\n"
    for name, us in figures.items():
        text += "| `%s` | %.2f | %.2f |\n" % (name, us, in_use(name))
    print(text)
    if args.write:
        write_section("costs", text)


if __name__ == "__main__":
    main()
