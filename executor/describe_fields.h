/*
 * Which fields the rows of a dataset have, and how much memory the index takes for each.
 *
 *     describe_fields_start(executor, dataset, on_fields, describe, &learning, &err)
 *     on_fields(describe, {{"age", 4100, 31}, {"sex", 1204, 2}}, 2, NULL)
 */
#ifndef QUIPU_EXECUTOR_DESCRIBE_FIELDS_H
#define QUIPU_EXECUTOR_DESCRIBE_FIELDS_H

#include "base/error.h"
#include "base/slice.h"

struct describe_fields;
struct executor;
struct handle;

struct field_size {
    struct slice name;
    int64_t bytes;   /* by sets, about */
    int64_t nvalues; /* at least so many: those of the part that has most */
};

/* Sorted by name. Valid until it returns. err is NULL if all shards have answered. */
typedef void describe_fields_done_fn(void *arg, const struct field_size *fields, size_t nfields,
                                     const struct error *err);

/*
 * Asks every shard. Fails, without a callback, if a shard is down. done is called once, later. The
 * fields may include some that no row has any more, where rows have just left a shard.
 */
bool describe_fields_start(struct executor *executor, struct handle *dataset,
                           describe_fields_done_fn *done, void *arg, struct describe_fields **out,
                           struct error *err) QUIPU_MUST_CHECK;
/* done is not called any more. */
void describe_fields_cancel(struct describe_fields *learning);

#endif
