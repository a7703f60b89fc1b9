/*
 * Keys: partitions, their hash tags, and the escaping of names in keys.
 * in: row keys, fields, values; out: the parts of Redis keys. The Lua side is
 * executor/sets/lua/keys.lua.
 */
#include "executor/handle/keys.h"

#include <stdio.h>
#include <string.h>

unsigned
partition_of(struct slice row_key, unsigned npartitions)
{
    return crc16(row_key) % npartitions;
}

/* The n-th three-digit number to the base 62. */
static struct slice
tag_text(unsigned n, char text[3])
{
    static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    text[0] = DIGITS[n / (62 * 62) % 62];
    text[1] = DIGITS[n / 62 % 62];
    text[2] = DIGITS[n % 62];
    return slice_of(text, 3);
}

/* Three digits reach every slot (tests/test_keys.c): 238,328 names for 16,384 slots. */
void
slot_names_init(uint32_t names[CLUSTER_SLOTS])
{
    enum { NONE = UINT32_MAX, NNAMES = 62 * 62 * 62 };
    char text[3];
    for (size_t slot = 0; slot < CLUSTER_SLOTS; slot++) {
        names[slot] = NONE;
    }
    for (uint32_t n = 0, found = 0; n < NNAMES && found < CLUSTER_SLOTS; n++) {
        unsigned slot = crc16(tag_text(n, text)) % CLUSTER_SLOTS;
        if (names[slot] == NONE) {
            names[slot] = n;
            found++;
        }
    }
}

unsigned
partition_tag(const uint32_t names[CLUSTER_SLOTS], unsigned partition, unsigned npartitions,
              char tag[PARTITION_TAG_BYTES])
{
    unsigned first = (unsigned) ((uint64_t) partition * CLUSTER_SLOTS / npartitions);
    unsigned next = (unsigned) ((uint64_t) (partition + 1) * CLUSTER_SLOTS / npartitions);
    unsigned slot = first + (next - first) / 2;
    char text[3];
    tag_text(names[slot], text);
    snprintf(tag, PARTITION_TAG_BYTES, "{%.3s}", text);
    return slot;
}

static void
append_escaped(struct strbuf *out, struct slice name, const char *special)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c && strchr(special, c)) {
            strbuf_printf(out, "%%%02X", (unsigned char) c);
        } else {
            strbuf_append_char(out, c);
        }
    }
}

void
key_append_field(struct strbuf *out, struct slice field)
{
    if (slice_equal(field, slice_lit("rows"))) {
        strbuf_append_str(out, "%72ows");
        return;
    }
    append_escaped(out, field, "%{}=:");
}

void
key_append_value(struct strbuf *out, struct slice value)
{
    append_escaped(out, value, "%{}");
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void
key_append_unescaped(struct strbuf *out, struct slice escaped)
{
    for (size_t i = 0; i < escaped.len; i++) {
        bool is_escape = escaped.ptr[i] == '%' && escaped.len - i > 2 &&
                         hex_digit(escaped.ptr[i + 1]) >= 0 && hex_digit(escaped.ptr[i + 2]) >= 0;
        if (is_escape) {
            int byte = hex_digit(escaped.ptr[i + 1]) * 16 + hex_digit(escaped.ptr[i + 2]);
            strbuf_append_char(out, (char) byte);
            i += 2;
        } else {
            strbuf_append_char(out, escaped.ptr[i]);
        }
    }
}

void
key_append_row_prefix(struct strbuf *out, struct slice dataset, bool has_own_rows)
{
    if (has_own_rows) {
        strbuf_append(out, dataset);
        strbuf_append_str(out, ":row:");
    }
}
