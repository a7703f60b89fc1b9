/*
 * A record's cells, of which some are texts that are made and others lie where they are.
 *
 *     cells_clear(&cells)
 *     strbuf_append_int(&cells.text, 7);  cells_add_made(&cells)        {7}
 *     cells_add(&cells, slice_lit("Ohio"))                              {7} {Ohio}
 *     cells_slices(&cells)                                              both
 */
#ifndef QUIPU_TOOLS_ROWS_CELLS_H
#define QUIPU_TOOLS_ROWS_CELLS_H

#include "base/strbuf.h"

struct cells {
    struct strbuf text;
    struct slice *list; /* ptr NULL: so many bytes of the text, behind those of the cells before */
    size_t n, capacity;
    size_t nmade; /* bytes of the text that belong to cells */
};

void cells_init(struct cells *cells);
void cells_fini(struct cells *cells);
void cells_clear(struct cells *cells);
/* A cell that lies elsewhere, until the next clear at least. */
void cells_add(struct cells *cells, struct slice cell);
/* A cell of what was appended to the text since the last one that was made. */
void cells_add_made(struct cells *cells);
/* All n of them; valid until the next clear. Called once. */
const struct slice *cells_slices(struct cells *cells);

#endif
