/*
 * An answer that is made beside the event loop is the same as one made in it, whatever the loop does
 * with the query's memory meanwhile.
 */
#include <check.h>
#include <event2/event.h>
#include <string.h>

#include "answer/table_print.h"
#include "executor/answering.h"
#include "parser/parse.h"
#include "tests/naive_grids.h"
#include "tests/suite.h"

enum { NPIECES = 20000, PIECE_BYTES = 40 };

static void
on_made(void *arg)
{
    event_base_loopbreak(arg);
}

static void
print_made(const struct answering *answering, struct strbuf *out)
{
    ck_assert_msg(!error_is_set(&answering->err), "%s", answering->err.message);
    for (size_t t = 0; t < answering->answer->ntables; t++) {
        table_print(answering->answer->tables[t], out);
    }
}

START_TEST(test_what_is_made_beside_the_loop_has_memory_of_its_own)
{
    static const char text[] =
        "count a in [1,60], b in [1,90], c in {x as 'a label', missing} from current totals format json";
    struct arena *arena = arena_new();
    struct catalog *catalog = catalog_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct error err = {"", ""};
    struct ast_query *ast;
    struct bound_query *query;
    struct partials *part;
    ck_assert(
        catalog_add(catalog, slice_lit("current"), slice_lit("profile_"), 64, METHOD_AUTO, &err));
    ck_assert_msg(query_parse(arena, slice_str(text), &limits, &ast, &err) &&
                      query_bind(arena, ast, catalog, 100000, &query, &err) &&
                      naive_grids(arena, query, "a=1 b=2 c=x\na=60 b=90\n", 0, 1, &part, &err),
                  "%s", err.message);
    const struct partials *parts[] = {part};
    const struct answering whole = {.arena = arena,
                                    .bound = query,
                                    .counted = {.parts = parts, .nparts = 1},
                                    .held_max_cells = 100000,
                                    .told_max_cells = 100000};
    struct event_base *base = event_base_new();
    struct side_thread *side = side_thread_new(base);
    struct strbuf first, text_made;
    strbuf_init(&first);
    strbuf_init(&text_made);
    for (int round = 0; round < 10; round++) {
        static char *pieces[NPIECES];
        struct answering answering = whole;
        answering_make(&answering, side, on_made, base);
        ck_assert(answering.is_beside);
        for (size_t i = 0; i < NPIECES; i++) {
            pieces[i] = arena_array(arena, PIECE_BYTES, 1);
            memset(pieces[i], (int) (i % 251), PIECE_BYTES);
        }
        event_base_dispatch(base);
        size_t nchanged = 0;
        for (size_t i = 0; i < NPIECES; i++) {
            for (size_t b = 0; b < PIECE_BYTES; b++) {
                nchanged += (unsigned char) pieces[i][b] != i % 251;
            }
        }
        ck_assert_uint_eq(nchanged, 0);
        struct strbuf *out = round ? &text_made : &first;
        strbuf_clear(out);
        print_made(&answering, out);
        ck_assert(!round || slice_equal(strbuf_slice(&first), strbuf_slice(&text_made)));
        answering_fini(&answering, side);
    }
    strbuf_fini(&first);
    strbuf_fini(&text_made);
    side_thread_free(side);
    event_base_free(base);
    catalog_free(catalog);
    arena_free(arena);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("answering");
    TCase *tcase = tcase_create("answering");
    tcase_add_test(tcase, test_what_is_made_beside_the_loop_has_memory_of_its_own);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
