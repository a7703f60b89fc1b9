/*
 * Wilson's confidence interval of a share, in percent.
 *
 *     double z = interval_z(0.95);                   once per query
 *     interval_of_share(18, 39, z)                   low 31.5669, high 61.4306
 *
 * As R's prop.test(correct = FALSE) with one group. Low of a count of 0 is 0 exactly; high of a count
 * that is the base is 100.
 */
#ifndef QUIPU_ANSWER_INTERVAL_H
#define QUIPU_ANSWER_INTERVAL_H

#include <stdbool.h>

struct interval {
    bool is_null;     /* the base is 0; the others are 0 then */
    double low, high; /* percent */
};

/* How many standard errors a confidence (above 0, below 1) is worth: 0.95 -> 1.96. */
double interval_z(double confidence);

/*
 * The count is from 0 to the base. Weighted: both times the effective base over the sum of weights.
 * A count above its base by rounding counts as the base.
 */
struct interval interval_of_share(long double count, long double base, double z);

#endif
