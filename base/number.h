/*
 * Values as the language sees them: numbers and text (docs/language.md, "Values").
 *
 * A numeral is an optional sign, then digits without leading zeros, a point with digits, or both,
 * then an optional exponent of at most 400: `12`, `+12`, `12.0`, `.5`, `1.2e1`. All else is text:
 * `007`, ` 12`, `5.`, `NaN`. The value of a numeral is its canonical number: plain digits of the
 * form -?(0|[1-9][0-9]*)(\.[0-9]*[1-9])? that are not "-0". The value of a text is the text.
 *
 *     value_canonical("12.0") -> "12"      value_canonical("1.2e1") -> "12"      value_canonical("007") -> "007"
 *
 * Everything but value_canonical, value_canonical_buffered and number_is_numeral takes values. Numbers are compared
 * on their digits, so any length is exact; there is no floating point here.
 *
 *     value_compare("9", "10") < 0, value_compare("10", "abc") < 0      numbers before text
 */
#ifndef QUIPU_BASE_NUMBER_H
#define QUIPU_BASE_NUMBER_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/strbuf.h"

/* What a row has as text, as a value. Borrowed where nothing changes, else from the arena. */
struct slice value_canonical(struct arena *arena, struct slice text);
/* The same; what changes is written into the buffer, in place of what is there. */
struct slice value_canonical_buffered(struct strbuf *buffer, struct slice text);
bool number_is_numeral(struct slice text);
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
 * The bin [k*width, (k+1)*width) that a canonical number falls in, its bounds as canonical text
 * (from the arena). width is a canonical number > 0. False where number or width, written with as
 * many decimals as the longer of them has, is longer than 37 digits: the caller says so to the
 * user.
 */
bool number_bin(struct arena *arena, struct slice number, struct slice width, struct slice *lower,
                struct slice *upper);

#endif
