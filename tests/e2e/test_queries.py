"""Each file of tests/queries (its README.md has the format): rows, queries and their answers, by RESP2 and by RESP3.

    python3 tests/e2e/test_queries.py [Queries.test_bins]           runs them, by QUIPU_METHOD
    python3 tests/e2e/test_queries.py --write [bins.test ...]       writes what is answered into the files, to be looked at

What the oracle can count is held against it as well, also when it is written.
"""

import glob
import json
import os
import re
import shlex
import sys
import tempfile
import time

import quipu_harness as harness
from oracle import Dataset, QueryError, asker, differs
from query_reader import Unreadable, read_query
from quipu_harness import METHOD, ROOT, ReplyError, ServerCase, pairs

FOLDER = os.path.join(ROOT, "tests", "queries")
KINDS = ("rows", "query", "error", "command")
ANSWER = "----"


class Record:
    """Some lines between empty ones: [onlyif METHOD], a kind, what is sent, ----, what is answered."""

    def __init__(self, lines, number):
        self.lines, self.number = lines, number  # of its first line in the file
        words = [line for line in lines if not line.startswith("#")]
        self.method = words.pop(0).split()[1] if words and words[0].startswith("onlyif ") else None
        self.kind = words.pop(0) if words else None
        if self.kind is not None and self.kind not in KINDS:
            raise AssertionError("line %d: %r is none of %s" % (number, self.kind, ", ".join(KINDS)))
        at = words.index(ANSWER) if ANSWER in words else len(words)
        self.sent, self.answer = words[:at], "\n".join(words[at + 1 :])

    def is_for(self, method):
        return self.kind and self.method in (None, method)

    def with_answer(self, kind, answer):
        """Its lines with another answer, comments kept."""
        at = self.lines.index(ANSWER) if ANSWER in self.lines else len(self.lines)
        return [kind if line == self.kind else line for line in self.lines[:at]] + [ANSWER] + answer.split("\n")


def records(text):
    found, lines, start = [], [], 1
    for number, line in enumerate(text.split("\n") + [""], 1):
        if line.strip():
            start = start if lines else number
            lines.append(line)
        elif lines:
            found.append(Record(lines, start))
            lines = []
    return found


def row_commands(line):
    """profile_{1..3} a=1 b='x y'   ->   three HSET"""
    key, *fields = shlex.split(line)
    words = [part for field in fields for part in field.split("=", 1)]
    several = re.fullmatch(r"(.*)\{(\d+)\.\.(\d+)\}(.*)", key)
    if not several:
        return [["HSET", key] + words]
    before, first, last, behind = several.groups()
    return [["HSET", "%s%d%s" % (before, i, behind)] + words for i in range(int(first), int(last) + 1)]


def plain(reply):
    if isinstance(reply, bytes):
        return reply.decode()
    return [plain(element) for element in reply] if isinstance(reply, list) else reply


MASK = b"..."
MASKED = (b"shards", b"took_us")  # members of map and json that are other ones each time
MEMBERS = "dims measures cells rows hidden base excluded bases effective tests warnings shards took_us".split()


def is_map(reply):
    """FORMAT MAP, by RESP2: its members, flat."""
    return isinstance(reply, list) and reply[:1] == [b"dataset"]


FIGURES = re.compile(rb"\d+(?= bytes of index)|(?<= in )[\d.]+(?= ms)|(?<=^measured )[\d.]+|(?<=^  measured )[\d.]+", re.MULTILINE)


def is_plan(reply):
    return isinstance(reply, list) and reply and isinstance(reply[0], bytes) and reply[0].startswith(b"query ")


def masked(reply):
    """An answer whose members do not vary. Of several tables: each of them. Of a plan: without what was measured."""
    if is_plan(reply):
        return [FIGURES.sub(MASK, line) for line in reply]
    if isinstance(reply, dict):
        return {name: MASK if name in MASKED else value for name, value in reply.items()}
    if is_map(reply):
        return [MASK if i % 2 and reply[i - 1] in MASKED else part for i, part in enumerate(reply)]
    if isinstance(reply, list):
        return [masked(part) if is_map(part) or isinstance(part, dict) else part for part in reply]
    if isinstance(reply, bytes) and re.match(rb'\[?\{"dataset":', reply):
        return type(reply)(re.sub(rb'"shards":\[.*?\],"took_us":\d+', b'"shards":"...","took_us":"..."', reply, flags=re.DOTALL))
    return reply


def is_same(reply, reply3):
    """By RESP2 and by RESP3: there a double is one, and a map."""
    if isinstance(reply3, dict):
        reply3 = [part for pair in reply3.items() for part in pair]
    if isinstance(reply3, bool):
        reply3 = int(reply3)
    if isinstance(reply3, list):
        return isinstance(reply, list) and len(reply) == len(reply3) and all(map(is_same, reply, reply3))
    if isinstance(reply3, float):
        return isinstance(reply, bytes) and float(reply) == reply3
    return reply == reply3


def shown_map(reply):
    return "\n".join("%s %s" % tuple(json.dumps(plain(part), ensure_ascii=False) for part in reply[i : i + 2]) for i in range(0, len(reply), 2))


def shown(reply):
    """JSON; of an array that begins with an array that begins with a text, as rows do, or with a text: a line each. A map and a json
    text have a line for each member; a json text stands as it is."""
    if isinstance(reply, ReplyError):
        return reply.text
    if is_map(reply):
        return shown_map(reply)
    if isinstance(reply, list) and reply and all(map(is_map, reply)):
        return "\n".join(map(shown_map, reply))
    reply = plain(reply)
    if isinstance(reply, str) and re.match(r'\[?\{"dataset":"[^"]*","dims":', reply):
        return re.sub(',(?="(?:%s)":)' % "|".join(MEMBERS), ",\n", reply)
    of = reply[0] if isinstance(reply, list) and reply else None
    of = of[0] if isinstance(of, list) and of else of
    lines = reply if isinstance(of, str) else [reply]
    return "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)


