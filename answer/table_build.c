/*
 * Builds a table: from what was counted to what is told. in: merged partials; out: a table with
 * numbers.
 *
 *     axes       the positions of each dimension, with totals where they or a percent need them
 *     cells      those that are told: all of them, or those with a row
 *     measures   each grid expanded into the cells
 *     base       the rows of the filter, and those of them that are in no cell
 *     (here the caller says what must not be told, of all tables together: answer/disclosure.h)
 *     positions  those of open dimensions that are left
 *     lists      HAVING, ORDER BY, LIMIT
 *     leaves     numbers, shares, intervals of what is shown; totals that only a percent needed go
 *     tests      of all cells
 *
 * Example: count by a in [1,2] percent of row. The axis a is 1, 2, total, the counts are 3 1 4, the
 * shares 75 25 100. TOTALS is not asked for, so the last cell goes.
 */
#include "answer/table_build.h"

#include <string.h>

#include "answer/draft.h"
#include "answer/expand.h"
#include "answer/order.h"
#include "answer/place.h"
#include "answer/table_leaves.h"
#include "answer/table_tests.h"
#include "answer/value_texts.h"
#include "planner/field_definitions.h"

struct table_builder {
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
build_axes(struct table_builder *at)
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
        at->axes[a].texts = value_texts(
            at->arena, field_definitions_find(at->query->fields_said, axis->field), &at->axes[a]);
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
check_cells(const struct table_builder *at, uint64_t n, uint64_t most)
{
    return !most || n <= most ||
           error_set(at->err, "LIMIT", "max-cells is %llu, the answer has more",
                     (unsigned long long) most);
}

static bool
is_dense(const struct table_builder *at)
{
    return order_is_asked(at->query, at->bound) ? at->bound->is_closed
                                                : format_is_dense(at->query->format);
}

/* How many cells are shown of all, where totals are only there for shares. */
static uint64_t
count_shown(const struct table_builder *at)
{
    uint64_t n = 1;
    for (size_t a = 0; a < at->draft.naxes; a++) {
        n *= draft_nshown(&at->draft, a);
    }
    return n;
}

/* The total of all dimensions is told even where nothing was found. */
static bool
has_grand_total(const struct table_builder *at)
{
    return at->query->totals && at->draft.naxes > 0 && at->draft.ncells > 0;
}

/* Those that have rows, in order. */
static void
list_cells(struct table_builder *at, const struct cell_list *counts)
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

/* Adds the cells that are shown to those of the tables before. */
static bool
add_shown(const struct table_builder *at, const uint64_t *indexes, size_t n, uint64_t most,
          uint64_t *ncells)
{
    const struct draft *draft = &at->draft;
    const struct bound_query *query = at->query;
    bool has_tests = query->test_chi2 || query->test_columns || query->residuals;
    uint64_t shown = 0;
    if (draft->is_dense || has_tests) {
        shown = count_shown(at);
    } else {
        for (size_t i = 0; i < n; i++) {
            shown += draft_is_shown(draft, indexes[i]);
        }
    }
    if (__builtin_add_overflow(*ncells, shown, ncells)) {
        return error_set(at->err, "LIMIT", "the tables have more than 2^64 cells");
    }
    return check_cells(at, *ncells, most);
}

static bool
build_cells(struct table_builder *at, const struct cell_list *counts, uint64_t *ncells)
{
    struct draft *draft = &at->draft;
    draft->is_dense = is_dense(at);
    if (!add_shown(at, counts->indexes, counts->n, at->limits->max_cells, ncells)) {
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
expand(struct table_builder *at, size_t grid)
{
    return at->expanded[grid] ||
           expand_grid(at->arena, at->axes, at->draft.naxes, &at->query->grids[grid],
                       at->grids->items[grid], at->limits->max_bytes, &at->expanded[grid], at->err);
}

static bool
build_measures(struct table_builder *at)
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
build_dims(struct table_builder *at)
{
    struct table *table = at->table;
    table->ndims = at->draft.naxes;
    table->dims = arena_array(at->arena, table->ndims, sizeof *table->dims);
    table->ncells = count_shown(at);
    for (size_t a = 0; a < table->ndims; a++) {
        const struct axis *axis = &at->axes[a];
        const struct bound_axis *bound = axis->bound;
        const struct place_rule *rule = bound->has_field ? bound->dim->rule : NULL;
        bool has_dates = rule && rule->tail == TAIL_UNIT;
        table->dims[a] =
            (struct table_dim){.name = bound->name,
                               .field = bound->field,
                               .labels = axis->labels,
                               .kinds = axis->kinds,
                               .texts = axis->texts,
                               .npositions = draft_nshown(&at->draft, a),
                               .is_open = bound->is_open,
                               .has_bins = bound->has_field && bound->dim->kind == DIM_WIDTH,
                               .has_dates = has_dates,
                               .unit = has_dates ? rule->unit : (enum date_unit) 0,
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
build_list(struct table_builder *at)
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
build_base(struct table_builder *at)
{
    const struct bound_query *query = at->query;
    struct draft_base *base = &at->draft.base;
    if (query->base_grid == NO_GRID) {
        return true;
    }
    base->is_known = true;
    base->rows = base->weighed = rows_of(at->grids->items[query->base_grid]);
    if (query->weight_grid != NO_GRID) {
        base->weighed = rows_of(at->grids->items[query->weight_grid]);
    }
    if (!expand_rows(at->arena, at->axes, at->draft.naxes, at->grids->items[at->bound->grid],
                     &base->in_cells, at->err)) {
        return false;
    }
    return (base->in_cells <= base->weighed && base->weighed <= base->rows) ||
           error_set(at->err, "SHARDDOWN", "a shard's counts do not go together");
}

static struct number
base_number(uint64_t n, bool is_hidden)
{
    return is_hidden ? (struct number){.kind = NUMBER_HIDDEN} : number_of_integer((int64_t) n);
}

static void
tell_base(const struct draft_base *base, struct table *table)
{
    if (base->is_known && format_tells_more(table->format)) {
        table->base = base_number(base->rows, base->hides_rows);
        table->excluded_position =
            base_number(base->weighed - base->in_cells, base->hides_position);
        table->excluded_weight = base_number(base->rows - base->weighed, base->hides_weight);
    }
}

/* ---- What is hidden ---- */

/* An open dimension keeps the positions with a count that is told. */
static void
drop_positions(struct table_builder *at, size_t axis)
{
    struct draft *draft = &at->draft;
    size_t npositions = at->axes[axis].npositions, nkept = 0;
    bool *is_kept = arena_array(at->arena, npositions + 1, sizeof *is_kept);
    for (size_t i = 0; i < draft->n; i++) {
        size_t position = draft_position(draft, draft->indexes[i], axis);
        bool is_told = !draft->hidden[i] && measured_rows(&draft->rows, i) > 0 &&
                       draft_is_shown(draft, draft->indexes[i]);
        is_kept[position] = is_kept[position] || is_told;
    }
    for (size_t p = 0; p < npositions; p++) {
        is_kept[p] = is_kept[p] || at->axes[axis].kinds[p] == ITEM_TOTAL;
        nkept += is_kept[p];
    }
    if (nkept < npositions) {
        draft_drop_positions(at->arena, draft, axis, is_kept);
    }
}

/* A number that is too long for a bin is an error, if its bin would be told. */
static bool
check_bins(const struct table_builder *at)
{
    char quoted[ERROR_QUOTE_BYTES];
    for (size_t a = 0; a < at->draft.naxes; a++) {
        const struct axis *axis = &at->axes[a];
        for (size_t p = 0; axis->bound->is_open && p < axis->npositions; p++) {
            if (axis->kinds[p] == ITEM_BIN && slice_equal(axis->labels[p], PLACE_TOO_LONG)) {
                return error_set(at->err, "LIMIT",
                                 "values of %s have more than 37 digits: there is no bin for them",
                                 error_quote(quoted, axis->bound->name));
            }
        }
    }
    return true;
}

/* The first leaf of COUNT: what is told of counts stands beside it. */
static size_t
count_leaf(const struct table_builder *at)
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
table_builder_new(struct arena *arena, const struct bound_query *query,
                  const struct bound_table *bound, const struct partials *grids,
                  const struct table_limits *limits, uint64_t *ncells, struct table_builder **out,
                  struct error *err)
{
    struct table_builder *at = arena_alloc(arena, sizeof *at);
    at->arena = arena;
    at->query = query;
    at->bound = bound;
    at->grids = grids;
    at->limits = limits;
    at->err = err;
    at->expanded = arena_array(arena, query->ngrids, sizeof *at->expanded);
    at->table = arena_alloc(arena, sizeof *at->table);
    at->table->format = query->format;
    *out = at;
    return build_axes(at) && expand(at, bound->grid) &&
           build_cells(at, &at->expanded[bound->grid]->cells, ncells) && build_measures(at) &&
           build_base(at);
}

struct draft *
table_builder_draft(struct table_builder *at)
{
    return &at->draft;
}

bool
table_builder_finish(struct table_builder *at, uint64_t *ncells, struct table **out)
{
    struct draft *draft = &at->draft;
    for (size_t a = 0; draft->hidden && a < draft->naxes; a++) {
        if (at->bound->axes[a].is_open) {
            drop_positions(at, a);
        }
    }
    if (!check_bins(at) ||
        !add_shown(at, draft->indexes, draft->n, at->limits->max_shown, ncells)) {
        return false;
    }
    build_dims(at);
    *out = at->table;
    tell_base(&draft->base, at->table);
    if (!build_list(at) || !table_leaves_fill(at->arena, draft, at->table, at->err)) {
        return false;
    }
    at->table->count_leaf = count_leaf(at);
    return table_tests_make(at->arena, draft, &at->table->tests, &at->table->ntests, at->err);
}
