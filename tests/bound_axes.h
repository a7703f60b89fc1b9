/*
 * For tests: bound axes, by letter, as planner/bind.c makes them.
 *
 *     struct bound_axis axes[2];
 *     bound_axes(arena, "on", axes);      an open axis, and one with a net, of the dims 0 and 1
 *
 *     l  list {1, 2}            o  open              w  by 10
 *     n  {1, net(1,2)}          s  {missing, *}      m  by month, missing
 *     c  {1, 2, when c}         a  {when a, when b}, without a field
 */
#ifndef QUIPU_TESTS_BOUND_AXES_H
#define QUIPU_TESTS_BOUND_AXES_H

#include <stdlib.h>

#include "planner/bound.h"

#define ITEMS(axis, ...)                                                                           \
    do {                                                                                           \
        static const struct bound_item ITEMS_[] = {__VA_ARGS__};                                   \
        (axis)->nitems = sizeof ITEMS_ / sizeof *ITEMS_;                                           \
        (axis)->items = arena_array(arena, (axis)->nitems, sizeof *ITEMS_);                        \
        memcpy((axis)->items, ITEMS_, sizeof ITEMS_);                                              \
    } while (0)

static inline void
bound_axis_of(struct arena *arena, char letter, struct bound_axis *axis, struct bound_dim *dim)
{
    struct place_rule *rule = arena_alloc(arena, sizeof *rule);
    dim->kind = DIM_PLACED;
    dim->rule = rule;
    dim->name = axis->name;
    dim->width = slice_lit("10");
    rule->nitems = 2;
    axis->has_field = letter != 'a';
    axis->dim = axis->has_field ? dim : NULL;
    axis->is_open = strchr("owsm", letter) != NULL;
    axis->overlaps = strchr("nca", letter) != NULL;
    switch (letter) {
    case 'c':
        axis->nwhens = 1;
        ITEMS(axis, {ITEM_VALUE, SLICE_LIT("1"), 0}, {ITEM_WHEN, SLICE_LIT("c"), 0},
              {ITEM_VALUE, SLICE_LIT("2"), 1});
        break;
    case 'l':
        dim->kind = DIM_LIST;
        dim->npositions = 2;
        ITEMS(axis, {ITEM_VALUE, SLICE_LIT("1"), 0}, {ITEM_VALUE, SLICE_LIT("2"), 1});
        break;
    case 'o':
    case 'w':
        dim->kind = letter == 'o' ? DIM_OPEN : DIM_WIDTH;
        ITEMS(axis, {.kind = ITEM_TAIL});
        break;
    case 'n':
        ITEMS(axis, {ITEM_VALUE, SLICE_LIT("1"), 0}, {ITEM_NET, SLICE_LIT("net(1,2)"), 1});
        break;
    case 's':
        rule->tail = TAIL_VALUES;
        ITEMS(axis, {ITEM_MISSING, SLICE_LIT("missing"), 0}, {.kind = ITEM_TAIL});
        break;
    case 'm':
        rule->tail = TAIL_UNIT;
        rule->unit = DATE_MONTH;
        ITEMS(axis, {.kind = ITEM_TAIL}, {ITEM_MISSING, SLICE_LIT("missing"), 0});
        break;
    case 'a':
        axis->nwhens = 2;
        ITEMS(axis, {ITEM_WHEN, SLICE_LIT("a"), 0}, {ITEM_WHEN, SLICE_LIT("b"), 1});
        break;
    default: abort();
    }
}

/* One for each letter. Their dims follow each other. */
static inline size_t
bound_axes(struct arena *arena, const char *letters, struct bound_axis *axes)
{
    static const struct slice NAMES[] = {SLICE_LIT("d"), SLICE_LIT("e"), SLICE_LIT("f")};
    size_t first_dim = 0, n = strlen(letters);
    for (size_t a = 0; a < n; a++) {
        axes[a] = (struct bound_axis){
            .first_dim = first_dim, .name = NAMES[a % 3], .field = NAMES[a % 3]};
        bound_axis_of(arena, letters[a], &axes[a], arena_alloc(arena, sizeof(struct bound_dim)));
        first_dim += axes[a].has_field + axes[a].nwhens;
    }
    return n;
}

#endif
