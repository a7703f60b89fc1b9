/*
 * One script over partitions: cut into batches, sent to every shard, a few in flight at a time.
 *
 *     scatter_start(shards, dataset, &request, on_part, on_end, query)
 *     on_part(query, reply, shard, &err) ... once per batch ...  on_end(query, NULL)
 *
 * The first error (a shard's, or on_part's) ends it: on_end is called at once with that error,
 * nothing more is sent, and replies still under way are dropped. So whoever started a scatter hears
 * nothing of it after on_end or scatter_cancel, and may free what it owns.
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
    /* Each call is told, as its last argument, for how many ms anybody still waits for its answer: until
     * then, by now_ms; 0: for ever. */
    bool tells_time;
    int64_t until_ms;
};

/* The reply is not an error. False, with err set, ends the scatter. */
typedef bool scatter_part_fn(void *arg, const struct resp_value *reply, size_t shard,
                             struct error *err);
/* err is NULL when every batch was answered. */
typedef void scatter_end_fn(void *arg, const struct error *err);

/*
 * Starts; fails, calling nobody, where a shard is down. The scatter frees itself after its end; the
 * pointer is good for scatter_cancel until on_end is called.
 */
bool scatter_start(struct shards *shards, struct handle *dataset,
                   const struct scatter_request *request, scatter_part_fn *on_part,
                   scatter_end_fn *on_end, void *arg, struct scatter **out,
                   struct error *err) QUIPU_MUST_CHECK;
/* Nobody is called any more. */
void scatter_cancel(struct scatter *scatter);
/* How many partitions are answered, of how many. */
void scatter_progress(const struct scatter *scatter, size_t *ndone, size_t *npartitions);

#endif
