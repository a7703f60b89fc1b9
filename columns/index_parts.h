/*
 * What an index and its snapshots are made of: for index.c, snapshot.c and the counting.
 */
#ifndef QUIPU_COLUMNS_INDEX_PARTS_H
#define QUIPU_COLUMNS_INDEX_PARTS_H

#include "base/strbuf.h"
#include "columns/column.h"
#include "columns/names.h"

struct index {
    struct memory memory;
    struct versions versions;
    uint64_t seed;
    struct names names;
    struct column rows;  /* code 1: there is such a row; its dictionary is not used */
    struct column marks; /* index_mark_row: code 0 is no mark; its dictionary is not used */
    struct column **columns;
    uint32_t ncolumns, columns_capacity, columns_most;
    struct column *emptied; /* the last row that had it lost it; forgotten when the write ends */
    struct column
        incomplete;       /* code 1: the row has fields that have no column. Has no dictionary */
    bool must_reread;     /* rows that are incomplete: a column has become free */
    uint32_t reread_next; /* from this id on */
    struct idmap fields;  /* name -> number in columns */
    uint32_t expected_column; /* rows name their fields in the same order, often */
    uint64_t mark;
    struct strbuf number; /* the value of the numeral at hand */
    struct slice prefix;  /* what names have, kept over index_clear */
    _Atomic int nrefs;    /* the writer's and one for each snapshot */
};

struct snapshot {
    struct version_holder holder;
    struct index *index;
    uint32_t nchunks;
    struct column_view rows, marks;
    uint32_t ncolumns;
    struct column_view columns[];
};

enum { NO_COLUMN = -1 };

/* The number of a field's column, or NO_COLUMN. */
int64_t index_column(const struct index *index, struct slice field);
/* NULL where there is none. Fastest where fields are asked for in the order in which rows have them. */
struct column *index_known_column(struct index *index, struct slice field);
/* The row's id, or IDMAP_NONE. */
uint32_t index_find_row(const struct index *index, struct slice name);

#endif
