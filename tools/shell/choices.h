/*
 * What a word may become: texts that may stand in its place.
 *
 *     choices_add(arena, &choices, slice_lit("sex"))
 */
#ifndef QUIPU_TOOLS_SHELL_CHOICES_H
#define QUIPU_TOOLS_SHELL_CHOICES_H

#include "base/arena.h"

struct choices {
    size_t at;           /* where the word begins, in the text */
    struct slice *texts; /* what may stand in its place, quoted as it must be; in the arena */
    size_t n, capacity;
    bool is_open; /* the only one is a beginning: a directory */
};

/* The text is copied. */
void choices_add(struct arena *arena, struct choices *choices, struct slice text);
/* How many bytes all choices begin with. */
size_t choices_common(const struct choices *choices);

#endif
