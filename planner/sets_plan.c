/*
 * Plans how a query is counted by sets: works out two ways and chooses the cheaper one. in: bound
 * query, statistics; out: struct plan (described in sets_plan.h).
 *
 * choose_rows(conditions, exclusions) is the heart; it serves the split method and the building of
 * an AND as a set:
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
#include "planner/sets_plan.h"

#include <stdlib.h>
#include <string.h>

#include "planner/filter_build.h"
#include "planner/filter_normal.h"
#include "planner/sets_estimate.h"

/* Microseconds in Redis 7.0, as bench/costs.py measures them (docs/performance.md). */
static const double COST_CALL = 0.3;   /* one command from a script */
static const double COST_PROBE = 0.3;  /* one member walked to and looked up in another set */
static const double COST_STORE = 0.4;  /* one member stored in a set */
static const double COST_LIST = 0.3;   /* one member handed to the script */
static const double COST_READ = 1.8;   /* HMGET of a row, before its fields, and finding its cell */
static const double COST_FIELD = 0.12; /* one field of an HMGET */
static const double COST_TEST = 0.05;  /* one test of values that were read */

enum {
    MAX_COMBINATIONS = 20000, /* cells method: more are never counted one by one */
    MAX_SOURCES = 500         /* of one intersection: its arguments use Lua's stack */
};

struct planner {
    struct estimate estimate;
    struct arena *arena;
    const struct stats *stats;
    const struct plan_settings *settings;
    const struct bound_query *query;
    double rows;
};

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

/* The cost of one more test of a row that is read anyway. */
static double
test_cost(const struct filter *filter)
{
    double n = (double) count_tests(filter);
    return n * (COST_FIELD + COST_TEST);
}

/* ---- Sets ---- */

static struct plan_set *set_build(struct planner *p, const struct filter *filter, bool is_named);

/* The result of choose_rows. */
struct selection {
    struct plan_set **sources;
    size_t nsources;
    struct plan_set **excluded;
    size_t nexcluded;
    const struct filter **tests;
    size_t ntests;
    double candidates; /* rows left after sources and exclusions */
    double rows;       /* rows left after the tests, too */
    double cost_us;    /* building sources and exclusions, intersecting, listing; not reading */
    double tests_us;   /* of one row */
};

static int
by_cost(const void *a, const void *b)
{
    const struct plan_set *x = *(struct plan_set *const *) a, *y = *(struct plan_set *const *) b;
    return (x->cost_us > y->cost_us) - (x->cost_us < y->cost_us);
}

static int
by_rows(const void *a, const void *b)
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

static struct selection
choose_rows(struct planner *p, const struct filter **conditions, size_t nconditions,
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
        double testing = s.candidates * test_cost(set->filter) + spared * (COST_LIST + COST_READ);
        double building = set->cost_us + at_most(s.candidates, set->rows) * COST_PROBE;
        if (building < testing && s.nsources < MAX_SOURCES) {
            s.sources[s.nsources++] = set;
            s.cost_us += set->cost_us;
            s.candidates = source_rows(p, &s);
        } else {
            s.tests[s.ntests++] = set->filter;
            s.tests_us += test_cost(set->filter);
            kept *= selectivity;
        }
    }
    for (size_t i = 0; i < nexclusions; i++) {
        struct plan_set *set = set_build(p, exclusions[i], true);
        double selectivity = p->rows > 0 ? at_most(1, set->rows / p->rows) : 0;
        double testing =
            s.candidates * (test_cost(set->filter) + selectivity * (COST_LIST + COST_READ));
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
            s.tests_us += test_cost(set->filter);
            kept *= 1 - selectivity;
        }
    }
    qsort(s.sources, s.nsources, sizeof *s.sources, by_rows);
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
        /* A list of values or a range is written straight into this union. */
        bool is_flat = child->kind == SET_UNION && !child->nchildren && !child->is_cached;
        set->cost_us += (is_flat ? 0 : child->cost_us) + child->rows * COST_STORE;
    }
    if (!filter->nchildren) {
        set->cost_us = set->rows * COST_STORE;
        const struct field_stats *stats = stats_field(p->stats, filter->field);
        if (filter->kind == FILTER_RANGE && stats) {
            set->cost_us += (double) stats->nvalues * COST_LIST;
        }
    }
}

