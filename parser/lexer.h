/*
 * Query text to tokens, one at a time.
 *
 *     struct lexer lexer;
 *     struct token token;
 *     lexer_init(&lexer, text);
 *     while (lexer_next(&lexer, &token, &err) && token.kind) ...
 *
 *     a in [1,-2]   ->   WORD a, IN in, LBRACKET [, INTEGER 1, COMMA ",", INTEGER -2, RBRACKET ]
 *
 * Allocates nothing. A byte that starts no token is a token of its own, TOKEN_JUNK, which no rule
 * of the grammar takes: so the parser says what was expected in its place.
 */
#ifndef QUIPU_PARSER_LEXER_H
#define QUIPU_PARSER_LEXER_H

#include "base/error.h"
#include "parser/token.h"

struct lexer {
    const char *start;
    const char *cursor;
    const char *limit;
};

/* text.ptr[text.len] must be readable and NUL, as arena_copy leaves it. It is borrowed. */
void lexer_init(struct lexer *lexer, struct slice text);
/*
 * The next token; its kind is 0 at the end, again and again. Fails with SYNTAX at a number, text or
 * name that is none: 007, 12a, 'open.
 */
bool lexer_next(struct lexer *lexer, struct token *token, struct error *err) QUIPU_MUST_CHECK;

#endif
