/*
 * Filter: from the condition as it was written to the normal form that is planned, run and cached.
 * in: struct ast_cond; out: struct filter (see filter.h for the form and an example).
 *
 * normalise(cond):
 *     test          -> IN, RANGE, EXISTS, or a small AND/NOT of them
 *     NOT c         -> negate(normalise(c)); two negations cancel
 *     AND c...      -> conjunction(normalised children)
 *     OR c...       -> disjunction(normalised children)
 *
 * conjunction(filters): flatten nested ANDs; all negative: NOT disjunction(the insides).
 *     Else: merge tests of one field among the positive ones; the negative ones are merged as the
 *     disjunction of their insides (!a && !b excludes a || b); sort; drop doubles.
 * disjunction(filters): flatten nested ORs; one negative or more: a || !b = !(b && !a), a
 * conjunction. Else: merge tests of one field; sort; drop doubles.
 *
 * Both sort what they are given, so the text is the same for any order: O(n log n) for n terms.
 */
#include "planner/filter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "planner/filter_text.h"

struct list {
    struct filter **items;
    size_t count, capacity;
};

static void
list_add(struct arena *arena, struct list *list, struct filter *filter)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct filter **items = arena_array(arena, capacity, sizeof *items);
        if (list->count) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = filter;
}

/* The canonical text is made once, when a node is complete; its children's texts are its parts. */
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

/* ---- Leaves ---- */

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

/* Takes the array over and sorts it. */
static struct filter *
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

static struct filter *
filter_range(struct arena *arena, struct slice field, bool is_text, struct filter_bound lo,
             struct filter_bound hi)
{
    struct filter *filter = filter_new(arena, FILTER_RANGE, field);
    filter->is_text = is_text;
    filter->lo = lo;
    filter->hi = hi;
    return finished(arena, filter);
}

static struct filter *
negate(struct arena *arena, struct filter *filter)
{
    if (filter->kind == FILTER_NOT) {
        return filter->children[0];
    }
    struct filter *not = filter_new(arena, FILTER_NOT, (struct slice){0});
    not ->children = arena_array(arena, 1, sizeof *not ->children);
    not ->children[0] = filter;
    not ->nchildren = 1;
    return finished(arena, not );
}

/* ---- Chains ---- */

static int
by_text(const void *a, const void *b)
{
    const struct filter *x = *(struct filter *const *) a, *y = *(struct filter *const *) b;
    return slice_compare(x->text, y->text);
}

/* Tests stand before chains, those of one field together: what merging needs. */
static int
by_field(const void *a, const void *b)
{
    const struct filter *x = *(struct filter *const *) a, *y = *(struct filter *const *) b;
    bool x_test = x->kind <= FILTER_EXISTS, y_test = y->kind <= FILTER_EXISTS;
    if (x_test != y_test) {
        return x_test ? -1 : 1;
    }
    int order = x_test ? slice_compare(x->field, y->field) : 0;
    if (!order) {
        order = (int) x->kind - (int) y->kind;
    }
    return order ? order : slice_compare(x->text, y->text);
}

static void
sort_and_drop_doubles(struct list *list, int (*order)(const void *, const void *))
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

/* One field's IN tests of a disjunction as one: a = 1 || a = 2. */
static struct filter *
merge_values(struct arena *arena, struct filter **tests, size_t ntests)
{
    size_t n = 0;
    for (size_t i = 0; i < ntests; i++) {
        n += tests[i]->nvalues;
    }
    struct slice *values = arena_array(arena, n, sizeof *values);
    n = 0;
    for (size_t i = 0; i < ntests; i++) {
        memcpy(values + n, tests[i]->values, tests[i]->nvalues * sizeof *values);
        n += tests[i]->nvalues;
    }
    return filter_in(arena, tests[0]->field, values, n);
}

static int
bound_compare(const struct filter *range, struct slice a, struct slice b)
{
    return range->is_text ? slice_compare(a, b) : number_compare(a, b);
}

/* The tighter of two bounds; side is -1 for lower bounds, 1 for upper ones. */
static struct filter_bound
tighter(const struct filter *range, struct filter_bound a, struct filter_bound b, int side)
{
    if (!a.given || !b.given) {
        return a.given ? a : b;
    }
    int order = bound_compare(range, a.value, b.value) * side;
    if (order == 0) {
        return a.inclusive ? b : a;
    }
    return order > 0 ? a : b;
}

