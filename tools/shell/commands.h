/*
 * The shell's own commands: a backslash and a word.
 *
 *     command_run(&shell, slice_lit("\\format csv"))
 */
#ifndef QUIPU_TOOLS_SHELL_COMMANDS_H
#define QUIPU_TOOLS_SHELL_COMMANDS_H

#include "tools/shell/run.h"

enum command_result { COMMAND_OK, COMMAND_FAILED, COMMAND_QUIT };

/* Runs one line. FAILED: the error has been shown. */
enum command_result command_run(struct shell *shell, struct slice line);
/* The names, with their backslash, for completion: the n-th, NULL behind the last. */
const char *command_name(size_t n);

#endif
