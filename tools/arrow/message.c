/*
 * Messages. in: bytes; out: metadata and body.
 */
#include "tools/arrow/message.h"

enum { PREFIX_BYTES = 8, CONTINUES = -1 };

enum arrow_status
arrow_message_next(struct slice bytes, struct arrow_message *out, struct error *err)
{
    if (bytes.len < PREFIX_BYTES) {
        return ARROW_NEED_MORE;
    }
    int64_t len = flat_load(bytes.ptr + 4, 4);
    if (flat_load(bytes.ptr, 4) != CONTINUES || len < 0) {
        (void) error_set(err, "DATA", "the file is damaged: no message where one begins");
        return ARROW_BAD;
    }
    if (len == 0) {
        return ARROW_END;
    }
    if (bytes.len - PREFIX_BYTES < (uint64_t) len) {
        return ARROW_NEED_MORE;
    }
    out->flat = (struct flat){.bytes = slice_of(bytes.ptr + PREFIX_BYTES, (size_t) len)};
    out->table = flat_root(&out->flat);
    out->header = (int) flat_int(out->table, 1, 1, 0);
    out->version = flat_int(out->table, 0, 2, 0);
    int64_t body = flat_int(out->table, 3, 8, 0);
    if (out->flat.is_bad || body < 0) {
        (void) error_set(err, "DATA", "the file is damaged: a message's own description");
        return ARROW_BAD;
    }
    size_t start = PREFIX_BYTES + (size_t) len;
    if (bytes.len - start < (uint64_t) body) {
        return ARROW_NEED_MORE;
    }
    out->body = slice_of(bytes.ptr + start, (size_t) body);
    out->nbytes = start + (size_t) body;
    return ARROW_OK;
}
