/*
 * Binding turns the tree of what was written into a query that can be planned. in: struct
 * ast_query, catalog; out: struct bound_query, or the first error in it.
 *
 * Example: `count a in {1, [5,9], missing as none} from current` gives one BINS dimension of three
 * positions labelled "1", "[5,9]" and "none".
 */
#include "planner/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "planner/filter_normal.h"

struct binder {
    struct arena *arena;
    struct error *err;
    uint64_t max_cells;
    uint64_t ncells; /* the product so far */
};

enum { LONG_LIST = 1000 };

bool
bound_dim_is_open(const struct bound_dim *dim)
{
    return dim->kind != DIM_WHEN && (dim->kind != DIM_LIST || dim->npositions > LONG_LIST);
}

bool
bound_dim_is_unlisted(const struct bound_dim *dim)
{
    return dim->kind == DIM_OPEN || dim->kind == DIM_WIDTH || dim->kind == DIM_PLACED;
}

static bool
not_supported(struct error *err, const char *what)
{
    return error_set(err, "ERR", "%s is not supported yet", what);
}

/* Refuses parts of the language that are parsed now and answered by a later version. */
static bool
check_supported(const struct ast_query *ast, struct error *err)
{
    static const char *const MEASURES[] = {
        "COUNT with other measures", "SUM", "AVG", "MIN", "MAX", "DISTINCT"};
    for (const struct ast_measure *m = ast->measures; m; m = m->next) {
        if (m->kind != AST_COUNT || m->next) {
            return error_set(err, "ERR", "at column %zu: %s is not supported yet", m->at + 1,
                             MEASURES[m->kind]);
        }
    }
    const struct ast_options *o = &ast->options;
    if (o->having) {
        return not_supported(err, "HAVING");
    }
    if (o->order) {
        return not_supported(err, "ORDER BY");
    }
    if (o->has_limit) {
        return not_supported(err, "LIMIT");
    }
    if (o->totals) {
        return not_supported(err, "TOTALS");
    }
    if (o->percent != AST_PERCENT_NONE) {
        return not_supported(err, "PERCENT");
    }
    if (o->weight_field.ptr) {
        return not_supported(err, "WEIGHT BY");
    }
    if (o->test_chi2) {
        return not_supported(err, "TEST CHI2");
    }
    if (o->into_key.ptr) {
        return not_supported(err, "INTO");
    }
    switch (o->format) {
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS: return true;
    case AST_FORMAT_MAP: return not_supported(err, "FORMAT MAP");
    case AST_FORMAT_TABLE: return not_supported(err, "FORMAT TABLE");
    case AST_FORMAT_JSON: return not_supported(err, "FORMAT JSON");
    case AST_FORMAT_CSV: return not_supported(err, "FORMAT CSV");
    }
    return true;
}

static bool
multiply_cells(struct binder *binder, uint64_t npositions)
{
    uint64_t product;
    if (__builtin_mul_overflow(binder->ncells, npositions, &product) ||
        product > binder->max_cells) {
        return error_set(binder->err, "LIMIT", "max-cells is %llu, the query asks for %llu x %llu",
                         (unsigned long long) binder->max_cells,
                         (unsigned long long) binder->ncells, (unsigned long long) npositions);
    }
    binder->ncells = product;
    return true;
}

