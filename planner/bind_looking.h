/*
 * Statements that look at a dataset, and are no crosstab: DESCRIBE.
 *
 *     describe current format table
 */
#ifndef QUIPU_PLANNER_BIND_LOOKING_H
#define QUIPU_PLANNER_BIND_LOOKING_H

#include "base/error.h"
#include "planner/bound.h"

/* Sets the format. Fails with ERR: options that DESCRIBE does not have, EXPLAIN, PROFILE. */
bool bind_describe(const struct ast_query *ast, struct bound_query *query,
                   struct error *err) QUIPU_MUST_CHECK;

#endif
