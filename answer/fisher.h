/*
 * Fisher's exact test of a table of 2 x 2 counts: two-sided, with the conditional odds ratio.
 *
 *     3 1     p = 0.4857, odds ratio 6.408309     (the tea tasting of Fisher 1935)
 *     1 3
 *
 * As R's fisher.test, with one difference: R looks for the odds ratio with a tolerance of about
 * 1e-4, and here it is exact to double precision.
 */
#ifndef QUIPU_ANSWER_FISHER_H
#define QUIPU_ANSWER_FISHER_H

#include <stdint.h>

/* Above so many rows the test is not made: chi-square is as good there. */
enum { FISHER_ROWS_MOST = 1000000 };

struct fisher_test {
    double p;
    /*
     * The conditional maximum-likelihood estimate. 0 or INFINITY where the first cell is the least
     * or greatest that the totals allow, so in every table with a zero.
     */
    double odds_ratio;
};

/*
 * a b over c d: none below 0, no row and no column that totals 0, together at most
 * FISHER_ROWS_MOST. Time: a few times the likely values of a, at worst their number.
 */
struct fisher_test fisher_test(int64_t a, int64_t b, int64_t c, int64_t d);

#endif
