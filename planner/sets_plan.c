/*
 * Plans how a query is counted by sets: works out two ways and chooses the cheaper one. in: bound
 * query, statistics; out: struct plan (described in sets_plan.h).
 */
#include "planner/sets_plan.h"

#include "planner/sets_cells.h"
#include "planner/sets_split.h"

struct plan *
plan_build(struct arena *arena, const struct bound_query *query, const struct stats *stats,
           const struct plan_settings *settings)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    int64_t rows = stats_rows(stats);
    double nrows = rows < 0 ? 1e6 : (double) rows;
    struct planner p = {{arena, stats, nrows},    arena,           stats, query, nrows,
                        settings->caches_filters, settings->now_ms};
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
