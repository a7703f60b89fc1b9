"""A scrape of /metrics: what promtool says of it, its samples, and what docs/metrics.md lists."""

import os
import re
import shutil
import subprocess

from quipu_harness import ROOT

# scripts/setup puts it there.
PROMTOOL = shutil.which("promtool") or shutil.which(os.path.join(ROOT, "build/prometheus/usr/bin/promtool"))


def promtool(*words, stdin=""):
    """What it says where it finds something; empty if all is well."""
    done = subprocess.run([PROMTOOL, *words], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.stdout if done.returncode else ""


def samples(text):
    """{"name{labels}": value}"""
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, value = re.fullmatch(r"(\w+(?:\{.*\})?) (\S+)", line).groups()
            assert name not in found, name
            found[name] = float(value)
    return found


def documented():
    """[(metric, type, INFO's line)] of docs/metrics.md."""
    with open(os.path.join(ROOT, "docs/metrics.md"), encoding="utf-8") as page:
        return re.findall(r"(?m)^\| `(quipu_\w+)` \| (\w+) \| (?:`(\w+)`)? \|", page.read())
