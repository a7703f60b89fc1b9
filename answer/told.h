/*
 * What an answer tells: its counts, and the equations between them, of all tables together.
 *
 *     count (a in {1, 2, net (1, 2) as n}), (b) from current totals format map
 *
 *         a = 1     x0          keys "#0#2" and "#1#2", which are rows that nobody sees apart: x0 and x1
 *         a = 2     x1          n = x0 + x1    total = x0 + x1
 *         b ...     x4 x5 ...   total = x4 + x5 + ...
 *         base      x9          x9 = total of a + those in no position = total of b + ...
 *
 * Rows that are alike for a table are an *atom*: a cell of a grid, whose positions are keys. Every count
 * of the answer is a sum of atoms. Where other values are taken for possible, it is by other numbers of
 * rows that are there: so what positions and conditions have to do with each other does not matter.
 */
#ifndef QUIPU_ANSWER_TOLD_H
#define QUIPU_ANSWER_TOLD_H

#include "answer/draft.h"
#include "answer/equations.h"
#include "answer/partials.h"

#define NOT_TOLD UINT32_MAX

struct told_table {
    struct draft *draft;
    bool *is_told;       /* by place: shown, or a share is of it; and it has rows */
    bool *is_secret;     /* by place: hidden, however many rows it has */
    uint32_t *counts;    /* by place: its number among the counts; NOT_TOLD */
    uint32_t in_no_cell; /* excluded.position; NOT_TOLD: it is 0, or nobody sees it */
};

struct told {
    const struct bound_query *query;
    const struct partials *grids;
    struct told_table *tables;
    size_t ntables;
    uint32_t rows, without_weight; /* base, excluded.weight; NOT_TOLD as above */
};

/*
 * The counts of drafts that are complete, of one query. Borrows all; in the arena. Fails with LIMIT: too
 * many cells, or too many atoms.
 */
bool told_init(struct told *told, struct arena *arena, const struct bound_query *query,
               const struct partials *grids, struct draft *const *drafts, size_t ntables,
               struct error *err) QUIPU_MUST_CHECK;
/*
 * The counts with their equations, indexed; the tables are told the numbers of their counts. Fails with
 * LIMIT or SHARDDOWN.
 */
bool told_equations(struct told *told, struct arena *arena, struct equations **out,
                    struct error *err) QUIPU_MUST_CHECK;

#endif
