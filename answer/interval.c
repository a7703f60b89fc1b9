/*
 * How sure is a share? in: a count, its base, a confidence; out: a range in percent.
 *
 *     18 of 39, z = 1.96      the shares p that 18/39 is at most z standard errors away from, each
 *                             with its own error sqrt(p (1 - p) / 39): from 0.3157 to 0.6143
 *
 * They are the two roots of (1 + zz/n) p^2 - (2 s + zz/n) p + s^2 = 0, with s the share and zz = z^2. The
 * larger root is a sum of positive numbers; the smaller one is s^2 over the other terms, so
 * that neither loses digits.
 *
 * Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".
 */
#include "answer/interval.h"

#include <assert.h>
#include <math.h>

#include "answer/special.h"

double
interval_z(double confidence)
{
    assert(confidence > 0 && confidence < 1);
    return -normal_quantile((1 - confidence) / 2);
}

struct interval
interval_of_share(long double count, long double base, double z)
{
    assert(count >= 0 && base >= 0);
    if (base == 0) {
        return (struct interval){.is_null = true};
    }
    long double share = count < base ? count / base : 1;
    long double part = (long double) z * z / base;
    long double root = sqrtl(part * (share * (1 - share) + part / 4));
    long double larger = share + part / 2 + root; /* this over 1 + part is the larger root */
    long double high = larger / (1 + part);
    return (struct interval){
        .low = larger > 0 ? (double) (100 * share * share / larger) : 0,
        .high = (double) (100 * fminl(high, 1)),
    };
}
