/*
 * A query made ready to be run, kept for the next time the same text comes: dashboards ask the same
 * questions again and again, and parsing and planning cost more than a warm count does.
 *
 *     struct prepared *prepared = prepared_find(executor, text);      NULL: not kept, or out of
 * date if (!prepared) prepared = prepared_new(executor, text, &err);   parsed and bound
 *     ... cardinalities ...
 *     prepared_plan(prepared, executor);                              planned, and kept
 *     prepared_release(prepared);
 *
 * What is kept is good as long as the catalog, the statistics and the settings are those it was
 * planned with.
 */
#ifndef QUIPU_EXECUTOR_PREPARED_H
#define QUIPU_EXECUTOR_PREPARED_H

#include "executor/internal.h"
#include "executor/program.h"

enum { LONGEST_PREPARED_BYTES = 16 * 1024 };

struct prepared {
    struct arena *arena; /* holds all below */
    struct slice text;
    struct handle *dataset;      /* it is a user of it */
    uint64_t catalog_generation; /* in which the text meant that dataset */
    struct bound_query *bound;
    struct slice shard_text; /* by columns: the text, with the dataset's own name */
    struct slice *fields;    /* whose cardinalities the plan wants */
    size_t nfields;
    struct plan *plan;       /* NULL until prepared_plan */
    struct program *program; /* NULL until prepared_plan */
    struct executor_settings settings;
    uint64_t stats_generation;
    size_t users; /* queries, and the executor that keeps it */
};

/* The caller is a user of it then. */
struct prepared *prepared_find(struct executor *executor, struct slice text);
/* Parses and binds; the caller is its user. NULL with err set where the query is wrong. */
struct prepared *prepared_new(struct executor *executor, struct slice text, struct error *err);
/* One that needs no plan is kept as it is. */
void prepared_keep(struct prepared *prepared, struct executor *executor);
/* Plans with the statistics as they are now and, for a query that is run, keeps it. */
void prepared_plan(struct prepared *prepared, struct executor *executor);
void prepared_release(struct prepared *prepared);
/* For the executor's end, and so that nothing kept holds a dataset that is to go. */
void prepared_forget_all(struct executor *executor);

#endif
