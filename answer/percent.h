/*
 * PERCENT and CI: a cell's share of a total.
 *
 *     count by a in [1,2], b in [1,2] percent of row ci 0.95        1 3 | 4
 *
 *     25 4.558726080970093 69.93581573655992
 *
 * ROW is of the total over the last dimension, COLUMN of the one over the dimension before it, TOTAL
 * of both; all the same with one dimension. Further dimensions are layers, each for itself. Totals
 * have shares too: 100 where a cell is the total itself.
 */
#ifndef QUIPU_ANSWER_PERCENT_H
#define QUIPU_ANSWER_PERCENT_H

#include "answer/draft.h"

/* A measure's share, COUNT or SUM. null: there is none, or the total is 0. hidden: as one of both. */
struct number percent_number(const struct draft *draft, struct arena *arena,
                             const struct measured *measured, size_t place);
/* Wilson's interval of the share of COUNT, at z standard errors (interval_z). */
void percent_interval(const struct draft *draft, struct arena *arena, size_t place, double z,
                      struct number *low, struct number *high);

#endif
