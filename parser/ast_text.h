/*
 * The tree as a query again: a text that parses to the same tree. The server sends it to shards.
 *
 *     count a in {1,  2}, b by 10.0 from d where (x = 1)
 *     count `a` in {1, 2}, `b` by 10 from `d` where `x` = 1
 *
 * It never nests deeper than the query that the tree came from. It may be longer.
 */
#ifndef QUIPU_PARSER_AST_TEXT_H
#define QUIPU_PARSER_AST_TEXT_H

#include "base/strbuf.h"
#include "parser/ast.h"

/* Appends the query. Cannot fail. */
void ast_text(const struct ast_query *query, struct strbuf *out);

#endif
