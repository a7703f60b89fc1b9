/*
 * Work on a whole dataset that outlives its command: dropping the dataset, and building its index
 * again.
 *
 *     DATASET DROP w46 -> the catalog says "dropping since 17" -> dataset_work_begin(..., 17)
 *
 * The work is written in the catalog before it begins. If the server that does it dies, its beats
 * stop. Another server, or the next one started, then writes itself into the catalog as the worker,
 * and begins the work again; all steps can be done twice. Each partition's mark says whose work it
 * is, and every step looks at the mark. So a server that was only slow finds out that another one
 * has taken over.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_WORK_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_WORK_H

#include "executor/datasets/datasets_setup.h"
#include "executor/datasets/definitions.h"

/*
 * Begins work that the catalog's version `since` gives to this server. Does nothing if the catalog
 * does not say so.
 */
void dataset_work_begin(struct datasets *datasets, struct slice name, uint64_t since);
/*
 * Must be called often. Goes on with the work, sends beats, and takes over work that has no worker.
 */
void dataset_work_tick(struct datasets *datasets, int64_t now_ms);
/* Call it when no shard can call back any more. */
void dataset_work_free_all(struct datasets *datasets);

#endif
