/*
 * Which of the counts that change are tied to each other.
 *
 *     x0 + x1 = 9    x2 + x3 = 7    x0 + x1 + x2 + x3 = 16
 *
 * If all four change, x0 and x1 are tied: what one gains, the other loses. So are x2 and x3; but not
 * these to those, although they stand in one equation: the changes of x0 and x1 alone are a move.
 * Counts of one inequality are taken for tied.
 */
#ifndef QUIPU_ANSWER_TIES_H
#define QUIPU_ANSWER_TIES_H

#include "answer/equations.h"

struct ties;

/* Borrows the equations, which are indexed. */
struct ties *ties_new(struct arena *arena, const struct equations *equations);
/*
 * Moves the counts that are tied to the first one, of n counts that change, to the front of the list;
 * returns how many they are, with the first. Takes n x n x equations. More than TIES_MOST counts are
 * taken for tied.
 */
size_t ties_cut(struct ties *ties, uint32_t *counts, size_t n);

enum { TIES_MOST = 128 };

#endif
