/*
 * Makes the nodes of a filter's tree, each with its canonical text. in: fields, values, parts; out:
 * a complete node.
 *
 * The text is made once, when a node is complete, from its children's texts.
 *
 * Example: filter_equals(arena, c, 1) has the text "c = 1", and filter_not of that "!c = 1".
 */
#include "planner/filter_build.h"

#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "planner/filter_text.h"

void
filter_list_add(struct arena *arena, struct filter_list *list, struct filter *filter)
{
    list->items = arena_room(arena, list->items, list->count, &list->capacity, sizeof filter);
    list->items[list->count++] = filter;
}

void
filter_list_sort(struct filter_list *list, int (*order)(const void *, const void *))
{
    if (list->count < 2) {
        return;
    }
    qsort(list->items, list->count, sizeof *list->items, order);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (kept == 0 || !slice_equal(list->items[kept - 1]->text, list->items[i]->text)) {
            list->items[kept++] = list->items[i];
        }
    }
    list->count = kept;
}

static struct filter *
finished(struct arena *arena, struct filter *filter)
{
    struct strbuf text;
    strbuf_init(&text);
    filter_print(&text, filter);
    filter->text = arena_copy(arena, strbuf_slice(&text));
    strbuf_fini(&text);
    return filter;
}

static struct filter *
filter_new(struct arena *arena, enum filter_kind kind, struct slice field)
{
    struct filter *filter = arena_alloc(arena, sizeof *filter);
    filter->kind = kind;
    filter->field = field;
    return filter;
}

struct filter *
filter_exists(struct arena *arena, struct slice field)
{
    return finished(arena, filter_new(arena, FILTER_EXISTS, field));
}

static int
by_value(const void *a, const void *b)
{
    return value_compare(*(const struct slice *) a, *(const struct slice *) b);
}

struct filter *
filter_in(struct arena *arena, struct slice field, struct slice *values, size_t nvalues)
{
    struct filter *filter = filter_new(arena, FILTER_IN, field);
    qsort(values, nvalues, sizeof *values, by_value);
    size_t kept = 0;
    for (size_t i = 0; i < nvalues; i++) {
        if (kept == 0 || !slice_equal(values[kept - 1], values[i])) {
            values[kept++] = values[i];
        }
    }
    filter->values = values;
    filter->nvalues = kept;
    return finished(arena, filter);
}

struct filter *
filter_equals(struct arena *arena, struct slice field, struct slice value)
{
    struct slice *values = arena_array(arena, 1, sizeof *values);
    *values = value;
    return filter_in(arena, field, values, 1);
}

struct filter *
filter_range(struct arena *arena, struct slice field, bool is_text, struct filter_bound lo,
             struct filter_bound hi)
{
    struct filter *filter = filter_new(arena, FILTER_RANGE, field);
    filter->is_text = is_text;
    filter->lo = lo;
    filter->hi = hi;
    return finished(arena, filter);
}

struct filter *
filter_pattern(struct arena *arena, struct slice field, bool folds_case, struct slice pattern)
{
    struct filter *filter = filter_new(arena, FILTER_LIKE, field);
    filter->folds_case = folds_case;
    filter->pattern = pattern;
    return finished(arena, filter);
}

struct filter *
filter_parts(struct arena *arena, struct slice field, struct slice separator,
             const struct filter *test)
{
    struct filter *filter = filter_new(arena, FILTER_PARTS, field);
    filter->separator = separator;
    filter->part = test;
    return finished(arena, filter);
}

struct filter *
filter_not(struct arena *arena, const struct filter *filter)
{
    if (filter->kind == FILTER_NOT) {
        return filter->children[0];
    }
    struct filter *outer = filter_new(arena, FILTER_NOT, (struct slice){0});
    outer->children = arena_array(arena, 1, sizeof *outer->children);
    outer->children[0] = (struct filter *) filter;
    outer->nchildren = 1;
    return finished(arena, outer);
}

struct filter *
filter_chain(struct arena *arena, enum filter_kind kind, struct filter_list *positive,
             struct filter_list *negative)
{
    struct filter *chain = filter_new(arena, kind, (struct slice){0});
    chain->npositive = positive->count;
    chain->nchildren = positive->count + negative->count;
    chain->children = arena_array(arena, chain->nchildren, sizeof *chain->children);
    memcpy(chain->children, positive->items, positive->count * sizeof *chain->children);
    if (negative->count) {
        memcpy(chain->children + positive->count, negative->items,
               negative->count * sizeof *chain->children);
    }
    return finished(arena, chain);
}
