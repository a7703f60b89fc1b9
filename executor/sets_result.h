/*
 * What a count by sets ends with: the sum of its replies becomes the method's result.
 *
 *     avg(income) by sex from current    a partial for each grid, of which the query makes its answer
 *     profile count sex from current     lines
 */
#ifndef QUIPU_EXECUTOR_SETS_RESULT_H
#define QUIPU_EXECUTOR_SETS_RESULT_H

#include "executor/method.h"
#include "executor/sets/gather.h"
#include "planner/sets_plan.h"

/* What one shard has answered. */
struct sets_shard {
    bool has_answered;
    uint64_t rows; /* of the filter, where the query asks for them */
};

struct sets_counted {
    struct arena *arena; /* the query's */
    const struct bound_query *bound;
    const struct plan *plan;
    struct gather *gather;
    const struct sets_shard *shards;
    size_t nshards;
    int64_t took_us;
};

/* Everything is in the arena. Fails with LIMIT. */
bool sets_result(const struct sets_counted *counted, struct method_result *result,
                 struct error *err) QUIPU_MUST_CHECK;
/* Of a ROWS, which has found its rows, so many of them: PROFILE's lines, in the arena, or nothing. */
void sets_result_of_rows(const struct sets_counted *counted, uint64_t nrows,
                         struct method_result *result);

#endif
