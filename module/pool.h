/*
 * Threads that count: long counts, off Redis' main thread, their chunks shared out.
 *
 *     struct pool *pool = pool_new(2);
 *     job.count = count_new(index, query, &options);       the main thread: a snapshot is taken
 *     job.done = on_counted;
 *     pool_submit(pool, &job);                             ... on_counted(&job), in some thread
 *
 * A job is counted by all threads that have nothing older to do. Jobs take turns: a thread works on
 * one for a slice of about 2 ms, then on the next, so a short count does not wait for a long one:
 * not while that is prepared either.
 *
 *     queue   job A: thread 1, thread 2         NEW -> PREPARING -> RUNNING -> done
 *             job B: waits                             one thread   all       the last one out
 *
 * Knows nothing of Redis. The functions here may be called by any thread.
 */
#ifndef QUIPU_MODULE_POOL_H
#define QUIPU_MODULE_POOL_H

#include "base/list.h"
#include "columns/count.h"

enum { POOL_THREADS_MOST = 64 };

struct pool;

struct pool_job {
    /* The caller's, before pool_submit. */
    struct count *count;
    struct arena *arena; /* for the result */
    uint64_t timeout_us; /* from pool_submit on; 0: none */
    void (*done)(struct pool_job *job);
    /* The result, when done is called: partial, or NULL and err. */
    struct partial *partial;
    struct error err;
    /* The pool's. */
    enum pool_job_state { POOL_NEW, POOL_PREPARING, POOL_RUNNING, POOL_EXHAUSTED } state;
    int64_t deadline_us;
    unsigned nrunning; /* threads inside */
    struct count_worker *workers[POOL_THREADS_MOST];
    struct list in_queue;
};

/* nthreads: 1 .. POOL_THREADS_MOST. Never fails: where a thread cannot be started, it aborts. */
struct pool *pool_new(unsigned nthreads);
/* Waits for what runs; jobs that have not ended are cancelled and done is called. NULL is allowed.
 */
void pool_free(struct pool *pool);
/*
 * The job and all it points to must live until done is called, which happens exactly once, in a
 * thread of the pool. To end it early: pool_cancel. Where its time is over it ends with TIMEOUT.
 */
void pool_submit(struct pool *pool, struct pool_job *job);
/* done is called within some milliseconds, unless that has happened; err is then ERR. */
void pool_cancel(struct pool_job *job);
/*
 * Cancels it if its time is over: then it ends with TIMEOUT. Its threads look at the clock between
 * chunks; one chunk may take long under a filter of thousands of parts, and is cut short by this.
 */
void pool_cancel_late(struct pool_job *job);
/* Has a thread call run(arg), before it goes on counting. */
void pool_call(struct pool *pool, void (*run)(void *arg), void *arg);
unsigned pool_nthreads(const struct pool *pool);
/* Submitted and not done. */
size_t pool_njobs(struct pool *pool);

#endif
