/*
 * answer/first_pass: what must be asked before a count, and what the answers make of a query.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer/first_pass.h"
#include "base/strbuf.h"
#include "base/words.h"
#include "parser/ast_text.h"
#include "parser/parse.h"
#include "tests/suite.h"

static struct arena *arena;

static void
setup(void)
{
    arena = arena_new();
}

static void
teardown(void)
{
    arena_free(arena);
}

static struct ast_query *
parse(const char *text)
{
    static const struct parse_limits LIMITS = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    ck_assert_msg(query_parse(arena, slice_str(text), &LIMITS, &ast, &err), "%s: %s", text,
                  err.message);
    return ast;
}

/* "1:5 2:3" */
static struct first_value *
read_values(const char *text, size_t *n)
{
    struct slice *words;
    ck_assert(words_split(arena, slice_str(text), &words, n));
    struct first_value *values = arena_array(arena, *n, sizeof *values);
    for (size_t i = 0; i < *n; i++) {
        const char *colon = memchr(words[i].ptr, ':', words[i].len);
        values[i].value = slice_of(words[i].ptr, (size_t) (colon - words[i].ptr));
        values[i].count = strtoull(colon + 1, NULL, 10);
    }
    return values;
}

static const struct {
    const char *query, *values, *fixed;
} ROWS[] = {
    {"count a in {top 2, other} from d", "1:5 2:9 x:7 y:1",
     "count `a` in {2, 'x', OTHER} from `d` format rows"},
    {"count a in {top 2} from d", "1:5 2:5 3:5", "count `a` in {1, 2} from `d` format rows"},
    {"count a in {top 2, 2, (3,4), net (5)} from d", "1:1 2:9 3:9 4:9 5:8 6:7",
     "count `a` in {5, 6, 2, (3, 4), NET (5)} from `d` format rows"},
    {"count a in {top 2} from d", "", "count `a` from `d` format rows"},
    {"count a in {top 2, missing} from d", "", "count `a` in {MISSING} from `d` format rows"},
    {"count a by 2 quantiles from d format json", "1:5 2:3 8:10",
     "count `a` in {[1,8]} from `d` format json"},
    {"count a by 2 quantiles from d", "1:5 2:4 8:9 x:100",
     "count `a` in {[1,2], (2,8]} from `d` format rows"},
    {"count a in {by 4 quantiles, other} from d", "1:1 2:1 3:1 4:1 5:1",
     "count `a` in {[1,2], (2,3], (3,4], (4,5], OTHER} from `d` format rows"},
    {"count a by 3 quantiles from d", "7:2", "count `a` in {[7,7]} from `d` format rows"},
    {"count a by 3 quantiles from d", "x:2", "count `a` by 1 from `d` format rows"},
    {"count a in {by 3 quantiles} from d", "x:2", "count `a` by 1 from `d` format rows"},
    {"count a in {5, by 1 quantiles} from d", "2:1 5:9 8:1",
     "count `a` in {5, ([2,2], [8,8]) AS '[2,8]'} from `d` format rows"},
    {"count a in {by 2 quantiles, (3, [10,20)), net (1)} from d", "1:1 2:1 3:7 4:1 15:7 20:1",
     "count `a` in {[1,2], ([4,4], [20,20]) AS '(2,20]', (3, [10,20)), NET (1)} from `d` format rows"},
    {"count a in {by 2 quantiles, 3} from d", "1:1 2:1 3:7 4:1 15:1",
     "count `a` in {[1,2], [4,15] AS '(2,15]', 3} from `d` format rows"},
    {"count a in {(,1], by 2 quantiles, [8,), x} from d", "1:1 2:1 3:1 8:9 x:3",
     "count `a` in {(,1], [2,2], (2,3], [8,), 'x'} from `d` format rows"},
    {"count a in {by 1000000000000 quantiles, 2} from d", "1:1 2:1 3:4",
     "count `a` in {[1,1], [3,3] AS '(1,3]', 2} from `d` format rows"},
    {"count a in {by 3 quantiles, other} from d", "x:2",
     "count `a` in {OTHER} from `d` format rows"},
};

START_TEST(an_answer_fixes_positions)
{
    struct ast_query *ast = parse(ROWS[_i].query);
    struct first_question *questions;
    size_t nquestions, nvalues;
    struct error err = {"", ""};
    first_pass_find(arena, ast, &questions, &nquestions);
    ck_assert_uint_eq(nquestions, 1);
    struct first_value *values = read_values(ROWS[_i].values, &nvalues);
    ck_assert(first_pass_fix(arena, ast, &questions[0], values, nvalues, &err));
    struct strbuf text, wanted;
    strbuf_init(&text);
    strbuf_init(&wanted);
    ast_text(ast, &text);
    ast_text(parse(ROWS[_i].fixed), &wanted);
    ck_assert_str_eq(text.ptr, wanted.ptr);
    strbuf_fini(&text);
    strbuf_fini(&wanted);
}
END_TEST

START_TEST(questions_are_plain_counts_under_the_filter)
{
    struct ast_query *ast = parse("count (a in {top 3, missing}, b by 4 quantiles), (c) from d "
                                  "where x > 2 or y = 'z' timeout 70 totals nocache");
    static const char *const TEXTS[] = {
        "count a from d where x > 2 or y = 'z' timeout 70 nocache format rows",
        "count b from d where x > 2 or y = 'z' timeout 70 nocache format rows"};
    struct first_question *questions;
    size_t nquestions;
    first_pass_find(arena, ast, &questions, &nquestions);
    ck_assert_uint_eq(nquestions, 2);
    for (size_t i = 0; i < nquestions; i++) {
        struct strbuf wanted;
        strbuf_init(&wanted);
        ast_text(parse(TEXTS[i]), &wanted);
        ck_assert(slice_equal(questions[i].text, strbuf_slice(&wanted)));
        strbuf_fini(&wanted);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("first_pass");
    TCase *tcase = tcase_create("first_pass");
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, an_answer_fixes_positions, 0, sizeof ROWS / sizeof *ROWS);
    tcase_add_test(tcase, questions_are_plain_counts_under_the_filter);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
