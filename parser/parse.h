/*
 * Query text to AST: the parser's whole interface.
 *
 *     struct parse_limits limits = PARSE_LIMITS_DEFAULT;
 *     struct ast_query *query;
 *     if (!query_parse(arena, slice_lit("count a from current"), &limits, &query, &err)) ...
 */
#ifndef QUIPU_PARSER_PARSE_H
#define QUIPU_PARSER_PARSE_H

#include "base/error.h"
#include "parser/ast.h"

struct parse_limits {
    size_t max_query_bytes;
    unsigned max_nesting; /* parentheses and NOTs around one test */
};

#define PARSE_LIMITS_DEFAULT                                                                       \
    {                                                                                              \
        1 << 20, 128                                                                               \
    }

/*
 * Parses one query. The text is copied into the arena; the tree lives there too. On failure *out is
 * untouched and err says SYNTAX with the column, what was expected and the token found, or LIMIT
 * with the limit's name, its value and what was asked. Linear in the text.
 */
bool query_parse(struct arena *arena, struct slice text, const struct parse_limits *limits,
                 struct ast_query **out, struct error *err) QUIPU_MUST_CHECK;

#endif
