/*
 * Numbers as people write them: with a decimal comma, with thousands separated.
 *
 *     struct numeral_marks german = {.decimal = ',', .thousands = '.'};
 *     numeral_read(german, slice_lit("1.234,5"), buffer, &number)        -> true, "1234.5"
 *     numeral_read(german, slice_lit("v1,5"), buffer, &number)           -> false
 */
#ifndef QUIPU_TOOLS_ROWS_NUMERAL_H
#define QUIPU_TOOLS_ROWS_NUMERAL_H

#include "base/slice.h"

/* A longer text is no number. */
enum { NUMERAL_BYTES_MOST = 64 };

struct numeral_marks {
    char decimal;   /* '.' or ',' */
    char thousands; /* 0: none. ' ' is also a space that does not break, narrow or not */
};

/*
 * Whether the text is a number so written. Then *number is how the language writes it, in the
 * buffer, or the text itself where it is the same.
 */
bool numeral_read(struct numeral_marks marks, struct slice text, char buffer[NUMERAL_BYTES_MOST],
                  struct slice *number);
/* Whether the text is a number with this decimal mark, and no separators. */
bool numeral_is(struct slice text, char decimal);
/* Whether the text is a number with groups of three digits, separated by ',' '.' '\'' or a space.
 * Then *separator is it. "1,234" is; "1,23" is not. */
bool numeral_is_grouped(struct slice text, char *separator);

/*
 * Whether the text is a number in any of these forms with something beside it, as people write shares
 * and money: `12 %`, `$1,234.50`, `3,00 €`, `(5)`; or with a minus that is not ASCII's: `−5`.
 */
bool numeral_is_adorned(struct slice text);

enum numeral_kind {
    NUMERAL_NONE,
    NUMERAL_NUMBER,  /* as the language has them: 1.5 */
    NUMERAL_GROUPED, /* with separated thousands: 1,500; *separator is the separator */
    NUMERAL_COMMA    /* with a decimal comma: 1,5 */
};
/* For numeral_kind: what may be one. */
enum numeral_kind numeral_kind_long(struct slice text, char *separator);

/* The first of them that fits. Made for many calls: a word costs a look at its first byte. */
static inline enum numeral_kind
numeral_kind(struct slice text, char *separator)
{
    bool is_digit = text.len && *text.ptr >= '0' && *text.ptr <= '9';
    if (is_digit && text.len == 1) {
        return NUMERAL_NUMBER;
    }
    bool may_be = is_digit || (text.len && memchr("+-.,", *text.ptr, 4));
    return may_be ? numeral_kind_long(text, separator) : NUMERAL_NONE;
}

#endif
