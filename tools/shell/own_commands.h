/*
 * The shell's own commands: a backslash and a word.
 *
 *     own_command_run(&shell, slice_lit("\\format csv"))
 */
#ifndef QUIPU_TOOLS_SHELL_OWN_COMMANDS_H
#define QUIPU_TOOLS_SHELL_OWN_COMMANDS_H

#include "tools/shell/run.h"

enum own_result { OWN_OK, OWN_FAILED, OWN_QUIT };

/* Runs one line. FAILED: the error has been shown. */
enum own_result own_command_run(struct shell *shell, struct slice line);
/* The names, with their backslash, for completion: the n-th, NULL behind the last. */
const char *own_command_name(size_t n);

#endif
