/*
 * Writes the text of INFO, section by section.
 * in: the server's state; out: sections of `name:value` lines, each ended by CRLF.
 *
 *     INFO shards     -> # Shards\r\nshards:2\r\nshard0:name=unix:...,connected=1,server=valkey,...
 */
#include "server/commands/info.h"

#include <event2/event.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "executor/executor.h"
#include "server/access/stats.h"
#include "server/client/client_list.h"
#include "server/config/config.h"
#include "server/embedded/embedded.h"
#include "server/proxy/conversation.h"
#include "server/table/services.h"

/* The version that clients may rely on: the commands that exist behave as in it. */
#define REDIS_LEVEL "7.0.15"

static void
server_print(struct services *services, struct strbuf *out)
{
    int64_t uptime_s = (now_coarse_ms() - services->facts->started_ms) / 1000;
    strbuf_printf(out, "quipu_version:%s\r\n", QUIPU_VERSION);
    strbuf_printf(out, "redis_version:%s\r\n", REDIS_LEVEL);
    strbuf_printf(out, "redis_mode:%s\r\n",
                  services->config->cluster_enabled ? "cluster" : "standalone");
    strbuf_printf(out, "arch_bits:%zu\r\n", sizeof(void *) * 8);
    strbuf_printf(out, "multiplexing_api:%s\r\n", event_base_get_method(services->base));
    strbuf_printf(out, "process_id:%d\r\n", (int) getpid());
    strbuf_printf(out, "run_id:%s\r\n", services->facts->run_id);
    strbuf_printf(out, "tcp_port:%lld\r\n", (long long) services->config->port);
    strbuf_printf(out, "uptime_in_seconds:%lld\r\n", (long long) uptime_s);
    strbuf_printf(out, "uptime_in_days:%lld\r\n", (long long) uptime_s / 86400);
    if (services->facts->shutdown_by_ms) {
        int64_t left_ms = services->facts->shutdown_by_ms - now_coarse_ms();
        strbuf_printf(out, "shutdown_in_milliseconds:%lld\r\n",
                      (long long) (left_ms > 0 ? left_ms : 0));
    }
}

static void
clients_print(struct services *services, struct strbuf *out)
{
    strbuf_printf(out, "connected_clients:%zu\r\n", services->clients->nclients);
    strbuf_printf(out, "blocked_clients:%zu\r\n", conversation_count_blocked(services->clients));
    strbuf_printf(out, "maxclients:%lld\r\n", (long long) services->config->maxclients);
}

static void
memory_print(struct services *services, struct strbuf *out)
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
    strbuf_printf(out, "used_memory:%zu\r\n", mallinfo2().uordblks);
    strbuf_printf(out, "used_memory_rss:%lld\r\n", (long long) pages * sysconf(_SC_PAGESIZE));
}

/* In Redis' words: some clients wait for certain values before they use a server. */
static void
persistence_print(struct services *services, struct strbuf *out)
{
    struct executor_loading loading = executor_loading(services->executor);
    strbuf_printf(out, "loading:%d\r\nasync_loading:0\r\n", loading.nshards > 0);
    if (loading.nshards == 0) {
        return;
    }
    double percent = loading.total_bytes > 0
                         ? 100.0 * (double) loading.loaded_bytes / (double) loading.total_bytes
                         : 0;
    strbuf_printf(out, "loading_start_time:%lld\r\n",
                  (long long) (time(NULL) - loading.for_ms / 1000));
    strbuf_printf(out, "loading_total_bytes:%lld\r\n", (long long) loading.total_bytes);
    strbuf_printf(out, "loading_loaded_bytes:%lld\r\n", (long long) loading.loaded_bytes);
    strbuf_printf(out, "loading_loaded_perc:%.2f\r\n", percent);
    strbuf_printf(out, "loading_eta_seconds:%lld\r\n", (long long) loading.eta_s);
}

