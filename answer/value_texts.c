/*
 * Finds the texts of a dimension's positions. in: what a dataset says about the field, an axis; out:
 * texts.
 *
 * An axis has its items' positions in the query's order, and in place of the TAIL one for each value
 * that occurs.
 *
 * Example: sex in {9, *, missing} over the values 1, 2: positions 9, 1, 2, missing; the tail is two.
 */
#include "answer/value_texts.h"

/* The value of an item that is one. */
static struct slice
item_value(const struct bound_dim *dim, const struct bound_item *item)
{
    return dim->kind == DIM_PLACED ? dim->rule->items[item->number].singles[0].value
                                   : dim->positions[item->number].value;
}

struct slice *
value_texts(struct arena *arena, const struct field_definition *field, const struct axis *axis)
{
    const struct bound_axis *bound = axis->bound;
    if (!field || !field->nlabels || !bound->has_field) {
        return NULL;
    }
    struct map by_value;
    map_init(&by_value, arena);
    for (size_t i = 0; i < field->nlabels; i++) {
        *map_add(&by_value, field->labels[i].value, NULL) = i;
    }
    struct slice *texts = arena_array(arena, axis->npositions, sizeof *texts);
    size_t ntail = axis->npositions - axis->has_total - (bound->nitems - bound->is_open), at = 0;
    for (size_t i = 0; i < bound->nitems; i++) {
        const struct bound_item *item = &bound->items[i];
        bool is_tail = item->kind == ITEM_TAIL;
        for (size_t end = at + (is_tail ? ntail : 1); at < end; at++) {
            bool is_value = axis->kinds[at] == ITEM_VALUE &&
                            (is_tail || slice_equal(item_value(bound->dim, item), item->label));
            size_t *found = is_value ? map_find(&by_value, axis->labels[at]) : NULL;
            if (found) {
                texts[at] = field->labels[*found].label;
            }
        }
    }
    return texts;
}
