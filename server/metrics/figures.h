/*
 * The server's numbers at one moment, as INFO and Prometheus show them.
 *
 *     figures_take(&figures, services, "Clients")     only those of that section of INFO are set
 *     figures_take(&figures, services, NULL)          all
 *
 * All counters are since the start or the last CONFIG RESETSTAT.
 */
#ifndef QUIPU_SERVER_METRICS_FIGURES_H
#define QUIPU_SERVER_METRICS_FIGURES_H

#include <stdint.h>

struct services;

/* A figure that is not there now, as the progress of loading while nothing loads. */
#define FIGURE_ABSENT INT64_MIN

struct figures {
    /* Server */
    int64_t uptime_s, uptime_days;
    int64_t shutdown_ms; /* until it stops; absent: it does not */
    /* Clients */
    int64_t clients, http_connections, blocked_clients, maxclients;
    /* Memory */
    int64_t used_bytes, rss_bytes;
    /* Persistence; all but loading are absent while nothing loads */
    int64_t loading; /* 0 or 1 */
    int64_t loading_since_s, loading_total_bytes, loading_loaded_bytes, loading_eta_s;
    int64_t loading_percent; /* in hundredths */
    /* Stats */
    int64_t connections, rejected_connections, commands, forwarded;
    int64_t input_bytes, output_bytes;
    int64_t protocol_errors, config_reloads, slow_readers;
    int64_t denied_auth, denied_command, denied_key, denied_channel, denied_dataset;
    int64_t queries, query_errors, queries_running;
    int64_t row_reads, row_writes;
    int64_t cache_hits, cache_misses, cache_bypasses;
    int64_t slowlog_len, slowlog_entries;
    /* CPU, in microseconds */
    int64_t cpu_system_us, cpu_user_us;
    /* Cluster, Shards */
    int64_t is_cluster; /* to clients */
    int64_t shards, datasets;
    /* Keyspace; absent: not known */
    int64_t keys, keys_expiring;
    int64_t cache_entries, cache_bytes;
};

void figures_take(struct figures *figures, struct services *services, const char *section);

#endif
