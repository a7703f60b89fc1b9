/*
 * What the server counts and knows of itself, for INFO, LATENCY and Prometheus.
 *
 *     metrics_init(&metrics, services);
 *     metrics_print(services, true, &text);
 *
 *     # HELP quipu_connected_clients Clients that are connected.
 *     # TYPE quipu_connected_clients gauge
 *     quipu_connected_clients 3
 *     ...
 *
 * INFO (server/metrics/info.h) and Prometheus read one table, server/metrics/metric_table.
 */
#ifndef QUIPU_SERVER_METRICS_METRICS_H
#define QUIPU_SERVER_METRICS_METRICS_H

#include "base/strbuf.h"
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

/*
 * Appends all metrics in Prometheus' text format 0.0.4, and asks the shards, in the background, for
 * what the next call will show of them. shows_keys: whether to tell how many keys and rows there
 * are, which not every user may know. Cannot fail, and waits for nothing.
 */
void metrics_print(struct services *services, bool shows_keys, struct strbuf *out);

/* A label's value, with its quotes: `"a\\b"`. Bytes that are no UTF-8 are shown as U+FFFD. */
void metrics_print_label(struct slice value, struct strbuf *out);

#endif
