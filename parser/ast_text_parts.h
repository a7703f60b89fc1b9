/*
 * The small parts of a query's text: names, values, patterns, measures. Reading each gives the same
 * bytes again.
 *
 *     ast_text_name("a`b")   ->   `a``b`          ast_text_quoted("it's \ it")   ->   'it''s \\ it'
 */
#ifndef QUIPU_PARSER_AST_TEXT_PARTS_H
#define QUIPU_PARSER_AST_TEXT_PARTS_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* `explain `, `profile `, or nothing. */
void ast_text_mode(struct strbuf *out, enum ast_mode mode);
/* A field or dataset, which is not empty. */
void ast_text_name(struct strbuf *out, struct slice name);
/* Text in quotes: also a label, a key, and a name given by AS, which may be empty. */
void ast_text_quoted(struct strbuf *out, struct slice text);
/* ` as 'name'`, where there is one. */
void ast_text_as(struct strbuf *out, struct slice name);
void ast_text_value(struct strbuf *out, const struct ast_value *value);
/* `[18,65)` */
void ast_text_range(struct strbuf *out, const struct ast_range *range);
/* `by 10`, `by month`, `by 4 quantiles` */
void ast_text_bins(struct strbuf *out, const struct ast_bins *bins);
/* A pattern of LIKE, whose backslashes stand for themselves. */
void ast_text_pattern(struct strbuf *out, struct slice pattern);
/* With its name. */
void ast_text_measure(struct strbuf *out, const struct ast_measure *measure);

#endif
