/*
 * The table of a count by columns: the shards' partial counts added up, with labels.
 *
 *     count a, b in [1,2] from current     partials  {x,y} x 2 | 0:5 3:1    {y} x 2 | 1:7
 *                                          table     a {"x","y"} b {"1","2"}, cells {0, 5} {3, 8}
 */
#ifndef QUIPU_EXECUTOR_COLUMN_TABLE_H
#define QUIPU_EXECUTOR_COLUMN_TABLE_H

#include "columns/partial.h"
#include "executor/table.h"
#include "planner/bind.h"

/* Whether a shard's part can be of this query. */
bool column_table_fits(const struct bound_query *query, const struct partial *part);
/*
 * Everything is in the arena, or borrowed from the query and the parts. Fails with LIMIT (more than
 * max_cells that are not zero; table_check is the caller's), or SHARDDOWN where a part does not fit
 * the query.
 */
bool column_table(struct arena *arena, const struct bound_query *query,
                  const struct partial *const *parts, size_t nparts, uint64_t max_cells,
                  struct table **out, struct error *err) QUIPU_MUST_CHECK;

#endif
