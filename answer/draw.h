/*
 * A sheet in cells of a terminal.
 *
 *     count   age
 *     sex     [30,40)
 *     ---------------
 *     female       12
 *
 * A sheet that is wider than its cells is drawn in blocks, one below the other.
 */
#ifndef QUIPU_ANSWER_DRAW_H
#define QUIPU_ANSWER_DRAW_H

#include "answer/sheet.h"
#include "base/strbuf.h"

enum { DRAW_CELLS_DEFAULT = 80 };

/* ncells: how wide a line may be. 0: DRAW_CELLS_DEFAULT. */
void draw_sheet(struct arena *arena, const struct sheet *sheet, size_t ncells, struct strbuf *out);

#endif
