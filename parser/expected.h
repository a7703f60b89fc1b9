/*
 * What could have stood where a query went wrong, in a user's words.
 *
 *     expected_print("count value_1 in [1,2] form current", 23, out)     -> ',' or FROM
 *     expected_print("count a from b where", 20, out)        -> a field name, '(' or NOT
 */
#ifndef QUIPU_PARSER_EXPECTED_H
#define QUIPU_PARSER_EXPECTED_H

#include "base/strbuf.h"

/*
 * Appends the list for what may stand at `at`, where text goes wrong: in front of it is a good
 * beginning of a query. As for lexer_init, text.ptr[text.len] is NUL. Linear in the text.
 */
void expected_print(struct slice text, size_t at, struct strbuf *out);

#endif
