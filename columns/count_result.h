/*
 * From cells to partials: the end of a count, for count.c.
 */
#ifndef QUIPU_COLUMNS_COUNT_RESULT_H
#define QUIPU_COLUMNS_COUNT_RESULT_H

#include "answer/partials.h"
#include "base/error.h"
#include "columns/count_cells.h"

struct count_limits {
    uint64_t max_cells; /* of a plain query: those that are not zero. 0: no limit */
    uint64_t max_bytes; /* of what is kept for one grid. 0: no limit */
    bool hides;         /* as in struct count_options */
};

/*
 * Makes a partial of each of the query's own grids, in the arena; folded grids are folded. totals:
 * the cells of each of the plan's grids, and their sums. Fails with LIMIT.
 */
bool count_result(const struct count_plan *plan, const struct cells *totals,
                  const struct sums *sums, const struct count_limits *limits, struct arena *arena,
                  struct partials **out, struct error *err) QUIPU_MUST_CHECK;

/* Fails with LIMIT: more than max-partial-bytes are needed. */
bool count_check_bytes(uint64_t bytes, uint64_t max_bytes, struct error *err) QUIPU_MUST_CHECK;

#endif
