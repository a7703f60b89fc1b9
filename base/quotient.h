/*
 * The first bits of a quotient of long integers, and the double nearest to it or to its root. Who
 * divides makes the bits (base/wide, answer/ratio); rounding is the same for all.
 *
 *     1 / 3      bits 0x5555...5 (65 of them), exponent -66, inexact      0.3333333333333333
 */
#ifndef QUIPU_BASE_QUOTIENT_H
#define QUIPU_BASE_QUOTIENT_H

#include <stdbool.h>

/* It is bits * 2^exponent, and a bit more where it is inexact. */
struct quotient {
    unsigned __int128 bits;
    int exponent;
    bool inexact;
};

/* The double nearest to a quotient of at least 63 bits, half to even. */
double quotient_round(struct quotient quotient);
/* The square root of a quotient of 125 to 127 bits with an even exponent; it has 63 bits or more. */
struct quotient quotient_root(struct quotient quotient);

#endif
