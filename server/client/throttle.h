/*
 * A client's rate limit: how many commands a second are taken from it.
 *
 *     struct throttle throttle = {0};
 *     throttle_take(&throttle, 100, now_us)     -> 0: run it
 *     ...                                       -> 4000: not before 4 ms from now
 *
 * One second's worth may come at once, then one command every 1/rate s. Faster commands wait, as
 * for a slow server. So every command is answered and clients need no change. With errors, clients
 * would have to send commands again.
 */
#ifndef QUIPU_SERVER_CLIENT_THROTTLE_H
#define QUIPU_SERVER_CLIENT_THROTTLE_H

#include <stdint.h>

/* All zero: nothing taken yet. */
struct throttle {
    int64_t paid_until_ns; /* the time up to which its commands are paid for */
};

/*
 * Takes one command and returns 0. Or takes none, and returns the number of microseconds to wait.
 * rate: commands in a second; 0: no limit. now_us only goes forward.
 */
int64_t throttle_take(struct throttle *throttle, int64_t rate, int64_t now_us);

#endif
