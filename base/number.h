/*
 * Values as the language sees them: canonical numbers and text (docs/language.md, "Values").
 *
 * A number is text of the form -?(0|[1-9][0-9]*)(\.[0-9]*[1-9])? that is not "-0": `7`, `-3`,
 * `2.5`; not `007`, `2.50`, `+1`, `1e3`. Numbers are compared on their digits, so any length is
 * exact; there is no floating point here.
 *
 *     number_is_canonical("2.50") -> false, so it is text
 *     value_compare("9", "10") < 0, value_compare("10", "abc") < 0      numbers before text
 */
#ifndef QUIPU_BASE_NUMBER_H
#define QUIPU_BASE_NUMBER_H

#include "base/arena.h"
#include "base/slice.h"

bool number_is_canonical(struct slice text);
/* A canonical number without a fraction. */
bool number_is_integer(struct slice text);
/* Orders two canonical numbers: negative, 0 or positive. */
int number_compare(struct slice a, struct slice b);
/* Larger for larger numbers; numbers that differ may have the same. 0 for text. */
uint64_t order_key(struct slice text);
/* The order of positions: numbers in numeric order, then text in byte order. Total and exact. */
int value_compare(struct slice a, struct slice b);
/*
 * The canonical form of a decimal literal -?[0-9]+(\.[0-9]+)?: leading and trailing zeros go, "-0"
 * becomes "0". Borrowed from text where nothing changes, else from the arena.
 */
struct slice number_canonical(struct arena *arena, struct slice text);
/*
 * The bin [k*width, (k+1)*width) that a canonical number falls in, its bounds as canonical text
 * (from the arena). width is a canonical number > 0. False where number or width, written with as
 * many decimals as the longer of them has, is longer than 37 digits: the caller says so to the
 * user.
 */
bool number_bin(struct arena *arena, struct slice number, struct slice width, struct slice *lower,
                struct slice *upper);

#endif
