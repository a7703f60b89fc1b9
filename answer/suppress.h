/*
 * SUPPRESS BELOW: small counts are taken out of a finished table.
 *
 *     suppress_below(arena, table, 3)          a (x, y): 2, 9     ->     x: hidden, 9
 */
#ifndef QUIPU_ANSWER_SUPPRESS_H
#define QUIPU_ANSWER_SUPPRESS_H

#include "answer/table.h"

/*
 * Counts from 1 to least - 1 are hidden, with all that was measured in those cells. An open dimension keeps the positions that
 * have a cell whose count is told, for a value that few rows have is as telling as their number.
 * Linear, per open dimension.
 */
void suppress_below(struct arena *arena, struct table *table, int64_t least);

#endif
