/*
 * Rounds quotients. in: the first bits of a quotient; out: the double that is nearest to all of it.
 *
 * Example: 66 bits are cut to 63, and the lowest of these says whether anything was cut off. So the
 * one rounding to the 53 bits of a double sees what lies beyond them.
 */
#include "base/quotient.h"

#include <math.h>
#include <stdint.h>

typedef unsigned __int128 uint128;

enum { WORD_BITS = 64 };

double
quotient_round(struct quotient quotient)
{
    uint64_t high = (uint64_t) (quotient.bits >> WORD_BITS);
    int bits = high ? 2 * WORD_BITS - __builtin_clzll(high)
                    : WORD_BITS - __builtin_clzll((uint64_t) quotient.bits);
    int drop = bits - 63;
    uint64_t kept = (uint64_t) (quotient.bits >> drop);
    kept |= quotient.inexact || (quotient.bits & (((uint128) 1 << drop) - 1)) != 0;
    return ldexp((double) (int64_t) kept, quotient.exponent + drop);
}

/* The integer below the root, bit by bit: where `root + bit` squared still fits, the bit is set. */
struct quotient
quotient_root(struct quotient quotient)
{
    uint64_t root = 0;
    for (int i = WORD_BITS - 1; i >= 0; i--) {
        uint64_t larger = root | 1ull << i;
        if ((uint128) larger * larger <= quotient.bits) {
            root = larger;
        }
    }
    return (struct quotient){.bits = root,
                             .exponent = quotient.exponent / 2,
                             .inexact = quotient.inexact || (uint128) root * root != quotient.bits};
}
