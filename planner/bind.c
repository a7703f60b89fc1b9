/*
 * Binding turns the tree of what was written into a query that can be planned. in: struct
 * ast_query, catalog; out: struct bound_query, or the first error in it.
 *
 * Example: `count a in {1, [5,9], missing as none} from current` gives one BINS dimension of three
 * positions labelled "1", "[5,9]" and "none". Such a query is plain: what shards count of it is the
 * answer. `sum(x) by a from current totals` is not: it has grids, and a table made of them.
 */
#include "planner/bind.h"

#include <string.h>

#include "base/double.h"
#include "planner/bind_atoms.h"
#include "planner/bind_axis.h"
#include "planner/bind_check.h"
#include "planner/bind_looking.h"
#include "planner/bind_measures.h"
#include "planner/filter_normal.h"

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

/* ---- Is it plain? ---- */

/* A dimension of a plain query is counted as it is answered. */
static bool
is_plain_dim(const struct dataset *dataset, const struct ast_dim *dim)
{
    const struct field_definition *field = dataset_field(dataset, dim->field);
    bool is_plain = dim->kind != AST_DIM_WHENS && (!field || !field->separator.ptr) &&
                    (dim->kind != AST_DIM_BINS || dim->bins.kind == AST_BINS_WIDTH);
    const struct ast_positions *positions = dim->positions;
    if (is_plain && positions && positions->kind == AST_LIST) {
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            is_plain = is_plain && item->kind == AST_ITEM_SINGLE;
        }
    }
    return is_plain;
}

static bool
is_plain(const struct ast_query *ast, const struct bound_query *query)
{
    const struct ast_options *o = &ast->options;
    bool is_plain = ast->statement == AST_CROSSTAB && ast->ntables == 1 && !ast->measures->next &&
                    ast->measures->kind == AST_COUNT && !o->having && !o->order && !o->has_limit &&
                    !o->totals && o->percent == AST_PERCENT_NONE && !o->weight_field.ptr &&
                    !o->test_chi2 && !o->test_columns && !o->residuals && !o->confidence.ptr &&
                    (o->into_key.ptr || o->format <= AST_FORMAT_ROWS);
    const struct ast_dim *dim = is_plain ? ast->tables->dims : NULL;
    for (; dim && is_plain; dim = dim->next) {
        is_plain = is_plain_dim(query->dataset, dim);
    }
    return is_plain;
}

/* ---- Tables ---- */

/*
 * Where an open axis' positions come from, if the cells alone do not tell all of them: of rows that
 * have a weight, where there are weights.
 */
static void
give_positions(struct binder *binder, struct bound_table *table, const size_t *table_dims)
{
    for (size_t d = 0; d < table->naxes; d++) {
        struct bound_axis *axis = &table->axes[d];
        if (!axis->is_open || table->naxes < 2 || !format_is_dense(binder->query->format)) {
            continue;
        }
        size_t ndims = axis->has_field + axis->nwhens;
        size_t *dims = arena_array(binder->arena, ndims + 1, sizeof *dims);
        memcpy(dims, table_dims + axis->first_dim, ndims * sizeof *dims);
        bool has_weight = binder->query->weight_field.ptr;
        if (has_weight) {
            dims[ndims] = bind_valid_weight(binder);
        }
        axis->positions_grid = binder_grid(binder, &(struct bound_grid){.dims = dims,
                                                                        .ndims = ndims + has_weight,
                                                                        .has_weight = has_weight});
    }
}

/*
 * The answer's format, now that it is known whether all positions are. INTO has a form of its own,
 * with those cells that FORMAT ROWS has.
 */
static enum ast_format
chosen_format(const struct ast_query *ast, const struct bound_query *query)
{
    const struct ast_options *o = &ast->options;
    bool is_list = o->having || o->order || o->has_limit;
    return o->into_key.ptr                                                ? AST_FORMAT_ROWS
           : o->format != AST_FORMAT_DEFAULT                              ? o->format
           : query->is_closed && !is_list && ast->statement != AST_VALUES ? AST_FORMAT_NESTED
                                                                          : AST_FORMAT_ROWS;
}

/* Dims are added as axes are bound, so an axis is told its own in the end. */
static void
point_at_dims(struct bound_query *query)
{
    for (size_t t = 0; t < query->ntables; t++) {
        struct bound_table *table = &query->tables[t];
        const size_t *dims = query->grids[table->grid].dims;
        for (size_t d = 0; d < table->naxes; d++) {
            struct bound_axis *axis = &table->axes[d];
            axis->dim = axis->has_field ? &query->dims[dims[axis->first_dim]] : NULL;
        }
    }
}

