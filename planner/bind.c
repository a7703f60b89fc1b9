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

static bool
not_supported_at(struct error *err, size_t at, const char *what)
{
    return error_set(err, "ERR", "at column %zu: %s is not supported yet", at + 1, what);
}

/* Refuses statements and measures that are parsed now and answered by a later version. */
static bool
check_statement(const struct ast_query *ast, struct error *err)
{
    static const char *const MEASURES[] = {"COUNT with other measures",
                                           "SUM",
                                           "AVG",
                                           "MIN",
                                           "MAX",
                                           "MEDIAN",
                                           "STDDEV",
                                           "VARIANCE",
                                           "DISTINCT",
                                           "QUANTILE"};
    switch (ast->statement) {
    case AST_CROSSTAB: break;
    case AST_ROWS: return not_supported(err, "ROWS");
    case AST_VALUES: return not_supported(err, "VALUES");
    case AST_DESCRIBE: return not_supported(err, "DESCRIBE");
    }
    for (const struct ast_measure *m = ast->measures; m; m = m->next) {
        if (m->kind != AST_COUNT || m->next) {
            return not_supported_at(err, m->at, MEASURES[m->kind]);
        }
    }
    if (ast->ntables > 1) {
        return not_supported_at(err, ast->tables->next->at, "more than one table");
    }
    return true;
}

/* Refuses tests that are parsed now and answered by a later version. */
static bool
check_cond(const struct ast_cond *cond, struct error *err)
{
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        if (!check_cond(child, err)) {
            return false;
        }
    }
    switch (cond->kind) {
    case AST_LIKE: return not_supported_at(err, cond->at, cond->folds_case ? "ILIKE" : "LIKE");
    case AST_BETWEEN: return not_supported_at(err, cond->at, "BETWEEN");
    case AST_OR:
    case AST_AND:
    case AST_NOT:
    case AST_COMPARE:
    case AST_IN:
    case AST_MISSING:
    case AST_EXISTS: return true;
    }
    return true;
}

/* Refuses options that are parsed now and answered by a later version. */
static bool
check_options(const struct ast_options *o, struct error *err)
{
    const struct {
        bool is_written;
        const char *what;
    } options[] = {{o->having != NULL, "HAVING"},
                   {o->order != NULL, "ORDER BY"},
                   {o->has_limit, "LIMIT"},
                   {o->totals, "TOTALS"},
                   {o->percent != AST_PERCENT_NONE, "PERCENT"},
                   {o->weight_field.ptr != NULL, "WEIGHT BY"},
                   {o->test_chi2, "TEST CHI2"},
                   {o->test_columns, "TEST COLUMNS"},
                   {o->residuals, "RESIDUALS"},
                   {o->confidence.ptr != NULL, "CI"},
                   {o->into_key.ptr != NULL, "INTO"}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (options[i].is_written) {
            return not_supported(err, options[i].what);
        }
    }
    switch (o->format) {
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS: return true;
    case AST_FORMAT_MAP: return not_supported(err, "FORMAT MAP");
    case AST_FORMAT_TABLE: return not_supported(err, "FORMAT TABLE");
    case AST_FORMAT_MARKDOWN: return not_supported(err, "FORMAT MARKDOWN");
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
        const struct ast_value *bound = i ? &positions->range.hi : &positions->range.lo;
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
bind_range(struct binder *binder, const struct ast_single *single, struct bound_dim *dim,
           struct position *position)
{
    const struct ast_range *range = &single->range;
    if (!range->lo_inclusive || !range->hi_inclusive) {
        return not_supported_at(binder->err, single->at, "a half-open range");
    }
    position->kind = POSITION_RANGE;
    position->lo = range->lo.text;
    position->hi = range->hi.text;
    position->label = arena_printf(binder->arena, "[%.*s,%.*s]", SLICE_ARG(position->lo),
                                   SLICE_ARG(position->hi));
    if (number_compare(position->lo, position->hi) > 0) {
        return error_set(binder->err, "ERR", "at column %zu: the range %.*s is empty",
                         single->at + 1, SLICE_ARG(position->label));
    }
    dim->kind = DIM_BINS;
    return true;
}

static bool
bind_single(struct binder *binder, const struct ast_single *single, struct bound_dim *dim,
            struct position *position)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE:
        position->kind = POSITION_VALUE;
        position->value = single->value.text;
        position->label = position->value;
        break;
    case AST_SINGLE_RANGE: return bind_range(binder, single, dim, position);
    case AST_SINGLE_MISSING:
    case AST_SINGLE_OTHER: {
        bool missing = single->kind == AST_SINGLE_MISSING;
        bool *seen = missing ? &dim->has_missing : &dim->has_other;
        position->kind = missing ? POSITION_MISSING : POSITION_OTHER;
        position->label = missing ? slice_lit("missing") : slice_lit("other");
        if (*seen) {
            return error_set(binder->err, "ERR", "at column %zu: %.*s is listed twice",
                             single->at + 1, SLICE_ARG(position->label));
        }
        *seen = true;
        break;
    }
    }
    return true;
}

