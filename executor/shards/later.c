/*
 * Later: a list of calls that wait for the event loop to come round.
 * in: functions with their argument; out: they are called, first come, first served.
 *
 * So no callback is called from inside the function that asked for the call.
 */
#include "executor/shards/later.h"

#include <stdlib.h>

#include <event2/event.h>

#include "base/must.h"

struct waiting_call {
    struct waiting_call *next;
    later_fn *fn;
    void *arg;
};

struct later {
    struct event *run;
    struct waiting_call *first, **last;
};

void
later_run(struct later *later)
{
    struct waiting_call *list = later->first;
    later->first = NULL;
    later->last = &later->first;
    while (list) {
        struct waiting_call *call = list;
        list = call->next;
        call->fn(call->arg);
        free(call);
    }
}

static void
on_run(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    later_run(arg);
}

struct later *
later_new(struct event_base *base)
{
    struct later *later = must_alloc(sizeof *later);
    later->first = NULL;
    later->last = &later->first;
    later->run = event_new(base, -1, 0, on_run, later);
    return later;
}

void
later_free(struct later *later)
{
    if (!later) {
        return;
    }
    while (later->first) {
        struct waiting_call *call = later->first;
        later->first = call->next;
        free(call);
    }
    event_free(later->run);
    free(later);
}

void
later_call(struct later *later, later_fn *fn, void *arg)
{
    struct waiting_call *call = must_alloc(sizeof *call);
    *call = (struct waiting_call){NULL, fn, arg};
    *later->last = call;
    later->last = &call->next;
    event_active(later->run, EV_TIMEOUT, 0);
}
