/*
 * Where the history of what was typed is kept.
 *
 *     history_file_path(path, sizeof path)      "/home/ann/.local/state/quipu/history"
 */
#ifndef QUIPU_TOOLS_SHELL_HISTORY_FILE_H
#define QUIPU_TOOLS_SHELL_HISTORY_FILE_H

#include "base/slice.h"

/*
 * $XDG_STATE_HOME/quipu/history, else ~/.local/state/quipu/history if there is such a state directory,
 * else ~/.quipu_history. Makes the directory. False: there is no place for it.
 */
bool history_file_path(char *path, size_t size);
/* Whether a statement may have a password in it, and is not to be kept. */
bool history_is_secret(struct slice text);

#endif