/* Merges the tests of each field in a chain, in place. */
static void
merge_tests(struct arena *arena, struct list *list, enum filter_kind chain)
{
    sort_and_drop_doubles(list, by_field);
    struct list merged = {0};
    for (size_t i = 0; i < list->count;) {
        struct filter *first = list->items[i];
        size_t end = i + 1;
        if (first->kind > FILTER_EXISTS) {
            list_add(arena, &merged, first);
            i = end;
            continue;
        }
        while (end < list->count && list->items[end]->kind <= FILTER_EXISTS &&
               slice_equal(list->items[end]->field, first->field)) {
            end++;
        }
        /* One field's run: IN tests, then ranges, then at most one EXISTS, as the kinds are
         * ordered. */
        bool exists = list->items[end - 1]->kind == FILTER_EXISTS;
        if (exists && (chain == FILTER_OR || end - i == 1)) {
            list_add(arena, &merged, list->items[end - 1]);
            i = end;
            continue;
        }
        size_t tests_end = exists ? end - 1 : end;
        size_t values_end = i;
        while (values_end < tests_end && list->items[values_end]->kind == FILTER_IN) {
            values_end++;
        }
        if (chain == FILTER_OR && values_end - i > 1) {
            list_add(arena, &merged, merge_values(arena, list->items + i, values_end - i));
        } else {
            for (size_t j = i; j < values_end; j++) {
                list_add(arena, &merged, list->items[j]);
            }
        }
        struct filter *last_range[2] = {NULL, NULL}; /* numbers, text */
        for (size_t j = values_end; j < tests_end; j++) {
            struct filter *range = list->items[j];
            struct filter *before = last_range[range->is_text];
            if (chain == FILTER_AND && before) {
                range = filter_range(arena, range->field, range->is_text,
                                     tighter(range, before->lo, range->lo, 1),
                                     tighter(range, before->hi, range->hi, -1));
            } else if (before) {
                list_add(arena, &merged, before);
            }
            last_range[range->is_text] = range;
        }
        for (int text = 0; text < 2; text++) {
            if (last_range[text]) {
                list_add(arena, &merged, last_range[text]);
            }
        }
        i = end;
    }
    *list = merged;
}

static struct filter *
chain_new(struct arena *arena, enum filter_kind kind, struct list *positive, struct list *negative)
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

static void
flatten(struct arena *arena, const struct list *from, enum filter_kind kind, struct list *positive,
        struct list *negative)
{
    for (size_t i = 0; i < from->count; i++) {
        struct filter *filter = from->items[i];
        if (filter->kind == kind) {
            for (size_t j = 0; j < filter->nchildren; j++) {
                struct filter *child = filter->children[j];
                list_add(arena, child->kind == FILTER_NOT ? negative : positive, child);
            }
        } else {
            list_add(arena, filter->kind == FILTER_NOT ? negative : positive, filter);
        }
    }
}

static struct filter *conjunction(struct arena *arena, const struct list *filters);

static struct filter *
disjunction(struct arena *arena, const struct list *filters)
{
    struct list positive = {0}, negative = {0};
    flatten(arena, filters, FILTER_OR, &positive, &negative);
    if (negative.count) {
        struct list turned = {0};
        for (size_t i = 0; i < negative.count; i++) {
            list_add(arena, &turned, negative.items[i]->children[0]);
        }
        for (size_t i = 0; i < positive.count; i++) {
            list_add(arena, &turned, negate(arena, positive.items[i]));
        }
        return negate(arena, conjunction(arena, &turned));
    }
    merge_tests(arena, &positive, FILTER_OR);
    sort_and_drop_doubles(&positive, by_text);
    return positive.count == 1 ? positive.items[0]
                               : chain_new(arena, FILTER_OR, &positive, &negative);
}

static struct filter *
conjunction(struct arena *arena, const struct list *filters)
{
    struct list positive = {0}, negative = {0}, excluded = {0};
    flatten(arena, filters, FILTER_AND, &positive, &negative);
    if (negative.count) {
        struct list insides = {0};
        for (size_t i = 0; i < negative.count; i++) {
            list_add(arena, &insides, negative.items[i]->children[0]);
        }
        struct filter *any = disjunction(arena, &insides);
        if (!positive.count) {
            return negate(arena, any);
        }
        if (any->kind == FILTER_OR) {
            for (size_t i = 0; i < any->nchildren; i++) {
                list_add(arena, &excluded, negate(arena, any->children[i]));
            }
        } else {
            list_add(arena, &excluded, negate(arena, any));
        }
        sort_and_drop_doubles(&excluded, by_text);
    }
    merge_tests(arena, &positive, FILTER_AND);
    sort_and_drop_doubles(&positive, by_text);
    return positive.count == 1 && !excluded.count
               ? positive.items[0]
               : chain_new(arena, FILTER_AND, &positive, &excluded);
}

