/*
 * From measures, HAVING and ORDER BY as they were written to grids. in: the tree's measures and a
 * table's dims; out: the table's measures, each with the grid that its values come from.
 *
 * Sums, bounds and squares of one field are one folded grid. DISTINCT, MEDIAN and QUANTILE need each
 * value with its count: a grid that is not folded.
 */
#include "planner/bind_measures.h"

#include <string.h>

#include "parser/ast_names.h"

struct measure_binder {
    struct binder *binder;
    struct bound_table *table;
    const size_t *dims;
    size_t ndims;
    size_t capacity;
};

/* ---- Grids ---- */

static bool
is_folded(enum ast_measure_kind kind)
{
    return kind != AST_MEDIAN && kind != AST_QUANTILE && kind != AST_DISTINCT;
}

static unsigned
fold_parts(enum ast_measure_kind kind)
{
    switch (kind) {
    case AST_SUM:
    case AST_AVG: return FOLD_SUM;
    case AST_STDDEV:
    case AST_VARIANCE: return FOLD_SUM | FOLD_SQUARES;
    case AST_MIN:
    case AST_MAX: return FOLD_BOUNDS;
    case AST_COUNT:
    case AST_MEDIAN:
    case AST_DISTINCT:
    case AST_QUANTILE: break;
    }
    return 0;
}

static size_t
weight_dim(struct binder *binder)
{
    struct slice field = binder->query->weight_field;
    return binder_dim(binder, &(struct bound_dim){.kind = DIM_OPEN, .field = field, .name = field});
}

size_t
bind_valid_weight(struct binder *binder)
{
    struct bound_query *query = binder->query;
    for (size_t i = 0; i < query->ndims; i++) {
        if (query->dims[i].kind == DIM_PLACED && query->dims[i].rule->takes_weights) {
            return i;
        }
    }
    struct place_rule *rule = arena_alloc(binder->arena, sizeof *rule);
    struct position *single = arena_alloc(binder->arena, sizeof *single);
    *single = (struct position){
        .kind = POSITION_RANGE, .lo = slice_lit("0"), .lo_open = true, .label = slice_lit("(0,)")};
    rule->items = arena_alloc(binder->arena, sizeof *rule->items);
    rule->items[0] = (struct place_item){single, 1, false};
    rule->nitems = 1;
    rule->takes_weights = true;
    struct slice field = query->weight_field;
    return binder_dim(binder, &(struct bound_dim){
                                  .kind = DIM_PLACED, .field = field, .name = field, .rule = rule});
}

/* The table's dims, a measured field (ptr NULL: none), and the weight where there is one. */
static size_t
add_grid(struct measure_binder *at, struct slice field, bool folds, unsigned parts, bool is_set)
{
    struct binder *binder = at->binder;
    size_t *dims = arena_array(binder->arena, at->ndims + 2, sizeof *dims), n = 0;
    for (; n < at->ndims; n++) {
        dims[n] = at->dims[n];
    }
    if (field.ptr) {
        dims[n++] = binder_dim(
            binder, &(struct bound_dim){.kind = DIM_OPEN, .field = field, .name = field});
    }
    bool has_weight = binder->query->weight_field.ptr;
    if (has_weight) {
        dims[n++] = folds ? weight_dim(binder) : bind_valid_weight(binder);
    }
    struct slice summed = field.ptr ? field : binder->query->weight_field;
    return binder_grid(binder, &(struct bound_grid){.dims = dims,
                                                    .ndims = n,
                                                    .has_value = field.ptr,
                                                    .has_weight = has_weight,
                                                    .is_folded = folds && (field.ptr || has_weight),
                                                    .summed = summed,
                                                    .parts = parts,
                                                    .is_set = is_set});
}

/* Gives each measure its grid: measures of one field share theirs. */
static void
give_grids(struct measure_binder *at)
{
    struct bound_table *table = at->table;
    table->grid = table->atoms_grid = add_grid(at, (struct slice){0}, true, 0, false);
    for (size_t m = 0; m < table->nall_measures; m++) {
        struct bound_measure *measure = &table->measures[m];
        bool folds = is_folded(measure->kind);
        unsigned parts = 0;
        if (measure->kind == AST_COUNT) {
            measure->grid = table->grid;
            continue;
        }
        for (size_t i = 0; i < table->nall_measures; i++) {
            if (folds && slice_equal(table->measures[i].field, measure->field)) {
                parts |= fold_parts(table->measures[i].kind);
            }
        }
        /* where small counts are hidden, it matters how many rows have the values */
        bool is_set = measure->kind == AST_DISTINCT && at->binder->query->suppress_below <= 1;
        measure->grid = add_grid(at, measure->field, folds, parts, is_set);
    }
}

/* ---- Measures ---- */

static struct slice
measure_text(struct arena *arena, const struct ast_measure *ast)
{
    if (ast->kind == AST_COUNT) {
        return slice_lit("count");
    }
    if (ast->kind == AST_QUANTILE) {
        return arena_printf(arena, "%s(%.*s,%.*s)", ast_measure_name(ast->kind),
                            SLICE_ARG(ast->field), SLICE_ARG(ast->p.text));
    }
    return arena_printf(arena, "%s(%.*s)", ast_measure_name(ast->kind), SLICE_ARG(ast->field));
}

/* What stands between the field's values, where it has several; ptr NULL. */
static struct slice
separator_of(const struct measure_binder *at, const struct ast_measure *ast)
{
    const struct field_definition *field =
        ast->field.len ? dataset_field(at->binder->query->dataset, ast->field) : NULL;
    return field ? field->separator : slice_of(NULL, 0);
}

