/*
 * libFuzzer target: any bytes are parsed or refused. What was parsed can be printed, and written as
 * a query that parses to the same tree. At any place in them something may stand or nothing; what is
 * offered of the language can be taken.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_parser
 *     ./fuzz_parser -max_total_time=120 /tmp/new tests/corpus/parser
 */
#include <stdlib.h>

#include "parser/ast_print.h"
#include "parser/ast_text.h"
#include "parser/completion.h"
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

/* The automaton still knows the way behind each of the first words that it offers. */
static void
check_completion(struct slice text, size_t cursor)
{
    enum { TAKEN_MOST = 8 };
    struct arena *arena = arena_new();
    const struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct completion completion, taken;
    struct error what = {0};
    size_t from, to;
    completion_begin(&completion, arena, text, cursor);
    completion_add(&completion, COMPLETION_VALUE, text, slice_of(NULL, 0), 1);
    completion_add(&completion, COMPLETION_FIELD, text, slice_of(NULL, 0), 1);
    completion_end(&completion);
    if (completion.next.at > cursor ||
        (completion_mistake(&completion, &limits, &what, &from, &to) &&
         (from > to || to > cursor))) {
        abort();
    }
    for (size_t i = 0; i < completion.next.nkeywords && i < TAKEN_MOST; i++) {
        struct strbuf front;
        strbuf_init(&front);
        strbuf_append(&front, slice_of(text.ptr, completion.next.at));
        strbuf_printf(&front, " %s ", completion.next.keywords[i]);
        completion_begin(&taken, arena, strbuf_slice(&front), front.len);
        if (taken.next.at != front.len) {
            abort();
        }
        strbuf_fini(&front);
    }
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
    check_completion(slice_of(data, size), size);
    check_completion(slice_of(data, size), size ? data[size / 2] % (size + 1) : 0);
    return 0;
}
