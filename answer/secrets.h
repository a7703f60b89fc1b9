/*
 * Hides small counts, and so many more that none of the hidden ones can be worked out.
 *
 *     below 3:     2   7 |  9             -   - |  9        2 is small. 7 is hidden for its row, 20
 *                 20   5 | 25      ->     -   - | 25        for its column, and 5 for both of them.
 *                 -------+---             ------+---        The 2 could be a 1 or a 3 now.
 *                 22  12 | 34            22  12 | 34
 *
 * This is "cell suppression" of statistical disclosure control; the small counts are the primary
 * ones, the others are complements. What the reader is taken to know: the equations; the counts that
 * are shown; that zeros are always shown, so what is hidden is at least 1; that something is from 1
 * to below - 1 where anything is hidden. Each hidden count then has at least two possible values,
 * and the proof is part of the result.
 *
 * Not covered: sums of hidden counts, several answers held against each other, and what a reader
 * may conclude who replays how the complements were chosen.
 */
#ifndef QUIPU_ANSWER_SECRETS_H
#define QUIPU_ANSWER_SECRETS_H

#include "answer/move.h"

struct secrets {
    bool *is_hidden;     /* for each count */
    size_t nsmall;       /* counts from 1 to below - 1, and those that are secret */
    size_t ncomplements; /* counts hidden beside them */
    /*
     * Of a hidden count: the least and the greatest value of those that are proved to be possible
     * (there may be more of them). Of a count that is shown: its value.
     */
    int64_t *low, *high;
    /*
     * Hidden counts for which no second value was found, although all counts that are linked to
     * them are hidden: low is high. Tables have none. Equations with constants can have some, if
     * they tell a small count by themselves: a + 3 = 5.
     */
    size_t nguessed;
    struct move *moves; /* the proof */
    size_t nmoves;
    uint64_t work; /* how many terms of equations the searches have looked at */
};

/*
 * Decides what is hidden of the counts. The equations are indexed and hold. Few and cheap
 * complements are searched for, the fewest are not promised. The searches look at some 40 million
 * terms of equations, and at 10,000 more for each count that comes after that: at most about a second
 * for 10,000 counts. The result is the same for the same input, and lives in the equations' arena.
 *
 * Below 2 hides as below 3 does: if only ones were small, a reader would know that a count that is
 * hidden for itself is 1. Below 1 and less hides nothing.
 */
struct secrets *secrets_of(const struct equations *equations, int64_t below);

#endif
