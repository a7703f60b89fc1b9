/*
 * What is needed to make the datasets: shards, catalog, settings.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASETS_SETUP_H
#define QUIPU_EXECUTOR_DATASETS_DATASETS_SETUP_H

#include "executor/handle/handle.h"
#include "executor/shards/later.h"
#include "executor/shards/shards.h"
#include "planner/catalog.h"

struct datasets;

/* Settings that can change while the server runs. They are read at each use. */
struct datasets_settings {
    const struct dataset_wish *wishes; /* the datasets that the configuration asks for */
    size_t nwishes;
};

/*
 * Cached filters that were found (hits) and built (misses), over all partitions; counts that did
 * without (bypasses).
 */
struct cache_counters {
    uint64_t hits, misses, bypasses;
};

/* All of it is borrowed, and must outlive the datasets. */
struct datasets_setup {
    struct shards *shards;
    struct catalog *catalog; /* kept as the shards have it, once it has been read */
    struct handles *handles; /* for that catalog */
    struct later *later;
    const struct datasets_settings *settings;
    const struct cache_counters *cache; /* for CACHE INFO */
};

#endif
