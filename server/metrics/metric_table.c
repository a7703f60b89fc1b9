/*
 * The rows of the table of metrics.
 * in: nothing; out: names, types, help, and where each number stands.
 */
#include "server/metrics/metric_table.h"

#include "server/metrics/figures.h"
#include "server/metrics/info_lines.h"
#include "server/metrics/metric_samples.h"

#define FIELD(field) offsetof(struct figures, field)

/* A number that both show. */
#define BOTH(part, info, prometheus, kind, field, text)                                            \
    {                                                                                              \
        .section = part, .line = info, .name = prometheus, .type = kind, .offset = FIELD(field),   \
        .help = text                                                                               \
    }
/* A further number of the metric in the row before. */
#define LABELLED(part, info, prometheus, kind, label, field)                                       \
    {                                                                                              \
        .section = part, .line = info, .name = prometheus, .type = kind, .labels = label,          \
        .offset = FIELD(field)                                                                     \
    }
#define INFO_ONLY(part, info, field)                                                               \
    {                                                                                              \
        .section = part, .line = info, .offset = FIELD(field)                                      \
    }
#define LINES(part, print)                                                                         \
    {                                                                                              \
        .section = part, .print_lines = print                                                      \
    }
#define SAMPLES(prometheus, kind, print, text)                                                     \
    {                                                                                              \
        .name = prometheus, .type = kind, .print_samples = print, .help = text                     \
    }
#define SAMPLES_OF_KEYS(prometheus, kind, print, text)                                             \
    {                                                                                              \
        .name = prometheus, .type = kind, .print_samples = print, .help = text, .tells_keys = true \
    }
#define ACL_DENIED "quipu_acl_denied_total"
#define CPU_SECONDS "quipu_cpu_seconds_total"

