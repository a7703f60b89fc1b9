/*
 * Selects rows. in: filters, statistics; out: sets and tests, with their costs.
 *
 * selection_choose(conditions, exclusions) is the heart; it serves the split method and the building
 * of an AND as a set:
 *
 *     candidates = all rows
 *     sources = the conditions that are sets already: each can only make the intersection smaller,
 *         and Redis starts from the smallest
 *     for each other condition, cheapest to build first:
 *         building costs its union, and a probe per candidate
 *         testing costs reading its fields of every candidate, and rows that a set would spare
 *         take the cheaper; a built one is a source, and the candidates become fewer
 *     for each exclusion: the same choice, between a difference and a test
 *
 * So no union is built that is larger than testing the candidates would cost.
 */
#include "planner/sets_select.h"

#include <stdlib.h>

#include "planner/filter_build.h"
#include "planner/sets_costs.h"

/* The number of tests in a filter: a list of values is looked up once. */
static size_t
count_tests(const struct filter *filter)
{
    size_t n = filter->kind <= FILTER_EXISTS ? 1 : 0;
    for (size_t i = 0; i < filter->nchildren; i++) {
        n += count_tests(filter->children[i]);
    }
    return n;
}

double
filter_test_cost(const struct filter *filter)
{
    double n = (double) count_tests(filter);
    return n * (COST_FIELD + COST_TEST);
}

static int
by_cost(const void *a, const void *b)
{
    const struct plan_set *x = *(struct plan_set *const *) a, *y = *(struct plan_set *const *) b;
    return (x->cost_us > y->cost_us) - (x->cost_us < y->cost_us);
}

int
plan_set_by_rows(const void *a, const void *b)
{
    const struct plan_set *x = *(struct plan_set *const *) a, *y = *(struct plan_set *const *) b;
    return (x->rows > y->rows) - (x->rows < y->rows);
}

/* True: the condition adds nothing. A field's set includes each of its values' sets. */
static bool
is_implied(const struct filter **all, size_t n, size_t i)
{
    if (all[i]->kind != FILTER_EXISTS) {
        return false;
    }
    for (size_t j = 0; j < n; j++) {
        bool narrower = all[j]->kind == FILTER_IN && filter_is_single_set(all[j]);
        bool twin = all[j]->kind == FILTER_EXISTS && j < i;
        if ((narrower || twin) && slice_equal(all[j]->field, all[i]->field)) {
            return true;
        }
    }
    return false;
}

static double
source_rows(struct planner *p, const struct selection *s)
{
    double *sizes = arena_array(p->arena, s->nsources, sizeof *sizes);
    for (size_t i = 0; i < s->nsources; i++) {
        sizes[i] = s->sources[i]->rows;
    }
    return estimate_intersection(&p->estimate, sizes, s->nsources);
}

struct selection
selection_choose(struct planner *p, const struct filter **conditions, size_t nconditions,
                 const struct filter **exclusions, size_t nexclusions)
{
    struct selection s = {0};
    size_t most = nconditions + nexclusions + 1;
    s.sources = arena_array(p->arena, most, sizeof *s.sources);
    s.excluded = arena_array(p->arena, most, sizeof *s.excluded);
    s.tests = arena_array(p->arena, most, sizeof *s.tests);
    struct plan_set **complex = arena_array(p->arena, most, sizeof *complex);
    size_t ncomplex = 0;
    for (size_t i = 0; i < nconditions; i++) {
        if (is_implied(conditions, nconditions, i)) {
            continue;
        }
        struct plan_set *set = set_build(p, conditions[i], true);
        if (set->cost_us == 0 && s.nsources < MAX_SOURCES) {
            s.sources[s.nsources++] = set;
        } else {
            complex[ncomplex++] = set;
        }
    }
    s.candidates = source_rows(p, &s);
    double kept = 1;
    qsort(complex, ncomplex, sizeof *complex, by_cost);
    for (size_t i = 0; i < ncomplex; i++) {
        struct plan_set *set = complex[i];
        double selectivity = p->rows > 0 ? at_most(1, set->rows / p->rows) : 0;
        double spared = s.nsources ? s.candidates * (1 - selectivity) : p->rows - set->rows;
        double testing =
            s.candidates * filter_test_cost(set->filter) + spared * (COST_LIST + COST_READ);
        double building = set->cost_us + at_most(s.candidates, set->rows) * COST_PROBE;
        if (building < testing && s.nsources < MAX_SOURCES) {
            s.sources[s.nsources++] = set;
            s.cost_us += set->cost_us;
            s.candidates = source_rows(p, &s);
        } else {
            s.tests[s.ntests++] = set->filter;
            s.tests_us += filter_test_cost(set->filter);
            kept *= selectivity;
        }
    }
    for (size_t i = 0; i < nexclusions; i++) {
        struct plan_set *set = set_build(p, exclusions[i], true);
        double selectivity = p->rows > 0 ? at_most(1, set->rows / p->rows) : 0;
        double testing =
            s.candidates * (filter_test_cost(set->filter) + selectivity * (COST_LIST + COST_READ));
        if (set->cost_us + s.candidates * (COST_PROBE + COST_STORE) < testing &&
            s.nexcluded < MAX_SOURCES) {
            s.excluded[s.nexcluded++] = set;
            s.cost_us += set->cost_us + s.candidates * (COST_PROBE + COST_STORE);
            s.candidates *= 1 - selectivity;
        } else {
            struct filter *not = arena_alloc(p->arena, sizeof *not );
            not ->kind = FILTER_NOT;
            not ->nchildren = 1;
            not ->children = arena_array(p->arena, 1, sizeof *not ->children);
            not ->children[0] = (struct filter *) set->filter;
            not ->text = arena_printf(p->arena, "!%.*s", SLICE_ARG(set->filter->text));
            s.tests[s.ntests++] = not ;
            s.tests_us += filter_test_cost(set->filter);
            kept *= 1 - selectivity;
        }
    }
    qsort(s.sources, s.nsources, sizeof *s.sources, plan_set_by_rows);
    double smallest = s.nsources ? s.sources[0]->rows : p->rows;
    if (s.nsources > 1) {
        s.cost_us += smallest * COST_PROBE * (double) (s.nsources - 1);
    }
    s.cost_us += s.candidates * COST_LIST;
    s.rows = s.candidates * kept;
    return s;
}

