/*
 * The rows that a ROWS has found so far, as its shards tell them: the first ones by its order.
 *
 *     struct found_rows *found = found_rows_new(&(struct found_limits){.most = 10, ...});
 *     found_rows_add(found, &key, &err)                     in any order; twice is as good as once
 *     found_rows_last(found, &last)                         nothing behind this one is wanted
 *     found_rows_end(found, &err)
 *     found_rows_keys(found, &n)                            in order
 *
 * Of 100 million rows it keeps about twice as many as are wanted.
 */
#ifndef QUIPU_EXECUTOR_FOUND_ROWS_H
#define QUIPU_EXECUTOR_FOUND_ROWS_H

#include "answer/row_order.h"
#include "base/error.h"

struct found_rows;

struct found_limits {
    uint64_t most;      /* LIMIT and OFFSET together, or max-rows */
    bool has_limit;     /* else more rows are an error */
    bool descending;    /* see row_key_compare */
    struct slice after; /* only rows whose names are behind it are wanted; ptr NULL: all */
    uint64_t max_bytes; /* max-partial-bytes */
};

/* The caller frees it; NULL is allowed. */
struct found_rows *found_rows_new(const struct found_limits *limits);
void found_rows_free(struct found_rows *found);
/* Forgets all rows. */
void found_rows_clear(struct found_rows *found);
const struct found_limits *found_rows_limits(const struct found_rows *found);

/* Fails with LIMIT if so many rows are too many: max-rows. */
bool found_rows_check(const struct found_rows *found, uint64_t n,
                      struct error *err) QUIPU_MUST_CHECK;
/* Copies the key. Fails with LIMIT: max-rows or max-partial-bytes. */
bool found_rows_add(struct found_rows *found, const struct row_key *key,
                    struct error *err) QUIPU_MUST_CHECK;
/* False: every row is still wanted. Valid until the next call. */
bool found_rows_last(const struct found_rows *found, struct row_key *out);
/*
 * All rows were added: they are sorted, and a row that was added twice is there once. Fails with
 * SHARDDOWN if a row was found with two values, since it was written meanwhile; with LIMIT: max-rows.
 */
bool found_rows_end(struct found_rows *found, struct error *err) QUIPU_MUST_CHECK;
/* After that: the rows in order, *n of them, which are valid as long as found is. */
const struct row_key *found_rows_keys(const struct found_rows *found, size_t *n);

#endif
