/*
 * Finds the rows of a ROWS by columns: every shard's module tells names, some at a time.
 *
 *     find = column_find_start(executor, prepared, found, NULL, on_found, listing)
 *     on_found(listing, NULL)                      found has all rows
 *
 * In a cluster it answers also while slots move. It begins anew, until the query's deadline, if a node
 * is lost, if a slot is in nobody's answer, or if a row was found twice with different values.
 */
#ifndef QUIPU_EXECUTOR_COLUMN_FIND_H
#define QUIPU_EXECUTOR_COLUMN_FIND_H

#include "base/error.h"
#include "base/lines.h"

struct column_find;
struct executor;
struct found_rows;
struct prepared;

/* err is NULL if all rows were found. The find is gone when it returns. */
typedef void column_find_done_fn(void *arg, const struct error *err);

/*
 * Everything is borrowed until the end. done is called once, later, unless the find is cancelled. profile gets
 * a line for each shard when all rows were found; NULL: none is wanted.
 */
struct column_find *column_find_start(struct executor *executor, struct prepared *prepared,
                                      struct found_rows *found, struct lines *profile,
                                      column_find_done_fn *done, void *arg);
/* done is not called any more. */
void column_find_cancel(struct column_find *find);
/* How many shards have told all, of how many. */
void column_find_progress(const struct column_find *find, size_t *ndone, size_t *nparts);
/* Why it began anew the last time. Empty if it did not. */
const char *column_find_why(const struct column_find *find);

#endif
