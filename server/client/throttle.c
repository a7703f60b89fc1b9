/*
 * Limits how many commands a client may send in a second.
 * in: commands and the clock; out: now, or how long to wait.
 *
 * The method is the generic cell rate algorithm (ITU-T I.371, 1993), a token bucket of one number.
 *
 * Each command costs 1/rate s. paid_until is the time when all commands so far are paid for; it may
 * be at most a second ahead of the clock, which is the bucket's depth.
 */
#include "server/client/throttle.h"

enum { NS_PER_US = 1000 };
#define NS_PER_S 1000000000LL

int64_t
throttle_take(struct throttle *throttle, int64_t rate, int64_t now_us)
{
    if (rate <= 0) {
        return 0;
    }
    int64_t now_ns = now_us * NS_PER_US, price_ns = NS_PER_S / rate;
    int64_t from_ns = throttle->paid_until_ns > now_ns ? throttle->paid_until_ns : now_ns;
    int64_t ahead_ns = from_ns + price_ns - now_ns;
    if (ahead_ns > NS_PER_S) {
        return (ahead_ns - NS_PER_S + NS_PER_US - 1) / NS_PER_US;
    }
    throttle->paid_until_ns = from_ns + price_ns;
    return 0;
}
