/*
 * Fetching cardinalities from the shards into a dataset's statistics.
 *
 *     cardinalities_fetch(shards, dataset, fields, nfields, on_known, query, &fetch, &err)
 */
#ifndef QUIPU_EXECUTOR_SETS_CARDINALITIES_H
#define QUIPU_EXECUTOR_SETS_CARDINALITIES_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

struct cardinalities;

/* err is NULL if the statistics have all fields that were asked for. */
typedef void cardinalities_done_fn(void *arg, const struct error *err);

/* Asks every partition; the names are copied. done may be NULL (a refresh in the background). */
bool cardinalities_fetch(struct shards *shards, struct handle *dataset, const struct slice *fields,
                         size_t nfields, cardinalities_done_fn *done, void *arg,
                         struct cardinalities **out, struct error *err) QUIPU_MUST_CHECK;
/* done is not called any more. Fetched figures are dropped. */
void cardinalities_cancel(struct cardinalities *fetch);

#endif
