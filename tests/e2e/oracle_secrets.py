"""SUPPRESS for the oracle: not which cells are hidden, but whether those that are keep the secret.

    hidden_differs(tables, reply, how, form, ask) -> None, or in words what is not as it must be

ask(query): the server's reply to another query, of the same rows by the same protocol.

- What is shown is right, and every count from 1 to n - 1 is hidden, with all the cell's measures; so is a cell with a measure of a
  field that 1 to n - 1 of its rows have.
- A position of an open dimension goes when no count of it is left to be seen, and only then. A total stays.
- ORDER BY and LIMIT choose of the cells that they would choose from without a limit, and take what is hidden as null. That longer list
  is what is looked at: whoever has a part of it knows no more.
- `table` and `markdown` show what `json` tells of the same query, hidden numbers as `*`; so json is what is looked at.
- Nothing hidden can be worked out: the rows are put in classes, of which every cell is a sum (a class is a combination of
  positions, and there are as many as there can be); classes in a cell that is shown as 0 are empty; of the others no hidden cell is
  a linear combination of what is shown, and (in small tables) the least and the greatest that it can be differ.
"""

import copy
import itertools
from fractions import Fraction

import oracle_formats as formats
from oracle_answer import tables
from oracle_measures import rows_with_value
from oracle_sheets import sheets_differ
from oracle_values import canonical, numeral, parts

CLASSES_MOST = 3000  # for a table that is larger, only what is shown is looked at
BOUNDED_MOST = 40  # classes: above, bounds are not looked for
PRIME = 2**61 - 1
ALL = 10**9  # a limit that leaves all cells


def hidden_differs(found, reply, how, form, ask):
    query = found[0].query
    if form in ("table", "markdown"):
        json = ask(_changed(query, format="json"))
        told = _replies(found, json, "json")
        return hidden_differs(found, json, how, "json", ask) or sheets_differ(found, reply, form, told)
    how = formats.JSON if form == "json" else how
    replies = _replies(found, reply, form)
    if len(replies) != len(found):
        return "%d tables" % len(replies)
    if query.order or query.limit not in (None, ALL):
        whole = _changed(query, order=[], limit=ALL, offset=0, format=form)
        others, whole_reply = tables(whole, found[0].dataset), ask(whole)
        what = hidden_differs(others, whole_reply, how, form, ask)
        lists = zip(found, others, replies, _replies(others, whole_reply, form))
        return what or next((wrong for wrong in (_list_differs(*one, how, form) for one in lists) if wrong), None)
    shown, sums = [], []
    for table, one in zip(found, replies):
        try:
            cells = _cells(table, one, how, form)
        except LookupError as error:
            return "what is that? %s" % error
        if cells is None:
            return None  # positions have gone, and nobody says which
        is_alone = len(found) == 1 and not table.query.totals and not table.query.percent and form in ("nested", "rows", "csv")
        is_alone = is_alone and not any(dim.overlaps(table.dataset) for dim in table.dims)
        what = _cells_differ(table, cells, how, is_alone, form == "csv")
        if what:
            return what
        shown.append(cells)
        sums.append(_shown_sums(one, how) if form in ("map", "json") else set())
    return _attack(found, shown, sums)


def _changed(query, **options):
    other = copy.copy(query)
    for name, value in options.items():
        setattr(other, name, value)
    return other


def _replies(found, reply, form):
    """For each table its own."""
    if form == "json":
        reply = formats.loads(reply)
    if form == "csv":
        records, reply = formats.csv_records(reply), [[]]
        for record in records:
            if record:
                reply[-1].append(record)
            else:
                reply.append([])
        return reply
    return reply if len(found) > 1 else [reply]


def _list_differs(table, other, reply, whole, how, form):
    """A list, against the one that has all cells in cell order."""
    rows, records = _cells(other, whole, how, form), _records(whole, how, form)
    if rows is None:
        return None  # two positions with one label
    cells = [cell for cell in rows if not other.is_total(cell)]
    hidden = {cell for cell in cells if is_hidden(rows[cell]) and other.rows_of(cell)}
    if any(is_hidden(other.leaf(cell)) and not _is_primary(other, cell) for cell in hidden):
        return None  # null perhaps, and not hidden
    numbers = {cell: i for i, cell in enumerate(rows)}
    wanted = [records[numbers[cell]] for cell in table.ordered(cells, hidden)] + records[len(cells) :]
    got = _records(reply, how, form)
    return None if got == wanted else "the list %.500r in place of %.500r" % (got, wanted)


def _records(reply, how, form):
    """The rows of a list, as they are written."""
    if form in ("map", "json"):
        return _as_dict(reply, how)["rows"]
    return reply[1:] if form == "csv" else reply


