/*
 * How rows are selected: by sets that are there, by sets that are built, and by tests.
 *
 *     set_build(p, filter, true)           a set of the rows that a filter selects, and its cost
 *     selection_choose(p, conditions ...)  of some conditions the sets, of the others the tests
 */
#ifndef QUIPU_PLANNER_SETS_SELECT_H
#define QUIPU_PLANNER_SETS_SELECT_H

#include "planner/bound.h"
#include "planner/sets_choice.h"
#include "planner/sets_estimate.h"

enum { MAX_SOURCES = 500 /* of one intersection: its arguments use Lua's stack */ };

/* A query that is being planned. */
struct planner {
    struct estimate estimate;
    struct arena *arena;
    const struct stats *stats;
    const struct bound_query *query;
    double rows;         /* of the dataset */
    bool caches_filters; /* false: NOCACHE, or the setting */
    int64_t now_ms;
    /* A filter whose set another part of the query builds, and which is kept; NULL: none. */
    const struct filter *built;
};

/* Rows that were selected: some are in sets, the others are tested. */
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

/*
 * Chooses rows for which all conditions hold, and none of the exclusions: positive filters, all of
 * them.
 */
struct selection selection_choose(struct planner *p, const struct filter **conditions,
                                  size_t nconditions, const struct filter **exclusions,
                                  size_t nexclusions);
/* Makes a set of a selection's rows: all but its filter, its name and what keeping it costs. */
void selection_build(struct plan_set *set, const struct selection *s);

/* The set of a positive filter. is_named: it is kept under its text, unless the index has it. */
struct plan_set *set_build(struct planner *p, const struct filter *filter, bool is_named);
/*
 * The price of a named set: it costs nothing where it is cached. For any other set its own cost is
 * added to that of its members.
 */
void set_price(struct planner *p, struct plan_set *set);

/* The cost of testing a filter on a row that is read anyway. */
double filter_test_cost(const struct filter *filter);

/* For qsort: sets, the smallest first. */
int plan_set_by_rows(const void *a, const void *b);

#endif
