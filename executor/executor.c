/*
 * Executor: the shards, the datasets, where each partition lives, and what is running. in:
 * addresses, catalog, settings; out: what query.c, row.c and admin.c work with.
 *
 * Partition p of a dataset has a hash slot of its own; executor/shards/topology knows its owner.
 */
#include "executor/executor.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/heap.h"
#include "base/must.h"
#include "executor/changes.h"
#include "executor/datasets/column_index.h"
#include "executor/datasets/datasets.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/layout.h"
#include "executor/executor_parts.h"
#include "executor/prepared.h"
#include "executor/query.h"
#include "executor/sets/row.h"
#include "executor/shards/shards_open.h"
#include "executor/side_thread.h"

/* ---- What the shards tell and ask ---- */

/* Until the catalog has been read, it holds what was asked for, not what the shards have. */
static void
on_greeting(void *arg, struct shard *shard)
{
    struct executor *executor = arg;
    if (definitions_are_read(executor->datasets)) {
        layout_greet(executor->shards, executor->catalog, shard);
    }
}

static void
on_fresh(void *arg, const struct error *err)
{
    if (!err) {
        const struct executor *executor = arg;
        column_index_tell_arrived(executor->shards, executor->catalog);
    }
}

/* The catalog may be old if this server was cut off, so it is read first. */
static void
on_shard_up(void *arg, struct shard *shard)
{
    struct executor *executor = arg;
    struct error why = {"", ""};
    (void) shard;
    if (definitions_are_known(executor->datasets, &why)) {
        definitions_refresh(executor->datasets, on_fresh, executor);
    }
}

/* An evicted row leaves its entries behind in an index that is kept by sets. */
static bool
minds_eviction(void *arg)
{
    const struct executor *executor = arg;
    for (size_t i = 0; i < catalog_count(executor->catalog); i++) {
        if (!dataset_is_columns(catalog_at(executor->catalog, i))) {
            return true;
        }
    }
    return false;
}

static bool
serves_clients(void *arg, struct error *why)
{
    const struct executor *executor = arg;
    return definitions_are_known(executor->datasets, why);
}

static void
on_tick(void *arg, int64_t now_ms)
{
    struct executor *executor = arg;
    datasets_tick(executor->datasets, now_ms);
    prepared_cache_sync(executor->prepared);
}

static const struct shards_owner SHARDS_OWNER = {.greet = on_greeting,
                                                 .on_up = on_shard_up,
                                                 .minds_eviction = minds_eviction,
                                                 .serves_clients = serves_clients,
                                                 .on_tick = on_tick};

/* ---- What the rows tell and ask ---- */

static void
on_old_catalog(void *arg)
{
    const struct executor *executor = arg;
    definitions_refresh(executor->datasets, NULL, NULL);
}

static const struct rows_owner ROWS_OWNER = {.knows_datasets = serves_clients,
                                             .on_old_catalog = on_old_catalog};

/* ---- Its life ---- */

/* Makes the scripts' texts as they are sent. */
static void
scripts_prepare(struct executor *executor, bool is_cluster)
{
    for (int i = 0; i < NSCRIPTS; i++) {
        struct slice text = script_text((enum script) i), guard = script_guard();
        char *sha = arena_alloc(executor->arena, SCRIPT_SHA_BYTES);
        if (is_cluster) {
            text = arena_printf(executor->arena, "%.*s%.*s", SLICE_ARG(guard), SLICE_ARG(text));
        }
        script_sha(text, sha);
        executor->scripts[i] = (struct shards_script){text, sha};
    }
}

bool
executor_new(struct stream_loop *loop, const struct executor_settings *settings,
             struct catalog *catalog, const struct log *log, const struct shard_address *addresses,
             size_t nshards, bool is_cluster, struct executor **out, struct error *err)
{
    struct executor *executor = must_alloc(sizeof *executor);
    executor->settings = settings;
    executor->catalog = catalog;
    executor->arena = arena_new();
    list_init(&executor->queries);
    scripts_prepare(executor, is_cluster);
    const struct shards_setup setup = {.loop = loop,
                                       .log = log,
                                       .settings = &settings->shards,
                                       .is_cluster = is_cluster,
                                       .scripts = executor->scripts,
                                       .nscripts = NSCRIPTS,
                                       .owner = &SHARDS_OWNER,
                                       .owner_arg = executor};
    if (!shards_new(&setup, addresses, nshards, &executor->shards, err)) {
        arena_free(executor->arena);
        free(executor);
        return false;
    }
    executor->later = later_new(shards_base(executor->shards));
    executor->side = side_thread_new(shards_base(executor->shards));
    executor->handles = handles_new(catalog);
    executor->prepared = prepared_cache_new(catalog, executor->handles, settings);
    const struct rows_setup rows = {.shards = executor->shards,
                                    .catalog = catalog,
                                    .handles = executor->handles,
                                    .owner = &ROWS_OWNER,
                                    .owner_arg = executor};
    executor->rows = rows_new(&rows);
    const struct datasets_setup datasets = {.shards = executor->shards,
                                            .catalog = catalog,
                                            .handles = executor->handles,
                                            .later = executor->later,
                                            .settings = &settings->datasets,
                                            .cache = &executor->cache};
    executor->datasets = datasets_new(&datasets);
    executor->changes = changes_new(executor);
    *out = executor;
    return true;
}

