/*
 * Cells of a record. in: texts, here and there; out: slices.
 *
 * The text moves while it grows. So a cell that is made is a length at first, and gets its place when all are there.
 */
#include "tools/rows/cells.h"

#include <stdlib.h>

#include "base/must.h"

void
cells_init(struct cells *cells)
{
    *cells = (struct cells){0};
}

void
cells_fini(struct cells *cells)
{
    strbuf_fini(&cells->text);
    free(cells->list);
}

void
cells_clear(struct cells *cells)
{
    strbuf_clear(&cells->text);
    cells->n = 0;
    cells->nmade = 0;
}

void
cells_add(struct cells *cells, struct slice cell)
{
    cells->list = must_room(cells->list, cells->n, &cells->capacity, sizeof *cells->list);
    cells->list[cells->n++] = slice_of(cell.ptr ? cell.ptr : "", cell.len);
}

void
cells_add_made(struct cells *cells)
{
    cells->list = must_room(cells->list, cells->n, &cells->capacity, sizeof *cells->list);
    cells->list[cells->n++] = slice_of(NULL, cells->text.len - cells->nmade);
    cells->nmade = cells->text.len;
}

const struct slice *
cells_slices(struct cells *cells)
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
