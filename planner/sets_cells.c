/*
 * Prices the cells way. in: a query, statistics; out: which sets are intersected, how many times, and
 * what that costs.
 *
 * Example: `count sex, age in [1,3] from current where a = 1`, with two values of sex that every row
 * has: one of them is the rest. So there are 1 + 1 sets along sex ("everyone" is none), 3 along age,
 * and 2 x 3 intersections with the filter's set.
 */
#include "planner/sets_cells.h"

#include <stdlib.h>

#include "planner/sets_costs.h"

enum { MAX_COMBINATIONS = 20000 /* more are never counted one by one */ };

/*
 * The sets of one dimension that are counted: their sizes. WHOLE stands for all rows, without a
 * set.
 */
struct axis {
    double *sizes;
    size_t n;
};

enum { WHOLE = -1 }; /* not a size: every row, so there is no set to intersect with */

static bool
axis_of(struct planner *p, const struct bound_dim *dim, struct axis *axis)
{
    const struct field_stats *stats = stats_field(p->stats, dim->field);
    bool is_open = bound_dim_is_open(dim);
    size_t nvalues = !is_open ? dim->npositions : stats ? stats->nlisted : 0;
    if (!stats || (is_open && stats->nvalues && !stats->nlisted)) {
        return false;
    }
    axis->sizes = arena_array(p->arena, nvalues + 2, sizeof *axis->sizes);
    axis->n = 0;
    double sum = 0;
    for (size_t i = 0; i < nvalues; i++) {
        double rows = 0;
        if (is_open) {
            rows = (double) stats->values[i].rows;
        } else if (dim->positions[i].kind == POSITION_VALUE) {
            rows = estimate_value(&p->estimate, dim->field, dim->positions[i].value);
        }
        if (rows > 0) {
            axis->sizes[axis->n++] = rows;
            sum += rows;
        }
    }
    double present = (double) stats->present;
    bool everyone = present >= p->rows;
    bool needs_field = (dim->has_missing && !everyone) || (!is_open && dim->has_other);
    if (sum >= present && axis->n > 0 && (everyone || needs_field)) {
        /* The rows of the largest value are those that the others leave. */
        size_t largest = 0;
        for (size_t i = 1; i < axis->n; i++) {
            largest = axis->sizes[i] > axis->sizes[largest] ? i : largest;
        }
        axis->sizes[largest] = axis->sizes[--axis->n];
        needs_field = true;
    }
    if (needs_field) {
        axis->sizes[axis->n++] = everyone ? WHOLE : present;
    }
    if (dim->has_missing && !everyone) {
        axis->sizes[axis->n++] = WHOLE;
    }
    return true;
}

/* Sums the smallest set of each combination, which SINTERCARD walks through. */
static double
combination_rows(const struct axis *axes, size_t naxes, double smallest)
{
    if (naxes == 0) {
        return smallest == WHOLE ? 0 : smallest;
    }
    double sum = 0;
    for (size_t i = 0; i < axes->n; i++) {
        double size = axes->sizes[i];
        bool smaller = smallest == WHOLE || (size != WHOLE && size < smallest);
        sum += combination_rows(axes + 1, naxes - 1, smaller ? size : smallest);
    }
    return sum;
}

/* The cost of the cells method, with the filter as these sets. */
static void
cost_cells(struct planner *p, struct plan_choice *choice, const struct axis *axes)
{
    const struct bound_query *query = p->query;
    double smallest = WHOLE;
    for (size_t i = 0; i < choice->nsets; i++) {
        const struct plan_set *set = choice->sets[i];
        choice->cost_us += set->cost_us;
        smallest = smallest == WHOLE ? set->rows : at_most(smallest, set->rows);
    }
    double walked = combination_rows(axes, query->ndims, smallest);
    /* A single set has its cardinality: nothing is walked. */
    if (query->ndims + choice->nsets <= 1) {
        walked = 0;
    }
    choice->combinations = 1;
    for (size_t i = 0; i < query->ndims; i++) {
        choice->combinations *= (double) axes[i].n;
    }
    if (choice->is_complement) {
        walked += combination_rows(axes, query->ndims, WHOLE);
        choice->combinations *= 2;
    }
    choice->cost_us +=
        walked * COST_PROBE + choice->combinations * COST_CALL * query->dataset->npartitions;
}

void
plan_cells(struct planner *p, struct plan_choice *choice)
{
    const struct bound_query *query = p->query;
    struct axis *axes = arena_array(p->arena, query->ndims, sizeof *axes);
    double combinations = 1;
    for (size_t i = 0; i < query->ndims; i++) {
        if (!axis_of(p, &query->dims[i], &axes[i])) {
            return;
        }
        combinations *= (double) axes[i].n;
    }
    if (combinations > MAX_COMBINATIONS) {
        return;
    }
    const struct filter *filter = query->filter;
    if (!filter) {
        choice->is_possible = true;
        cost_cells(p, choice, axes);
        return;
    }
    bool is_complement = filter->kind == FILTER_NOT;
    const struct filter *positive = is_complement ? filter->children[0] : filter;
    struct plan_choice whole = {.is_possible = true, .is_complement = is_complement};
    whole.nsets = 1;
    whole.sets = arena_array(p->arena, 1, sizeof *whole.sets);
    whole.sets[0] = set_build(p, positive, true);
    cost_cells(p, &whole, axes);
    *choice = whole;
    if (positive->kind == FILTER_AND && positive->npositive == positive->nchildren &&
        positive->nchildren <= MAX_SOURCES) {
        struct plan_choice parts = {.is_possible = true, .is_complement = is_complement};
        parts.sets = arena_array(p->arena, positive->nchildren, sizeof *parts.sets);
        for (size_t i = 0; i < positive->nchildren; i++) {
            parts.sets[parts.nsets++] = set_build(p, positive->children[i], true);
        }
        qsort(parts.sets, parts.nsets, sizeof *parts.sets, plan_set_by_rows);
        cost_cells(p, &parts, axes);
        if (parts.cost_us < whole.cost_us) {
            *choice = parts;
        }
    }
}
