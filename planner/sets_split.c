/*
 * Prices the split way. in: a query, statistics; out: the candidates, as sets and tests, and what
 * reading them costs.
 *
 * Example: `count a in [1,3] from current where b = 1 || c > 5`: a row that is counted has the field
 * a, whose set is a source; the filter is tested on its rows, or built, where that is cheaper.
 */
#include "planner/sets_split.h"

#include <string.h>

#include "planner/filter_build.h"
#include "planner/filter_normal.h"
#include "planner/sets_costs.h"

/*
 * A selection that is more than an intersection of index sets becomes one named source, if it is
 * known to be cached or was wanted before. Else the choice notes its name for the next time.
 */
static void
keep_selection(struct planner *p, struct plan_choice *choice, struct selection *s,
               const struct filter **conditions, size_t nconditions,
               const struct filter **exclusions, size_t nexclusions)
{
    bool is_plain = !s->ntests && !s->nexcluded;
    for (size_t i = 0; i < s->nsources; i++) {
        is_plain = is_plain && s->sources[i]->kind == SET_SINGLE;
    }
    double testing = s->cost_us + s->candidates * s->tests_us;
    if (is_plain || !nconditions || !p->caches_filters || s->rows * COST_STORE > testing) {
        return;
    }
    const struct filter **all =
        arena_array(p->arena, nconditions + nexclusions, sizeof(struct filter *));
    memcpy(all, conditions, nconditions * sizeof *all);
    for (size_t i = 0; i < nexclusions; i++) {
        all[nconditions + i] = filter_not(p->arena, exclusions[i]);
    }
    const struct filter *filter = filter_all(p->arena, all, nconditions + nexclusions);
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

void
plan_split(struct planner *p, struct plan_choice *choice)
{
    const struct bound_query *query = p->query;
    const struct filter *filter = query->filter;
    bool is_and = filter && filter->kind == FILTER_AND;
    bool is_not = filter && filter->kind == FILTER_NOT;
    size_t most = query->ndims + (filter ? filter->nchildren + 1 : 0);
    const struct filter **conditions = arena_array(p->arena, most, sizeof *conditions);
    const struct filter **exclusions = arena_array(p->arena, most, sizeof *exclusions);
    size_t nconditions = 0, nexclusions = 0;
    struct plan_set *whole = filter && !is_not ? set_build(p, filter, true) : NULL;
    if (is_not) {
        exclusions[nexclusions++] = filter->children[0];
    } else if (is_and && !whole->is_cached) {
        for (size_t i = 0; i < filter->nchildren; i++) {
            if (i < filter->npositive) {
                conditions[nconditions++] = filter->children[i];
            } else {
                exclusions[nexclusions++] = filter->children[i]->children[0];
            }
        }
    } else if (filter) {
        conditions[nconditions++] = filter;
    }
    for (size_t i = 0; i < query->ndims; i++) {
        const struct bound_dim *dim = &query->dims[i];
        /* A dimension that nearly every row has does not reduce the candidates. */
        if (dim->has_missing || estimate_field(&p->estimate, dim->field) > 0.9 * p->rows) {
            continue;
        }
        bool one_value = dim->kind == DIM_LIST && dim->npositions == 1 && !dim->has_other;
        conditions[nconditions++] =
            one_value ? filter_equals(p->arena, dim->field, dim->positions[0].value)
                      : filter_exists(p->arena, dim->field);
    }
    struct selection s = selection_choose(p, conditions, nconditions, exclusions, nexclusions);
    keep_selection(p, choice, &s, conditions, nconditions, exclusions, nexclusions);
    choice->is_possible = true;
    choice->sets = s.sources;
    choice->nsets = s.nsources;
    choice->excluded = s.excluded;
    choice->nexcluded = s.nexcluded;
    choice->tests = s.tests;
    choice->ntests = s.ntests;
    choice->candidates = s.candidates;
    choice->cost_us = s.cost_us + 6 * COST_CALL * query->dataset->npartitions;
    if (query->ndims || s.ntests) {
        choice->cost_us += s.candidates * (COST_READ + s.tests_us +
                                           (double) query->ndims * (COST_FIELD + COST_TEST));
    }
}
