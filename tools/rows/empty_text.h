/*
 * A cell that is a text without bytes, where one is told from a missing value: an empty cell is a missing one.
 *
 *     record->cells[2] = empty_text();
 *     empty_text_is(record->cells[2])               true; false for any other empty cell
 *     cell_is_filled(cell)                          it has bytes, or is such a text
 */
#ifndef QUIPU_TOOLS_ROWS_EMPTY_TEXT_H
#define QUIPU_TOOLS_ROWS_EMPTY_TEXT_H

#include "base/slice.h"

/* Only formats make it, and only with keeps_empty_texts. A copy of its bytes is none. */
struct slice empty_text(void);

static inline bool
empty_text_is(struct slice cell)
{
    return !cell.len && cell.ptr == empty_text().ptr;
}

static inline bool
cell_is_filled(struct slice cell)
{
    return cell.len || empty_text_is(cell);
}

#endif
