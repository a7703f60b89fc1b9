/*
 * An answer as the fields of a hash, for INTO.
 *
 *     count sex, age by 10 from current into k
 *
 *     female,"[30,40)"  ->  12
 *
 *     struct format_hash hash = format_hash_of(&answer);
 *     while (format_hash_next(&hash, &labels, &leaf)) { ... both are appended ... }
 *
 * A cell is a field if it has at least one row, or is hidden. With a comma between, field and value
 * are the line that FORMAT CSV has for the cell. So under TOTALS the labels begin with the names of
 * the dimensions that are totalled, and what is null or hidden is empty. If there are several
 * tables, the table's number stands before that: 1,female.
 */
#ifndef QUIPU_ANSWER_FORMAT_HASH_H
#define QUIPU_ANSWER_FORMAT_HASH_H

#include "answer/answer.h"
#include "answer/shown.h"
#include "base/strbuf.h"

struct format_hash {
    const struct answer *answer;
    size_t table;
    struct shown_cells cells; /* of that table; cells.table is NULL before its first one */
};

/* Borrows the answer. */
struct format_hash format_hash_of(const struct answer *answer);
/* Appends the next cell's labels and its leaf. False: there is none. */
bool format_hash_next(struct format_hash *hash, struct strbuf *labels, struct strbuf *leaf);

#endif
