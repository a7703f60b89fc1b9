/*
 * Writes texts and dimensions as bytes, and reads them. in: values, or bytes from a shard; out:
 * bytes, or values that were checked.
 *
 * Example: 300 is 0xac 0x02: seven bits a byte, the low ones first; a set top bit says that more
 * follow.
 */
#include "answer/bytes.h"

#include "base/number.h"

bool
bytes_are_malformed(struct error *err)
{
    return error_set(err, "SHARDDOWN", "a shard answered a count with bytes that are no count");
}

void
put_text(struct strbuf *out, struct slice text)
{
    put_varint(out, text.len);
    strbuf_append(out, text);
}

void
put_dims(struct strbuf *out, const struct partial_dim *dims, size_t ndims)
{
    put_varint(out, ndims);
    for (size_t d = 0; d < ndims; d++) {
        put_varint(out, dims[d].npositions);
        strbuf_append_char(out, dims[d].is_open);
        for (size_t i = 0; dims[d].is_open && i < dims[d].npositions; i++) {
            put_text(out, dims[d].values[i]);
        }
    }
}

bool
get_text(struct reader *reader, struct slice *out)
{
    uint64_t len;
    if (!get_varint(reader, &len) || len > reader_left(reader)) {
        return false;
    }
    *out = slice_of(reader->at, len);
    reader->at += len;
    return true;
}

static bool
get_dim(struct reader *reader, struct arena *arena, struct partial_dim *dim)
{
    uint64_t npositions;
    unsigned is_open;
    if (!get_varint(reader, &npositions) || !get_byte(reader, &is_open) || is_open > 1) {
        return false;
    }
    dim->npositions = npositions;
    dim->is_open = is_open;
    if (!is_open) {
        return true;
    }
    if (npositions > reader_left(reader)) {
        return false;
    }
    dim->values = arena_array(arena, npositions, sizeof *dim->values);
    for (size_t i = 0; i < npositions; i++) {
        if (!get_text(reader, &dim->values[i])) {
            return false;
        }
        if (i && value_compare(dim->values[i - 1], dim->values[i]) >= 0) {
            return false;
        }
    }
    return true;
}

bool
get_dims(struct reader *reader, struct arena *arena, struct partial_dim **dims, size_t *ndims)
{
    uint64_t n;
    if (!get_varint(reader, &n) || n > reader_left(reader) / 2) {
        return false;
    }
    *dims = arena_array(arena, n, sizeof **dims);
    for (*ndims = 0; *ndims < n; ++*ndims) {
        if (!get_dim(reader, arena, &(*dims)[*ndims])) {
            return false;
        }
    }
    return true;
}
