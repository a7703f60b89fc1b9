/*
 * The AST as text, fully parenthesised: for tests and for reading.
 *
 *     (count (dim sex) (dim age by 10) (from current) (where (or (= a 1) (not (> b 2.5)))))
 *
 * Text stands in single quotes, a name that is no word in backquotes, control bytes as \xNN.
 * `count by a` and its like, whose measures are a list, begin with select: (select count (dim a)
 * ...
 */
#ifndef QUIPU_PARSER_AST_PRINT_H
#define QUIPU_PARSER_AST_PRINT_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* Appends the tree to out. Cannot fail. */
void ast_print(const struct ast_query *query, struct strbuf *out);

#endif
