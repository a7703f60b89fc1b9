/*
 * Prints samples of metrics that have labels.
 * in: the parts of the server; out: lines of Prometheus' text format.
 *
 *     quipu_query_duration_seconds_bucket{method="sets",le="0.000016"} 0
 *     quipu_query_duration_seconds_bucket{method="sets",le="0.000032"} 3      2^5 us
 *     ...
 *     quipu_query_duration_seconds_bucket{method="sets",le="+Inf"} 17
 *     quipu_query_duration_seconds_sum{method="sets"} 0.004212
 *     quipu_query_duration_seconds_count{method="sets"} 17
 */
#include "server/metrics/metric_samples.h"

#include <stdio.h>

#include "base/histogram.h"
#include "executor/executor.h"
#include "server/embedded/embedded.h"
#include "server/metrics/command_stats.h"
#include "server/metrics/info_lines.h"
#include "server/metrics/metric_print.h"
#include "server/metrics/metrics.h"
#include "server/metrics/shard_figures.h"
#include "server/table/services.h"

enum {
    FIRST_BUCKET_BITS = 4, /* 16 us */
    LAST_BUCKET_BITS = 26, /* 67 s */
    US_DECIMALS = 6,
    MOST_DATASETS = 100 /* with a label of their own */
};

void
samples_build(const char *name, struct services *services, struct strbuf *out)
{
    (void) services;
    strbuf_printf(out, "%s{version=\"%s\",redis_version=\"%s\"} 1\n", name, QUIPU_VERSION,
                  INFO_REDIS_LEVEL);
}

/* -- queries and commands ---------------------------------------------------------------------- */

void
samples_queries(const char *name, struct services *services, struct strbuf *out)
{
    const struct query_figures *figures = executor_query_figures(services->executor);
    for (enum figures_method method = 0; method < FIGURES_NMETHODS; method++) {
        for (enum query_outcome outcome = 0; outcome < OUTCOME_NOUTCOMES; outcome++) {
            strbuf_printf(out, "%s{method=\"%s\",outcome=\"%s\"} %llu\n", name,
                          figures_method_name(method), query_outcome_name(outcome),
                          (unsigned long long) figures->ended[method][outcome]);
        }
    }
}

/* label: `method="sets"` */
static void
histogram_print(const char *name, const char *label, const struct histogram *histogram,
                struct strbuf *out)
{
    for (int bits = FIRST_BUCKET_BITS; bits <= LAST_BUCKET_BITS; bits++) {
        strbuf_printf(out, "%s_bucket{%s,le=\"", name, label);
        metric_print_number(out, 1LL << bits, US_DECIMALS);
        strbuf_printf(out, "\"} %llu\n",
                      (unsigned long long) histogram_count_upto(histogram, bits));
    }
    strbuf_printf(out, "%s_bucket{%s,le=\"+Inf\"} %llu\n", name, label,
                  (unsigned long long) histogram->count);
    strbuf_printf(out, "%s_sum{%s} ", name, label);
    metric_print_number(out, (long long) histogram->sum_us, US_DECIMALS);
    strbuf_printf(out, "\n%s_count{%s} %llu\n", name, label, (unsigned long long) histogram->count);
}

void
samples_query_times(const char *name, struct services *services, struct strbuf *out)
{
    const struct query_figures *figures = executor_query_figures(services->executor);
    for (enum figures_method method = 0; method < FIGURES_NMETHODS; method++) {
        char label[32];
        snprintf(label, sizeof label, "method=\"%s\"", figures_method_name(method));
        histogram_print(name, label, &figures->took[method], out);
    }
}

void
samples_command_times(const char *name, struct services *services, struct strbuf *out)
{
    for (enum command_kind kind = 0; kind < COMMAND_NKINDS; kind++) {
        char label[32];
        snprintf(label, sizeof label, "kind=\"%s\"", command_kind_name(kind));
        histogram_print(name, label, command_stats_of_kind(services->metrics->commands, kind), out);
    }
}

/* -- shards ------------------------------------------------------------------------------------ */

