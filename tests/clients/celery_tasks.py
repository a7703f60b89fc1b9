#!/usr/bin/python3
"""Celery: a worker and who sends it tasks, over Redis as broker and for results. TAG={a} celery_tasks.py HOST PORT"""

import os
import signal
import subprocess
import sys
import tempfile

os.environ["BROKER"] = "redis://%s:%s/0" % (sys.argv[1], sys.argv[2])
HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True

import celery  # noqa: E402
from celery import chord, group  # noqa: E402
from celery_app import add, app, fail, retry, total  # noqa: E402

TASKS = 200
TIMEOUT_S = 60
checks = 0


def expect(wanted, got, what):
    global checks
    checks += 1
    if wanted != got:
        raise AssertionError("%s: %r, not %r" % (what, got, wanted))


def tasks():
    results = [add.delay(i, 1) for i in range(TASKS)]
    expect([i + 1 for i in range(TASKS)], [result.get(timeout=TIMEOUT_S) for result in results], "results")
    try:
        fail.delay().get(timeout=TIMEOUT_S)
    except ValueError as error:
        expect("as it was told", str(error), "a failure")
    expect(2, retry.delay().get(timeout=TIMEOUT_S), "retries")
    expect(42, add.apply_async((40, 2), countdown=0.3).get(timeout=TIMEOUT_S), "a delayed task")
    expect([0, 2, 4, 6], group(add.s(i, i) for i in range(4))().get(timeout=TIMEOUT_S), "a group")
    expect(12, chord(add.s(i, i) for i in range(4))(total.s()).get(timeout=TIMEOUT_S), "a chord")
    expect(10, (add.s(1, 2) | add.s(3) | add.s(4))().get(timeout=TIMEOUT_S), "a chain")
    expect(7, add.apply_async((3, 4), priority=9).get(timeout=TIMEOUT_S), "a priority")


def control():
    expect([{"ok": "pong"}], [list(reply.values())[0] for reply in app.control.ping(timeout=30, limit=1)], "ping")
    stats = app.control.inspect(timeout=30, limit=1).stats()
    expect(1, len(stats or {}), "inspect")
    expect(0, app.control.purge(), "nothing is left")


def main():
    with tempfile.TemporaryFile() as log:
        worker = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "celery_app", "worker", "--concurrency=2", "--loglevel=info"],
            cwd=HERE, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dict(os.environ, PYTHONDONTWRITEBYTECODE="1", C_FORCE_ROOT="1"),
        )
        try:
            tasks()
            control()
            worker.send_signal(signal.SIGTERM)
            expect(0, worker.wait(TIMEOUT_S), "the worker's end")
        except BaseException:
            worker.kill()
            log.seek(0)
            sys.stderr.write(log.read().decode("utf-8", "replace")[-6000:])
            raise
    print("celery %s: %d checks" % (celery.__version__, checks))


main()
