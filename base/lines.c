/*
 * Text that is answered line by line, as EXPLAIN's, is gathered here. in: pieces of a line, or a
 * line; out: a list of lines in an arena.
 */
#include "base/lines.h"

void
lines_init(struct lines *lines, struct arena *arena)
{
    *lines = (struct lines){.arena = arena};
    strbuf_init(&lines->text);
}

void
lines_fini(struct lines *lines)
{
    strbuf_fini(&lines->text);
}

void
lines_add(struct lines *lines, struct slice line)
{
    lines->items =
        arena_room(lines->arena, lines->items, lines->count, &lines->capacity, sizeof line);
    lines->items[lines->count++] = arena_copy(lines->arena, line);
}

void
lines_end(struct lines *lines)
{
    lines_add(lines, strbuf_slice(&lines->text));
    strbuf_clear(&lines->text);
}
