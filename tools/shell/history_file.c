/*
 * Finds the history's place. in: the environment; out: a path.
 *
 * Example: without a home there is none, and nothing is kept.
 */
#include "tools/shell/history_file.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool
history_file_path(char *path, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (state && *state) {
        n = snprintf(path, size, "%s/quipu", state);
    } else if (home && *home) {
        n = snprintf(path, size, "%s/.local/state", home);
        bool has_state = n > 0 && (size_t) n < size && access(path, W_OK) == 0;
        n = has_state ? snprintf(path, size, "%s/.local/state/quipu", home) : -1;
    }
    if (n > 0 && (size_t) n + sizeof "/history" <= size) {
        (void) mkdir(path, 0700);
        if (access(path, W_OK) == 0) {
            snprintf(path + n, size - (size_t) n, "/history");
            return true;
        }
    }
    n = home && *home ? snprintf(path, size, "%s/.quipu_history", home) : -1;
    return n > 0 && (size_t) n < size;
}

bool
history_is_secret(struct slice text)
{
    static const char *const BEGINNINGS[] = {"auth", "hello", "acl", "config", "migrate"};
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof *BEGINNINGS; i++) {
        size_t n = strlen(BEGINNINGS[i]);
        if (text.len > n && isspace((unsigned char) text.ptr[n]) &&
            slice_equal_nocase(slice_of(text.ptr, n), slice_str(BEGINNINGS[i]))) {
            return true;
        }
    }
    return false;
}
