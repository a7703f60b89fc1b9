/*
 * The planner: binding's errors, and each query's plan as EXPLAIN prints it, over the cardinalities
 * of a million generated rows.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser/parse.h"
#include "planner/sets_explain.h"
#include "tests/suite.h"

struct fixture {
    struct arena *arena;
    struct catalog *catalog;
    struct stats *stats;
};

static void
put_field(struct stats *stats, const char *name, size_t nvalues, const int64_t *rows)
{
    static const char *const VALUES[] = {"1", "2", "3", "4", "5", "6", "7", "8"};
    struct value_stats values[8];
    struct field_stats field = {.field = slice_str(name), .nlisted = nvalues};
    field.nvalues = (int64_t) nvalues;
    field.values = values;
    for (size_t i = 0; i < nvalues; i++) {
        values[i] = (struct value_stats){slice_str(VALUES[i]), rows[i]};
        field.present += rows[i];
    }
    stats_put_field(stats, &field);
}

static void
setup(struct fixture *f)
{
    struct error err = {"", ""};
    f->arena = arena_new();
    f->catalog = catalog_new();
    ck_assert(catalog_add(f->catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO,
                          &err));
    f->stats = stats_new();
    stats_put_rows(f->stats, 1000000, 0);
    int64_t halves[] = {500000, 500000};
    int64_t eighths[] = {125000, 125000, 125000, 125000, 125000, 125000, 125000, 125000};
    int64_t thirds[] = {334, 333, 333};
    int64_t sevenths[] = {143, 143, 143, 143, 143, 143, 142};
    put_field(f->stats, "value_1", 2, halves);
    put_field(f->stats, "value_2", 8, eighths);
    put_field(f->stats, "value_3", 3, thirds);
    put_field(f->stats, "value_4", 7, sevenths);
    put_field(f->stats, "nobody", 0, NULL);
    double size = 10;
    for (int i = 5; i <= 20; i++) {
        char name[16];
        snprintf(name, sizeof name, "value_%d", i);
        int64_t rows[] = {(int64_t) (size * 0.9), (int64_t) (size * 0.1)};
        put_field(f->stats, name, 2, rows);
        size *= 1.8478;
    }
}

static void
teardown(struct fixture *f)
{
    stats_free(f->stats);
    catalog_free(f->catalog);
    arena_free(f->arena);
}

static bool
bind(struct fixture *f, const char *text, struct bound_query **bound, struct error *err)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    ck_assert_msg(query_parse(f->arena, slice_str(text), &limits, &ast, err), "%s: %s", text,
                  err->message);
    return query_bind(f->arena, ast, f->catalog, 1000, bound, err);
}

static const struct bind_row {
    const char *query, *code, *message; /* code NULL: it binds */
} bind_rows[] = {
    {"count from current", NULL, NULL},
    {"count a in [1,1000] from current", NULL, NULL},
    {"count a in [1,1001] from current", "LIMIT", "max-cells is 1000, the query asks for 1 x 1001"},
    {"count a in [1,100], b in [1,11] from current", "LIMIT",
     "max-cells is 1000, the query asks for 100 x 11"},
    {"count a in [-9223372036854775808,9223372036854775807] from current", "LIMIT", NULL},
    {"count a in [5,1] from current", "ERR", "at column 12: the range [5,1] is empty"},
    {"count a in {[5,1]} from current", "ERR", "at column 13: the range [5,1] is empty"},
    {"count a in {1,2,1} from current", "ERR", "at column 12: 1 is listed twice"},
    {"count a in {[1,5],[5,9]} from current", "ERR",
     "at column 12: positions [1,5] and [5,9] overlap: write [1,5) where 5 belongs to the second"},
    {"count a in {[1,5],3} from current", "ERR", "at column 12: positions [1,5] and 3 overlap"},
    {"count a in {[1,5],x,6,missing,other} from current", NULL, NULL},
    {"count a in {missing,missing} from current", "ERR", "at column 21: missing is listed twice"},
    {"count a by 0 from current", NULL, NULL}, /* the parser's or the binder's error: see below */
    {"count a from nowhere", "NODATASET", "at column 14: there is no dataset 'nowhere'"},
    {"profile count from current", NULL, NULL},
    {"count a in {(1,2),2} from current", "ERR", "at column 12: 2 is listed twice"},
    {"count a in {(1,1)} from current", "ERR", "at column 12: 1 is listed twice"},
    {"count a in {[1,5),[5,9]} from current", NULL, NULL},
    {"count a in {[1,5],(5,9]} from current", NULL, NULL},
    {"count a in {[1,5),5,(5,9]} from current", NULL, NULL},
    {"count a in {(,5],[5,)} from current", "ERR", "at column 12: positions (,5] and [5,) overlap"},
    {"count a in {[5,5)} from current", "ERR", "at column 13: the range [5,5) is empty"},
    {"count a in {[5,),x} from current", NULL, NULL},
    {"count a in {[5,),7} from current", "ERR", "at column 12: positions [5,) and 7 overlap"},
    {"count a in {1, net (1,2), net (2,1)} from current", NULL, NULL},
    {"count a in {other, (1,other)} from current", "ERR", "at column 23: other is listed twice"},
    {"count a in [1,1000] from current totals", "LIMIT",
     "max-cells is 1000, the query asks for 1 x 1001"},
    {"count (a in [1,600]), (b in [1,600]) from current", "LIMIT",
     "max-cells is 1000, the query's tables have 1200 together"},
    {"count a from current order by nothing", "ERR",
     "at column 31: the answer has no dimension and no measure 'nothing'"},
    {"count a from current order by a format nested", "ERR",
     "HAVING, ORDER BY and LIMIT make a list of rows: leave FORMAT NESTED out"},
    {"avg(x) by a from current percent of row", "ERR",
     "PERCENT is of COUNT or SUM: avg(x) has no share"},
    {"count a from current ci 0.95", "ERR", "CI needs PERCENT of counts"},
    {"count a from current test chi2 format map", "ERR",
     "TEST needs two dimensions, this table has 1"},
    {"count a, b from current residuals", "ERR",
     "RESIDUALS needs a format that has room for it: map, json, table, markdown"},
    {"count a in {net (1,2)}, b from current test chi2 format json", "ERR",
     "TEST needs positions that exclude each other: those of a may overlap"},
    {"median(x) from current weight by w", "ERR",
     "at column 1: MEDIAN and QUANTILE are not weighted: leave WEIGHT BY or them out"},
    {"max(x) from current suppress below 5", "ERR",
     "small counts are to be hidden, and MAX may tell them"},
    {"avg(b) by a in {1, when (b = 1) as x} from current suppress below 5", "ERR",
     "small counts are to be hidden, and avg(b) may tell them, since a dimension is of the same field"},
    {"count a from current weight by a suppress below 5", "ERR",
     "small counts are to be hidden, and WEIGHT BY may tell them, since a dimension is of the same field"},
    {"count a from current having count > 3 suppress below 5", "ERR",
     "small counts are to be hidden, and HAVING may tell them"},
};

