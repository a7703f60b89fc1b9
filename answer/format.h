/*
 * Writes a table as an answer in a format.
 *
 *     count a in [1,2], b in [1,3] from current          cells 0: 17, 4: 3
 *
 *     nested:   *2 *3 :17 :0 :0 *3 :0 :3 :0
 *     rows:     *2 *3 $1 1 $1 1 :17   *3 $1 2 $1 2 :3
 *
 * A leaf is the count; with several measures it is an array of them. An absent or hidden value is
 * null.
 */
#ifndef QUIPU_ANSWER_FORMAT_H
#define QUIPU_ANSWER_FORMAT_H

#include "answer/sink.h"
#include "answer/table.h"

/* Writes in the table's format. False, and nothing is written: it is none of the formats above. */
bool format_table(struct sink *sink, const struct table *table) QUIPU_MUST_CHECK;
/* Take time linear in the output. They do not recurse, so there may be any number of dimensions. */
void format_nested(struct sink *sink, const struct table *table);
void format_rows(struct sink *sink, const struct table *table);
/* Writes one cell's leaf. */
void format_leaf(struct sink *sink, const struct cell_list *cells, size_t i);
/* Writes text line by line, for EXPLAIN and PROFILE. */
void format_lines(struct sink *sink, const struct slice *lines, size_t nlines);

#endif
