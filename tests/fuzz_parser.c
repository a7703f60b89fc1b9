/*
 * libFuzzer target: any bytes are parsed or refused. What was parsed can be printed, and written as
 * a query that parses to the same tree.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_parser
 *     ./fuzz_parser -max_total_time=120 /tmp/new tests/corpus/parser
 */
#include <stdlib.h>

#include "parser/ast_print.h"
#include "parser/ast_text.h"
#include "parser/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_tree(const struct ast_query *query)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = {SIZE_MAX, 128};
    struct ast_query *copy = NULL;
    struct error err = {0};
    struct strbuf tree, text, again;
    strbuf_init(&tree);
    strbuf_init(&text);
    strbuf_init(&again);
    ast_print(query, &tree);
    ast_text(query, &text);
    if (!query_parse(arena, strbuf_slice(&text), &limits, &copy, &err)) {
        abort();
    }
    ast_print(copy, &again);
    if (tree.len == 0 || !slice_equal(strbuf_slice(&tree), strbuf_slice(&again))) {
        abort();
    }
    strbuf_fini(&tree);
    strbuf_fini(&text);
    strbuf_fini(&again);
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query = NULL;
    struct error err = {0};
    if (query_parse(arena, slice_of(data, size), &limits, &query, &err)) {
        if (error_is_set(&err)) {
            abort();
        }
        check_tree(query);
    } else if (!error_is_set(&err) || query || !err.message[0]) {
        abort();
    }
    arena_free(arena);
    return 0;
}
