/*
 * A bound query as text: what binding made of what was written. For tests and debugging.
 *
 *     count a in [1,3], b by 10 from current where not not c = 1
 *
 *     dataset current
 *     dim     a: list {1,2,3}
 *     dim     b: width 10
 *     filter  c = 1
 *     answer  rows, 3 cells
 */
#ifndef QUIPU_PLANNER_BOUND_PRINT_H
#define QUIPU_PLANNER_BOUND_PRINT_H

#include "base/strbuf.h"
#include "planner/bound.h"

/* Appends the text; each line ends with a line break. Cannot fail. */
void bound_print(struct strbuf *out, const struct bound_query *query);
/* A RANGE: `[18,65)`, `(,5]`. It is the label that the position has where AS gives no other. */
void bound_print_range(struct strbuf *out, const struct position *position);

#endif
