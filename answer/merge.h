/*
 * Merges the partials of one query into one.
 *
 *     shard 0   {10,x} x 2 | 0:1 3:2          shard 1   {9,10} x 2 | 0:4 2:8 3:16
 *     merged    {9,10,x} x 2 | 0:4 2:9 3:16 5:2
 */
#ifndef QUIPU_ANSWER_MERGE_H
#define QUIPU_ANSWER_MERGE_H

#include "answer/partial.h"

/*
 * Closed dimensions must have the same number of positions. Open dimensions are united. The values
 * of a cell are combined by their kinds. Takes n log(nparts) for n cells and n values, and linear
 * time for counts if the parts have as many cells as the table can have. Allocates nothing for a
 * cell. Values are borrowed from the parts; if there is only one part, so are the cells. Fails with
 * LIMIT (more than max_cells cells, 0: no limit; or a sum, of the field `summed`, has too many bits)
 * or SHARDDOWN (the parts do not fit together).
 */
bool partial_merge(struct arena *arena, const struct partial *const *parts, size_t nparts,
                   uint64_t max_cells, struct slice summed, struct partial **out,
                   struct error *err) QUIPU_MUST_CHECK;
/*
 * Checks that the partial has at most max_cells cells (0: no limit). Fails with LIMIT, as
 * partial_merge does.
 */
bool partial_within(const struct partial *partial, uint64_t max_cells,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
