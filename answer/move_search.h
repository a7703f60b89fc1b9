/*
 * Searches the cheapest move that changes a given count.
 *
 *     struct move_search *search = move_search_new(arena, equations, 3, is_hidden);
 *     uint64_t work = 100000;
 *     if (move_find(search, 0, &work, &move)) { hide what the move changes }
 *
 * The cost of a move is that of all counts that it changes and that are not hidden yet.
 */
#ifndef QUIPU_ANSWER_MOVE_SEARCH_H
#define QUIPU_ANSWER_MOVE_SEARCH_H

#include "answer/move.h"

struct move_search;

/* Borrows all; the equations are indexed. The caller changes is_hidden between searches. */
struct move_search *move_search_new(struct arena *arena, const struct equations *equations,
                                    int64_t below, const bool *is_hidden);
/*
 * Finds a move that changes the count, and is possible once all that it changes is hidden (see
 * move_is_possible). Looks at *work terms of equations at most, about, and takes what it needed off.
 * The move is in the arena. False: none was found, which does not say that there is none.
 */
bool move_find(struct move_search *search, uint32_t count, uint64_t *work, struct move *move);

#endif
