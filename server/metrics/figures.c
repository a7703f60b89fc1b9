/*
 * Reads the server's numbers where they are counted.
 * in: the parts of the server; out: one struct of numbers.
 *
 * Section by section, because some have a price: the allocator's figures, a file of /proc, a walk
 * over all clients.
 */
#include "server/metrics/figures.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "executor/executor.h"
#include "server/access/stats.h"
#include "server/client/client_list.h"
#include "server/client/slowlog.h"
#include "server/config/config.h"
#include "server/metrics/metrics.h"
#include "server/metrics/shard_figures.h"
#include "server/proxy/conversation.h"
#include "server/table/services.h"

enum { KEYS_STALE_MS = 150 * 1000 }; /* older figures of the keys are not shown */

static void
server_take(struct figures *figures, const struct services *services)
{
    const struct server_facts *facts = services->facts;
    figures->uptime_s = (now_coarse_ms() - facts->started_ms) / 1000;
    figures->uptime_days = figures->uptime_s / 86400;
    figures->shutdown_ms = FIGURE_ABSENT;
    if (facts->shutdown_by_ms) {
        int64_t left_ms = facts->shutdown_by_ms - now_coarse_ms();
        figures->shutdown_ms = left_ms > 0 ? left_ms : 0;
    }
}

static void
clients_take(struct figures *figures, const struct services *services)
{
    figures->clients = (int64_t) services->clients->nclients;
    figures->http_connections = (int64_t) services->clients->nhttp;
    figures->blocked_clients = (int64_t) conversation_count_blocked(services->clients);
    figures->maxclients = services->config->maxclients;
}

static void
memory_take(struct figures *figures, const struct services *services)
{
    (void) services;
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm) {
        if (fscanf(statm, "%*d %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(statm);
    }
    figures->used_bytes = (int64_t) mallinfo2().uordblks;
    figures->rss_bytes = (int64_t) pages * sysconf(_SC_PAGESIZE);
}

static void
persistence_take(struct figures *figures, const struct services *services)
{
    struct executor_loading loading = executor_loading(services->executor);
    figures->loading = loading.nshards > 0;
    if (loading.nshards == 0) {
        figures->loading_since_s = figures->loading_total_bytes = figures->loading_loaded_bytes =
            figures->loading_percent = figures->loading_eta_s = FIGURE_ABSENT;
        return;
    }
    figures->loading_since_s = time(NULL) - loading.for_ms / 1000;
    figures->loading_total_bytes = loading.total_bytes;
    figures->loading_loaded_bytes = loading.loaded_bytes;
    figures->loading_eta_s = loading.eta_s;
    figures->loading_percent =
        loading.total_bytes > 0
            ? (int64_t) (10000.0 * (double) loading.loaded_bytes / (double) loading.total_bytes +
                         0.5)
            : 0;
}

static void
stats_take(struct figures *figures, const struct services *services)
{
    const struct server_stats *stats = services->stats;
    struct executor_counters counters = executor_counters(services->executor);
    figures->connections = (int64_t) stats->connections;
    figures->rejected_connections = (int64_t) stats->rejected_connections;
    figures->commands = (int64_t) stats->commands;
    figures->forwarded = (int64_t) counters.forwarded;
    figures->input_bytes = (int64_t) stats->input_bytes;
    figures->output_bytes = (int64_t) stats->output_bytes;
    figures->protocol_errors = (int64_t) stats->protocol_errors;
    figures->config_reloads = (int64_t) stats->config_reloads;
    figures->slow_readers = (int64_t) stats->slow_readers;
    figures->denied_auth = (int64_t) stats->denied[ACL_LOG_AUTH];
    figures->denied_command = (int64_t) stats->denied[ACL_LOG_COMMAND];
    figures->denied_key = (int64_t) stats->denied[ACL_LOG_KEY];
    figures->denied_channel = (int64_t) stats->denied[ACL_LOG_CHANNEL];
    figures->denied_dataset = (int64_t) stats->denied[ACL_LOG_DATASET];
    figures->queries = (int64_t) counters.queries;
    figures->query_errors = (int64_t) counters.query_errors;
    figures->queries_running = (int64_t) counters.queries_running;
    figures->row_reads = (int64_t) counters.row_reads;
    figures->row_writes = (int64_t) counters.row_writes;
    figures->cache_hits = (int64_t) counters.cache_hits;
    figures->cache_misses = (int64_t) counters.cache_misses;
    figures->cache_bypasses = (int64_t) counters.cache_bypasses;
    figures->slowlog_len = (int64_t) services->slowlog->len;
    figures->slowlog_entries = services->slowlog->next_id;
}

static void
cpu_take(struct figures *figures, const struct services *services)
{
    (void) services;
    struct rusage usage = {0};
    getrusage(RUSAGE_SELF, &usage);
    figures->cpu_system_us = usage.ru_stime.tv_sec * 1000000LL + usage.ru_stime.tv_usec;
    figures->cpu_user_us = usage.ru_utime.tv_sec * 1000000LL + usage.ru_utime.tv_usec;
}

static void
cluster_take(struct figures *figures, const struct services *services)
{
    figures->is_cluster = services->config->cluster_enabled != 0;
}

static void
shards_take(struct figures *figures, const struct services *services)
{
    figures->shards = (int64_t) executor_count_shards(services->executor);
    figures->datasets = (int64_t) catalog_count(services->catalog);
}

static int64_t
known(int64_t figure)
{
    return figure < 0 ? FIGURE_ABSENT : figure;
}

static void
keyspace_take(struct figures *figures, const struct services *services)
{
    const struct key_totals *keys = key_figures_within(&services->metrics->keys, KEYS_STALE_MS);
    const struct shard_figures *shards = services->metrics->shards;
    figures->keys = keys ? keys->keys : FIGURE_ABSENT;
    figures->keys_expiring = keys ? keys->expires : FIGURE_ABSENT;
    figures->cache_entries = known(shard_figures_cache_entries(shards));
    figures->cache_bytes = known(shard_figures_cache_bytes(shards));
}

static const struct {
    const char *section;
    void (*take)(struct figures *figures, const struct services *services);
} SECTIONS[] = {
    {"Server", server_take},           {"Clients", clients_take}, {"Memory", memory_take},
    {"Persistence", persistence_take}, {"Stats", stats_take},     {"CPU", cpu_take},
    {"Cluster", cluster_take},         {"Shards", shards_take},   {"Keyspace", keyspace_take}};

void
figures_take(struct figures *figures, struct services *services, const char *section)
{
    for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
        if (!section || strcmp(section, SECTIONS[i].section) == 0) {
            SECTIONS[i].take(figures, services);
        }
    }
}
