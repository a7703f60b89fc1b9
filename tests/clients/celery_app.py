"""The application of celery_tasks.py and its worker. BROKER names the server, TAG the slot."""

import os

from celery import Celery
from celery.backends.redis import RedisBackend

TAG = os.environ["TAG"]  # "{celery}": all of its keys in one slot: it moves them in transactions, and waits at several lists at a time


class Results(RedisBackend):
    group_keyprefix = TAG + "taskset-meta-"  # of a chord's keys; a result's own key may be anywhere


app = Celery("quipu_test", broker=os.environ["BROKER"], backend="celery_app.Results+" + os.environ["BROKER"])
app.conf.broker_transport_options = {"global_keyprefix": TAG, "unacked_key": TAG + "unacked"}


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def fail():
    raise ValueError("as it was told")


@app.task(bind=True, max_retries=2)
def retry(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0.1)
    return self.request.retries
