/*
 * One thread beside the event loop, for work that would hold the loop up: it makes large answers.
 *
 *     side_thread_run(side, make, on_made, answering)
 *     make(answering) in the thread, then on_made(answering) in the loop
 *
 * Jobs run one after the other, in their order. While a job runs, nothing of what it uses may change
 * in the loop. The thread starts with the first job. It takes no signals.
 */
#ifndef QUIPU_EXECUTOR_SIDE_THREAD_H
#define QUIPU_EXECUTOR_SIDE_THREAD_H

struct event_base;
struct side_thread;

typedef void side_fn(void *arg);

/* The base is borrowed. */
struct side_thread *side_thread_new(struct event_base *base);
/*
 * Waits for the job that runs. Jobs that have not begun do not run any more. done is called for each
 * of them, from inside this call. NULL is fine.
 */
void side_thread_free(struct side_thread *side);
/*
 * Runs a job. done is called once, later, from the loop, also after the owner has lost interest. If
 * no thread can be started, both are called from inside this call.
 */
void side_thread_run(struct side_thread *side, side_fn *run, side_fn *done, void *arg);

#endif
