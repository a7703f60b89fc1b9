/*
 * HAVING, ORDER BY, LIMIT: which cells the answer lists, and in which order.
 *
 *     count by a in [1,4] having count > 2 order by count desc limit 2      counts 3 9 1 9
 *
 *     places   1 3
 *
 * What they compare is exact: two means that are shown alike are in the order of what they are. A
 * value that is null, or must not be shown, fails HAVING and comes last. Ties keep the cells' order.
 * Totals come behind all others, in their order, whatever the options say.
 */
#ifndef QUIPU_ANSWER_ORDER_H
#define QUIPU_ANSWER_ORDER_H

#include "answer/draft.h"

/* Is the answer a list of cells? */
bool order_is_asked(const struct bound_query *query, const struct bound_table *table);
/* The places of the cells that are listed. n log(n). Fails with LIMIT: a number is too long. */
bool order_cells(struct arena *arena, const struct draft *draft, size_t **places, size_t *nplaces,
                 struct error *err) QUIPU_MUST_CHECK;

#endif
