/*
 * Partials of one query become one.
 *
 *     shard 0   {10,x} x 2 | 0:1 3:2          shard 1   {9,10} x 2 | 0:4 2:8 3:16
 *     merged    {9,10,x} x 2 | 0:4 2:9 3:16 5:2
 */
#ifndef QUIPU_ANSWER_MERGE_H
#define QUIPU_ANSWER_MERGE_H

#include "answer/partial.h"

/*
 * Closed dimensions must have the same number of positions, open ones are united; the values of a
 * cell are combined as their kinds say. n log(nparts) for n cells and n values, and linear for
 * counts of which there are as many as the table can have; no allocation per cell. Values are
 * borrowed from the parts, of an only part the cells, too. Fails with LIMIT (more than max_cells
 * cells, 0: no limit; a sum of more than 64 bits) or SHARDDOWN (the parts do not fit each other).
 */
bool partial_merge(struct arena *arena, const struct partial *const *parts, size_t nparts,
                   uint64_t max_cells, struct partial **out, struct error *err) QUIPU_MUST_CHECK;
/* Has it no more than max_cells cells (0: no limit)? Fails with LIMIT, as the sum of parts does. */
bool partial_within(const struct partial *partial, uint64_t max_cells,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
