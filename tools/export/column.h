/*
 * What is exported: columns, and what is known of each.
 *
 *     key          text
 *     sex          integer 1 to 2, labels 1 "male", 2 "female"
 *     languages    text, several values with ';' between
 */
#ifndef QUIPU_TOOLS_EXPORT_COLUMN_H
#define QUIPU_TOOLS_EXPORT_COLUMN_H

#include "tools/rows/format.h"

enum column_kind {
    COLUMN_TEXT,
    COLUMN_INTEGER,  /* each value is an integer that a double holds: 12, 12.0 */
    COLUMN_NUMBER,   /* each value is a number that comes back the same from a double: 0.1 */
    COLUMN_DATE,     /* 2012-06-01 */
    COLUMN_DATETIME, /* 2012-06-01T09:30:00 */
};

struct export_column {
    struct slice name;
    struct slice field; /* of the dataset, whose values they are; empty: of none */
    bool is_key;        /* the names of the rows */
    /* What the catalog says of the field. Empty, 0: nothing. */
    struct slice label;
    struct slice separator; /* a cell holds several values, with this between them */
    const struct source_label *labels;
    size_t nlabels;
    /* Known only where the format needs kinds. */
    enum column_kind kind;
    uint64_t nvalues;         /* cells that are not missing */
    int64_t least, most;      /* INTEGER */
    unsigned fraction_digits; /* NUMBER: the most behind the point */
    size_t bytes_most;        /* of a cell's text, as plain_text.h has it */
};

struct export_table {
    struct slice dataset;
    struct export_column *columns;
    size_t ncolumns;
    uint64_t nrows;   /* known only where the format needs kinds */
    bool is_all_text; /* --text: numbers and dates stay text */
};

#endif
