/*
 * The datasets, as all servers over the shards share them: which there are, what they are called,
 * and the work on them that is under way.
 *
 *     struct datasets *datasets = datasets_new(&setup);
 *     definitions_refresh(datasets, on_fresh, query)      executor/datasets/definitions.h       the catalog
 *     dataset_change_start(datasets, &change, ...)        executor/datasets/dataset_change.h    CREATE, DROP
 *     admin_start(datasets, ADMIN_DATASET_VERIFY, ...)    executor/datasets/admin.h             questions
 *     keyspace_kind(datasets, stored, &name)              executor/datasets/keyspace.h          keys
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASETS_H
#define QUIPU_EXECUTOR_DATASETS_DATASETS_H

#include "executor/datasets/datasets_setup.h"

/* Starts to read the catalog with the first tick. */
struct datasets *datasets_new(const struct datasets_setup *setup);
/* Behind the end of the shards' connections. Who wants to change something is told that it ends. */
void datasets_free(struct datasets *datasets);
/* Every LINK_TICK_MS: reads the catalog where it may be old, goes on with the work on datasets. */
void datasets_tick(struct datasets *datasets, int64_t now_ms);

#endif
