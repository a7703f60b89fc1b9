/*
 * The rows of a dataset that is counted by columns, removed: hashes whose names begin with a
 * prefix.
 *
 * Each shard is gone over with SCAN, a slice at a time; what is found is unlinked. It is gone over
 * again until nothing is found, so that rows that moved to another shard meanwhile are met, too.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_COLUMN_ROWS_H
#define QUIPU_EXECUTOR_DATASETS_COLUMN_ROWS_H

#include "executor/shards/shards.h"
#include "planner/catalog.h"

struct column_rows;

/* err is NULL when none is left. */
typedef void column_rows_end_fn(void *arg, const struct error *err);

/* Fails, calling nobody, where a shard is down. It frees itself after its end. */
bool column_rows_remove(struct shards *shards, const struct dataset *dataset,
                        column_rows_end_fn *on_end, void *arg, struct column_rows **out,
                        struct error *err) QUIPU_MUST_CHECK;
/* Nobody is called any more. */
void column_rows_cancel(struct column_rows *rows);
/* How much of it is done, from 0 to 1. */
double column_rows_done(const struct column_rows *rows);

#endif
