/*
 * The order of rows that are listed: by the value of a field, then by name. A row without the field
 * is last, whichever way the values go. Names and text are in byte order.
 *
 *     rows age from current order by age desc      40 profile_2, 31 profile_1, 31 profile_7, profile_3
 */
#ifndef QUIPU_ANSWER_ROW_ORDER_H
#define QUIPU_ANSWER_ROW_ORDER_H

#include "base/slice.h"

/* What a row stands by in a list. */
struct row_key {
    struct slice name;
    struct slice value; /* as the language shows it; ptr NULL: it has none, or nobody asks */
};

/* Negative: a is before b. 0: they are the same row. */
int row_key_compare(const struct row_key *a, const struct row_key *b, bool descending);

#endif
