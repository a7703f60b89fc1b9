/*
 * A record's cells, of which some are texts that are made and others lie where they are.
 *
 *     record_cells_clear(&cells)
 *     strbuf_append_int(&cells.text, 7);  record_cells_add_made(&cells)        {7}
 *     record_cells_add(&cells, slice_lit("Ohio"))                              {7} {Ohio}
 *     record_cells_slices(&cells)                                              both
 */
#ifndef QUIPU_TOOLS_ROWS_RECORD_CELLS_H
#define QUIPU_TOOLS_ROWS_RECORD_CELLS_H

#include "base/strbuf.h"

struct record_cells {
    struct strbuf text;
    struct slice *list; /* ptr NULL: so many bytes of the text, behind those of the cells before */
    size_t n, capacity;
    size_t nmade;           /* bytes of the text that belong to cells */
    bool keeps_empty_texts; /* a value without bytes is a text, and not a missing one */
};

void record_cells_init(struct record_cells *cells, bool keeps_empty_texts);
void record_cells_fini(struct record_cells *cells);
void record_cells_clear(struct record_cells *cells);
/* A cell that lies elsewhere, until the next clear at least. */
void record_cells_add(struct record_cells *cells, struct slice cell);
/* A cell of what was appended to the text since the last one that was made. */
void record_cells_add_made(struct record_cells *cells);
/* A value as formats give it: what was appended to the text where its ptr is NULL; none: a missing one. */
void record_cells_add_value(struct record_cells *cells, bool is_there, struct slice value);
/* All n of them; valid until the next clear. Called once. */
const struct slice *record_cells_slices(struct record_cells *cells);

#endif
