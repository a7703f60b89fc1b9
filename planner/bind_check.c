/*
 * Checks what was written against itself: some options exclude others. in: a query whose tables are
 * bound; out: the first thing that does not go together.
 *
 * Example: `count a from current test chi2` has one dimension, and a test needs two.
 */
#include "planner/bind_check.h"

#include "planner/field_definitions.h"

static bool
is_list(const struct bound_query *query)
{
    return query->has_limit || query->tables[0].has_having || query->tables[0].norder;
}

static bool
check_tests(const struct bound_query *query, struct error *err)
{
    const char *what = query->residuals ? "RESIDUALS" : "TEST";
    if (query->into_key.ptr) {
        return error_set(err, "ERR", "INTO has no room for %s: leave one of them out", what);
    }
    if (!format_tells_more(query->format)) {
        return error_set(
            err, "ERR", "%s needs a format that has room for it: map, json, table, markdown", what);
    }
    for (size_t t = 0; t < query->ntables; t++) {
        const struct bound_table *table = &query->tables[t];
        if (table->naxes < 2) {
            return error_set(err, "ERR", "%s needs two dimensions, this table has %zu", what,
                             table->naxes);
        }
        for (size_t d = 0; d < table->naxes; d++) {
            if (table->axes[d].overlaps) {
                return error_set(err, "ERR",
                                 "%s needs positions that exclude each other: those of %.*s may "
                                 "overlap",
                                 what, SLICE_ARG(table->axes[d].name));
            }
        }
    }
    return true;
}

static bool
check_percent(const struct bound_query *query, struct error *err)
{
    bool has_counts_alone = true;
    for (size_t t = 0; t < query->ntables; t++) {
        for (size_t m = 0; m < query->tables[t].nmeasures; m++) {
            const struct bound_measure *measure = &query->tables[t].measures[m];
            has_counts_alone = has_counts_alone && measure->kind == AST_COUNT;
            if (query->percent != AST_PERCENT_NONE && measure->kind != AST_COUNT &&
                measure->kind != AST_SUM) {
                return error_set(err, "ERR", "PERCENT is of COUNT or SUM: %.*s has no share",
                                 SLICE_ARG(measure->name));
            }
        }
    }
    return !query->confidence || (query->percent != AST_PERCENT_NONE && has_counts_alone) ||
           error_set(err, "ERR", "CI needs PERCENT of counts");
}

bool
bind_check(const struct bound_query *query, struct error *err)
{
    static const int64_t MOST_SECONDS = INT64_MAX / 1000 / 2; /* Redis counts ms since 1970 */
    if (query->into_seconds > MOST_SECONDS) {
        return error_set(err, "ERR", "EX takes at most %lld seconds", (long long) MOST_SECONDS);
    }
    if (is_list(query) && query->format == AST_FORMAT_NESTED) {
        return error_set(err, "ERR",
                         "HAVING, ORDER BY and LIMIT make a list of rows: leave FORMAT NESTED out");
    }
    if (!check_percent(query, err)) {
        return false;
    }
    bool has_tests = query->test_chi2 || query->test_columns || query->residuals;
    return (!has_tests || check_tests(query, err)) &&
           (query->suppress_below <= 1 || bind_check_own_hidden(query, err));
}

static bool
dim_is_of(struct arena *arena, const struct bound_dim *dim, struct slice field)
{
    size_t nfields = 0;
    bool is_of = dim->kind != DIM_WHEN && slice_equal(dim->field, field);
    struct slice *fields = dim->when ? filter_fields(arena, dim->when, &nfields) : NULL;
    for (size_t i = 0; i < nfields; i++) {
        is_of = is_of || slice_equal(fields[i], field);
    }
    return is_of;
}

/* Is the field one by which the tables are made? A sum of it is an equation between their counts. */
static bool
is_of_dimension(struct arena *arena, const struct bound_query *query, struct slice field)
{
    for (size_t t = 0; t < query->ntables; t++) {
        const struct bound_grid *grid = &query->grids[query->tables[t].grid];
        for (size_t d = 0; d < grid->ndims - grid_nhidden(grid); d++) {
            if (dim_is_of(arena, &query->dims[grid->dims[d]], field)) {
                return true;
            }
        }
    }
    return false;
}

static bool
check_measured(const struct bound_query *query, const char *code, struct error *err)
{
    struct arena *arena = arena_new();
    struct slice found = {0};
    if (query->weight_field.ptr && is_of_dimension(arena, query, query->weight_field)) {
        found = slice_lit("WEIGHT BY");
    }
    for (size_t t = 0; t < query->ntables; t++) {
        const struct bound_table *table = &query->tables[t];
        for (size_t m = 0; m < table->nall_measures && !found.ptr; m++) {
            enum ast_measure_kind kind = table->measures[m].kind;
            if (kind != AST_COUNT && kind != AST_DISTINCT &&
                is_of_dimension(arena, query, table->measures[m].field)) {
                found = table->measures[m].name;
            }
        }
    }
    arena_free(arena);
    return !found.ptr ||
           error_set(
               err, code,
               "small counts are to be hidden, and %.*s may tell them, since a dimension is of "
               "the same field",
               SLICE_ARG(found));
}

bool
bind_check_hidden(const struct bound_query *query, const char *code, struct error *err)
{
    const char *what = NULL;
    for (size_t t = 0; t < query->ntables && !what; t++) {
        const struct bound_table *table = &query->tables[t];
        what = table->has_having ? "HAVING" : NULL;
        for (size_t m = 0; m < table->nall_measures && !what; m++) {
            switch (table->measures[m].kind) {
            case AST_MIN: what = "MIN"; break;
            case AST_MAX: what = "MAX"; break;
            case AST_MEDIAN: what = "MEDIAN"; break;
            case AST_QUANTILE: what = "QUANTILE"; break;
            case AST_COUNT:
            case AST_SUM:
            case AST_AVG:
            case AST_STDDEV:
            case AST_VARIANCE:
            case AST_DISTINCT: break;
            }
        }
    }
    what = query->test_chi2 || query->test_columns ? "TEST"
           : query->residuals                      ? "RESIDUALS"
           : query->confidence                     ? "CI"
           : query->has_found                      ? "TOP or QUANTILES"
           : query->statement == AST_ROWS          ? "ROWS"
                                                   : what;
    if (what) {
        return error_set(err, code, "small counts are to be hidden, and %s may tell them", what);
    }
    return check_measured(query, code, err);
}

bool
bind_check_own_hidden(const struct bound_query *query, struct error *err)
{
    return bind_check_hidden(query, query->has_floor ? "NOPERM" : "ERR", err);
}

bool
bind_check_weight(const struct bound_query *query, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct field_definition *weight =
        query->weight_field.ptr ? field_definitions_find(query->fields_said, query->weight_field)
                                : NULL;
    return !weight || !weight->separator.ptr ||
           error_set(err, "ERR",
                     "%s has several values: WEIGHT BY takes a field of one number in each row",
                     error_quote(quoted, query->weight_field));
}
