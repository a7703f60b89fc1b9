/*
 * libFuzzer target: any bytes are parsed or refused, and what was parsed can be printed.
 *
 *     cmake -DCMAKE_C_COMPILER=clang -DQUIPU_FUZZ=ON ... && make fuzz_parser
 *     ./fuzz_parser -max_total_time=120 /tmp/new tests/corpus/parser
 */
#include <stdlib.h>

#include "parser/ast_print.h"
#include "parser/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct parse_limits limits = PARSE_LIMITS_DEFAULT;
    struct ast_query *query = NULL;
    struct error err = {0};
    if (query_parse(arena, slice_of(data, size), &limits, &query, &err)) {
        struct strbuf text;
        strbuf_init(&text);
        ast_print(query, &text);
        if (error_is_set(&err) || !query->measures || text.len == 0) {
            abort();
        }
        strbuf_fini(&text);
    } else if (!error_is_set(&err) || query || !err.message[0]) {
        abort();
    }
    arena_free(arena);
    return 0;
}
