/*
 * A sweep: over a dataset's keys as they are in the shards, whatever its index says, a slice at a
 * time.
 *
 *     struct sweep_request request = {SWEEP_ROWS, "index", state, 50};
 *     sweep_start(shards, dataset, &request, on_end, work, &sweep, &err)
 *     on_end(work, 120034, 0, NULL)
 *
 * Each shard is gone over with SCAN; what is found is sorted by partition and given to the sweep
 * script (executor/sets/lua/sweep.lua lists its operations). A key that is there from the beginning to
 * the end is met at least once, another one perhaps. No shard is held for longer than a slice
 * takes. Where partitions of a cluster have moved to other shards meanwhile, it begins again.
 */
#ifndef QUIPU_EXECUTOR_SETS_SWEEP_H
#define QUIPU_EXECUTOR_SETS_SWEEP_H

#include "executor/handle/handle.h"
#include "executor/shards/shards.h"

struct sweep;

enum sweep_keys {
    SWEEP_ROWS, /* names of rows, as the index has them */
    SWEEP_INDEX /* index keys, but for the dataset's state, without dataset and tag */
};

struct sweep_request {
    enum sweep_keys keys;
    const char *operation; /* of the script */
    struct slice state;    /* that partitions must have; empty: any in which they are counted */
    unsigned slice;        /* keys that SCAN looks at in one go */
};

/* first and second are the script's two numbers, summed; err is NULL when all was gone over. */
typedef void sweep_end_fn(void *arg, int64_t first, int64_t second, const struct error *err);

/*
 * Starts; fails, calling nobody, where a shard is down. The state is copied. The sweep frees itself
 * after its end, which the first error is.
 */
bool sweep_start(struct shards *shards, struct handle *dataset, const struct sweep_request *request,
                 sweep_end_fn *on_end, void *arg, struct sweep **out,
                 struct error *err) QUIPU_MUST_CHECK;
/* Nobody is called any more. */
void sweep_cancel(struct sweep *sweep);
/* How much of it is done, from 0 to 1; until its end. */
double sweep_done(const struct sweep *sweep);

#endif
