/*
 * A file's rows, loaded into a dataset.
 *
 *     load_file(&options)      true: every row is in, or was skipped because of --skip-errors
 *
 * What is told as loaded was acknowledged by the server.
 */
#ifndef QUIPU_TOOLS_LOAD_FILE_H
#define QUIPU_TOOLS_LOAD_FILE_H

#include "tools/load_options.h"

/* Says on standard error what was wrong, and how it went. With --dry-run nothing is loaded. */
bool load_file(const struct load_options *options);

#endif
