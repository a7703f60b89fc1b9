/*
 * Commands about the data as a whole. The answers of all partitions are put together.
 *
 *     admin_start(datasets, ADMIN_DATASET_VERIFY, slice_lit("current"), on_admin_done, client)
 *       -> rows 1000000, entries 2217342, mismatches 0
 */
#ifndef QUIPU_EXECUTOR_DATASETS_ADMIN_H
#define QUIPU_EXECUTOR_DATASETS_ADMIN_H

#include "executor/datasets/datasets_setup.h"

enum admin_op {
    ADMIN_CACHE_INFO,     /* hits, misses, entries, bytes, over all datasets */
    ADMIN_CACHE_CLEAR,    /* entries: how many were dropped */
    ADMIN_DATASET_VERIFY, /* rows, entries, mismatches: compares each row with its index entries,
                             and each entry and list with the rows */
    ADMIN_DATASET_REPAIR, /* the same, and repaired: how many differences were mended */
    ADMIN_DATASET_INFO,   /* name, prefix, keys, plain_keys, aliases, state, progress, method,
                             partitions, shards, rows, made */
    ADMIN_DATASET_FIGURES, /* rows, progress, changes, and by columns bytes: of the index in all shards */
    ADMIN_DBSIZE           /* keys that clients do not see, over all datasets */
};

/* A text; or a number, if the text's ptr is NULL. */
struct admin_pair {
    const char *name;
    int64_t value;
    struct slice text;
};

/* Exactly one of pairs and err is not NULL. Both are freed when the callback returns. */
typedef void admin_done_fn(void *arg, const struct admin_pair *pairs, size_t npairs,
                           const struct error *err);

/*
 * Starts the command. dataset is a name, or the empty slice if the op is over all datasets. done is
 * called once, later. The client may have left by then, so arg must outlive it. Errors of any kind
 * come through done.
 */
void admin_start(struct datasets *datasets, enum admin_op op, struct slice dataset,
                 admin_done_fn *done, void *arg);

#endif
