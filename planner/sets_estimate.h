/*
 * Cardinality estimates, from a dataset's statistics.
 *
 *     struct estimate e = {arena, stats, 1000000};
 *     estimate_filter(&e, filter)      -> about so many of the rows pass it
 *
 * A value's rows are known, or guessed as a field's average. Alternatives are independent: 1 -
 * (1-s1)(1-s2)... Intersections back off exponentially, s1 * s2^(1/2) * s3^(1/4) * s4^(1/8), the
 * most selective first, since the fields of a row are seldom independent (as SQL Server does since
 * 2014).
 */
#ifndef QUIPU_PLANNER_SETS_ESTIMATE_H
#define QUIPU_PLANNER_SETS_ESTIMATE_H

#include "planner/filter.h"
#include "planner/sets_stats.h"

static inline double
at_least(double a, double b)
{
    return a > b ? a : b;
}

static inline double
at_most(double a, double b)
{
    return a < b ? a : b;
}

struct estimate {
    struct arena *arena; /* for scratch */
    const struct stats *stats;
    double rows; /* of the dataset */
};

/* Rows that have the field. */
double estimate_field(const struct estimate *e, struct slice field);
double estimate_value(const struct estimate *e, struct slice field, struct slice value);
double estimate_filter(const struct estimate *e, const struct filter *filter);
/* Rows in all of n sets of these sizes; sizes is sorted in place. */
double estimate_intersection(const struct estimate *e, double *sizes, size_t n);

#endif
