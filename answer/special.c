/*
 * Tails of distributions, and a quantile. in: a statistic, or a probability; out: a double.
 *
 *     chi2_tail(18.25, 3) = Q(1.5, 9.125), the incomplete gamma function, upper and regularized
 *     9.125 > 1.5 + 1     the continued fraction; otherwise 1 - P, and P by its series
 *     either is           x^a e^-x / Gamma(a+1), the front, times something of moderate size
 *
 * All is computed in long double. Where that is wider than double (x86-64, aarch64), rounding cannot be
 * seen in the result.
 *
 * Sources: Abramowitz and Stegun, Handbook of Mathematical Functions (1964): 6.5.29, the series;
 * 6.5.31, the continued fraction (in its even part); 6.1.41, Stirling's series; 26.2.23, a first
 * guess of the quantile. Thompson and Barnett (1986), "Coulomb and Bessel functions of complex
 * arguments and order": Lentz's way to evaluate a continued fraction. Loader (2000), "Fast and
 * accurate computation of binomial probabilities": the form of the front that keeps its digits.
 */
#include "answer/special.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static const long double PI = 3.14159265358979323846264338327950288L;

/* ---- The incomplete gamma function ---- */

/* log Gamma(a+1) without its main part (a + 1/2) log a - a + log(2 pi) / 2. a is 16 or more. */
static long double
stirling_rest(long double a)
{
    long double a2 = a * a;
    long double terms = 1.0L / 156 / a2;
    terms = (terms - 691.0L / 360360) / a2;
    terms = (terms + 1.0L / 1188) / a2;
    terms = (terms - 1.0L / 1680) / a2;
    terms = (terms + 1.0L / 1260) / a2;
    terms = (terms - 1.0L / 360) / a2;
    return (terms + 1.0L / 12) / a;
}

/*
 * x^a e^-x / Gamma(a+1). For large a its logarithm is the small difference of large numbers; so
 * their main parts are taken off first: a (u - log(1 + u)) with u = x/a - 1 is what remains.
 */
static long double
gamma_front(long double a, long double x)
{
    if (a < 16) {
        int sign;
        return expl(a * logl(x) - x - lgammal_r(a + 1, &sign));
    }
    long double u = (x - a) / a;
    return expl(-a * (u - log1pl(u)) - stirling_rest(a)) / sqrtl(2 * PI * a);
}

/* P(a, x) / front: the sum of x^k / ((a+1) ... (a+k)). For x up to a + 1 the terms fall. */
static long double
gamma_series(long double a, long double x)
{
    long double sum = 1, term = 1;
    for (long double k = 1; term > sum * LDBL_EPSILON; k++) {
        term *= x / (a + k);
        sum += term;
    }
    return sum;
}

/*
 * Q(a, x) / (front a): 1/(x+1-a- 1(1-a)/(x+3-a- 2(2-a)/(x+5-a- ...))). For x above a + 1 about
 * sqrt(a) steps are enough.
 */
static long double
gamma_fraction(long double a, long double x)
{
    const long double tiny = LDBL_MIN / LDBL_EPSILON; /* in the place of a zero */
    long double b = x + 1 - a;
    long double c = 1 / tiny, d = 1 / b;
    long double value = d, change = 0;
    for (long double k = 1; fabsl(change - 1) > 16 * LDBL_EPSILON; k++) {
        long double numerator = k * (a - k);
        b += 2;
        d = numerator * d + b;
        d = 1 / (fabsl(d) < tiny ? tiny : d);
        c = b + numerator / c;
        c = fabsl(c) < tiny ? tiny : c;
        change = c * d;
        value *= change;
    }
    return value;
}

double
chi2_tail(double x, double df)
{
    assert(x >= 0 && df > 0);
    long double a = df / 2.0L, half = x / 2.0L;
    if (half == 0) {
        return 1;
    }
    if (isinf(x)) {
        return 0;
    }
    long double front = gamma_front(a, half);
    if (half < a + 1) {
        return (double) (1 - front * gamma_series(a, half));
    }
    return front > 0 ? (double) (front * a * gamma_fraction(a, half)) : 0;
}

/* ---- The normal distribution ---- */

static long double
wide_normal_tail(long double z)
{
    return erfcl(z / sqrtl(2)) / 2;
}

double
normal_tail(double z)
{
    return (double) wide_normal_tail(z);
}

/* How far the tail of z is above `tail`. Around z = 0 both are nearly 1/2, so it is what they lack. */
static long double
tail_excess(long double z, long double tail)
{
    if (z < 0.5L) {
        return (0.5L - tail) - erfl(z / sqrtl(2)) / 2;
    }
    return wide_normal_tail(z) - tail;
}

/* The z, 0 or more, whose upper tail is given: a guess, made exact by Halley's method. */
static long double
quantile_of_tail(long double tail)
{
    long double t = sqrtl(-2 * logl(tail));
    long double z = t - (2.515517L + t * (0.802853L + t * 0.010328L)) /
                            (1 + t * (1.432788L + t * (0.189269L + t * 0.001308L)));
    z = fmaxl(z, 0);
    /* An error of 4.5e-4 becomes one of about 1e-11, 1e-32. The third step is for good measure. */
    for (int i = 0; i < 3; i++) {
        long double density = expl(-z * z / 2) / sqrtl(2 * PI);
        long double step = tail_excess(z, tail) / density;
        z += step / (1 - z * step / 2);
    }
    return z;
}

double
normal_quantile(double p)
{
    assert(p >= 0 && p <= 1);
    if (p == 0 || p == 1) {
        return p == 0 ? -INFINITY : INFINITY;
    }
    if (p == 0.5) {
        return 0;
    }
    return (double) (p < 0.5 ? -quantile_of_tail(p) : quantile_of_tail(1 - (long double) p));
}
