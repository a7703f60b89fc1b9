/*
 * FlatBuffers, written front to back. in: tables, texts, vectors; out: bytes.
 *
 *     [root][vtable: its size, the table's size, where field 0 is, ...][table: back to the vtable, fields] ...
 */
#include "tools/arrow/flat_out.h"

void
flat_out_pad(struct strbuf *out, size_t alignment)
{
    while (out->len % alignment) {
        strbuf_append_char(out, '\0');
    }
}

/* Room for so many bytes, zeroed; its place. */
static size_t
room(struct strbuf *out, size_t len)
{
    size_t place = out->len;
    memset(strbuf_reserve(out, len), 0, len + 1);
    out->len += len;
    return place;
}

void
flat_out_set(struct strbuf *out, size_t place, size_t size, int64_t n)
{
    memcpy(out->ptr + place, &n, size); /* little-endian, as the machines are that this runs on */
}

void
flat_out_refer(struct strbuf *out, size_t place, size_t to)
{
    flat_out_set(out, place, 4, (int64_t) (to - place));
}

size_t
flat_out_root(struct strbuf *out)
{
    return room(out, 4);
}

size_t
flat_out_table(struct strbuf *out, size_t nfields, const uint8_t *sizes)
{
    size_t vtable_len = 4 + 2 * nfields, at = 4;
    flat_out_pad(out, 2);
    size_t vtable = room(out, vtable_len);
    flat_out_pad(out, 8);
    size_t table = out->len;
    for (size_t i = 0; i < nfields; i++) {
        if (sizes[i]) {
            at = (at + sizes[i] - 1) / sizes[i] * sizes[i];
            flat_out_set(out, vtable + 4 + 2 * i, 2, (int64_t) at);
            at += sizes[i];
        }
    }
    (void) room(out, at);
    flat_out_set(out, vtable, 2, (int64_t) vtable_len);
    flat_out_set(out, vtable + 2, 2, (int64_t) at);
    flat_out_set(out, table, 4, (int64_t) (table - vtable));
    return table;
}

size_t
flat_out_field(const struct strbuf *out, size_t table, size_t field)
{
    int32_t back;
    uint16_t offset;
    memcpy(&back, out->ptr + table, sizeof back);
    memcpy(&offset, out->ptr + table - back + 4 + 2 * field, sizeof offset);
    return table + offset;
}

size_t
flat_out_vector(struct strbuf *out, size_t n, size_t item_size, size_t alignment)
{
    flat_out_pad(out, 4);
    while ((out->len + 4) % alignment) {
        (void) room(out, 4);
    }
    size_t vector = room(out, 4 + n * item_size);
    flat_out_set(out, vector, 4, (int64_t) n);
    return vector;
}

size_t
flat_out_text(struct strbuf *out, struct slice text)
{
    size_t vector = flat_out_vector(out, text.len, 1, 4);
    memcpy(out->ptr + vector + 4, text.ptr, text.len);
    strbuf_append_char(out, '\0');
    return vector;
}
