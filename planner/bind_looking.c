/*
 * Binds DESCRIBE. in: the tree of what was written; out: its format, or the option that it does not
 * have.
 *
 * Example: `describe current totals` is refused, since TOTALS are of a table of counts.
 */
#include "planner/bind_looking.h"

/* An option that is of tables of counts. NULL: none was written. */
static const char *
option_of_tables(const struct ast_options *o)
{
    return o->having                         ? "HAVING"
           : o->order                        ? "ORDER BY"
           : o->has_limit                    ? "LIMIT"
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
    const char *option = option_of_tables(&ast->options);
    if (ast->mode != AST_RUN) {
        return error_set(err, "ERR", "DESCRIBE has no plan: leave %s out",
                         ast->mode == AST_EXPLAIN ? "EXPLAIN" : "PROFILE");
    }
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
