/*
 * The datasets, as all servers over the shards share them: which there are, what they are called,
 * and the work on them that is under way.
 *
 *     struct datasets *datasets = datasets_new(&setup);
 *     definitions_refresh(datasets, on_fresh, query)      executor/definitions.h       the catalog
 *     dataset_change_start(datasets, &change, ...)        executor/dataset_change.h    CREATE, DROP
 *     admin_start(datasets, ADMIN_DATASET_VERIFY, ...)    executor/admin.h             questions
 *     keyspace_kind(datasets, stored, &name)              executor/keyspace.h          keys
 */
#ifndef QUIPU_EXECUTOR_DATASETS_H
#define QUIPU_EXECUTOR_DATASETS_H

#include "executor/handle.h"
#include "executor/later.h"
#include "executor/shards.h"
#include "planner/catalog.h"

struct datasets;

/* What can be changed while running: it is read at each use. */
struct datasets_settings {
    const struct dataset_wish *wishes; /* what the configuration wants to be there */
    size_t nwishes;
};

/* Cached filters that were found, and that were built, over all partitions. */
struct cache_counters {
    uint64_t hits, misses;
};

/* All of it is borrowed, and must outlive the datasets. */
struct datasets_setup {
    struct shards *shards;
    struct catalog *catalog; /* kept as the shards have it, from when it has first been read */
    struct handles *handles; /* of that catalog */
    struct later *later;
    const struct datasets_settings *settings;
    const struct cache_counters *cache; /* for CACHE INFO to tell */
};

/* Starts to read the catalog with the first tick. */
struct datasets *datasets_new(const struct datasets_setup *setup);
/* Behind the end of the shards' connections. Who wants to change something is told that it ends. */
void datasets_free(struct datasets *datasets);
/* Every LINK_TICK_MS: reads the catalog where it may be old, goes on with the work on datasets. */
void datasets_tick(struct datasets *datasets, int64_t now_ms);

#endif
