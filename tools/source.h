/*
 * A CSV file with a header, read from front to back: where quipu-load's rows come from.
 *
 *     source_open("people.csv", &source, &err)          "-" is standard input
 *     source_names(source, &nnames)                     {"key"} {"sex"} {"Origin State"}
 *     while ((status = source_next(source, &record, &err)) != SOURCE_END) ...
 *
 * Errors name the file and the line: "people.csv, line 17: 3 cells where the header has 20".
 */
#ifndef QUIPU_TOOLS_SOURCE_H
#define QUIPU_TOOLS_SOURCE_H

#include "base/error.h"
#include "tools/csv.h"

enum source_status {
    SOURCE_OK,
    SOURCE_END,
    SOURCE_BAD,   /* this line is malformed; the next call goes on behind it */
    SOURCE_BROKEN /* the file cannot be read any further */
};

struct source;

/* Opens and reads the header. Fails with IO or CSV. The path is copied; the caller frees *out. */
bool source_open(const char *path, struct source **out, struct error *err) QUIPU_MUST_CHECK;
void source_free(struct source *source);

/* The path, or "standard input". */
const char *source_title(const struct source *source);
/* The header's names, each once and none empty. Borrowed, stable until source_free. */
const struct slice *source_names(const struct source *source, size_t *nnames);
/* The next record, with as many cells as the header; borrowed until the next call. err: BAD,
 * BROKEN. */
enum source_status source_next(struct source *source, struct csv_record *record,
                               struct error *err) QUIPU_MUST_CHECK;
/* True when source_next would have to wait for bytes, from a pipe say. */
bool source_would_wait(const struct source *source);
/* How many bytes have been taken, and how many there are in all: -1 where that is not known. */
int64_t source_bytes(const struct source *source);
int64_t source_total_bytes(const struct source *source);

#endif
