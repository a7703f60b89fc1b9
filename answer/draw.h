/*
 * A sheet in cells of a terminal.
 *
 *     count   age
 *     sex     [30,40)
 *     ---------------
 *     female       12
 */
#ifndef QUIPU_ANSWER_DRAW_H
#define QUIPU_ANSWER_DRAW_H

#include "answer/sheet.h"
#include "base/strbuf.h"

enum { DRAW_CELLS_MOST = 80 };

void draw_sheet(struct arena *arena, const struct sheet *sheet, struct strbuf *out);

#endif
