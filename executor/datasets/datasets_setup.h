/*
 * What the datasets are made with: shards, catalog, settings.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASETS_SETUP_H
#define QUIPU_EXECUTOR_DATASETS_DATASETS_SETUP_H

#include "executor/handle/handle.h"
#include "executor/shards/later.h"
#include "executor/shards/shards.h"
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

#endif
