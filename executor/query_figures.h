/*
 * What has become of queries, and how long they took: counted where a query ends, read by INFO and
 * by the metrics.
 *
 *     query_figures_end(&figures, bound, &err, took_us);       err TIMEOUT: +1 by its method
 */
#ifndef QUIPU_EXECUTOR_QUERY_FIGURES_H
#define QUIPU_EXECUTOR_QUERY_FIGURES_H

#include "base/error.h"
#include "base/histogram.h"

struct bound_query;

/* How its dataset is counted. BY_NONE: the query ended before its dataset was found. */
enum figures_method { FIGURES_BY_SETS, FIGURES_BY_COLUMNS, FIGURES_BY_NONE, FIGURES_NMETHODS };

enum query_outcome {
    OUTCOME_OK,
    OUTCOME_ERROR,       /* the query is wrong, or is not allowed */
    OUTCOME_UNAVAILABLE, /* a shard is down or loads, or an index is not ready */
    OUTCOME_TIMEOUT,
    OUTCOME_KILLED,    /* by QUERY KILL */
    OUTCOME_CANCELLED, /* its client has left */
    OUTCOME_NOUTCOMES
};

struct query_figures {
    uint64_t ended[FIGURES_NMETHODS][OUTCOME_NOUTCOMES];
    struct histogram
        took[FIGURES_NMETHODS]; /* of all that ended, but for those that were cancelled */
};

/* "sets", "columns", "none" */
const char *figures_method_name(enum figures_method method);
/* "ok", "error", ... */
const char *query_outcome_name(enum query_outcome outcome);
/* A query has ended. bound NULL: it was not bound. err NULL: it was answered. */
void query_figures_end(struct query_figures *figures, const struct bound_query *bound,
                       const struct error *err, int64_t took_us);
/* Its client has left. */
void query_figures_cancel(struct query_figures *figures, const struct bound_query *bound);

#endif
