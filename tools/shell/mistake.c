/*
 * Points at the place of an error. in: an error's text and the query; out: lines.
 *
 * Example: "... at column 24: ..." of a query of two lines shows the second one, if the 24th byte
 * stands in it.
 */
#include "tools/shell/mistake.h"

#include "base/width.h"
#include "parser/next.h"

enum { CARETS_MOST = 40 };

/* The number behind "at column ", from 1; 0: there is none. */
static size_t
column_of(struct slice error)
{
    static const char WORDS[] = " at column ";
    const char *found = memmem(error.ptr, error.len, WORDS, sizeof WORDS - 1);
    size_t column = 0;
    if (found) {
        const char *end = error.ptr + error.len;
        for (found += sizeof WORDS - 1; found < end && *found >= '0' && *found <= '9'; found++) {
            column = column > 100000000 ? column : column * 10 + (size_t) (*found - '0');
        }
    }
    return column;
}

/* The cells of the token that begins a text. */
static size_t
token_cells(struct slice text)
{
    size_t cells = width_of(next_first_token(text));
    return cells == 0 ? 1 : cells > CARETS_MOST ? CARETS_MOST : cells;
}

void
mistake_append(struct strbuf *out, struct slice error, struct slice query)
{
    strbuf_append(out, error);
    size_t column = column_of(error);
    if (column == 0 || column > query.len + 1) {
        return;
    }
    size_t at = column - 1, start = at, end = at;
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
    for (size_t i = token_cells(slice_of(query.ptr + at, end - at)); i > 0; i--) {
        strbuf_append_char(out, '^');
    }
}
