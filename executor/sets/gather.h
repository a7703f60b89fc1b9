/*
 * Counts by sets, as the scripts' replies tell them, become one partial.
 *
 *     gather_init(&gather, arena, query, max_cells)
 *     gather_add(&gather, reply, &err)        each reply of the count script
 *     gather_partial(&gather, &partial, &err) positions in order, cells sorted
 *
 * A reply names its cells by indexes of its own: closed positions as the query numbers them, open
 * ones by local ids with a list of values. Here values become positions: by look-up, by comparing
 * with the ranges, or by bin; a value in no position drops its cells. Adding a cell allocates only
 * where it is new.
 */
#ifndef QUIPU_EXECUTOR_SETS_GATHER_H
#define QUIPU_EXECUTOR_SETS_GATHER_H

#include "answer/partial.h"
#include "answer/place.h"
#include "base/map.h"
#include "planner/bind.h"

struct resp_value;

enum { GATHER_DROPPED = PLACE_NONE };

/* One dimension's positions; of those that are not listed, as they become known. */
struct gather_dim {
    struct place_list list; /* LIST, BINS, where values come */
    struct place_bins bins; /* WIDTH */
    struct map ids;         /* OPEN: value -> position */
    struct slice *values;   /* OPEN: by position, in the order met */
    size_t nvalues, capacity;
};

struct gather {
    struct arena *arena;
    const struct bound_query *query;
    uint64_t max_cells;
    bool hides; /* to be set behind gather_init: small counts are not told, so no error names one
                   row's value: what is too long for a bin is in a
                   bin of its own */
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
/* In the arena. Fails with LIMIT where a cell has no number. */
bool gather_partial(struct gather *gather, struct partial **out,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
