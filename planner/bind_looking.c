/*
 * Binds DESCRIBE and ROWS. in: the tree of what was written; out: its format and order, or the
 * option that it does not have.
 *
 * Example: `describe current totals` is refused, since TOTALS are of a table of counts.
 */
#include "planner/bind_looking.h"

#include "planner/bind_check.h"
#include "planner/filter_text.h"

/* An option that is of tables of counts. NULL: none was written. */
static const char *
option_of_tables(const struct ast_options *o)
{
    return o->having                         ? "HAVING"
           : o->totals                       ? "TOTALS"
           : o->percent != AST_PERCENT_NONE  ? "PERCENT"
           : o->weight_field.ptr             ? "WEIGHT BY"
           : o->test_chi2 || o->test_columns ? "TEST"
           : o->residuals                    ? "RESIDUALS"
           : o->confidence.ptr               ? "CI"
           : o->into_key.ptr                 ? "INTO"
                                             : NULL;
}

bool
bind_describe(const struct ast_query *ast, struct bound_query *query, struct error *err)
{
    const struct ast_options *o = &ast->options;
    const char *option = o->order ? "ORDER BY" : o->has_limit ? "LIMIT" : option_of_tables(o);
    if (option) {
        return error_set(err, "ERR", "DESCRIBE does not have %s", option);
    }
    switch (ast->options.format) {
    case AST_FORMAT_DEFAULT: query->format = AST_FORMAT_MAP; return true;
    case AST_FORMAT_MAP:
    case AST_FORMAT_TABLE:
    case AST_FORMAT_JSON: query->format = ast->options.format; return true;
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS:
    case AST_FORMAT_MARKDOWN:
    case AST_FORMAT_CSV: break;
    }
    return error_set(err, "ERR", "DESCRIBE has the formats MAP, TABLE and JSON");
}

/* ---- ROWS ---- */

static bool
rows_format(const struct ast_query *ast, struct bound_query *query, struct error *err)
{
    switch (ast->options.format) {
    case AST_FORMAT_DEFAULT: query->format = AST_FORMAT_ROWS; return true;
    case AST_FORMAT_ROWS:
    case AST_FORMAT_TABLE:
    case AST_FORMAT_JSON:
    case AST_FORMAT_CSV: query->format = ast->options.format; return true;
    case AST_FORMAT_NESTED:
    case AST_FORMAT_MAP:
    case AST_FORMAT_MARKDOWN: break;
    }
    return error_set(err, "ERR", "ROWS has the formats ROWS, JSON, CSV and TABLE");
}

/*
 * The shards look the field of ORDER BY up, and nothing else: it is the only dim. A row without it
 * is in the answer, too.
 */
static void
rows_dims(struct arena *arena, const struct ast_order *order, struct bound_query *query)
{
    static const size_t FIRST = 0;
    query->ndims = order != NULL;
    query->dims = arena_array(arena, query->ndims, sizeof *query->dims);
    query->grids = arena_alloc(arena, sizeof *query->grids);
    query->ngrids = 1;
    *query->grids = (struct bound_grid){.dims = &FIRST, .ndims = query->ndims};
    if (order) {
        query->dims[0] = (struct bound_dim){
            .kind = DIM_OPEN, .field = order->name, .name = order->name, .has_missing = true};
        query->rows_descend = order->descending;
    }
}

bool
bind_rows(struct arena *arena, const struct ast_query *ast, struct bound_query *query,
          struct error *err)
{
    const struct ast_options *o = &ast->options;
    const char *option = option_of_tables(o);
    if (option) {
        return error_set(err, "ERR", "ROWS does not have %s", option);
    }
    if (o->order && (o->order->measure || o->order->next)) {
        return error_set(err, "ERR", "at column %zu: ROWS is ordered by one field, then by name",
                         (o->order->measure ? o->order->at : o->order->next->at) + 1);
    }
    rows_dims(arena, o->order, query);
    query->is_plain = true;
    query->base_grid = query->weight_grid = NO_GRID;
    return rows_format(ast, query, err) &&
           (!query->has_suppress || bind_check_own_hidden(query, err));
}

void
bound_rows_print(struct strbuf *out, const struct bound_query *query)
{
    strbuf_append_str(out, query->nfields ? "rows: " : "rows: all fields");
    for (size_t i = 0; i < query->nfields; i++) {
        strbuf_append_str(out, i ? ", " : "");
        filter_print_field(out, query->fields[i]);
    }
    strbuf_printf(out, " of %.*s, by ", SLICE_ARG(query->dataset->name));
    if (query->ndims) {
        filter_print_field(out, query->dims[0].field);
        strbuf_append_str(out, query->rows_descend ? " desc, then by name" : ", then by name");
    } else {
        strbuf_append_str(out, "name");
    }
    if (query->has_limit) {
        strbuf_printf(out, ", limit %llu", (unsigned long long) query->limit);
    }
    if (query->offset) {
        strbuf_printf(out, " offset %llu", (unsigned long long) query->offset);
    }
}
