/*
 * All metrics in Prometheus' text format 0.0.4.
 *
 *     prometheus_print(services, true, &text)
 *
 *     # HELP quipu_connected_clients Clients that are connected, also browsers.
 *     # TYPE quipu_connected_clients gauge
 *     quipu_connected_clients 3
 *     ...
 */
#ifndef QUIPU_SERVER_METRICS_PROMETHEUS_H
#define QUIPU_SERVER_METRICS_PROMETHEUS_H

#include <stdbool.h>

#include "base/strbuf.h"

struct services;

/*
 * Appends all metrics, and asks the shards, in the background, for what the next call will show of
 * them. shows_keys: whether to tell how many keys and rows there are, which not every user may
 * know. Cannot fail, and waits for nothing.
 */
void prometheus_print(struct services *services, bool shows_keys, struct strbuf *out);

#endif