START_TEST(query_binds_or_says_why)
{
    const struct bind_row *row = &bind_rows[_i];
    if (strstr(row->query, "by 0")) {
        return;
    }
    struct fixture f;
    setup(&f);
    struct error err = {"", ""};
    struct bound_query *bound;
    bool ok = bind(&f, row->query, &bound, &err);
    ck_assert_msg(ok == !row->code, "%s: %s", row->query, err.message);
    if (row->code) {
        ck_assert_str_eq(err.code, row->code);
    }
    if (row->message) {
        ck_assert_str_eq(err.message, row->message);
    }
    teardown(&f);
}
END_TEST

/* All lines of a bound query's plan, each ended by a line feed. */
static struct slice
explain_bound(struct fixture *f, const struct bound_query *bound, struct plan **plan)
{
    struct plan_settings settings = {true, 1000};
    *plan = plan_build(f->arena, bound, f->stats, &settings);
    size_t n;
    struct slice *lines = plan_explain(f->arena, *plan, &n);
    struct slice all = slice_lit("");
    for (size_t i = 0; i < n; i++) {
        all = arena_printf(f->arena, "%.*s%.*s\n", SLICE_ARG(all), SLICE_ARG(lines[i]));
    }
    return all;
}

static struct slice
explain(struct fixture *f, const char *text, struct plan **plan)
{
    struct error err = {"", ""};
    struct bound_query *bound;
    ck_assert_msg(bind(f, text, &bound, &err), "%s: %s", text, err.message);
    return explain_bound(f, bound, plan);
}

