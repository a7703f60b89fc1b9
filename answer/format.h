/*
 * Answers written into a sink, in their format.
 *
 *     count a in [1,2], b in [1,3] from current          cells 0: 17, 4: 3
 *
 *     nested:   *2 *3 :17 :0 :0 *3 :0 :3 :0
 *     rows:     *2 *3 $1 1 $1 1 :17   *3 $1 2 $1 2 :3
 *     map:      %14 $7 dataset $7 current ...
 *     csv:      =27 txt:a,b,count ...
 *
 * A leaf is a number; several are an array of them. What is null or hidden is null. A total's label
 * is null.
 */
#ifndef QUIPU_ANSWER_FORMAT_H
#define QUIPU_ANSWER_FORMAT_H

#include "answer/answer.h"
#include "answer/sink.h"

/*
 * Writes the whole answer in its tables' format. To write a long text piece by piece: format_text.h.
 * Takes time linear in the output. Nothing recurses, so there may be any number of dimensions.
 */
void format_answer(struct sink *sink, const struct answer *answer);
/* One table alone, about which nothing else is known: that of a plain query. */
void format_table(struct sink *sink, const struct table *table);
void format_nested(struct sink *sink, const struct table *table);
void format_rows(struct sink *sink, const struct table *table);
/* Writes text line by line, for EXPLAIN and PROFILE. */
void format_lines(struct sink *sink, const struct slice *lines, size_t nlines);

#endif
