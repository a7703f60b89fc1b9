/*
 * The table of all that INFO shows and Prometheus reads: a row for each.
 *
 *     {.section = "Clients", .line = "connected_clients", .name = "quipu_connected_clients",
 *      .type = METRIC_GAUGE, .offset = FIELD(clients), .help = "Clients that are connected, also browsers."}
 *
 * To add one, write its row here, its number in figures, and run the tests: docs/metrics.md must
 * have it. Rows of one name stand together, and so do rows of one section.
 */
#ifndef QUIPU_SERVER_METRICS_METRIC_TABLE_H
#define QUIPU_SERVER_METRICS_METRIC_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct services;

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

struct metric {
    const char *section; /* of INFO; NULL: INFO does not have it */
    const char *line;    /* its name there; NULL: see print_lines */
    /* INFO's lines that are no single number. NULL: line is its number. */
    void (*print_lines)(struct services *services, struct strbuf *out);
    const char *name; /* Prometheus'; NULL: Prometheus does not have it */
    enum metric_type type;
    const char *labels; /* `reason="auth"`; NULL: none */
    const char *help;   /* NULL: the row before has the same name */
    /* Appends the samples of a metric whose labels are known only now. NULL: one, its number. */
    void (*print_samples)(const char *name, struct services *services, struct strbuf *out);
    bool tells_keys; /* how many keys or rows there are: not for every user */
    size_t offset;   /* its number in struct figures */
    int decimals;    /* how many of its digits stand behind the point */
};

/* NULL: there are no more. */
const struct metric *metric_at(size_t index);
/* "gauge", "counter", "histogram" */
const char *metric_type_name(enum metric_type type);
/* Appends the row of docs/metrics.md, for a metric that has a help. */
void metric_print_row(const struct metric *metric, struct strbuf *out);

#endif
