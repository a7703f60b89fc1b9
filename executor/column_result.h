/*
 * What a count by columns ends with: the partial counts of all shards as they are, or what the shards
 * say about the query.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_RESULT_H
#define QUIPU_EXECUTOR_COLUMN_RESULT_H

#include "executor/column_reply.h"
#include "executor/method.h"

struct column_answers {
    const struct bound_query *query;
    const struct column_part *const *parts; /* of all shards */
    size_t nparts;
    const struct named_rows *const *arrived; /* of slots on their way, at the nodes they go to */
    size_t narrived;
    int64_t started_us; /* when the query came; PROFILE tells how long it took */
};

/* The parts of a count, in the arena. Borrows from the answers. Fails with LIMIT or SHARDDOWN. */
bool column_result_of_parts(struct arena *arena, const struct column_answers *answers,
                            struct method_result *result, struct error *err) QUIPU_MUST_CHECK;
/* The lines of EXPLAIN and PROFILE, in the arena: what is about the query once, then shard by shard. */
void column_result_of_lines(struct arena *arena, const struct column_answers *answers,
                            struct method_result *result);

#endif
