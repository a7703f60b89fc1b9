/*
 * Gather: replies of the count script, written as RESP, add up to this table.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "answer/table.h"
#include "base/strbuf.h"
#include "executor/sets/gather.h"
#include "net/resp_value.h"
#include "parser/parse.h"
#include "tests/suite.h"

enum { MAX_CELLS = 1000 };

/* A reply in a short notation: numbers, 'texts' and brackets: [0 0 [] [['x' 'y']] [3] [1 5 2 7]].
 */
static const struct resp_value *
reply_of(struct arena *arena, const char *text)
{
    struct strbuf resp;
    strbuf_init(&resp);
    for (const char *at = text; *at;) {
        if (*at == '[') {
            size_t n = 0;
            int depth = 0;
            for (const char *to = at; *to; to++) {
                char before = to > at ? to[-1] : '\0';
                bool starts = (before == '[' || before == ' ') && *to != ' ' && *to != ']';
                n += depth == 1 && starts;
                depth += (*to == '[') - (*to == ']');
                if (!depth) {
                    break;
                }
            }
            strbuf_printf(&resp, "*%zu\r\n", n);
            at++;
        } else if (*at == '\'') {
            size_t len = strcspn(at + 1, "'");
            strbuf_printf(&resp, "$%zu\r\n%.*s\r\n", len, (int) len, at + 1);
            at += len + 2;
        } else if (*at == ' ' || *at == ']') {
            at++;
        } else {
            char *end;
            strbuf_printf(&resp, ":%ld\r\n", strtol(at, &end, 10));
            at = end;
        }
    }
    const struct resp_value *reply = NULL;
    struct error err = {"", ""};
    ck_assert(resp_value_parse(arena, arena_copy(arena, strbuf_slice(&resp)), &reply, &err));
    strbuf_fini(&resp);
    return reply;
}

static void
print_table(const struct table *table, struct strbuf *out)
{
    for (size_t d = 0; d < table->ndims; d++) {
        strbuf_printf(out, "%.*s(", SLICE_ARG(table->dims[d].name));
        for (size_t i = 0; i < table->dims[d].npositions; i++) {
            strbuf_printf(out, "%s%.*s", i ? " " : "", SLICE_ARG(table->dims[d].labels[i]));
        }
        strbuf_append_str(out, ") ");
    }
    for (size_t i = 0; i < table->cells.n; i++) {
        strbuf_printf(out, "%s%llu:%lld", i ? " " : "",
                      (unsigned long long) table->cells.indexes[i],
                      (long long) table->cells.values[i]);
    }
}

#define ODD "shard here:1 answered a count with a reply of another shape"

static const struct row {
    const char *query;
    const char *replies[3];
    const char *table; /* NULL: an error with this message */
    const char *error;
} rows[] = {
    {"count from current", {"[1 2 [] [] [] [0 5]]", "[0 0 [] [] [] [0 7]]"}, "0:12", NULL},
    {"count from current", {"[0 0 [] [] [] []]"}, "", NULL},
    {"count a in [1,3] from current",
     {"[0 0 [] [[]] [3] [2 5 0 1]]", "[0 0 [] [[]] [3] [2 4]]"},
     "a(1 2 3) 0:1 2:9",
     NULL},
    {"count a, b in [1,2] from current",
     {"[0 0 [] [['y' 'x'] []] [3 2] [4 5 2 1]]", "[0 0 [] [['y'] []] [2 2] [2 7]]"},
     "a(x y) b(1 2) 0:5 2:8",
     NULL},
    {"count a from current",
     {"[0 0 [] [['10' 'b' '9' '-1.5' 'a' '09']] [7] [1 1 2 2 3 3 4 4 5 5 6 6]]"},
     "a(-1.5 9 10 09 a b) 0:4 1:3 2:1 3:6 4:5 5:2",
     NULL},
    {"count a by 10 from current",
     {"[0 0 [] [['9' '-1' '10' 'x' '19.5']] [6] [1 1 2 2 3 4 4 8 5 16]]"},
     "a([-10,0) [0,10) [10,20)) 0:2 1:1 2:20",
     NULL},
    {"count a in {5, [10,20] as mid, [30,40], missing, other} from current",
     {"[0 0 [] [['5' '10' '20' '21' '15.5' 'x' '29' '40']] [9] [0 1 1 2 2 4 3 8 4 16 5 32 6 64 7 "
      "128 8 256]]"},
     "a(5 mid [30,40] missing other) 0:2 1:44 2:256 3:1 4:208",
     NULL},
    {"count a in {[10,20]} from current",
     {"[0 0 [] [['5' '12']] [3] [1 7 2 9]]"},
     "a([10,20]) 0:9",
     NULL},
    {"count a from current", {"[0 0 [] [[]] [1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [0] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [-1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [2] [2 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [['x']] [9000000000000000000] [7 1]]"}, NULL, ODD},
    {"count a, b from current", {"[0 0 [] [['x'] ['y']] [9000000000000000000 3] []]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] [[7]] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [-1] [['x']] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 -1 [] [['x']] [2] [1 1]]"}, NULL, ODD},
    {"count a from current", {"[0 0 [] 'x' [2] [1 1]]"}, NULL, ODD},
    {"count from current",
     {"[0 0 [] [] [] [0 9223372036854775807]]", "[0 0 [] [] [] [0 1]]"},
     NULL,
     ODD},
    {"count a by 10 from current",
     {"[0 0 [] [['1234567890123456789012345678901234567890']] [2] [1 1]]"},
     NULL,
     "value '1234567890123456789012345678901234567890' of 'a' has more than 37 digits: no bin of "
     "width 10"},
};

