/*
 * The line that is shown while a query takes long.
 *
 *     4.2 s, 12 of 64 partitions; Ctrl-C cancels
 */
#ifndef QUIPU_TOOLS_SHELL_PROGRESS_LINE_H
#define QUIPU_TOOLS_SHELL_PROGRESS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/shell/aside.h"
#include "tools/shell/dialog.h"
#include "tools/shell/screen.h"

struct progress_line {
    const struct screen *screen; /* NULL: nothing is shown */
    const struct dialog *dialog; /* which waits */
    struct aside *aside;         /* by which the server is asked */
    bool is_shown;
    int asked_ms;      /* when the server was last asked how far it is */
    int64_t done, all; /* 0: it has not said */
};

/* arg is the line. For dialog_wait. */
void progress_line_tick(void *arg, int waited_ms);
/* Wipes it. */
void progress_line_end(struct progress_line *line);

#endif
