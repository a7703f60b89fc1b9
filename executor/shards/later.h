/*
 * What is to be done when the event loop comes round, not from inside the call that asks for it.
 *
 *     later_call(later, on_start, admin)
 *     ... the loop comes round ...   on_start(admin)
 */
#ifndef QUIPU_EXECUTOR_SHARDS_LATER_H
#define QUIPU_EXECUTOR_SHARDS_LATER_H

struct event_base;
struct later;

typedef void later_fn(void *arg);

/* The base is borrowed. */
struct later *later_new(struct event_base *base);
/* What still waits is dropped: later_run first. NULL is allowed. */
void later_free(struct later *later);
/* Calls fn(arg) once, from the loop, in the order of asking. */
void later_call(struct later *later, later_fn *fn, void *arg);
/* Calls what waits now, as the loop would; what is added meanwhile waits for the next time. */
void later_run(struct later *later);

#endif
