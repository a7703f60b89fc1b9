/*
 * Prints the table of metrics for Prometheus.
 * in: the table, the server's numbers; out: lines of text.
 *
 *     # HELP quipu_acl_denied_total What users were refused, ...
 *     # TYPE quipu_acl_denied_total counter
 *     quipu_acl_denied_total{reason="auth"} 2
 *     quipu_acl_denied_total{reason="command"} 0
 */
#include "server/metrics/prometheus.h"

#include <string.h>

#include "server/metrics/figures.h"
#include "server/metrics/metric_print.h"
#include "server/metrics/metric_table.h"
#include "server/metrics/metrics.h"
#include "server/metrics/shard_figures.h"
#include "server/table/services.h"

enum { KEYS_FRESH_MS = 1000 }; /* newer figures of the keys are not asked for again */

static void
sample_print(const struct metric *metric, const struct figures *figures, struct strbuf *out)
{
    int64_t number;
    memcpy(&number, (const char *) figures + metric->offset, sizeof number);
    if (number != FIGURE_ABSENT) {
        strbuf_append_str(out, metric->name);
        if (metric->labels) {
            strbuf_printf(out, "{%s}", metric->labels);
        }
        strbuf_append_char(out, ' ');
        metric_print_number(out, number, metric->decimals);
        strbuf_append_char(out, '\n');
    }
}

/* Prints the rows of one name, of which this is the first. Without samples nothing is printed. */
static void
family_print(size_t index, struct services *services, const struct figures *figures,
             struct strbuf *out)
{
    const struct metric *first = metric_at(index);
    size_t start = out->len;
    strbuf_printf(out, "# HELP %s %s\n", first->name, first->help);
    strbuf_printf(out, "# TYPE %s %s\n", first->name, metric_type_name(first->type));
    size_t head_end = out->len;
    for (const struct metric *row = first; row && row->name && strcmp(row->name, first->name) == 0;
         row = metric_at(++index)) {
        if (row->print_samples) {
            row->print_samples(row->name, services, out);
        } else {
            sample_print(row, figures, out);
        }
    }
    if (out->len == head_end) {
        out->len = start;
    }
}

void
prometheus_print(struct services *services, bool shows_keys, struct strbuf *out)
{
    struct figures figures;
    const struct metric *metric;
    figures_take(&figures, services, NULL);
    for (size_t i = 0; (metric = metric_at(i)); i++) {
        if (metric->help && (shows_keys || !metric->tells_keys)) {
            family_print(i, services, &figures, out);
        }
    }
    if (!key_figures_within(&services->metrics->keys, KEYS_FRESH_MS)) {
        key_figures_ask(&services->metrics->keys, services);
    }
    shard_figures_refresh(services->metrics->shards);
}
