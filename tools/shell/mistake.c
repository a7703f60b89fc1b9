/*
 * Points at the place of an error. in: an error's text and the query; out: lines.
 *
 * Example: "... at column 24: ..." of a query of two lines shows the second one, if the 24th byte
 * stands in it.
 */
#include "tools/shell/mistake.h"

#include "base/width.h"
#include "parser/error_place.h"

enum { CARETS_MOST = 40 };

/* The carets under a token; where there is none, one. */
static size_t
token_cells(struct slice token)
{
    size_t cells = width_of(token);
    return cells == 0 ? 1 : cells > CARETS_MOST ? CARETS_MOST : cells;
}

void
mistake_append(struct strbuf *out, struct slice error, struct slice query)
{
    strbuf_append(out, error);
    size_t at, behind;
    if (!error_place(error, query, &at, &behind)) {
        return;
    }
    size_t start = at, end = at;
    while (start > 0 && query.ptr[start - 1] != '\n') {
        start--;
    }
    while (end < query.len && query.ptr[end] != '\n') {
        end++;
    }
    strbuf_append_str(out, "\n  ");
    width_append(out, slice_of(query.ptr + start, end - start));
    strbuf_append_str(out, "\n  ");
    size_t cells = width_of(slice_of(query.ptr + start, at - start));
    strbuf_printf(out, "%*s", (int) cells, "");
    for (size_t i = token_cells(slice_of(query.ptr + at, behind - at)); i > 0; i--) {
        strbuf_append_char(out, '^');
    }
}
