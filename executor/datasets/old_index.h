/*
 * An index by sets whose layout is of an older version: it is made anew, as REINDEX does.
 *
 *     count sex from current    ->  a partition says OLDINDEX (executor/sets/lua/keys.lua)
 *     old_index_rebuild(datasets, handle, &err)    ->  err is INDEXING now, and the work has begun
 */
#ifndef QUIPU_EXECUTOR_DATASETS_OLD_INDEX_H
#define QUIPU_EXECUTOR_DATASETS_OLD_INDEX_H

#include "executor/datasets/datasets_setup.h"

/*
 * If the error is OLDINDEX, it becomes INDEXING, and the index of the dataset is being made anew on
 * this server or on another. Any other error stays as it is.
 */
void old_index_rebuild(struct datasets *datasets, const struct handle *dataset, struct error *err);

#endif
