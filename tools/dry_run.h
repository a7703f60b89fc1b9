/*
 * A file, read and not loaded: how it is read, its first rows, and what its fields are.
 *
 *     dry_run(source, "id")       writes to standard output
 */
#ifndef QUIPU_TOOLS_DRY_RUN_H
#define QUIPU_TOOLS_DRY_RUN_H

#include "tools/rows/source.h"

/* Reads to the end. key_field: a constant or NULL, for what is said of keys. skip_errors: malformed
 * records are counted. Fails with what the source says. */
bool dry_run(struct source *source, const char *key_field, bool skip_errors,
             struct error *err) QUIPU_MUST_CHECK;

#endif
