/*
 * Adds the counts in the replies of the count script up to one partial.
 *
 *     gather_init(&gather, arena, query, max_cells)
 *     gather_add(&gather, reply, &err)        each reply of the count script
 *     gather_partial(&gather, &partial, &err) positions in order, cells sorted
 *
 * A reply names its cells by its own indexes. Closed positions have the query's numbers; open
 * positions have local ids, with a list of values. Here values become positions: by look-up, by
 * comparison with the ranges, or by bin. Cells of a value in no position are dropped. Adding a cell
 * allocates memory only if the cell is new.
 */
#ifndef QUIPU_EXECUTOR_SETS_GATHER_H
#define QUIPU_EXECUTOR_SETS_GATHER_H

#include "answer/partial.h"
#include "answer/place.h"
#include "base/map.h"
#include "planner/bind.h"

struct resp_value;

enum { GATHER_DROPPED = PLACE_NONE };

/*
 * One dimension's positions. Positions that the query does not list are added as they become known.
 */
struct gather_dim {
    struct place_list list; /* LIST and BINS, if the reply has values */
    struct place_bins bins; /* WIDTH */
    struct map ids;         /* OPEN: value -> position */
    struct slice *values;   /* OPEN: by position, in the order of their first reply */
    size_t nvalues, capacity;
};

struct gather {
    struct arena *arena;
    const struct bound_query *query;
    uint64_t max_cells;
    bool hides; /* set after gather_init: small counts are hidden, so no error may name one row's
                   value; a value that is too long for a bin gets its own bin */
    struct gather_dim *dims;
    /* Cells: an open-addressed table of (position per dimension, count). */
    uint32_t *positions; /* ndims each */
    int64_t *counts;     /* 0: free */
    size_t capacity, ncells;
    int64_t hits, misses;
    const char *shard; /* the shard whose reply is added, for errors; borrowed; NULL: not known */
};

void gather_init(struct gather *gather, struct arena *arena, const struct bound_query *query,
                 uint64_t max_cells);
/* Fails with LIMIT (too many cells) or SHARDDOWN (a malformed reply). */
bool gather_add(struct gather *gather, const struct resp_value *reply,
                struct error *err) QUIPU_MUST_CHECK;
/* Takes only the positions, from the reply to a query that has dimension `dim` alone. */
bool gather_add_axis(struct gather *gather, size_t dim, const struct resp_value *reply,
                     struct error *err) QUIPU_MUST_CHECK;
/* The number of rows of the id-th named set of a reply. */
int64_t gather_named_rows(const struct resp_value *reply, size_t id);
/* Makes the partial, in the arena. Fails with LIMIT if there are too many cells to number. */
bool gather_partial(struct gather *gather, struct partial **out,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
