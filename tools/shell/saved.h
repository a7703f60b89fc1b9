/*
 * The queries that the user keeps at the server: `\saved`, `\save`.
 *
 *     saved_show(shell)                          by sex  count sex from survey
 *     saved_keep(shell, slice_lit("by sex"))     keeps the last query
 *     saved_run(shell, slice_lit("by sex"))      runs it
 */
#ifndef QUIPU_TOOLS_SHELL_SAVED_H
#define QUIPU_TOOLS_SHELL_SAVED_H

#include "tools/shell/run.h"

/* Lists them. False: the error has been shown; as of the others. */
bool saved_show(struct shell *shell);
/* Keeps the last query under a name. */
bool saved_keep(struct shell *shell, struct slice name);
/* Runs the one of that name, which is the last query from then on. */
bool saved_run(struct shell *shell, struct slice name);

#endif
