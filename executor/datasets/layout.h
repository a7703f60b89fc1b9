/*
 * Layouts: a static shard's note of its own place, of each dataset.
 *
 *     quipu:layout:current    "shard 1 of 3 for dataset current in 64 partitions"
 *
 * A shard that notes another place than ours is refused: its rows would be lost from sight. A
 * cluster's shards note nothing.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_LAYOUT_H
#define QUIPU_EXECUTOR_DATASETS_LAYOUT_H

#include "executor/shards/shards.h"
#include "planner/catalog.h"

/*
 * From inside the greeting of a shard: the notes of all datasets of the catalog are written where
 * there are none, and the shard is refused (ERR) where one differs.
 */
void layout_greet(const struct shards *shards, const struct catalog *catalog, struct shard *shard);

/*
 * Holds a shard's note of a dataset against ours, and writes it where there is none. fn is called
 * once, later, with NULL, or with the shard's error, or with ERR where they differ. Fails with
 * SHARDDOWN, fn not called.
 */
typedef void layout_checked_fn(void *arg, const struct error *err);
bool layout_check(const struct shards *shards, size_t shard, const struct dataset *dataset,
                  layout_checked_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* The same note, forgotten. */
bool layout_forget(const struct shards *shards, size_t shard, const struct dataset *dataset,
                   layout_checked_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Writes all notes of all shards that are connected, where they are gone. No answer is told. */
void layout_write_all(const struct shards *shards, const struct catalog *catalog);

#endif
