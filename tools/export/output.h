/*
 * A file that is there as a whole, or not at all: it is written beside its place, and renamed when
 * all of it is on the disk.
 *
 *     output_open("people.csv.gz", COMPRESSION_GZIP, &output, &err)
 *     output_write(output, bytes, &err)               any number of times
 *     output_commit(output, &err)                     it is there
 *     output_free(output)                             without commit: nothing is left
 *
 * Where the path is no regular file (a pipe, /dev/null), or "-", standard output, it is written as it
 * comes. SIGINT and SIGTERM remove what was written, say so and end the process with status 1.
 */
#ifndef QUIPU_TOOLS_EXPORT_OUTPUT_H
#define QUIPU_TOOLS_EXPORT_OUTPUT_H

#include "base/error.h"
#include "base/slice.h"

struct output;

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

/* ".gz", ".zst" at the end of a path. */
enum compression compression_of_path(struct slice path);

/* The path is borrowed. The caller frees *out. Fails with IO, which names the path, as all of these do. One at a time. */
bool output_open(const char *path, enum compression compression, struct output **out,
                 struct error *err) QUIPU_MUST_CHECK;
bool output_write(struct output *output, struct slice bytes, struct error *err) QUIPU_MUST_CHECK;
/* Where a library is to write, in place of output_write; NULL: nowhere, since it is written as it
 * comes. */
const char *output_path(const struct output *output);
/* Bytes that were written, or compressed to be so. */
uint64_t output_bytes(const struct output *output);
bool output_commit(struct output *output, struct error *err) QUIPU_MUST_CHECK;
/* NULL is ignored. */
void output_free(struct output *output);

#endif
