/*
 * Executor: the shards, the datasets and where each of their partitions lives, and what is running.
 * in: addresses, catalog, settings; out: what query.c, row.c and admin.c work with.
 *
 * Partition p of a dataset has a hash slot of its own; executor/topology says whose that is.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/must.h"
#include "executor/command_table.h"
#include "executor/dataset_work.h"
#include "executor/definitions.h"
#include "executor/long_call.h"
#include "executor/prepared.h"
#include "executor/redirect.h"
#include "executor/session.h"
#include "executor/topology.h"

const char *
executor_owner_name(const struct executor *executor, unsigned slot)
{
    unsigned owner = executor->owners[slot];
    return owner == NO_SHARD ? "(nobody)" : shard_name(executor->shards[owner]);
}

/* ---- Its life ---- */

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
on_reap_sessions(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    session_reap(arg);
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct executor *executor = arg;
    int64_t now = stream_loop_read_clock(executor->loop) / 1000;
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_tick(executor->shards[i], now);
    }
    redirect_tick(executor, now);
    session_tick(executor, now);
    topology_tick(executor, now);
    definitions_tick(executor->definitions, now);
    prepared_cache_sync(executor->prepared);
    struct error ignored = {"", ""};
    if (definitions_are_known(executor->definitions, &ignored)) {
        dataset_work_tick(executor, now);
    }
}

bool
executor_new(struct stream_loop *loop, const struct executor_settings *settings,
             struct catalog *catalog, const struct log *log, const struct shard_address *addresses,
             size_t nshards, bool is_cluster, struct executor **out, struct error *err)
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
    script_server_name(executor->script_server);
    executor->later = later_new(executor->base);
    executor->handles = handles_new(catalog);
    executor->prepared = prepared_cache_new(catalog, executor->handles, settings);
    executor->flush_batches = event_new(executor->base, -1, 0, on_flush, executor);
    executor->reap_sessions = event_new(executor->base, -1, 0, on_reap_sessions, executor);
    executor->tick = event_new(executor->base, -1, EV_PERSIST, on_tick, executor);
    executor->topology = topology_new(executor, addresses, nshards);
    executor->definitions = definitions_new(executor);
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
    prepared_cache_free(executor->prepared);
    executor->prepared = NULL;
    row_drop_all(executor);
    long_call_end_all(executor);
    session_free_all(executor);
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_free(executor->shards[i]);
    }
    struct error err = {"", ""};
    error_set(&err, "SHARDDOWN", "the server is shutting down");
    redirect_fail_all(executor, &err);
    topology_free(executor->topology);
    later_run(executor->later);
    definitions_free(executor->definitions);
    dataset_work_free_all(executor);
    handles_free(executor->handles);
    command_table_free(executor->commands);
    command_table_free(executor->old_commands);
    later_free(executor->later);
    event_free(executor->reap_sessions);
    event_free(executor->tick);
    event_free(executor->flush_batches);
    arena_free(executor->arena);
    free(executor);
}

bool
executor_shards_are_ready(const struct executor *executor, struct error *why)
{
    for (size_t i = 0; i < executor->nshards; i++) {
        if (executor->is_active[i] && !shard_is_ready(executor->shards[i], why)) {
            return false;
        }
    }
    return topology_is_known(executor, why);
}

bool
executor_is_ready(const struct executor *executor, struct error *why)
{
    return executor_shards_are_ready(executor, why) &&
           definitions_are_known(executor->definitions, why);
}

bool
executor_datasets_are_known(const struct executor *executor, struct error *why)
{
    return definitions_are_known(executor->definitions, why);
}

struct executor_loading
executor_loading(const struct executor *executor)
{
    struct executor_loading sum = {0};
    for (size_t i = 0; i < executor->nshards; i++) {
        const struct loading *loading = shard_loading(executor->shards[i]);
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

void
executor_flushed(struct executor *executor)
{
    for (size_t i = 0; i < executor->nshards; i++) {
        shard_write_layout(executor->shards[i]);
    }
    definitions_restore(executor);
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
