#!/usr/bin/python3
"""redis-py with its defaults. redis_py.py HOST PORT (Debian's own python3, which has python3-redis)"""

import sys
import threading
import time

import redis

HOST, PORT = sys.argv[1], int(sys.argv[2])
checks = 0


def expect(wanted, got, what):
    global checks
    checks += 1
    if wanted != got:
        sys.exit("redis-py: %s: wanted %r, got %r" % (what, wanted, got))


def ordinary(r):
    expect(True, r.ping(), "ping")
    expect(True, r.set("greeting", "hello", ex=100), "set")
    expect(b"hello", r.get("greeting"), "get")
    expect(None, r.get("nothing"), "get of nothing")
    expect(True, r.mset({"a": 1, "b": 2, "c": 3}), "mset")
    expect([b"1", b"2", None], r.mget("a", "b", "z"), "mget")
    expect(3, r.exists("a", "b", "c", "z"), "exists")
    expect(3, r.rpush("list", "x", "y", "z"), "rpush")
    expect([b"x", b"y", b"z"], r.lrange("list", 0, -1), "lrange")
    expect({b"x"}, (r.sadd("set", "x"), r.smembers("set"))[1], "smembers")
    expect([(b"one", 1.0), (b"two", 2.0)], (r.zadd("z", {"one": 1, "two": 2}), r.zrange("z", 0, -1, withscores=True))[1], "zrange")
    expect({b"a": b"1"}, (r.hset("h", mapping={"a": 1}), r.hgetall("h"))[1], "hgetall")
    expect(100, r.ttl("greeting"), "ttl") if r.ttl("greeting") == 100 else expect(99, r.ttl("greeting"), "ttl")
    expect({"redis_version", "connected_clients"}, {"redis_version", "connected_clients"} & set(r.info()), "info")
    expect(True, isinstance(r.config_get("*"), dict), "config get")
    expect(b"k", r.register_script("return KEYS[1]")(keys=["k"]), "script")
    expect([b"list"], [key for key in r.scan_iter(match="lis*")], "scan")
    expect(True, isinstance(r.client_list(), list), "client list")
    expect(True, len(r.command_count() and r.command()) > 200, "command")
    try:
        r.execute_command("NOSUCH", "x")
    except redis.ResponseError as error:
        expect(True, "unknown command" in str(error), "unknown command")
    else:
        sys.exit("redis-py: an unknown command was taken")
    expect(True, r.ping(), "ping after an error")


def counts(r):
    pipe = r.pipeline(transaction=False)
    for i in range(100):
        pipe.hset("profile_%d" % i, mapping={"sex": "fm"[i % 2], "age": i % 10})
    expect([2] * 100, pipe.execute(), "rows")
    expect([[b"f", 50], [b"m", 50]], r.execute_command("COUNT", "sex", "from", "current"), "count")
    expect(10, r.execute_command("QUERY", "count from current where age = 3"), "query")


def pipelines(r):
    pipe = r.pipeline(transaction=False)
    for i in range(1000):
        pipe.set("k%d" % i, i).get("k%d" % i)
    expect([part for i in range(1000) for part in (True, b"%d" % i)], pipe.execute(), "pipeline")
    with r.pipeline() as pipe:  # MULTI ... EXEC
        expect([True, 2, b"2"], pipe.set("{t}n", 1).incr("{t}n").get("{t}n").execute(), "transaction")

    def double(pipe):
        value = int(pipe.get("{t}n"))
        pipe.multi()
        pipe.set("{t}n", value * 2)

    expect([True], r.transaction(double, "{t}n"), "watch")
    expect(b"4", r.get("{t}n"), "after watch")


def messages(r):
    p = r.pubsub(ignore_subscribe_messages=True)
    p.subscribe("news")
    until = time.time() + 60
    while not r.pubsub_numsub("news")[0][1] and time.time() < until:
        time.sleep(0.01)
    r.publish("news", "hello")
    message = None
    while message is None and time.time() < until:
        message = p.get_message(timeout=1)
    expect(b"hello", message and message["data"], "message")
    p.close()
    threading.Timer(0.1, lambda: r.rpush("queue", "job")).start()
    expect((b"queue", b"job"), r.blpop("queue", timeout=60), "blpop")
    expect(None, r.blpop("queue", timeout=1), "blpop of nothing")
    with r.lock("a-lock", timeout=60):
        expect(True, r.exists("a-lock") == 1, "lock")


def together(r):
    def run():
        for _ in range(200):
            r.incr("together")
            wrong.extend([] if r.execute_command("QUERY", "count from current") == 100 else ["count"])

    wrong = []
    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect([], wrong, "counts of ten at once")
    expect(b"2000", r.get("together"), "ten at once")


client = redis.Redis(host=HOST, port=PORT)
for part in (ordinary, counts, pipelines, messages, together):
    part(client)
print("redis-py %s: %d checks" % (redis.__version__, checks))
