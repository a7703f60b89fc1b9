/*
 * What the server counts and knows of itself, for INFO, LATENCY and Prometheus.
 *
 *     metrics_init(&metrics, services);
 *     command_stats_end(services->metrics->commands, ...)
 *     shard_figures_refresh(services->metrics->shards)
 *
 * INFO (server/metrics/info.h) and Prometheus (prometheus.h) read one table, metric_table.
 */
#ifndef QUIPU_SERVER_METRICS_METRICS_H
#define QUIPU_SERVER_METRICS_METRICS_H

#include "server/metrics/key_figures.h"

struct command_stats;
struct services;
struct shard_figures;

struct metrics {
    struct command_stats *commands;
    struct key_figures keys;
    struct shard_figures *shards;
};

/* services is borrowed, and need not be complete yet. */
void metrics_init(struct metrics *metrics, struct services *services);
/* Call it after the executor was freed. All zero is allowed. */
void metrics_fini(struct metrics *metrics);
/* Sets what is counted to 0, for CONFIG RESETSTAT: commands and all of server/access/stats.h. */
void metrics_reset(struct services *services);

#endif
