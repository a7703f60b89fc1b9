/*
 * The part of the configuration that the executor and the catalog get. in: struct config; out: the
 * executor's settings, the datasets of a catalog.
 *
 *     shards embedded 2, shard-user quipu      -> settings.shard_user NULL: they know no users
 */
#include "server/config/config_values.h"

void
config_fill_executor(const struct config *config, struct executor_settings *settings)
{
    settings->query_timeout_ms = config->query_timeout_ms;
    settings->shards.timeout_ms = config->shard_timeout_ms;
    settings->cache_ttl_ms = config->cache_ttl_ms;
    settings->cache_max_filters = config->cache_max_filters;
    settings->cache_consistency_ttl = config->cache_consistency == CONSISTENCY_TTL;
    settings->stats_ttl_ms = config->stats_ttl_ms;
    bool is_embedded = config->shards.kind == SHARDS_EMBEDDED; /* embedded shards know no users */
    settings->shards.user = is_embedded ? NULL : config->shard_user;
    settings->shards.password = is_embedded ? NULL : config->shard_password;
    settings->max_cells = (uint64_t) config->max_cells;
    settings->max_rows = (uint64_t) config->max_rows;
    settings->max_partial_bytes = (uint64_t) config->max_partial_bytes;
    settings->datasets.wishes = config->wishes;
    settings->datasets.nwishes = config->nwishes;
    settings->parse_limits.max_query_bytes = (size_t) config->max_query_bytes;
    settings->parse_limits.max_nesting = (unsigned) config->max_nesting;
}

bool
config_fill_catalog(const struct config *config, struct catalog *catalog, struct error *err)
{
    const struct config_dataset *dataset = config->datasets;
    for (; dataset; dataset = dataset->next) {
        if (!catalog_add(catalog, dataset->name, dataset->prefix, (unsigned) config->partitions,
                         (enum dataset_method) config->method, err)) {
            return false;
        }
    }
    return true;
}