# ---- what a reply says of which cell ----


def _by_labels(table, records):
    """{cell: leaf} of [label, ..., leaf]; a label that stands twice tells positions apart by their order."""
    found, at = {}, 0
    told = table.told()
    if _is_unclear(table):
        return None
    for record in records:
        labels, leaf = record[: len(table.dims)], record[len(table.dims)]
        while at < len(told) and table.labels(told[at]) != labels:
            at += 1
        if at == len(told):
            raise LookupError("%r in another order, or from nowhere" % (record,))
        found[told[at]] = leaf
        at += 1
    return found


def _by_position(leaf, kept, cell=()):
    if len(cell) == len(kept):
        return {cell: leaf}
    found = {}
    if not isinstance(leaf, list) or len(leaf) != len(kept[len(cell)]):
        raise LookupError("%.200r" % (leaf,))
    for i, child in zip(kept[len(cell)], leaf):
        found.update(_by_position(child, kept, cell + (i,)))
    return found


def _is_unclear(table):
    """Whether two positions of an open dimension have the same label: if one is there, nobody knows which."""
    labels = [[_as_text(label) for label in dim.labels] for dim in table.dims if dim.is_open]
    return any(len(set(found)) < len(found) for found in labels)


def _as_text(label):
    """As json has it: what is no UTF-8 is replaced."""
    return label if label is None else label.decode("utf-8", "replace").encode()


def _kept_positions(table, dims):
    """Of a map's or json's dims: the numbers of the positions that are there."""
    kept = []
    for d, (dim, told) in enumerate(zip(table.dims, dims)):
        labels = [dim.labels[i] if i < table.lengths[d] else None for i in table.indexes(d)]
        found, at = [], 0
        for label in told:
            while at < len(labels) and _as_text(labels[at]) != _as_text(label):
                at += 1
            if at == len(labels):
                raise LookupError("position %r" % label)
            found.append(at)
            at += 1
        kept.append(found)
    return kept


def _as_dict(value, how):
    if how == "resp2":
        value = dict(zip(value[0::2], value[1::2]))
    return {name if isinstance(name, str) else name.decode(): child for name, child in value.items()}


def _cells(table, reply, how, form):
    if form == "rows":
        return _by_labels(table, reply)
    if form == "csv":
        ntotals, nlabels = int(table.query.totals and bool(table.dims)), len(table.dims)
        records = []
        if ntotals and len({dim.shown_name for dim in table.dims}) < nlabels:
            return None  # of two dimensions with one name, nobody knows which is totalled
        for record in reply[1:]:
            totalled = record[0].split(b",") if ntotals else []
            labels = [None if dim.shown_name in totalled else label for dim, label in zip(table.dims, record[ntotals:])]
            leaf = [None if text == b"" else text for text in record[ntotals + nlabels :]]
            records.append(labels + [leaf[0] if len(leaf) == 1 else leaf])
        return _by_labels(table, records)
    if form == "nested":
        if table.query.is_open():
            return None
        return _by_position(reply, [list(table.indexes(d)) for d in range(len(table.dims))])
    members = _as_dict(reply, how)
    dims = []
    for dim in members["dims"]:
        positions = [_as_dict(position, how) for position in _as_dict(dim, how)["positions"]]
        labels = [None if position["kind"] in ("total", b"total") else position["label"] for position in positions]
        dims.append([label.encode() if isinstance(label, str) else label for label in labels])
    if _is_unclear(table):
        return None
    kept = _kept_positions(table, dims)
    if members["rows"] is None:
        return _by_position(members["cells"], kept)
    found = {}
    for row in members["rows"]:
        found[tuple(kept[d][int(i)] for d, i in enumerate(row[:-1]))] = row[-1]
    return found


def _shown_sums(reply, how):
    """Which of base and excluded.position are there to be read."""
    members = _as_dict(reply, how)
    excluded = _as_dict(members["excluded"], how)
    return {name for name, value in (("base", members["base"]), *excluded.items()) if value is not None}


# ---- what is shown ----


def is_hidden(leaf):
    return leaf is None or (isinstance(leaf, list) and leaf and all(part is None for part in leaf))


def _is_primary(table, cell):
    rows, below = table.rows_of(cell), table.query.suppress
    return 1 <= len(rows) < below or any(1 <= rows_with_value(measure, rows) < below for measure in table.query.measures)


def _as_told(leaf, want):
    """A leaf of csv: counts are numbers."""
    if isinstance(leaf, list) and isinstance(want, list) and len(leaf) == len(want):
        return [_as_told(*pair) for pair in zip(leaf, want)]
    return int(leaf) if isinstance(leaf, bytes) and isinstance(want, int) else leaf


