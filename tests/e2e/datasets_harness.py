"""What the tests of datasets ask a server, and the shards behind it."""

import os

import quipu_harness as harness
from quipu_harness import ReplyError, Server, pairs, wait_until


def listed(client):
    """DATASET LIST as {name: {prefix, state, aliases}}."""
    found = {}
    for entry in client.call("DATASET", "LIST"):
        entry = pairs(entry)
        entry["aliases"] = sorted(entry["aliases"])
        found[entry.pop("name").decode()] = entry
    return found


def describe(client, name):
    return pairs(client.call("DATASET", "INFO", name))


def verify(client, name):
    found = pairs(client.call("DATASET", "VERIFY", name))
    return found["rows"], found["mismatches"]


def write_rows(client, address, count, **fields):
    """Rows 0..count-1 whose fields are functions of their number."""
    replies = client.pipeline([
        ("HSET", "%s%d" % (address, i), *[part for name, value in fields.items() for part in (name, value(i))])
        for i in range(count)
    ])
    for reply in replies:
        if isinstance(reply, ReplyError):
            raise reply


def wait_counted(client, name):
    """Until counts of it are answered: where it is by columns, the shards look for its rows among all others first."""

    def is_counted():
        try:
            client.call("QUERY", "count from `%s`" % name)
            return True
        except ReplyError as error:
            if error.code != "INDEXING":
                raise
            return False

    wait_until(is_counted, "the index of " + name)


class Shards:
    """The redis-servers themselves, as somebody with redis-cli has them."""

    def __init__(self, *addresses):
        self.clients = [harness.Client(address) for address in addresses]

    def close(self):
        for client in self.clients:
            client.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def keys(self, pattern="*"):
        return [key for client in self.clients for key in client.call("KEYS", pattern)]

    def of(self, key):
        return next(client for client in self.clients if client.call("EXISTS", key))

    def one(self, pattern):
        """The one key that matches, and the client of its shard."""
        found = [(key, client) for client in self.clients for key in client.call("KEYS", pattern)]
        if len(found) != 1:
            raise AssertionError("%r matches %r" % (pattern, found))
        return found[0]


def embedded_sockets(server):
    return [os.path.join(server.dir, "data", "shard-%d" % i, "redis.sock") for i in range(server.shards)]


def embedded_shards(server):
    return Shards(*embedded_sockets(server))


def beside(server, **more):
    """Another server over the same shards, without a word of configuration about datasets."""
    return Server(server.shards, shard_words=["static"] + ["unix:" + path for path in embedded_sockets(server)], **more)
