/*
 * Executor: the shards, where each partition lives, and what is running.
 * in: addresses, catalog, settings; out: what query.c, row.c and admin.c work with.
 *
 * Partition p of a dataset has a hash slot of its own; executor/topology says whose that is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "executor/command_table.h"
#include "executor/prepared.h"
#include "executor/session.h"
#include "executor/slot_call.h"
#include "executor/topology.h"

int64_t
now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
now_ms(void)
{
    return now_us() / 1000;
}

int64_t
now_coarse_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void *
must_alloc(size_t size_bytes)
{
    void *memory = calloc(1, size_bytes);
    if (!memory) {
        fputs("quipu: out of memory\n", stderr);
        abort();
    }
    return memory;
}

static void
dataset_init(struct executor *executor, const struct dataset *dataset, const uint32_t *slot_names,
             struct executor_dataset *out)
{
    unsigned npartitions = dataset->npartitions;
    out->dataset = dataset;
    out->stats = stats_new();
    out->partitions = arena_array(executor->arena, npartitions, sizeof *out->partitions);
    out->batches = arena_array(executor->arena, npartitions, sizeof *out->batches);
    out->batches_in_flight =
        arena_array(executor->arena, npartitions, sizeof *out->batches_in_flight);
    for (unsigned p = 0; p < npartitions; p++) {
        struct partition *partition = &out->partitions[p];
        unsigned slot = partition_tag(slot_names, p, npartitions, partition->tag);
        partition->slot = slot;
        partition->rows_key =
            arena_printf(executor->arena, "%.*s:rows%s", SLICE_ARG(dataset->name), partition->tag);
    }
}

static void
on_flush(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    row_flush(arg);
}

/* Requests that wait may point into the table that is replaced: it is kept, once. */
void
executor_take_commands(struct executor *executor, struct command_table *table)
{
    if (executor->commands &&
        command_table_count(table) <= command_table_count(executor->commands)) {
        command_table_free(table);
    } else if (executor->old_commands) {
        command_table_free(table);
    } else {
        executor->old_commands = executor->commands;
        executor->commands = table;
    }
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct executor *executor = arg;
    int64_t now = now_ms();
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_tick(executor->shards[i], now);
    }
    slot_call_tick(executor, now);
    session_tick(executor, now);
    topology_tick(executor, now);
}

bool
executor_new(struct stream_loop *loop, const struct executor_settings *settings,
             const struct catalog *catalog, const struct log *log,
             const struct shard_address *addresses, size_t nshards, bool is_cluster,
             struct executor **out, struct error *err)
{
    if (nshards == 0 || nshards > MAX_SHARDS) {
        return error_set(err, "ERR", "there must be 1 to %d shards, not %zu", MAX_SHARDS, nshards);
    }
    for (size_t i = 0; i < nshards; i++) {
        bool tcp = addresses[i].host && addresses[i].port > 0 && addresses[i].port < 65536;
        if ((is_cluster || !addresses[i].unix_path) && !tcp) {
            return error_set(err, "ERR",
                             "shard %zu has neither a socket's path nor a host and port", i);
        }
    }
    struct executor *executor = must_alloc(sizeof *executor);
    executor->loop = loop;
    executor->base = stream_loop_base(loop);
    executor->settings = settings;
    executor->catalog = catalog;
    executor->log = log;
    executor->is_cluster = is_cluster;
    executor->arena = arena_new();
    for (int i = 0; i < NSCRIPTS; i++) {
        struct slice text = script_text((enum script) i), guard = script_guard();
        executor->scripts[i] = is_cluster ? arena_printf(executor->arena, "%.*s%.*s",
                                                         SLICE_ARG(guard), SLICE_ARG(text))
                                          : text;
        script_sha(executor->scripts[i], executor->shas[i]);
    }
    executor->ndatasets = catalog_count(catalog);
    executor->datasets =
        arena_array(executor->arena, executor->ndatasets, sizeof *executor->datasets);
    uint32_t *slot_names = arena_array(executor->arena, CLUSTER_SLOTS, sizeof *slot_names);
    slot_names_init(slot_names);
    for (size_t i = 0; i < executor->ndatasets; i++) {
        dataset_init(executor, catalog_at(catalog, i), slot_names, &executor->datasets[i]);
    }
    executor->flush_batches = event_new(executor->base, -1, 0, on_flush, executor);
    executor->tick = event_new(executor->base, -1, EV_PERSIST, on_tick, executor);
    executor->topology = topology_new(executor, addresses, nshards);
    struct timeval tick = {0, LINK_TICK_MS * 1000};
    event_add(executor->tick, &tick);
    *out = executor;
    return true;
}

void
executor_free(struct executor *executor)
{
    if (!executor) {
        return;
    }
    executor->closing = true;
    query_cancel_all(executor);
    prepared_forget_all(executor);
    row_drop_all(executor);
    session_free_all(executor);
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_free(executor->shards[i]);
    }
    struct error err = {"", ""};
    error_set(&err, "SHARDDOWN", "the server is shutting down");
    slot_call_fail_all(executor, &err);
    topology_free(executor->topology);
    for (size_t i = 0; i < executor->ndatasets; i++) {
        stats_free(executor->datasets[i].stats);
    }
    command_table_free(executor->commands);
    command_table_free(executor->old_commands);
    event_free(executor->tick);
    event_free(executor->flush_batches);
    arena_free(executor->arena);
    free(executor);
}

bool
executor_is_ready(const struct executor *executor, struct error *why)
{
    for (size_t i = 0; i < executor->nshards; i++) {
        if (executor->is_active[i] && !shard_is_ready(executor->shards[i], why)) {
            return false;
        }
    }
    return topology_is_known(executor, why);
}

void
executor_flushed(struct executor *executor)
{
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_write_layout(executor->shards[i]);
    }
}

struct executor_counters
executor_counters(const struct executor *executor)
{
    return executor->counters;
}

void
executor_reset_counters(struct executor *executor)
{
    executor->counters =
        (struct executor_counters){.queries_running = executor->counters.queries_running};
}

size_t
executor_nshards(const struct executor *executor)
{
    return executor->nshards;
}

bool
executor_has_shard(const struct executor *executor, size_t shard)
{
    return shard < executor->nshards && executor->is_active[shard];
}

size_t
executor_count_shards(const struct executor *executor)
{
    size_t n = 0;
    for (size_t i = 0; i < executor->nshards; i++) {
        n += executor->is_active[i];
    }
    return n;
}

struct shard_status
executor_shard_status(const struct executor *executor, size_t shard)
{
    return shard_status(executor->shards[shard]);
}

struct executor_dataset *
executor_dataset(struct executor *executor, const struct dataset *dataset)
{
    return &executor->datasets[dataset->index];
}
