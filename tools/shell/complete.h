/*
 * What the word at the cursor may become.
 *
 *     complete(arena, aside, "count se", 8, &choices)        at 6: "sex"
 */
#ifndef QUIPU_TOOLS_SHELL_COMPLETE_H
#define QUIPU_TOOLS_SHELL_COMPLETE_H

#include "tools/shell/aside.h"
#include "tools/shell/choices.h"

/* The text is a whole statement, of which the cursor, bytes from 0, is at the end of the word. */
void complete(struct arena *arena, struct aside *aside, struct slice text, size_t cursor,
              struct choices *out);

#endif