static void
stats_print(struct services *services, struct strbuf *out)
{
    const struct server_stats *stats = services->stats;
    struct executor_counters counters = executor_counters(services->executor);
    const struct {
        const char *name;
        uint64_t value;
    } lines[] = {
        {"total_connections_received", stats->connections},
        {"rejected_connections", stats->rejected_connections},
        {"total_commands_processed", stats->commands},
        {"total_net_input_bytes", stats->input_bytes},
        {"total_net_output_bytes", stats->output_bytes},
        {"protocol_errors", stats->protocol_errors},
        {"config_reloads", stats->config_reloads},
        {"client_output_buffer_limit_disconnections", stats->slow_readers},
        {"acl_access_denied_auth", stats->denied[ACL_LOG_AUTH]},
        {"acl_access_denied_cmd", stats->denied[ACL_LOG_COMMAND]},
        {"acl_access_denied_key", stats->denied[ACL_LOG_KEY]},
        {"acl_access_denied_channel", stats->denied[ACL_LOG_CHANNEL]},
        {"acl_access_denied_dataset", stats->denied[ACL_LOG_DATASET]},
        {"queries", counters.queries},
        {"query_errors", counters.query_errors},
        {"queries_running", counters.queries_running},
        {"row_reads", counters.row_reads},
        {"row_writes", counters.row_writes},
        {"cache_hits", counters.cache_hits},
        {"cache_misses", counters.cache_misses},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        strbuf_printf(out, "%s:%llu\r\n", lines[i].name, (unsigned long long) lines[i].value);
    }
}

static void
shard_print(struct services *services, size_t shard, struct strbuf *out)
{
    struct shard_status status = executor_shard_status(services->executor, shard);
    strbuf_printf(out, "shard%zu:name=%s,connected=%d", shard, status.name, status.connected);
    if (services->embedded) {
        struct embedded_status process = embedded_status(services->embedded, shard);
        strbuf_printf(out, ",pid=%d,restarts=%u", process.pid, process.restarts);
    }
    strbuf_printf(out, ",server=%s,version=%s", status.server, status.version);
    strbuf_printf(out, ",last_error=%s\r\n", status.last_error);
}

static void
shards_print(struct services *services, struct strbuf *out)
{
    strbuf_printf(out, "shards:%zu\r\n", executor_count_shards(services->executor));
    for (size_t i = 0; i < executor_nshards(services->executor); i++) {
        if (executor_has_shard(services->executor, i)) {
            shard_print(services, i, out);
        }
    }
}

/* Appends the text if it is not there yet. */
static void
kind_append(const struct shard_status *status, struct strbuf *out)
{
    char kind[80]; /* each half is shorter than 32 */
    int len = snprintf(kind, sizeof kind, "%s %s", status->server, status->version);
    struct slice rest = strbuf_slice(out), one;
    if (!status->server[0]) {
        return;
    }
    while (rest.len) {
        const char *comma = memchr(rest.ptr, ',', rest.len);
        one = slice_of(rest.ptr, comma ? (size_t) (comma - rest.ptr) : rest.len);
        if (slice_equal(one, slice_of(kind, (size_t) len))) {
            return;
        }
        size_t skip = comma ? one.len + 2 : one.len;
        rest = slice_of(rest.ptr + skip, rest.len - skip);
    }
    strbuf_printf(out, "%s%s", out->len ? ", " : "", kind);
}

void
info_print_shard_kinds(const struct services *services, struct strbuf *out)
{
    const struct executor *executor = services->executor;
    for (size_t i = 0; i < executor_nshards(executor); i++) {
        if (executor_has_shard(executor, i)) {
            struct shard_status status = executor_shard_status(executor, i);
            kind_append(&status, out);
        }
    }
}

/* Clients see one server, whatever the shards are. */
static void
replication_print(struct services *services, struct strbuf *out)
{
    (void) services;
    strbuf_printf(out, "role:master\r\nconnected_slaves:0\r\n");
}

static void
cluster_print(struct services *services, struct strbuf *out)
{
    strbuf_printf(out, "cluster_enabled:%d\r\n", services->config->cluster_enabled != 0);
}

static const struct {
    const char *name;
    void (*print)(struct services *services, struct strbuf *out);
} SECTIONS[] = {
    {"Server", server_print},   {"Clients", clients_print},
    {"Memory", memory_print},   {"Persistence", persistence_print},
    {"Stats", stats_print},     {"Replication", replication_print},
    {"Cluster", cluster_print}, {"Shards", shards_print},
};

bool
info_is_all(struct slice section)
{
    return slice_equal_nocase(section, slice_lit("all")) ||
           slice_equal_nocase(section, slice_lit("default")) ||
           slice_equal_nocase(section, slice_lit("everything"));
}

void
info_print(struct services *services, struct slice section, struct strbuf *out)
{
    bool all = info_is_all(section);
    for (size_t i = 0; i < sizeof SECTIONS / sizeof *SECTIONS; i++) {
        if (!all && !slice_equal_nocase(section, slice_str(SECTIONS[i].name))) {
            continue;
        }
        strbuf_append_str(out, out->len ? "\r\n" : "");
        strbuf_printf(out, "# %s\r\n", SECTIONS[i].name);
        SECTIONS[i].print(services, out);
    }
}