static bool
bind_tables(struct binder *binder, const struct ast_query *ast, const struct ast_table *tables)
{
    struct bound_query *query = binder->query;
    query->tables = arena_array(binder->arena, ast->ntables, sizeof *query->tables);
    size_t **dims = arena_array(binder->arena, ast->ntables, sizeof *dims);
    query->is_closed = true;
    for (const struct ast_table *table = tables; table; table = table->next) {
        struct bound_table *bound = &query->tables[query->ntables];
        size_t ndims;
        if (!bind_axes(binder, table, bound, &dims[query->ntables++], &ndims) ||
            !bind_measures(binder, ast, bound, dims[query->ntables - 1], ndims)) {
            return false;
        }
        query->is_closed = query->is_closed && bound->is_closed;
        query->ncells += bound->ncells;
    }
    if (query->ncells > binder->max_cells) {
        return error_set(
            binder->err, "LIMIT", "max-cells is %llu, the query's tables have %llu together",
            (unsigned long long) binder->max_cells, (unsigned long long) query->ncells);
    }
    query->format = chosen_format(ast, query);
    for (size_t t = 0; !query->is_plain && t < query->ntables; t++) {
        give_positions(binder, &query->tables[t], dims[t]);
    }
    return true;
}

/* VALUES f is COUNT f, as rows. */
static const struct ast_table *
values_table(struct arena *arena, const struct ast_query *ast)
{
    struct ast_table *table = arena_alloc(arena, sizeof *table);
    table->dims = arena_alloc(arena, sizeof *table->dims);
    table->ndims = 1;
    *table->dims =
        (struct ast_dim){.kind = AST_DIM_OPEN, .field = ast->fields->name, .at = ast->fields->at};
    return table;
}

static bool
bind_crosstab(struct binder *binder, const struct ast_query *ast)
{
    struct bound_query *query = binder->query;
    bool is_values = ast->statement == AST_VALUES;
    struct ast_query counted = *ast;
    struct ast_measure count = {.kind = AST_COUNT};
    if (is_values) {
        counted.measures = &count;
        counted.ntables = 1;
    }
    const struct ast_table *tables = is_values ? values_table(binder->arena, ast) : ast->tables;
    query->is_plain = binder->is_plain = is_plain(ast, query);
    binder->keeps_all = query->suppress_below > 1 && ast->ntables > 1;
    if (!bind_tables(binder, &counted, tables)) {
        return false;
    }
    query->base_grid = query->weight_grid = NO_GRID;
    if (format_tells_more(query->format) || binder->keeps_all) {
        bind_base(binder);
    }
    if (binder->keeps_all) {
        bind_atoms(binder);
    }
    point_at_dims(query);
    return bind_check(query, binder->err);
}

/* ---- All of it ---- */

static void
bind_options(struct bound_query *query, const struct ast_options *o)
{
    static const double USUAL_LEVEL = 0.05;
    query->timeout_ms = o->has_timeout ? o->timeout_ms : 0;
    query->nocache = o->nocache;
    query->has_suppress = o->has_suppress;
    query->suppress_below = o->has_suppress ? o->suppress_below : 0;
    query->has_floor = o->is_floor;
    query->totals = o->totals;
    query->percent = o->percent;
    query->percent_with_count = o->percent_with_count;
    query->weight_field = o->weight_field;
    query->has_limit = o->has_limit;
    query->limit = (uint64_t) o->limit;
    query->offset = (uint64_t) o->offset;
    query->test_chi2 = o->test_chi2;
    query->test_columns = o->test_columns;
    query->residuals = o->residuals;
    query->level = o->level.ptr ? double_read(o->level) : USUAL_LEVEL;
    query->confidence = o->confidence.ptr ? double_read(o->confidence) : 0;
    query->into_key = o->into_key;
    query->into_seconds = o->into_seconds;
}

static void
bind_fields(struct arena *arena, const struct ast_query *ast, struct bound_query *query)
{
    for (const struct ast_field *field = ast->fields; field; field = field->next) {
        query->nfields++;
    }
    query->fields = arena_array(arena, query->nfields, sizeof *query->fields);
    size_t n = 0;
    for (const struct ast_field *field = ast->fields; field; field = field->next) {
        query->fields[n++] = field->name;
    }
}

const struct dataset *
query_dataset(const struct ast_query *ast, const struct catalog *catalog, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct dataset *dataset = catalog_by_name(catalog, ast->dataset);
    bool is_known = dataset || error_set(err, "NODATASET", "at column %zu: there is no dataset %s",
                                         ast->dataset_at + 1, error_quote(quoted, ast->dataset));
    return is_known ? dataset : NULL;
}

bool
query_bind(struct arena *arena, const struct ast_query *ast, const struct catalog *catalog,
           uint64_t max_cells, struct bound_query **out, struct error *err)
{
    struct bound_query *query = arena_alloc(arena, sizeof *query);
    struct binder binder = {.arena = arena, .err = err, .max_cells = max_cells, .query = query};
    query->mode = ast->mode;
    query->statement = ast->statement;
    query->dataset = query_dataset(ast, catalog, err);
    query->fields_said = query->dataset ? query->dataset->fields : NULL;
    if (!query->dataset) {
        return false;
    }
    query->filter = ast->where ? filter_normalise(arena, query->fields_said, ast->where) : NULL;
    bind_options(query, &ast->options);
    bind_fields(arena, ast, query);
    *out = query;
    switch (ast->statement) {
    case AST_DESCRIBE: return bind_describe(ast, query, err);
    case AST_ROWS: return bind_rows(arena, ast, query, err);
    case AST_CROSSTAB:
    case AST_VALUES: break;
    }
    return bind_crosstab(&binder, ast) && bind_check_weight(query, err);
}
