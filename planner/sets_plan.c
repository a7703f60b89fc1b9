/*
 * Plans how a query is counted by sets: works out both ways, and a mixture of them, and chooses the
 * cheapest. in: bound query, statistics; out: struct plan (described in sets_plan.h).
 *
 * Example: of the grids (value_3), which few rows have, and (), all rows of the filter, the first is
 * split and the second is a set that has its size.
 */
#include "planner/sets_plan.h"

#include <string.h>

#include "planner/sets_cells.h"
#include "planner/sets_split.h"

enum { MAX_MIXED_GRIDS = 32 /* of more, none is moved alone from one way to the other */ };

/* Which grids are counted by cells, and what that costs with the others' split. */
struct mixture {
    bool *by_cells;
    struct plan_choice cells, split;
    double cost_us;
    bool is_possible;
};

static struct mixture
mixture_new(struct planner *p)
{
    struct mixture mixture = {.is_possible = false};
    mixture.by_cells = arena_array(p->arena, p->query->ngrids, sizeof *mixture.by_cells);
    return mixture;
}

static size_t
count_by_cells(const struct planner *p, const struct mixture *mixture)
{
    size_t n = 0;
    for (size_t g = 0; g < p->query->ngrids; g++) {
        n += mixture->by_cells[g];
    }
    return n;
}

static void
mixture_price(struct planner *p, const struct cells_prices *prices, struct mixture *mixture)
{
    size_t ncells = count_by_cells(p, mixture);
    mixture->is_possible = true;
    mixture->cost_us = 0;
    mixture->cells = mixture->split = (struct plan_choice){.is_possible = false};
    if (ncells) {
        cells_choose(p->query, prices, mixture->by_cells, &mixture->cells);
        mixture->is_possible = mixture->cells.is_possible;
        mixture->cost_us += mixture->cells.cost_us;
    }
    if (mixture->is_possible && ncells < p->query->ngrids) {
        p->built = mixture->cells.nsets == 1 ? mixture->cells.sets[0]->filter : NULL;
        plan_split(p, mixture->by_cells, &mixture->split);
        p->built = NULL;
        mixture->cost_us += mixture->split.cost_us;
    }
}

/* Takes the other one if it is cheaper. */
static void
take_cheaper(const struct planner *p, struct mixture *best, const struct mixture *other)
{
    if (other->is_possible && (!best->is_possible || other->cost_us < best->cost_us)) {
        bool *by_cells = best->by_cells;
        memcpy(by_cells, other->by_cells, p->query->ngrids * sizeof *by_cells);
        *best = *other;
        best->by_cells = by_cells;
    }
}

/* All grids by cells that can be; then each grid the other way, for as long as that is cheaper. */
static void
mix(struct planner *p, const struct cells_prices *prices, struct mixture *best)
{
    size_t ngrids = p->query->ngrids;
    struct mixture other = mixture_new(p);
    for (size_t g = 0; g < ngrids; g++) {
        other.by_cells[g] = prices->grids[g].is_possible;
    }
    mixture_price(p, prices, &other);
    take_cheaper(p, best, &other);
    for (size_t g = 0; g < ngrids && ngrids <= MAX_MIXED_GRIDS; g++) {
        memcpy(other.by_cells, best->by_cells, ngrids * sizeof *other.by_cells);
        other.by_cells[g] = !other.by_cells[g];
        if (prices->grids[g].is_possible) {
            mixture_price(p, prices, &other);
            take_cheaper(p, best, &other);
        }
    }
}

static double *
find_own_values(const struct planner *p)
{
    const struct bound_query *query = p->query;
    double *own = arena_array(p->arena, query->ndims, sizeof *own);
    for (size_t d = 0; d < query->ndims; d++) {
        const struct field_stats *field = stats_field(p->stats, query->dims[d].field);
        bool is_costly = field && (!field->nlisted || field->nvalues == field->present);
        if (is_costly && field->present > 0) {
            own[d] = at_most(1, (double) field->nvalues / (double) field->present);
        }
    }
    return own;
}

struct plan *
plan_build(struct arena *arena, const struct bound_query *query, const struct stats *stats,
           const struct plan_settings *settings)
{
    struct plan *plan = arena_alloc(arena, sizeof *plan);
    int64_t rows = stats_rows(stats);
    double nrows = rows < 0 ? 1e6 : (double) rows;
    struct planner p = {.estimate = {arena, stats, nrows},
                        .arena = arena,
                        .stats = stats,
                        .query = query,
                        .rows = nrows,
                        .caches_filters = settings->caches_filters,
                        .now_ms = settings->now_ms};
    struct cells_prices *prices = cells_price(&p);
    struct mixture best = mixture_new(&p), split = mixture_new(&p);
    for (size_t g = 0; g < query->ngrids; g++) {
        best.by_cells[g] = query->statement != AST_ROWS; /* whose rows are listed, not counted */
    }
    mixture_price(&p, prices, &best);
    mixture_price(&p, prices, &split);
    plan->query = query;
    plan->rows = p.rows;
    plan->caches_filters = settings->caches_filters;
    plan->cells = best.cells;
    plan->split = split.split;
    take_cheaper(&p, &best, &split);
    if (query->ngrids > 1) {
        mix(&p, prices, &best);
    }
    size_t ncells = count_by_cells(&p, &best);
    plan->method = ncells == query->ngrids ? PLAN_CELLS : ncells ? PLAN_MIXED : PLAN_SPLIT;
    if (plan->method == PLAN_MIXED) {
        plan->cells = best.cells;
        plan->split = best.split;
    }
    plan->by_cells = best.by_cells;
    plan->cost_us = best.cost_us;
    plan->own_values = find_own_values(&p);
    return plan;
}

bool
plan_is_of_one_grid(const struct bound_query *query)
{
    bool is_one = query->ngrids == 1 && query->grids[0].ndims == query->ndims;
    for (size_t d = 0; is_one && d < query->ndims; d++) {
        is_one = query->grids[0].dims[d] == d;
    }
    return is_one;
}

/* ---- Fields ---- */

/* Fields, each once. */
struct field_list {
    struct arena *arena;
    struct slice *items;
    size_t n, capacity;
};

static void
add_field(struct field_list *list, struct slice field)
{
    for (size_t i = 0; i < list->n; i++) {
        if (slice_equal(list->items[i], field)) {
            return;
        }
    }
    list->items =
        arena_room(list->arena, list->items, list->n, &list->capacity, sizeof *list->items);
    list->items[list->n++] = field;
}

static void
add_fields(struct field_list *list, const struct filter *filter)
{
    size_t n = 0;
    struct slice *fields = filter ? filter_fields(list->arena, filter, &n) : NULL;
    for (size_t i = 0; i < n; i++) {
        add_field(list, fields[i]);
    }
}

struct slice *
plan_fields(struct arena *arena, const struct bound_query *query, size_t *nfields)
{
    struct field_list list = {.arena = arena};
    add_fields(&list, query->filter);
    for (size_t i = 0; i < query->ndims; i++) {
        if (query->dims[i].kind == DIM_WHEN) {
            add_fields(&list, query->dims[i].when);
        } else {
            add_field(&list, query->dims[i].field);
        }
    }
    *nfields = list.n;
    return list.items;
}
