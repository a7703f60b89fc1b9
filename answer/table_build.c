/*
 * Builds a table: from what was counted to what is told. in: merged partials; out: a table with
 * numbers.
 *
 *     axes       the positions of each dimension, with totals where they or a percent need them
 *     cells      those that are told: all of them, or those with a row
 *     measures   each grid expanded into the cells
 *     hidden     what must not be told (place_hidden: nothing yet)
 *     lists      HAVING, ORDER BY, LIMIT
 *     leaves     numbers, shares, intervals of what is shown; totals that only a percent needed go
 *     tests      of all cells, with the base
 *
 * Example: count by a in [1,2] percent of row. The axis a is 1, 2, total, the counts are 3 1 4, the
 * shares 75 25 100. TOTALS is not asked for, so the last cell goes.
 */
#include "answer/table_build.h"

#include <string.h>

#include "answer/draft.h"
#include "answer/expand.h"
#include "answer/order.h"
#include "answer/table_leaves.h"
#include "answer/table_tests.h"
#include "answer/value_texts.h"

struct building {
    struct arena *arena;
    const struct bound_query *query;
    const struct bound_table *bound;
    const struct partials *grids;
    const struct table_limits *limits;
    struct error *err;
    struct axis *axes;
    struct partial **expanded; /* by grid of the query; NULL: not yet, or none of this table's */
    struct draft draft;
    struct table *table;
};

/* ---- Axes ---- */

static bool
build_axes(struct building *at)
{
    const struct bound_table *bound = at->bound;
    at->axes = arena_array(at->arena, bound->naxes, sizeof *at->axes);
    for (size_t a = 0; a < bound->naxes; a++) {
        const struct bound_axis *axis = &bound->axes[a];
        bool has_own = axis->positions_grid != NO_GRID;
        size_t grid = has_own ? axis->positions_grid : bound->grid;
        if (!axis_init(&at->axes[a], at->arena, axis, at->grids->items[grid],
                       has_own ? 0 : axis->first_dim, draft_needs_total(at->query, bound->naxes, a),
                       at->err)) {
            return false;
        }
    }
    at->draft = (struct draft){
        .query = at->query, .bound = bound, .axes = at->axes, .naxes = bound->naxes, .ncells = 1};
    for (size_t a = 0; a < bound->naxes; a++) {
        if (__builtin_mul_overflow(at->draft.ncells, at->axes[a].npositions, &at->draft.ncells)) {
            return error_set(at->err, "LIMIT", "the table has more than 2^64 cells");
        }
    }
    return true;
}

/* ---- Cells ---- */

static bool
check_cells(const struct building *at, uint64_t n)
{
    uint64_t most = at->limits->max_cells;
    return !most || n <= most ||
           error_set(at->err, "LIMIT", "max-cells is %llu, the answer has more",
                     (unsigned long long) most);
}

static bool
is_dense(const struct building *at)
{
    return order_is_asked(at->query, at->bound) ? at->bound->is_closed
                                                : format_is_dense(at->query->format);
}

/* How many cells are shown of all, where totals are only there for shares. */
static uint64_t
count_shown(const struct building *at)
{
    uint64_t n = 1;
    for (size_t a = 0; a < at->draft.naxes; a++) {
        n *= draft_nshown(&at->draft, a);
    }
    return n;
}

/* The total of all dimensions is told even where nothing was found. */
static bool
has_grand_total(const struct building *at)
{
    return at->query->totals && at->draft.naxes > 0 && at->draft.ncells > 0;
}

/* Those that have rows, in order. */
static void
list_cells(struct building *at, const struct cell_list *counts)
{
    struct draft *draft = &at->draft;
    uint64_t *indexes = arena_array(at->arena, counts->n + 1, sizeof *indexes);
    if (counts->n) {
        memcpy(indexes, counts->indexes, counts->n * sizeof *indexes);
    }
    draft->n = counts->n;
    if (has_grand_total(at) && (!draft->n || indexes[draft->n - 1] != draft->ncells - 1)) {
        indexes[draft->n++] = draft->ncells - 1;
    }
    draft->indexes = indexes;
}

static bool
build_cells(struct building *at, const struct cell_list *counts, uint64_t *ncells)
{
    struct draft *draft = &at->draft;
    const struct bound_query *query = at->query;
    bool has_tests = query->test_chi2 || query->test_columns || query->residuals;
    draft->is_dense = is_dense(at);
    uint64_t shown = 0;
    if (draft->is_dense || has_tests) {
        shown = count_shown(at);
    } else {
        for (size_t i = 0; i < counts->n; i++) {
            shown += query->totals || !draft_is_any_total(draft, counts->indexes[i]);
        }
    }
    if (__builtin_add_overflow(*ncells, shown, ncells)) {
        return error_set(at->err, "LIMIT", "the tables have more than 2^64 cells");
    }
    if (!check_cells(at, *ncells)) {
        return false;
    }
    if (!draft->is_dense) {
        list_cells(at, counts);
        return true;
    }
    uint64_t *indexes = arena_array(at->arena, draft->ncells, sizeof *indexes);
    for (uint64_t i = 0; i < draft->ncells; i++) {
        indexes[i] = i;
    }
    draft->indexes = indexes;
    draft->n = draft->ncells;
    return true;
}

/* ---- Measures ---- */