def _cells_differ(table, cells, how, is_alone, is_text):
    """is_alone: nothing else is told, and so nothing is hidden but what is small."""
    for cell, leaf in cells.items():
        if _is_primary(table, cell):
            if not is_hidden(leaf):
                return "%r is shown at %r, of %d rows" % (leaf, table.labels(cell), len(table.rows_of(cell)))
        elif is_hidden(leaf):
            if is_alone and not is_hidden(table.leaf(cell)):
                return "%r is hidden, of %d rows" % (table.labels(cell), len(table.rows_of(cell)))
        else:
            want = table.leaf(cell)
            what = formats.value_differs(want, _as_told(leaf, want), formats.TEXT if is_text else how)
            if what:
                return "at %r: %s" % (table.labels(cell), what)
    seen = [cell for cell in table.told() if not _is_primary(table, cell)] if is_alone else [c for c in cells if not is_hidden(cells[c])]
    left = [{cell[d] for cell in seen if table.rows_of(cell)} for d in range(len(table.dims))]
    unclear = [c for c in cells if table.rows_of(c) and is_hidden(cells[c]) and is_hidden(table.leaf(c)) and not _is_primary(table, c)]
    perhaps = [{cell[d] for cell in unclear} for d in range(len(table.dims))]  # hidden, or shown and null
    for cell in table.told():
        gone = [d for d, dim in enumerate(table.dims) if dim.is_open and cell[d] not in left[d] and cell[d] != table.lengths[d]]
        if (cell in cells) == bool(gone) and any(cell[d] not in perhaps[d] for d in gone):
            return "%r is %s" % (table.labels(cell), "told, and no count is left in it" if gone else "left out")
    return None


# ---- an attack ----


def _classes(found):
    """Every combination of positions a row can have, dims of the same field and the same positions being one: for each table the
    numbers of its dims among all of them. Labels tell positions apart, but for those of conditions: the rows do."""
    dims, numbers, rows = [], [], list(found[0].dataset.rows.values())
    for table in found:
        numbers.append([])
        for dim in table.dims:
            key = (dim.field, tuple(dim.labels), tuple(tuple(dim.places(row)) for row in rows))
            known = [i for i, (other, _) in enumerate(dims) if other == key]
            if not known:
                dims.append((key, dim))
            numbers[-1].append(known[0] if known else len(dims) - 1)
    places = [_place_sets(dim, found[0].dataset) for _, dim in dims]
    n = 1
    for found_places in places:
        n *= len(found_places)
    return (list(itertools.product(*places)), numbers) if n <= CLASSES_MOST else (None, numbers)


def _place_sets(dim, dataset):
    """The sets of positions that a row can stand in: as tuples, and () where it can be in none."""
    whens = [i for i, position in enumerate(dim.positions) if position.cond]
    alone = {tuple(i for i, position in enumerate(dim.positions) if position.has_missing)}
    alone.update(tuple(dim.places_of_value(value)) for value in _some_values(dim, dataset))
    if dim.field in dataset.separators:
        for one, other in itertools.product(sorted(alone), repeat=2):
            alone.add(tuple(sorted({*one, *other})))
    found = set()
    for bits in range(2 ** len(whens)):
        found.update(tuple(sorted({*one, *(i for k, i in enumerate(whens) if bits >> k & 1)})) for one in alone)
    return sorted(found)


def _some_values(dim, dataset):
    """At least one for each set of positions that a value can be in."""
    values = {b"a text that nobody has"} | {value for row in dataset.rows.values() for value in parts(row, dim.field)}
    values |= {position.value for position in dim.positions if position.value is not None}
    edges = set()
    for item in dim.items:
        for single in getattr(item, "singles", [item]):
            values |= {single.literal.text} if hasattr(single, "literal") else set()
            edges |= {end.value for end in (getattr(single, "lo", None), getattr(single, "hi", None)) if end is not None}
    edges |= {numeral(value) for value in values if numeral(value) is not None}
    edges = sorted(edges)
    between = [(low + high) / 2 for low, high in zip(edges, edges[1:])] + ([edges[0] - 1, edges[-1] + 1] if edges else [])
    return values | {canonical(n) for n in edges + between}


def _in_cell(class_, numbers, cell, lengths):
    for number, i, n in zip(numbers, cell, lengths):
        if not class_[number] or (i != n and i not in class_[number]):
            return False
    return True


