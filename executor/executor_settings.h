/*
 * Settings of queries, caches, datasets and shards.
 */
#ifndef QUIPU_EXECUTOR_EXECUTOR_SETTINGS_H
#define QUIPU_EXECUTOR_EXECUTOR_SETTINGS_H

#include "executor/datasets/datasets_setup.h"
#include "executor/shards/shards_setup.h"
#include "parser/parse.h"

/*
 * Settings that can change while the server runs: the executor reads them at each use. The caller
 * owns them.
 */
struct executor_settings {
    struct shards_settings shards;
    int64_t query_timeout_ms;   /* the deadline of a query without TIMEOUT; 0: none */
    int64_t cache_ttl_ms;       /* a cached filter's life; 0: filters are not cached */
    bool cache_consistency_ttl; /* true: writes do not drop cached filters, they live out their time
                                 */
    int64_t cache_max_filters;  /* in one partition; the filter that expires first makes room */
    int64_t stats_ttl_ms;       /* the greatest age of the planner's cardinalities */
    uint64_t max_cells;
    uint64_t max_rows;          /* of an answer of ROWS */
    uint64_t max_partial_bytes; /* of a query's counts on the way, in a shard or in the server */
    struct parse_limits parse_limits;
    struct datasets_settings datasets;
};

#define EXECUTOR_SETTINGS_DEFAULT                                                                  \
    {                                                                                              \
        .shards = {.timeout_ms = 10000}, .query_timeout_ms = 10000, .cache_ttl_ms = 300000,        \
        .cache_max_filters = 1000, .stats_ttl_ms = 5000, .max_cells = 1000000,                     \
        .max_rows = 1000000, .max_partial_bytes = 256 << 20, .parse_limits = PARSE_LIMITS_DEFAULT  \
    }

#endif