class Queries(ServerCase):
    """One test per file."""

    def setUp(self):
        super().setUp()
        self.resp3 = self.server.client(resp3=True)
        self.addCleanup(self.resp3.close)
        self.client.call("FLUSHALL")
        self.client.call("CONFIG", "SET", "stats-ttl", "0")
        self.nanswers = self.ncounted = 0
        self.table = None

    def ask(self, client, record):
        """What is answered, errors as well."""
        try:
            if record.kind == "command":
                return client.call(*shlex.split(" ".join(record.sent)))
            return client.call("QUERY", "\n".join(record.sent))
        except ReplyError as error:
            return error

    def check_by_oracle(self, record, replies, where):
        """What the oracle can count is held against it, by RESP2 and by RESP3."""
        try:
            query = read_query("\n".join(record.sent))
        except Unreadable:
            return
        if query.dataset != b"current" or query.mode or query.statement not in ("crosstab", "values", "rows"):
            return
        if self.table is None:
            keys = self.client.call("KEYS", "profile_*")
            found = (self.client.call("HGETALL", key) for key in keys)
            rows = {key: dict(zip(row[::2], row[1::2])) for key, row in zip(keys, found)}
            said = [pairs(field) for field in self.client.call("DATASET", "DESCRIBE", "current")]
            self.table = Dataset(
                rows,
                {field["field"]: field["multi"] for field in said if field["multi"]},
                {field["field"]: field["epoch"].decode() for field in said if field["epoch"]},
                {field["field"]: dict(zip(field["labels"][::2], field["labels"][1::2])) for field in said},
            )
        for reply, client, resp3 in zip(replies, (self.client, self.resp3), (False, True)):
            try:
                found = differs(query, self.table, reply, resp3, asker(client))
            except QueryError as error:
                found = "an answer, and the oracle's error: %s" % error
            self.assertIsNone(found, "%s, by RESP%d: the answer, and the oracle's" % (where, 3 if resp3 else 2))
        self.ncounted += 1

    def wait_figures(self, record):
        """A plan's figures may be those of another file's rows. Asking has them refreshed, some time later."""
        until = time.monotonic() + self.patience_s
        while shown(masked(self.ask(self.client, record))) != record.answer and time.monotonic() < until:
            time.sleep(0.02)

    def run_record(self, record, where):
        """The kind and the answer that it has now."""
        if record.kind == "rows":
            self.table = None
            for line in record.sent:
                for command in row_commands(line):
                    self.client.call(*command)
            return record.kind, None
        if record.kind == "command":
            self.table = None
            return record.kind, shown(self.ask(self.client, record))
        if record.sent[0].lower().startswith(("explain", "profile")):
            self.wait_figures(record)
        reply = self.ask(self.client, record)
        reply3 = self.ask(self.resp3, record)
        self.assertTrue(is_same(masked(reply), masked(reply3)), "%s: by RESP3 %r, by RESP2 %r" % (where, reply3, reply))
        self.nanswers += 1
        if isinstance(reply, ReplyError):
            return "error", shown(reply)
        self.check_by_oracle(record, (reply, reply3), where)
        return "query", shown(masked(reply))

    def run_file(self, path, writes=False):
        with open(path, encoding="utf-8") as file:
            found = records(file.read())
        written = []
        self.patience_s = 1 if writes else 60  # answers that are to be written are not known
        for record in found:
            where = "%s:%d" % (os.path.relpath(path, ROOT), record.number)
            lines = record.lines
            if record.is_for(METHOD):
                kind, answer = self.run_record(record, where)
                if writes and answer is not None:
                    lines = record.with_answer(kind, answer)
                elif answer is not None:
                    self.assertEqual((kind, answer), (record.kind, record.answer), "%s:\n%s" % (where, "\n".join(record.sent)))
            written.append("\n".join(lines) + "\n")
        if writes:
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(written))
        print("%d answers, %d of them counted by the oracle" % (self.nanswers, self.ncounted))


    def test_what_does_not_hold_is_found(self):
        """By the runner itself: another answer, an error that is none, a kind that is none."""
        head = "rows\nprofile_1 sex=female\n\n"
        for text, said in (("query\ncount from current\n----\n2\n", "'1'.*'2'"),
                           ("error\ncount from current\n----\n1\n", "'query'.*'error'"),
                           ("query\ncount form current\n----\n1\n", "SYNTAX at column 12"),
                           ("query\ncount from current\n", "'1'.*''"),
                           ("quary\ncount from current\n----\n1\n", "line 4: 'quary'")):
            with tempfile.NamedTemporaryFile("w", suffix=".test") as file:
                file.write(head + text)
                file.flush()
                with self.assertRaisesRegex(AssertionError, said):
                    self.run_file(file.name)


def add_test(path, writes):
    name = "test_" + os.path.basename(path)[: -len(".test")].replace("-", "_")
    setattr(Queries, name, lambda self: self.run_file(path, writes))


if __name__ == "__main__":
    writes = "--write" in sys.argv
    named = [word for word in sys.argv[1:] if word.endswith(".test")]
    for path in sorted(glob.glob(os.path.join(FOLDER, "*.test"))):
        if not named or os.path.basename(path) in map(os.path.basename, named):
            add_test(path, writes)
    sys.argv = [word for word in sys.argv if word != "--write" and not word.endswith(".test")]
    harness.main()
