/*
 * Binding: queries, and what is bound as bound_print writes it.
 */
#include <check.h>
#include <stdio.h>

#include "parser/parse.h"
#include "planner/bind.h"
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
    {"count a in {(1,2) as low, net (2,[3,5]), when (b = 1) as c, missing} from current",
     "dataset current\n"
     "dim     a: placed {1,2} net{2,[3,5]} {missing}; keeps all\n"
     "dim     `` as c: when b = 1\n"
     "grid    0: 0 1\n"
     "table   grid 0, 4 cells\n"
     "axis    a from 0, 1 whens: group 0 'low', net 1 'net(2,[3,5])', when 0 'c', missing 2 'missing'; overlaps\n"
     "measure count, grid 0\n"
     "answer  nested, 4 cells\n"},
    {"count a in {1, *}, {when (b = 1) as x, when (c > 2) as y} as w from current format json",
     "dataset current\n"
     "dim     a: placed {1}; tail values\n"
     "dim     `` as x: when b = 1\n"
     "dim     `` as y: when c > 2\n"
     "grid    0: 0 1 2\n"
     "grid    1: 0\n"
     "grid    2:\n"
     "table   grid 0, 2 cells\n"
     "axis    a from 0, 0 whens: value 0 '1', tail 0; positions of grid 1\n"
     "axis    w from 1, 2 whens: when 0 'x', when 1 'y'; overlaps\n"
     "measure count, grid 0\n"
     "answer  json, 2 cells\n"},
    {"count a by month, b in {by 10, other} from current totals",
     "dataset current\n"
     "dim     a: placed; tail MONTH\n"
     "dim     b: placed {other}; tail width 10\n"
     "grid    0: 0 1\n"
     "table   grid 0, 2 cells\n"
     "axis    a from 0, 0 whens: tail 0\n"
     "axis    b from 1, 0 whens: tail 0, other 0 'other'\n"
     "measure count, grid 0\n"
     "answer  rows, 2 cells\n"},
    {"avg(x), count, max(x) as most, median(y) by a in [1,2] from current having sum(x) > 3 order by most desc, a limit 5 offset 2",
     "dataset current\n"
     "dim     a: list {1,2}\n"
     "dim     x: open\n"
     "dim     y: open\n"
     "grid    0: 0\n"
     "grid    1: 0 value 1, folded sum bounds\n"
     "grid    2: 0 value 2\n"
     "table   grid 0, 2 cells\n"
     "axis    a from 0, 0 whens: value 0 '1', value 1 '2'\n"
     "measure avg(x), grid 1\n"
     "measure count, grid 0\n"
     "measure most, grid 1\n"
     "measure median(y), grid 2\n"
     "measure sum(x), grid 1, not shown\n"
     "answer  rows, 2 cells\n"},
    {"count, sum(x), distinct(y) by a in {1}, b from current weight by w format map",
     "dataset current\n"
     "dim     a: list {1}\n"
     "dim     b: open\n"
     "dim     w: open\n"
     "dim     x: open\n"
     "dim     y: open\n"
     "dim     w: placed {(0,)}\n"
     "grid    0: 0 1 weight 2, folded\n"
     "grid    1: 0 1 value 3 weight 2, folded sum\n"
     "grid    2: 0 1 value 4 weight 5, as a set\n"
     "grid    3: 1 weight 5\n"
     "grid    4:\n"
     "grid    5: weight 5\n"
     "table   grid 0, 1 cells\n"
     "axis    a from 0, 0 whens: value 0 '1'\n"
     "axis    b from 1, 0 whens: tail 0; positions of grid 3\n"
     "measure count, grid 0\n"
     "measure sum(x), grid 1\n"
     "measure distinct(y), grid 2\n"
     "answer  map, 1 cells\n"},
    {"count (a in {1}, b), (a in {1}) from current format json",
     "dataset current\n"
     "dim     a: list {1}\n"
     "dim     b: open\n"
     "grid    0: 0 1\n"
     "grid    1: 0\n"
     "grid    2: 1\n"
     "grid    3:\n"
     "table   grid 0, 1 cells\n"
     "axis    a from 0, 0 whens: value 0 '1'\n"
     "axis    b from 1, 0 whens: tail 0; positions of grid 2\n"
     "measure count, grid 0\n"
     "table   grid 1, 1 cells\n"
     "axis    a from 0, 0 whens: value 0 '1'\n"
     "measure count, grid 1\n"
     "answer  json, 2 cells\n"},
    {"count (a in {1}), (a in {1}, b), (c) from current where d = 1 and b > 2 suppress below 5",
     "dataset current\n"
     "dim     a: placed {1}; keeps all\n"
     "dim     a: placed {1}; keeps all\n"
     "dim     b: placed; tail values; keeps all\n"
     "dim     c: placed; tail values; keeps all\n"
     "filter  (b > 2 && d = 1)\n"
     "grid    0: 0\n"
     "grid    1: 1 2\n"
     "grid    2: 3\n"
     "grid    3:\n"
     "grid    4: 0 1 2\n"
     "table   grid 0, 1 cells; atoms of grid 4 from 0\n"
     "axis    a from 0, 0 whens: value 0 '1'\n"
     "measure count, grid 0\n"
     "table   grid 1, 1 cells; atoms of grid 4 from 1\n"
     "axis    a from 0, 0 whens: value 0 '1'\n"
     "axis    b from 1, 0 whens: tail 0\n"
     "measure count, grid 1\n"
     "table   grid 2, 1 cells\n"
     "axis    c from 0, 0 whens: tail 0\n"
     "measure count, grid 2\n"
     "answer  rows, 3 cells, suppress below 5\n"},
    {"count (a), (b) from current where a = 1 or b = 2 suppress below 5",
     "dataset current\n"
     "dim     a: placed; tail values; keeps all\n"
     "dim     b: placed; tail values; keeps all\n"
     "filter  (a = 1 || b = 2)\n"
     "grid    0: 0\n"
     "grid    1: 1\n"
     "grid    2:\n"
     "grid    3: 0 1\n"
     "table   grid 0, 1 cells; atoms of grid 3 from 0\n"
     "axis    a from 0, 0 whens: tail 0\n"
     "measure count, grid 0\n"
     "table   grid 1, 1 cells; atoms of grid 3 from 1\n"
     "axis    b from 0, 0 whens: tail 0\n"
     "measure count, grid 1\n"
     "answer  rows, 2 cells, suppress below 5\n"},
    {"count a in {[1,5), [7,)} from current", "dataset current\n"
                                              "dim     a: bins {[1,5),[7,)}\n"
                                              "answer  nested, 2 cells\n"},
    {"describe current format table", "dataset current\n"
                                      "answer  table, 0 cells\n"},
    {"values a from current where b = 1", "dataset current\n"
                                          "dim     a: open\n"
                                          "filter  b = 1\n"
                                          "grid    0: 0\n"
                                          "table   grid 0, 1 cells\n"
                                          "axis    a from 0, 0 whens: tail 0\n"
                                          "measure count, grid 0\n"
                                          "answer  rows, 1 cells\n"},
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
