/*
 * Breaks text into lines. in: text, and how many cells a line has; out: lines, as they are shown.
 *
 * Example: "Widowed, divorced or separated" in 10 cells is "Widowed,", "divorced", "or separ…".
 */
#include "answer/wrap.h"

#include "base/utf8.h"
#include "base/width.h"

/* How many bytes of the text stand in the next line, and how many are taken off with it. */
static size_t
line_bytes(struct slice text, size_t ncells, size_t *ntaken)
{
    size_t blank = 0, n = 0, used = 0;
    struct slice rest = text;
    while (rest.len) {
        struct slice before = rest;
        bool is_blank = rest.ptr[0] == ' ';
        (void) utf8_take(&rest);
        size_t len = before.len - rest.len;
        used += width_of(slice_of(before.ptr, len));
        if (is_blank && n > 0) {
            blank = n;
        }
        if (used > ncells && n > 0) {
            size_t end = blank ? blank : n;
            *ntaken = blank ? blank + 1 : n;
            return end;
        }
        n += len;
    }
    *ntaken = text.len;
    return text.len;
}

struct slice
text_shown(struct arena *arena, struct slice text)
{
    struct strbuf out;
    strbuf_init(&out);
    width_append(&out, text);
    struct slice shown = arena_copy(arena, strbuf_slice(&out));
    strbuf_fini(&out);
    return shown;
}

size_t
wrap(struct arena *arena, struct slice text, size_t ncells, struct slice lines[WRAP_LINES_MOST])
{
    struct strbuf out;
    size_t nlines = 0;
    strbuf_init(&out);
    struct slice rest = text;
    do {
        size_t ntaken, n = line_bytes(rest, ncells, &ntaken);
        bool is_last = nlines + 1 == WRAP_LINES_MOST;
        if (is_last && width_of(rest) > ncells) {
            strbuf_clear(&out);
            width_fit(&out, rest, ncells, WIDTH_LEFT);
            lines[nlines++] = arena_copy(arena, strbuf_slice(&out));
            break;
        }
        lines[nlines++] = slice_of(rest.ptr, is_last ? rest.len : n);
        rest = is_last ? slice_of(rest.ptr, 0) : slice_of(rest.ptr + ntaken, rest.len - ntaken);
    } while (rest.len);
    strbuf_fini(&out);
    return nlines;
}