static bool
bind_int_range(struct binder *binder, const struct ast_positions *positions, struct bound_dim *dim)
{
    int64_t lo, hi;
    for (int i = 0; i < 2; i++) {
        const struct ast_value *bound = i ? &positions->hi : &positions->lo;
        char quoted[ERROR_QUOTE_BYTES];
        if (!slice_to_int64(bound->text, i ? &hi : &lo)) {
            return error_set(binder->err, "ERR", "at column %zu: %s is no 64-bit integer",
                             bound->at + 1, error_quote(quoted, bound->text));
        }
    }
    if (lo > hi) {
        return error_set(binder->err, "ERR", "at column %zu: the range [%lld,%lld] is empty",
                         positions->at + 1, (long long) lo, (long long) hi);
    }
    uint64_t width = (uint64_t) hi - (uint64_t) lo;
    if (!multiply_cells(binder, width == UINT64_MAX ? UINT64_MAX : width + 1)) {
        return false;
    }
    dim->kind = DIM_LIST;
    dim->npositions = (size_t) width + 1;
    dim->positions = arena_array(binder->arena, dim->npositions, sizeof *dim->positions);
    for (size_t i = 0; i < dim->npositions; i++) {
        struct slice value = arena_printf(binder->arena, "%lld", (long long) (lo + (int64_t) i));
        dim->positions[i] =
            (struct position){.kind = POSITION_VALUE, .value = value, .label = value};
    }
    return true;
}

static int
by_lower_bound(const void *a, const void *b)
{
    const struct position *x = *(const struct position *const *) a;
    const struct position *y = *(const struct position *const *) b;
    return value_compare(x->kind == POSITION_RANGE ? x->lo : x->value,
                         y->kind == POSITION_RANGE ? y->lo : y->value);
}

/* Positions exclude each other: sorted by lower bound, each must end before the next begins. */
static bool
check_disjoint(struct binder *binder, const struct bound_dim *dim, size_t at)
{
    const struct position **sorted = arena_array(binder->arena, dim->npositions, sizeof *sorted);
    size_t n = 0;
    for (size_t i = 0; i < dim->npositions; i++) {
        if (dim->positions[i].kind <= POSITION_RANGE) {
            sorted[n++] = &dim->positions[i];
        }
    }
    qsort(sorted, n, sizeof *sorted, by_lower_bound);
    for (size_t i = 1; i < n; i++) {
        const struct position *a = sorted[i - 1], *b = sorted[i];
        struct slice a_end = a->kind == POSITION_RANGE ? a->hi : a->value;
        struct slice b_start = b->kind == POSITION_RANGE ? b->lo : b->value;
        bool comparable = number_is_canonical(a_end) == number_is_canonical(b_start);
        if (comparable && value_compare(a_end, b_start) >= 0) {
            return error_set(binder->err, "ERR", "at column %zu: positions %.*s and %.*s overlap",
                             at + 1, SLICE_ARG(a->label), SLICE_ARG(b->label));
        }
    }
    return true;
}

static bool
bind_item(struct binder *binder, const struct ast_item *item, struct bound_dim *dim,
          struct position *position)
{
    switch (item->kind) {
    case AST_ITEM_VALUE:
        position->kind = POSITION_VALUE;
        position->value = item->value.text;
        position->label = position->value;
        break;
    case AST_ITEM_RANGE:
        position->kind = POSITION_RANGE;
        position->lo = item->lo.text;
        position->hi = item->hi.text;
        position->label = arena_printf(binder->arena, "[%.*s,%.*s]", SLICE_ARG(position->lo),
                                       SLICE_ARG(position->hi));
        if (number_compare(position->lo, position->hi) > 0) {
            return error_set(binder->err, "ERR", "at column %zu: the range %.*s is empty",
                             item->at + 1, SLICE_ARG(position->label));
        }
        dim->kind = DIM_BINS;
        break;
    case AST_ITEM_MISSING:
    case AST_ITEM_OTHER: {
        bool missing = item->kind == AST_ITEM_MISSING;
        bool *seen = missing ? &dim->has_missing : &dim->has_other;
        position->kind = missing ? POSITION_MISSING : POSITION_OTHER;
        position->label = missing ? slice_lit("missing") : slice_lit("other");
        if (*seen) {
            return error_set(binder->err, "ERR", "at column %zu: %.*s is listed twice",
                             item->at + 1, SLICE_ARG(position->label));
        }
        *seen = true;
        break;
    }
    }
    if (item->label.ptr) {
        position->label = item->label;
    }
    return true;
}

