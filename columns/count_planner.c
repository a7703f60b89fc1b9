/*
 * Prepares a query for counting, as far as only the writer can: only it may look into the index.
 * in: struct bound_query, a snapshot; out: struct count_plan.
 *
 * Example: the tables (sex, age), (sex, city) have three dims and two grids. Each dim is planned
 * once; the codes of "f" and "m" are looked up once for both grids.
 */
#include "columns/count_planner.h"

#include "columns/count_plan_filter.h"
#include "columns/index.h"
#include "columns/snapshot.h"

/* ---- Dimensions ---- */

/* Looks up the codes of listed values; positions of ranges come later. */
static void
look_up_positions(struct planner *planner, struct count_dim *dim)
{
    const struct bound_dim *bound = dim->bound;
    const struct dictionary *dictionary = planner_dictionary(planner, bound->field);
    bool is_short = bound->npositions <= LOOKUPS_MOST, is_listed = is_short;
    struct found_code *found =
        arena_array(planner->plan->arena, is_short ? bound->npositions : 0, sizeof *found);
    dim->npositions = (uint32_t) bound->npositions;
    for (size_t i = 0; i < bound->npositions; i++) {
        const struct position *position = &bound->positions[i];
        if (position->kind == POSITION_MISSING) {
            dim->of_missing = (uint32_t) i;
        } else if (position->kind != POSITION_VALUE) {
            is_listed = false;
        } else if (dictionary && is_short) {
            uint32_t code = dictionary_code(dictionary, position->value);
            if (code) {
                found[dim->nfound++] = (struct found_code){code, (uint32_t) i};
            }
        }
    }
    dim->found = is_short ? found : NULL;
    count_plan_add_pass(planner->plan,
                        &(struct count_pass){is_listed ? PASS_LISTED : PASS_POSITIONS, NULL, dim});
}

/* A row has code 1 where the filter holds; a condition that is always true has no filter. */
static void
plan_when(struct planner *planner, struct count_dim *dim)
{
    struct count_plan *plan = planner->plan;
    static const struct column_view ONE_CODE = {.dictionary = {.ncodes = 1, .nvalues = 1}};
    static const uint32_t HOLDS[] = {0, 1}, EXCLUDED[] = {1, 0};
    struct count_when *when = arena_alloc(plan->arena, sizeof *when);
    bool is_complement;
    when->number = plan->nwhens++;
    when->filter = plan_filter(planner, dim->bound->when, &is_complement);
    is_complement = is_complement || !when->filter;
    dim->when = when;
    dim->column = &ONE_CODE;
    dim->positions_of = is_complement ? EXCLUDED : HOLDS;
    dim->of_missing = dim->positions_of[0];
    dim->npositions = 2;
}

static void
plan_dim(struct planner *planner, const struct bound_dim *bound, struct count_dim *dim)
{
    dim->bound = bound;
    dim->is_open = bound_dim_is_unlisted(bound);
    dim->of_missing = dim->bad_position = NO_POSITION;
    dim->codes = (struct code_set){.kind = CODES_ANY};
    if (bound->kind == DIM_WHEN) {
        plan_when(planner, dim);
        return;
    }
    dim->column = planner_column(planner, bound->field);
    switch (bound->kind) {
    case DIM_LIST:
    case DIM_BINS: look_up_positions(planner, dim); return;
    case DIM_WIDTH:
        count_plan_add_pass(planner->plan, &(struct count_pass){PASS_BINS, NULL, dim});
        return;
    case DIM_PLACED:
        /* Which key it is, is not known yet. */
        dim->of_missing = bound->has_missing ? 0 : NO_POSITION;
        count_plan_add_pass(planner->plan, &(struct count_pass){PASS_KEYS, NULL, dim});
        return;
    case DIM_OPEN:
    case DIM_WHEN: return;
    }
}

/* ---- Grids ---- */

/* The dimension of the numbers of a measured field, the same for all grids. */
static struct count_dim *
numbers_dim(struct count_plan *plan, size_t number)
{
    const struct count_dim *value = &plan->dims[number];
    struct count_dim *dim = &plan->numbers[number];
    if (dim->bound) {
        return dim;
    }
    dim->bound = value->bound;
    dim->column = value->column;
    dim->of_missing = dim->bad_position = NO_POSITION;
    dim->codes = (struct code_set){.kind = CODES_ANY};
    dim->npositions = 1;
    dim->numbers = arena_alloc(plan->arena, sizeof *dim->numbers);
    dim->has_number = arena_alloc(plan->arena, sizeof *dim->has_number);
    *dim->has_number = (struct count_node){.kind = NODE_TEST,
                                           .field = value->bound->field,
                                           .column = value->column,
                                           .codes = {.kind = CODES_ANY},
                                           .rows = (double) value->column->rows};
    enum { NUMBER_NS = 10 };
    plan->prepare_ns += (double) dim->column->dictionary.ncodes * NUMBER_NS;
    count_plan_add_test(plan, dim->has_number);
    count_plan_add_pass(plan, &(struct count_pass){PASS_NUMBERS, NULL, dim});
    return dim;
}

