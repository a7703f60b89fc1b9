/*
 * The AST as text, fully parenthesised: for tests and for reading.
 *
 *     (count (dim sex) (dim age by 10) (from current) (where (or (= a 1) (not (> b 2.5)))))
 */
#ifndef QUIPU_PARSER_AST_PRINT_H
#define QUIPU_PARSER_AST_PRINT_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* Appends the tree to out. Cannot fail. */
void ast_print(const struct ast_query *query, struct strbuf *out);

#endif
