/*
 * Puts cells into the positions of one axis, in order. in: sorted cells; out: sorted cells.
 *
 * Cells with the same outer positions are a group. A group's cells are copied, each with its new index.
 * Its totals follow: one for each inner index that one of them has. Which ones these are is marked in
 * bits, so that the place of a total is the number of bits before its own. Where inner indexes are many
 * and the group's cells few, they are sorted instead.
 *
 * Example: of 3 positions x 8 inner indexes the cells 2, 5, 10, 13, 23 have the inner indexes 2 5 2 5 7.
 * The bits are 10100100: the totals of 2, 5, 7 are the first, the second and the third.
 */
#include "answer/expand_rising.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_BITS = 64 };

/* A cell of a group, by its inner index. */
struct inner_cell {
    uint64_t inner;
    size_t cell;
};

struct rising {
    struct arena *arena;
    const struct expand_step *step;
    const struct cell_list *from;
    struct cell_list *to;
    uint64_t *bits; /* of inner indexes; all 0 between two groups. NULL: not yet needed */
    size_t *before; /* by word of bits: how many are set in those before it */
    struct inner_cell *sorted; /* room for all cells. NULL: not yet needed */
};

/* Cells with the same outer positions: from `begin` to `end`. */
struct group {
    size_t begin, end;
    uint64_t first;  /* the index that the first cell of such a group could have */
    uint64_t placed; /* the same in the table */
};

/* ---- Cells of a group ---- */

/* Goes through the cells of a group that have a position. */
struct walk {
    size_t i;
    uint64_t run_end; /* cells before it have the same position */
    uint64_t run, run_placed;
    bool has_position;
};

static struct walk
walk_of(const struct group *group)
{
    return (struct walk){.i = group->begin, .run_end = group->first};
}

/* A division takes longer than all else here. */
static uint64_t
divide(uint64_t n, uint64_t by)
{
    return by == 1 ? n : n / by;
}

static void
begin_run(const struct rising *rising, const struct group *group, struct walk *walk, uint64_t index)
{
    const struct axis_map *map = rising->step->map;
    uint64_t inner = rising->step->inner, at = divide(index - group->first, inner);
    size_t begin = map->begins[at];
    walk->run = group->first + at * inner;
    walk->run_end = walk->run + inner;
    walk->has_position = map->begins[at + 1] > begin;
    walk->run_placed =
        walk->has_position ? group->placed + map->targets[begin] * inner : group->placed;
}

/* The next cell is walk->i - 1, if there is one. */
static bool
walk_next(const struct rising *rising, const struct group *group, struct walk *walk,
          uint64_t *inner)
{
    while (walk->i < group->end) {
        uint64_t index = rising->from->indexes[walk->i++];
        if (index >= walk->run_end) {
            begin_run(rising, group, walk, index);
        }
        if (walk->has_position) {
            *inner = index - walk->run;
            return true;
        }
    }
    return false;
}

static void
copy_cells(const struct rising *rising, const struct group *group)
{
    struct walk walk = walk_of(group);
    uint64_t inner;
    while (walk_next(rising, group, &walk, &inner)) {
        size_t at = rising->to->n++;
        cell_list_put(rising->from, walk.i - 1, rising->to, at);
        rising->to->indexes[at] = walk.run_placed + inner;
    }
}

/* ---- Totals ---- */

/* Adds a cell to its total, which is the last cell or a new one behind it. */
static bool
add_to_last(const struct rising *rising, size_t cell, uint64_t index)
{
    struct cell_list *to = rising->to;
    if (to->n && to->indexes[to->n - 1] == index) {
        return cell_add(to, to->n - 1, rising->from, cell);
    }
    cell_list_put(rising->from, cell, to, to->n);
    to->indexes[to->n++] = index;
    return true;
}

static int
compare_inner(const void *a, const void *b)
{
    const struct inner_cell *left = a, *right = b;
    if (left->inner != right->inner) {
        return left->inner < right->inner ? -1 : 1;
    }
    return left->cell < right->cell ? -1 : 1; /* sums are made in the order of the cells */
}

static bool
total_sorted(struct rising *rising, const struct group *group, uint64_t placed)
{
    struct walk walk = walk_of(group);
    size_t n = 0;
    uint64_t inner;
    if (!rising->sorted) {
        rising->sorted = arena_array(rising->arena, rising->from->n, sizeof *rising->sorted);
    }
    while (walk_next(rising, group, &walk, &inner)) {
        rising->sorted[n++] = (struct inner_cell){inner, walk.i - 1};
    }
    qsort(rising->sorted, n, sizeof *rising->sorted, compare_inner);
    bool fits = true;
    for (size_t i = 0; i < n && fits; i++) {
        fits = add_to_last(rising, rising->sorted[i].cell, placed + rising->sorted[i].inner);
    }
    return fits;
}