struct filter *
filter_all(struct arena *arena, const struct filter *const *filters, size_t n)
{
    struct list list = {0};
    for (size_t i = 0; i < n; i++) {
        list_add(arena, &list, (struct filter *) filters[i]);
    }
    return conjunction(arena, &list);
}

struct filter *
filter_not(struct arena *arena, const struct filter *filter)
{
    return negate(arena, (struct filter *) filter);
}

/* ---- Conditions ---- */

static struct filter *
normalise_compare(struct arena *arena, const struct ast_cond *cond)
{
    struct filter_bound none = {0};
    struct filter_bound bound = {true, cond->op == AST_LE || cond->op == AST_GE, cond->value.text};
    bool is_text = cond->value.kind == AST_TEXT;
    switch (cond->op) {
    case AST_EQ:
    case AST_NE: {
        struct filter *equal = filter_equals(arena, cond->field, cond->value.text);
        if (cond->op == AST_EQ) {
            return equal;
        }
        struct list both = {0};
        list_add(arena, &both, filter_exists(arena, cond->field));
        list_add(arena, &both, negate(arena, equal));
        return conjunction(arena, &both);
    }
    case AST_LT:
    case AST_LE: return filter_range(arena, cond->field, is_text, none, bound);
    case AST_GT:
    case AST_GE: return filter_range(arena, cond->field, is_text, bound, none);
    }
    return NULL;
}

static struct filter *
normalise_membership(struct arena *arena, const struct ast_cond *cond)
{
    const struct ast_positions *positions = cond->positions;
    struct list any = {0};
    if (positions->kind == AST_INT_RANGE) {
        struct filter_bound lo = {true, true, positions->lo.text};
        struct filter_bound hi = {true, true, positions->hi.text};
        list_add(arena, &any, filter_range(arena, cond->field, false, lo, hi));
    } else {
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            switch (item->kind) {
            case AST_ITEM_VALUE:
                list_add(arena, &any, filter_equals(arena, cond->field, item->value.text));
                break;
            case AST_ITEM_RANGE: {
                struct filter_bound lo = {true, true, item->lo.text};
                struct filter_bound hi = {true, true, item->hi.text};
                list_add(arena, &any, filter_range(arena, cond->field, false, lo, hi));
                break;
            }
            case AST_ITEM_MISSING:
                list_add(arena, &any, negate(arena, filter_exists(arena, cond->field)));
                break;
            case AST_ITEM_OTHER:
                /* Any other value, beside the listed ones: whatever the row has. */
                list_add(arena, &any, filter_exists(arena, cond->field));
                break;
            }
        }
    }
    struct filter *in = disjunction(arena, &any);
    if (!cond->negated) {
        return in;
    }
    struct list both = {0};
    list_add(arena, &both, filter_exists(arena, cond->field));
    list_add(arena, &both, negate(arena, in));
    return conjunction(arena, &both);
}

struct filter *
filter_normalise(struct arena *arena, const struct ast_cond *cond)
{
    switch (cond->kind) {
    case AST_OR:
    case AST_AND: {
        struct list children = {0};
        for (const struct ast_cond *child = cond->children; child; child = child->next) {
            list_add(arena, &children, filter_normalise(arena, child));
        }
        return cond->kind == AST_OR ? disjunction(arena, &children) : conjunction(arena, &children);
    }
    case AST_NOT: return negate(arena, filter_normalise(arena, cond->children));
    case AST_COMPARE: return normalise_compare(arena, cond);
    case AST_IN: return normalise_membership(arena, cond);
    case AST_MISSING: return negate(arena, filter_exists(arena, cond->field));
    case AST_EXISTS: return filter_exists(arena, cond->field);
    }
    return NULL;
}

/* ---- Questions ---- */

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
        if (fields->count == fields->capacity) {
            size_t capacity = fields->capacity ? fields->capacity * 2 : 16;
            struct slice *names = arena_array(arena, capacity, sizeof *names);
            if (fields->count) {
                memcpy(names, fields->names, fields->count * sizeof *names);
            }
            fields->names = names;
            fields->capacity = capacity;
        }
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
