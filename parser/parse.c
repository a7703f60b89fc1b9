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
#include "parser/hints.h"
#include "parser/lexer.h"

/*
 * The parentheses and NOTs open around the token that comes next, innermost last:
 *
 *     where a = 1 or !(b = 2 and not (c = 3 ...        open  ! ( ! (
 *     {when (a in (1,5                                 open  { ( i
 *
 * A NOT ends with its operand: at AND, OR or its parenthesis' end. What encloses no condition (i:
 * lists, groups, ranges, sum(x)) is kept, so that its end is not taken for another's, and is not
 * counted: the grammar bounds it. With this bound the parser's stack, the tree and whoever walks it
 * recursively are bounded too, before any of it is built.
 */
struct nesting {
    char *open;
    size_t n;
    unsigned ndeep, most; /* of ( and ! */
    int last_kind;
};

static void
nesting_init(struct nesting *nesting, struct arena *arena, size_t text_bytes, unsigned most)
{
    /*
     * Each takes a byte of text at least. In front of one that counts there are four that do not,
     * at most: (a in {(1,[2. The last may be refused.
     */
    size_t room = most < text_bytes / 5 ? ((size_t) most + 1) * 5 : text_bytes;
    *nesting = (struct nesting){.open = arena_alloc(arena, room), .most = most};
}

/* What stands in front of a condition: NOT as in NOT a = 1, not as in a NOT IN ... */
static bool
is_prefix(const struct nesting *nesting)
{
    switch (nesting->last_kind) {
    case TOKEN_WHERE:
    case TOKEN_WHEN:
    case TOKEN_NOT:
    case TOKEN_BANG:
    case TOKEN_AND:
    case TOKEN_AMPAMP:
    case TOKEN_OR:
    case TOKEN_BARBAR: return true;
    case TOKEN_LPAREN: return nesting->n && nesting->open[nesting->n - 1] == '(';
    default: return false;
    }
}

static char
innermost(const struct nesting *nesting)
{
    return nesting->n ? nesting->open[nesting->n - 1] : '\0';
}

static void
nesting_end(struct nesting *nesting)
{
    nesting->ndeep -= innermost(nesting) != 'i';
    nesting->n--;
}

static void
nesting_end_nots(struct nesting *nesting)
{
    while (innermost(nesting) == '!') {
        nesting_end(nesting);
    }
}

/* What a token opens: '(' or '!' around a condition, 'i' around anything else; 0: nothing. */
static char
opened_by(const struct nesting *nesting, int kind)
{
    switch (kind) {
    case TOKEN_LPAREN: return is_prefix(nesting) ? '(' : 'i';
    case TOKEN_LBRACKET:
    case TOKEN_LBRACE: return 'i';
    case TOKEN_NOT:
    case TOKEN_BANG: return is_prefix(nesting) ? '!' : '\0';
    default: return '\0';
    }
}

static void
nesting_close(struct nesting *nesting, int kind)
{
    switch (kind) {
    case TOKEN_RPAREN:
    case TOKEN_RBRACKET:
    case TOKEN_RBRACE:
        nesting_end_nots(nesting);
        if (nesting->n) {
            nesting_end(nesting);
        }
        nesting_end_nots(nesting); /* those whose operand this was */
        break;
    case TOKEN_AND:
    case TOKEN_AMPAMP:
    case TOKEN_OR:
    case TOKEN_BARBAR: nesting_end_nots(nesting); break;
    default: break;
    }
}

/* Follows one token. Fails with LIMIT where it goes too deep. */
static bool
nesting_step(struct nesting *nesting, struct token token, struct error *err)
{
    char opens = opened_by(nesting, token.kind);
    nesting_close(nesting, token.kind);
    nesting->last_kind = token.kind;
    if (!opens) {
        return true;
    }
    if (opens != 'i' && nesting->ndeep == nesting->most) {
        return error_set(err, "LIMIT", "max-nesting is %u, the query goes deeper at column %zu",
                         nesting->most, token.at + 1);
    }
    nesting->ndeep += opens != 'i';
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
    const char *hint = hint_for(text, token, strbuf_slice(&expected));
    error_set(err, "SYNTAX", "at column %zu: expected %.*s, found %s%s%s%s", token.at + 1,
              SLICE_ARG(strbuf_slice(&expected)), what, found, hint ? "; " : "", hint ? hint : "");
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
