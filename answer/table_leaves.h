/*
 * The leaves of a table: what they are, and their numbers in each cell that is shown.
 *
 *     count, sum(x) by a in [1,2] percent of row with count      percent(count) percent(sum(x)) count
 */
#ifndef QUIPU_ANSWER_TABLE_LEAVES_H
#define QUIPU_ANSWER_TABLE_LEAVES_H

#include "answer/draft.h"
#include "answer/table.h"

/*
 * The table has its dims and, if it is one, its list, as places in the draft. Sets its leaves, cells,
 * numbers, bases, is_dense; the list becomes one of places in its cells. Fails with LIMIT: a value is
 * too long to be shown.
 */
bool table_leaves_fill(struct arena *arena, const struct draft *draft, struct table *table,
                       struct error *err) QUIPU_MUST_CHECK;

#endif