static bool
check_measure(const struct measure_binder *at, const struct ast_measure *ast)
{
    struct error *err = at->binder->err;
    const struct bound_query *query = at->binder->query;
    if (query->weight_field.ptr && (ast->kind == AST_QUANTILE || ast->kind == AST_MEDIAN)) {
        return error_set(err, "ERR",
                         "at column %zu: MEDIAN and QUANTILE are not weighted: leave "
                         "WEIGHT BY or them out",
                         ast->at + 1);
    }
    if (separator_of(at, ast).ptr && ast->kind != AST_DISTINCT) {
        char quoted[ERROR_QUOTE_BYTES];
        return error_set(
            err, "ERR",
            "at column %zu: %s has several values, and DISTINCT is the only measure of such a field: "
            "make it a dimension to count how many rows have each value",
            ast->at + 1, error_quote(quoted, ast->field));
    }
    return true;
}

static bool
is_same(const struct bound_measure *measure, const struct ast_measure *ast)
{
    return measure->kind == ast->kind && slice_equal(measure->field, ast->field) &&
           slice_equal(measure->p, ast->p.text);
}

static bool
add_measure(struct measure_binder *at, const struct ast_measure *ast, size_t *number)
{
    struct bound_table *table = at->table;
    if (!check_measure(at, ast)) {
        return false;
    }
    table->measures = arena_room(at->binder->arena, table->measures, table->nall_measures,
                                 &at->capacity, sizeof *table->measures);
    *number = table->nall_measures++;
    table->measures[*number] = (struct bound_measure){
        .kind = ast->kind,
        .field = ast->field,
        .p = ast->p.text,
        .separator = separator_of(at, ast),
        .name = ast->name.ptr ? ast->name : measure_text(at->binder->arena, ast)};
    return true;
}

/* A measure of HAVING or ORDER BY: that of the answer, or one more that is not shown. */
static bool
find_measure(struct measure_binder *at, const struct ast_measure *ast, size_t *number)
{
    for (size_t m = 0; m < at->table->nall_measures; m++) {
        if (is_same(&at->table->measures[m], ast)) {
            *number = m;
            return true;
        }
    }
    return add_measure(at, ast, number);
}

/* ---- HAVING, ORDER BY ---- */

/* A measure by its name; false: none is called so. */
static bool
find_named(const struct measure_binder *at, struct slice name, size_t *number)
{
    for (size_t m = 0; m < at->table->nmeasures; m++) {
        if (slice_equal(at->table->measures[m].name, name)) {
            *number = m;
            return true;
        }
    }
    return false;
}

static bool
unknown_name(const struct measure_binder *at, struct slice name, size_t column)
{
    char quoted[ERROR_QUOTE_BYTES];
    return error_set(at->binder->err, "ERR",
                     "at column %zu: the answer has no dimension and no measure %s", column + 1,
                     error_quote(quoted, name));
}

static bool
bind_order(struct measure_binder *at, const struct ast_order *ast, struct bound_order *order)
{
    const struct bound_table *table = at->table;
    *order = (struct bound_order){.descending = ast->descending};
    if (ast->measure) {
        return find_measure(at, ast->measure, &order->number);
    }
    for (size_t d = 0; d < table->naxes; d++) {
        if (slice_equal(table->axes[d].name, ast->name)) {
            order->is_dim = true;
            order->number = d;
            return true;
        }
    }
    return find_named(at, ast->name, &order->number) || unknown_name(at, ast->name, ast->at);
}

static bool
bind_orders(struct measure_binder *at, const struct ast_order *ast)
{
    struct bound_table *table = at->table;
    size_t norder = 0;
    for (const struct ast_order *order = ast; order; order = order->next) {
        norder++;
    }
    table->order = arena_array(at->binder->arena, norder, sizeof *table->order);
    for (const struct ast_order *order = ast; order; order = order->next) {
        if (!bind_order(at, order, &table->order[table->norder++])) {
            return false;
        }
    }
    return true;
}

static bool
bind_having(struct measure_binder *at, const struct ast_having *having)
{
    struct bound_table *table = at->table;
    table->has_having = true;
    table->having_op = having->op;
    table->having_number = having->number.text;
    if (having->measure) {
        return find_measure(at, having->measure, &table->having_measure);
    }
    return find_named(at, having->name, &table->having_measure) ||
           unknown_name(at, having->name, having->at);
}

bool
bind_measures(struct binder *binder, const struct ast_query *ast, struct bound_table *table,
              const size_t *dims, size_t ndims)
{
    struct measure_binder at = {.binder = binder, .table = table, .dims = dims, .ndims = ndims};
    for (const struct ast_measure *measure = ast->measures; measure; measure = measure->next) {
        size_t number;
        if (!add_measure(&at, measure, &number)) {
            return false;
        }
    }
    table->nmeasures = table->nall_measures;
    if ((ast->options.having && !bind_having(&at, ast->options.having)) ||
        !bind_orders(&at, ast->options.order)) {
        return false;
    }
    give_grids(&at);
    return true;
}

void
bind_base(struct binder *binder)
{
    struct bound_query *query = binder->query;
    query->base_grid = binder_grid(binder, &(struct bound_grid){.dims = NULL});
    if (query->weight_field.ptr) {
        size_t dim = bind_valid_weight(binder);
        query->weight_grid =
            binder_grid(binder, &(struct bound_grid){.dims = &dim, .ndims = 1, .has_weight = true});
    }
}
