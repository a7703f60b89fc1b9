/*
 * What a dataset holds, field by field: the answer to DESCRIBE.
 *
 *     sex: female, female, male, and a row without it
 *
 *     kind text, rows 3, values 2 (exact), least "female", greatest "male", most frequent "female"
 *
 * A field is made from the counts of its values: a plain table of one open dimension.
 */
#ifndef QUIPU_ANSWER_DESCRIPTION_H
#define QUIPU_ANSWER_DESCRIPTION_H

#include "answer/leaf.h"
#include "answer/sink.h"
#include "answer/table.h"

/* Whether `values` is how many different values a field has. */
enum described_values {
    VALUES_EXACT,
    VALUES_AT_LEAST, /* too many to be counted: kind, least, greatest and most frequent are not known */
    VALUES_SEEN      /* those that are not hidden; whether some are is not told */
};

struct described_field {
    struct slice name;
    struct slice kind; /* integer, number, date, text, mixed; ptr NULL: not known */
    struct number rows;
    struct number values; /* different ones */
    enum described_values values_are;
    struct slice least, greatest, most_frequent; /* ptr NULL: not known */
    struct number bytes;                         /* of the index */
    struct slice label;                          /* ptr NULL: it has none */
};

struct description {
    struct described_field *fields;
    size_t nfields;
    int64_t suppress_below; /* what hides small counts in it; 0 or 1: nothing */
    enum ast_format format; /* MAP, JSON or TABLE */
};

/*
 * Describes a field by the counts of its values, except for name, bytes and label. Where the table has a
 * total, that is how many rows have the field, else the sum of the counts is. Texts are copied into
 * the arena. total: all rows of the dataset. Where counts below suppress_below are to be hidden,
 * only values that so many rows have are told of (VALUES_SEEN), and rows only if it does not tell how
 * few rows lack the field. False: there is nothing to tell of it: no row has the field, or so few have it
 * that they are to be hidden.
 */
bool described_field_of_counts(struct arena *arena, const struct table *counts, int64_t total,
                               int64_t suppress_below, struct described_field *out);
/*
 * The same for a field whose values were not counted, since there are too many: at least nvalues.
 * rows: those that have it.
 */
bool described_field_of_rows(int64_t rows, int64_t nvalues, int64_t total, int64_t suppress_below,
                             struct described_field *out);

/* Writes it in its format. */
void format_description(struct sink *sink, const struct description *description);

#endif