void
samples_shard_info(const char *name, struct services *services, struct strbuf *out)
{
    for (size_t i = 0; i < executor_nshards(services->executor); i++) {
        if (!executor_has_shard(services->executor, i)) {
            continue;
        }
        struct shard_status status = executor_shard_status(services->executor, i);
        strbuf_printf(out, "%s{shard=\"%zu\",address=", name, i);
        metric_print_label(out, slice_str(status.name));
        strbuf_append_str(out, ",server=");
        metric_print_label(out, slice_str(status.server));
        strbuf_append_str(out, ",version=");
        metric_print_label(out, slice_str(status.version));
        strbuf_append_str(out, "} 1\n");
    }
}

void
samples_shard_up(const char *name, struct services *services, struct strbuf *out)
{
    for (size_t i = 0; i < executor_nshards(services->executor); i++) {
        if (executor_has_shard(services->executor, i)) {
            strbuf_printf(out, "%s{shard=\"%zu\"} %d\n", name, i,
                          executor_shard_status(services->executor, i).connected);
        }
    }
}

void
samples_shard_ping(const char *name, struct services *services, struct strbuf *out)
{
    for (size_t i = 0; i < executor_nshards(services->executor); i++) {
        int64_t us = shard_figures_ping_us(services->metrics->shards, i);
        if (executor_has_shard(services->executor, i) && us >= 0) {
            strbuf_printf(out, "%s{shard=\"%zu\"} ", name, i);
            metric_print_number(out, us, US_DECIMALS);
            strbuf_append_char(out, '\n');
        }
    }
}

void
samples_shard_restarts(const char *name, struct services *services, struct strbuf *out)
{
    for (size_t i = 0; services->embedded && i < executor_nshards(services->executor); i++) {
        strbuf_printf(out, "%s{shard=\"%zu\"} %u\n", name, i,
                      embedded_status(services->embedded, i).restarts);
    }
}

/* -- datasets ---------------------------------------------------------------------------------- */

static int64_t
rows_of(const struct dataset_figures *dataset)
{
    return dataset->rows;
}

static int64_t
bytes_of(const struct dataset_figures *dataset)
{
    return dataset->bytes;
}

static int64_t
changes_of(const struct dataset_figures *dataset)
{
    return dataset->changes;
}

static int64_t
progress_of(const struct dataset_figures *dataset)
{
    return dataset->progress;
}

static int64_t
sum(int64_t a, int64_t b)
{
    return a + b;
}

static int64_t
least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void
dataset_print(const char *name, struct slice dataset, int64_t figure, int decimals,
              struct strbuf *out)
{
    if (figure >= 0) {
        strbuf_printf(out, "%s{dataset=", name);
        metric_print_label(out, dataset);
        strbuf_append_str(out, "} ");
        metric_print_number(out, figure, decimals);
        strbuf_append_char(out, '\n');
    }
}

/* add: puts the figures of those together that have no label of their own. */
static void
datasets_print(const char *name, const struct services *services,
               int64_t (*figure_of)(const struct dataset_figures *dataset),
               int64_t (*add)(int64_t a, int64_t b), int decimals, struct strbuf *out)
{
    const struct dataset_figures *dataset;
    int64_t others = -1;
    for (size_t i = 0; (dataset = shard_figures_dataset(services->metrics->shards, i)); i++) {
        int64_t figure = figure_of(dataset);
        if (i < MOST_DATASETS) {
            dataset_print(name, slice_str(dataset->name), figure, decimals, out);
        } else if (figure >= 0) {
            others = others < 0 ? figure : add(others, figure);
        }
    }
    dataset_print(name, slice_lit(":other"), others, decimals, out);
}

void
samples_dataset_rows(const char *name, struct services *services, struct strbuf *out)
{
    datasets_print(name, services, rows_of, sum, 0, out);
}

void
samples_dataset_bytes(const char *name, struct services *services, struct strbuf *out)
{
    datasets_print(name, services, bytes_of, sum, 0, out);
}

void
samples_dataset_changes(const char *name, struct services *services, struct strbuf *out)
{
    datasets_print(name, services, changes_of, sum, 0, out);
}

void
samples_dataset_progress(const char *name, struct services *services, struct strbuf *out)
{
    datasets_print(name, services, progress_of, least, 2, out); /* percent of 1 */
}
