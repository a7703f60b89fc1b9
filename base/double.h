/*
 * Doubles as text: the shortest that reads back as the same double, and of those the nearest. It is
 * what ECMAScript's Number::toString writes, and RFC 8785 asks of JSON: plain digits from 1e-6 up to
 * below 1e21, else an exponent. It knows no locale.
 *
 *     0.1 -> 0.1        1/3 -> 0.3333333333333333      100 -> 100       -0 -> 0
 *     1e20 -> 100000000000000000000      1e21 -> 1e+21      2.5e-7 -> 2.5e-7
 */
#ifndef QUIPU_BASE_DOUBLE_H
#define QUIPU_BASE_DOUBLE_H

#include "base/strbuf.h"

/* The longest text of a double, with a sign, a point, zeros behind it and an exponent; and a NUL. */
enum { DOUBLE_TEXT_BYTES = 32 };

/* What JSON has no number for (an infinity, not a number) is `null`. */
void double_print(struct strbuf *out, double x);
/* The same into an array of DOUBLE_TEXT_BYTES; returns how many bytes it took. */
size_t double_write(char *text, double x);

/* The double nearest to a decimal text, as double_print or base/number.h write it. */
double double_read(struct slice number);

/*
 * Whether a double is exactly this canonical number (base/number.h): 0.5 and 2^53 + 2, but neither 0.1
 * nor 2^53 + 1.
 */
bool double_is_exact(struct slice number);

#endif
