"""Files of SPSS, Stata and SAS for tests: written by ReadStat (write_stat), read by pandas or R."""

import json
import os
import struct
import subprocess

import quipu_harness as harness

HERE = os.path.dirname(os.path.abspath(__file__))
PANDAS = ["/usr/bin/python3", os.path.join(HERE, "stat_by_pandas.py")]
R = ["Rscript", "--vanilla", os.path.join(HERE, "stat_by_r.R")]


def write(path, kind, lines, version=0):
    """lines: lists of words, as write_stat has them."""
    text = "".join("\t".join(map(str, line)) + "\n" for line in lines)
    words = [os.path.join(harness.BIN, "write_stat"), kind, str(version), path]
    subprocess.run(words, input=text.encode(), check=True)
    if kind == "sas7bcat":
        mend_catalog(path)


def mend_catalog(path):
    """ReadStat's index of a catalog leaves out the 16 bytes before each set of labels: it finds the first one only."""
    header, page, start, entry_bytes = 1024, 4096, 856, 212
    with open(path, "rb+") as file:
        data = file.read()
        for i in range((page - start) // entry_bytes):
            at = header + page + start + i * entry_bytes
            if data[at:at + 4] != b"XLSR":
                break
            file.seek(at + 8)
            file.write(struct.pack("<H", struct.unpack_from("<H", data, at + 8)[0] + 16 * i))


def write_by_pandas(path, version, spec):
    subprocess.run(PANDAS + ["write", path, str(version)], input=json.dumps(spec).encode(), check=True)


def read_by_pandas(path):
    found = subprocess.run(PANDAS + ["read", path], stdout=subprocess.PIPE, check=True)
    return json.loads(found.stdout)


def read_by_r(path):
    """As read_by_pandas; numbers are floats."""
    found = {"columns": {}, "labels": {}, "titles": {}}
    text = subprocess.run(R + [path], stdout=subprocess.PIPE, check=True, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout.decode()
    for line in text.split("\n"):
        words = line.split("\t")
        if words[0] == "column":
            name = words[1]
            found["columns"][name] = []
            found["labels"][name] = {}
            found["titles"][name] = words[2]
        elif words[0] == "cell":
            found["columns"][name].append(None if words[1] in ("NA", "") else words[1])
        elif words[0] == "label":
            found["labels"][name][words[1]] = words[2]
    return found
