/*
 * Writes answers where they are to go. in: text; out: a terminal, a pager's input, a file.
 *
 * Example: a table of 200 lines on a terminal of 50 goes through `less -S -F -X`; the same in a pipe
 * is written as it is.
 */
#include "tools/shell/screen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/width.h"
#include "tools/shell/signals.h"

enum { WIDTH_DEFAULT = 80, HEIGHT_DEFAULT = 24, LEAST_CELLS = 20, MOST_CELLS = 10000 };

void
screen_init(struct screen *screen)
{
    bool has_error_terminal = isatty(STDERR_FILENO);
    *screen = (struct screen){.is_terminal = isatty(STDOUT_FILENO),
                              .has_colours = has_error_terminal && !getenv("NO_COLOR")};
    screen->is_interactive = screen->is_terminal && isatty(STDIN_FILENO);
}

void
screen_fini(struct screen *screen)
{
    if (screen->file) {
        fclose(screen->file);
        screen->file = NULL;
    }
}

bool
screen_open_file(struct screen *screen, const char *path, struct error *err)
{
    FILE *file = path ? fopen(path, "w") : NULL;
    if (path && !file) {
        return error_set(err, "IO", "%s: %s", path, strerror(errno));
    }
    screen_fini(screen);
    screen->file = file;
    return true;
}

/* -- sizes ------------------------------------------------------------------------------------- */

static struct winsize
size_of_terminal(const struct screen *screen)
{
    struct winsize size = {0};
    if (screen->is_terminal) {
        (void) ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    }
    return size;
}

size_t
screen_width(const struct screen *screen)
{
    const char *columns = getenv("COLUMNS");
    int64_t told;
    size_t width = size_of_terminal(screen).ws_col;
    if (columns && slice_to_int64(slice_str(columns), &told) && told > 0) {
        width = (size_t) told;
    }
    width = width ? width : WIDTH_DEFAULT;
    return width < LEAST_CELLS ? LEAST_CELLS : width > MOST_CELLS ? MOST_CELLS : width;
}

size_t
screen_height(const struct screen *screen)
{
    size_t height = size_of_terminal(screen).ws_row;
    return height ? height : HEIGHT_DEFAULT;
}

/* Whether a text is longer than the screen, or wider. */
static bool
is_too_large(const struct screen *screen, struct slice text)
{
    size_t nlines = 0, width = screen_width(screen), height = screen_height(screen);
    while (text.len) {
        struct slice line = slice_shift(&text, '\n');
        if (++nlines >= height || width_of(line) > width) {
            return true;
        }
    }
    return false;
}

/* -- writing ----------------------------------------------------------------------------------- */

/* False: the pager could not be started. */
static bool
page(struct slice text)
{
    const char *pager = getenv("PAGER");
    if (!pager || !*pager) {
        pager = "less -S -F -X";
    }
    int ends[2];
    if (pipe(ends) != 0) {
        return false;
    }
    pid_t pid = fork();
    if (pid == 0) {
        signals_restore();
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/bin/sh", "sh", "-c", pager, (char *) NULL);
        _exit(127);
    }
    close(ends[0]);
    for (size_t at = 0; pid > 0 && at < text.len;) {
        ssize_t n = write(ends[1], text.ptr + at, text.len - at);
        if (n < 0 && errno != EINTR) {
            break; /* the reader has seen enough */
        }
        at += n > 0 ? (size_t) n : 0;
    }
    close(ends[1]);
    return pid > 0 && signals_wait_child(pid) != 127;
}

void
screen_show(struct screen *screen, struct slice text)
{
    if (!screen->file && screen->is_interactive && is_too_large(screen, text) && page(text)) {
        return;
    }
    FILE *to = screen->file ? screen->file : stdout;
    bool ok = fwrite(text.ptr, 1, text.len, to) == text.len;
    ok = fflush(to) == 0 && ok;
    if (!ok && errno != EPIPE) {
        char message[128];
        snprintf(message, sizeof message, "the answer cannot be written: %s", strerror(errno));
        screen_error(screen, message);
        screen->has_failed = true;
    }
}

void
screen_error(const struct screen *screen, const char *text)
{
    fflush(stdout);
    fprintf(stderr, screen->has_colours ? "\033[31m%s\033[0m\n" : "%s\n", text);
}

void
screen_progress(const struct screen *screen, const char *line)
{
    if (screen->is_interactive && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%s", line);
        fflush(stderr);
    }
}
