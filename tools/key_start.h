/*
 * What the keys of added rows begin with: nobody else's do.
 *
 *     char start[KEY_START_BYTES];
 *     key_start_make(start, &err)          "homexa2gw000009ix-": rows are ..ix-1, ..ix-2
 */
#ifndef QUIPU_TOOLS_KEY_START_H
#define QUIPU_TOOLS_KEY_START_H

#include "base/error.h"

enum {
    KEY_START_TIME = 10,
    KEY_START_RANDOM = 7,
    KEY_START_BYTES = KEY_START_TIME + KEY_START_RANDOM + 2
};

/*
 * Two starts are the same only if they are made in the same microsecond, of one machine or two, and seven random
 * letters fall alike: once in 78 thousand million such pairs. A later one comes behind an earlier one in the
 * order of bytes, as clocks go. Fails with IO: the system has no random bytes.
 */
bool key_start_make(char start[KEY_START_BYTES], struct error *err) QUIPU_MUST_CHECK;

#endif
