/*
 * Expanding: the cells of a grid become the cells of a table.
 *
 *     counted    {"#0","#0#1"} x 2 | 0:5 2:3 3:1        a in {1, net(1,2)} with totals, b in [1,2]
 *     expanded   3 x 2 | 0:8 1:1 2:3 3:1 4:8 5:1        each cell in all its positions
 *
 * A hidden dim of values stays as the last one (for DISTINCT, MEDIAN, QUANTILE). A hidden dim of
 * weights, where it was not folded, is summed up: all that it has is rows that have a weight.
 */
#ifndef QUIPU_ANSWER_EXPAND_H
#define QUIPU_ANSWER_EXPAND_H

#include "answer/axis.h"

/*
 * grid is a merged partial of the bound grid, which may be folded. max_bytes bounds what is kept on
 * the way, 0: no limit. In the arena. Takes time linear in the cells that it writes. Fails with LIMIT
 * or SHARDDOWN.
 */
bool expand_grid(struct arena *arena, const struct axis *axes, size_t naxes,
                 const struct bound_grid *bound, const struct partial *grid, uint64_t max_bytes,
                 struct partial **out, struct error *err) QUIPU_MUST_CHECK;

/* How many of the grid's rows are in a cell of the table. Fails with SHARDDOWN. */
bool expand_rows(struct arena *arena, const struct axis *axes, size_t naxes,
                 const struct partial *grid, uint64_t *nrows, struct error *err) QUIPU_MUST_CHECK;

#endif
