/*
 * A thread and two lists of jobs. in: jobs; out: the same jobs, run, and told to the loop.
 *
 *     loop    run --> waiting --> [thread: run(arg)] --> finished --eventfd--> loop: done(arg)
 *
 * Both lists are under one lock. A job's own memory is touched by one side at a time.
 */
#include "executor/side_thread.h"

#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/list.h"
#include "base/must.h"

struct job {
    struct list in_jobs; /* waiting or finished, the oldest first */
    side_fn *run, *done;
    void *arg;
};

struct side_thread {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t has_work;
    struct list waiting, finished;
    bool is_ending;
    /* The loop's own: */
    bool is_started;
    int wake_fd;
    struct event *wake;
};

/* ---- The thread ---- */

static struct job *
oldest(struct list *jobs)
{
    struct job *job = LIST_FIRST(jobs, struct job, in_jobs);
    list_remove(&job->in_jobs);
    return job;
}

/* NULL: the end has come. */
static struct job *
next_job(struct side_thread *side)
{
    pthread_mutex_lock(&side->lock);
    while (!side->is_ending && list_is_empty(&side->waiting)) {
        pthread_cond_wait(&side->has_work, &side->lock);
    }
    struct job *job = side->is_ending ? NULL : oldest(&side->waiting);
    pthread_mutex_unlock(&side->lock);
    return job;
}

static void *
thread_main(void *arg)
{
    struct side_thread *side = arg;
    static const uint64_t ONE = 1;
    struct job *job;
    while ((job = next_job(side))) {
        job->run(job->arg);
        pthread_mutex_lock(&side->lock);
        list_add_last(&side->finished, &job->in_jobs);
        pthread_mutex_unlock(&side->lock);
        ssize_t written = write(side->wake_fd, &ONE, sizeof ONE);
        (void) written; /* it can only fail when the loop has been told often enough */
    }
    return NULL;
}

/* Signals are the loop's. */
static bool
thread_start(struct side_thread *side)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    side->is_started = pthread_create(&side->thread, NULL, thread_main, side) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return side->is_started;
}

/* ---- The loop ---- */

static void
job_done(struct job *job)
{
    job->done(job->arg);
    free(job);
}

static void
on_wake(evutil_socket_t fd, short what, void *arg)
{
    (void) what;
    struct side_thread *side = arg;
    uint64_t n;
    ssize_t taken = read(fd, &n, sizeof n);
    (void) taken; /* how many there are is seen in the list */
    for (;;) {
        pthread_mutex_lock(&side->lock);
        struct job *job = list_is_empty(&side->finished) ? NULL : oldest(&side->finished);
        pthread_mutex_unlock(&side->lock);
        if (!job) {
            return;
        }
        job_done(job);
    }
}

struct side_thread *
side_thread_new(struct event_base *base)
{
    struct side_thread *side = must_alloc(sizeof *side);
    pthread_mutex_init(&side->lock, NULL);
    pthread_cond_init(&side->has_work, NULL);
    list_init(&side->waiting);
    list_init(&side->finished);
    side->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (side->wake_fd >= 0) {
        side->wake = event_new(base, side->wake_fd, EV_READ | EV_PERSIST, on_wake, side);
        event_add(side->wake, NULL);
    }
    return side;
}

void
side_thread_free(struct side_thread *side)
{
    if (!side) {
        return;
    }
    if (side->is_started) {
        pthread_mutex_lock(&side->lock);
        side->is_ending = true;
        pthread_cond_signal(&side->has_work);
        pthread_mutex_unlock(&side->lock);
        pthread_join(side->thread, NULL);
    }
    while (!list_is_empty(&side->finished)) {
        job_done(oldest(&side->finished));
    }
    while (!list_is_empty(&side->waiting)) {
        job_done(oldest(&side->waiting));
    }
    if (side->wake) {
        event_free(side->wake);
        close(side->wake_fd);
    }
    pthread_cond_destroy(&side->has_work);
    pthread_mutex_destroy(&side->lock);
    free(side);
}

void
side_thread_run(struct side_thread *side, side_fn *run, side_fn *done, void *arg)
{
    if (!side->wake || (!side->is_started && !thread_start(side))) {
        run(arg);
        done(arg);
        return;
    }
    struct job *job = must_alloc(sizeof *job);
    *job = (struct job){.run = run, .done = done, .arg = arg};
    pthread_mutex_lock(&side->lock);
    list_add_last(&side->waiting, &job->in_jobs);
    pthread_cond_signal(&side->has_work);
    pthread_mutex_unlock(&side->lock);
}
