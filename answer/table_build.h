/*
 * Builds a table with numbers from the merged partials of a query's grids.
 *
 *     count, avg(income) by a in [1,2] totals        grids: a; a | value income, folded; the base
 */
#ifndef QUIPU_ANSWER_TABLE_BUILD_H
#define QUIPU_ANSWER_TABLE_BUILD_H

#include "answer/partials.h"
#include "answer/table.h"

struct table_limits {
    uint64_t max_cells; /* of all tables together, with totals; 0: no limit */
    uint64_t max_bytes; /* that are kept on the way; 0: no limit */
};

/*
 * grids are merged, a partial for each of the query's grids. *ncells is how many cells the tables
 * before it have, and is added to. In the arena; labels may be borrowed from the grids. Fails with
 * LIMIT or SHARDDOWN.
 */
bool table_build(struct arena *arena, const struct bound_query *query,
                 const struct bound_table *bound, const struct partials *grids,
                 const struct table_limits *limits, uint64_t *ncells, struct table **out,
                 struct error *err) QUIPU_MUST_CHECK;

#endif
