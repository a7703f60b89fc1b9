/*
 * Compressed buffers made plain. in: a buffer as it lies in a body; out: its bytes.
 */
#include "tools/arrow/compression.h"

#include <lz4frame.h>
#include <zstd.h>

#include "tools/arrow/flatbuffer.h"

/* Neither codec makes more of a byte, so a length that claims more is no reason to ask for memory. */
enum { LENGTH_BYTES = 8, GROWTH_MOST = 1 << 15 };

static bool
decompress_lz4(struct slice in, char *out, size_t len)
{
    LZ4F_dctx *context;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) {
        return false;
    }
    size_t made = 0, left = 1;
    while (in.len && left && !LZ4F_isError(left)) {
        size_t nin = in.len, nout = len - made;
        left = LZ4F_decompress(context, out + made, &nout, in.ptr, &nin, NULL);
        in = slice_of(in.ptr + nin, in.len - nin);
        made += nout;
        if (!nin && !nout) {
            break;
        }
    }
    LZ4F_freeDecompressionContext(context);
    return left == 0 && made == len;
}

/* Some programs count the padding behind a frame as the buffer's. */
static bool
decompress_zstd(struct slice in, char *out, size_t len)
{
    size_t frame = ZSTD_findFrameCompressedSize(in.ptr, in.len);
    return !ZSTD_isError(frame) && ZSTD_decompress(out, len, in.ptr, frame) == len;
}

bool
arrow_decompress(struct arena *arena, enum arrow_codec codec, struct slice buffer,
                 struct slice *out, struct error *err)
{
    *out = buffer;
    if (codec == ARROW_PLAIN || buffer.len == 0) {
        return true;
    }
    int64_t len = buffer.len >= LENGTH_BYTES ? flat_load(buffer.ptr, LENGTH_BYTES) : -2;
    struct slice packed = slice_of(buffer.ptr + LENGTH_BYTES, buffer.len - LENGTH_BYTES);
    if (len == -1) {
        *out = packed;
        return true;
    }
    if (len < 0 || (uint64_t) len / GROWTH_MOST > packed.len) {
        return error_set(err, "DATA", "a compressed buffer has no length that can be");
    }
    char *plain = arena_alloc(arena, (size_t) len);
    bool ok = codec == ARROW_LZ4 ? decompress_lz4(packed, plain, (size_t) len)
                                 : decompress_zstd(packed, plain, (size_t) len);
    *out = slice_of(plain, (size_t) len);
    return ok || error_set(err, "DATA", "a compressed buffer is damaged");
}
