/*
 * A growing text on the heap.
 *
 *     struct strbuf text;
 *     strbuf_init(&text);
 *     strbuf_printf(&text, "%s=%d", "cells", 336);
 *     use(strbuf_slice(&text));
 *     strbuf_fini(&text);
 *
 * Out of memory aborts. The bytes always have a NUL behind them that the length does not count.
 */
#ifndef QUIPU_BASE_STRBUF_H
#define QUIPU_BASE_STRBUF_H

#include "base/slice.h"

struct strbuf {
    char *ptr;
    size_t len;
    size_t capacity;
};

static inline void
strbuf_init(struct strbuf *buf)
{
    *buf = (struct strbuf){0};
}

void strbuf_fini(struct strbuf *buf);

/* Empties it and keeps the memory. */
static inline void
strbuf_clear(struct strbuf *buf)
{
    buf->len = 0;
    if (buf->ptr) {
        buf->ptr[0] = '\0';
    }
}

/* For strbuf_reserve: what it does where the room is not there yet. */
void strbuf_grow(struct strbuf *buf, size_t more_bytes);

/* Makes room for at least more_bytes behind the end and returns where they go. */
static inline char *
strbuf_reserve(struct strbuf *buf, size_t more_bytes)
{
    if (buf->capacity - buf->len <= more_bytes) { /* a NUL goes behind them */
        strbuf_grow(buf, more_bytes);
    }
    return buf->ptr + buf->len;
}

static inline void
strbuf_append(struct strbuf *buf, struct slice s)
{
    char *end = strbuf_reserve(buf, s.len);
    if (s.len) {
        memcpy(end, s.ptr, s.len);
    }
    end[s.len] = '\0';
    buf->len += s.len;
}

void strbuf_append_str(struct strbuf *buf, const char *s);
void strbuf_append_char(struct strbuf *buf, char c);
void strbuf_append_int(struct strbuf *buf, int64_t n);
void strbuf_printf(struct strbuf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Borrowed: valid until the next change of the buffer. */
static inline struct slice
strbuf_slice(const struct strbuf *buf)
{
    return slice_of(buf->ptr ? buf->ptr : "", buf->len);
}

#endif
