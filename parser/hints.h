/*
 * What a user may have meant whose query went wrong: habits of SQL, R, SPSS and pandas.
 *
 *     hint_for("select a from d", the token select, "COUNT, SUM, ...")
 *         ->   "a query begins with COUNT: ..."
 */
#ifndef QUIPU_PARSER_HINTS_H
#define QUIPU_PARSER_HINTS_H

#include "base/error.h"
#include "parser/token.h"

/*
 * The hint for a query whose token `refused` has no place, or NULL. What stands before it is a good
 * beginning of a query; `expected` is what expected_print() says of it. text.ptr[text.len] is NUL, as
 * for lexer_init. Linear in the text.
 */
const char *hint_for(struct slice text, struct token refused, struct slice expected);
/*
 * True for an error of query_parse that text in quotes would not have got: redis-cli may have taken
 * the quotes away. has_spaces: some word that it sent had white space in it, so it stood in quotes.
 */
bool hint_lacks_quotes(const struct error *err, bool has_spaces);

#endif
