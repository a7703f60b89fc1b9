/*
 * The nodes that slots are moving to: asked for the rows of these slots that have arrived, by name
 * (QUIPU.ROWS), when all shards have answered.
 *
 *     column_targets_start(executor, &request, arena, on_arrived, count, &targets, &err)
 *     on_arrived(count, NULL)
 *     column_targets_rows(targets, &n)          of each node; the sources' rows are marked (column_slots.h)
 *     column_targets_free(targets)
 */
#ifndef QUIPU_EXECUTOR_COLUMN_TARGETS_H
#define QUIPU_EXECUTOR_COLUMN_TARGETS_H

#include "executor/column_slots.h"
#include "planner/bound.h"

struct column_targets;
struct executor;
struct handle;

struct column_targets_request {
    struct handle *dataset;
    const struct bound_query *query;
    struct slice text; /* of the query, with the dataset's own name */
    const struct moving_slot *moving;
    size_t nmoving;  /* 1 or more */
    bool may_create; /* a node without an index of the dataset is told to make one */
};

/*
 * Called once, later. SHARDDOWN: it may be right when all is asked anew; so it is where a node makes its
 * index.
 */
typedef void column_targets_done_fn(void *arg, const struct error *err);

/*
 * Everything is borrowed until column_targets_free; the rows live in the arena. Fails with SHARDDOWN,
 * without a callback: a node is not known, or down.
 */
bool column_targets_start(struct executor *executor, const struct column_targets_request *request,
                          struct arena *arena, column_targets_done_fn *done, void *arg,
                          struct column_targets **out, struct error *err) QUIPU_MUST_CHECK;
/* How many nodes have answered, of how many. */
void column_targets_progress(const struct column_targets *targets, size_t *ndone, size_t *nparts);
/* After done without an error: the rows of each node, *n of them. */
const struct named_rows *const *column_targets_rows(const struct column_targets *targets,
                                                    size_t *n);
/* Also before done, which is not called any more. NULL is allowed. */
void column_targets_free(struct column_targets *targets);

#endif
