/*
 * Prints the small parts of a tree. in: names, values and measures; out: text.
 *
 *     the name Origin State   ->   `Origin State`
 */
#include "parser/ast_print_parts.h"

#include "parser/ast_names.h"

void
ast_print_quoted(struct strbuf *out, struct slice text, char quote)
{
    strbuf_append_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        if (byte < 0x20 || byte == 0x7f) {
            strbuf_printf(out, "\\x%02x", byte);
            continue;
        }
        if (text.ptr[i] == quote || text.ptr[i] == '\\') {
            strbuf_append_char(out, text.ptr[i]);
        }
        strbuf_append_char(out, text.ptr[i]);
    }
    strbuf_append_char(out, quote);
}

static bool
is_word(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_first = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        bool is_rest = (c >= '0' && c <= '9') || c == '.' || c == ':' || c == '-';
        if (!is_first && !(i && is_rest)) {
            return false;
        }
    }
    return name.len > 0;
}

void
ast_print_name(struct strbuf *out, struct slice name)
{
    if (is_word(name)) {
        strbuf_append(out, name);
    } else {
        ast_print_quoted(out, name, '`');
    }
}

void
ast_print_value(struct strbuf *out, const struct ast_value *value)
{
    switch (value->kind) {
    case AST_NUMBER: strbuf_append(out, value->text); break;
    case AST_TEXT: ast_print_quoted(out, value->text, '\''); break;
    }
}

void
ast_print_as(struct strbuf *out, struct slice name)
{
    if (name.ptr) {
        strbuf_append_str(out, " as ");
        ast_print_name(out, name);
    }
}

void
ast_print_measure(struct strbuf *out, const struct ast_measure *measure)
{
    if (measure->kind == AST_COUNT && !measure->name.ptr) {
        strbuf_append_str(out, "count");
        return;
    }
    strbuf_printf(out, "(%s", ast_measure_name(measure->kind));
    if (measure->kind != AST_COUNT) {
        strbuf_append_char(out, ' ');
        ast_print_name(out, measure->field);
    }
    if (measure->kind == AST_QUANTILE) {
        strbuf_append_char(out, ' ');
        ast_print_value(out, &measure->p);
    }
    ast_print_as(out, measure->name);
    strbuf_append_char(out, ')');
}
