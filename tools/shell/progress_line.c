/*
 * Shows how long a query has taken, and how far it is. in: ticks; out: a line on the terminal.
 *
 * Example: after a second the server is asked by QUERY LIST, on the connection that completion uses,
 * about the query of this connection. Who may not ask sees the time alone.
 */
#include "tools/shell/progress_line.h"

#include <stdio.h>

enum { SHOWN_FROM_MS = 500, ASKED_FROM_MS = 1000, ASKED_EVERY_MS = 1000 };

void
progress_line_tick(void *arg, int waited_ms)
{
    struct progress_line *line = arg;
    if (waited_ms < SHOWN_FROM_MS || !line->screen) {
        return;
    }
    if (waited_ms >= ASKED_FROM_MS && waited_ms - line->asked_ms >= ASKED_EVERY_MS) {
        line->asked_ms = waited_ms;
        aside_query_progress(line->aside, dialog_client_id(line->dialog), &line->done, &line->all);
    }
    char text[96], parts[48] = "";
    if (line->all > 0) {
        snprintf(parts, sizeof parts, ", %lld of %lld parts", (long long) line->done,
                 (long long) line->all);
    }
    snprintf(text, sizeof text, "%.1f s%s; Ctrl-C cancels", waited_ms / 1000.0, parts);
    screen_progress(line->screen, text);
    line->is_shown = true;
}

void
progress_line_end(struct progress_line *line)
{
    if (line->is_shown) {
        screen_progress(line->screen, "");
    }
}
