/*
 * The parser's driver: pulls tokens from the lexer, bounds their nesting, pushes them into lemon's
 * parser, and words what went wrong. in: query text; out: AST.
 *
 *     count value_1 in [1,2] form current    ->   SYNTAX at column 24: expected ',' or FROM,
 *                                                 found 'form'
 */
#include "parser/parse.h"

#include <assert.h>
#include <stdlib.h>

#include "base/must.h"
#include "parser/ast_build.h"
#include "parser/automaton.h"
#include "parser/expected.h"
#include "parser/grammar.h"
#include "parser/lexer.h"

/*
 * The parentheses and NOTs open around the token that comes next, innermost last:
 *
 *     where a = 1 or !(b = 2 and not (c = 3 ...        open  ! ( ! (
 *
 * A NOT ends with its operand: at AND, OR or its parenthesis' end. With this bound the parser's
 * stack, the tree and whoever walks it recursively are bounded too, before any of it is built.
 */
struct nesting {
    char *open;
    size_t n;
    unsigned most;
    int last_kind;
};

static void
nesting_init(struct nesting *nesting, struct arena *arena, size_t text_bytes, unsigned most)
{
    /* Each level takes a byte of text at least, so a limit without bounds costs no more. */
    size_t room = most < text_bytes ? most : text_bytes;
    *nesting = (struct nesting){.open = arena_alloc(arena, room), .most = most};
}

/* NOT as in NOT a = 1, and neither as in a NOT IN ... nor as in a IS NOT MISSING. */
static bool
is_prefix(int last_kind)
{
    return last_kind == TOKEN_WHERE || last_kind == TOKEN_LPAREN || last_kind == TOKEN_NOT ||
           last_kind == TOKEN_BANG || last_kind == TOKEN_AND || last_kind == TOKEN_AMPAMP ||
           last_kind == TOKEN_OR || last_kind == TOKEN_BARBAR;
}

/* The parenthesis of sum(field), which encloses no test. */
static bool
is_measure(int last_kind)
{
    return last_kind == TOKEN_SUM || last_kind == TOKEN_AVG || last_kind == TOKEN_MIN ||
           last_kind == TOKEN_MAX || last_kind == TOKEN_DISTINCT;
}

static void
nesting_end_nots(struct nesting *nesting)
{
    while (nesting->n && nesting->open[nesting->n - 1] == '!') {
        nesting->n--;
    }
}

/* Follows one token. Fails with LIMIT where it goes too deep. */
static bool
nesting_step(struct nesting *nesting, struct token token, struct error *err)
{
    int last_kind = nesting->last_kind;
    char opens = 0;
    nesting->last_kind = token.kind;
    switch (token.kind) {
    case TOKEN_LPAREN:
        if (!is_measure(last_kind)) {
            opens = '(';
        }
        break;
    case TOKEN_NOT:
    case TOKEN_BANG:
        if (is_prefix(last_kind)) {
            opens = '!';
        }
        break;
    case TOKEN_RPAREN:
        nesting_end_nots(nesting);
        if (nesting->n) {
            nesting->n--;
        }
        nesting_end_nots(nesting);
        break;
    case TOKEN_AND:
    case TOKEN_AMPAMP:
    case TOKEN_OR:
    case TOKEN_BARBAR: nesting_end_nots(nesting); break;
    default: break;
    }
    if (!opens) {
        return true;
    }
    if (nesting->n == nesting->most) {
        return error_set(err, "LIMIT", "max-nesting is %u, the query goes deeper at column %zu",
                         nesting->most, token.at + 1);
    }
    nesting->open[nesting->n++] = opens;
    return true;
}

/* The token as the user wrote it; text and names without quotes of their own inside ours. */
static const char *
found_print(char *quoted, struct token token, const char **what)
{
    *what = "";
    if (token.kind == TOKEN_TEXT || token.kind == TOKEN_NAME) {
        *what = token.kind == TOKEN_TEXT ? "the text " : "the name ";
        token.text = slice_of(token.text.ptr + 1, token.text.len - 2);
    }
    return token.kind ? error_quote(quoted, token.text) : "end of query";
}

static bool
refuse_token(struct slice text, struct token token, struct error *err)
{
    struct strbuf expected;
    char quoted[ERROR_QUOTE_BYTES];
    const char *what;
    const char *found = found_print(quoted, token, &what);
    strbuf_init(&expected);
    expected_print(text, token.at, &expected);
    error_set(err, "SYNTAX", "at column %zu: expected %.*s, found %s%s", token.at + 1,
              SLICE_ARG(strbuf_slice(&expected)), what, found);
    strbuf_fini(&expected);
    return false;
}

bool
query_parse(struct arena *arena, struct slice text, const struct parse_limits *limits,
            struct ast_query **out, struct error *err)
{
    assert(!error_is_set(err));
    if (text.len > limits->max_query_bytes) {
        return error_set(err, "LIMIT", "max-query-bytes is %zu, the query has %zu bytes",
                         limits->max_query_bytes, text.len);
    }
    text = arena_copy(arena, text);

    struct ast_builder builder = {.arena = arena, .err = err};
    struct nesting nesting;
    struct lexer lexer;
    struct token token;
    nesting_init(&nesting, arena, text.len, limits->max_nesting);
    lexer_init(&lexer, text);
    void *parser = must_have(grammarAlloc(malloc, &builder));
    do {
        if (!lexer_next(&lexer, &token, err) || !nesting_step(&nesting, token, err)) {
            break;
        }
        grammar(parser, token.kind, token);
    } while (token.kind && !builder.is_refused && !error_is_set(err));
    grammarFree(parser, free);

    if (error_is_set(err)) {
        return false;
    }
    if (builder.is_refused) {
        return refuse_token(text, builder.refused, err);
    }
    assert(builder.query);
    *out = builder.query;
    return true;
}
