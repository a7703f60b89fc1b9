/*
 * UTF-8, character by character, where a byte may also be none.
 *
 *     struct slice rest = slice_lit("\xc3\xa9\xff");
 *     utf8_take(&rest)             0xe9
 *     utf8_take(&rest)             UTF8_INVALID + 0xff
 *     utf8_clean(&text, slice_lit("a\xff"))       -> true; "a" and U+FFFD
 */
#ifndef QUIPU_BASE_UTF8_H
#define QUIPU_BASE_UTF8_H

#include "base/strbuf.h"

/* A byte that belongs to no character is one character of its own, behind all others. */
enum { UTF8_INVALID = 0x110000 };

enum { UTF8_BOM_BYTES = 3 };

/* The bytes of a byte order mark that the text begins with: UTF8_BOM_BYTES, or 0. */
static inline size_t
utf8_bom(struct slice text)
{
    return slice_starts_with(text, slice_lit("\xef\xbb\xbf")) ? UTF8_BOM_BYTES : 0;
}

/* For utf8_take: what does not begin with a byte of ASCII. */
uint32_t utf8_take_long(struct slice *rest);

/*
 * Takes the first character off rest, which is not empty: its code point. No sequence that is too
 * long, a surrogate, beyond U+10FFFF or cut off is one: its first byte alone is taken, as
 * UTF8_INVALID + the byte.
 */
static inline uint32_t
utf8_take(struct slice *rest)
{
    unsigned char first = (unsigned char) rest->ptr[0];
    if (first >= 0x80) {
        return utf8_take_long(rest);
    }
    *rest = slice_of(rest->ptr + 1, rest->len - 1);
    return first;
}

/* The text's first bytes, so many at most: what ends within a character ends before it. */
struct slice utf8_cut(struct slice text, size_t nbytes);
/* Whether every byte belongs to a character. */
bool utf8_is_valid(struct slice text);
/* Appends the text with U+FFFD for each byte that belongs to no character; whether there was one. */
bool utf8_clean(struct strbuf *out, struct slice text);

#endif