static bool
bind_item(struct binder *binder, const struct ast_item *item, struct bound_dim *dim,
          struct position *position)
{
    switch (item->kind) {
    case AST_ITEM_SINGLE:
        if (!bind_single(binder, item->singles, dim, position)) {
            return false;
        }
        break;
    case AST_ITEM_GROUP: return not_supported_at(binder->err, item->at, "a group");
    case AST_ITEM_NET: return not_supported_at(binder->err, item->at, "NET");
    case AST_ITEM_WHEN: return not_supported_at(binder->err, item->at, "WHEN");
    case AST_ITEM_STAR: return not_supported_at(binder->err, item->at, "*");
    case AST_ITEM_TOP: return not_supported_at(binder->err, item->at, "TOP");
    case AST_ITEM_BINS: return not_supported_at(binder->err, item->at, "BY in a list");
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
bind_bins(struct binder *binder, const struct ast_bins *bins, struct bound_dim *dim)
{
    switch (bins->kind) {
    case AST_BINS_WIDTH: break;
    case AST_BINS_UNIT: return not_supported_at(binder->err, bins->at, "BY a unit of time");
    case AST_BINS_QUANTILES: return not_supported_at(binder->err, bins->at, "QUANTILES");
    }
    dim->kind = DIM_WIDTH;
    dim->width = bins->width.text;
    if (number_compare(dim->width, slice_lit("0")) <= 0) {
        return error_set(binder->err, "ERR", "at column %zu: a width must be above 0",
                         bins->at + 1);
    }
    return true;
}

static bool
bind_dim(struct binder *binder, const struct ast_dim *ast, struct bound_dim *dim)
{
    dim->field = ast->field;
    dim->name = ast->name.ptr ? ast->name : ast->field;
    switch (ast->kind) {
    case AST_DIM_OPEN: dim->kind = DIM_OPEN; return true;
    case AST_DIM_BINS: return bind_bins(binder, &ast->bins, dim);
    case AST_DIM_POSITIONS:
        return ast->positions->kind == AST_INT_RANGE ? bind_int_range(binder, ast->positions, dim)
                                                     : bind_list(binder, ast->positions, dim);
    case AST_DIM_WHENS: return not_supported_at(binder->err, ast->at, "WHEN");
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
    if (!check_statement(ast, err) || (ast->where && !check_cond(ast->where, err)) ||
        !check_options(&ast->options, err)) {
        return false;
    }
    struct binder binder = {arena, err, max_cells, 1};
    query->is_closed = true;
    query->ndims = ast->tables->ndims;
    query->dims = arena_array(arena, query->ndims, sizeof *query->dims);
    size_t i = 0;
    for (const struct ast_dim *dim = ast->tables->dims; dim; dim = dim->next) {
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
