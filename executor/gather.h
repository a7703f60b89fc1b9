/*
 * Partial counts from the shards, added up into one table.
 *
 *     gather_init(&gather, arena, query, max_cells)
 *     gather_add(&gather, reply, &err)        each reply of the count script
 *     gather_table(&gather, &table, &err)     positions in order, cells sorted
 *
 * A partial names its cells by indexes of its own: closed positions as the query numbers them, open
 * ones by local ids with a list of values. Here values become positions: by look-up, by comparing
 * with the ranges, or by bin; a value in no position drops its cells. Adding a cell allocates only
 * where it is new.
 */
#ifndef QUIPU_EXECUTOR_GATHER_H
#define QUIPU_EXECUTOR_GATHER_H

#include "answer/table.h"
#include "base/map.h"
#include "planner/bind.h"

struct resp_value;

enum { GATHER_DROPPED = UINT32_MAX };

/* One dimension's positions as they become known. */
struct gather_dim {
    struct map ids;                 /* value; WIDTH: lower bound -> position */
    const struct position **ranges; /* BINS: by lower bound */
    size_t nranges;
    uint32_t other; /* LIST, BINS: where the rest goes; GATHER_DROPPED: nowhere */
    struct slice
        *values; /* OPEN, WIDTH: by position, in the order met; sorted at the end by this */
    struct slice *labels; /* WIDTH */
    size_t npositions, capacity;
};

struct gather {
    struct arena *arena;
    const struct bound_query *query;
    uint64_t max_cells;
    bool hides; /* to be set behind gather_init: small counts are not told, so no error names one
                   row's value: what is too long for a bin is in TABLE_NO_BIN */
    struct gather_dim *dims;
    /* Cells: an open-addressed table of (position per dimension, count). */
    uint32_t *positions; /* ndims each */
    int64_t *counts;     /* 0: free */
    size_t capacity, ncells;
    int64_t hits, misses;
    const char *shard; /* whose reply is added, for errors; borrowed; NULL: not known */
};

void gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
                 uint64_t max_cells);
/* Fails with LIMIT (too many cells) or SHARDDOWN (a malformed reply). */
bool gather_add(struct gather *gather, const struct resp_value *reply,
                struct error *err) QUIPU_MUST_CHECK;
/* From the reply to a query that has dimension `dim` alone: only what positions there are. */
bool gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                     struct error *err) QUIPU_MUST_CHECK;
/* Rows of the id-th named set of a reply. */
int64_t gather_named_rows(const struct resp_value *reply, size_t id);
/* In the arena. Fails with LIMIT where a cell has no number; table_check is the caller's. */
bool gather_table(struct gather *gather, struct table **out, struct error *err) QUIPU_MUST_CHECK;

#endif
