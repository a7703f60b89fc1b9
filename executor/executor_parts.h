/*
 * What the executor's own files share: the root's parts. Not for others, who have
 * executor/executor.h.
 */
#ifndef QUIPU_EXECUTOR_EXECUTOR_PARTS_H
#define QUIPU_EXECUTOR_EXECUTOR_PARTS_H

#include <event2/event.h>

#include "executor/executor_settings.h"
#include "executor/handle/handle.h"
#include "executor/handle/keys.h"
#include "executor/sets/script.h"
#include "executor/shards/later.h"
#include "executor/shards/shards.h"

struct rows;
struct prepared_cache;

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
    struct handles *handles; /* of the catalog's datasets */
    struct datasets *datasets;
    struct later *later; /* to be called when the loop comes round */
    struct prepared_cache *prepared;
    struct query *queries; /* running, newest first */
    uint64_t last_query_id;
    struct rows *rows;
    struct query_counters counters;
    struct cache_counters cache;
};

#endif
