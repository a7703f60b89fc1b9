#!/usr/bin/python3
"""A reader beside quipu-load's, or a writer beside ReadStat's: pandas, of Debian's own python3.

    stat_by_pandas.py read FILE                   JSON: {"columns": {name: [cell]}, "labels": {name: {value: label}}, "titles": {name: label}}
    stat_by_pandas.py write FILE VERSION          a dta file of the JSON on standard input: {"columns": {name: [type, values]}, ...}

A cell is a text, a number as its shortest text, a date as ISO 8601 has it, or null.
"""

import json
import math
import sys
import warnings

import numpy
import pandas

warnings.simplefilter("ignore")


def cell(value):
    if value is None or value is pandas.NaT or (isinstance(value, (float, numpy.floating)) and math.isnan(value)):
        return None
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        return value.rstrip(" ") or None
    if isinstance(value, pandas.Timestamp):
        return value.isoformat()
    if isinstance(value, numpy.float32):
        return str(value)
    return repr(value.item() if hasattr(value, "item") else value)


def read(path):
    found = {"columns": {}, "labels": {}, "titles": {}}
    if path.endswith(".dta"):
        with pandas.read_stata(path, iterator=True, convert_categoricals=False) as reader:
            table = reader.read()
            found["titles"] = reader.variable_labels()
            sets = reader.value_labels()
            for name, of in zip(reader.varlist, reader.lbllist):
                if of in sets:
                    found["labels"][name] = {str(value): label for value, label in sets[of].items()}
    else:
        kind = "xport" if path.endswith(".xpt") else "sas7bdat"
        options = {} if kind == "xport" else {"encoding": "utf-8"}
        table = pandas.read_sas(path, format=kind, **options)
    for name in table.columns:
        found["columns"][name] = [cell(value) for value in table[name]]
    json.dump(found, sys.stdout)


def write(path, version):
    spec = json.load(sys.stdin)
    columns, dates = {}, {}
    for name, (kind, values) in spec["columns"].items():
        if kind in ("td", "tc", "tm", "tq", "th", "tw"):
            dates[name] = kind
            columns[name] = pandas.to_datetime(pandas.Series(values))
        else:
            columns[name] = pandas.Series(values, dtype=kind)
    table = pandas.DataFrame(columns)
    labels = {name: {int(value): label for value, label in of.items()} for name, of in spec["labels"].items()}
    table.to_stata(path, write_index=False, version=version, convert_dates=dates, variable_labels=spec["titles"],
                   value_labels=labels)


if sys.argv[1] == "read":
    read(sys.argv[2])
else:
    write(sys.argv[2], int(sys.argv[3]))