START_TEST(replies_add_up_to_the_table)
{
    const struct row *row = &rows[_i];
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct ast_query *ast;
    struct bound_query *bound;
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err));
    ck_assert(query_parse(arena, slice_str(row->query), &limits, &ast, &err));
    ck_assert(query_bind(arena, ast, catalog, MAX_CELLS, &bound, &err));
    struct gather gather;
    gather_init(&gather, arena, bound, MAX_CELLS);
    gather.shard = "here:1";
    bool ok = true;
    for (size_t i = 0; i < 3 && row->replies[i] && ok; i++) {
        ok = gather_add(&gather, reply_of(arena, row->replies[i]), &err);
    }
    struct table *table;
    struct partial *partial = NULL;
    ok = ok && gather_partial(&gather, &partial, &err);
    const struct partial *parts[] = {partial};
    ok = ok && table_of_parts(arena, bound, parts, 1, MAX_CELLS, &table, &err);
    if (row->table) {
        struct strbuf text;
        strbuf_init(&text);
        ck_assert_msg(ok, "%s", err.message);
        print_table(table, &text);
        ck_assert_str_eq(strbuf_slice(&text).ptr, row->table);
        strbuf_fini(&text);
    } else {
        ck_assert(!ok);
        ck_assert_str_eq(err.message, row->error);
    }
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

START_TEST(too_many_cells_are_a_limit)
{
    struct strbuf reply_text;
    strbuf_init(&reply_text);
    strbuf_append_str(&reply_text, "[0 0 [] [[");
    for (int i = 0; i <= MAX_CELLS; i++) {
        strbuf_printf(&reply_text, "%s'%d'", i ? " " : "", i);
    }
    strbuf_printf(&reply_text, "]] [%d] [", MAX_CELLS + 2);
    for (int i = 0; i <= MAX_CELLS; i++) {
        strbuf_printf(&reply_text, "%s%d 1", i ? " " : "", i + 1);
    }
    strbuf_append_str(&reply_text, "]]");
    struct arena *arena = arena_new();
    struct bound_dim dim = {.kind = DIM_OPEN, .field = slice_lit("a"), .name = slice_lit("a")};
    struct bound_query bound = {.dims = &dim, .ndims = 1, .format = AST_FORMAT_ROWS};
    struct gather gather;
    struct error err = {"", ""};
    gather_init(&gather, arena, &bound, MAX_CELLS);
    ck_assert(!gather_add(&gather, reply_of(arena, reply_text.ptr), &err));
    ck_assert_str_eq(err.code, "LIMIT");
    strbuf_fini(&reply_text);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("gather");
    TCase *tcase = tcase_create("gather");
    tcase_add_loop_test(tcase, replies_add_up_to_the_table, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tcase, too_many_cells_are_a_limit);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
