/*
 * What a file says of its fields, told to the dataset: labels, and what stands between several values.
 *
 *     field_sayings_send(target, fields, nfields, &notes, &err)      DATASET ALTER, DATASET LABELS
 */
#ifndef QUIPU_TOOLS_FIELD_SAYINGS_H
#define QUIPU_TOOLS_FIELD_SAYINGS_H

#include "tools/rows/format.h"
#include "tools/target.h"

/* Appends a line to notes for labels that a server does not keep. Fails with IO, SERVER. */
bool field_sayings_send(struct target *target, const struct source_field *fields, size_t nfields,
                        struct strbuf *notes, struct error *err) QUIPU_MUST_CHECK;

#endif
