/*
 * Binding: queries, and what is bound as bound_print writes it.
 */
#include <check.h>
#include <stdio.h>

#include "parser/parse.h"
#include "planner/bound_print.h"
#include "tests/suite.h"

static const struct {
    const char *text, *bound;
} ROWS[] = {
    {"count a in [1,3], b by 10 from current where not not c = 1", "dataset current\n"
                                                                   "dim     a: list {1,2,3}\n"
                                                                   "dim     b: width 10\n"
                                                                   "filter  c = 1\n"
                                                                   "answer  rows, 3 cells\n"},
    {"count a in {1, [5,9], missing as none, other} from current",
     "dataset current\n"
     "dim     a: bins {1,[5,9],missing as 'none',other}\n"
     "answer  nested, 4 cells\n"},
    {"count `Origin State` in {'Ohio', 'it''s' as \"x y\"} as home from current timeout 50 nocache",
     "dataset current\n"
     "dim     `Origin State` as home: list {'Ohio','it''s' as 'x y'}\n"
     "answer  nested, 2 cells, nocache, timeout 50 ms\n"},
    {"count sex, age from current suppress below 5", "dataset current\n"
                                                     "dim     sex: open\n"
                                                     "dim     age: open\n"
                                                     "answer  rows, 1 cells, suppress below 5\n"},
    {"count sex in {f,m} from current format rows", "dataset current\n"
                                                    "dim     sex: list {'f','m'}\n"
                                                    "answer  rows, 2 cells\n"},
};

START_TEST(test_bound)
{
    struct error err = {0};
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    struct bound_query *query;
    struct strbuf out;
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err));
    bool ok = query_parse(arena, slice_str(ROWS[_i].text), &limits, &ast, &err) &&
              query_bind(arena, ast, catalog, 1000, &query, &err);
    ck_assert_msg(ok, "%s: %s", ROWS[_i].text, err.message);
    strbuf_init(&out);
    bound_print(&out, query);
    ck_assert_str_eq(strbuf_slice(&out).ptr, ROWS[_i].bound);
    strbuf_fini(&out);
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("bind");
    TCase *tcase = tcase_create("bound_print");
    tcase_add_loop_test(tcase, test_bound, 0, (int) (sizeof ROWS / sizeof *ROWS));
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