static bool
bind_list(struct binder *binder, const struct ast_positions *positions, struct bound_dim *dim)
{
    dim->kind = DIM_LIST;
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        dim->npositions++;
    }
    if (!multiply_cells(binder, dim->npositions)) {
        return false;
    }
    dim->positions = arena_array(binder->arena, dim->npositions, sizeof *dim->positions);
    size_t i = 0;
    for (const struct ast_item *item = positions->items; item; item = item->next) {
        if (!bind_item(binder, item, dim, &dim->positions[i++])) {
            return false;
        }
    }
    return check_disjoint(binder, dim, positions->at);
}

static bool
bind_dim(struct binder *binder, const struct ast_dim *ast, struct bound_dim *dim)
{
    dim->field = ast->field;
    dim->name = ast->name.ptr ? ast->name : ast->field;
    switch (ast->kind) {
    case AST_DIM_OPEN: dim->kind = DIM_OPEN; return true;
    case AST_DIM_WIDTH:
        dim->kind = DIM_WIDTH;
        dim->width = ast->width.text;
        if (number_compare(dim->width, slice_lit("0")) <= 0) {
            return error_set(binder->err, "ERR", "at column %zu: a width must be above 0",
                             ast->width.at + 1);
        }
        return true;
    case AST_DIM_POSITIONS:
        return ast->positions->kind == AST_INT_RANGE ? bind_int_range(binder, ast->positions, dim)
                                                     : bind_list(binder, ast->positions, dim);
    }
    return true;
}

/* One grid, of all dims in order, is counted. */
static void
count_plainly(struct arena *arena, struct bound_query *query)
{
    size_t *dims = arena_array(arena, query->ndims, sizeof *dims);
    for (size_t d = 0; d < query->ndims; d++) {
        dims[d] = d;
    }
    query->ngrids = 1;
    query->grids = arena_alloc(arena, sizeof *query->grids);
    query->grids[0] = (struct bound_grid){.dims = dims, .ndims = query->ndims};
    query->is_plain = true;
    query->base_grid = query->weight_grid = NO_GRID;
}

bool
query_bind(struct arena *arena, const struct ast_query *ast, const struct catalog *catalog,
           uint64_t max_cells, struct bound_query **out, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct bound_query *query = arena_alloc(arena, sizeof *query);
    query->mode = ast->mode;
    query->dataset = catalog_by_name(catalog, ast->dataset);
    if (!query->dataset) {
        return error_set(err, "NODATASET", "at column %zu: there is no dataset %s",
                         ast->dataset_at + 1, error_quote(quoted, ast->dataset));
    }
    if (!check_supported(ast, err)) {
        return false;
    }
    struct binder binder = {arena, err, max_cells, 1};
    query->is_closed = true;
    query->ndims = ast->ndims;
    query->dims = arena_array(arena, ast->ndims, sizeof *query->dims);
    size_t i = 0;
    for (const struct ast_dim *dim = ast->dims; dim; dim = dim->next) {
        struct bound_dim *bound = &query->dims[i++];
        if (!bind_dim(&binder, dim, bound)) {
            return false;
        }
        query->is_closed = query->is_closed && !bound_dim_is_unlisted(bound);
    }
    query->ncells = binder.ncells;
    query->filter = ast->where ? filter_normalise(arena, ast->where) : NULL;
    query->format = ast->options.format;
    if (query->format == AST_FORMAT_DEFAULT) {
        query->format = query->is_closed ? AST_FORMAT_NESTED : AST_FORMAT_ROWS;
    }
    query->timeout_ms = ast->options.has_timeout ? ast->options.timeout_ms : 0;
    query->nocache = ast->options.nocache;
    query->has_suppress = ast->options.has_suppress;
    query->suppress_below = ast->options.has_suppress ? ast->options.suppress_below : 0;
    count_plainly(arena, query);
    *out = query;
    return true;
}
