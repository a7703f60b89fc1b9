/*
 * What time it is.
 *
 *     int64_t deadline_ms = now_ms() + 5000;
 *     if (now_ms() > deadline_ms) ...
 *
 * All but now_unix_us count from some moment in the past and only go forward, also where the
 * system's time is set. They can be compared with each other.
 */
#ifndef QUIPU_BASE_CLOCK_H
#define QUIPU_BASE_CLOCK_H

#include <stdint.h>
#include <sys/time.h>

int64_t now_us(void);
int64_t now_ms(void);
/* Cheaper, and up to a few milliseconds behind now_ms: for what is asked with every command. */
int64_t now_coarse_ms(void);
/* Microseconds since 1970 by the system's time, which can be set back. */
int64_t now_unix_us(void);

/* A span, as timers want it. */
static inline struct timeval
timeval_of_ms(int64_t ms)
{
    return (struct timeval){ms / 1000, ms % 1000 * 1000};
}

#endif
