/*
 * Writes the small parts of a query. in: names, values, measures; out: text in the query language.
 *
 *     the text it's   ->   'it''s'
 */
#include "parser/ast_text_parts.h"

#include "parser/ast_names.h"

/* Doubles the quote, and backslashes where they are special. */
static void
quoted_append(struct strbuf *out, struct slice text, char quote, bool doubles_backslash)
{
    strbuf_append_char(out, quote);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == quote || (c == '\\' && doubles_backslash)) {
            strbuf_append_char(out, c);
        }
        strbuf_append_char(out, c);
    }
    strbuf_append_char(out, quote);
}

void
ast_text_mode(struct strbuf *out, enum ast_mode mode)
{
    switch (mode) {
    case AST_RUN: break;
    case AST_EXPLAIN: strbuf_append_str(out, "explain "); break;
    case AST_PROFILE: strbuf_append_str(out, "profile "); break;
    }
}

void
ast_text_name(struct strbuf *out, struct slice name)
{
    quoted_append(out, name, '`', false);
}

void
ast_text_quoted(struct strbuf *out, struct slice text)
{
    quoted_append(out, text, '\'', true);
}

void
ast_text_as(struct strbuf *out, struct slice name)
{
    if (name.ptr) {
        strbuf_append_str(out, " as ");
        ast_text_quoted(out, name);
    }
}

void
ast_text_value(struct strbuf *out, const struct ast_value *value)
{
    switch (value->kind) {
    case AST_NUMBER: strbuf_append(out, value->text); break;
    case AST_TEXT: ast_text_quoted(out, value->text); break;
    }
}

void
ast_text_range(struct strbuf *out, const struct ast_range *range)
{
    strbuf_append_char(out, range->lo_inclusive ? '[' : '(');
    if (range->has_lo) {
        ast_text_value(out, &range->lo);
    }
    strbuf_append_char(out, ',');
    if (range->has_hi) {
        ast_text_value(out, &range->hi);
    }
    strbuf_append_char(out, range->hi_inclusive ? ']' : ')');
}

void
ast_text_bins(struct strbuf *out, const struct ast_bins *bins)
{
    strbuf_append_str(out, "by ");
    switch (bins->kind) {
    case AST_BINS_WIDTH: ast_text_value(out, &bins->width); break;
    case AST_BINS_UNIT: strbuf_append_str(out, ast_unit_name(bins->unit)); break;
    case AST_BINS_QUANTILES:
        strbuf_append_int(out, bins->nquantiles);
        strbuf_append_str(out, " quantiles");
        break;
    }
}

void
ast_text_pattern(struct strbuf *out, struct slice pattern)
{
    quoted_append(out, pattern, '\'', false);
}

void
ast_text_measure(struct strbuf *out, const struct ast_measure *measure)
{
    strbuf_append_str(out, ast_measure_name(measure->kind));
    if (measure->kind != AST_COUNT) {
        strbuf_append_char(out, '(');
        ast_text_name(out, measure->field);
        if (measure->kind == AST_QUANTILE) {
            strbuf_append_str(out, ", ");
            ast_text_value(out, &measure->p);
        }
        strbuf_append_char(out, ')');
    }
    ast_text_as(out, measure->name);
}
