/*
 * Questions about the data as a whole, gathered over all partitions.
 *
 *     admin_start(datasets, ADMIN_DATASET_VERIFY, slice_lit("current"), on_admin_done, client)
 *       -> rows 1000000, entries 2217342, mismatches 0
 */
#ifndef QUIPU_EXECUTOR_DATASETS_ADMIN_H
#define QUIPU_EXECUTOR_DATASETS_ADMIN_H

#include "executor/datasets/datasets_setup.h"

enum admin_op {
    ADMIN_CACHE_INFO,     /* hits, misses, entries, bytes: over all datasets */
    ADMIN_CACHE_CLEAR,    /* entries: how many were dropped */
    ADMIN_DATASET_VERIFY, /* rows, entries, mismatches: each row held against its index entries, and
                             each entry and list against the rows */
    ADMIN_DATASET_REPAIR, /* the same, and repaired: how many were mended, after the rows */
    ADMIN_DATASET_INFO,   /* name, prefix, keys, plain_keys, aliases, state, progress, method,
                             partitions, shards, rows */
    ADMIN_DBSIZE          /* keys that clients do not see, over all datasets */
};

/* A text, or where its ptr is NULL a number. */
struct admin_pair {
    const char *name;
    int64_t value;
    struct slice text;
};

/* Exactly one of pairs and err is not NULL; both are gone when it returns. */
typedef void admin_done_fn(void *arg, const struct admin_pair *pairs, size_t npairs,
                           const struct error *err);

/*
 * Asks; dataset, a name, is the empty slice where the op is over all datasets. done is called once,
 * later; it may outlive the client, so arg must cope. Errors of any kind come through done.
 */
void admin_start(struct datasets *datasets, enum admin_op op, struct slice dataset,
                 admin_done_fn *done, void *arg);

#endif
