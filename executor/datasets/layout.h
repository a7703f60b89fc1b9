/*
 * Layouts: for each dataset, a static shard notes its own place.
 *
 *     quipu:layout:current    "shard 1 of 3 for dataset current in 64 partitions"
 *
 * A shard whose note differs from the server's view is refused, because its rows would not be
 * found. The nodes of a cluster have no notes.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_LAYOUT_H
#define QUIPU_EXECUTOR_DATASETS_LAYOUT_H

#include "executor/shards/shards.h"
#include "planner/catalog.h"

/*
 * Call from inside the greeting of a shard. Writes missing notes for all datasets of the catalog.
 * The shard is refused (ERR) if a note differs.
 */
void layout_greet(const struct shards *shards, const struct catalog *catalog, struct shard *shard);

/*
 * Checks a shard's note of a dataset, and writes it if there is none. fn is called once, later,
 * with NULL, with the shard's error, or with ERR if the note differs. Fails with SHARDDOWN; fn is
 * not called then.
 */
typedef void layout_checked_fn(void *arg, const struct error *err);
bool layout_check(const struct shards *shards, size_t shard, const struct dataset *dataset,
                  layout_checked_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Removes the note. */
bool layout_forget(const struct shards *shards, size_t shard, const struct dataset *dataset,
                   layout_checked_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Writes all missing notes on all connected shards. The outcome is not reported. */
void layout_write_all(const struct shards *shards, const struct catalog *catalog);

#endif
