/*
 * Collects what a word may become. in: texts; out: a list, and what all of it begins with.
 *
 * Example: "survey" and "surf" begin with "sur": so much Tab puts there before it lists them.
 */
#include "tools/shell/choices.h"

void
choices_add(struct arena *arena, struct choices *choices, struct slice text)
{
    choices->texts =
        arena_room(arena, choices->texts, choices->n, &choices->capacity, sizeof *choices->texts);
    choices->texts[choices->n++] = arena_copy(arena, text);
}

size_t
choices_common(const struct choices *choices)
{
    size_t n = choices->n ? choices->texts[0].len : 0;
    for (size_t i = 1; i < choices->n; i++) {
        struct slice text = choices->texts[i];
        size_t k = 0;
        while (k < n && k < text.len && text.ptr[k] == choices->texts[0].ptr[k]) {
            k++;
        }
        n = k;
    }
    return n;
}
