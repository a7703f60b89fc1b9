/*
 * The options of a tree as text, each in parentheses with a space before it: a part of ast_print.
 */
#ifndef QUIPU_PARSER_AST_PRINT_OPTIONS_H
#define QUIPU_PARSER_AST_PRINT_OPTIONS_H

#include "base/strbuf.h"
#include "parser/ast.h"

void ast_print_options(struct strbuf *out, const struct ast_options *options);

#endif
