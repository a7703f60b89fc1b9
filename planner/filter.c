/*
 * Answers questions about a filter in normal form. in: a filter in normal form; out: whether a
 * value passes its tests, whether the index has it as a set, which fields it depends on.
 */
#include "planner/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/like.h"
#include "base/number.h"

static int
bound_compare(const struct filter *range, struct slice a, struct slice b)
{
    return range->is_text ? slice_compare(a, b) : number_compare(a, b);
}

bool
filter_range_holds(const struct filter *range, struct slice value)
{
    assert(range->kind == FILTER_RANGE);
    if (!range->is_text && !number_is_canonical(value)) {
        return false;
    }
    if (range->lo.given) {
        int order = bound_compare(range, value, range->lo.value);
        if (order < 0 || (order == 0 && !range->lo.inclusive)) {
            return false;
        }
    }
    if (range->hi.given) {
        int order = bound_compare(range, value, range->hi.value);
        if (order > 0 || (order == 0 && !range->hi.inclusive)) {
            return false;
        }
    }
    return true;
}

static bool
list_has(const struct filter *list, struct slice value)
{
    size_t first = 0, last = list->nvalues;
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        int order = value_compare(list->values[middle], value);
        if (order == 0) {
            return true;
        }
        first = order < 0 ? middle + 1 : first;
        last = order < 0 ? last : middle;
    }
    return false;
}

static bool
any_part_holds(const struct filter *test, struct slice value)
{
    struct strbuf buffer;
    struct slice part;
    bool holds = false;
    strbuf_init(&buffer);
    while (!holds && slice_next_part(&value, test->separator, &part)) {
        holds = filter_value_holds(test->part, value_canonical_buffered(&buffer, part));
    }
    strbuf_fini(&buffer);
    return holds;
}

static bool
children_hold(const struct filter *chain, struct slice value)
{
    bool is_and = chain->kind == FILTER_AND;
    for (size_t i = 0; i < chain->nchildren; i++) {
        if (filter_value_holds(chain->children[i], value) != is_and) {
            return !is_and;
        }
    }
    return is_and;
}

bool
filter_value_holds(const struct filter *test, struct slice value)
{
    switch (test->kind) {
    case FILTER_IN: return list_has(test, value);
    case FILTER_RANGE: return filter_range_holds(test, value);
    case FILTER_LIKE: return like_matches(test->pattern, test->folds_case, value);
    case FILTER_PARTS: return any_part_holds(test, value);
    case FILTER_EXISTS: return true;
    case FILTER_OR:
    case FILTER_AND: return children_hold(test, value);
    case FILTER_NOT: return !filter_value_holds(test->children[0], value);
    }
    return false;
}

bool
filter_is_single_set(const struct filter *filter)
{
    return filter->kind == FILTER_EXISTS || (filter->kind == FILTER_IN && filter->nvalues == 1);
}

struct fields {
    struct slice *names;
    size_t count, capacity;
};

static void
collect_fields(struct arena *arena, const struct filter *filter, struct fields *fields)
{
    if (filter->kind <= FILTER_EXISTS) {
        fields->names = arena_room(arena, fields->names, fields->count, &fields->capacity,
                                   sizeof *fields->names);
        fields->names[fields->count++] = filter->field;
        return;
    }
    for (size_t i = 0; i < filter->nchildren; i++) {
        collect_fields(arena, filter->children[i], fields);
    }
}

static int
by_bytes(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *) a, *(const struct slice *) b);
}

struct slice *
filter_fields(struct arena *arena, const struct filter *filter, size_t *nfields)
{
    struct fields fields = {0};
    collect_fields(arena, filter, &fields);
    qsort(fields.names, fields.count, sizeof *fields.names, by_bytes);
    size_t kept = 0;
    for (size_t i = 0; i < fields.count; i++) {
        if (kept == 0 || !slice_equal(fields.names[kept - 1], fields.names[i])) {
            fields.names[kept++] = fields.names[i];
        }
    }
    *nfields = kept;
    return fields.names;
}
