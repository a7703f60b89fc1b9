/*
 * Estimates how many rows a filter, or an intersection of sets, will hold. in: cardinalities, a
 * filter; out: rows, as a double. sets_estimate.h has the rules.
 */
#include "planner/sets_estimate.h"

#include <stdlib.h>

double
estimate_field(const struct estimate *e, struct slice field)
{
    const struct field_stats *stats = stats_field(e->stats, field);
    return stats ? (double) stats->present : e->rows;
}

double
estimate_value(const struct estimate *e, struct slice field, struct slice value)
{
    double rows = stats_value_rows(e->stats, field, value);
    return rows < 0 ? e->rows / 10 : rows;
}

/* Of a range, a pattern or parts: the values that it holds for, where they are known. */
static double
matching_rows(const struct estimate *e, const struct filter *test)
{
    const struct field_stats *stats = stats_field(e->stats, test->field);
    if (!stats || (!stats->nlisted && stats->nvalues)) {
        return estimate_field(e, test->field) / 3;
    }
    double rows = 0;
    for (size_t i = 0; i < stats->nlisted; i++) {
        struct slice value = stats->values[i].value;
        if (filter_value_holds(test, value)) {
            rows += (double) stats->values[i].rows;
        }
    }
    return rows;
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

/* Exponential backoff over the four most selective sizes; sorts sizes in place. */
double
estimate_intersection(const struct estimate *e, double *sizes, size_t n)
{
    qsort(sizes, n, sizeof *sizes, by_size);
    double rows = e->rows;
    for (size_t i = 0; i < n && i < 4 && e->rows > 0; i++) {
        double selectivity = sizes[i] / e->rows;
        for (size_t root = 0; root < i; root++) {
            /* The square root by Newton's method: an estimate needs no libm. */
            double guess = selectivity > 0 ? at_least(selectivity, 1e-3) : 0;
            for (int step = 0; step < 12 && guess > 0; step++) {
                guess = (guess + selectivity / guess) / 2;
            }
            selectivity = guess;
        }
        rows *= selectivity;
    }
    return rows;
}

double
estimate_filter(const struct estimate *e, const struct filter *filter)
{
    switch (filter->kind) {
    case FILTER_IN: {
        double rows = 0;
        for (size_t i = 0; i < filter->nvalues; i++) {
            rows += estimate_value(e, filter->field, filter->values[i]);
        }
        return rows;
    }
    case FILTER_RANGE:
    case FILTER_LIKE:
    case FILTER_PARTS: return matching_rows(e, filter);
    case FILTER_EXISTS: return estimate_field(e, filter->field);
    case FILTER_OR: {
        double outside = 1;
        for (size_t i = 0; i < filter->nchildren && e->rows > 0; i++) {
            outside *= at_least(0, 1 - estimate_filter(e, filter->children[i]) / e->rows);
        }
        return e->rows * (1 - outside);
    }
    case FILTER_AND: {
        double *sizes = arena_array(e->arena, filter->npositive, sizeof *sizes);
        double kept = 1;
        for (size_t i = 0; i < filter->nchildren; i++) {
            double rows = estimate_filter(e, filter->children[i]);
            if (i < filter->npositive) {
                sizes[i] = rows;
            } else if (e->rows > 0) {
                kept *= rows / e->rows;
            }
        }
        return estimate_intersection(e, sizes, filter->npositive) * kept;
    }
    case FILTER_NOT: return at_least(0, e->rows - estimate_filter(e, filter->children[0]));
    }
    return e->rows;
}
