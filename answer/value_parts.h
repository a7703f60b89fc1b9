/*
 * The values in texts that hold several, counted each once: DISTINCT of a field of several values.
 *
 *     texts       "red,blue"   "red"   ","   "3.0,red"          separator ","
 *     parts       0 1          0             2 0                 red, blue, 3
 *
 *     value_parts_begin(parts);
 *     value_parts_add(parts, 0)     2
 *     value_parts_add(parts, 3)     1: red was there
 */
#ifndef QUIPU_ANSWER_VALUE_PARTS_H
#define QUIPU_ANSWER_VALUE_PARTS_H

#include "base/arena.h"
#include "base/slice.h"

struct value_parts;

/* Splits n texts, in the arena; borrows nothing. Takes n log(n) of all parts. */
struct value_parts *value_parts_new(struct arena *arena, struct slice separator,
                                    const struct slice *texts, size_t n);
/* False: nothing but separators is in the text. */
bool value_parts_has(const struct value_parts *parts, size_t text);
/* A count begins: nothing was there yet. */
void value_parts_begin(struct value_parts *parts);
/* How many values are in the text that no text of this count has had. */
size_t value_parts_add(struct value_parts *parts, size_t text);

#endif