static bool
expand(struct building *at, size_t grid)
{
    return at->expanded[grid] ||
           expand_grid(at->arena, at->axes, at->draft.naxes, &at->query->grids[grid],
                       at->grids->items[grid], at->limits->max_bytes, &at->expanded[grid], at->err);
}

static bool
build_measures(struct building *at)
{
    static const struct bound_measure ROWS = {.kind = AST_COUNT};
    const struct bound_table *bound = at->bound;
    struct draft *draft = &at->draft;
    draft->measures = arena_array(at->arena, bound->nall_measures, sizeof *draft->measures);
    measured_init(&draft->rows, at->arena, &ROWS, &at->query->grids[bound->grid],
                  at->expanded[bound->grid], draft->indexes, draft->n);
    for (size_t m = 0; m < bound->nall_measures; m++) {
        size_t grid = bound->measures[m].grid;
        if (!expand(at, grid)) {
            return false;
        }
        measured_init(&draft->measures[m], at->arena, &bound->measures[m], &at->query->grids[grid],
                      at->expanded[grid], draft->indexes, draft->n);
    }
    return true;
}

/* ---- Dims, lists ---- */

static void
build_dims(struct building *at)
{
    struct table *table = at->table;
    table->ndims = at->draft.naxes;
    table->dims = arena_array(at->arena, table->ndims, sizeof *table->dims);
    table->ncells = count_shown(at);
    for (size_t a = 0; a < table->ndims; a++) {
        const struct axis *axis = &at->axes[a];
        const struct bound_axis *bound = axis->bound;
        table->dims[a] = (struct table_dim){
            .name = bound->name,
            .field = bound->field,
            .labels = axis->labels,
            .kinds = axis->kinds,
            .texts = value_texts(at->arena, dataset_field(at->query->dataset, bound->field), axis),
            .npositions = draft_nshown(&at->draft, a),
            .is_open = bound->is_open,
            .has_bins = bound->has_field && bound->dim->kind == DIM_WIDTH,
            .overlaps = bound->overlaps,
            .has_total = at->query->totals};
    }
    table->nmeasures = at->bound->nmeasures;
    table->measures = arena_array(at->arena, table->nmeasures, sizeof *table->measures);
    for (size_t m = 0; m < table->nmeasures; m++) {
        table->measures[m] = at->bound->measures[m].name;
    }
}

/* The cells that are listed: for now their places in the draft. */
static bool
build_list(struct building *at)
{
    struct table *table = at->table;
    table->has_list = order_is_asked(at->query, at->bound);
    return !table->has_list ||
           order_cells(at->arena, &at->draft, &table->list, &table->nlist, at->err);
}

/* ---- Base ---- */

static uint64_t
rows_of(const struct partial *grid)
{
    uint64_t n = 0;
    for (size_t i = 0; i < grid->cells.n; i++) {
        n += (uint64_t) cell_value(&grid->cells, i, 0);
    }
    return n;
}

/* The rows of the filter, and those of them that are in no cell. */
static bool
build_base(struct building *at)
{
    const struct bound_query *query = at->query;
    struct table *table = at->table;
    uint64_t in_cells;
    if (query->base_grid == NO_GRID) {
        return true;
    }
    uint64_t base = rows_of(at->grids->items[query->base_grid]), weighed = base;
    if (query->weight_grid != NO_GRID) {
        weighed = rows_of(at->grids->items[query->weight_grid]);
    }
    if (!expand_rows(at->arena, at->axes, at->draft.naxes, at->grids->items[at->bound->grid],
                     &in_cells, at->err)) {
        return false;
    }
    if (in_cells > weighed || weighed > base) {
        return error_set(at->err, "SHARDDOWN", "a shard's counts do not go together");
    }
    table->base = number_of_integer((int64_t) base);
    table->excluded_position = number_of_integer((int64_t) (weighed - in_cells));
    table->excluded_weight = number_of_integer((int64_t) (base - weighed));
    return true;
}

/* The first leaf of COUNT: what is told of counts stands beside it. */
static size_t
count_leaf(const struct building *at)
{
    size_t k = 0;
    for (; k < at->table->nleaves; k++) {
        size_t measure = at->table->leaves[k].measure;
        if (measure == LEAF_ROWS || at->bound->measures[measure].kind == AST_COUNT) {
            break;
        }
    }
    return k;
}

/* ---- All of it ---- */

bool
table_build(struct arena *arena, const struct bound_query *query, const struct bound_table *bound,
            const struct partials *grids, const struct table_limits *limits, uint64_t *ncells,
            struct table **out, struct error *err)
{
    struct building at = {.arena = arena,
                          .query = query,
                          .bound = bound,
                          .grids = grids,
                          .limits = limits,
                          .err = err};
    at.expanded = arena_array(arena, query->ngrids, sizeof *at.expanded);
    at.table = arena_alloc(arena, sizeof *at.table);
    at.table->format = query->format;
    if (!build_axes(&at) || !expand(&at, bound->grid) ||
        !build_cells(&at, &at.expanded[bound->grid]->cells, ncells) || !build_measures(&at)) {
        return false;
    }
    /*
     * Here small counts will be hidden: at.draft.hidden is a flag by place, for all that follows.
     */
    build_dims(&at);
    *out = at.table;
    if (!build_list(&at) || !table_leaves_fill(arena, &at.draft, at.table, err)) {
        return false;
    }
    at.table->count_leaf = count_leaf(&at);
    return build_base(&at) &&
           table_tests_make(arena, &at.draft, &at.table->tests, &at.table->ntests, err);
}
