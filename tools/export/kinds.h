/*
 * What the columns are, told by every cell.
 *
 *     kinds_add(kinds, cells)           once per row
 *     kinds_end(kinds, &table)          sets kind, least, most ... of the columns
 *
 * A column is of numbers if every value of it is one that comes back the same from a double: 0.1 does,
 * 12345678901234567890 does not. It is of dates if every value is one as ISO 8601 writes it.
 */
#ifndef QUIPU_TOOLS_EXPORT_KINDS_H
#define QUIPU_TOOLS_EXPORT_KINDS_H

#include "base/arena.h"
#include "tools/export/column.h"

struct kinds;

/* The table is borrowed. Lives in the arena, until kinds_fini. */
struct kinds *kinds_new(struct arena *arena, struct export_table *table);
void kinds_fini(struct kinds *kinds);
void kinds_add(struct kinds *kinds, const struct slice *cells);
/* Sets them in the table, and its number of rows. Appends a line for each column that has numbers and
 * is text all the same. */
void kinds_end(struct kinds *kinds, struct strbuf *notes);

/* The number as a double's shortest digits; false: it is none, or would not come back the same. The
 * text is borrowed from the buffer. */
bool kinds_read_number(struct slice text, struct strbuf *buffer, struct slice *canonical);

#endif
