/*
 * Runs one script over all partitions: in batches, on every shard, a few calls in flight at a time.
 *
 *     scatter_start(shards, dataset, &request, on_part, on_end, query)
 *     on_part(query, reply, shard, &err) ... once per batch ...  on_end(query, NULL)
 *
 * The first error (a shard's, or on_part's) ends the scatter. on_end is called at once with that
 * error, no more calls are sent, and replies still under way are dropped. After on_end or
 * scatter_cancel no callback is called, so the caller may free its own data.
 */
#ifndef QUIPU_EXECUTOR_SETS_SCATTER_H
#define QUIPU_EXECUTOR_SETS_SCATTER_H

#include "executor/handle/handle.h"
#include "executor/sets/script.h"
#include "executor/shards/shards.h"

struct resp_value;
struct scatter;

struct scatter_request {
    enum script script;
    const struct slice *args; /* copied */
    size_t nargs;
    /* Partitions in one call, and calls in flight per shard: a call should hold its shard for about
     * a millisecond, and the next one should be there when it ends. */
    size_t batch_partitions;
    size_t window;
    /*
     * Each call's last argument is the number of ms for which its answer is still wanted: the time
     * left until until_ms, by now_ms; 0: no limit.
     */
    bool tells_time;
    int64_t until_ms;
};

/* The reply is not an error. False, with err set, ends the scatter. */
typedef bool scatter_part_fn(void *arg, const struct resp_value *reply, size_t shard,
                             struct error *err);
/* err is NULL if every batch was answered. */
typedef void scatter_end_fn(void *arg, const struct error *err);

/*
 * Starts. Fails, without a callback, if a shard is down. The scatter frees itself after its end.
 * The pointer is valid until on_end is called, for scatter_cancel.
 */
bool scatter_start(struct shards *shards, struct handle *dataset,
                   const struct scatter_request *request, scatter_part_fn *on_part,
                   scatter_end_fn *on_end, void *arg, struct scatter **out,
                   struct error *err) QUIPU_MUST_CHECK;
/* No callback is called any more. */
void scatter_cancel(struct scatter *scatter);
/* How many partitions have answered, of how many. */
void scatter_progress(const struct scatter *scatter, size_t *ndone, size_t *npartitions);

#endif
