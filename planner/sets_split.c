/*
 * Prices the split way. in: a query, statistics; out: the candidates, as sets and tests, and what
 * reading them costs.
 *
 * Example: `count a in [1,3] from current where b = 1 || c > 5`: a row that is counted has the field
 * a, whose set is a source; the filter is tested on its rows, or built, where that is cheaper.
 */
#include "planner/sets_split.h"

#include <assert.h>
#include <string.h>

#include "planner/filter_build.h"
#include "planner/filter_normal.h"
#include "planner/sets_costs.h"

static const double NEARLY_ALL = 0.9; /* of the rows */

/* ---- Conditions ---- */

/* Filters that candidates must pass, and filters that they must not. */
struct conditions {
    const struct filter **all;
    size_t n;
    const struct filter **exclusions;
    size_t nexclusions;
};

static struct conditions
filter_conditions(struct planner *p, size_t nmore)
{
    const struct filter *filter = p->query->filter;
    bool is_not = filter && filter->kind == FILTER_NOT;
    size_t most = nmore + (filter ? filter->nchildren + 1 : 0);
    struct conditions conditions = {.n = 0};
    conditions.all = arena_array(p->arena, most, sizeof *conditions.all);
    conditions.exclusions = arena_array(p->arena, most, sizeof *conditions.exclusions);
    struct plan_set *whole = filter && !is_not ? set_build(p, filter, true) : NULL;
    if (is_not) {
        conditions.exclusions[conditions.nexclusions++] = filter->children[0];
    } else if (filter && filter->kind == FILTER_AND && !whole->is_cached) {
        for (size_t i = 0; i < filter->nchildren; i++) {
            if (i < filter->npositive) {
                conditions.all[conditions.n++] = filter->children[i];
            } else {
                conditions.exclusions[conditions.nexclusions++] = filter->children[i]->children[0];
            }
        }
    } else if (filter) {
        conditions.all[conditions.n++] = filter;
    }
    return conditions;
}

/* Is a row without the field in none of the dim's positions? */
static bool
needs_field(const struct bound_dim *dim)
{
    return dim->kind != DIM_WHEN && !dim->has_missing;
}

static bool
is_one_value(const struct bound_dim *dim)
{
    return dim->kind == DIM_LIST && dim->npositions == 1 && !dim->has_other;
}

/* Has the grid a dim that needs the field of this one? *is_same: it is this one. */
static bool
grid_needs(const struct bound_query *query, const struct bound_grid *grid, size_t dim,
           bool *is_same)
{
    bool needs = false;
    *is_same = false;
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct bound_dim *other = &query->dims[grid->dims[d]];
        needs = needs || (needs_field(other) && slice_equal(other->field, query->dims[dim].field));
        *is_same = *is_same || grid->dims[d] == dim;
    }
    return needs;
}

/*
 * Adds what the dims of a grid demand of a row. A row is a candidate if any grid counts it, so only
 * what all of them demand shortens the list.
 */
static void
add_grid(struct planner *p, const bool *by_cells, const struct bound_grid *grid,
         struct conditions *conditions)
{
    const struct bound_query *query = p->query;
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct bound_dim *dim = &query->dims[grid->dims[d]];
        /* A dimension that nearly every row has does not reduce the candidates. */
        if (!needs_field(dim) || estimate_field(&p->estimate, dim->field) > NEARLY_ALL * p->rows) {
            continue;
        }
        bool all_need = true, all_have = true;
        for (size_t g = 0; g < query->ngrids && all_need; g++) {
            bool is_same = true;
            all_need = by_cells[g] || grid_needs(query, &query->grids[g], grid->dims[d], &is_same);
            all_have = all_have && is_same;
        }
        if (all_need) {
            conditions->all[conditions->n++] =
                all_have && is_one_value(dim)
                    ? filter_equals(p->arena, dim->field, dim->positions[0].value)
                    : filter_exists(p->arena, dim->field);
        }
    }
}

/* ---- Selections that are kept ---- */

/*
 * A selection that is more than an intersection of index sets becomes one named source, if it is
 * known to be cached or was wanted before. Else the choice notes its name for the next time.
 */
