/*
 * A sweep goes over a dataset's keys as they are in the shards, not as the index has them, a slice
 * at a time.
 *
 *     struct sweep_request request = {SWEEP_ROWS, "index", state, 50};
 *     sweep_start(shards, dataset, &request, on_end, work, &sweep, &err)
 *     on_end(work, 120034, 0, NULL)
 *
 * SCAN goes over each shard. The keys it finds are sorted by partition and given to the sweep
 * script (executor/sets/lua/sweep.lua lists its operations). A key that exists during the whole
 * sweep is met at least once; any other key may be met or not. No shard is held for longer than a
 * slice takes. In a cluster a sweep waits while a partition is moved, shard-timeout at most. If
 * partitions have moved meanwhile, it begins again (executor/shards/census.h).
 */
#ifndef QUIPU_EXECUTOR_SETS_SWEEP_H
#define QUIPU_EXECUTOR_SETS_SWEEP_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

struct sweep;

enum sweep_keys {
    SWEEP_ROWS, /* names of rows, in the index's form */
    SWEEP_INDEX /* index keys, without dataset and tag; the dataset's state is left out */
};

struct sweep_request {
    enum sweep_keys keys;
    const char *operation; /* an operation of the script */
    struct slice state;    /* the state that partitions must have; empty: any state in which they
                              are counted */
    unsigned slice;        /* keys that one SCAN looks at */
};

/*
 * first and second are the sums of the script's two numbers. err is NULL if the sweep is complete.
 */
typedef void sweep_end_fn(void *arg, int64_t first, int64_t second, const struct error *err);

/*
 * Starts. Fails, without a callback, if a shard is down. The state is copied. The first error ends
 * the sweep. The sweep frees itself after its end.
 */
bool sweep_start(struct shards *shards, struct handle *dataset, const struct sweep_request *request,
                 sweep_end_fn *on_end, void *arg, struct sweep **out,
                 struct error *err) QUIPU_MUST_CHECK;
/* on_end is not called any more. */
void sweep_cancel(struct sweep *sweep);
/* How much of it is done, from 0 to 1. Valid until its end. */
double sweep_done(const struct sweep *sweep);

#endif
