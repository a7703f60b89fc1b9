/*
 * Makes, frees and resets what is counted and known.
 * in: the parts of the server; out: the figures that INFO, LATENCY and Prometheus read.
 *
 * Example: CONFIG RESETSTAT sets the counters of clients, queries and commands to 0, wherever they
 * are counted; what is known of the shards stays.
 */
#include "server/metrics/metrics.h"

#include "executor/executor.h"
#include "server/access/stats.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/shard_figures.h"
#include "server/table/services.h"

void
metrics_init(struct metrics *metrics, struct services *services)
{
    *metrics =
        (struct metrics){.commands = command_stats_new(), .shards = shard_figures_new(services)};
}

void
metrics_fini(struct metrics *metrics)
{
    command_stats_free(metrics->commands);
    shard_figures_free(metrics->shards);
}

void
metrics_reset(struct services *services)
{
    *services->stats = (struct server_stats){0};
    executor_reset_counters(services->executor);
    command_stats_reset(services->metrics->commands);
}
