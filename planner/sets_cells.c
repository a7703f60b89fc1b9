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
    /* A condition is tested on rows. */
    const struct field_stats *stats =
        dim->kind == DIM_WHEN ? NULL : stats_field(p->stats, dim->field);
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
combination_rows(const struct axis *const *axes, size_t naxes, double smallest)
{
    if (naxes == 0) {
        return smallest == WHOLE ? 0 : smallest;
    }
    double sum = 0;
    for (size_t i = 0; i < axes[0]->n; i++) {
        double size = axes[0]->sizes[i];
        bool smaller = smallest == WHOLE || (size != WHOLE && size < smallest);
        sum += combination_rows(axes + 1, naxes - 1, smaller ? size : smallest);
    }
    return sum;
}

/* ---- Grids ---- */

/* The sets along each dim of the query, which several grids may share. */
struct axes {
    struct axis *of_dim;
    bool *are_known; /* by dim: else none, or too many values to count one by one */
};

static struct axes
axes_of(struct planner *p)
{
    const struct bound_query *query = p->query;
    struct axes axes;
    axes.of_dim = arena_array(p->arena, query->ndims, sizeof *axes.of_dim);
    axes.are_known = arena_array(p->arena, query->ndims, sizeof *axes.are_known);
    for (size_t d = 0; d < query->ndims; d++) {
        axes.are_known[d] = axis_of(p, &query->dims[d], &axes.of_dim[d]);
    }
    return axes;
}

/* Counts a grid's combinations. */
static void
count_combinations(const struct axes *axes, const struct bound_grid *grid, struct grid_price *price)
{
    price->is_possible = true;
    price->combinations = 1;
    for (size_t d = 0; d < grid->ndims && price->is_possible; d++) {
        price->is_possible = axes->are_known[grid->dims[d]];
        price->combinations *= (double) axes->of_dim[grid->dims[d]].n;
    }
    price->is_possible = price->is_possible && price->combinations <= MAX_COMBINATIONS;
}

/* The cost of a grid's intersections, with the filter as these sets. */
static double
grid_cost(const struct planner *p, const struct axes *axes, const struct bound_grid *grid,
          const struct plan_choice *filter, double combinations)
{
    const struct axis **of_grid = arena_array(p->arena, grid->ndims, sizeof *of_grid);
    double smallest = WHOLE;
    for (size_t i = 0; i < filter->nsets; i++) {
        const struct plan_set *set = filter->sets[i];
        smallest = smallest == WHOLE ? set->rows : at_most(smallest, set->rows);
    }
    for (size_t d = 0; d < grid->ndims; d++) {
        of_grid[d] = &axes->of_dim[grid->dims[d]];
    }
    double walked = combination_rows(of_grid, grid->ndims, smallest);
    /* A single set has its cardinality: nothing is walked. */
    if (grid->ndims + filter->nsets <= 1) {
        walked = 0;
    }
    if (filter->is_complement) {
        walked += combination_rows(of_grid, grid->ndims, WHOLE);
        combinations *= 2;
    }
    return walked * COST_PROBE + combinations * COST_CALL * p->query->dataset->npartitions;
}

/* ---- The filter ---- */

static struct plan_choice
filter_choice(struct planner *p, const struct filter *const *parts, size_t nparts,
              bool is_complement)
{
    struct plan_choice choice = {.is_complement = is_complement};
    choice.sets = arena_array(p->arena, nparts, sizeof *choice.sets);
    for (size_t i = 0; i < nparts; i++) {
        choice.sets[choice.nsets++] = set_build(p, parts[i], true);
        choice.cost_us += choice.sets[i]->cost_us;
    }
    qsort(choice.sets, choice.nsets, sizeof *choice.sets, plan_set_by_rows);
    return choice;
}

/* The filter as one set; and, where all of its parts must hold, as the sets of those. */
static void
price_filter(struct planner *p, struct cells_prices *prices)
{
    const struct filter *filter = p->query->filter;
    prices->nfilters = 1;
    if (!filter) {
        return;
    }
    bool is_complement = filter->kind == FILTER_NOT;
    const struct filter *positive = is_complement ? filter->children[0] : filter;
    prices->filters[0] = filter_choice(p, &positive, 1, is_complement);
    if (positive->kind == FILTER_AND && positive->npositive == positive->nchildren &&
        positive->nchildren <= MAX_SOURCES) {
        const struct filter *const *parts = (const struct filter *const *) positive->children;
        prices->filters[prices->nfilters++] =
            filter_choice(p, parts, positive->nchildren, is_complement);
    }
}

/* ---- All of it ---- */

struct cells_prices *
cells_price(struct planner *p)
{
    const struct bound_query *query = p->query;
    struct cells_prices *prices = arena_alloc(p->arena, sizeof *prices);
    struct axes axes = axes_of(p);
    bool is_any_possible = false;
    prices->grids = arena_array(p->arena, query->ngrids, sizeof *prices->grids);
    for (size_t g = 0; g < query->ngrids; g++) {
        count_combinations(&axes, &query->grids[g], &prices->grids[g]);
        is_any_possible = is_any_possible || prices->grids[g].is_possible;
    }
    if (is_any_possible) {
        price_filter(p, prices);
    }
    for (size_t g = 0; g < query->ngrids; g++) {
        struct grid_price *price = &prices->grids[g];
        for (size_t f = 0; f < prices->nfilters && price->is_possible; f++) {
            price->costs_us[f] =
                grid_cost(p, &axes, &query->grids[g], &prices->filters[f], price->combinations);
        }
    }
    return prices;
}

void
cells_choose(const struct bound_query *query, const struct cells_prices *prices,
             const bool *by_cells, struct plan_choice *choice)
{
    *choice = (struct plan_choice){.is_possible = false};
    for (size_t f = 0; f < prices->nfilters; f++) {
        struct plan_choice as = prices->filters[f];
        as.is_possible = true;
        for (size_t g = 0; g < query->ngrids; g++) {
            const struct grid_price *price = &prices->grids[g];
            if (by_cells[g]) {
                as.is_possible = as.is_possible && price->is_possible;
                as.combinations += price->combinations * (as.is_complement ? 2 : 1);
                as.cost_us += price->costs_us[f];
            }
        }
        as.is_possible = as.is_possible && as.combinations <= 2 * MAX_COMBINATIONS;
        if (as.is_possible && (!choice->is_possible || as.cost_us < choice->cost_us)) {
            *choice = as;
        }
    }
}