/* Marks the inner indexes of a group, and makes room for their totals, which are 0 cells for now. */
static void
mark_totals(struct rising *rising, const struct group *group, uint64_t placed)
{
    struct cell_list *to = rising->to;
    struct walk walk = walk_of(group);
    size_t nwords = rising->step->inner / WORD_BITS + 1;
    uint64_t inner;
    if (!rising->bits) {
        rising->bits = arena_array(rising->arena, nwords, sizeof *rising->bits);
        rising->before = arena_array(rising->arena, nwords, sizeof *rising->before);
    }
    while (walk_next(rising, group, &walk, &inner)) {
        rising->bits[inner / WORD_BITS] |= (uint64_t) 1 << inner % WORD_BITS;
    }
    size_t begin = to->n;
    for (size_t w = 0; w < nwords; w++) {
        rising->before[w] = to->n - begin;
        for (uint64_t rest = rising->bits[w]; rest; rest &= rest - 1) {
            cell_list_index(to, placed + w * WORD_BITS + (uint64_t) __builtin_ctzll(rest));
        }
    }
}

static bool
total_marked(struct rising *rising, const struct group *group, uint64_t placed)
{
    struct cell_list *to = rising->to;
    struct walk walk = walk_of(group);
    size_t begin = to->n;
    uint64_t inner;
    bool fits = true;
    mark_totals(rising, group, placed);
    while (fits && walk_next(rising, group, &walk, &inner)) {
        uint64_t below = ((uint64_t) 1 << inner % WORD_BITS) - 1;
        size_t word = inner / WORD_BITS;
        size_t at = begin + rising->before[word] +
                    (size_t) __builtin_popcountll(rising->bits[word] & below);
        if (cell_value(to, at, 0)) {
            fits = cell_add(to, at, rising->from, walk.i - 1);
        } else { /* the first one: a count is above 0 */
            cell_list_put(rising->from, walk.i - 1, to, at);
            to->indexes[at] = placed + inner;
        }
    }
    memset(rising->bits, 0, (rising->step->inner / WORD_BITS + 1) * sizeof *rising->bits);
    return fits;
}

/* The total has only one cell. */
static bool
total_single(const struct rising *rising, const struct group *group, uint64_t placed)
{
    struct walk walk = walk_of(group);
    uint64_t inner;
    bool fits = true;
    while (fits && walk_next(rising, group, &walk, &inner)) {
        fits = add_to_last(rising, walk.i - 1, placed);
    }
    return fits;
}

static bool
add_totals(struct rising *rising, const struct group *group)
{
    uint64_t inner = rising->step->inner, ncells = group->end - group->begin;
    uint64_t placed = group->placed + (rising->step->map->axis->npositions - 1) * inner;
    return inner == 1                    ? total_single(rising, group, placed)
           : inner / WORD_BITS <= ncells ? total_marked(rising, group, placed)
                                         : total_sorted(rising, group, placed);
}

/* ---- Groups ---- */

/* The group that begins with cell i. */
static struct group
group_at(const struct expand_step *step, const struct cell_list *cells, size_t i)
{
    uint64_t size = step->span * step->inner, outer = cells->indexes[i] / size;
    struct group group = {.begin = i, .end = i, .first = outer * size};
    group.placed = outer * step->map->axis->npositions * step->inner;
    while (group.end < cells->n && cells->indexes[group.end] - group.first < size) {
        group.end++;
    }
    return group;
}

/* How many totals there can be. */
static size_t
totals_most(const struct expand_step *step, const struct cell_list *cells)
{
    size_t n = 0;
    for (size_t i = 0; i < cells->n && step->map->axis->has_total;) {
        struct group group = group_at(step, cells, i);
        size_t ncells = group.end - group.begin;
        n += ncells < step->inner ? ncells : step->inner;
        i = group.end;
    }
    return n;
}

bool
expand_rising(struct arena *arena, const struct expand_step *step, const struct cell_list *cells,
              struct cell_list *out)
{
    size_t most = cells->n + totals_most(step, cells);
    bool fits = true;
    *out = cell_list_new(arena, cells->kinds, cells->nmeasures, most, cells->states != NULL);
    struct rising rising = {.arena = arena, .step = step, .from = cells, .to = out};
    for (size_t i = 0; i < cells->n && fits;) {
        struct group group = group_at(step, cells, i);
        copy_cells(&rising, &group);
        fits = !step->map->axis->has_total || add_totals(&rising, &group);
        i = group.end;
    }
    return fits;
}