void
executor_free(struct executor *executor)
{
    if (!executor) {
        return;
    }
    shards_close(executor->shards);
    query_cancel_all(executor);
    changes_free(executor->changes);
    side_thread_free(executor->side);
    prepared_cache_free(executor->prepared);
    executor->prepared = NULL;
    rows_drop(executor->rows);
    shards_disconnect(executor->shards);
    later_run(executor->later);
    datasets_free(executor->datasets);
    handles_free(executor->handles);
    later_free(executor->later);
    rows_free(executor->rows);
    shards_free(executor->shards);
    arena_free(executor->arena);
    free(executor);
}

bool
executor_is_ready(const struct executor *executor, struct error *why)
{
    return shards_are_ready(executor->shards, why) &&
           definitions_are_known(executor->datasets, why);
}

bool
executor_datasets_are_known(const struct executor *executor, struct error *why)
{
    return definitions_are_known(executor->datasets, why);
}

struct executor_loading
executor_loading(const struct executor *executor)
{
    struct executor_loading sum = {0};
    for (size_t i = 0; i < shards_count(executor->shards); i++) {
        const struct loading *loading = shard_loading(shards_at(executor->shards, i));
        if (!loading) {
            continue;
        }
        int64_t for_ms = now_ms() - loading->since_ms;
        sum.nshards++;
        sum.loaded_bytes += loading->loaded_bytes;
        sum.total_bytes += loading->total_bytes;
        sum.eta_s = loading->eta_s > sum.eta_s ? loading->eta_s : sum.eta_s;
        sum.for_ms = for_ms > sum.for_ms ? for_ms : sum.for_ms;
    }
    return sum;
}

static void
trim(void *arg)
{
    (void) arg;
    heap_trim();
}

static void
on_trimmed(void *arg)
{
    (void) arg;
}

void
executor_trim_heap(struct executor *executor)
{
    if (heap_is_loose()) {
        side_thread_run(executor->side, trim, on_trimmed, NULL);
    }
}

void
executor_flushed(struct executor *executor)
{
    layout_write_all(executor->shards, executor->catalog);
    definitions_restore(executor->datasets);
}

struct executor_counters
executor_counters(const struct executor *executor)
{
    struct rows_counters rows = rows_counters(executor->rows);
    return (struct executor_counters){.queries = executor->counters.started,
                                      .query_errors = executor->counters.failed,
                                      .row_reads = rows.reads,
                                      .row_writes = rows.writes,
                                      .forwarded = shards_nforwarded(executor->shards),
                                      .cache_hits = executor->cache.hits,
                                      .cache_misses = executor->cache.misses,
                                      .cache_bypasses = executor->cache.bypasses,
                                      .queries_running = executor->counters.running};
}

const struct query_figures *
executor_query_figures(const struct executor *executor)
{
    return &executor->figures;
}

void
executor_reset_counters(struct executor *executor)
{
    executor->counters = (struct query_counters){.running = executor->counters.running};
    shards_reset_nforwarded(executor->shards);
    rows_reset_counters(executor->rows);
    executor->cache = (struct cache_counters){0};
    executor->figures = (struct query_figures){0};
    for (struct handle *handle = handles_first(executor->handles); handle; handle = handle->next) {
        handle->changes.total = 0;
    }
}

/* ---- Its parts ---- */

struct datasets *
executor_datasets(const struct executor *executor)
{
    return executor->datasets;
}

struct changes *
executor_changes(const struct executor *executor)
{
    return executor->changes;
}

struct rows *
executor_rows(const struct executor *executor)
{
    return executor->rows;
}

struct shards *
executor_shards(const struct executor *executor)
{
    return executor->shards;
}

size_t
executor_nshards(const struct executor *executor)
{
    return shards_count(executor->shards);
}

bool
executor_has_shard(const struct executor *executor, size_t shard)
{
    return shards_has(executor->shards, shard);
}

size_t
executor_count_shards(const struct executor *executor)
{
    return shards_count_active(executor->shards);
}

struct shard_status
executor_shard_status(const struct executor *executor, size_t shard)
{
    return shard_status(shards_at(executor->shards, shard));
}

const struct command_table *
executor_commands(const struct executor *executor)
{
    return shards_commands(executor->shards);
}

size_t
executor_shard_of_slot(const struct executor *executor, unsigned slot)
{
    return shards_owner(executor->shards, slot);
}

size_t
executor_any_shard(const struct executor *executor)
{
    return shards_any(executor->shards);
}

bool
executor_is_one_keyspace(const struct executor *executor)
{
    return shards_are_one_keyspace(executor->shards);
}

bool
executor_is_cluster(const struct executor *executor)
{
    return shards_is_cluster(executor->shards);
}

const char *
executor_owner_name(const struct executor *executor, unsigned slot)
{
    return shards_owner_name(executor->shards, slot);
}
