/*
 * What the word at the cursor may become.
 *
 *     complete(arena, aside, "count se", 8, &choices)        at 6: "sex"
 */
#ifndef QUIPU_TOOLS_SHELL_COMPLETE_H
#define QUIPU_TOOLS_SHELL_COMPLETE_H

#include "base/arena.h"
#include "tools/shell/aside.h"

struct choices {
    size_t at;           /* where the word begins, in the text */
    struct slice *texts; /* what may stand in its place, quoted as it must be; in the arena */
    size_t n, capacity;
    bool is_open; /* the only one is a beginning: a directory */
};

/* The text is a whole statement, of which the cursor, bytes from 0, is at the end of the word. */
void complete(struct arena *arena, struct aside *aside, struct slice text, size_t cursor,
              struct choices *out);
/* How many bytes all choices begin with. */
size_t complete_common(const struct choices *choices);

#endif
