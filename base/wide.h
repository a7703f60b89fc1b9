/*
 * Exact integers of 256 bits, for sums and squares of scaled decimals, and the doubles that are
 * nearest to their quotients. There is no floating point before the last step.
 *
 *     __int128 x;
 *     wide_parse_decimal(slice_lit("-12.5"), 2, &x)         -> true, x = -1250
 *     struct wide sum = wide_mul_128x128(x, x);             1562500, at scale 4
 *     wide_print_decimal(&text, sum, 4);                    "156.25"
 *     wide_divide_to_double(sum, wide_of_int128(30000))     52.083333333333336
 *
 * The range is symmetric: -(2^255 - 1) to 2^255 - 1. A function that can leave it answers false, and
 * *out is then not set. Nothing else fails, and nothing is allocated.
 */
#ifndef QUIPU_BASE_WIDE_H
#define QUIPU_BASE_WIDE_H

#include "base/error.h"
#include "base/strbuf.h"

struct wide {
    uint64_t word[4]; /* two's complement, the lowest word first */
};

struct wide wide_of_int128(__int128 n);
struct wide wide_of_uint64(uint64_t n);
/* False where it needs more than 128 bits. */
QUIPU_MUST_CHECK bool wide_to_int128(struct wide n, __int128 *out);

bool wide_is_zero(struct wide n);
bool wide_is_negative(struct wide n);
/* Negative, 0 or positive. */
int wide_compare(struct wide a, struct wide b);

struct wide wide_negate(struct wide n);
QUIPU_MUST_CHECK bool wide_add(struct wide a, struct wide b, struct wide *out);
QUIPU_MUST_CHECK bool wide_subtract(struct wide a, struct wide b, struct wide *out);
/* Always fits. */
struct wide wide_mul_128x128(__int128 a, __int128 b);
QUIPU_MUST_CHECK bool wide_mul_small(struct wide a, uint64_t b, struct wide *out);
QUIPU_MUST_CHECK bool wide_mul(struct wide a, struct wide b, struct wide *out);
/* n times 10^k. */
QUIPU_MUST_CHECK bool wide_scale10(struct wide n, size_t k, struct wide *out);

/* n / 10^scale in plain digits, exact and shortest: "12.5", "-0.001", "0". */
void wide_print_decimal(struct strbuf *out, struct wide n, size_t scale);
/* How many digits a canonical number (base/number.h) has behind its point. */
size_t decimals_of(struct slice number);
/*
 * A canonical number times 10^scale. False where that is no integer of 128 bits: the number is too
 * long, or has more than scale decimals.
 */
QUIPU_MUST_CHECK bool wide_parse_decimal(struct slice number, size_t scale, __int128 *out);

/*
 * The double nearest to num / den, exact up to the one rounding, half to even. den is not 0. Neither
 * overflow nor underflow can happen.
 */
double wide_divide_to_double(struct wide num, struct wide den);
/* The double nearest to the square root of num / den, as exact. num / den >= 0, den is not 0. */
double wide_divide_to_sqrt(struct wide num, struct wide den);

#endif
