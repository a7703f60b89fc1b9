/*
 * Writes a table as FORMAT NESTED: arrays within arrays, every cell in its place. in: a table;
 * out: arrays as deep as it has dimensions, with all cells.
 *
 * A table holds only its cells that are not zero, sorted. So all indices are passed once, a line of
 * the last dimension at a time, together with the cells. Before a line comes a header for each
 * dimension that begins again there: its index is a multiple of the number of cells under one of
 * the dimension's positions. 2 x 3 cells a, b:
 *
 *     index  0        1   2   3       4   5
 *     before *2 *3            *3
 *     leaf   :17      :0  :0  :0      :3  :0
 */
#include "answer/format.h"

/*
 * The number of leading dimensions that have positions. Behind a dimension without positions
 * nothing is counted: it is an empty array in each cell of the dimensions before it.
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

/* Writes the headers of those dimensions' arrays that begin at this index. */
static void
headers_write(struct sink *sink, const struct table *table, size_t ndims, uint64_t index)
{
    uint64_t span = 1;
    size_t first = ndims;
    while (first > 0 && index % (span * table->dims[first - 1].npositions) == 0) {
        span *= table->dims[--first].npositions;
    }
    for (size_t i = first; i < ndims; i++) {
        sink->ops->array(sink, table->dims[i].npositions);
    }
}

/* Writes n cells without rows: their count is 0, and their other measures are null. */
static void
empty_write(struct sink *sink, const struct cell_list *cells, uint64_t n)
{
    if (cells->nmeasures <= 1) {
        sink->ops->zeros(sink, n);
        return;
    }
    for (; n > 0; n--) {
        sink->ops->array(sink, cells->nmeasures);
        sink->ops->zeros(sink, 1);
        for (size_t m = 1; m < cells->nmeasures; m++) {
            sink->ops->null(sink);
        }
    }
}

/*
 * Writes the cells from one index up to another; *next is the first of the list that is not
 * written.
 */
static void
line_write(struct sink *sink, const struct cell_list *cells, uint64_t from, uint64_t to,
           size_t *next)
{
    for (; *next < cells->n && cells->indexes[*next] < to; ++*next) {
        if (cells->indexes[*next] > from) {
            empty_write(sink, cells, cells->indexes[*next] - from);
        }
        format_leaf(sink, cells, *next);
        from = cells->indexes[*next] + 1;
    }
    if (from < to) {
        empty_write(sink, cells, to - from);
    }
}

void
format_nested(struct sink *sink, const struct table *table)
{
    size_t ndims = dims_filled(table), next = 0;
    uint64_t line = ndims ? table->dims[ndims - 1].npositions : 1, nleaves = 1;
    for (size_t i = 0; i < ndims; i++) {
        nleaves *= table->dims[i].npositions;
    }
    for (uint64_t index = 0; index < nleaves; index += line) {
        headers_write(sink, table, ndims, index);
        if (ndims == table->ndims) {
            line_write(sink, &table->cells, index, index + line, &next);
        }
        for (uint64_t i = 0; ndims < table->ndims && i < line; i++) {
            sink->ops->array(sink, 0);
        }
    }
}
