"""A naive reading of the query language: every row held against every condition, one by one.

It shares nothing with the server: it was written from the language's page alone, and does the plainest thing
that could be right. Rows are dicts of bytes, as Redis keeps them.

    rows = {b"profile_1": {b"a": b"2", b"b": b"x"}, ...}
    query = Query([Dim(b"a", Range(1, 3))], Compare(b"b", "=", Text(b"x")))
    expected(query, rows)          -> [0, 1, 0]
    write(query, random.Random(1)) -> b"COUNT a in [1,3] from current WHERE b='x'"

Its parts, each with the places where one sentence of the language could be read in two ways: oracle_values, oracle_dates,
oracle_conditions, oracle_places (dimensions), oracle_query; oracle_measures, oracle_tests (statistics), oracle_answer, oracle_formats, oracle_sheets (table, markdown),
oracle_secrets (SUPPRESS), oracle_check; oracle_writer has a query as text, query_reader reads it.

- A range holds numbers only, decimals too. As a dimension, [1,3] is the three values 1, 2 and 3: 2.5 is in none.
- An open dimension's positions, and the bins of BY, are those that occur in a row that passes WHERE, also when another
  dimension puts that row in no cell. A text is in no bin.
- SUPPRESS BELOW n makes null of 1 to n - 1; a position of an open dimension that no number is left in goes.
"""

from oracle_answer import answers, tables
from oracle_check import asker, differs
from oracle_conditions import (
    And, Between, BetweenTest, Compare, Exists, In, IsMissing, Like, List, Missing, Not, Or, Other, Range, Value
)
from oracle_counts import count, hidden_counts
from oracle_formats import format_of, plain, rows_of
from oracle_places import (
    BinsDim, Dim, Group, Net, OpenDim, QuantileBins, QueryError, Star, Top, UnitBins, When, WhensDim, WidthBins, WidthDim
)
from oracle_measures import Real, may_refuse_sums
from oracle_query import Dataset, Having, Measure, Order, Query, as_dataset
from oracle_values import Number, Text, canonical, number, parts, shown, value_order
from oracle_writer import KEYWORDS, WORD, Writer, write


def expected(query, rows):
    """The answer as a client of RESP2 reads it, by FORMAT NESTED or ROWS."""
    if query.suppress is not None:
        return hidden_counts(query, rows)
    form = format_of(query)
    if form not in ("nested", "rows"):
        raise ValueError(form)
    answers = [plain(rows_of(table) if form == "rows" else table.nested(table.leaf)) for table in tables(query, rows)]
    return answers if len(answers) > 1 else answers[0]


BIN_DIGITS_MOST = 37


def may_refuse_bins(query, rows):
    """Whether BY meets a number that, written as a whole number of its or the width's last digit, is too long for
    the server's exact arithmetic. It answers LIMIT then."""
    dataset = as_dataset(rows)
    bins = [(dim.field, item.width.text) for dims in query.tables for dim in dims for item in dim.items if isinstance(item, WidthBins)]
    for field, width in bins:
        for row in dataset.rows.values():
            for value in parts(row, field):
                if number(value) is None:
                    continue
                texts = (value, width)
                scale = max(len(text.partition(b".")[2]) for text in texts)
                if any(abs(number(text)) * 10**scale >= 10**BIN_DIGITS_MOST for text in texts):
                    return True
    return False
