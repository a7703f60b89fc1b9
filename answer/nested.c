/*
 * Writes a table's cells as lists as deep as it has dimensions. in: a table; out: a document's lists
 * with all cells.
 *
 * A table may hold only its cells that are not zero, sorted. So all indices are passed once, in runs
 * of the last dimension, together with the cells. Before a run come the lists that begin there: the
 * index is a multiple of the number of cells under one of the dimension's positions. Behind it end
 * those for which the next index is such a multiple. 2 x 3 cells a, b:
 *
 *     index  0        1   2   3       4   5
 *     before [ [              [
 *     leaf   17       0   0   0       3   0
 *     behind              ]                ] ]
 */
#include "answer/nested.h"

/*
 * The number of leading dimensions that have positions. Behind a dimension without positions
 * nothing is counted: it is an empty list in each cell of the dimensions before it.
 */
static size_t
dims_filled(const struct table *table)
{
    size_t n = 0;
    while (n < table->ndims && table->dims[n].npositions > 0) {
        n++;
    }
    return n;
}

/* The first of those dimensions whose lists begin at this index, or end before it. */
static size_t
first_at(const struct table *table, size_t ndims, uint64_t index)
{
    uint64_t span = 1;
    size_t first = ndims;
    while (first > 0 && index % (span * table->dims[first - 1].npositions) == 0) {
        span *= table->dims[--first].npositions;
    }
    return first;
}

static void
leaf_write(const struct nested *nested, struct document *doc, size_t i)
{
    if (!nested->numbers) {
        document_number(doc, table_number(nested->table, i, 0));
        return;
    }
    const struct number *numbers = nested->numbers + i * nested->nleaves;
    if (nested->nleaves == 1) {
        document_number(doc, numbers[0]);
        return;
    }
    document_list(doc, nested->nleaves);
    for (size_t k = 0; k < nested->nleaves; k++) {
        document_number(doc, numbers[k]);
    }
    document_end(doc);
}

/* Cells that are not among the table's. */
static void
absent_write(const struct nested *nested, struct document *doc, uint64_t n)
{
    bool is_zero = nested->absent.kind == NUMBER_INTEGER && nested->absent.integer == 0;
    if (is_zero && nested->nleaves == 1) {
        doc->ops->zeros(doc, n);
        return;
    }
    for (; n > 0; n--) {
        if (nested->nleaves != 1) {
            document_list(doc, nested->nleaves);
        }
        for (size_t k = 0; k < nested->nleaves; k++) {
            document_number(doc, nested->absent);
        }
        if (nested->nleaves != 1) {
            document_end(doc);
        }
    }
}

/* The cells up to an index. */
static void
run_write(struct nested *nested, struct document *doc, uint64_t to)
{
    const struct cell_list *cells = &nested->table->cells;
    uint64_t from = nested->index;
    for (; nested->next < cells->n && cells->indexes[nested->next] < to; nested->next++) {
        if (cells->indexes[nested->next] > from) {
            absent_write(nested, doc, cells->indexes[nested->next] - from);
        }
        leaf_write(nested, doc, nested->next);
        from = cells->indexes[nested->next] + 1;
    }
    if (from < to) {
        absent_write(nested, doc, to - from);
    }
    nested->index = to;
}

static void
empty_write(struct nested *nested, struct document *doc, uint64_t to)
{
    for (; nested->index < to; nested->index++) {
        document_list(doc, 0);
        document_end(doc);
    }
}

bool
nested_step(struct nested *nested, struct document *doc, uint64_t ncells)
{
    const struct table *table = nested->table;
    size_t ndims = dims_filled(table);
    uint64_t line = ndims ? table->dims[ndims - 1].npositions : 1, total = 1;
    for (size_t i = 0; i < ndims; i++) {
        total *= table->dims[i].npositions;
    }
    uint64_t stop = total - nested->index > ncells ? nested->index + ncells : total;
    while (nested->index < stop) {
        uint64_t begin = nested->index / line * line, end = begin + line;
        for (size_t d = nested->index == begin ? first_at(table, ndims, begin) : ndims; d < ndims;
             d++) {
            document_list(doc, table->dims[d].npositions);
        }
        uint64_t to = end < stop ? end : stop;
        if (ndims == table->ndims) {
            run_write(nested, doc, to);
        } else {
            empty_write(nested, doc, to);
        }
        for (size_t d = to == end ? first_at(table, ndims, end) : ndims; d < ndims; d++) {
            document_end(doc);
        }
    }
    return nested->index == total;
}

struct nested
nested_of_cells(const struct table *table)
{
    bool is_plain = !table->numbers;
    return (struct nested){.table = table,
                           .numbers = table->numbers,
                           .nleaves = is_plain ? 1 : table->nleaves,
                           .absent = {.kind = is_plain ? NUMBER_INTEGER : NUMBER_NULL}};
}

struct nested
nested_of_numbers(const struct table *table, const struct number *numbers, struct number absent)
{
    return (struct nested){.table = table, .numbers = numbers, .nleaves = 1, .absent = absent};
}

void
nested_leaf(struct document *doc, const struct table *table, size_t i)
{
    const struct nested nested = nested_of_cells(table);
    leaf_write(&nested, doc, i);
}
