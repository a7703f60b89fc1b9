/*
 * Formats: which one a table is written in, and what all of them have in common. in: a table, or
 * lines; out: an answer, through a sink.
 *
 * Example: the leaf of a cell with the count 17 is :17; with count and sum it is *2 :17 :800.
 */
#include "answer/format.h"

void
format_leaf(struct sink *sink, const struct cell_list *cells, size_t i)
{
    if (cells->nmeasures > 1) {
        sink->ops->array(sink, cells->nmeasures);
    }
    for (size_t m = 0; m < cells->nmeasures; m++) {
        if (cell_state(cells, i, m) == CELL_TOLD) {
            sink->ops->integer(sink, cell_value(cells, i, m));
        } else {
            sink->ops->null(sink);
        }
    }
}

void
format_lines(struct sink *sink, const struct slice *lines, size_t nlines)
{
    sink->ops->array(sink, nlines);
    for (size_t i = 0; i < nlines; i++) {
        sink->ops->text(sink, lines[i]);
    }
}

bool
format_table(struct sink *sink, const struct table *table)
{
    switch (table->format) {
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED: format_nested(sink, table); return true;
    case AST_FORMAT_ROWS: format_rows(sink, table); return true;
    case AST_FORMAT_MAP:
    case AST_FORMAT_TABLE:
    case AST_FORMAT_JSON:
    case AST_FORMAT_MARKDOWN:
    case AST_FORMAT_CSV: break;
    }
    return false;
}
