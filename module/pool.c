/*
 * A thread pool for counts. in: jobs; out: done(job), in the last thread that leaves the job.
 *
 *     NEW ------> PREPARING ------> RUNNING ------> EXHAUSTED ------> done
 *      ^  taken by |  out of the      back in the     no chunk left,    when the last thread
 *      |  a thread |  queue           queue, for all  out of the queue  that is inside has left
 *      +-----------+
 *      the slice is over: back in the queue, for the next turn
 *
 * Example: two threads, one job of 1,500 chunks. One prepares it while the other waits; then both
 * count. The first that finds no chunk left takes the job out of the queue. The second adds up both
 * parts and finishes it.
 *
 * A thread that leaves a job between two slices leaves its half-done count_worker there, and takes
 * it up again at its next turn. So parts are added up once per thread and job.
 */
#include "module/pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"

enum { SLICE_US = 2000, CHUNKS_AT_ONCE = 8 };

struct pool_task {
    void (*run)(void *arg);
    void *arg;
    struct pool_task *next;
};

struct pool_thread {
    struct pool *pool;
    unsigned number;
    pthread_t thread;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t has_work;
    struct list queue; /* of jobs that a thread may take up */
    struct pool_task *tasks, **tasks_end;
    size_t njobs;
    bool is_ending;
    unsigned nthreads;
    struct pool_thread threads[];
};

/* ---- A job, without the lock ---- */

static bool
is_late(struct pool_job *job)
{
    return job->deadline_us && now_us() > job->deadline_us;
}

/* Prepares until the job is ready, or the slice is over. False: it failed, or is late. */
static bool
prepare_slice(struct pool_job *job, bool *is_ready)
{
    int64_t now = now_us(), end = now + SLICE_US;
    *is_ready = false;
    while (!*is_ready && now < end) {
        if (!count_prepare_some(job->count, is_ready, &job->err)) {
            return false;
        }
        now = now_us();
        if (job->deadline_us && now > job->deadline_us) {
            return false;
        }
    }
    return true;
}

/* The number of chunks to take: few enough for a slice to be about as long as it should be. */
static uint32_t
chunks_at_once(const struct count *count)
{
    struct count_facts facts;
    count_facts(count, &facts);
    return count_cost_us(count) * CHUNKS_AT_ONCE > (double) SLICE_US * facts.chunks
               ? 1
               : CHUNKS_AT_ONCE;
}

/* False: no chunk is left for any thread. */
static bool
run_slice(struct pool_job *job, unsigned number)
{
    if (!job->workers[number]) {
        job->workers[number] = count_worker_new(job->count);
    }
    int64_t end = now_us() + SLICE_US;
    uint32_t nchunks = chunks_at_once(job->count);
    while (count_run(job->workers[number], nchunks)) {
        int64_t now = now_us();
        if (job->deadline_us && now > job->deadline_us) {
            count_cancel(job->count);
            return false;
        }
        if (now > end) {
            return true;
        }
    }
    return false;
}

static void
finish(struct pool *pool, struct pool_job *job)
{
    for (unsigned i = 0; i < pool->nthreads; i++) {
        if (job->workers[i]) {
            count_worker_free(job->workers[i]);
        }
    }
    if (!error_is_set(&job->err) && is_late(job)) {
        error_set(&job->err, "TIMEOUT", "the query was not answered within %llu ms",
                  (unsigned long long) (job->timeout_us / 1000));
    }
    if (!error_is_set(&job->err) &&
        !count_finish(job->count, job->arena, &job->partials, &job->err)) {
        job->partials = NULL;
    }
    pthread_mutex_lock(&pool->lock);
    pool->njobs--;
    pthread_mutex_unlock(&pool->lock);
    job->done(job);
}

/* ---- Threads ---- */

/*
 * Called with the lock; releases it for a while. False: the job cannot be counted yet, or is over.
 */
static bool
prepare_job(struct pool *pool, struct pool_job *job)
{
    bool is_ready;
    job->state = POOL_PREPARING;
    if (pool->is_ending) {
        count_cancel(job->count);
    }
    pthread_mutex_unlock(&pool->lock);
    bool ok = !is_late(job) && prepare_slice(job, &is_ready);
    if (!ok) {
        job->state = POOL_EXHAUSTED;
        finish(pool, job);
        pthread_mutex_lock(&pool->lock);
        return false;
    }
    pthread_mutex_lock(&pool->lock);
    job->state = is_ready ? POOL_RUNNING : POOL_NEW;
    pthread_cond_broadcast(&pool->has_work);
    if (!is_ready) {
        list_add_last(&pool->queue, &job->in_queue);
    }
    return is_ready;
}