def _rank_basis(vectors, n):
    """Row echelon form modulo a prime: pivot -> vector."""
    basis = {}
    for vector in vectors:
        vector = _reduced(vector, basis)
        pivot = next((i for i in range(n) if vector[i]), None)
        if pivot is not None:
            inverse = pow(vector[pivot], PRIME - 2, PRIME)
            basis[pivot] = [x * inverse % PRIME for x in vector]
    return basis


def _reduced(vector, basis):
    vector = list(vector)
    for i in range(len(vector)):
        if vector[i] and i in basis:
            factor = vector[i]
            vector = [(x - factor * y) % PRIME for x, y in zip(vector, basis[i])]
    return vector


def _attack(found, shown, sums):
    """Whether a hidden cell is a linear combination of what is shown. Who sees any number of a cell is taken to know how many rows it has,
    and who sees a share, those of the total as well."""
    classes, numbers = _classes(found)
    if classes is None or len(classes) > CLASSES_MOST:
        return None
    told, secrets = [], []
    for table, cells, own in zip(found, shown, numbers):
        for cell, leaf in cells.items():
            if is_hidden(leaf) and table.rows_of(cell):
                if not is_hidden(table.leaf(cell)) or _is_primary(table, cell):  # else it may be shown, and null
                    secrets.append((table, own, cell))
                continue
            told.append((table, own, cell))
            if table.query.percent and table.rows_of(cell):
                told.append((table, own, table.percent_base(cell)))
    empty = set()
    for table, own, cell in told:
        if not table.rows_of(cell):
            empty.update(i for i, class_ in enumerate(classes) if _in_cell(class_, own, cell, table.lengths))
    classes = [class_ for i, class_ in enumerate(classes) if i not in empty]

    def vector(table, own, cell):
        return [int(_in_cell(class_, own, cell, table.lengths)) for class_ in classes]

    vectors = [vector(*one) for one in told]
    sizes = [len(table.rows_of(cell)) for table, _, cell in told]
    for table, own, names in zip(found, numbers, sums):
        inside = [int(all(class_[number] for number in own)) for class_ in classes]
        if "base" in names and "weight" in names:
            vectors.append([1] * len(classes))
            sizes.append(found[0].base - found[0].nexcluded_weight)
        if "position" in names:
            vectors.append([1 - is_in for is_in in inside])
            sizes.append(table.nexcluded_position)
    basis = _rank_basis(vectors, len(classes))
    for table, own, cell in secrets:
        if not any(_reduced(vector(table, own, cell), basis)):
            return "the hidden %r is told by the others: %d" % (table.labels(cell), len(table.rows_of(cell)))
    if len(classes) <= BOUNDED_MOST:
        for table, own, cell in secrets:
            wanted = vector(table, own, cell)
            most = least([-x for x in wanted], vectors, sizes)
            if most is not None and least(wanted, vectors, sizes) == -most:
                return "the hidden %r is told by its bounds: %d" % (table.labels(cell), len(table.rows_of(cell)))
    return None



def least(cost, vectors, sizes):
    """The least that cost . x can be, of all x >= 0 with vector . x = size for each; None: there is no least. The simplex method,
    with fractions and Bland's rule. Some x is known to be there."""
    n, m = len(cost), len(vectors)
    rows = [[Fraction(x) for x in vector] + [Fraction(i == j) for j in range(m)] + [Fraction(size)]
            for i, (vector, size) in enumerate(zip(vectors, sizes))]
    basis = [n + i for i in range(m)]
    _descend(rows, basis, [Fraction(0)] * n + [Fraction(1)] * m, n + m)
    for i in range(m):  # what is left of the helpers is 0
        if basis[i] >= n:
            j = next((j for j in range(n) if rows[i][j]), None)
            if j is not None:
                _pivot(rows, basis, i, j)
    return _descend(rows, basis, [Fraction(c) for c in cost] + [Fraction(0)] * m, n)


def _pivot(rows, basis, i, j):
    pivot = rows[i][j]
    rows[i] = [x / pivot for x in rows[i]]
    for k, row in enumerate(rows):
        if k != i and row[j]:
            factor = row[j]
            rows[k] = [x - factor * y for x, y in zip(row, rows[i])]
    basis[i] = j


def _descend(rows, basis, cost, nallowed):
    """Among the first nallowed variables; what the cost is in the end."""
    while True:
        reduced = [cost[j] - sum(cost[b] * row[j] for b, row in zip(basis, rows)) for j in range(nallowed)]
        j = next((j for j in range(nallowed) if reduced[j] < 0), None)
        if j is None:
            return sum(cost[b] * row[-1] for b, row in zip(basis, rows))
        ratios = [(row[-1] / row[j], basis[i], i) for i, row in enumerate(rows) if row[j] > 0]
        if not ratios:
            return None
        _pivot(rows, basis, min(ratios)[2], j)
