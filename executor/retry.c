/*
 * Begins work again, later and later. in: why an attempt has failed; out: the call that begins the next.
 *
 * Example: a node is failed over, which takes a second: the work is begun again some twelve times.
 */
#include "executor/retry.h"

#include "base/clock.h"

enum { FIRST_WAIT_MS = 5, LONGEST_WAIT_MS = 100 };

void
retry_init(struct retry *retry, struct event_base *base, event_callback_fn on_again, void *arg)
{
    *retry = (struct retry){.again = evtimer_new(base, on_again, arg), .wait_ms = FIRST_WAIT_MS};
}

void
retry_now(struct retry *retry)
{
    event_active(retry->again, EV_TIMEOUT, 0);
}

void
retry_later(struct retry *retry, const struct error *why)
{
    struct timeval wait = timeval_of_ms(retry->wait_ms);
    retry->why = *why;
    evtimer_add(retry->again, &wait);
    if (retry->wait_ms < LONGEST_WAIT_MS) {
        retry->wait_ms *= 2;
    }
}

void
retry_fini(struct retry *retry)
{
    event_free(retry->again);
}