static void
build_union(struct planner *p, struct plan_set *set)
{
    const struct filter *filter = set->filter;
    set->kind = SET_UNION;
    set->nchildren = filter->nchildren;
    set->children = arena_array(p->arena, set->nchildren, sizeof *set->children);
    for (size_t i = 0; i < filter->nchildren; i++) {
        struct plan_set *child = set_build(p, filter->children[i], false);
        set->children[i] = child;
        /* A list of values, a range, a pattern or a test of parts is written straight into this union. */
        bool is_flat = child->kind == SET_UNION && !child->nchildren && !child->is_cached;
        set->cost_us += (is_flat ? 0 : child->cost_us) + child->rows * COST_STORE;
    }
    if (!filter->nchildren) {
        set->cost_us = set->rows * COST_STORE;
        const struct field_stats *stats = stats_field(p->stats, filter->field);
        if (filter->kind != FILTER_IN && stats) {
            set->cost_us += (double) stats->nvalues * COST_LIST;
        }
    }
}

void
selection_build(struct plan_set *set, const struct selection *s)
{
    set->kind = s->ntests ? SET_SELECT : SET_INTERSECT;
    set->children = s->sources;
    set->nchildren = s->nsources;
    set->excluded = s->excluded;
    set->nexcluded = s->nexcluded;
    set->tests = s->tests;
    set->ntests = s->ntests;
    set->rows = s->rows;
    set->cost_us = s->cost_us + s->rows * COST_STORE;
    if (s->ntests) {
        set->cost_us += s->candidates * (COST_READ + s->tests_us);
    }
}

static void
build_conjunction(struct planner *p, struct plan_set *set)
{
    const struct filter *filter = set->filter;
    size_t nexclusions = filter->nchildren - filter->npositive;
    const struct filter **exclusions = arena_array(p->arena, nexclusions, sizeof *exclusions);
    for (size_t i = 0; i < nexclusions; i++) {
        exclusions[i] = filter->children[filter->npositive + i]->children[0];
    }
    struct selection s = selection_choose(p, (const struct filter **) filter->children,
                                          filter->npositive, exclusions, nexclusions);
    selection_build(set, &s);
}

void
set_price(struct planner *p, struct plan_set *set)
{
    bool is_kept = set->is_named && p->caches_filters;
    const struct cached_filter *cached =
        is_kept ? stats_filter(p->stats, set->filter->text, p->now_ms) : NULL;
    if (cached && cached->rows != FILTER_SEEN) {
        set->is_cached = true;
        set->rows = (double) cached->rows;
        set->cost_us = 0;
        return;
    }
    if (is_kept && p->built && slice_equal(p->built->text, set->filter->text)) {
        set->is_cached = true;
        set->cost_us = 0;
        return;
    }
    /*
     * A set that is built has a cost in every partition: looking, storing, and, if it is kept,
     * noting its name, its expiry and the fields that it depends on.
     */
    double calls = is_kept ? 7 + 3 * (double) count_tests(set->filter) : 2;
    set->cost_us += calls * COST_CALL * p->query->dataset->npartitions;
}

struct plan_set *
set_build(struct planner *p, const struct filter *filter, bool is_named)
{
    struct plan_set *set = arena_alloc(p->arena, sizeof *set);
    set->filter = filter;
    set->rows = at_most(estimate_filter(&p->estimate, filter), p->rows);
    set->is_named = is_named && !filter_is_single_set(filter);
    if (filter_is_single_set(filter)) {
        set->kind = SET_SINGLE;
        return set;
    }
    if (filter->kind == FILTER_AND) {
        build_conjunction(p, set);
    } else {
        build_union(p, set);
    }
    set_price(p, set);
    return set;
}
