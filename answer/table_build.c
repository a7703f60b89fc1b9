/*
 * Builds a table: from what was counted to what is told. in: merged partials; out: a table with
 * numbers.
 *
 *     axes       the positions of each dimension, with totals where they or a percent need them
 *     cells      those that are told: all of them, or those with a row
 *     measures   each grid expanded into the cells
 *     hidden     what must not be told (place_hidden: nothing yet)
 *     leaves     numbers, shares, intervals
 *     lists      HAVING, ORDER BY, LIMIT; tests
 *     shown      totals that only a percent needed go
 *
 * Example: count by a in [1,2] percent of row. The axis a is 1, 2, total, the counts are 3 1 4, the
 * shares 75 25 100. TOTALS is not asked for, so the last cell goes.
 */
#include "answer/table_build.h"

#include <string.h>

#include "answer/draft.h"
#include "answer/expand.h"
#include "answer/interval.h"
#include "answer/order.h"
#include "answer/percent.h"
#include "answer/table_tests.h"

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
    enum ast_format format = at->query->format;
    if (order_is_asked(at->query, at->bound)) {
        return at->bound->is_closed;
    }
    return format != AST_FORMAT_ROWS && format != AST_FORMAT_CSV;
}

/* How many cells are shown of all, where totals are only there for shares. */
static uint64_t
count_shown(const struct building *at)
{
    uint64_t n = 1;
    for (size_t a = 0; a < at->draft.naxes; a++) {
        n *= at->axes[a].npositions - (at->axes[a].has_total && !at->query->totals);
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

/* ---- Leaves ---- */

static void
add_leaf(struct table *table, enum leaf_kind kind, size_t measure, struct slice name)
{
    table->leaves[table->nleaves++] = (struct leaf){kind, measure, name};
}

/* Without PERCENT a value for each measure; else their shares, then what goes with COUNT. */
static void
build_leaves(struct building *at)
{
    const struct bound_table *bound = at->bound;
    struct table *table = at->table;
    bool has_percent = at->query->percent != AST_PERCENT_NONE;
    table->leaves = arena_array(at->arena, bound->nmeasures + 3, sizeof *table->leaves);
    for (size_t m = 0; m < bound->nmeasures; m++) {
        struct slice name = bound->measures[m].name;
        if (has_percent) {
            name = bound->nmeasures == 1
                       ? slice_lit("percent")
                       : arena_printf(at->arena, "percent(%.*s)", SLICE_ARG(name));
        }
        add_leaf(table, has_percent ? LEAF_PERCENT : LEAF_VALUE, m, name);
    }
    if (has_percent && at->query->percent_with_count) {
        add_leaf(table, LEAF_VALUE, LEAF_ROWS, slice_lit("count"));
    }
    if (has_percent && at->query->confidence > 0) {
        add_leaf(table, LEAF_LOW, LEAF_ROWS, slice_lit("low"));
        add_leaf(table, LEAF_HIGH, LEAF_ROWS, slice_lit("high"));
    }
}

static bool
fill_leaf(struct building *at, const struct leaf *leaf, size_t place, double z,
          struct number *number)
{
    const struct draft *draft = &at->draft;
    const struct measured *measured =
        leaf->measure == LEAF_ROWS ? &draft->rows : &draft->measures[leaf->measure];
    switch (leaf->kind) {
    case LEAF_PERCENT: *number = percent_number(draft, at->arena, measured, place); return true;
    case LEAF_VALUE:
        if (draft_is_hidden(draft, place)) {
            number->kind = NUMBER_HIDDEN;
            return true;
        }
        return measured_number(measured, at->arena, place, number, at->err);
    case LEAF_LOW: percent_interval(draft, at->arena, place, z, number, number + 1); return true;
    case LEAF_HIGH: break; /* with low */
    }
    return true;
}

/* Rows, their effective number: told under weights. */
static void
fill_bases(struct building *at, size_t place, size_t to)
{
    struct draft *draft = &at->draft;
    struct ratio effective;
    struct number *base = &at->table->bases[to], *kish = &at->table->effective[to];
    if (draft_is_hidden(draft, place)) {
        *base = *kish = (struct number){.kind = NUMBER_HIDDEN};
        return;
    }
    *base = number_of_integer((int64_t) measured_rows(&draft->rows, place));
    *kish = measured_effective(&draft->rows, place, &effective)
                ? number_of_ratio(at->arena, &effective)
                : number_of_text(slice_lit("0"));
}

/* The index in the table that is shown, whose axes may lack a total. */
static uint64_t
shown_index(const struct building *at, uint64_t index)
{
    const struct draft *draft = &at->draft;
    uint64_t shown = 0, span = 1;
    for (size_t a = draft->naxes; a-- > 0;) {
        const struct axis *axis = &draft->axes[a];
        shown += index % axis->npositions * span;
        span *= axis->npositions - (axis->has_total && !at->query->totals);
        index /= axis->npositions;
    }
    return shown;
}

/* Writes the numbers of all cells that are shown. shown_at: by place, where it went. */
static bool
fill_cells(struct building *at, size_t *shown_at)
{
    struct draft *draft = &at->draft;
    struct table *table = at->table;
    double z = at->query->confidence > 0 ? interval_z(at->query->confidence) : 0;
    table->cells = cell_list_counts(at->arena, draft->n);
    table->numbers = arena_array(at->arena, draft->n * table->nleaves + 1, sizeof *table->numbers);
    if (draft->rows.has_weight) {
        table->bases = arena_array(at->arena, draft->n + 1, sizeof *table->bases);
        table->effective = arena_array(at->arena, draft->n + 1, sizeof *table->effective);
    }
    for (size_t i = 0; i < draft->n; i++) {
        size_t to = table->cells.n;
        shown_at[i] = to;
        if (!draft_is_shown(draft, draft->indexes[i])) {
            continue;
        }
        for (size_t k = 0; k < table->nleaves; k++) {
            if (!fill_leaf(at, &table->leaves[k], i, z, &table->numbers[to * table->nleaves + k])) {
                return false;
            }
        }
        if (table->bases) {
            fill_bases(at, i, to);
        }
        cell_list_add(&table->cells, shown_index(at, draft->indexes[i]),
                      (int64_t) measured_rows(&draft->rows, i));
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
            .npositions = axis->npositions - (axis->has_total && !at->query->totals),
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

static bool
build_list(struct building *at, const size_t *shown_at)
{
    struct table *table = at->table;
    table->has_list = order_is_asked(at->query, at->bound);
    if (!table->has_list) {
        return true;
    }
    if (!order_cells(at->arena, &at->draft, &table->list, &table->nlist, at->err)) {
        return false;
    }
    for (size_t i = 0; i < table->nlist; i++) {
        table->list[i] = shown_at[table->list[i]];
    }
    return true;
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
    at.table->is_dense = at.draft.is_dense;
    build_dims(&at);
    build_leaves(&at);
    size_t *shown_at = arena_array(arena, at.draft.n, sizeof *shown_at);
    *out = at.table;
    return fill_cells(&at, shown_at) && build_list(&at, shown_at) && build_base(&at) &&
           table_tests_make(arena, &at.draft, &at.table->tests, &at.table->ntests, err);
}
