/*
 * Writes a table as FORMAT ROWS: in: a table; out: a row for each cell that has rows, or that the
 * table's list names: its label in each dimension, then its leaf.
 *
 *     *2 *3 $1 1 $1 1 :17   *3 $1 2 $1 2 :3
 */
#include "answer/document_sink.h"
#include "answer/format.h"
#include "answer/nested.h"
#include "answer/shown.h"

static void
row_write(struct document_sink *doc, const struct table *table, size_t i)
{
    struct sink *sink = doc->sink;
    uint64_t span = table->ncells, index = table->cells.indexes[i];
    sink->ops->array(sink, table->ndims + 1);
    for (size_t d = 0; d < table->ndims; d++) {
        const struct table_dim *dim = &table->dims[d];
        span /= dim->npositions;
        if (table_is_total(dim, index / span)) {
            sink->ops->null(sink);
        } else {
            sink->ops->text(sink, dim->labels[index / span]);
        }
        index %= span;
    }
    nested_leaf(&doc->document, table, i);
}

void
format_rows(struct sink *sink, const struct table *table)
{
    struct document_sink doc = document_sink_of(sink);
    struct shown_cells cells = shown_cells_of(table);
    size_t i;
    sink->ops->array(sink, shown_count(table));
    while (shown_next(&cells, &i)) {
        row_write(&doc, table, i);
    }
}