static void
keep_selection(struct planner *p, struct plan_choice *choice, struct selection *s,
               const struct conditions *conditions)
{
    bool is_plain = !s->ntests && !s->nexcluded;
    for (size_t i = 0; i < s->nsources; i++) {
        is_plain = is_plain && s->sources[i]->kind == SET_SINGLE;
    }
    double testing = s->cost_us + s->candidates * s->tests_us;
    if (is_plain || !conditions->n || !p->caches_filters || s->rows * COST_STORE > testing) {
        return;
    }
    const struct filter **all =
        arena_array(p->arena, conditions->n + conditions->nexclusions, sizeof(struct filter *));
    memcpy(all, conditions->all, conditions->n * sizeof *all);
    for (size_t i = 0; i < conditions->nexclusions; i++) {
        all[conditions->n + i] = filter_not(p->arena, conditions->exclusions[i]);
    }
    const struct filter *filter =
        filter_all(p->arena, all, conditions->n + conditions->nexclusions);
    const struct cached_filter *known = stats_filter(p->stats, filter->text, p->now_ms);
    if (!known || filter->kind != FILTER_AND) {
        choice->selection = filter->kind == FILTER_AND ? filter : NULL;
        return;
    }
    struct plan_set *set = arena_alloc(p->arena, sizeof *set);
    set->filter = filter;
    set->is_named = true;
    selection_build(set, s);
    set_price(p, set);
    *s = (struct selection){.nsources = 1, .candidates = set->rows, .rows = set->rows};
    s->sources = arena_array(p->arena, 1, sizeof *s->sources);
    s->sources[0] = set;
    s->cost_us = set->cost_us + set->rows * COST_LIST;
}

/* ---- The cost of the rows ---- */

/* Has the field so many values that nearly each row is a cell of its own? */
static bool
has_many_values(const struct planner *p, const struct bound_dim *dim)
{
    const struct field_stats *stats = stats_field(p->stats, dim->field);
    return stats && stats->nvalues && !stats->nlisted;
}

/* What is done with a candidate once it is read; *reads: any of its fields is wanted. */
static double
row_cost(struct planner *p, const bool *by_cells, bool *reads)
{
    const struct bound_query *query = p->query;
    bool *is_read = arena_array(p->arena, query->ndims, sizeof *is_read);
    double cost = 0;
    size_t ngrids = 0;
    *reads = false;
    for (size_t g = 0; g < query->ngrids; g++) {
        const struct bound_grid *grid = &query->grids[g];
        bool is_measured = false;
        if (by_cells[g]) {
            continue;
        }
        for (size_t d = 0; d < grid->ndims; d++) {
            const struct bound_dim *dim = &query->dims[grid->dims[d]];
            cost += is_read[grid->dims[d]]  ? 0
                    : dim->kind == DIM_WHEN ? (dim->when ? filter_test_cost(dim->when) : 0)
                                            : COST_FIELD + COST_TEST;
            is_read[grid->dims[d]] = *reads = true;
            is_measured =
                is_measured || (d >= grid->ndims - grid_nhidden(grid) && has_many_values(p, dim));
        }
        cost += (ngrids++ ? COST_GRID : 0) + (is_measured ? COST_CELL : 0);
    }
    return cost;
}

void
plan_split(struct planner *p, const bool *by_cells, struct plan_choice *choice)
{
    const struct bound_query *query = p->query;
    size_t first = 0;
    while (first < query->ngrids && by_cells[first]) {
        first++;
    }
    assert(first < query->ngrids);
    struct conditions conditions = filter_conditions(p, query->grids[first].ndims);
    add_grid(p, by_cells, &query->grids[first], &conditions);
    struct selection s = selection_choose(p, conditions.all, conditions.n, conditions.exclusions,
                                          conditions.nexclusions);
    keep_selection(p, choice, &s, &conditions);
    choice->is_possible = true;
    choice->sets = s.sources;
    choice->nsets = s.nsources;
    choice->excluded = s.excluded;
    choice->nexcluded = s.nexcluded;
    choice->tests = s.tests;
    choice->ntests = s.ntests;
    choice->candidates = s.candidates;
    choice->cost_us = s.cost_us + 6 * COST_CALL * query->dataset->npartitions;
    bool reads;
    double cost = row_cost(p, by_cells, &reads);
    if (reads || s.ntests) {
        choice->cost_us += s.candidates * (COST_READ + s.tests_us + cost);
    }
}
