/*
 * Writes a table as FORMAT ROWS: a row for each cell that is not zero. in: a table; out: a row for
 * each cell that is not zero: its label in each dimension, then its leaf.
 *
 *     *2 *3 $1 1 $1 1 :17   *3 $1 2 $1 2 :3
 */
#include "answer/format.h"

static void
row_write(struct sink *sink, const struct table *table, size_t i)
{
    uint64_t span = table->ncells, index = table->cells.indexes[i];
    sink->ops->array(sink, table->ndims + 1);
    for (size_t d = 0; d < table->ndims; d++) {
        span /= table->dims[d].npositions;
        sink->ops->text(sink, table->dims[d].labels[index / span]);
        index %= span;
    }
    format_leaf(sink, &table->cells, i);
}

void
format_rows(struct sink *sink, const struct table *table)
{
    sink->ops->array(sink, table->cells.n);
    for (size_t i = 0; i < table->cells.n; i++) {
        row_write(sink, table, i);
    }
}