/* Milliseconds as #: they change with the cost constants. In place. */
static void
mask_times(struct slice text)
{
    char *to = (char *) text.ptr;
    for (const char *from = text.ptr; *from;) {
        size_t digits = strspn(from, "0123456789.");
        if (digits && strncmp(from + digits, " ms", 3) == 0) {
            *to++ = '#';
            from += digits;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
}

#define OR16                                                                                       \
    "value_5=1 || value_6=1 || value_7=1 || value_8=1 || value_9=1 || value_10=1 || value_11=1 "   \
    "|| value_12=1 || value_13=1 || value_14=1 || value_15=1 || value_16=1 || value_17=1 || "      \
    "value_18=1 || value_19=1 || value_20=1"

static const struct plan_row {
    const char *query;
    enum plan_method method;
    const char *line; /* one that must be there */
} plan_rows[] = {
    {"count from current", PLAN_CELLS, "filter   none: every row\n"},
    {"count value_1 in [1,2], value_2 in [1,8] from current", PLAN_CELLS,
     "cells    16 intersections in each partition\n"},
    /* The union is not built: testing about 32 candidates is cheaper. */
    {"count value_1 in [1,2], value_2 in [1,8], value_3 in [1,3], value_4 in [1,7] from current "
     "where " OR16,
     PLAN_SPLIT, "  source value_3 exists: about 1000 rows, in the index\n"},
    /* Here it is: every row would be a candidate. */
    {"count value_1 in [1,2] from current where " OR16, PLAN_CELLS, "  in     (value_10 = 1 ||"},
    /* A NOT is subtracted, never built. */
    {"count value_1 in [1,2] from current where !(value_3 = 1)", PLAN_CELLS,
     "  not in value_3 = 1: about 334 rows, in the index\n"},
    {"count value_1 in [1,2], value_2 in [1,8] from current where value_5 = 1", PLAN_SPLIT,
     "  source value_5 = 1: about 9 rows, in the index\n"},
    {"count value_1 in [1,2] from current where value_2 like '_%'", PLAN_CELLS,
     "  in     value_2 like '_%': about 1000000 rows, union of the values that match, "},
    {"count value_1 from current where nobody = 1", PLAN_CELLS,
     "  in     nobody = 1: about 0 rows, in the index\n"},
    {"count value_1 in [1,2], value_2 in [1,8] from current where value_5 = 1 && value_4 > 2",
     PLAN_SPLIT, "  test   value_4 > 2\n"},
};

START_TEST(plan_starts_from_the_smallest_sets)
{
    const struct plan_row *row = &plan_rows[_i];
    struct fixture f;
    setup(&f);
    struct plan *plan;
    struct slice text = explain(&f, row->query, &plan);
    ck_assert_msg(strstr(text.ptr, row->line), "%s\nhas no line %s", text.ptr, row->line);
    ck_assert_msg(plan->method == row->method, "%s", text.ptr);
    teardown(&f);
}
END_TEST

START_TEST(plan_as_text_is_this)
{
    struct fixture f;
    setup(&f);
    struct plan *plan;
    struct slice text = explain(&f,
                                "explain count value_3 in [1,3], value_4 by 2 from current "
                                "where value_20 = 2 && (value_19 = 1 || value_18 = 1)",
                                &plan);
    mask_times(text);
    ck_assert_str_eq(text.ptr, "query    2 dimensions of current, 1000000 rows in 64 partitions\n"
                               "  dim    value_3: 3 positions\n"
                               "  dim    value_4: bins of width 2\n"
                               "filter   ((value_18 = 1 || value_19 = 1) && value_20 = 2)\n"
                               "method   sets by split, about # ms of shard time (by cells: # ms)\n"
                               "split    about 10 candidates are read and put in their cells\n"
                               "  source value_3 exists: about 1000 rows, in the index\n"
                               "  source value_4 exists: about 1000 rows, in the index\n"
                               "  source value_20 = 2: about 9995 rows, in the index\n"
                               "  test   (value_18 = 1 || value_19 = 1)\n");
    teardown(&f);
}
END_TEST

/* ---- Several grids ---- */

/* Makes grids of "0 1;0 v1;": of the dims 0 and 1; of 0 and the values of 1; of no dim. */
static void
give_grids(struct fixture *f, struct bound_query *query, const char *text)
{
    query->is_plain = false;
    query->ntables = 1;
    query->ngrids = 1;
    for (const char *at = text; *at; at++) {
        query->ngrids += *at == ';';
    }
    query->grids = arena_array(f->arena, query->ngrids, sizeof *query->grids);
    const char *at = text;
    for (size_t g = 0; g < query->ngrids; g++, at++) {
        struct bound_grid *grid = &query->grids[g];
        size_t *dims = arena_array(f->arena, strlen(text), sizeof *dims);
        grid->dims = dims;
        for (; *at && *at != ';'; at++) {
            grid->has_value = grid->has_value || *at == 'v';
            grid->has_weight = grid->has_weight || *at == 'w';
            if (*at >= '0' && *at <= '9') {
                dims[grid->ndims++] = (size_t) (*at - '0');
            }
        }
        grid->is_folded = grid->has_value || grid->has_weight;
    }
}

static const struct grids_row {
    const char *query, *grids;
    enum plan_method method;
    const char *text; /* behind the filter's line */
} grids_rows[] = {
    /* Few values: all by intersections, each grid its own. */
    {"count value_1, value_2 from current", "0;0 v1;", PLAN_CELLS,
     "method   sets by cells, about # ms of shard time (by split: # ms)\n"
     "cells    19 intersections in each partition\n"},
    /* A field with a value for each row: the rows are read, for both grids. */
    {"count value_1, income from current", "0;0 v1", PLAN_MIXED,
     "method   sets by cells and split, about # ms of shard time\n"
     "cells    2 intersections in each partition\n"
     "split    about 1000000 candidates are read and put in their cells\n"
     "  source all rows: 1000000\n"
     "reads    every row: income has as many values as rows\n"},
    /* What both grids need shortens the candidates, what one needs does not. */
    {"count value_5, value_6, income from current", "0 v2;0 1 v2", PLAN_SPLIT,
     "method   sets by split, about # ms of shard time\n"
     "split    about 10 candidates are read and put in their cells\n"
     "  source value_5 exists: about 10 rows, in the index\n"
     "reads    about 10 rows: income has as many values as rows\n"},
    {"count value_5, value_6, income from current", "0 v2;1 v2", PLAN_SPLIT,
     "method   sets by split, about # ms of shard time\n"
     "split    about 1000000 candidates are read and put in their cells\n"
     "  source all rows: 1000000\n"
     "reads    every row: income has as many values as rows\n"},
    /* All rows of the filter are a set that has its size; few are read. */
    {"count value_3 by 2, income from current where value_1 = 1", "0 v1;", PLAN_MIXED,
     "method   sets by cells and split, about # ms of shard time\n"
     "cells    1 intersections in each partition\n"
     "  in     value_1 = 1: about 500000 rows, in the index\n"
     "split    about 707 candidates are read and put in their cells\n"
     "  source value_3 exists: about 1000 rows, in the index\n"
     "  source value_1 = 1: about 500000 rows, in the index\n"
     "reads    about 707 rows: income has as many values as rows\n"},
    /* The set that one part builds is there for the other. */
    {"count income from current where " OR16, "v0;", PLAN_MIXED, "rows, cached\n"},
    /* The same value in both grids is one set. */
    {"count value_3 in {2}, value_5, value_6, income from current", "0 1 v3;0 2 v3", PLAN_SPLIT,
     "  source value_3 = 2: about 333 rows, in the index\n"},
};

START_TEST(plan_of_several_grids)
{
    const struct grids_row *row = &grids_rows[_i];
    struct fixture f;
    struct plan *plan;
    struct bound_query *bound;
    struct error err = {"", ""};
    setup(&f);
    struct field_stats income = {
        .field = slice_lit("income"), .present = 1000000, .nvalues = 990000};
    stats_put_field(f.stats, &income);
    ck_assert_msg(bind(&f, row->query, &bound, &err), "%s: %s", row->query, err.message);
    give_grids(&f, bound, row->grids);
    struct slice text = explain_bound(&f, bound, &plan);
    mask_times(text);
    ck_assert_msg(strstr(text.ptr, row->text), "%s\nhas no\n%s", text.ptr, row->text);
    ck_assert_msg(plan->method == row->method, "%s", text.ptr);
    teardown(&f);
}
END_TEST

/* A condition of a dimension is tested on rows, and its fields are wanted. */
START_TEST(plan_of_a_condition)
{
    struct fixture f;
    struct plan *plan;
    struct bound_query *bound, *when;
    struct error err = {"", ""};
    size_t nfields;
    setup(&f);
    ck_assert(bind(&f, "count value_1, value_2 from current", &bound, &err));
    ck_assert(bind(&f, "count from current where value_6 = 2 || !(value_7 > 1)", &when, &err));
    bound->dims[1] = (struct bound_dim){.kind = DIM_WHEN, .npositions = 2, .when = when->filter};
    give_grids(&f, bound, "0 1;0;");
    struct slice text = explain_bound(&f, bound, &plan);
    mask_times(text);
    ck_assert_str_eq(text.ptr, "query    1 table of current, 1000000 rows in 64 partitions\n"
                               "  dim    value_1: open: the values that occur\n"
                               "  dim    when !(value_7 > 1 && !value_6 = 2)\n"
                               "  grid   value_1, when: by split\n"
                               "  grid   value_1: by cells\n"
                               "  grid   rows of the filter: by cells\n"
                               "filter   none: every row\n"
                               "method   sets by cells and split, about # ms of shard time\n"
                               "cells    3 intersections in each partition\n"
                               "split    about 1000000 candidates are read and put in their cells\n"
                               "  source all rows: 1000000\n");
    struct slice *fields = plan_fields(f.arena, bound, &nfields);
    ck_assert_uint_eq(nfields, 3);
    ck_assert(slice_equal(fields[0], slice_lit("value_1")));
    ck_assert(slice_equal(fields[2], slice_lit("value_7")));
    teardown(&f);
}
END_TEST

START_TEST(cached_filter_costs_nothing_and_is_used)
{
    struct fixture f;
    setup(&f);
    struct plan *plan;
    const char *query = "count value_1 in [1,2] from current where " OR16;
    double cold = (explain(&f, query, &plan), plan->cells.cost_us);
    struct cached_filter cached = {180000, 2000};
    stats_put_filter(f.stats, plan->query->filter->text, cached);
    struct slice text = explain(&f, query, &plan);
    ck_assert(plan->cells.cost_us < cold - 50000);
    ck_assert_msg(strstr(text.ptr, "about 180000 rows, cached\n"), "%s", text.ptr);
    teardown(&f);
}
END_TEST

/* What was only seen is not there: as a filter, as part of one, and as what is left out. */
START_TEST(filter_that_was_only_seen_has_its_cost)
{
    static const struct {
        const char *query, *seen;
    } ROWS[] = {
        {"count value_1 in [1,2] from current where " OR16, "where " OR16},
        {"count value_1 in [1,2] from current where value_2 > 3 && (" OR16 ")", "where " OR16},
        {"count value_1 in [1,2] from current where value_2 > 3 && !(" OR16 ")", "where " OR16},
        {"count value_1 in [1,2] from current where value_2 > 3", "where value_2 > 3"},
    };
    struct fixture f;
    setup(&f);
    struct plan *plan, *of_seen;
    struct slice cold = explain(&f, ROWS[_i].query, &plan);
    double cost_us = plan->cells.cost_us;
    struct slice text = arena_printf(f.arena, "count from current %s", ROWS[_i].seen);
    explain(&f, text.ptr, &of_seen);
    struct cached_filter seen = {FILTER_SEEN, 2000};
    stats_put_filter(f.stats, of_seen->query->filter->text, seen);
    struct slice warm = explain(&f, ROWS[_i].query, &plan);
    ck_assert_str_eq(warm.ptr, cold.ptr);
    ck_assert(plan->cells.cost_us == cost_us);
    teardown(&f);
}
END_TEST

START_TEST(selection_is_kept_when_it_is_wanted_again)
{
    struct fixture f;
    setup(&f);
    struct plan *plan;
    const char *query = "count value_3 in [1,3], value_4 in [1,7] from current where " OR16;
    explain(&f, query, &plan);
    ck_assert_int_eq(plan->method, PLAN_SPLIT);
    ck_assert_uint_eq(plan->split.ntests, 1);
    const struct filter *selection = plan->split.selection;
    ck_assert_ptr_nonnull(selection);

    struct cached_filter seen = {FILTER_SEEN, 2000};
    stats_put_filter(f.stats, selection->text, seen);
    explain(&f, query, &plan);
    ck_assert_ptr_null(plan->split.selection);
    ck_assert_uint_eq(plan->split.nsets, 1);
    ck_assert(plan->split.sets[0]->is_named && !plan->split.sets[0]->is_cached);
    ck_assert_uint_eq(plan->split.sets[0]->ntests, 1);

    struct cached_filter cached = {50, 2000};
    stats_put_filter(f.stats, selection->text, cached);
    struct slice text = explain(&f, query, &plan);
    ck_assert_msg(strstr(text.ptr, "value_3 exists && value_4 exists): about 50 rows, cached\n"),
                  "%s", text.ptr);
    teardown(&f);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("plan");
    TCase *tcase = tcase_create("plan");
    tcase_add_loop_test(tcase, query_binds_or_says_why, 0, sizeof bind_rows / sizeof *bind_rows);
    tcase_add_loop_test(tcase, plan_starts_from_the_smallest_sets, 0,
                        sizeof plan_rows / sizeof *plan_rows);
    tcase_add_test(tcase, plan_as_text_is_this);
    tcase_add_loop_test(tcase, plan_of_several_grids, 0, sizeof grids_rows / sizeof *grids_rows);
    tcase_add_test(tcase, plan_of_a_condition);
    tcase_add_test(tcase, cached_filter_costs_nothing_and_is_used);
    tcase_add_loop_test(tcase, filter_that_was_only_seen_has_its_cost, 0, 4);
    tcase_add_test(tcase, selection_is_kept_when_it_is_wanted_again);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
