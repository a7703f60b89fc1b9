/*
 * The cells of a table as lists within lists, every cell in its place; written piece by piece.
 *
 *     count a in [1,2], b in [1,3] from current          [[17,0,0],[0,3,0]]
 *
 *     struct nested nested = nested_of_cells(table);
 *     while (!nested_step(&nested, doc, 1000)) { other work }
 */
#ifndef QUIPU_ANSWER_NESTED_H
#define QUIPU_ANSWER_NESTED_H

#include "answer/document.h"
#include "answer/table.h"

struct nested {
    const struct table *table;
    const struct number *numbers; /* by cell of the table's cells; NULL: their counts */
    size_t nleaves;               /* numbers of a cell; more than one are a list */
    struct number absent;         /* of what is not in the table's cells */
    uint64_t index;               /* of the next cell to be written */
    size_t next;                  /* of the table's cells: the next one */
};

/* The table's leaves. */
struct nested nested_of_cells(const struct table *table);
/* Numbers by cell, one each: bases, effective. absent: of cells that the table does not have. */
struct nested nested_of_numbers(const struct table *table, const struct number *numbers,
                                struct number absent);
/*
 * Writes about ncells cells. True: the last one is written. Linear in the output; it does not
 * recurse, so there may be any number of dimensions.
 */
bool nested_step(struct nested *nested, struct document *doc, uint64_t ncells);
/* One cell's leaf: cell i of the table's cells. */
void nested_leaf(struct document *doc, const struct table *table, size_t i);

#endif
