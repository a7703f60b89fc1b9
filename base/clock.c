/*
 * What time it is, for durations and for deadlines. in: nothing; out: microseconds or milliseconds.
 *
 * Example: a query notes now_us() when it starts; its result's took_us is now_us() less that.
 */
#include "base/clock.h"

#include <time.h>

static int64_t
read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
now_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

int64_t
now_ms(void)
{
    return now_us() / 1000;
}

int64_t
now_coarse_ms(void)
{
    return read_us(CLOCK_MONOTONIC_COARSE) / 1000;
}

int64_t
now_unix_us(void)
{
    return read_us(CLOCK_REALTIME);
}
