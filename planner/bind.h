/*
 * The bound query: names resolved against the catalog, positions spelt out, the filter in normal
 * form, everything checked that can be checked before a shard is asked.
 *
 *     count a in [1,3], b by 10 from current where not not c = 1
 *
 *     dataset current; dims a LIST {"1","2","3"}, b WIDTH 10; filter c = 1; format rows
 */
#ifndef QUIPU_PLANNER_BIND_H
#define QUIPU_PLANNER_BIND_H

#include "base/error.h"
#include "planner/bound.h"

/* The dataset that a query means. NULL: NODATASET, at a column. */
const struct dataset *query_dataset(const struct ast_query *ast, const struct catalog *catalog,
                                    struct error *err);
/*
 * Binds a query. Everything lives in the arena or is borrowed from ast and catalog. Fails with
 * NODATASET, LIMIT (max-cells), or ERR at a column: what is not supported yet, an empty or
 * overlapping position.
 */
bool query_bind(struct arena *arena, const struct ast_query *ast, const struct catalog *catalog,
                uint64_t max_cells, struct bound_query **out, struct error *err) QUIPU_MUST_CHECK;

#endif
