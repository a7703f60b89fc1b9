/*
 * From dimensions as they were written to axes and dims. in: a table of the tree; out: its axes,
 * with all positions that are known before anything is counted, and the dims that shards count.
 *
 * Example: `count a in [1,3], b by month`: dim a is a LIST of three values. Dim b is PLACED, with the
 * unit as its tail; its axis has one item, TAIL: the months that will occur.
 */
#include "planner/bind_axis.h"

#include "base/number.h"
#include "planner/bind_list.h"
#include "planner/filter_normal.h"

struct axis_binder {
    struct binder *binder;
    struct bound_table *table;
    const struct field_definition *field;
    size_t *dims; /* of the table's grids */
    size_t ndims, dims_capacity;
};

static void
add_dim(struct axis_binder *at, const struct bound_dim *dim)
{
    at->dims =
        arena_room(at->binder->arena, at->dims, at->ndims, &at->dims_capacity, sizeof *at->dims);
    at->dims[at->ndims++] = binder_dim(at->binder, dim);
}

/* An axis whose positions are those that will occur. */
static void
open_axis(struct axis_binder *at, struct bound_axis *axis)
{
    axis->items = arena_alloc(at->binder->arena, sizeof *axis->items);
    axis->items[0] = (struct bound_item){.kind = ITEM_TAIL};
    axis->nitems = 1;
    axis->is_open = true;
}

static struct place_rule *
rule_new(struct axis_binder *at)
{
    struct place_rule *rule = arena_alloc(at->binder->arena, sizeof *rule);
    if (at->field) {
        rule->separator = at->field->separator;
        rule->reading = at->field->reading;
    }
    return rule;
}

/* The table has n positions more along one dimension, and a total. */
static bool
cells_times(struct axis_binder *at, uint64_t n)
{
    bool has_total = at->binder->query->totals && n < UINT64_MAX;
    return binder_multiply(at->binder, &at->table->ncells, n + has_total);
}

static bool
is_multiple(const struct axis_binder *at)
{
    return at->field && at->field->separator.ptr;
}

/* ---- BY ---- */

static bool
bind_bins(struct axis_binder *at, const struct ast_bins *bins, struct place_rule *rule)
{
    struct error *err = at->binder->err;
    switch (bins->kind) {
    case AST_BINS_WIDTH:
        rule->tail = TAIL_WIDTH;
        rule->width = bins->width.text;
        return number_compare(rule->width, slice_lit("0")) > 0 ||
               error_set(err, "ERR", "at column %zu: a width must be above 0", bins->width.at + 1);
    case AST_BINS_UNIT:
        rule->tail = TAIL_UNIT;
        rule->unit = (enum date_unit) bins->unit; /* the same order */
        return true;
    case AST_BINS_QUANTILES: break;
    }
    return error_set(err, "ERR", "at column %zu: QUANTILES is quipu-server's to answer",
                     bins->at + 1);
}

static bool
bind_open(struct axis_binder *at, const struct ast_dim *ast, struct bound_dim *dim,
          struct bound_axis *axis)
{
    struct place_rule *rule = rule_new(at);
    rule->tail = TAIL_VALUES;
    rule->keeps_all = at->binder->keeps_all;
    if (ast->kind == AST_DIM_BINS && !bind_bins(at, &ast->bins, rule)) {
        return false;
    }
    dim->kind = rule->tail == TAIL_UNIT || is_multiple(at) || rule->keeps_all ? DIM_PLACED
                : rule->tail == TAIL_WIDTH                                    ? DIM_WIDTH
                                                                              : DIM_OPEN;
    dim->has_missing = rule->keeps_all;
    dim->width = rule->width;
    dim->rule = dim->kind == DIM_PLACED ? rule : NULL;
    open_axis(at, axis);
    axis->overlaps = is_multiple(at);
    add_dim(at, dim);
    return true;
}

/* ---- [1,8] ---- */

/* Reads the bounds of a dimension's range; *npositions: how many integers it has. */
static bool
read_int_range(struct axis_binder *at, const struct ast_positions *positions, int64_t *lo,
               uint64_t *npositions)
{
    int64_t bounds[2];
    for (int i = 0; i < 2; i++) {
        const struct ast_value *bound = i ? &positions->range.hi : &positions->range.lo;
        char quoted[ERROR_QUOTE_BYTES];
        if (!slice_to_int64(bound->text, &bounds[i])) {
            return error_set(at->binder->err, "ERR", "at column %zu: %s is no 64-bit integer",
                             bound->at + 1, error_quote(quoted, bound->text));
        }
    }
    if (bounds[0] > bounds[1]) {
        return error_set(at->binder->err, "ERR", "at column %zu: the range [%lld,%lld] is empty",
                         positions->at + 1, (long long) bounds[0], (long long) bounds[1]);
    }
    uint64_t width = (uint64_t) bounds[1] - (uint64_t) bounds[0];
    *lo = bounds[0];
    *npositions = width == UINT64_MAX ? UINT64_MAX : width + 1;
    return true;
}

static bool
bind_int_range(struct axis_binder *at, const struct ast_positions *positions,
               struct bound_list *list)
{
    struct arena *arena = at->binder->arena;
    int64_t lo = 0;
    uint64_t n = 0;
    if (!read_int_range(at, positions, &lo, &n) || !cells_times(at, n)) {
        return false;
    }
    *list = (struct bound_list){.is_simple = true, .nitems = n, .nplaces = n};
    struct position *singles = arena_array(arena, n, sizeof *singles);
    list->items = arena_array(arena, n, sizeof *list->items);
    list->places = arena_array(arena, n, sizeof *list->places);
    for (size_t i = 0; i < n; i++) {
        struct slice value = arena_printf(arena, "%lld", (long long) (lo + (int64_t) i));
        singles[i] = (struct position){.kind = POSITION_VALUE, .value = value, .label = value};
        list->places[i] = (struct place_item){&singles[i], 1, false};
        list->items[i] = (struct bound_item){ITEM_VALUE, value, i};
    }
    return true;
}

