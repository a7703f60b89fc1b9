/*
 * FlatBuffers, written: the metadata of Arrow's messages.
 *
 *     struct strbuf out;                                        begins empty; places count from there
 *     size_t root = flat_out_root(&out);
 *     size_t table = flat_out_table(&out, 2, (uint8_t[]){8, 4});     a field of 8 bytes and one of 4, all 0
 *     flat_out_refer(&out, root, table);
 *     flat_out_set(&out, flat_out_field(&out, table, 0), 8, 1204);
 *     flat_out_refer(&out, flat_out_field(&out, table, 1), flat_out_text(&out, slice_lit("Ohio")));
 *
 * A place is written before what it refers to, as offsets go forward. Nothing here fails.
 */
#ifndef QUIPU_TOOLS_ARROW_FLAT_OUT_H
#define QUIPU_TOOLS_ARROW_FLAT_OUT_H

#include "base/strbuf.h"

/* Where the root is referred to. */
size_t flat_out_root(struct strbuf *out);
/* A table with fields of these sizes: 1, 2, 4, 8, or 0: it is not there. Returns its place. */
size_t flat_out_table(struct strbuf *out, size_t nfields, const uint8_t *sizes);
/* The place of a field that is there. */
size_t flat_out_field(const struct strbuf *out, size_t table, size_t field);
void flat_out_set(struct strbuf *out, size_t place, size_t size, int64_t n);
/* What lies at `to` is what the place refers to. */
void flat_out_refer(struct strbuf *out, size_t place, size_t to);
size_t flat_out_text(struct strbuf *out, struct slice text);
/* n items of a size each, zeroed, of which the first lies at 4 behind the vector's place. */
size_t flat_out_vector(struct strbuf *out, size_t n, size_t item_size, size_t alignment);

/* Zeros up to a multiple. */
void flat_out_pad(struct strbuf *out, size_t alignment);

#endif
