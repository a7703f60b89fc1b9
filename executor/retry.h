/*
 * Work that is begun again when nodes of a cluster come and go: after 5 ms, then 10, 20, ... 100.
 *
 *     retry_init(&retry, base, on_again, count);
 *     retry_now(&retry);                on_again, when the loop comes round
 *     retry_later(&retry, &err);        on_again, after a moment; retry.why is err
 *     retry_fini(&retry);
 */
#ifndef QUIPU_EXECUTOR_RETRY_H
#define QUIPU_EXECUTOR_RETRY_H

#include <event2/event.h>

#include "base/error.h"

struct retry {
    struct event *again;
    int wait_ms;
    struct error why; /* of the last attempt; empty if it is the first */
};

void retry_init(struct retry *retry, struct event_base *base, event_callback_fn on_again,
                void *arg);
void retry_now(struct retry *retry);
void retry_later(struct retry *retry, const struct error *why);
/* on_again is not called any more. */
void retry_fini(struct retry *retry);

#endif
