/*
 * A table as people read it: heads on the left, columns, numbers as text. Formats table and markdown
 * draw it.
 *
 *     count sex, age in [1,2] from current totals
 *
 *     across "age"     columns  "1" "2" "total"                one group of numbers each
 *     heads "sex"      rows     "Male"   17 3 20
 *                               "total"  40 9 49               a rule stands before it
 *
 * The last dimension goes across, one or two before it are the heads of rows, and for each position of
 * those before them there is a sheet of its own. One dimension goes down; an answer that is a list of
 * rows has all its dimensions as heads.
 */
#ifndef QUIPU_ANSWER_SHEET_H
#define QUIPU_ANSWER_SHEET_H

#include "answer/table.h"

enum { SHEET_HEADS_MOST = 2 }; /* of an answer that is no list */

struct sheet_text {
    struct slice number; /* "12.5"; "." a zero, "*" hidden, "-" null */
    struct slice behind; /* letters */
};

/* A position of the last dimension, with a column for each leaf. */
struct sheet_group {
    struct slice label; /* ptr NULL: there is no dimension across */
    bool is_total;
};

struct sheet {
    struct slice layer;  /* "region: north, year: 2012"; empty: there is one sheet */
    struct slice corner; /* what the numbers are, where it stands over no column */
    struct slice across; /* the dimension's name; empty: there is none */
    size_t nheads;
    const struct slice *head_names;
    struct slice *heads; /* row by row; ptr NULL: as in the row before */
    size_t ngroups, nleaves;
    struct sheet_group *groups;
    struct slice *leaf_names; /* NULL: one leaf, which the corner names */
    size_t nrows;
    unsigned char *rules;     /* by row: before it stands a rule, from this head on, + 1; 0: none */
    bool *totals;             /* by row: it is a total */
    struct sheet_text *texts; /* row by row: ngroups * nleaves each */
};

/* How many sheets a table has. */
size_t sheet_count(const struct table *table);
/* The n-th, in the arena. has_dots: zeros are shown as dots (sheet_has_dots). */
struct sheet *sheet_of(struct arena *arena, const struct table *table, size_t n, bool has_dots);
/* Whether more than half of a table's numbers are 0. Linear. */
bool sheet_has_dots(const struct table *table);
/* The residuals of the n-th sheet's test, in the same shape; NULL: it has none. */
struct sheet *sheet_of_residuals(struct arena *arena, const struct table *table, size_t n);
/* The n-th sheet's test; NULL. */
const struct table_test *sheet_test(const struct table *table, size_t n);

#endif
