/*
 * Starts of keys. in: the time, random bytes; out: text.
 *
 * Example: 2026-11-29T20:00:00.000000Z and 12345 are "homexa2gw0" and "00009ix".
 */
#include "tools/key_start.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"

/* The last n digits, in base 36. */
static void
put_digits(char *to, size_t n, uint64_t number)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    for (; n; number /= sizeof digits - 1) {
        to[--n] = digits[number % (sizeof digits - 1)];
    }
}

bool
key_start_make(char start[KEY_START_BYTES], struct error *err)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t) sizeof number) {
        return error_set(err, "IO", "random bytes for keys: %s", strerror(errno));
    }
    put_digits(start, KEY_START_TIME, (uint64_t) now_unix_us());
    put_digits(start + KEY_START_TIME, KEY_START_RANDOM, number);
    memcpy(start + KEY_START_TIME + KEY_START_RANDOM, "-", 2);
    return true;
}
