/*
 * Where answers go: a terminal, through a pager where they are longer than it; a pipe; a file.
 *
 *     screen_show(&screen, text)            "sex     count\n..."
 *     screen_error(&screen, "SYNTAX at column 3: ...")
 *
 * Colours are for terminals alone, and for those who have not set NO_COLOR.
 */
#ifndef QUIPU_TOOLS_SHELL_SCREEN_H
#define QUIPU_TOOLS_SHELL_SCREEN_H

#include <stdio.h>

#include "base/error.h"
#include "base/strbuf.h"

struct screen {
    bool is_terminal;    /* standard output is one */
    bool is_interactive; /* standard input is one, too: a pager has somebody to serve */
    bool has_colours;    /* of standard error */
    bool has_failed;     /* an answer could not be written */
    FILE *file;          /* NULL: standard output */
};

void screen_init(struct screen *screen);
/* Closes the file. */
void screen_fini(struct screen *screen);
/* Writes the following answers into a file, made anew. NULL: to standard output again. Fails with IO. */
bool screen_open_file(struct screen *screen, const char *path, struct error *err) QUIPU_MUST_CHECK;
/* The terminal's size in cells; 80 and 24 where there is none. COLUMNS, if it is set, is the width. */
size_t screen_width(const struct screen *screen);
size_t screen_height(const struct screen *screen);
/* Writes an answer, which ends in a line's end. What cannot be written is said, and has_failed is set;
 * not so where the reader of a pipe has seen enough. */
void screen_show(struct screen *screen, struct slice text);
/* Writes to people: on standard error, in red where there are colours. A line's end is added. */
void screen_error(const struct screen *screen, const char *text);
/* A line on standard error that is written over itself; "" wipes it. Nothing where it is no terminal. */
void screen_progress(const struct screen *screen, const char *line);

#endif
