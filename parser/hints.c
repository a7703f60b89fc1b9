/*
 * Hints for queries that went wrong. in: the text, the token that has no place; out: a sentence.
 *
 *     count a from d where b in (1, 2)
 *                                    ^ refused, inside a parenthesis behind IN
 *     a list is written {1,2}, a range [1,2]
 *
 * The tokens in front of the refused one are read once more, and a few facts are kept: the first kind,
 * the last two, and whether a parenthesis behind IN is open.
 */
#include "parser/hints.h"

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "parser/grammar.h"
#include "parser/lexer.h"

struct context {
    int last, before_last; /* kinds; 0: none */
    int first;             /* kind, behind EXPLAIN and PROFILE */
    bool is_in_list;       /* between "in (" and its ")" */
};

static struct context
context_read(struct slice text, size_t at)
{
    struct context context = {0};
    struct lexer lexer;
    struct token token;
    struct error ignored;
    error_clear(&ignored);
    lexer_init(&lexer, text);
    while (lexer_next(&lexer, &token, &ignored) && token.kind && token.at < at) {
        if (token.kind == TOKEN_LPAREN) {
            context.is_in_list = context.last == TOKEN_IN;
        } else if (token.kind == TOKEN_RPAREN || token.kind == TOKEN_RBRACKET) {
            context.is_in_list = false;
        }
        if (!context.first && token.kind != TOKEN_EXPLAIN && token.kind != TOKEN_PROFILE) {
            context.first = token.kind;
        }
        context.before_last = context.last;
        context.last = token.kind;
    }
    return context;
}

static bool
is_text(struct token token, const char *word)
{
    struct slice s = slice_str(word);
    return token.text.len == s.len && strncasecmp(token.text.ptr, s.ptr, s.len) == 0;
}

/* COUNT, where it is followed by what may be its parenthesis. */
static const char *
hint_count(const struct context *context, struct token refused)
{
    bool is_star = refused.kind == TOKEN_STAR;
    if (is_star && (context->last == TOKEN_COUNT ||
                    (context->last == TOKEN_LPAREN && context->before_last == TOKEN_COUNT))) {
        return "all rows are counted by: count from current";
    }
    if (refused.kind == TOKEN_LPAREN && context->last == TOKEN_COUNT) {
        return "the number of rows is written COUNT, without parentheses";
    }
    return NULL;
}

const char *
hint_for(struct slice text, struct token refused)
{
    struct context context = context_read(text, refused.at);
    bool is_junk = refused.kind == TOKEN_JUNK;
    if (is_junk && is_text(refused, "&")) {
        return "write && or AND";
    }
    if (is_junk && is_text(refused, "|")) {
        return "write || or OR";
    }
    bool is_start =
        context.last == 0 || (context.before_last == 0 &&
                              (context.last == TOKEN_EXPLAIN || context.last == TOKEN_PROFILE));
    if (is_start && is_text(refused, "select")) {
        return "a query begins with COUNT: count a, b from current";
    }
    if (is_text(refused, "group") && context.first != TOKEN_COUNT) {
        return "dimensions stand behind BY: avg(x) by a, b from current";
    }
    if (is_text(refused, "group")) {
        return "dimensions stand behind COUNT: count a, b from current";
    }
    if (context.is_in_list || (refused.kind == TOKEN_LPAREN && context.last == TOKEN_IN)) {
        return "a list is written {1,2}, a range [1,2]";
    }
    if (is_text(refused, "null") && context.last == TOKEN_IS) {
        return "rows without the field: IS MISSING";
    }
    if (is_text(refused, "null") && context.last == TOKEN_NOT) {
        return "rows with the field: EXISTS";
    }
    if (context.last == TOKEN_DISTINCT && context.before_last == TOKEN_COUNT) {
        return "different values are counted by: distinct(a) from current";
    }
    return hint_count(&context, refused);
}

bool
hint_lacks_quotes(const struct error *err, bool has_spaces)
{
    static const struct {
        const char *message;
        bool with_spaces; /* only if some word has spaces */
    } MESSAGES[] = {
        {"text goes in quotes", false},       /* = 2012-06-01 */
        {": write '", false},                 /* = 007 */
        {"does not end", false},              /* = it's */
        {"text in quotes, found", false},     /* like a% */
        {"a value, found", false},            /* = (none) */
        {"a label, found", false},            /* as % */
        {"AND or OR, found", true},           /* (= New York) */
        {"or end of query, found", true},     /* = New York */
        {"expected ',' or '}', found", true}, /* in {New York} */
    };
    if (strcmp(err->code, "SYNTAX") != 0 || strstr(err->message, "found end of query")) {
        return false;
    }
    for (size_t i = 0; i < sizeof MESSAGES / sizeof *MESSAGES; i++) {
        if ((has_spaces || !MESSAGES[i].with_spaces) && strstr(err->message, MESSAGES[i].message)) {
            return true;
        }
    }
    return false;
}
