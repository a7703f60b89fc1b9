/*
 * FlatBuffers. in: bytes of unknown origin; out: integers, texts, tables within them.
 *
 * Every offset is held against the bytes there are before it is followed. Offsets go forward, but for a table's vtable;
 * a table may be met on several ways, so who walks a tree of them bounds its own depth and number.
 */
#include "tools/arrow/flatbuffer.h"

int64_t
flat_load(const void *from, size_t size)
{
    uint64_t bits = 0;
    memcpy(&bits, from, size); /* little-endian, as the machines are that this runs on */
    unsigned unused = 64 - 8 * (unsigned) size;
    return (int64_t) (bits << unused) >> unused;
}

static uint64_t
load_unsigned(const struct flat *flat, size_t at, size_t size)
{
    uint64_t bits = 0;
    memcpy(&bits, flat->bytes.ptr + at, size);
    return bits;
}

/* Whether so many bytes are there; else something is bad. */
static bool
is_inside(struct flat *flat, size_t at, size_t len)
{
    bool is = at <= flat->bytes.len && len <= flat->bytes.len - at;
    flat->is_bad = flat->is_bad || !is;
    return is;
}

static struct flat_table
table_at(struct flat *flat, size_t at)
{
    struct flat_table none = {.flat = flat};
    if (!is_inside(flat, at, 4)) {
        return none;
    }
    int64_t vtable = (int64_t) at - flat_load(flat->bytes.ptr + at, 4);
    if (vtable < 0 || !is_inside(flat, (size_t) vtable, 4)) {
        flat->is_bad = true;
        return none;
    }
    size_t vtable_len = load_unsigned(flat, (size_t) vtable, 2);
    size_t len = load_unsigned(flat, (size_t) vtable + 2, 2);
    if (vtable_len < 4 || len < 4 || !is_inside(flat, (size_t) vtable, vtable_len) ||
        !is_inside(flat, at, len)) {
        flat->is_bad = true;
        return none;
    }
    return (struct flat_table){flat, at, len, (size_t) vtable, vtable_len};
}

/* Where what is referred to from there lies; 0: outside. */
static size_t
follow(struct flat *flat, size_t at)
{
    size_t to = is_inside(flat, at, 4) ? at + load_unsigned(flat, at, 4) : 0;
    return to && is_inside(flat, to, 4) ? to : 0;
}

struct flat_table
flat_root(struct flat *flat)
{
    size_t at = follow(flat, 0);
    return at ? table_at(flat, at) : (struct flat_table){.flat = flat};
}

/* Where a field lies; 0: it is not there. */
static size_t
field_at(struct flat_table table, unsigned field, size_t size)
{
    size_t slot = 4 + 2 * (size_t) field;
    if (table.len == 0 || slot + 2 > table.vtable_len) {
        return 0;
    }
    size_t offset = load_unsigned(table.flat, table.vtable + slot, 2);
    if (offset && offset + size > table.len) {
        table.flat->is_bad = true;
        return 0;
    }
    return offset ? table.at + offset : 0;
}

bool
flat_has(struct flat_table table, unsigned field)
{
    return field_at(table, field, 1) != 0;
}

int64_t
flat_int(struct flat_table table, unsigned field, size_t size, int64_t otherwise)
{
    size_t at = field_at(table, field, size);
    return at ? flat_load(table.flat->bytes.ptr + at, size) : otherwise;
}

struct flat_table
flat_child(struct flat_table table, unsigned field)
{
    size_t at = field_at(table, field, 4);
    size_t to = at ? follow(table.flat, at) : 0;
    return to ? table_at(table.flat, to) : (struct flat_table){.flat = table.flat};
}

struct flat_vector
flat_vector(struct flat_table table, unsigned field, size_t item_size)
{
    struct flat_vector none = {.flat = table.flat};
    size_t at = field_at(table, field, 4);
    size_t to = at ? follow(table.flat, at) : 0;
    if (!to) {
        return none;
    }
    size_t n = load_unsigned(table.flat, to, 4);
    if (!is_inside(table.flat, to + 4, n * item_size)) {
        return none;
    }
    return (struct flat_vector){table.flat, to + 4, n};
}

struct slice
flat_text(struct flat_table table, unsigned field)
{
    struct flat_vector bytes = flat_vector(table, field, 1);
    return bytes.n ? slice_of(table.flat->bytes.ptr + bytes.at, bytes.n) : slice_lit("");
}

struct flat_table
flat_vector_table(struct flat_vector vector, size_t i)
{
    size_t to = follow(vector.flat, vector.at + 4 * i);
    return to ? table_at(vector.flat, to) : (struct flat_table){.flat = vector.flat};
}
