/*
 * Makes a plan: the writer's part of it.
 *
 *     plan = count_plan_new(arena, index, snapshot, query, NULL)
 */
#ifndef QUIPU_COLUMNS_COUNT_PLANNER_H
#define QUIPU_COLUMNS_COUNT_PLANNER_H

#include "columns/count_plan.h"

/* Never fails. The plan lives in the arena. marks_left_out: as in count.h. */
struct count_plan *count_plan_new(struct arena *arena, const struct index *index,
                                  const struct snapshot *snapshot, const struct bound_query *query,
                                  const uint64_t *marks_left_out);

#endif
