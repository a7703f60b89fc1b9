/*
 * Numbers, texts and dimensions in bytes, as partial.h and named_rows.h both use them.
 *
 *     put_varint(&out, 300)          ac 02: seven bits a byte, the low ones first
 *     get_varint(&reader, &n)        300; false where the bytes end, or are no number
 */
#ifndef QUIPU_ANSWER_BYTES_H
#define QUIPU_ANSWER_BYTES_H

#include "answer/partial.h"

/* How a partial begins, and its flags. */
#define PARTIAL_MAGIC "Q2"
enum {
    PARTIAL_DENSE = 1,
    PARTIAL_HAS_BASE = 2,
    PARTIAL_HAS_STATES = 4,
    PARTIAL_HAS_SCALES = 8,
    PARTIAL_FLAGS_ALL = 15
};

struct reader {
    const unsigned char *at, *end;
};

static inline struct reader
reader_of(struct slice bytes)
{
    const unsigned char *at = (const unsigned char *) bytes.ptr;
    return (struct reader){at, at + bytes.len};
}

static inline size_t
reader_left(const struct reader *reader)
{
    return (size_t) (reader->end - reader->at);
}

static inline void
put_varint(struct strbuf *out, uint64_t n)
{
    enum { VARINT_BYTES = 10 };
    char *at = strbuf_reserve(out, VARINT_BYTES);
    size_t len = 0;
    do {
        at[len++] = (char) ((n & 0x7f) | (n > 0x7f) << 7);
        n >>= 7;
    } while (n);
    out->len += len;
}

/* Makes signed numbers unsigned. Numbers near 0 stay short. */
static inline uint64_t
zigzag(int64_t n)
{
    return (uint64_t) n << 1 ^ (uint64_t) (n >> 63);
}

static inline int64_t
unzigzag(uint64_t n)
{
    return (int64_t) (n >> 1 ^ -(n & 1));
}

static inline bool
get_varint(struct reader *reader, uint64_t *out)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
        uint64_t byte = *reader->at++;
        if (shift == 63 && byte > 1) {
            return false;
        }
        n |= (byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = n;
            return true;
        }
    }
    return false;
}

static inline bool
get_byte(struct reader *reader, unsigned *out)
{
    if (reader->at == reader->end) {
        return false;
    }
    *out = *reader->at++;
    return true;
}

void put_text(struct strbuf *out, struct slice text);
void put_dims(struct strbuf *out, const struct partial_dim *dims, size_t ndims);

/* False as get_varint. An open dimension's values must be in order. Texts are borrowed. */
bool get_text(struct reader *reader, struct slice *out);
bool get_dims(struct reader *reader, struct arena *arena, struct partial_dim **dims, size_t *ndims);

/* Sets err to SHARDDOWN: a shard sent bytes of a wrong form. Returns false. */
bool bytes_are_malformed(struct error *err);

#endif
