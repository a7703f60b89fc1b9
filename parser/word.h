/*
 * What a word is beyond ASCII: a letter of any script or an underscore, then letters, marks, decimal
 * digits and _ . : - in valid UTF-8.
 *
 *     word_is("größe") -> true     word_is("naïve-1") -> true     word_is("½") -> false, a fraction
 */
#ifndef QUIPU_PARSER_WORD_H
#define QUIPU_PARSER_WORD_H

#include "base/slice.h"

/* Looks at no byte behind the text. */
bool word_is(struct slice text);

#endif
