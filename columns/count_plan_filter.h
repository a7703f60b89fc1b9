/*
 * A query's filter and its conditions as nodes with codes: for count_planner.c.
 */
#ifndef QUIPU_COLUMNS_COUNT_PLAN_FILTER_H
#define QUIPU_COLUMNS_COUNT_PLAN_FILTER_H

#include "base/map.h"
#include "columns/count_plan.h"

/*
 * At most so many values of a list are looked up by the writer; a longer list is compared with the
 * dictionary later.
 */
enum { LOOKUPS_MOST = 1000 };

struct planner {
    struct count_plan *plan;
    const struct index *index;
    struct map texts; /* of tests that need a pass: number among the plan's tests + 1 */
};

/* Never NULL: it may be the column of a field that no row has. */
const struct column_view *planner_column(const struct planner *planner, struct slice field);
/* The writer's own; NULL: no row has the field. */
const struct dictionary *planner_dictionary(const struct planner *planner, struct slice field);

/* *is_complement: the node is excluded as a whole. NULL for NULL: every row. */
struct count_node *plan_filter(struct planner *planner, const struct filter *filter,
                               bool *is_complement);
/*
 * Leaves rows with these marks (count.h) out of the plan's filter. NULL: none are.
 */
void plan_leave_out(struct count_plan *plan, const uint64_t *marks);

#endif
