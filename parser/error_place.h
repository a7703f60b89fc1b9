/*
 * Where an error of the parser says that a query goes wrong.
 *
 *     error_place("at column 9: expected ',' or FROM, found 'form'", "count a form b", &from, &to)
 *                                                             true: bytes 8 to 12, `form`
 */
#ifndef QUIPU_PARSER_ERROR_PLACE_H
#define QUIPU_PARSER_ERROR_PLACE_H

#include "base/slice.h"

/*
 * Takes the place from the message, with or without its code: the token that begins there, in bytes of
 * the query; where none does, what is there up to white space; at the query's end, nothing. False: the
 * message names no place in this query.
 */
bool error_place(struct slice message, struct slice query, size_t *from, size_t *to);

#endif