static const struct metric METRICS[] = {
    SAMPLES("quipu_build_info", METRIC_GAUGE, samples_build,
            "Always 1; the labels say which version runs, and by which version of Redis its "
            "commands behave."),
    LINES("Server", info_lines_server),
    BOTH("Server", "uptime_in_seconds", "quipu_uptime_seconds", METRIC_GAUGE, uptime_s,
         "How long the server has run."),
    INFO_ONLY("Server", "uptime_in_days", uptime_days),
    INFO_ONLY("Server", "shutdown_in_milliseconds", shutdown_ms),

    BOTH("Clients", "connected_clients", "quipu_connected_clients", METRIC_GAUGE, clients,
         "Clients that are connected, also browsers."),
    BOTH(NULL, NULL, "quipu_http_connections", METRIC_GAUGE, http_connections,
         "Connections of HTTP among them."),
    BOTH("Clients", "blocked_clients", "quipu_blocked_clients", METRIC_GAUGE, blocked_clients,
         "Clients that wait in a blocking command, as BLPOP."),
    BOTH("Clients", "maxclients", "quipu_max_clients", METRIC_GAUGE, maxclients,
         "How many clients may be connected."),

    BOTH("Memory", "used_memory", "quipu_memory_used_bytes", METRIC_GAUGE, used_bytes,
         "Memory that the server has allocated. The shards' memory is theirs."),
    BOTH("Memory", "used_memory_rss", "quipu_memory_rss_bytes", METRIC_GAUGE, rss_bytes,
         "Memory of the server's process that is resident."),

    BOTH("Persistence", "loading", "quipu_loading", METRIC_GAUGE, loading,
         "1 while a shard reads its data into memory."),
    LINES("Persistence", info_lines_async_loading),
    INFO_ONLY("Persistence", "loading_start_time", loading_since_s),
    BOTH("Persistence", "loading_total_bytes", "quipu_loading_size_bytes", METRIC_GAUGE,
         loading_total_bytes, "What the shards that load have to read."),
    BOTH("Persistence", "loading_loaded_bytes", "quipu_loading_loaded_bytes", METRIC_GAUGE,
         loading_loaded_bytes, "What they have read of it."),
    {.section = "Persistence",
     .line = "loading_loaded_perc",
     .offset = FIELD(loading_percent),
     .decimals = 2},
    BOTH("Persistence", "loading_eta_seconds", "quipu_loading_eta_seconds", METRIC_GAUGE,
         loading_eta_s, "When the last of them will have read all, by the shards' estimate."),

    BOTH("Stats", "total_connections_received", "quipu_connections_received_total", METRIC_COUNTER,
         connections, "Connections that were accepted."),
    BOTH("Stats", "rejected_connections", "quipu_rejected_connections_total", METRIC_COUNTER,
         rejected_connections, "Connections that were refused because of maxclients."),
    BOTH("Stats", "total_commands_processed", "quipu_commands_processed_total", METRIC_COUNTER,
         commands, "Commands of clients, also refused ones."),
    BOTH("Stats", "total_net_input_bytes", "quipu_net_input_bytes_total", METRIC_COUNTER,
         input_bytes, "Bytes read from clients."),
    BOTH("Stats", "total_net_output_bytes", "quipu_net_output_bytes_total", METRIC_COUNTER,
         output_bytes, "Bytes sent to clients."),
    BOTH("Stats", "protocol_errors", "quipu_protocol_errors_total", METRIC_COUNTER, protocol_errors,
         "Connections that were ended because what they sent is no request."),
    BOTH("Stats", "config_reloads", "quipu_config_reloads_total", METRIC_COUNTER, config_reloads,
         "How often the configuration was read again, with or without success."),
    BOTH("Stats", "client_output_buffer_limit_disconnections",
         "quipu_slow_readers_disconnected_total", METRIC_COUNTER, slow_readers,
         "Clients that were disconnected by client-output-buffer-limit."),
    {.section = "Stats",
     .line = "acl_access_denied_auth",
     .name = ACL_DENIED,
     .type = METRIC_COUNTER,
     .labels = "reason=\"auth\"",
     .offset = FIELD(denied_auth),
     .help = "What users were refused, by reason: a wrong password, or no right to a command, key, "
             "channel or dataset."},
    LABELLED("Stats", "acl_access_denied_cmd", ACL_DENIED, METRIC_COUNTER, "reason=\"command\"",
             denied_command),
    LABELLED("Stats", "acl_access_denied_key", ACL_DENIED, METRIC_COUNTER, "reason=\"key\"",
             denied_key),
    LABELLED("Stats", "acl_access_denied_channel", ACL_DENIED, METRIC_COUNTER, "reason=\"channel\"",
             denied_channel),
    LABELLED("Stats", "acl_access_denied_dataset", ACL_DENIED, METRIC_COUNTER, "reason=\"dataset\"",
             denied_dataset),
    BOTH("Stats", "queries", "quipu_queries_started_total", METRIC_COUNTER, queries,
         "Queries that have begun."),
    BOTH("Stats", "query_errors", "quipu_query_errors_total", METRIC_COUNTER, query_errors,
         "Queries that ended with an error, of any kind."),
    BOTH("Stats", "queries_running", "quipu_queries_running", METRIC_GAUGE, queries_running,
         "Queries that run now."),
    BOTH("Stats", "row_reads", "quipu_row_reads_total", METRIC_COUNTER, row_reads,
         "Commands that read rows of datasets by sets."),
    BOTH("Stats", "row_writes", "quipu_row_writes_total", METRIC_COUNTER, row_writes,
         "Commands that write rows of datasets by sets."),
    BOTH("Stats", "cache_hits", "quipu_cache_hits_total", METRIC_COUNTER, cache_hits,
         "Cached filters that were found, over all partitions."),
    BOTH("Stats", "cache_misses", "quipu_cache_misses_total", METRIC_COUNTER, cache_misses,
         "Cached filters that had to be built, over all partitions."),
    BOTH(NULL, NULL, "quipu_cache_bypasses_total", METRIC_COUNTER, cache_bypasses,
         "Counts by sets that used no cached filter: NOCACHE, or a cache-ttl of 0."),
    BOTH(NULL, NULL, "quipu_forwarded_commands_total", METRIC_COUNTER, forwarded,
         "Redis' own commands that were passed on to shards."),
    BOTH(NULL, NULL, "quipu_slowlog_entries_total", METRIC_COUNTER, slowlog_entries,
         "Commands that were slow (slowlog-log-slower-than)."),
    BOTH(NULL, NULL, "quipu_slowlog_length", METRIC_GAUGE, slowlog_len,
         "Commands in the slow log."),
    SAMPLES("quipu_queries_total", METRIC_COUNTER, samples_queries,
            "Queries that have ended, by the dataset's method (none: it was not found) and what "
            "became of them."),
    SAMPLES("quipu_query_duration_seconds", METRIC_HISTOGRAM, samples_query_times,
            "How long queries took from their start until their answer was made, by the dataset's "
            "method."),
    SAMPLES("quipu_command_duration_seconds", METRIC_HISTOGRAM, samples_command_times,
            "How long commands took until their answer was complete, by what they do: query, read, "
            "write, other. Blocking commands are not timed."),

    LINES("Replication", info_lines_replication),

    {.section = "CPU",
     .line = "used_cpu_sys",
     .name = CPU_SECONDS,
     .type = METRIC_COUNTER,
     .labels = "mode=\"system\"",
     .offset = FIELD(cpu_system_us),
     .decimals = 6,
     .help = "Processor time of the server's process. Shards have their own."},
    {.section = "CPU",
     .line = "used_cpu_user",
     .name = CPU_SECONDS,
     .type = METRIC_COUNTER,
     .labels = "mode=\"user\"",
     .offset = FIELD(cpu_user_us),
     .decimals = 6},

    INFO_ONLY("Cluster", "cluster_enabled", is_cluster),

    BOTH("Shards", "shards", "quipu_shards", METRIC_GAUGE, shards, "Shards, connected or not."),
    LINES("Shards", info_lines_shards),
    SAMPLES("quipu_shard_info", METRIC_GAUGE, samples_shard_info,
            "Always 1; the labels say a shard's address, server and version."),
    SAMPLES("quipu_shard_up", METRIC_GAUGE, samples_shard_up,
            "1 if the shard is connected and ready."),
    SAMPLES("quipu_shard_ping_seconds", METRIC_GAUGE, samples_shard_ping,
            "How long the shard took to answer a PING, behind clients' commands."),
    SAMPLES("quipu_shard_restarts_total", METRIC_COUNTER, samples_shard_restarts,
            "How often an embedded shard's process was started again."),

    BOTH(NULL, NULL, "quipu_datasets", METRIC_GAUGE, datasets, "Datasets, in any state."),
    SAMPLES_OF_KEYS("quipu_dataset_rows", METRIC_GAUGE, samples_dataset_rows,
                    "Rows of a dataset in its index."),
    SAMPLES_OF_KEYS("quipu_dataset_index_bytes", METRIC_GAUGE, samples_dataset_bytes,
                    "Memory of a dataset's index by columns, in all shards."),
    SAMPLES_OF_KEYS("quipu_dataset_changes_total", METRIC_COUNTER, samples_dataset_changes,
                    "Rows of a dataset that were written or removed: by columns in its shards' "
                    "indexes once they are made, by sets through this server."),
    SAMPLES_OF_KEYS("quipu_dataset_index_ready_ratio", METRIC_GAUGE, samples_dataset_progress,
                    "How much of a dataset's index is made: 1 is all of it."),
    {.name = "quipu_keys",
     .type = METRIC_GAUGE,
     .offset = FIELD(keys),
     .tells_keys = true,
     .help = "Keys of all shards, as DBSIZE counts them."},
    {.name = "quipu_keys_expiring",
     .type = METRIC_GAUGE,
     .offset = FIELD(keys_expiring),
     .tells_keys = true,
     .help = "Keys that have a time to live."},
    BOTH(NULL, NULL, "quipu_cache_entries", METRIC_GAUGE, cache_entries,
         "Different cached filters, over all datasets by sets."),
    BOTH(NULL, NULL, "quipu_cache_bytes", METRIC_GAUGE, cache_bytes,
         "Memory of the cached filters, in all shards."),

    LINES("Commandstats", info_lines_commandstats),
    LINES("Latencystats", info_lines_latencystats),
};

const struct metric *
metric_at(size_t index)
{
    return index < sizeof METRICS / sizeof *METRICS ? &METRICS[index] : NULL;
}

const char *
metric_type_name(enum metric_type type)
{
    static const char *const NAMES[] = {
        [METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_HISTOGRAM] = "histogram"};
    return NAMES[type];
}

void
metric_print_row(const struct metric *metric, struct strbuf *out)
{
    strbuf_printf(out, "| `%s` | %s | ", metric->name, metric_type_name(metric->type));
    if (metric->line && !metric->labels) {
        strbuf_printf(out, "`%s`", metric->line);
    }
    strbuf_printf(out, " | %s |\n", metric->help);
}
