/*
 * Where quipu-load's rows come from: records of cells, whatever the format.
 *
 *     struct source_options options = {.path = "people.csv.gz", .csv = dialect_no_wishes()};
 *     source_open(&options, &source, &err)
 *     source_fields(source, &nfields)                   {"key"} {"sex"} {"Origin State"}
 *     while ((status = source_next(source, &record, &err)) != SOURCE_END) ...
 *
 * Errors name the file and the place: "people.csv, line 17: 3 cells where the header has 20".
 *
 * Formats are format.h's.
 */
#ifndef QUIPU_TOOLS_ROWS_SOURCE_H
#define QUIPU_TOOLS_ROWS_SOURCE_H

#include "tools/rows/format.h"

struct source;

/*
 * Opens the file, sees what it is, and reads what stands before its rows. The options are borrowed
 * as long as it lives. The caller frees *out. Fails with IO, DATA, or the format's code.
 */
bool source_open(const struct source_options *options, struct source **out,
                 struct error *err) QUIPU_MUST_CHECK;
/* NULL is fine. */
void source_free(struct source *source);

/* The path, "standard input", or "the query". */
const char *source_title(const struct source *source);
/* "line": what a record's place counts. */
const char *source_unit(const struct source *source);
/* Appends how it is read: "CSV: ',', UTF-8". */
void source_read_as(const struct source *source, struct strbuf *out);
/* Appends what the user should know of it, a line each: "column 1 has no name: it is 'row'". */
void source_notes(const struct source *source, struct strbuf *out);
/* The same, of what is known when all records are read: "user-missing cells, left out: 12 of 'q1'". */
void source_summary(const struct source *source, struct strbuf *out);
/*
 * The fields so far, each name once and none empty. A format whose records name their own fields
 * (JSON) may add some with a record, behind those there were, and may add labels and separators; so
 * ask again behind source_next. The array is borrowed until then; the texts in it live as long as
 * the source.
 */
const struct source_field *source_fields(const struct source *source, size_t *nfields);
/* Whether cells of the field hold several values, as the format, the user or the dataset says. */
bool source_has_separator(const struct source *source, struct slice field);
/* The next record, borrowed until the next call. err: BAD, BROKEN. */
enum source_status source_next(struct source *source, struct source_record *record,
                               struct error *err) QUIPU_MUST_CHECK;
/* True when source_next would have to wait for bytes, from a pipe say. */
bool source_would_wait(const struct source *source);
/* How much has been read, and how much there is in all, for the progress: bytes of the file, mostly.
 * -1: that is not known. */
int64_t source_done(const struct source *source);
int64_t source_total(const struct source *source);

#endif
