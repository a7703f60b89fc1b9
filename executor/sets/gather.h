/*
 * Makes a partial of each reply of the count script, and adds the partials up.
 *
 *     gather_init(&gather, arena, query, max_cells)
 *     gather_add(&gather, reply, &err)        each reply of the count script
 *     gather_partial(&gather, &partial, &err) their sum
 *     gather_fini(&gather)
 *
 * A reply names its cells by its own indexes. Closed positions have the query's numbers; open
 * positions have local ids, with a list of values. Here values become positions: by look-up, by
 * comparison with the ranges, or by bin. Cells of a value in no position are dropped. So a reply is
 * checked and becomes a partial when it is read, and answer/merge adds it up.
 *
 * Partials wait until they have twice as many cells and values as the sum of those before them. Then
 * all are merged, and their memory is given back. So the work is linear in the size of the replies,
 * and the memory is at most about three times that of the sum, and one reply.
 */
#ifndef QUIPU_EXECUTOR_SETS_GATHER_H
#define QUIPU_EXECUTOR_SETS_GATHER_H

#include "answer/partial.h"
#include "answer/place.h"
#include "planner/bind.h"

struct resp_value;

struct gather {
    struct arena *arena;
    const struct bound_query *query;
    uint64_t max_cells;
    bool hides; /* set after gather_init: small counts are hidden, so no error may name one row's
                   value; a value that is too long for a bin gets its own bin */
    struct place_list *lists; /* by dimension: LIST and BINS, if the reply has values */
    /* The sum of the first replies, if they were merged, and a partial of each reply since. */
    const struct partial **parts;
    size_t nparts, capacity;
    struct arena *parts_arena;      /* has all of them */
    size_t sum_weight, late_weight; /* cells and values in the sum, and in the replies since */
    uint64_t nrows;                 /* in all cells */
    int64_t hits, misses;
    const char *shard; /* the shard whose reply is added, for errors; borrowed; NULL: not known */
};

/* Borrows the arena and the query until gather_fini. */
void gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
                 uint64_t max_cells);
/* A zeroed gather may be given, too. */
void gather_fini(struct gather *gather);
/* Fails with LIMIT (too many cells, or too many to number) or SHARDDOWN (a malformed reply). */
bool gather_add(struct gather *gather, const struct resp_value *reply,
                struct error *err) QUIPU_MUST_CHECK;
/* Takes only the positions, from the reply to a query that has dimension `dim` alone. */
bool gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                     struct error *err) QUIPU_MUST_CHECK;
/* The number of rows of the id-th named set of a reply. */
int64_t gather_named_rows(const struct resp_value *reply, size_t id);
/* Makes the sum, all of it in the arena of gather_init. Fails with LIMIT, as gather_add. */
bool gather_partial(struct gather *gather, struct partial **out,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
