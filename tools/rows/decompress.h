/*
 * Compressed bytes made plain again: gzip, Zstandard, bzip2 and xz, known by their first bytes.
 *
 *     struct decompressor *d = decompressor_new(first_bytes);      NULL: it is none of them
 *     while (decompressor_run(d, &in, at_end, out, capacity, &made, &err)) ...
 *     decompressor_free(d)
 *
 * Several compressed files one behind the other are one file, as their own programs have it.
 */
#ifndef QUIPU_TOOLS_ROWS_DECOMPRESS_H
#define QUIPU_TOOLS_ROWS_DECOMPRESS_H

#include "base/error.h"
#include "base/slice.h"

enum { DECOMPRESS_MAGIC_BYTES = 10 }; /* so many tell what it is */

struct decompressor;

/* NULL where the bytes begin none of the four. The caller frees it. */
struct decompressor *decompressor_new(struct slice first_bytes);
/* NULL is fine. */
void decompressor_free(struct decompressor *decompressor);
/* "gzip", ... */
const char *decompressor_name(const struct decompressor *decompressor);
/*
 * Takes bytes off the front of *in and writes up to capacity plain ones, which may be none where it
 * needs more. at_end: nothing comes behind *in. Then, with *in empty and *made 0, that was all.
 * Fails with DATA: damaged, or the end is missing.
 */
bool decompressor_run(struct decompressor *decompressor, struct slice *in, bool at_end, char *out,
                      size_t capacity, size_t *made, struct error *err) QUIPU_MUST_CHECK;

#endif
