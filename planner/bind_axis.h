/*
 * Binds the dimensions of a table: each becomes an axis, and the dims that are counted for it.
 *
 *     age in {1, net (1,2), when (b = 1) as c}
 *
 *     dims   4: age PLACED {1} net{1,2}, keeps all     5: WHEN b = 1
 *     axis   age: VALUE 1, NET net(1,2), WHEN c        of the grid's dims 4, 5
 */
#ifndef QUIPU_PLANNER_BIND_AXIS_H
#define QUIPU_PLANNER_BIND_AXIS_H

#include "planner/binder.h"

/*
 * Binds a table's dimensions: its axes, ncells and is_closed are set. *dims, *ndims: the dims of its
 * grids, in order, without hidden ones.
 */
bool bind_axes(struct binder *binder, const struct ast_table *ast, struct bound_table *table,
               size_t **dims, size_t *ndims) QUIPU_MUST_CHECK;

#endif
