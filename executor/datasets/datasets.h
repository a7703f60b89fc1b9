/*
 * The datasets, which all servers over the shards share: the list, the names, and the work that is
 * under way on them.
 *
 *     struct datasets *datasets = datasets_new(&setup);
 *     definitions_refresh(datasets, on_fresh, query)      definitions.h       the catalog
 *     dataset_change_start(datasets, &change, ...)        dataset_change.h    CREATE, DROP
 *     admin_start(datasets, ADMIN_DATASET_VERIFY, ...)    admin.h             questions
 *     keyspace_kind(datasets, stored, &name)              keyspace.h          keys
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASETS_H
#define QUIPU_EXECUTOR_DATASETS_DATASETS_H

#include "executor/datasets/datasets_setup.h"

/* Begins to read the catalog at the first tick. */
struct datasets *datasets_new(const struct datasets_setup *setup);
/* Call it after the shards' connections have ended. Callers that wait for a change get an error. */
void datasets_free(struct datasets *datasets);
/*
 * Call it every LINK_TICK_MS. Reads the catalog if it may be old, and goes on with the work on
 * datasets.
 */
void datasets_tick(struct datasets *datasets, int64_t now_ms);

#endif
