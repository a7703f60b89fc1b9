/*
 * Numbers as people read them.
 *
 *     percent 33.3333 -> 33.3       1033.3333333333333 -> 1033.33       0.000012345678 -> 0.0000123457
 *     12345678.9 -> 12345679        9007199254740993 -> 9007199254740993
 *
 * Percents have one decimal. Others have up to six digits, but all those before their point.
 */
#ifndef QUIPU_ANSWER_NUMBER_TEXT_H
#define QUIPU_ANSWER_NUMBER_TEXT_H

#include "answer/leaf.h"
#include "base/arena.h"

/* In the arena. Null is "-", what is hidden "*". */
struct slice number_text(struct arena *arena, struct number number, enum leaf_kind kind);
/* Up to six digits; what is not finite is "-". */
struct slice number_text_real(struct arena *arena, double x);
/* A number that is 0. */
bool number_is_zero(struct number number);

#endif
