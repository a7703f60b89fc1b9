/*
 * Statements that look at a dataset, and are no crosstab: DESCRIBE and ROWS.
 *
 *     describe current format table
 *     rows sex, age from current where income > 5000 order by age limit 10
 */
#ifndef QUIPU_PLANNER_BIND_LOOKING_H
#define QUIPU_PLANNER_BIND_LOOKING_H

#include "base/error.h"
#include "planner/bound.h"

/* Sets the format. Fails with ERR: options that DESCRIBE does not have. */
bool bind_describe(const struct ast_query *ast, struct bound_query *query,
                   struct error *err) QUIPU_MUST_CHECK;
/*
 * Sets format, order, and the dim that shards look up. Fails with ERR: options that ROWS does not
 * have, SUPPRESS, more than one field to order by.
 */
bool bind_rows(struct arena *arena, const struct ast_query *ast, struct bound_query *query,
               struct error *err) QUIPU_MUST_CHECK;
/* What a ROWS answers, for EXPLAIN and PROFILE: `rows: sex, age of current, by income desc, then by name`. */
void bound_rows_print(struct strbuf *out, const struct bound_query *query);

#endif
