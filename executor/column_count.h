/*
 * One count by columns: each shard's module counts its rows (QUIPU.PARTIAL), the partial counts are
 * added up.
 *
 *     RUNNING --all shards answered, together they serve every slot once---------------> told
 *        |  |                                                                             |
 *        |  +--some slots are moving--> ASKING their targets --all answered---------------+
 *        |                                |
 *        +--the answers do not fit each---+--> WAITING --a moment--> RUNNING      (cluster)
 *        |  other, a node is lost
 *        +--any other error--> told
 *
 * A shard says with its partial count which slots it counted, and has the rows of those that leave it
 * by name; where they go, those that have arrived are asked for by name as well (column_slots.h). So
 * nothing is left out or counted twice, whatever moves meanwhile: an attempt of which that is not
 * certain is thrown away as a whole.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_COUNT_H
#define QUIPU_EXECUTOR_COLUMN_COUNT_H

#include "answer/table.h"
#include "executor/internal.h"
#include "planner/bind.h"

struct column_count;

struct column_count_request {
    struct handle *dataset;
    const struct bound_query *query; /* borrowed until the end */
    struct slice text;               /* of the query, with the dataset's own name; copied */
    int64_t timeout_ms;              /* 0: none; the shards are told it */
    int64_t suppress_below;          /* the query's, or more */
    uint64_t max_cells;              /* that are not zero */
    bool may_create; /* a shard that has no index of the dataset is told to make one; else
                        NODATASET is the answer */
};

/* Of EXPLAIN and PROFILE lines, else a table; in the arena that was given. */
struct column_count_result {
    struct table *table;
    struct slice *lines;
    size_t nlines;
};

/* Exactly one of result and err is not NULL. */
typedef void column_count_done_fn(void *arg, const struct column_count_result *result,
                                  const struct error *err);

/* done is called once, later, unless it is cancelled first. Errors of any kind come through done.
 */
struct column_count *column_count_start(struct executor *executor,
                                        const struct column_count_request *request,
                                        struct arena *arena, column_count_done_fn *done, void *arg);
/* Also what runs in the shards ends. */
void column_count_cancel(struct column_count *count);
void column_count_progress(const struct column_count *count, size_t *ndone, size_t *nshards);
/* Why it is being tried again; empty where it is not. */
const char *column_count_why(const struct column_count *count);

#endif
