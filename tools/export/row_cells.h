/*
 * A row's cells, by column, from texts that come one after the other.
 *
 *     row_cells_start(cells, slice_lit("profile_1"))
 *     row_cells_set(cells, slice_lit("sex"), slice_lit("female"))
 *     use(row_cells_end(cells))                       {"profile_1", "female", missing, ...}
 */
#ifndef QUIPU_TOOLS_EXPORT_ROW_CELLS_H
#define QUIPU_TOOLS_EXPORT_ROW_CELLS_H

#include "base/arena.h"
#include "tools/export/column.h"

struct row_cells;

/* Borrows the table, whose columns do not change any more. Lives in the arena, until row_cells_fini. */
struct row_cells *row_cells_new(struct arena *arena, const struct export_table *table);
void row_cells_fini(struct row_cells *cells);

/* Forgets the row before. Names go into the column of keys. Texts are copied. */
void row_cells_start(struct row_cells *cells, struct slice name);
/* A field that has no column is remembered for row_cells_unknown. */
void row_cells_set(struct row_cells *cells, struct slice field, struct slice text);
/* The columns that are no keys, from 0 on. */
void row_cells_set_nth(struct row_cells *cells, size_t nth, struct slice text);
/* A cell for each column; ptr NULL: missing. Valid until the next row. */
const struct slice *row_cells_end(struct row_cells *cells);

/* The first field that had no column; empty: there was none. */
struct slice row_cells_unknown(const struct row_cells *cells);

#endif
