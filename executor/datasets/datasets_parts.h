/*
 * The parts of struct datasets, for the files of this folder. Other folders use
 * executor/datasets/datasets.h.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASETS_PARTS_H
#define QUIPU_EXECUTOR_DATASETS_DATASETS_PARTS_H

#include "base/list.h"
#include "executor/datasets/datasets_setup.h"

struct definitions;

struct datasets {
    struct shards *shards;
    struct catalog *catalog;
    struct handles *handles;
    struct later *later;
    const struct datasets_settings *settings;
    const struct cache_counters *cache;
    struct definitions *definitions;
    struct list works;       /* dataset_work: datasets that this server drops or indexes */
    struct list clearings;   /* saved_change: users whose saved queries are to be cleared */
    uint64_t nsaved_changes; /* so far */
};

#endif
