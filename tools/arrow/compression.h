/*
 * Buffers of Arrow's bodies, compressed one by one.
 *
 *     [length of the plain bytes, int64][an LZ4 frame, or one of Zstandard]      length -1: what follows is plain
 */
#ifndef QUIPU_TOOLS_ARROW_COMPRESSION_H
#define QUIPU_TOOLS_ARROW_COMPRESSION_H

#include "base/arena.h"
#include "base/error.h"

/* By Arrow's numbers (format/Message.fbs, CompressionType). */
enum arrow_codec { ARROW_PLAIN = -1, ARROW_LZ4 = 0, ARROW_ZSTD = 1 };

/* The buffer's plain bytes: itself, or from the arena. An empty one stays so. Fails with DATA. */
bool arrow_decompress(struct arena *arena, enum arrow_codec codec, struct slice buffer,
                      struct slice *out, struct error *err) QUIPU_MUST_CHECK;

#endif
