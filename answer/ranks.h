/*
 * The values of a dimension in the order of positions, each once, and where each of them went.
 *
 *     values   10 x 9 10       sorted   9 10 x       ranks   1 2 0 1
 */
#ifndef QUIPU_ANSWER_RANKS_H
#define QUIPU_ANSWER_RANKS_H

#include "base/arena.h"
#include "base/slice.h"

/*
 * Returns how many values differ; sorted has room for all n, and borrows their text. ranks[i] is the
 * place of values[i] in it. In base/number.h's order. A merge sort that takes runs as it finds them
 * (n log(runs)): lists that are in order, one behind the other, are merged. Works in the arena.
 */
size_t values_rank(struct arena *arena, const struct slice *values, size_t n, struct slice *sorted,
                   size_t *ranks);

#endif
