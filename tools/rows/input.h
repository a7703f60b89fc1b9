/*
 * The bytes of a file or of standard input, decompressed, as a window that moves on.
 *
 *     input_open("people.csv.gz", &input, &err)         "-" is standard input
 *     struct slice bytes = input_bytes(input);          what is there now
 *     input_take(input, used);                          these are done with
 *     input_more(input, &err)                           and more behind the rest
 *
 * gzip, Zstandard, bzip2 and xz are known by their first bytes, from a pipe too. A text in another
 * encoding than UTF-8 can be converted: input_convert.
 */
#ifndef QUIPU_TOOLS_ROWS_INPUT_H
#define QUIPU_TOOLS_ROWS_INPUT_H

#include "base/error.h"
#include "base/slice.h"

/* So many are there from the start, where there are as many: what is to be known of a file is told
 * by these. */
enum { INPUT_START_BYTES = 1 << 16 };

struct input;

/*
 * Opens and reads the start. A pipe is waited for; but when a line of it is there, and nothing more
 * for a while, that is the start. The path is copied; the caller frees *out. Fails with IO; DATA:
 * damaged compressed bytes.
 */
bool input_open(const char *path, struct input **out, struct error *err) QUIPU_MUST_CHECK;
/* NULL is fine. */
void input_free(struct input *input);

/* The path, or "standard input": for messages. */
const char *input_title(const struct input *input);
/* The path, for a library that reads the file itself; NULL: standard input, or compressed. */
const char *input_plain_path(const struct input *input);
/* "gzip", ...; NULL: it is not compressed. */
const char *input_compression(const struct input *input);

/* Bytes that are there and not taken; valid until input_more. */
struct slice input_bytes(const struct input *input);
void input_take(struct input *input, size_t nbytes);
/*
 * Reads on: at least one byte more, or the end. It waits for one read only, as the next bytes of a
 * pipe may be late. Fails with IO, DATA; the message names the file.
 */
bool input_more(struct input *input, struct error *err) QUIPU_MUST_CHECK;
/* Nothing comes behind input_bytes. */
bool input_at_end(const struct input *input);
/* True when input_more would have to wait, for a pipe say. */
bool input_would_wait(const struct input *input);

/*
 * From the bytes on that are not taken, the text is made UTF-8 from this encoding (a name that
 * iconv knows). Fails with ENCODING: no such encoding. Bytes that are no character of it: input_more
 * fails with ENCODING.
 */
bool input_convert(struct input *input, const char *encoding, struct error *err) QUIPU_MUST_CHECK;

/* Bytes of the file, as it lies there, that were taken, about; and how many it has in all: -1 where
 * that is not known. */
int64_t input_done_bytes(const struct input *input);
int64_t input_total_bytes(const struct input *input);

#endif
