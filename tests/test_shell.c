/*
 * tools/shell: statements of lines, errors with their place, names of datasets, replies as text.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "tests/suite.h"
#include "tools/shell/help.h"
#include "tools/shell/history_file.h"
#include "tools/shell/loader.h"
#include "tools/shell/mistake.h"
#include "tools/shell/statement.h"

#define NROWS(rows) (int) (sizeof(rows) / sizeof *(rows))

/* Lines, and the statements they are, with their kinds: Q, R, O. `/` is a line's end. */
static const struct {
    const char *lines, *statements;
} cuts[] = {
    {"count from a;", "Q[count from a]"},
    {"count from a", ""},
    {"count from a/", ""}, /* it may go on */
    {"count from a//", "Q[count from a]"},
    {"count from a/where b = 1;", "Q[count from a/where b = 1]"},
    {"count from a; count from b; count", "Q[count from a]Q[count from b]"},
    {"count from a where b = ';'; ping", "Q[count from a where b = ';']R[ping]"},
    {"count from a where b = 'it''s;'; ping", "Q[count from a where b = 'it''s;']R[ping]"},
    {"count from a where b = \"\\\";\"; ping", "Q[count from a where b = \"\\\";\"]R[ping]"},
    {"count `a;b` from c;", "Q[count `a;b` from c]"},
    {"count from a where b = 'open//ping", "Q[count from a where b = 'open]R[ping]"},
    {"ping/hget a b;", "R[ping]R[hget a b]"},
    {"set a \"x;y\"", "R[set a \"x;y\"]"},
    {"\\d/\\watch 2;", "O[\\d]O[\\watch 2]"},
    {"\\o a b;c.csv", "O[\\o a b;c.csv]"},
    {"count a/\\d/from b;", "O[\\d]Q[count a/from b]"},
    {"count a/  \\q;", "O[\\q]"},
    {"-- a comment; ping/# another/ping", "R[ping]"},
    {";;;/ping", "R[ping]"},
    {"select * from a;", "Q[select * from a]"},
    {"select 0", "R[select 0]"},
    {"ping; count from a;", "R[ping]Q[count from a]"},
    {"cuont a from b; ping", "Q[cuont a from b]R[ping]"},
    {"set a \"b from c\"", "R[set a \"b from c\"]"},
    {"set a b/count from c;", "R[set a b]Q[count from c]"},
    {"COUNT FROM a;", "Q[COUNT FROM a]"},
    {"avg(x) from a;", "Q[avg(x) from a]"},
};

START_TEST(test_cuts)
{
    struct statement_reader reader = {0};
    struct strbuf shown, text;
    strbuf_init(&shown);
    strbuf_init(&text);
    strbuf_append_str(&shown, "");
    struct slice rest = slice_str(cuts[_i].lines);
    while (rest.len) {
        statement_add_line(&reader, slice_shift(&rest, '/'));
        enum statement_kind kind;
        while ((kind = statement_take(&reader, &text)) != STATEMENT_NONE) {
            for (size_t i = 0; i < text.len; i++) {
                text.ptr[i] = text.ptr[i] == '\n' ? '/' : text.ptr[i];
            }
            strbuf_printf(&shown, "%c[%s]", "?QRO"[kind], text.ptr);
        }
    }
    ck_assert_str_eq(strbuf_slice(&shown).ptr, cuts[_i].statements);
    strbuf_fini(&shown);
    strbuf_fini(&text);
    statement_reader_fini(&reader);
}
END_TEST

START_TEST(test_the_end_ends_a_query)
{
    struct statement_reader reader = {0};
    struct strbuf text;
    strbuf_init(&text);
    statement_add_line(&reader, slice_lit("count from a"));
    ck_assert(statement_is_open(&reader));
    ck_assert_int_eq(statement_take(&reader, &text), STATEMENT_NONE);
    statement_end(&reader);
    ck_assert_int_eq(statement_take(&reader, &text), STATEMENT_QUERY);
    ck_assert(!statement_is_open(&reader));
    ck_assert_int_eq(statement_take(&reader, &text), STATEMENT_NONE);
    statement_add_line(&reader, slice_lit("count from a"));
    statement_reader_clear(&reader);
    ck_assert(!statement_is_open(&reader));
    strbuf_fini(&text);
    statement_reader_fini(&reader);
}
END_TEST

static const struct {
    const char *error, *query, *shown;
} mistakes[] = {
    {"SYNTAX at column 9: x", "count a form b",
     "SYNTAX at column 9: x\n  count a form b\n          ^^^^"},
    {"SYNTAX at column 3: x", "a\nbc d", "SYNTAX at column 3: x\n  bc d\n  ^^"},
    {"SYNTAX at column 6: x", "count", "SYNTAX at column 6: x\n  count\n       ^"}, /* the end */
    {"SYNTAX at column 70: x", "count", "SYNTAX at column 70: x"},
    {"SYNTAX at column 4: x", "\xe6\x97\xa5 x", "SYNTAX at column 4: x\n  \xe6\x97\xa5 x\n    ^"},
    {"LIMIT too many", "count", "LIMIT too many"},
};

START_TEST(test_mistakes)
{
    struct strbuf out;
    strbuf_init(&out);
    mistake_append(&out, slice_str(mistakes[_i].error), slice_str(mistakes[_i].query));
    ck_assert_str_eq(out.ptr, mistakes[_i].shown);
    strbuf_fini(&out);
}
END_TEST

static const struct {
    const char *path, *name;
} datasets[] = {
    {"survey.csv", "survey"},  {"data/my survey.csv.gz", "my_survey"},
    {"/a.b/people", "people"}, {"2020.parquet", "_2020"},
    {"a.b.sav", "a_b"},        {".csv", "_csv"},
    {"dir/", "data"},          {"x.zst", "x"},
};

START_TEST(test_dataset_names)
{
    struct arena *arena = arena_new();
    ck_assert_str_eq(loader_dataset_name(arena, datasets[_i].path), datasets[_i].name);
    arena_free(arena);
}
END_TEST

START_TEST(test_secrets_are_not_kept)
{
    ck_assert(history_is_secret(slice_lit("AUTH ann sesame")));
    ck_assert(history_is_secret(slice_lit("acl setuser ann >sesame")));
    ck_assert(history_is_secret(slice_lit("config set requirepass x")));
    ck_assert(!history_is_secret(slice_lit("authors")));
    ck_assert(!history_is_secret(slice_lit("count auth from a")));
}
END_TEST

START_TEST(test_help)
{
    struct strbuf text;
    strbuf_init(&text);
    ck_assert(help_append(&text, slice_lit("Percent")));
    ck_assert(help_append(&text, slice_lit("row")));
    ck_assert(!help_append(&text, slice_lit("rwo")));
    strbuf_fini(&text);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("shell");
    TCase *tcase = tcase_create("shell");
    tcase_add_loop_test(tcase, test_cuts, 0, NROWS(cuts));
    tcase_add_test(tcase, test_the_end_ends_a_query);
    tcase_add_loop_test(tcase, test_mistakes, 0, NROWS(mistakes));
    tcase_add_loop_test(tcase, test_dataset_names, 0, NROWS(datasets));
    tcase_add_test(tcase, test_secrets_are_not_kept);
    tcase_add_test(tcase, test_help);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
