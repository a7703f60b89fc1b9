/*
 * Lists of values as one cell: what stands between them, and how they are written.
 *
 *     struct lists lists = {.column = column, .list = ..., .item = ...};
 *     lists_separator(&lists, nrows, &scratch)           "|", or the first that no value holds
 *     lists_append(&lists, row, field, &text, &err)      red|blue
 */
#ifndef QUIPU_TOOLS_ROWS_LISTS_H
#define QUIPU_TOOLS_ROWS_LISTS_H

#include "tools/rows/format.h"

/* What may stand between the values of a list: the first that none of them has. */
#define LIST_SEPARATORS "|;~^\x1f"

/* A column of lists, whatever it is. */
struct lists {
    const void *column;
    /* Where a row's values are. False: it has no list. */
    bool (*list)(const void *column, uint64_t row, uint64_t *first, uint64_t *n);
    /* One of all values: *value, or, where its ptr is NULL, what was appended. False: it is missing. */
    bool (*item)(const void *column, uint64_t index, struct strbuf *out, struct slice *value);
};

/* What the user has said for the field; ptr NULL: nothing. */
struct slice lists_wished_separator(const struct source_options *options, struct slice field);
/* The first of LIST_SEPARATORS that no value of these rows holds; else the last. A constant. */
struct slice lists_separator(const struct lists *lists, uint64_t nrows, struct strbuf *scratch);
/* Whether the row has a list, if only one without values. */
bool lists_is_there(const struct lists *lists, uint64_t row);
/*
 * Appends the row's values, those that are missing or empty left out. Fails with MULTI: one holds what stands between
 * them.
 */
bool lists_append(const struct lists *lists, uint64_t row, const struct source_field *field,
                  struct strbuf *out, struct error *err) QUIPU_MUST_CHECK;

#endif
