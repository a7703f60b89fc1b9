/*
 * The plan as text: what EXPLAIN answers, and what the planner's tests compare.
 *
 *     query    2 dimensions, 16 cells of current, 1000000 rows in 64 partitions
 *     filter   (value_5 = 1 || value_6 = 1)
 *     method   cells, 96.1 ms of shard time (split: 2804.2 ms)
 *     cells    8 intersections per partition, SINTERCARD
 *       set    (value_5 = 1 || value_6 = 1): 183000 rows, union of 2, cached
 */
#ifndef QUIPU_PLANNER_SETS_EXPLAIN_H
#define QUIPU_PLANNER_SETS_EXPLAIN_H

#include "planner/sets_plan.h"

/* The lines of the plan, in the arena. Cannot fail. */
struct slice *plan_explain(struct arena *arena, const struct plan *plan, size_t *nlines);

#endif
