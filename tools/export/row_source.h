/*
 * The rows of a ROWS, however many there are.
 *
 *     const struct row_question question = {.query = query, .text = slice_lit("rows * from d where a = 1"), ...};
 *     row_source_read(connection, &question, cells, &taker, &notes, &err)
 */
#ifndef QUIPU_TOOLS_EXPORT_ROW_SOURCE_H
#define QUIPU_TOOLS_EXPORT_ROW_SOURCE_H

#include "parser/ast.h"
#include "tools/export/row_reader.h"

struct row_question {
    struct arena *arena;
    const struct ast_query *query;
    struct slice text; /* the query, without a format */
};

/*
 * Tells the rows in the query's order, or, where they are all rows of a dataset and too many for one
 * answer, in no order. Neither side holds more than the server's max-rows allows. Of more rows than
 * that each is read once that is there, and for which the condition holds, all the time; a line is
 * appended to the notes where their number has changed meanwhile. All are of the dataset that the
 * query's name meant at the beginning. Fails with what the server says, IO, or what the taker says;
 * with NODATASET where that dataset was replaced or dropped meanwhile; with LIMIT where they are too
 * many, and ORDER BY, LIMIT or OFFSET keep them from being read in parts.
 */
bool row_source_read(struct connection *connection, const struct row_question *question,
                     struct row_cells *cells, const struct row_taker *taker, struct strbuf *notes,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
