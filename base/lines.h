/*
 * Text line by line, as EXPLAIN and PROFILE answer it. The lines are in an arena.
 *
 *     struct lines lines;
 *     lines_init(&lines, arena);
 *     strbuf_append_str(&lines.text, "method   ");      a line, piece by piece
 *     strbuf_append_str(&lines.text, "sets");
 *     lines_end(&lines);
 *     lines_add(&lines, slice_lit("  dim    sex"));     a line at once
 *     lines_fini(&lines);
 *     use(lines.items, lines.count);
 */
#ifndef QUIPU_BASE_LINES_H
#define QUIPU_BASE_LINES_H

#include "base/arena.h"
#include "base/strbuf.h"

struct lines {
    struct arena *arena;
    struct slice *items;
    size_t count, capacity;
    struct strbuf text; /* the line being written */
};

/* arena is borrowed. */
void lines_init(struct lines *lines, struct arena *arena);
/* Gives back what the line being written took. The items stay valid: they are the arena's. */
void lines_fini(struct lines *lines);
/* What stands in text becomes a line. */
void lines_end(struct lines *lines);
/* line is copied. What stands in text stays there. */
void lines_add(struct lines *lines, struct slice line);

#endif
