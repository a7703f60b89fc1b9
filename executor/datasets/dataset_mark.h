/*
 * A dataset's marks. Each partition notes the state of its dataset, so that a server which does not
 * know of a change yet learns it from the partition.
 *
 *     dataset_mark(shards, handle, DATASET_INDEXING, 17, 0, on_marked, work, &err)
 *         each partition of w46 says: "2 indexing 3 17"; counts there answer INDEXING
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_MARK_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_MARK_H

#include "executor/sets/scatter.h"

/* How a mark begins: with the layout of the index and the state. "2 live", "2 indexing", "2 dropped". */
const char *dataset_mark_word(enum dataset_state state);

/*
 * Marks every partition with the state and the version since which it holds, for ttl_ms (0: for
 * ever). done is called once, later. NODATASET: a partition had a later mark. Fails if a shard is
 * down.
 */
bool dataset_mark(struct shards *shards, struct handle *dataset, enum dataset_state state,
                  uint64_t since, int64_t ttl_ms, scatter_end_fn *done, void *arg,
                  struct error *err) QUIPU_MUST_CHECK;

#endif
