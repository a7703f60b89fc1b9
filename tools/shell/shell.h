/*
 * The shell: statements from what is typed, from a script, from -c.
 *
 *     shell_run_text(&shell, slice_lit("count from survey; ping"))
 *     shell_run_script(&shell, STDIN_FILENO)
 *     shell_run_terminal(&shell)
 */
#ifndef QUIPU_TOOLS_SHELL_SHELL_H
#define QUIPU_TOOLS_SHELL_SHELL_H

#include "tools/shell/run.h"

/* Borrows the options. Connects to nothing yet. */
void shell_init(struct shell *shell, const struct shell_options *options,
                const struct connection_address *address);
void shell_fini(struct shell *shell);
/* Each runs up to the end, to \q, or to the end of the program. True: all of it was answered. */
bool shell_run_text(struct shell *shell, struct slice text);
bool shell_run_script(struct shell *shell, int fd);
/* Who types has seen the errors. */
void shell_run_terminal(struct shell *shell);

#endif
