/*
 * Steps towards a move: what has been changed so far, and which equations fail by it.
 *
 *     x0 x1 | x2      steps_make x0 + 1     row 0 and column 0 fail: they are queued
 *     x3 x4 | x5      steps_make x1 - 1     row 0 holds again, column 1 fails
 *     ------+---      steps_make x3 - 1     column 0 holds again, row 1 fails
 *     x6 x7 | x8      steps_make x4 + 1     nothing fails: the steps are a move
 *
 * A step is worth what hiding its count costs; nothing if the count is hidden already.
 */
#ifndef QUIPU_ANSWER_STEPS_H
#define QUIPU_ANSWER_STEPS_H

#include "answer/move.h"

struct steps {
    struct arena *arena;
    const struct equations *equations;
    int64_t below;
    const bool *is_hidden;
    int64_t *slack; /* of each equation, for the true counts */
    int64_t *sums;  /* of each equation: what the steps add to its left side */
    int64_t *made;  /* of each count: what is added to it */
    uint32_t *path; /* the counts that are changed */
    size_t npath;
    uint32_t *queue; /* the equations that failed at some time, in order */
    size_t nqueue, queue_capacity;
    uint64_t work; /* how many terms may still be looked at */
};

/* Which of several steps is better. */
enum steps_order {
    STEPS_CHEAP, /* one that costs little and lets few equations fail */
    STEPS_SAFE, /* one that lets few equations fail; then one of a large count, with room for more */
};

/* A step that mends an equation. */
struct step {
    uint32_t count;
    uint32_t cost;
    int64_t by;
    int64_t score; /* low is good */
};

/* Borrows all; the equations are indexed. The caller may change is_hidden while no step is made. */
void steps_init(struct steps *steps, struct arena *arena, const struct equations *equations,
                int64_t below, const bool *is_hidden);

/*
 * True if the count may be changed by so much, more than it is: it is not known, at least 1 before
 * and at least equations_least after; no count goes up and then down again.
 */
bool steps_may(const struct steps *steps, uint32_t count, int64_t by);
/* Changes a count. */
void steps_make(struct steps *steps, uint32_t count, int64_t by);
/* Takes the last step back, and cuts the queue to what it was before. */
void steps_take_back(struct steps *steps, uint32_t count, int64_t by, size_t nqueue);

/* The place in the queue, from head on, of the first equation that fails; nqueue: none does. */
size_t steps_next_failing(const struct steps *steps, size_t head);
/*
 * Lists the best steps that mend an equation and cost less than most_cost: at most width of them,
 * the best first. Returns how many.
 */
size_t steps_list(struct steps *steps, uint32_t equation, uint64_t most_cost,
                  enum steps_order order, size_t width, struct step *list);
/* The same for one count: false if there is no such step. */
bool steps_list_one(struct steps *steps, uint32_t equation, uint32_t count, uint64_t most_cost,
                    struct step *step);

/*
 * No equation fails. How often the steps of these counts must be made, and no others, so that the
 * counts are possible (see move_is_possible); 1 if that will do, it may be negative. 0: they are not,
 * however often. The counts are all that are tied to each other (ties.h).
 */
int64_t steps_scale(const struct steps *steps, const uint32_t *counts, size_t n);

#endif
