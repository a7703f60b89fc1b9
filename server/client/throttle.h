/*
 * A client's rate: how many commands a second are taken from it.
 *
 *     struct throttle throttle = {0};
 *     throttle_take(&throttle, 100, now_us)     -> 0: run it
 *     ...                                       -> 4000: not before 4 ms from now
 *
 * One second's worth may come at once, then one command each 1/rate s. What comes faster waits, as
 * it would for a slow server: a client whose every command is answered needs no change, where one
 * that gets errors would have to learn to send again.
 */
#ifndef QUIPU_SERVER_CLIENT_THROTTLE_H
#define QUIPU_SERVER_CLIENT_THROTTLE_H

#include <stdint.h>

/* All zero: nothing taken yet. */
struct throttle {
    int64_t paid_until_ns; /* by so much of the clock's time its commands are paid for */
};

/*
 * Takes one command: 0. Or does not: how many microseconds until it can be. rate is commands in a
 * second; 0: no limit. now_us only goes forward.
 */
int64_t throttle_take(struct throttle *throttle, int64_t rate, int64_t now_us);

#endif
