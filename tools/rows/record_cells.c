/*
 * Cells of a record. in: texts, here and there; out: slices.
 *
 * The text moves while it grows. So a cell that is made is a length at first, and gets its place when all are there.
 */
#include "tools/rows/record_cells.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/empty_text.h"

void
record_cells_init(struct record_cells *cells, bool keeps_empty_texts)
{
    *cells = (struct record_cells){.keeps_empty_texts = keeps_empty_texts};
}

void
record_cells_fini(struct record_cells *cells)
{
    strbuf_fini(&cells->text);
    free(cells->list);
}

void
record_cells_clear(struct record_cells *cells)
{
    strbuf_clear(&cells->text);
    cells->n = 0;
    cells->nmade = 0;
}

void
record_cells_add(struct record_cells *cells, struct slice cell)
{
    cells->list = must_room(cells->list, cells->n, &cells->capacity, sizeof *cells->list);
    cells->list[cells->n++] = slice_of(cell.ptr ? cell.ptr : "", cell.len);
}

void
record_cells_add_made(struct record_cells *cells)
{
    cells->list = must_room(cells->list, cells->n, &cells->capacity, sizeof *cells->list);
    cells->list[cells->n++] = slice_of(NULL, cells->text.len - cells->nmade);
    cells->nmade = cells->text.len;
}

void
record_cells_add_value(struct record_cells *cells, bool is_there, struct slice value)
{
    bool is_made = is_there && !value.ptr;
    bool is_empty = !(is_made ? cells->text.len - cells->nmade : value.len);
    if (is_there && is_empty && cells->keeps_empty_texts) {
        record_cells_add(cells, empty_text());
    } else if (is_made) {
        record_cells_add_made(cells);
    } else {
        record_cells_add(cells, is_there ? value : slice_lit(""));
    }
}

const struct slice *
record_cells_slices(struct record_cells *cells)
{
    const char *made = strbuf_slice(&cells->text).ptr;
    for (size_t i = 0; i < cells->n; i++) {
        if (!cells->list[i].ptr) {
            cells->list[i].ptr = made;
            made += cells->list[i].len;
        }
    }
    return cells->list;
}
