/*
 * Decoding UTF-8 as Unicode's table 3-7 has it: the second byte's bounds rule out what is too long, a
 * surrogate or too large. in: bytes; out: code points, or text that is valid.
 *
 * Example: in "\xe0\x80\x80" the second byte would have to be a0 or more, as U+0000 is written
 * shorter: three invalid bytes.
 */
#include "base/utf8.h"

/* How many bytes a character has that begins with these, and the bounds of the second one; else 0. */
static size_t
length_by_first(unsigned char first, unsigned char *least, unsigned char *most)
{
    *least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

uint32_t
utf8_take_long(struct slice *rest)
{
    const unsigned char *at = (const unsigned char *) rest->ptr;
    unsigned char least, most;
    size_t len = length_by_first(at[0], &least, &most);
    bool is_valid = len > 0 && rest->len >= len && at[1] >= least && at[1] <= most;
    for (size_t i = 2; is_valid && i < len; i++) {
        is_valid = (at[i] & 0xc0) == 0x80;
    }
    uint32_t code = UTF8_INVALID + at[0];
    if (is_valid) {
        code = at[0] & (0xffu >> (len + 1));
        for (size_t i = 1; i < len; i++) {
            code = code << 6 | (at[i] & 0x3fu);
        }
    } else {
        len = 1;
    }
    *rest = slice_of(rest->ptr + len, rest->len - len);
    return code;
}

/* Eight bytes at a time: most texts are ASCII. */
static bool
is_ascii(struct slice text)
{
    uint64_t word, all = 0;
    size_t i = 0;
    for (; i + sizeof word <= text.len; i += sizeof word) {
        memcpy(&word, text.ptr + i, sizeof word);
        all |= word;
    }
    for (; i < text.len; i++) {
        all |= (unsigned char) text.ptr[i];
    }
    return !(all & 0x8080808080808080U);
}

struct slice
utf8_cut(struct slice text, size_t nbytes)
{
    enum { BYTES_BEHIND_FIRST = 3 };
    size_t len = text.len < nbytes ? text.len : nbytes, least = len;
    least -= least < BYTES_BEHIND_FIRST ? least : BYTES_BEHIND_FIRST;
    while (len < text.len && len > least && ((unsigned char) text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return slice_of(text.ptr, len);
}

bool
utf8_is_valid(struct slice text)
{
    if (is_ascii(text)) {
        return true;
    }
    while (text.len > 0) {
        if (utf8_take(&text) >= UTF8_INVALID) {
            return false;
        }
    }
    return true;
}

bool
utf8_clean(struct strbuf *out, struct slice text)
{
    bool replaced = false;
    struct slice valid = slice_of(text.ptr, 0); /* what is not appended yet */
    while (text.len > 0) {
        if (utf8_take(&text) < UTF8_INVALID) {
            valid.len = (size_t) (text.ptr - valid.ptr);
            continue;
        }
        strbuf_append(out, valid);
        strbuf_append_str(out, "\xef\xbf\xbd");
        valid = slice_of(text.ptr, 0);
        replaced = true;
    }
    strbuf_append(out, valid);
    return replaced;
}
