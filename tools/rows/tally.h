/*
 * What cells of each field are: numbers, dates, words for missing values.
 *
 *     tally_add(tally, fields, nfields, &record)        for each record
 *     tally_notes(tally, source, &text)       "45 cells of 'Pulse' are 'NA' among numbers: --na NA makes them missing"
 *     tally_kind(tally, field, &text)                   "number", "date", "text", "empty"
 */
#ifndef QUIPU_TOOLS_ROWS_TALLY_H
#define QUIPU_TOOLS_ROWS_TALLY_H

#include "base/strbuf.h"
#include "tools/rows/format.h"

enum { TALLY_EXAMPLES = 3, TALLY_EXAMPLE_BYTES = 24 };

struct source;
struct tally;

/*
 * is_full: dates are looked for, examples are kept, and all notes are given. Else numbers alone, of
 * all records: that costs a load next to nothing. The caller frees it.
 */
struct tally *tally_new(bool is_full);
/* NULL is fine. */
void tally_free(struct tally *tally);
/* The record has a cell for each of the fields, whose names live as long as the tally. */
void tally_add(struct tally *tally, const struct source_field *fields, size_t nfields,
               const struct source_record *record);
/* Appends what a user should know before he counts: a line each. source: where the records are from. */
void tally_notes(const struct tally *tally, const struct source *source, struct strbuf *out);

/* How many records had a cell, and what they are. For a full tally. */
uint64_t tally_filled(const struct tally *tally, size_t field);
void tally_kind(const struct tally *tally, size_t field, struct strbuf *out);
/* Appends the first values that differ: "female, male". */
void tally_examples(const struct tally *tally, size_t field, struct strbuf *out);

#endif
