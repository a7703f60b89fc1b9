/*
 * A dataset's marks: in each partition stands what the dataset is, so that a server that has not
 * heard of a change yet is told by the partition.
 *
 *     dataset_mark(shards, handle, DATASET_INDEXING, 17, 0, on_marked, work, &err)
 *         each partition of w46 says: "indexing since 17"; counts there answer INDEXING
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_MARK_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_MARK_H

#include "executor/sets/scatter.h"

/* How a partition's mark calls the state: "live", "indexing", "dropped". */
const char *dataset_mark_word(enum dataset_state state);

/*
 * Marks every partition: what the dataset is, since which version, for how long (0: for ever). done
 * is called once, later; NODATASET: a later mark was there. Fails where a shard is down.
 */
bool dataset_mark(struct shards *shards, struct handle *dataset, enum dataset_state state,
                  uint64_t since, int64_t ttl_ms, scatter_end_fn *done, void *arg,
                  struct error *err) QUIPU_MUST_CHECK;

#endif
