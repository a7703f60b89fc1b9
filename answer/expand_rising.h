/*
 * One axis of a grid, where cells stay in order: each position of the grid goes to one of the table at
 * the most, and none goes before another that it was behind. A total adds up what went anywhere.
 *
 *     {p,q} x {x,y,z} x 2 | 0:5 1:2 4:1 9:3     the axis is x, z, total
 *     {p,q} x 3 x 2       | 0:5 1:2 2:1 4:6 5:2 11:3 ...
 *
 * So nothing has to be sorted, unlike with nets and conditions (answer/expand).
 */
#ifndef QUIPU_ANSWER_EXPAND_RISING_H
#define QUIPU_ANSWER_EXPAND_RISING_H

#include "answer/axis.h"

/* What one axis does: outer x span x inner becomes outer x npositions x inner. */
struct expand_step {
    const struct axis_map *map;
    uint64_t span, inner;
};

/*
 * The map is rising (axis_map.is_rising). *out is in the arena. Linear in the cells. False: a sum has
 * more bits than there is room for; *out has the cells up to there.
 */
bool expand_rising(struct arena *arena, const struct expand_step *step,
                   const struct cell_list *cells, struct cell_list *out) QUIPU_MUST_CHECK;

#endif
