/*
 * Calls functions in the event loop's next turn, not from inside the call that asks for it.
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
/* Drops calls that still wait; call later_run first if they matter. NULL is allowed. */
void later_free(struct later *later);
/* Calls fn(arg) once, from the loop. Calls keep their order. */
void later_call(struct later *later, later_fn *fn, void *arg);
/*
 * Runs the calls that wait now, as the loop would. Calls that are added meanwhile wait for the next
 * time.
 */
void later_run(struct later *later);

#endif
