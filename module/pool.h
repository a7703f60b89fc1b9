/*
 * Threads that count: long counts, outside of Redis' main thread. The threads share a count's
 * chunks.
 *
 *     struct pool *pool = pool_new(2);
 *     job.count = count_new(index, query, &options);       the main thread: a snapshot is taken
 *     job.done = on_counted;
 *     pool_submit(pool, &job);                             ... on_counted(&job), in some thread
 *
 * All threads that have no older work count a job. Jobs take turns: a thread works on one for about
 * 2 ms, then on the next. So a short count does not wait for a long one, not even while that is
 * being prepared.
 *
 *     queue   job A: thread 1, thread 2         NEW -> PREPARING -> RUNNING -> done
 *             job B: waits                             one thread   all       the last one out
 *
 * This file knows nothing of Redis. Any thread may call its functions.
 */
#ifndef QUIPU_MODULE_POOL_H
#define QUIPU_MODULE_POOL_H

#include "base/list.h"
#include "columns/count.h"

enum { POOL_THREADS_MOST = 64 };

struct pool;

struct pool_job {
    /* The caller sets these before pool_submit. */
    struct count *count;
    struct arena *arena; /* for the result */
    uint64_t timeout_us; /* from pool_submit on; 0: none */
    void (*done)(struct pool_job *job);
    /* The result, when done is called: partials; or NULL, with err. */
    struct partials *partials;
    struct error err;
    /* For the pool alone. */
    enum pool_job_state { POOL_NEW, POOL_PREPARING, POOL_RUNNING, POOL_EXHAUSTED } state;
    int64_t deadline_us;
    unsigned nrunning; /* threads that work on it */
    struct count_worker *workers[POOL_THREADS_MOST];
    struct list in_queue;
};

/* nthreads: 1 .. POOL_THREADS_MOST. Never fails: if a thread cannot be started, it aborts. */
struct pool *pool_new(unsigned nthreads);
/* Cancels jobs that have not ended, and waits for them; their done is called. NULL is allowed. */
void pool_free(struct pool *pool);
/*
 * Starts a job. The job and everything it points to must live until done is called, exactly once,
 * in a thread of the pool. pool_cancel ends it early. When its time is over, it ends with TIMEOUT.
 */
void pool_submit(struct pool *pool, struct pool_job *job);
/*
 * Cancels a job. done is called within some milliseconds, unless it was called before. err is then
 * ERR.
 */
void pool_cancel(struct pool_job *job);
/*
 * Cancels a job if its time is over; it then ends with TIMEOUT. A job's threads look at the clock
 * only between chunks. With a filter of thousands of parts one chunk may take long; this function
 * cuts it short.
 */
void pool_cancel_late(struct pool_job *job);
/* Lets a thread call run(arg), before it goes on counting. */
void pool_call(struct pool *pool, void (*run)(void *arg), void *arg);
/* The number of jobs that were submitted and are not done. */
size_t pool_njobs(struct pool *pool);

#endif
