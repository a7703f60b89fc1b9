/*
 * An axis: the positions of a table's dimension, and where the positions of its grids' dims go.
 *
 *     age in {1, net (1,2), when (b = 1) as c} totals
 *
 *     counted    dim age, keys {"","#0#1","#1"}     dim c {0,1}
 *     axis       1, net(1,2), c, total
 *     map        ""       c=0 -> none           c=1 -> c
 *                "#0#1"   c=0 -> 1, net(1,2)    c=1 -> 1, net(1,2), c
 *                "#1"     c=0 -> net(1,2)       c=1 -> net(1,2), c
 *
 * What is in any position is in the total too. Each grid of a table has a map of its own, because
 * the values that occur in it may be fewer.
 */
#ifndef QUIPU_ANSWER_AXIS_H
#define QUIPU_ANSWER_AXIS_H

#include "answer/partial.h"
#include "base/map.h"
#include "planner/bound.h"

enum { AXIS_NONE = UINT32_MAX }; /* no position */

struct axis {
    const struct bound_axis *bound;
    size_t npositions; /* with the total */
    bool has_total;    /* the last position */
    enum item_kind *kinds;
    struct slice *labels;
    struct slice *texts; /* value labels (answer/value_texts.h); NULL: none has one */
    uint32_t *of_item;   /* LIST, BINS, PLACED: from an item's number to its position */
    size_t nitems;
    uint32_t *of_when; /* from a WHEN's number to its position */
    struct map tails;  /* from a value that occurs (a bin's lower bound, a unit's key) */
};

/*
 * The axis' positions. The values that occur are those in the cells of a partial, whose dims from
 * first_dim on are the axis'. Labels may be borrowed from it. Numbers that are too long for a bin
 * have one, whose label is PLACE_TOO_LONG. Fails with SHARDDOWN: keys that are none of this query.
 */
bool axis_init(struct axis *axis, struct arena *arena, const struct bound_axis *bound,
               const struct partial *occurring, size_t first_dim, bool has_total,
               struct error *err) QUIPU_MUST_CHECK;

struct axis_map {
    const struct axis *axis;
    uint64_t nfield; /* positions of the field's dim; 1: the axis has none */
    size_t nwhens;
    size_t *begins; /* field position i goes to targets[begins[i]] up to begins[i + 1] */
    uint32_t *targets;
    bool is_identity; /* each position goes to the one of its number, and there are no others */
    /* Each position goes to one at the most, behind those of all before it; then the total. */
    bool is_rising;
};

/* The map of a grid, whose dims from first_dim on are the axis'. Fails with SHARDDOWN. */
bool axis_map_init(struct axis_map *map, struct arena *arena, const struct axis *axis,
                   const struct partial *grid, size_t first_dim,
                   struct error *err) QUIPU_MUST_CHECK;

/* How many positions the axis' dims have together. */
static inline uint64_t
axis_map_span(const struct axis_map *map)
{
    return map->nfield << map->nwhens;
}
/* The most positions that one of them goes to, with the total. */
size_t axis_map_most(const struct axis_map *map);
/* Is position `at` of the dims together in any position of the table? */
static inline bool
axis_map_is_in(const struct axis_map *map, uint64_t at)
{
    uint64_t field = at >> map->nwhens, whens = at & (((uint64_t) 1 << map->nwhens) - 1);
    return whens || map->begins[field + 1] > map->begins[field];
}
/*
 * Writes where position `at` of the dims together goes; returns how many there are, with the total.
 * 0: it is in none.
 */
size_t axis_map_find(const struct axis_map *map, uint64_t at, uint32_t *positions);

#endif
