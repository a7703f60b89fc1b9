/*
 * The plan of the sets method: how the shards will count a query. Read-only once it is built.
 *
 * Two methods, both exact:
 *
 *   cells   every cell is an intersection of sets, counted by SINTERCARD. Good for few cells over
 *           many rows. A value that can be derived (all of the field's rows less its other values) is not
 *           counted but subtracted, and so are `missing`, `other` and a NOT around the filter.
 *   split   the candidates, rows of the smallest sets' intersection, are listed, their fields read
 *           and each put in its cell. Good for few rows, whatever the number of cells.
 *
 * A query of several grids may be counted by both: where its rows are few, they are read, and how
 * many rows the filter has at all is the size of a set. Rows are read once for all grids.
 *
 * A filter comes in as sets where it is made of single ones; as one set that is built and cached
 * where that pays; or as a test on each candidate where building a union would cost more than
 * testing:
 *
 *     count value_3 in [1,3], value_4 in [1,7] from current where value_5 = 1 || ...
 *
 *     split, sources: value_3 exists (1000 rows), value_4 exists (1000 rows)
 *            tests:   (value_10 = 1 || ...) on each of about 32 candidates
 *
 * Candidates that took tests or unions to find are kept as a set of their own when the same
 * selection is wanted a second time: what is asked once costs no memory, what is asked again is
 * read from the set.
 *
 * Costs are microseconds of one shard's time, summed over all partitions; the constants are
 * measured (bench/, docs/performance.md); cardinalities are estimated (sets_estimate.h).
 */
#ifndef QUIPU_PLANNER_SETS_PLAN_H
#define QUIPU_PLANNER_SETS_PLAN_H

#include "planner/bind.h"
#include "planner/sets_choice.h"
#include "planner/sets_stats.h"

enum plan_method {
    PLAN_CELLS,
    PLAN_SPLIT,
    PLAN_MIXED /* some grids by cells, then the others by split */
};

struct plan {
    const struct bound_query *query;
    enum plan_method method;
    struct plan_choice cells, split; /* of all grids; MIXED: each of its own */
    const bool *by_cells;            /* by grid: how it is counted */
    double cost_us;                  /* of what is carried out */
    const double *own_values; /* by dim: values of rows that have the field, 0 to 1, where they are
                                 too many to be listed, or as many as the rows; else 0 */
    double rows;              /* of the dataset */
    bool caches_filters;      /* false: NOCACHE, or the setting */
};

struct plan_settings {
    bool caches_filters;
    int64_t now_ms; /* monotonic, for the cached filters' expiry */
};

/* Never fails: what the statistics do not know is guessed. Everything lives in the arena. */
struct plan *plan_build(struct arena *arena, const struct bound_query *query,
                        const struct stats *stats, const struct plan_settings *settings);

/* Are any grids counted by cells? Then the choice is carried out. */
static inline bool
plan_has_cells(const struct plan *plan)
{
    return plan->method != PLAN_SPLIT;
}
static inline bool
plan_has_split(const struct plan *plan)
{
    return plan->method != PLAN_CELLS;
}

/* True: the query is one grid of all its dims, in order. */
bool plan_is_of_one_grid(const struct bound_query *query);

/* Fields whose statistics the plan wants: those of the dims and of all conditions, each once. */
struct slice *plan_fields(struct arena *arena, const struct bound_query *query, size_t *nfields);

#endif
