/*
 * One export: from a question to a file.
 *
 *     export_run(arena, &options)      true: the file is there, as a whole
 */
#ifndef QUIPU_TOOLS_EXPORT_EXPORT_H
#define QUIPU_TOOLS_EXPORT_EXPORT_H

#include "base/arena.h"
#include "tools/export/options.h"

/* Says on standard error what was wrong, what the file does not hold, and how it went. */
bool export_run(struct arena *arena, const struct export_options *options);

#endif
