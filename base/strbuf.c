/*
 * String building: one heap block that doubles as it fills.
 * in: pieces of text; out: the whole as a slice.
 */
#include "base/strbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"

void
strbuf_fini(struct strbuf *buf)
{
    free(buf->ptr);
    strbuf_init(buf);
}

void
strbuf_grow(struct strbuf *buf, size_t more_bytes)
{
    size_t need = buf->len + more_bytes + 1;
    size_t capacity = buf->capacity ? buf->capacity * 2 : 64;
    while (capacity < need) {
        capacity *= 2;
    }
    buf->ptr = must_grow(buf->ptr, capacity, 1);
    buf->capacity = capacity;
}

void
strbuf_append_str(struct strbuf *buf, const char *s)
{
    strbuf_append(buf, slice_str(s));
}

void
strbuf_append_char(struct strbuf *buf, char c)
{
    strbuf_append(buf, slice_of(&c, 1));
}

void
strbuf_append_int(struct strbuf *buf, int64_t n)
{
    char digits[24];
    char *at = digits + sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t) n : (uint64_t) n;
    do {
        *--at = (char) ('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0) {
        *--at = '-';
    }
    strbuf_append(buf, slice_of(at, (size_t) (digits + sizeof digits - at)));
}

void
strbuf_printf(struct strbuf *buf, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len > 0) {
        vsnprintf(strbuf_reserve(buf, (size_t) len), (size_t) len + 1, fmt, again);
        buf->len += (size_t) len;
    }
    va_end(again);
}
