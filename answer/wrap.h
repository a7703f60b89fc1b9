/*
 * Text in lines of so many cells of a terminal.
 *
 *     wrap(arena, slice_lit("Never married"), 8, lines)      "Never", "married": 2
 */
#ifndef QUIPU_ANSWER_WRAP_H
#define QUIPU_ANSWER_WRAP_H

#include "base/arena.h"

enum { WRAP_LINES_MOST = 3 };

/* The text as it is shown (base/width.h), in the arena: it has no control character, and is UTF-8. */
struct slice text_shown(struct arena *arena, struct slice text);

/*
 * Breaks text at blanks, or where there is none anywhere; returns how many lines there are, at least
 * one. What the last one does not hold is an ellipsis. The text is as it is shown; lines are borrowed from
 * it, or in the arena.
 */
size_t wrap(struct arena *arena, struct slice text, size_t ncells,
            struct slice lines[WRAP_LINES_MOST]);

#endif
