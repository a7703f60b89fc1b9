/*
 * Fisher's exact test. in: 2 x 2 counts; out: p, and the odds ratio.
 *
 *     3 1    With these totals the first cell is 0..4, and its chances are as 1 16 36 16 1 of 70.
 *     1 3    p: all that are not likelier than the 3: (1 + 16 + 16 + 1) / 70.
 *            The odds ratio: with the odds w, the chances are as 1 16w 36w^2 16w^3 w^4. It is the w
 *            under which the first cell is 3 on average.
 *
 * The chances come from one another by their ratios, from the likeliest value outwards; so no
 * factorial is computed, and the sums end where the chances are too small to matter. The average
 * rises with log w, and its derivative is the variance: Newton's method, kept in an interval.
 *
 * Source: Agresti, Categorical Data Analysis (1990), 3.5 and 3.6.
 */
#include "answer/fisher.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>

/* Of `drawn` rows, how many are white: the first cell, if the first column is what was drawn. */
struct urn {
    int64_t white, black, drawn;
    int64_t least, most; /* the values that the first cell can have */
};

/* Chances are told as parts of the greatest; below this they do not matter to any sum. */
static const long double NO_CHANCE = 1e-400L;

/* How much likelier x + 1 is than x. Falls as x rises. */
static long double
chance_ratio(const struct urn *urn, long double odds, int64_t x)
{
    long double up = (long double) (urn->white - x) * (long double) (urn->drawn - x);
    long double down = (long double) (x + 1) * (long double) (urn->black - urn->drawn + x + 1);
    return odds * up / down;
}

static int64_t
likeliest(const struct urn *urn, long double odds)
{
    int64_t low = urn->least, high = urn->most;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (chance_ratio(urn, odds, middle) > 1) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* What is summed over the chances of all values. */
struct sums {
    int64_t origin;                       /* values are told from here */
    long double bound;                    /* for `below` */
    long double all, below, mean, square; /* below: chances up to the bound; the others by value */
};

static void
sums_add(struct sums *sums, int64_t x, long double chance)
{
    long double away = (long double) (x - sums->origin);
    sums->all += chance;
    sums->below += chance <= sums->bound ? chance : 0;
    sums->mean += chance * away;
    sums->square += chance * away * away;
}

static void
sums_make(const struct urn *urn, long double odds, struct sums *sums)
{
    int64_t start = likeliest(urn, odds);
    long double chance = 1;
    for (int64_t x = start; x <= urn->most && chance > NO_CHANCE; x++) {
        sums_add(sums, x, chance);
        chance *= chance_ratio(urn, odds, x);
    }
    chance = 1;
    for (int64_t x = start - 1; x >= urn->least && chance > NO_CHANCE; x--) {
        chance /= chance_ratio(urn, odds, x);
        sums_add(sums, x, chance);
    }
}

static double
two_sided_p(const struct urn *urn, int64_t x)
{
    int64_t start = likeliest(urn, 1);
    long double chance = 1;
    for (int64_t i = start; i < x; i++) {
        chance *= chance_ratio(urn, 1, i);
    }
    for (int64_t i = start; i > x; i--) {
        chance /= chance_ratio(urn, 1, i - 1);
    }
    /* Equal chances count as equal, however they were rounded: R's tolerance. */
    struct sums sums = {.origin = x, .bound = chance * (1 + 1e-7L)};
    sums_make(urn, 1, &sums);
    return (double) (sums.below / sums.all);
}

/* The odds under which x is the average. x is between least and most; the guess is above 0. */
static double
odds_for_mean(const struct urn *urn, int64_t x, long double guess)
{
    enum { STEPS_MOST = 200 }; /* a dozen are usual */
    long double t = logl(guess), low = -INFINITY, high = INFINITY;
    for (int i = 0; i < STEPS_MOST; i++) {
        struct sums sums = {.origin = x};
        sums_make(urn, expl(t), &sums);
        long double above = sums.mean / sums.all;
        long double variance = sums.square / sums.all - above * above;
        if (above == 0) {
            break;
        }
        *(above > 0 ? &high : &low) = t;
        /* The average is flat far from the goal, where Newton's steps are too long. */
        long double next = t - fmaxl(-4, fminl(4, above / variance));
        if (isfinite(low) && isfinite(high) && (next <= low || next >= high)) {
            next = (low + high) / 2;
        }
        bool is_near = fabsl(next - t) < 1e-17L * (1 + fabsl(t));
        t = next;
        if (is_near) {
            break;
        }
    }
    return (double) expl(t);
}

struct fisher_test
fisher_test(int64_t a, int64_t b, int64_t c, int64_t d)
{
    assert(a >= 0 && b >= 0 && c >= 0 && d >= 0 && a + b > 0 && c + d > 0 && a + c > 0 &&
           b + d > 0);
    assert(a + b + c + d <= FISHER_ROWS_MOST);
    struct urn urn = {.white = a + b, .black = c + d, .drawn = a + c};
    urn.least = urn.drawn > urn.black ? urn.drawn - urn.black : 0;
    urn.most = urn.drawn < urn.white ? urn.drawn : urn.white;
    struct fisher_test test = {.p = two_sided_p(&urn, a)};
    if (a == urn.least) {
        test.odds_ratio = 0;
    } else if (a == urn.most) {
        test.odds_ratio = INFINITY;
    } else {
        long double guess = (long double) a * (long double) d / ((long double) b * (long double) c);
        test.odds_ratio = odds_for_mean(&urn, a, guess);
    }
    return test;
}
