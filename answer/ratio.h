/*
 * Exact fractions, as a measure's value is before it is rounded: a mean, a variance, a share.
 *
 *     struct ratio mean;
 *     ratio_of(&mean, wide_of_uint64(5), wide_of_uint64(3));     5/3
 *     ratio_to_double(&mean)                                     1.6666666666666667, rounded once
 *     ratio_compare(&mean, &other)                               exact, however close they are
 *
 * They are not reduced. There is room for the variance of weighted numbers of 128 bits with 100
 * decimals, and for the comparison of two of them.
 */
#ifndef QUIPU_ANSWER_RATIO_H
#define QUIPU_ANSWER_RATIO_H

#include "base/wide.h"

enum { BIG_WORDS = 64 };

/* A magnitude: n words, the lowest first, the last not 0. */
struct big {
    size_t n;
    uint64_t word[BIG_WORDS];
};

struct ratio {
    bool is_negative;
    struct big num, den; /* den is above 0 */
};

/* num / den; den is above 0. */
void ratio_of(struct ratio *ratio, struct wide num, struct wide den);
/* A canonical number. False: it has more digits than there is room for. */
bool ratio_of_decimal(struct ratio *ratio, struct slice number) QUIPU_MUST_CHECK;
/*
 * Divides by 10^k, or multiplies. At most a few hundred digits: more do not fit, and are an error of
 * the caller.
 */
void ratio_divide10(struct ratio *ratio, size_t k);
void ratio_multiply10(struct ratio *ratio, size_t k);
/*
 * The variance of numbers x with weights w, of these sums: W of w, S of w x, Q of w x^2.
 *
 *     sum of w (x - m)^2 / (W - 1)    with the mean m = S / W:    (Q W - S^2) / (W (W - 1))
 *
 * They are integers, times 10^-weight_scale, 10^-(value_scale + weight_scale) and
 * 10^-(2 value_scale + weight_scale). Without weights W is the number of rows, at scale 0. False:
 * W - 1 is not above 0, so there is none.
 */
bool ratio_of_variance(struct ratio *ratio, struct wide weights, struct wide sum,
                       struct wide squares, size_t value_scale,
                       size_t weight_scale) QUIPU_MUST_CHECK;

/* The nearest double, half to even. */
double ratio_to_double(const struct ratio *ratio);
/* The double nearest to the square root of what is not negative. */
double ratio_to_sqrt(const struct ratio *ratio);
/* It is an integer that a double holds. */
bool ratio_is_short(const struct ratio *ratio);
/* Negative, 0 or positive. */
int ratio_compare(const struct ratio *a, const struct ratio *b);

#endif
