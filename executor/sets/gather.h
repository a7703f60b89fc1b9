/*
 * Adds up what the replies of the count script say.
 *
 *     gather_init(&gather, arena, query, &limits)
 *     gather_add(&gather, reply, &err)          each reply of the count script
 *     gather_partials(&gather, &partials, &err) their sum
 *     gather_fini(&gather)
 *
 * A reply is checked and becomes partials when it is read (count_reply.h).
 *
 * Partials wait until they have twice as many cells and values as the sum of those before them. Then
 * all are merged, and their memory is given back. So the work is linear in the size of the replies,
 * and the memory is at most about three times that of the sum, and one reply.
 */
#ifndef QUIPU_EXECUTOR_SETS_GATHER_H
#define QUIPU_EXECUTOR_SETS_GATHER_H

#include "executor/sets/count_reply.h"

/* 0: no limit. */
struct gather_limits {
    uint64_t max_cells;         /* of a plain query: what is counted is what is answered */
    uint64_t max_partial_bytes; /* of the sum */
};

struct gather {
    struct arena *arena;
    const struct bound_query *query;
    struct gather_limits limits;
    struct count_reader reader;
    /* The sum of the first replies, if they were merged, and what each reply since says. */
    const struct partials **parts;
    size_t nparts, capacity;
    struct arena *parts_arena;      /* has all of them */
    size_t sum_weight, late_weight; /* cells and values in the sum, and in the replies since */
    uint64_t *nrows;                /* by grid: in all cells */
    int64_t hits, misses;
};

/* Borrows the arena and the query until gather_fini. */
void gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
                 const struct gather_limits *limits);
/* A zeroed gather may be given, too. */
void gather_fini(struct gather *gather);
/*
 * Fails with LIMIT (too many cells, too many bytes, or what count_reply_read says) or SHARDDOWN (a
 * malformed reply).
 */
bool gather_add(struct gather *gather, const struct resp_value *reply,
                struct error *err) QUIPU_MUST_CHECK;
/* Takes only the positions, from the reply to a query that has dimension `dim` alone. */
bool gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                     struct error *err) QUIPU_MUST_CHECK;
/* Makes the sum, all of it in the arena of gather_init. Fails with LIMIT, as gather_add. */
bool gather_partials(struct gather *gather, struct partials **out,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
