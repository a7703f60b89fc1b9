/*
 * The cells that a list of rows has: FORMAT ROWS and CSV, and what HAVING, ORDER BY and LIMIT leave.
 *
 *     struct shown_cells cells = shown_cells_of(table);
 *     size_t i;
 *     while (shown_next(&cells, &i)) { ... the table's cell i ... }
 *
 * Without a list they are those with at least one row, and the grand total.
 */
#ifndef QUIPU_ANSWER_SHOWN_H
#define QUIPU_ANSWER_SHOWN_H

#include "answer/table.h"

struct shown_cells {
    const struct table *table;
    size_t next; /* of the list, or of the table's cells */
};

static inline struct shown_cells
shown_cells_of(const struct table *table)
{
    return (struct shown_cells){.table = table};
}

/* False: there are no more. */
bool shown_next(struct shown_cells *cells, size_t *i);
/* True if the table's cell i has at least one row, or is hidden. */
bool shown_has_rows(const struct table *table, size_t i);
/* How many there are in all. Linear. */
size_t shown_count(const struct table *table);

#endif
