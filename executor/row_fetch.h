/*
 * Reads what some rows of a dataset have, each with a command of its own.
 *
 *     row_fetch_start(executor, dataset, fields, nfields, keys, 64, on_fetched, listing, &fetch, &err)
 *     on_fetched(listing, rows, 64, 18200, NULL)
 *
 * Each row is as it is at one moment. A row that is gone by now has no values.
 */
#ifndef QUIPU_EXECUTOR_ROW_FETCH_H
#define QUIPU_EXECUTOR_ROW_FETCH_H

#include "answer/listing.h"
#include "answer/row_order.h"
#include "base/error.h"

struct executor;
struct handle;
struct row_fetch;

/*
 * The rows in the order of the keys, bytes in all, in the arena that was given. err is NULL if all
 * shards have answered.
 */
typedef void row_fetch_done_fn(void *arg, const struct listed_row *rows, size_t nrows,
                               uint64_t bytes, const struct error *err);

struct row_fetch_request {
    struct handle *dataset;
    const struct slice *fields; /* of no length: all */
    size_t nfields;
    const struct row_key *keys;
    size_t nkeys; /* 1 or more */
};

/*
 * Sends all commands at once. The request's parts and the arena outlive the fetch, or its cancelling.
 * Fails, without a callback, if a shard is down. done is called once, later.
 */
bool row_fetch_start(struct executor *executor, const struct row_fetch_request *request,
                     struct arena *arena, row_fetch_done_fn *done, void *arg,
                     struct row_fetch **out, struct error *err) QUIPU_MUST_CHECK;
/* done is not called any more, and nothing of the caller's is used. */
void row_fetch_cancel(struct row_fetch *fetch);

#endif
