/*
 * The options of a tree in the query language: a part of ast_text.
 */
#ifndef QUIPU_PARSER_AST_TEXT_OPTIONS_H
#define QUIPU_PARSER_AST_TEXT_OPTIONS_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* Each with a space before it. */
void ast_text_options(struct strbuf *out, const struct ast_options *options);

#endif