/* ---- {...} ---- */

/* A list of single values and ranges is a dim of its own: no keys are needed. */
static void
simple_dim(struct axis_binder *at, const struct bound_list *list, struct bound_dim *dim)
{
    dim->kind = list->has_ranges ? DIM_BINS : DIM_LIST;
    dim->npositions = list->nplaces;
    dim->positions = arena_array(at->binder->arena, list->nplaces, sizeof *dim->positions);
    dim->has_missing = list->has_missing;
    dim->has_other = list->has_other;
    for (size_t i = 0; i < list->nplaces; i++) {
        dim->positions[i] = list->places[i].singles[0];
        dim->positions[i].label = list->items[i].label;
    }
}

static bool
has_missing(const struct place_rule *rule)
{
    for (size_t i = 0; i < rule->nitems; i++) {
        for (size_t s = 0; s < rule->items[i].nsingles; s++) {
            if (rule->items[i].singles[s].kind == POSITION_MISSING) {
                return true;
            }
        }
    }
    return rule->keeps_all;
}

static bool
placed_dim(struct axis_binder *at, const struct bound_list *list, struct bound_dim *dim)
{
    struct place_rule *rule = rule_new(at);
    rule->items = list->places;
    rule->nitems = list->nplaces;
    rule->keeps_all = list->nwhens > 0 || at->binder->keeps_all;
    if (list->tail && list->tail->kind == AST_ITEM_TOP) {
        return error_set(at->binder->err, "ERR", "at column %zu: TOP is quipu-server's to answer",
                         list->tail->at + 1);
    }
    if (list->tail && list->tail->kind == AST_ITEM_STAR) {
        rule->tail = TAIL_VALUES;
    } else if (list->tail && !bind_bins(at, &list->tail->bins, rule)) {
        return false;
    }
    dim->kind = DIM_PLACED;
    dim->rule = rule;
    dim->has_missing = has_missing(rule);
    return true;
}

static void
add_whens(struct axis_binder *at, const struct bound_list *list)
{
    for (size_t i = 0; i < list->nwhens; i++) {
        struct bound_dim dim = {.kind = DIM_WHEN, .npositions = 2};
        dim.when = filter_normalise(at->binder->arena, at->binder->query->fields_said,
                                    list->whens[i]->cond);
        dim.name = list->whens[i]->label;
        add_dim(at, &dim);
    }
}

static bool
bind_positions(struct axis_binder *at, const struct ast_dim *ast, struct bound_dim *dim,
               struct bound_axis *axis)
{
    struct bound_list list;
    if (ast->positions->kind == AST_INT_RANGE) {
        if (!bind_int_range(at, ast->positions, &list)) {
            return false;
        }
    } else if (!bind_list(at->binder->arena, ast->positions, &list, at->binder->err)) {
        return false;
    }
    if (axis->has_field && list.is_simple && !is_multiple(at) && !at->binder->keeps_all) {
        simple_dim(at, &list, dim);
        add_dim(at, dim);
    } else if (axis->has_field) {
        if (!placed_dim(at, &list, dim)) {
            return false;
        }
        add_dim(at, dim);
    }
    add_whens(at, &list);
    axis->items = list.items;
    axis->nitems = list.nitems;
    axis->nwhens = list.nwhens;
    axis->is_open = list.tail;
    axis->overlaps = list.has_nets || list.nwhens || is_multiple(at);
    return true;
}

/* The cells of a list are counted before its items are looked at. */
static bool
count_items(struct axis_binder *at, const struct ast_positions *positions)
{
    uint64_t n = 0;
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        n += item->kind != AST_ITEM_STAR && item->kind != AST_ITEM_BINS;
    }
    return positions->kind != AST_LIST || cells_times(at, n);
}

static bool
bind_axis(struct axis_binder *at, const struct ast_dim *ast, struct bound_axis *axis)
{
    bool has_field = ast->kind != AST_DIM_WHENS;
    const struct dataset *dataset = at->binder->query->dataset;
    struct slice name = ast->name.ptr ? ast->name : ast->field;
    struct bound_dim dim = {.field = ast->field, .name = name};
    at->field = has_field ? dataset_field(dataset, ast->field) : NULL;
    *axis = (struct bound_axis){.name = name,
                                .field = ast->field,
                                .first_dim = at->ndims,
                                .has_field = has_field,
                                .positions_grid = NO_GRID};
    bool ok = ast->positions
                  ? count_items(at, ast->positions) && bind_positions(at, ast, &dim, axis)
                  : bind_open(at, ast, &dim, axis);
    at->binder->query->has_found = at->binder->query->has_found || ast->is_found;
    at->table->is_closed = at->table->is_closed && !axis->is_open && !ast->is_found;
    return ok;
}

bool
bind_axes(struct binder *binder, const struct ast_table *ast, struct bound_table *table,
          size_t **dims, size_t *ndims)
{
    struct axis_binder at = {.binder = binder, .table = table};
    table->axes = arena_array(binder->arena, ast->ndims, sizeof *table->axes);
    table->ncells = 1;
    table->is_closed = true;
    for (const struct ast_dim *dim = ast->dims; dim; dim = dim->next) {
        if (!bind_axis(&at, dim, &table->axes[table->naxes++])) {
            return false;
        }
    }
    *dims = at.dims;
    *ndims = at.ndims;
    return true;
}
