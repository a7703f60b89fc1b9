/*
 * A reply of the count script: checked, and made into partials, one for each grid of the query.
 *
 *     count a, b in [1,2] from current
 *
 *     reply      open a {"y","x"}, radices 3, 2, cells {4: 5, 2: 1}        4 = id 2 "x", b position 0
 *     partials   {x,y} x 2 | 0:5 2:1
 *
 * A reply names its cells by its own indexes. Closed positions have the query's numbers; open
 * positions have local ids, with a list of values. Here values become positions: by look-up, by
 * comparison with the ranges, by bin, or by key. Cells of a value in no position are dropped. A
 * folded grid is folded at once, so what is kept of it has no measured values.
 */
#ifndef QUIPU_EXECUTOR_SETS_COUNT_REPLY_H
#define QUIPU_EXECUTOR_SETS_COUNT_REPLY_H

#include "answer/partials.h"
#include "executor/sets/positions.h"

struct resp_value;

/* What all replies to a query are read with. */
struct count_reader {
    const struct bound_query *query;
    bool has_grids; /* replies have a list of cells for each grid */
    struct positions_reader positions;
    const char *shard; /* whose reply is read, for errors; borrowed; NULL: not known */
};

/* Borrows the arena and the query for as long as replies are read. */
void count_reader_init(struct count_reader *reader, struct arena *arena,
                       const struct bound_query *query);

/* What a reply says. */
struct count_reply {
    struct partials *partials; /* in the arena; texts are borrowed from the reply and the reader */
    int64_t hits, misses;      /* cached filters that were found, and built */
};

/*
 * Fails with SHARDDOWN (a malformed reply) or LIMIT (too many combinations to number them, a value
 * with too many digits for a bin or a sum).
 */
bool count_reply_read(struct count_reader *reader, struct arena *arena,
                      const struct resp_value *reply, struct count_reply *out,
                      struct error *err) QUIPU_MUST_CHECK;
/*
 * Reads only the positions, from the reply to a query that has dim `dim` alone: partials without
 * cells. For a query of one grid.
 */
bool count_reply_read_axis(struct count_reader *reader, struct arena *arena, size_t dim,
                           const struct resp_value *reply, struct count_reply *out,
                           struct error *err) QUIPU_MUST_CHECK;
/* What would be read from a reply without values and cells. */
bool count_reply_empty(struct count_reader *reader, struct arena *arena, struct count_reply *out,
                       struct error *err) QUIPU_MUST_CHECK;
/* The number of rows of the id-th named set of a reply. */
int64_t count_reply_named_rows(const struct resp_value *reply, size_t id);

#endif
