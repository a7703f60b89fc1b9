/*
 * A move: counts change, all equations stay true.
 *
 *         2   7 |  9          move  x0 + 1, x1 - 1, x3 - 1, x4 + 1          3   6 |  9
 *        20   5 | 25                                                       19   6 | 25
 *        -------+---                                                       -------+---
 *        22  12 | 34                                                       22  12 | 34
 *
 * If x0, x1, x3, x4 are hidden, the reader cannot tell the right table from the left one. So one
 * move proves that each count that it changes is a secret. "Moves" as in Diaconis and Sturmfels,
 * Algebraic algorithms for sampling from conditional distributions, 1998.
 */
#ifndef QUIPU_ANSWER_MOVE_H
#define QUIPU_ANSWER_MOVE_H

#include "answer/equations.h"

struct move {
    size_t n;
    uint32_t *counts; /* each once */
    int64_t *steps;   /* what is added to each; not 0 */
};

/*
 * True if the reader, who knows the rules too, takes the counts after the move for possible: all
 * equations hold; only hidden counts changed, and all of them are still at least 1 (zeros are never
 * hidden), or 0 if they are unseen; one of them is from 1 to below - 1, or secret, as something must
 * be the cause of hiding the others.
 * Exact, and independent of how the move was found. sums has room for a number for each equation;
 * it is zeroed before and after.
 */
bool move_is_possible(const struct equations *equations, int64_t below, const bool *is_hidden,
                      const struct move *move, int64_t *sums);

#endif
