/*
 * Makes text of any bytes valid UTF-8 without NUL. in: bytes; out: text.
 *
 * Example: of 64 KiB of ASCII one look at each byte is all.
 */
#include "tools/export/plain_text.h"

#include "base/utf8.h"

static const char REPLACEMENT[] = "\xef\xbf\xbd"; /* U+FFFD */

bool
plain_text_is(struct slice text)
{
    bool is_ascii = true;
    for (size_t i = 0; i < text.len; i++) {
        if (!text.ptr[i]) {
            return false;
        }
        is_ascii = is_ascii && (unsigned char) text.ptr[i] < 0x80;
    }
    return is_ascii || utf8_is_valid(text);
}

const char *
plain_text_of(struct slice text, struct strbuf *buffer)
{
    strbuf_clear(buffer);
    if (plain_text_is(text)) {
        strbuf_append(buffer, text);
        return buffer->ptr;
    }
    while (text.len) {
        const char *start = text.ptr;
        uint32_t character = utf8_take(&text);
        if (character == 0 || character >= UTF8_INVALID) {
            strbuf_append_str(buffer, REPLACEMENT);
        } else {
            strbuf_append(buffer, slice_of(start, (size_t) (text.ptr - start)));
        }
    }
    return buffer->ptr;
}

size_t
plain_text_bytes(struct slice text)
{
    if (plain_text_is(text)) {
        return text.len;
    }
    size_t n = 0;
    while (text.len) {
        const char *start = text.ptr;
        uint32_t character = utf8_take(&text);
        bool is_replaced = character == 0 || character >= UTF8_INVALID;
        n += is_replaced ? sizeof REPLACEMENT - 1 : (size_t) (text.ptr - start);
    }
    return n;
}

struct slice
plain_text_cut(struct slice text, size_t bytes_most)
{
    size_t len = text.len < bytes_most ? text.len : bytes_most;
    while (len < text.len && len && ((unsigned char) text.ptr[len] & 0xc0) == 0x80) {
        len--;
    }
    return slice_of(text.ptr, len);
}