/*
 * Are the grid's rows so many that reading each value of the dictionary pays? About so many: of the
 * rarest of what they must have.
 */
static bool
numbers_pay(const struct count_plan *plan, const struct count_grid *grid)
{
    enum { FEW_VALUES = 4096, ROWS_PER_VALUE = 4 };
    double rows = (double) snapshot_nrows(plan->snapshot);
    if (plan->filter && !plan->is_complement && plan->filter->rows < rows) {
        rows = plan->filter->rows;
    }
    for (size_t d = 0; d < grid->ndims; d++) {
        const struct count_dim *dim = grid->dims[d].dim;
        double own = (double) dim->column->rows;
        rows = !dim->when && dim->of_missing == NO_POSITION && own < rows ? own : rows;
    }
    uint32_t ncodes = grid->dims[grid->ndims - 1].dim->column->dictionary.ncodes;
    return ncodes <= FEW_VALUES || rows >= (double) ncodes * ROWS_PER_VALUE;
}

static void
plan_grid(struct count_plan *plan, struct count_grid *grid, const size_t *dims, size_t ndims)
{
    grid->ndims = ndims;
    grid->dims = arena_array(plan->arena, ndims, sizeof *grid->dims);
    for (size_t d = 0; d < ndims; d++) {
        grid->dims[d].dim = &plan->dims[dims[d]];
    }
}

/* A grid that is folded by one field, without weights, has its sums made while it is counted. */
static void
fold_grid(struct count_plan *plan, struct count_grid *grid)
{
    const struct bound_grid *bound = grid->bound;
    if (bound->is_folded && bound->has_value && !bound->has_weight && numbers_pay(plan, grid)) {
        size_t last = grid->ndims - 1;
        grid->raw_value = grid->dims[last].dim;
        grid->dims[last].dim = numbers_dim(plan, bound->dims[last]);
        grid->numbers = grid->dims[last].dim->numbers;
    }
}

static void
plan_grids(struct count_plan *plan)
{
    const struct bound_query *query = plan->query;
    plan->grids = arena_array(plan->arena, query->ngrids + query->ndims, sizeof *plan->grids);
    for (; plan->ngrids < query->ngrids; plan->ngrids++) {
        const struct bound_grid *bound = &query->grids[plan->ngrids];
        plan->grids[plan->ngrids].bound = bound;
        plan_grid(plan, &plan->grids[plan->ngrids], bound->dims, bound->ndims);
        fold_grid(plan, &plan->grids[plan->ngrids]);
    }
    plan->nown_grids = plan->ngrids;
    bool needs_axes = query->is_plain && query->format == AST_FORMAT_NESTED && query->ndims > 1;
    for (size_t d = 0; needs_axes && d < query->ndims; d++) {
        if (plan->dims[d].is_open) {
            plan_grid(plan, &plan->grids[plan->ngrids++], &d, 1);
        }
    }
}

static unsigned
filter_depth(const struct count_plan *plan)
{
    unsigned most = plan->filter ? plan->filter->depth : 0;
    for (size_t d = 0; d < plan->query->ndims; d++) {
        const struct count_when *when = plan->dims[d].when;
        most = when && when->filter && when->filter->depth > most ? when->filter->depth : most;
    }
    return most;
}

struct count_plan *
count_plan_new(struct arena *arena, const struct index *index, const struct snapshot *snapshot,
               const struct bound_query *query, const uint64_t *marks_left_out)
{
    struct count_plan *plan = arena_alloc(arena, sizeof *plan);
    struct planner planner = {.plan = plan, .index = index};
    *plan = (struct count_plan){.arena = arena, .snapshot = snapshot, .query = query};
    map_init(&planner.texts, arena);
    plan->filter = plan_filter(&planner, query->filter, &plan->is_complement);
    plan->own_filter = plan->filter;
    plan->own_is_complement = plan->is_complement;
    plan_leave_out(plan, marks_left_out);
    plan->dims = arena_array(arena, query->ndims, sizeof *plan->dims);
    plan->numbers = arena_array(arena, query->ndims, sizeof *plan->numbers);
    for (size_t d = 0; d < query->ndims; d++) {
        plan_dim(&planner, &query->dims[d], &plan->dims[d]);
    }
    plan_grids(plan);
    plan->filter_depth = filter_depth(plan);
    return plan;
}
