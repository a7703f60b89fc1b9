#!/usr/bin/env python3
"""Writes a benchmark's output into docs/performance.md, or another page of docs/: replaces what stands between a section's markers.

    build/bench_parser | bench/page.py parser        <!-- bench: parser --> ... <!-- end: parser -->
"""

import os
import re
import sys

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")


def write_section(name, text, page_name="performance.md"):
    path = os.path.join(DOCS, page_name)
    with open(path) as page:
        content = page.read()
    begin, end = "<!-- bench: %s -->" % name, "<!-- end: %s -->" % name
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    if not pattern.search(content):
        sys.exit("%s has no section %s" % (path, begin))
    with open(path, "w") as page:
        page.write(pattern.sub(lambda _: begin + "\n" + text + end, content))


if __name__ == "__main__":
    write_section(sys.argv[1], "```\n" + sys.stdin.read() + "```\n")
