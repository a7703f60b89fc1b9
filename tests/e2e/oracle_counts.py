"""Counts of one table, as a table of numbers and nothing else: what small ones leave of it where nothing else is told.

    count(query, rows)            -> {(0, 1): 17}           the cells that are not zero; query.dims have their labels then
    hidden_counts(query, rows)    -> [[b"female", 3]]       under SUPPRESS, by FORMAT NESTED or ROWS
"""

import itertools

from oracle_query import as_dataset


def count(query, rows):
    """The non-zero cells: {(position, ...): count}. Afterwards dims have their labels."""
    dataset = as_dataset(rows)
    for dim in query.dims:
        dim.check()
    kept = [row for row in dataset.rows.values() if query.where is None or query.where.holds(row)]
    for dim in query.dims:
        dim.prepare(kept, dataset)
    cells = {}
    for row in kept:
        for cell in itertools.product(*(dim.places(row) for dim in query.dims)):
            cells[cell] = cells.get(cell, 0) + 1
    return cells


def _told(dims, cells):
    """Without the positions of open dimensions that no cell tells of: (the cells, their dims changed)."""
    for d in reversed(range(len(dims))):
        if not dims[d].is_open:
            continue
        kept = sorted({cell[d] for cell, n in cells.items() if n is not None})
        dims[d].labels = [dims[d].labels[i] for i in kept]
        cells = {cell[:d] + (kept.index(cell[d]),) + cell[d + 1:]: n for cell, n in cells.items() if cell[d] in kept}
    return cells


def _nested(dims, cells, cell):
    if len(cell) == len(dims):
        return cells.get(cell, 0)
    return [_nested(dims, cells, cell + (i,)) for i in range(len(dims[len(cell)].labels))]


def hidden_counts(query, rows):
    """Of counts, small ones hidden."""
    cells = count(query, rows)
    if query.suppress is not None:
        cells = {cell: n if n >= query.suppress else None for cell, n in cells.items()}
        if query.suppress > 1:
            cells = _told(query.dims, cells)
    if query.answers_rows():
        return [[dim.labels[i] for dim, i in zip(query.dims, cell)] + [cells[cell]] for cell in sorted(cells)]
    return _nested(query.dims, cells, ())
