/*
 * answer_build: from rows to the numbers of an answer, counted by two shards and by one. The numbers
 * were checked against tests/e2e/oracle_answer.py.
 */
#include <check.h>

#include "answer/answer.h"
#include "answer/table_print.h"
#include "parser/parse.h"
#include "tests/answer_rows.h"
#include "tests/naive_grids.h"
#include "tests/suite.h"

struct world {
    struct arena *arena;
    struct catalog *catalog;
    struct bound_query *query;
    struct error err;
};

static void
world_init(struct world *world, const char *text)
{
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *ast;
    *world = (struct world){.arena = arena_new(), .catalog = catalog_new()};
    struct error *err = &world->err;
    ck_assert(catalog_add(world->catalog, slice_lit("current"), slice_lit("profile_"), 64,
                          METHOD_AUTO, err));
    ck_assert_msg(query_parse(world->arena, slice_str(text), &limits, &ast, err) &&
                      query_bind(world->arena, ast, world->catalog, 100000, &world->query, err),
                  "%s: %s", text, err->message);
}

static void
world_fini(struct world *world)
{
    catalog_free(world->catalog);
    arena_free(world->arena);
}

/* What the shards count, as it comes to the server: through its bytes. */
static bool
world_count(struct world *world, const char *rows, size_t nshards, struct partials **parts)
{
    for (size_t i = 0; i < nshards; i++) {
        struct strbuf bytes;
        if (!naive_grids(world->arena, world->query, rows, i, nshards, &parts[i], &world->err)) {
            return false;
        }
        strbuf_init(&bytes);
        partials_encode(parts[i], &bytes);
        struct slice copy = arena_copy(world->arena, strbuf_slice(&bytes));
        strbuf_fini(&bytes);
        ck_assert_msg(partials_decode(world->arena, copy, &parts[i], &world->err), "%s",
                      world->err.message);
        ck_assert(partials_fit(world->query, parts[i]));
    }
    return true;
}

static bool
world_answer(struct world *world, const char *rows, size_t nshards,
             const struct table_limits *limits, struct answer **answer)
{
    struct partials *parts[2];
    return world_count(world, rows, nshards, parts) &&
           answer_build(world->arena, world->query, (const struct partials *const *) parts, nshards,
                        limits, answer, &world->err);
}

static void
print_answer(const struct answer *answer, struct strbuf *out)
{
    for (size_t t = 0; t < answer->ntables; t++) {
        strbuf_append_str(out, t ? "\n" : "");
        table_print(answer->tables[t], out);
    }
}

START_TEST(answer_is_right)
{
    static const struct table_limits NO_LIMITS = {0};
    for (size_t nshards = 1; nshards <= 2; nshards++) {
        struct world world;
        struct answer *answer;
        struct strbuf text;
        strbuf_init(&text);
        world_init(&world, answer_rows[_i].query);
        if (world_answer(&world, answer_rows[_i].rows, nshards, &NO_LIMITS, &answer)) {
            print_answer(answer, &text);
        } else {
            strbuf_printf(&text, "%s %s\n", world.err.code, world.err.message);
        }
        ck_assert_msg(slice_equal(strbuf_slice(&text), slice_str(answer_rows[_i].answer)),
                      "%s, %zu shards:\n%s", answer_rows[_i].query, nshards, text.ptr);
        strbuf_fini(&text);
        world_fini(&world);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("answer");
    TCase *tcase = tcase_create("answer");
    tcase_add_loop_test(tcase, answer_is_right, 0, sizeof answer_rows / sizeof *answer_rows);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
