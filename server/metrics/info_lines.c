/*
 * Prints the lines of INFO that are no single number.
 * in: the parts of the server; out: `name:value` lines.
 *
 *     latency_percentiles_usec_get:p50=36.000,p99=88.000,p99.9=208.000
 */
#include "server/metrics/info_lines.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "executor/executor.h"
#include "server/config/config.h"
#include "server/embedded/embedded.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/metrics.h"
#include "server/table/services.h"

void
info_lines_server(struct services *services, struct strbuf *out)
{
    strbuf_printf(out, "quipu_version:%s\r\n", QUIPU_VERSION);
    strbuf_printf(out, "redis_version:%s\r\n", INFO_REDIS_LEVEL);
    strbuf_printf(out, "redis_mode:%s\r\n",
                  services->config->cluster_enabled ? "cluster" : "standalone");
    strbuf_printf(out, "arch_bits:%zu\r\n", sizeof(void *) * 8);
    strbuf_printf(out, "multiplexing_api:%s\r\n", event_base_get_method(services->base));
    strbuf_printf(out, "process_id:%d\r\n", (int) getpid());
    strbuf_printf(out, "run_id:%s\r\n", services->facts->run_id);
    strbuf_printf(out, "tcp_port:%lld\r\n", (long long) services->config->port);
}

/* Some clients wait for it before they use a server. */
void
info_lines_async_loading(struct services *services, struct strbuf *out)
{
    (void) services;
    strbuf_append_str(out, "async_loading:0\r\n");
}

/* Clients see one server, whatever the shards are. */
void
info_lines_replication(struct services *services, struct strbuf *out)
{
    (void) services;
    strbuf_append_str(out, "role:master\r\nconnected_slaves:0\r\n");
}

/* -- shards ------------------------------------------------------------------------------------ */

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

void
info_lines_shards(struct services *services, struct strbuf *out)
{
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

/* -- commands ---------------------------------------------------------------------------------- */

void
info_lines_commandstats(struct services *services, struct strbuf *out)
{
    const struct command_stat *stat;
    for (size_t i = 0; (stat = command_stats_at(services->metrics->commands, i)); i++) {
        if (stat->calls || stat->rejected) {
            double each_us = stat->calls ? (double) stat->us / (double) stat->calls : 0;
            strbuf_printf(out,
                          "cmdstat_%s:calls=%llu,usec=%llu,usec_per_call=%.2f,rejected_calls=%llu,"
                          "failed_calls=%llu\r\n",
                          stat->name, (unsigned long long) stat->calls,
                          (unsigned long long) stat->us, each_us,
                          (unsigned long long) stat->rejected, (unsigned long long) stat->failed);
        }
    }
}

void
info_lines_latencystats(struct services *services, struct strbuf *out)
{
    static const char *const PERCENTS[] = {"50", "99", "99.9"};
    const struct command_stat *stat;
    for (size_t i = 0; (stat = command_stats_at(services->metrics->commands, i)); i++) {
        if (!stat->took) {
            continue;
        }
        strbuf_printf(out, "latency_percentiles_usec_%s:", stat->name);
        for (size_t p = 0; p < sizeof PERCENTS / sizeof *PERCENTS; p++) {
            uint64_t us = histogram_percentile(stat->took, strtod(PERCENTS[p], NULL));
            strbuf_printf(out, "%sp%s=%llu.000", p ? "," : "", PERCENTS[p],
                          (unsigned long long) us);
        }
        strbuf_append_str(out, "\r\n");
    }
}
