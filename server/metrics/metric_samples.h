/*
 * Samples of metrics whose labels are known only now: a shard's, a dataset's, a histogram's buckets.
 *
 *     quipu_shard_up{shard="0"} 1
 *     quipu_queries_total{method="sets",outcome="ok"} 17
 *
 * Each function appends all samples of the metric of that name, or nothing if there are none now. The number of
 * samples is bounded by the number of shards, or a hundred datasets.
 */
#ifndef QUIPU_SERVER_METRICS_METRIC_SAMPLES_H
#define QUIPU_SERVER_METRICS_METRIC_SAMPLES_H

#include "base/strbuf.h"

struct services;

typedef void metric_samples_fn(const char *name, struct services *services, struct strbuf *out);

metric_samples_fn samples_build;
metric_samples_fn samples_queries;
metric_samples_fn samples_query_times;
metric_samples_fn samples_command_times;
metric_samples_fn samples_shard_info;
metric_samples_fn samples_shard_up;
metric_samples_fn samples_shard_ping;
metric_samples_fn samples_shard_restarts;
/*
 * Datasets behind the hundredth are added up as dataset=":other", a name that no dataset can have.
 */
metric_samples_fn samples_dataset_rows;
metric_samples_fn samples_dataset_bytes;
metric_samples_fn samples_dataset_changes;
/* Datasets behind the hundredth: the one that has least. */
metric_samples_fn samples_dataset_progress;

#endif
