#!/usr/bin/python3
"""redis-py's cluster client with its defaults: to it Quipu is a cluster of one node. redis_py_cluster.py HOST PORT"""

import sys
import time

import redis
from redis.cluster import RedisCluster

checks = 0


def expect(wanted, got, what):
    global checks
    checks += 1
    if wanted != got:
        raise AssertionError("%s: %r, not %r" % (what, got, wanted))


def ordinary(client):
    expect(True, client.set("a", 1), "set")
    expect(True, client.set("b", 2), "set of another slot")
    expect([b"1", b"2"], client.mget_nonatomic("a", "b"), "mget of two slots")
    expect(2, client.delete("a", "b"), "del of two slots")
    pipeline = client.pipeline()
    for i in range(100):
        pipeline.set("k%d" % i, i)
    expect([True] * 100, pipeline.execute(), "a pipeline of many slots")
    expect(100, client.dbsize(), "dbsize")
    expect(10, len(set(client.scan_iter(match="k1?"))), "scan")
    lock = client.lock("lock", timeout=30)
    expect(True, lock.acquire(blocking=False), "a lock")
    lock.release()


def counts(client):
    for i in range(100):
        client.hset("profile_%d" % i, mapping={"sex": "fm"[i % 2], "age": i % 10})
    # A command that this client does not know it sends where it is told to.
    node = client.get_default_node()
    expect([[b"f", 50], [b"m", 50]], client.execute_command("COUNT", "sex", "from", "current", target_nodes=node), "count")
    expect(10, client.execute_command("QUERY", "count from current where age = 3", target_nodes=RedisCluster.RANDOM), "query")


def cluster(client, port):
    expect([port], [node.port for node in client.get_nodes()], "one node")
    expect("ok", client.cluster_info()["cluster_state"], "cluster info")
    expect(1, len(client.cluster_nodes()), "cluster nodes")
    slot = client.cluster_keyslot("k7")
    keys = client.cluster_get_keys_in_slot(slot, 10)
    expect(True, "k7" in keys, "keys in a slot")
    expect(len(keys), client.cluster_countkeysinslot(slot), "how many keys are in a slot")
    reader = RedisCluster(host=sys.argv[1], port=port, read_from_replicas=True)
    expect(b"7", reader.get("k7"), "reads from replicas, of which there are none")


def messages(client):
    subscriber = client.pubsub(ignore_subscribe_messages=True)
    subscriber.subscribe("news")
    message, until = None, time.monotonic() + 60
    while not message and time.monotonic() < until:
        client.publish("news", "hello")
        message = subscriber.get_message(timeout=0.1)
    expect(b"hello", message and message["data"], "message")
    subscriber.close()


def main(host, port):
    client = RedisCluster(host=host, port=port)
    ordinary(client)
    counts(client)
    cluster(client, port)
    messages(client)
    print("redis-py %s, cluster: %d checks" % (redis.__version__, checks))


main(sys.argv[1], int(sys.argv[2]))