/* Makes a set of a selection's rows. */
static void
build_selection(struct plan_set *set, const struct selection *s)
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
    struct selection s = choose_rows(p, (const struct filter **) filter->children,
                                     filter->npositive, exclusions, nexclusions);
    build_selection(set, &s);
}

/* A cached set costs nothing. For any other set its own cost is added to that of its members. */
static void
price_set(struct planner *p, struct plan_set *set)
{
    bool is_kept = set->is_named && p->settings->caches_filters;
    const struct cached_filter *cached =
        is_kept ? stats_filter(p->stats, set->filter->text, p->settings->now_ms) : NULL;
    if (cached && cached->rows != FILTER_SEEN) {
        set->is_cached = true;
        set->rows = (double) cached->rows;
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

/* The set of a positive filter, and its cost. */
static struct plan_set *
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
    price_set(p, set);
    return set;
}

/* ---- Cells ---- */

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

static void
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
        qsort(parts.sets, parts.nsets, sizeof *parts.sets, by_rows);
        cost_cells(p, &parts, axes);
        if (parts.cost_us < whole.cost_us) {
            *choice = parts;
        }
    }
}

/* ---- Split ---- */

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
    if (is_plain || !nconditions || !p->settings->caches_filters ||
        s->rows * COST_STORE > testing) {
        return;
    }
    const struct filter **all =
        arena_array(p->arena, nconditions + nexclusions, sizeof(struct filter *));
    memcpy(all, conditions, nconditions * sizeof *all);
    for (size_t i = 0; i < nexclusions; i++) {
        all[nconditions + i] = filter_not(p->arena, exclusions[i]);
    }
    const struct filter *filter = filter_all(p->arena, all, nconditions + nexclusions);
    const struct cached_filter *known = stats_filter(p->stats, filter->text, p->settings->now_ms);
    if (!known || filter->kind != FILTER_AND) {
        choice->selection = filter->kind == FILTER_AND ? filter : NULL;
        return;
    }
    struct plan_set *set = arena_alloc(p->arena, sizeof *set);
    set->filter = filter;
    set->is_named = true;
    build_selection(set, s);
    price_set(p, set);
    *s = (struct selection){.nsources = 1, .candidates = set->rows, .rows = set->rows};
    s->sources = arena_array(p->arena, 1, sizeof *s->sources);
    s->sources[0] = set;
    s->cost_us = set->cost_us + set->rows * COST_LIST;
}

static void
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
    struct selection s = choose_rows(p, conditions, nconditions, exclusions, nexclusions);
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

struct plan *
plan_build(struct arena *arena, const struct bound_query *query, const struct stats *stats,
           const struct plan_settings *settings)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    int64_t rows = stats_rows(stats);
    double nrows = rows < 0 ? 1e6 : (double) rows;
    struct planner p = {{arena, stats, nrows}, arena, stats, settings, query, nrows};
    plan->query = query;
    plan->rows = p.rows;
    plan->caches_filters = settings->caches_filters;
    plan_cells(&p, &plan->cells);
    plan_split(&p, &plan->split);
    plan->method = plan->cells.is_possible && plan->cells.cost_us <= plan->split.cost_us
                       ? PLAN_CELLS
                       : PLAN_SPLIT;
    return plan;
}

const struct plan_choice *
plan_chosen(const struct plan *plan)
{
    return plan->method == PLAN_CELLS ? &plan->cells : &plan->split;
}

struct slice *
plan_fields(struct arena *arena, const struct bound_query *query, size_t *nfields)
{
    size_t nfilter = 0;
    struct slice *filter = query->filter ? filter_fields(arena, query->filter, &nfilter) : NULL;
    struct slice *fields = arena_array(arena, nfilter + query->ndims, sizeof *fields);
    size_t n = 0;
    for (size_t i = 0; i < nfilter; i++) {
        fields[n++] = filter[i];
    }
    for (size_t i = 0; i < query->ndims; i++) {
        bool seen = false;
        for (size_t j = 0; j < n && !seen; j++) {
            seen = slice_equal(fields[j], query->dims[i].field);
        }
        if (!seen) {
            fields[n++] = query->dims[i].field;
        }
    }
    *nfields = n;
    return fields;
}
