/*
 * A token: a kind from the generated parser/grammar.h and the bytes it was read from, borrowed.
 *
 *     count `Origin State`     ->   TOKEN_COUNT "count" at 0, TOKEN_NAME "`Origin State`" at 6
 *
 * The bytes are as written, quotes and escapes included: parser/ast_build.h takes them off.
 */
#ifndef QUIPU_PARSER_TOKEN_H
#define QUIPU_PARSER_TOKEN_H

#include "base/slice.h"

struct token {
    int kind; /* TOKEN_...; 0 at the end of the query */
    struct slice text;
    size_t at; /* bytes from 0 */
};

#endif
