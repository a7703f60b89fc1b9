/*
 * The parts of the executor's root, for its own files. Other folders use executor/executor.h.
 */
#ifndef QUIPU_EXECUTOR_EXECUTOR_PARTS_H
#define QUIPU_EXECUTOR_EXECUTOR_PARTS_H

#include <event2/event.h>

#include "base/list.h"
#include "executor/executor_settings.h"
#include "executor/handle/handle.h"
#include "executor/handle/keys.h"
#include "executor/query_figures.h"
#include "executor/sets/script.h"
#include "executor/shards/later.h"
#include "executor/shards/shards.h"

struct changes;
struct rows;
struct prepared_cache;
struct side_thread;

struct query_counters {
    uint64_t started, failed;
    size_t running;
};

struct executor {
    const struct executor_settings *settings;
    struct catalog *catalog;
    struct arena *arena; /* scripts */
    struct shards_script scripts[NSCRIPTS];
    struct shards *shards;
    struct handles *handles; /* for the catalog's datasets */
    struct datasets *datasets;
    struct later *later; /* calls that run in the loop's next turn */
    struct prepared_cache *prepared;
    struct side_thread *side; /* reads large counts, makes large answers */
    struct list queries;      /* running, newest first */
    struct changes *changes;  /* datasets that are watched */
    uint64_t last_query_id;
    struct rows *rows;
    struct query_counters counters;
    struct query_figures figures;
    struct cache_counters cache;
};

#endif