/* Called with the lock; releases it for a while. The job is the first of the queue. */
static void
work_on(struct pool *pool, struct pool_job *job, unsigned number)
{
    list_remove(&job->in_queue);
    if (job->state == POOL_NEW && !prepare_job(pool, job)) {
        return;
    }
    list_add_last(&pool->queue, &job->in_queue);
    job->nrunning++;
    pthread_mutex_unlock(&pool->lock);
    bool has_more = run_slice(job, number);
    pthread_mutex_lock(&pool->lock);
    job->nrunning--;
    if (!has_more && job->state == POOL_RUNNING) {
        job->state = POOL_EXHAUSTED;
        list_remove(&job->in_queue);
    }
    if (job->state == POOL_EXHAUSTED && !job->nrunning) {
        pthread_mutex_unlock(&pool->lock);
        finish(pool, job);
        pthread_mutex_lock(&pool->lock);
    }
}

static void
run_task(struct pool *pool)
{
    struct pool_task *task = pool->tasks;
    pool->tasks = task->next;
    if (!pool->tasks) {
        pool->tasks_end = &pool->tasks;
    }
    pthread_mutex_unlock(&pool->lock);
    task->run(task->arg);
    free(task);
    pthread_mutex_lock(&pool->lock);
}

static void *
thread_run(void *arg)
{
    struct pool_thread *self = arg;
    struct pool *pool = self->pool;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        if (pool->tasks) {
            run_task(pool);
        } else if (!list_is_empty(&pool->queue)) {
            work_on(pool, LIST_FIRST(&pool->queue, struct pool_job, in_queue), self->number);
        } else if (pool->is_ending && !pool->njobs) {
            break;
        } else {
            pthread_cond_wait(&pool->has_work, &pool->lock);
        }
    }
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- For others ---- */

struct pool *
pool_new(unsigned nthreads)
{
    struct pool *pool = must_alloc(sizeof *pool + nthreads * sizeof *pool->threads);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->has_work, NULL);
    list_init(&pool->queue);
    pool->tasks_end = &pool->tasks;
    pool->nthreads = nthreads;
    for (unsigned i = 0; i < nthreads; i++) {
        struct pool_thread *thread = &pool->threads[i];
        thread->pool = pool;
        thread->number = i;
        if (pthread_create(&thread->thread, NULL, thread_run, thread) != 0) {
            fputs("quipu: a thread could not be started\n", stderr);
            abort();
        }
        pthread_setname_np(thread->thread, "quipu");
    }
    return pool;
}

void
pool_free(struct pool *pool)
{
    if (!pool) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    pool->is_ending = true;
    LIST_EACH (struct pool_job, job, &pool->queue, in_queue) {
        count_cancel(job->count);
    }
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->nthreads; i++) {
        pthread_join(pool->threads[i].thread, NULL);
    }
    pthread_cond_destroy(&pool->has_work);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

void
pool_submit(struct pool *pool, struct pool_job *job)
{
    job->state = POOL_NEW;
    job->deadline_us = job->timeout_us ? now_us() + (int64_t) job->timeout_us : 0;
    pthread_mutex_lock(&pool->lock);
    list_add_last(&pool->queue, &job->in_queue);
    pool->njobs++;
    pthread_cond_broadcast(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
}

void
pool_cancel(struct pool_job *job)
{
    count_cancel(job->count);
}

void
pool_cancel_late(struct pool_job *job)
{
    if (is_late(job)) {
        count_cancel(job->count);
    }
}

void
pool_call(struct pool *pool, void (*run)(void *arg), void *arg)
{
    struct pool_task *task = must_alloc(sizeof *task);
    task->run = run;
    task->arg = arg;
    pthread_mutex_lock(&pool->lock);
    *pool->tasks_end = task;
    pool->tasks_end = &task->next;
    pthread_cond_signal(&pool->has_work);
    pthread_mutex_unlock(&pool->lock);
}

size_t
pool_njobs(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    size_t njobs = pool->njobs;
    pthread_mutex_unlock(&pool->lock);
    return njobs;
}
