/*
 * Preparing: each dataset that a change of the catalog makes is made known to every shard before
 * the catalog is written.
 *
 *     per dataset     INDEXES where it may be counted by columns: every shard's module makes one
 *                     LAYOUTS each static shard's note of its place is held against ours
 *                     MARKS   by sets: each partition learns what the dataset is
 *
 *     prepare_start(shards, handles, stored, changed, on_prepared, request)
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_PREPARE_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_PREPARE_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

struct preparing;

/* err: why a dataset cannot be made (ERR, SHARDDOWN). */
typedef void prepare_done_fn(void *arg, const struct error *err);

/*
 * Prepares the datasets that are in changed and not in stored, one after the other. Method `auto`
 * is resolved: columns if every shard has the module, otherwise sets. done is called once, later or
 * from inside this call. Everything is borrowed until then.
 */
void prepare_start(struct shards *shards, struct handles *handles, const struct catalog *stored,
                   struct catalog *changed, prepare_done_fn *done, void *arg);

#endif
