/*
 * SUPPRESS BELOW: takes small counts out of a finished table.
 *
 *     suppress_below(arena, table, 3)          a (x, y): 2, 9     ->     x: hidden, 9
 */
#ifndef QUIPU_ANSWER_SUPPRESS_H
#define QUIPU_ANSWER_SUPPRESS_H

#include "answer/table.h"

/*
 * Hides counts from 1 to least - 1, with all measures of those cells. An open dimension keeps only
 * positions that have a visible count, because a value that few rows have tells as much as their
 * number. Linear for each open dimension.
 */
void suppress_below(struct arena *arena, struct table *table, int64_t least);

#endif
