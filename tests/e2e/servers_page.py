"""Types the sessions of docs/servers.md into a shell: one server and one quipu-server for the page.

    with Page(REDIS_SERVER) as page:
        for line, wanted, shown in page.run(): ...

Ports and programs are replaced by the test's own; the page is otherwise run as it stands, in a folder where build/ is the
build. `...` in it stands for any text, as in the pages that test_docs.py runs. What is still running at the end is ended by
its id.
"""

import os
import shutil
import signal
import subprocess
import tempfile

import quipu_harness as harness
import test_docs
from quipu_harness import ROOT, Client, Closed, ReplyError, free_port, info, wait_until

PAGE = os.path.join(ROOT, "docs", "servers.md")


def client_of(server):
    """The redis-cli that belongs to a server of build/servers."""
    folder, name = os.path.split(server)
    return os.path.join(folder, name.replace("-", "-cli-", 1)) if folder else "redis-cli"


class Page:
    def __init__(self, server):
        self.server, self.dir = server, tempfile.mkdtemp(prefix="quipu-e2e-page-")
        self.ports = {"6380": str(free_port()), "7379": str(free_port())}
        os.symlink(harness.BIN, os.path.join(self.dir, "build"))
        self.known = {}  # ids of what listens on the ports -> when they were started

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid, start in self.known.items():
            if harness.process_parent(pid) is not None and harness.process_start(pid) == start:
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.dir, ignore_errors=True)

    def note(self, port):
        """Waits until a server answers there, and keeps its id."""

        def answers():
            try:
                with Client(("127.0.0.1", int(port)), timeout=5) as client:
                    pid = int(info(client, "server")["process_id"])
            except (OSError, Closed, ReplyError):
                return False
            self.known[pid] = harness.process_start(pid)
            return True

        wait_until(answers, "a server on port " + port)

    def shell(self, line):
        for port, ours in self.ports.items():
            line = line.replace(port, ours)
        line = line.replace("redis-server ", self.server + " ").replace("redis-cli ", client_of(self.server) + " --no-raw ")
        with tempfile.TemporaryFile() as out:
            subprocess.run(["bash", "-c", line], cwd=self.dir, env=harness.sanitizer_env(), stdin=subprocess.DEVNULL, stdout=out,
                           stderr=out, timeout=120, check=False)
            out.seek(0)
            text = out.read().decode()
        for port, ours in self.ports.items():
            text = text.replace(ours, port)
        return text.rstrip("\n").splitlines()

    def run(self):
        """Each command of the page with the lines that it shows there, and those that came."""
        with open(PAGE) as page:
            sessions = [(start, lines) for kind, start, lines in test_docs.blocks(page.read()) if kind == "session"]
        for start, lines in sessions:
            for line, _, wanted in test_docs.examples(lines, start):
                shown = self.shell(line[2:])
                if line.endswith(" &") or "--daemonize yes" in line:
                    shown = []  # what a server logs
                    self.note(self.ports["7379" if "7379" in line else "6380"])
                yield line, wanted, shown
