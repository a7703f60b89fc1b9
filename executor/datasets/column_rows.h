/*
 * Removes the rows of a dataset by columns: the hashes whose names begin with a prefix.
 *
 * SCAN goes over each shard, a slice at a time, and the rows it finds are unlinked. This is
 * repeated until no row is found, so that rows which moved to another shard meanwhile are found
 * too.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_COLUMN_ROWS_H
#define QUIPU_EXECUTOR_DATASETS_COLUMN_ROWS_H

#include "executor/shards/shards.h"
#include "planner/catalog.h"

struct column_rows;

/* err is NULL if no row is left. */
typedef void column_rows_end_fn(void *arg, const struct error *err);

/* Fails, without a callback, if a shard is down. *out frees itself after on_end. */
bool column_rows_remove(struct shards *shards, const struct dataset *dataset,
                        column_rows_end_fn *on_end, void *arg, struct column_rows **out,
                        struct error *err) QUIPU_MUST_CHECK;
/* on_end is not called any more. */
void column_rows_cancel(struct column_rows *rows);
/* How much of it is done, from 0 to 1. */
double column_rows_done(const struct column_rows *rows);

#endif
