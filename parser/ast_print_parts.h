/*
 * The small parts of a printed tree: quoted text, names, values, measures.
 *
 *     ast_print_name("Origin State")   ->   `Origin State`        ast_print_value(text x)  ->  'x'
 */
#ifndef QUIPU_PARSER_AST_PRINT_PARTS_H
#define QUIPU_PARSER_AST_PRINT_PARTS_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* Between quotes, with the quote doubled, a backslash too, and control bytes as \xNN. */
void ast_print_quoted(struct strbuf *out, struct slice text, char quote);
/* As a word, or in backquotes. */
void ast_print_name(struct strbuf *out, struct slice name);
/* ` as name`, where there is one. */
void ast_print_as(struct strbuf *out, struct slice name);
void ast_print_value(struct strbuf *out, const struct ast_value *value);
/* count, (sum x), (quantile x 0.9 as p90) */
void ast_print_measure(struct strbuf *out, const struct ast_measure *measure);

#endif
