/*
 * Binds what is measured: each measured field becomes a grid, of the table's dims and the field.
 *
 *     avg(x), max(x), median(y), count by a weight by w having count > 5
 *
 *     grids   (a | weight w)   (a, x | weight w) sums, bounds
 *             (a, y | valid w)
 */
#ifndef QUIPU_PLANNER_BIND_MEASURES_H
#define QUIPU_PLANNER_BIND_MEASURES_H

#include "planner/binder.h"

/*
 * Binds a table's measures, HAVING and ORDER BY; its axes are bound, and `dims` are those of its
 * grids. Sets table->grid, measures, order and having.
 */
bool bind_measures(struct binder *binder, const struct ast_query *ast, struct bound_table *table,
                   const size_t *dims, size_t ndims) QUIPU_MUST_CHECK;
/* The grid without dims (the rows of the filter), and that of the rows that have a weight. */
void bind_base(struct binder *binder);

/* The dim of the weight field with one key, of all weights above 0: where they do not matter. */
size_t bind_valid_weight(struct binder *binder);

#endif
