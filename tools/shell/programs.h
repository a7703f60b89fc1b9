/*
 * Other programs of ours, which stand beside this one, as children.
 *
 *     program_start(argv, NULL, false, &pid, &err)      argv[0] "quipu-load"
 *     signals_wait_child(pid)
 */
#ifndef QUIPU_TOOLS_SHELL_PROGRAMS_H
#define QUIPU_TOOLS_SHELL_PROGRAMS_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Starts the program argv[0] from this program's directory, or else from PATH. log_path: a file for
 * its output and errors; NULL: they are ours. is_apart: the terminal's Ctrl-C is not for it, and it is
 * asked to end when this program dies. Fails with IO.
 */
bool program_start(char *const *argv, const char *log_path, bool is_apart, pid_t *pid,
                   struct error *err) QUIPU_MUST_CHECK;

#endif
