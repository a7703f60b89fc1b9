/*
 * FlatBuffers, read without trust: the metadata of Arrow's messages.
 *
 *     struct flat flat = {.bytes = metadata};
 *     struct flat_table message = flat_root(&flat);
 *     flat_int(message, 1, 1, 0)                 field 1, one byte, 0 where it is not there
 *     if (flat.is_bad) ...                       something pointed outside
 *
 *     table -> [offset of its vtable][fields ...]      vtable -> [its size][the table's size][where field 0 is] ...
 *
 * A field that is not there, or lies outside, reads as its default, and as an empty table, vector or text. The latter
 * sets is_bad: it is asked once, at the end. (google.github.io/flatbuffers, "Internals".)
 */
#ifndef QUIPU_TOOLS_ARROW_FLATBUFFER_H
#define QUIPU_TOOLS_ARROW_FLATBUFFER_H

#include "base/slice.h"

struct flat {
    struct slice bytes;
    bool is_bad;
};

/* Of length 0: there is none. */
struct flat_table {
    struct flat *flat;
    size_t at, len, vtable, vtable_len;
};

/* Items of one size each, one behind the other. */
struct flat_vector {
    struct flat *flat;
    size_t at, n;
};

struct flat_table flat_root(struct flat *flat);
bool flat_has(struct flat_table table, unsigned field);
/* A signed integer of 1, 2, 4 or 8 bytes. */
int64_t flat_int(struct flat_table table, unsigned field, size_t size, int64_t otherwise);
struct flat_table flat_child(struct flat_table table, unsigned field);
struct slice flat_text(struct flat_table table, unsigned field);
struct flat_vector flat_vector(struct flat_table table, unsigned field, size_t item_size);
/* An item of a vector of tables; i is less than n. */
struct flat_table flat_vector_table(struct flat_vector vector, size_t i);

/* A signed little-endian integer of 1, 2, 4 or 8 bytes, at any address. */
int64_t flat_load(const void *from, size_t size);

#endif
