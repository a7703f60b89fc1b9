/*
 * Names and values, as the tree has them. in: tokens as they were written; out: unquoted text and
 * canonical numbers, borrowed from the query's text where nothing had to change.
 *
 *     'it''s'   ast_value_text      ->   text it's
 *     2.50      ast_value_number    ->   number 2.5
 *     '50\%'    ast_value_pattern   ->   text 50\%
 */
#include "parser/ast_build.h"

#include <string.h>

#include "base/number.h"

/* Borrowed where nothing has to be taken off. */
static bool
is_plain(struct slice inner, char quote, bool has_backslash)
{
    return !memchr(inner.ptr, quote, inner.len) &&
           !(has_backslash && memchr(inner.ptr, '\\', inner.len));
}

/*
 * What stands between the quotes. A doubled quote is one; in text a backslash makes the next byte
 * itself, but for \n, \r and \t. Borrowed where there is nothing to take off.
 */
static struct slice
unquote(struct ast_builder *builder, struct slice quoted, bool has_backslash)
{
    char quote = quoted.ptr[0];
    struct slice inner = slice_of(quoted.ptr + 1, quoted.len - 2);
    if (is_plain(inner, quote, has_backslash)) {
        return inner;
    }
    char *copy = arena_alloc(builder->arena, inner.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        char c = inner.ptr[i];
        if (c == quote) {
            i++;
        } else if (c == '\\' && has_backslash) {
            c = inner.ptr[++i];
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
        }
        copy[len++] = c;
    }
    return slice_of(copy, len);
}

struct ast_name
ast_name_none(void)
{
    return (struct ast_name){0};
}

struct ast_name
ast_name_word(struct token token)
{
    return (struct ast_name){token.text, token.at};
}

struct ast_name
ast_name_backquoted(struct ast_builder *builder, struct token token)
{
    if (token.text.len == 2) {
        error_set(builder->err, "SYNTAX", "at column %zu: a name cannot be empty", token.at + 1);
    }
    return (struct ast_name){unquote(builder, token.text, false), token.at};
}

struct ast_name
ast_name_text(struct ast_builder *builder, struct token token)
{
    return (struct ast_name){unquote(builder, token.text, true), token.at};
}

struct ast_value
ast_value_number(struct ast_builder *builder, struct token token)
{
    struct slice text = value_canonical(builder->arena, token.text);
    return (struct ast_value){.kind = AST_NUMBER, .text = text, .at = token.at};
}

struct ast_value
ast_value_text(struct ast_builder *builder, struct token token)
{
    struct slice text = value_canonical(builder->arena, unquote(builder, token.text, true));
    bool is_number = number_is_canonical(text);
    return (struct ast_value){
        .kind = is_number ? AST_NUMBER : AST_TEXT, .text = text, .at = token.at};
}

struct ast_value
ast_value_word(struct token token)
{
    return (struct ast_value){
        .kind = AST_TEXT, .is_word = true, .text = token.text, .at = token.at};
}

struct ast_value
ast_value_pattern(struct ast_builder *builder, struct token token)
{
    char quote = token.text.ptr[0];
    struct slice inner = slice_of(token.text.ptr + 1, token.text.len - 2);
    struct ast_value value = {.kind = AST_TEXT, .text = inner, .at = token.at};
    if (is_plain(inner, quote, true)) {
        return value;
    }
    char *copy = arena_alloc(builder->arena, inner.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        char c = inner.ptr[i];
        if (c == quote) {
            i++;
        } else if (c == '\\') {
            char next = inner.ptr[++i];
            if (next != '\'' && next != '"') {
                copy[len++] = c;
            }
            c = next;
        }
        copy[len++] = c;
    }
    value.text = slice_of(copy, len);
    return value;
}

int64_t
ast_whole_number(struct ast_builder *builder, struct token token, const char *what, int64_t least)
{
    int64_t n = least;
    if (!slice_to_int64(value_canonical(builder->arena, token.text), &n) || n < least) {
        char quoted[ERROR_QUOTE_BYTES];
        error_set(builder->err, "SYNTAX", "at column %zu: %s takes %lld to %lld, found %s",
                  token.at + 1, what, (long long) least, (long long) INT64_MAX,
                  error_quote(quoted, token.text));
    }
    return n;
}
