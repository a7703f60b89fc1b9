/*
 * Filter: from the condition as it was written to the normal form that is planned, run and cached.
 * in: struct ast_cond; out: struct filter (see filter.h for the form and an example).
 *
 * normalise(cond):
 *     test          -> IN, RANGE, EXISTS, or a small AND/NOT of them
 *     NOT c         -> normalise(c), negated; two negations cancel
 *     AND c...      -> conjunction(normalised children); children that are ANDs, or negated ORs, are
 *                      taken apart first, so that each test is sorted and printed once per chain
 *     OR c...       -> disjunction(normalised children), likewise
 *
 * conjunction(filters): flatten nested ANDs; all negative: NOT disjunction(the insides).
 *     Else: merge tests of one field among the positive ones; the negative ones are merged as the
 *     disjunction of their insides (!a && !b excludes a || b); sort; drop doubles.
 * disjunction(filters): flatten nested ORs; one negative or more: a || !b = !(b && !a), a
 * conjunction. Else: merge tests of one field; sort; drop doubles.
 * Merging, in a disjunction: a field's values and ranges become intervals apart from each other, in
 *     the order of numbers and in that of bytes, each for itself: a number is no part of a range of
 *     text, since what would be left of it then depends on who came first. In a conjunction: the
 *     ranges of each order are one, by their tighter bounds.
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
    list->items = arena_room(arena, list->items, list->count, &list->capacity, sizeof filter);
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

/* ---- Intervals ---- */

struct interval {
    struct filter_bound lo, hi;
};

struct intervals {
    struct interval *items;
    size_t count;
    bool is_text;
};

static int
order_values(bool is_text, struct slice a, struct slice b)
{
    return is_text ? slice_compare(a, b) : number_compare(a, b);
}

/* By lower bound: none, then by value, one that is in before one that is not. */
static int
order_lower(bool is_text, const struct filter_bound *a, const struct filter_bound *b)
{
    if (!a->given || !b->given) {
        return (int) a->given - (int) b->given;
    }
    int order = order_values(is_text, a->value, b->value);
    return order ? order : (int) b->inclusive - (int) a->inclusive;
}

static int
by_lower_number(const void *a, const void *b)
{
    return order_lower(false, a, b); /* struct interval begins with it */
}

static int
by_lower_text(const void *a, const void *b)
{
    return order_lower(true, a, b);
}

/* Does b, which begins no earlier, begin where a has not ended, or right behind it? */
static bool
are_joined(bool is_text, const struct filter_bound *a_hi, const struct filter_bound *b_lo)
{
    if (!a_hi->given || !b_lo->given) {
        return true;
    }
    int order = order_values(is_text, b_lo->value, a_hi->value);
    return order < 0 || (order == 0 && (a_hi->inclusive || b_lo->inclusive));
}

static bool
is_lower(bool is_text, const struct filter_bound *a_hi, const struct filter_bound *b_hi)
{
    if (!a_hi->given || !b_hi->given) {
        return a_hi->given;
    }
    int order = order_values(is_text, a_hi->value, b_hi->value);
    return order < 0 || (order == 0 && b_hi->inclusive);
}

static bool
holds_nothing(bool is_text, const struct interval *interval)
{
    if (!interval->lo.given || !interval->hi.given) {
        return false;
    }
    int order = order_values(is_text, interval->lo.value, interval->hi.value);
    return order > 0 || (order == 0 && !(interval->lo.inclusive && interval->hi.inclusive));
}

/* Those of a field's tests that are in one order: numbers, or bytes. */
static struct intervals
intervals_of(struct arena *arena, struct filter **tests, size_t ntests, bool is_text)
{
    size_t most = 0;
    for (size_t i = 0; i < ntests; i++) {
        most += tests[i]->kind == FILTER_IN ? tests[i]->nvalues : 1;
    }
    struct intervals all = {.items = arena_array(arena, most, sizeof *all.items),
                            .is_text = is_text};
    for (size_t i = 0; i < ntests; i++) {
        const struct filter *test = tests[i];
        if (test->kind == FILTER_RANGE && test->is_text == is_text) {
            struct interval *interval = &all.items[all.count++];
            *interval = (struct interval){test->lo, test->hi};
            /* No text is below the empty one. */
            if (is_text && test->lo.given && test->lo.inclusive && !test->lo.value.len) {
                interval->lo.given = false;
            }
        }
        for (size_t v = 0; v < test->nvalues; v++) {
            if (number_is_canonical(test->values[v]) != is_text) {
                struct filter_bound point = {true, true, test->values[v]};
                all.items[all.count++] = (struct interval){point, point};
            }
        }
    }
    return all;
}

/* Sorted, and apart from each other. Those that hold for no value go, unless there is nothing else.
 */
static void
intervals_unite(struct intervals *all)
{
    size_t kept = 0, nheld = 0;
    for (size_t i = 0; i < all->count; i++) {
        if (!holds_nothing(all->is_text, &all->items[i])) {
            all->items[nheld++] = all->items[i];
        }
    }
    all->count = nheld;
    if (nheld) {
        qsort(all->items, nheld, sizeof *all->items,
              all->is_text ? by_lower_text : by_lower_number);
    }
    for (size_t i = 0; i < nheld; i++) {
        struct interval *last = kept ? &all->items[kept - 1] : NULL;
        if (!last || !are_joined(all->is_text, &last->hi, &all->items[i].lo)) {
            all->items[kept++] = all->items[i];
        } else if (is_lower(all->is_text, &last->hi, &all->items[i].hi)) {
            last->hi = all->items[i].hi;
        }
    }
    all->count = kept;
}

/* What takes the place of a field's tests in a disjunction. */
struct united {
    struct slice *values;
    size_t nvalues;
    struct list ranges;
    bool holds_always; /* of any value */
};

static void
add_intervals(struct arena *arena, struct united *united, struct slice field,
              const struct intervals *all)
{
    const struct filter_bound none = {0};
    for (size_t i = 0; i < all->count; i++) {
        const struct interval *interval = &all->items[i];
        const struct filter_bound *lo = &interval->lo, *hi = &interval->hi;
        if (lo->given && hi->given && slice_equal(lo->value, hi->value)) {
            united->values[united->nvalues++] = lo->value;
        } else if (lo->given || hi->given) {
            list_add(arena, &united->ranges, filter_range(arena, field, all->is_text, *lo, *hi));
        } else if (all->is_text) {
            united->holds_always = true;
        } else {
            /* All numbers: no single range says so. */
            struct filter_bound below = {true, false, slice_lit("0")};
            struct filter_bound above = {true, true, slice_lit("0")};
            list_add(arena, &united->ranges, filter_range(arena, field, false, none, below));
            list_add(arena, &united->ranges, filter_range(arena, field, false, above, none));
        }
    }
}

/* One field's values and ranges of a disjunction, two or more. */
static void
unite_tests(struct arena *arena, struct filter **tests, size_t ntests, struct list *merged)
{
    struct slice field = tests[0]->field;
    struct intervals numbers = intervals_of(arena, tests, ntests, false);
    struct intervals texts = intervals_of(arena, tests, ntests, true);
    struct united united = {
        .values = arena_array(arena, numbers.count + texts.count, sizeof *united.values)};
    intervals_unite(&numbers);
    intervals_unite(&texts);
    add_intervals(arena, &united, field, &numbers);
    add_intervals(arena, &united, field, &texts);
    if (united.holds_always) {
        list_add(arena, merged, filter_exists(arena, field));
        return;
    }
    if (united.nvalues) {
        list_add(arena, merged, filter_in(arena, field, united.values, united.nvalues));
    }
    for (size_t i = 0; i < united.ranges.count; i++) {
        list_add(arena, merged, united.ranges.items[i]);
    }
    if (!united.nvalues && !united.ranges.count) {
        for (size_t i = 0; i < ntests; i++) {
            list_add(arena, merged, tests[i]);
        }
    }
}

/* One field's values and ranges of a conjunction: the ranges become one in each order. */
static void
intersect_tests(struct arena *arena, struct filter **tests, size_t ntests, struct list *merged)
{
    struct filter *ranges[2] = {NULL, NULL}; /* numbers, text */
    for (size_t i = 0; i < ntests; i++) {
        struct filter *test = tests[i];
        if (test->kind == FILTER_IN) {
            list_add(arena, merged, test);
            continue;
        }
        struct filter *before = ranges[test->is_text];
        if (before) {
            test = filter_range(arena, test->field, test->is_text,
                                tighter(test, before->lo, test->lo, 1),
                                tighter(test, before->hi, test->hi, -1));
        }
        ranges[test->is_text] = test;
    }
    for (int text = 0; text < 2; text++) {
        if (ranges[text]) {
            list_add(arena, merged, ranges[text]);
        }
    }
}

/* Merges the tests of each field in a chain, in place. */
static void
merge_tests(struct arena *arena, struct list *list, enum filter_kind chain)
{
    sort_and_drop_doubles(list, by_field);
    struct list merged = {0};
    for (size_t i = 0, end; i < list->count; i = end) {
        struct filter *first = list->items[i];
        end = i + 1;
        while (first->kind <= FILTER_EXISTS && end < list->count &&
               list->items[end]->kind <= FILTER_EXISTS &&
               slice_equal(list->items[end]->field, first->field)) {
            end++;
        }
        /* One field's run: IN tests, then ranges, then at most one EXISTS, as the kinds are
         * ordered. */
        bool exists = list->items[end - 1]->kind == FILTER_EXISTS;
        if (end - i == 1) {
            list_add(arena, &merged, first);
        } else if (chain == FILTER_AND) {
            intersect_tests(arena, list->items + i, end - i - exists, &merged);
        } else if (exists) {
            list_add(arena, &merged, list->items[end - 1]);
        } else {
            unite_tests(arena, list->items + i, end - i, &merged);
        }
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

static struct filter *
normalise_test(struct arena *arena, const struct ast_cond *cond)
{
    switch (cond->kind) {
    case AST_COMPARE: return normalise_compare(arena, cond);
    case AST_IN: return normalise_membership(arena, cond);
    case AST_MISSING: return negate(arena, filter_exists(arena, cond->field));
    case AST_EXISTS: return filter_exists(arena, cond->field);
    case AST_OR:
    case AST_AND:
    case AST_NOT: break;
    }
    return NULL;
}

static struct filter *normalise(struct arena *arena, const struct ast_cond *cond, bool negated);

/* What an AND or OR, negated or not, is a chain of. */
static enum filter_kind
chain_kind(const struct ast_cond *cond, bool negated)
{
    return (cond->kind == AST_OR) != negated ? FILTER_OR : FILTER_AND;
}

/* The parts of a chain: also those of chains of the same kind in it. */
static void
gather(struct arena *arena, const struct ast_cond *cond, bool negated, enum filter_kind chain,
       struct list *parts)
{
    while (cond->kind == AST_NOT) {
        cond = cond->children;
        negated = !negated;
    }
    bool is_chain = cond->kind == AST_OR || cond->kind == AST_AND;
    if (!is_chain || chain_kind(cond, negated) != chain) {
        list_add(arena, parts, normalise(arena, cond, negated));
        return;
    }
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        gather(arena, child, negated, chain, parts);
    }
}

static struct filter *
normalise(struct arena *arena, const struct ast_cond *cond, bool negated)
{
    while (cond->kind == AST_NOT) {
        cond = cond->children;
        negated = !negated;
    }
    if (cond->kind != AST_OR && cond->kind != AST_AND) {
        struct filter *test = normalise_test(arena, cond);
        return negated ? negate(arena, test) : test;
    }
    enum filter_kind chain = chain_kind(cond, negated);
    struct list parts = {0};
    gather(arena, cond, negated, chain, &parts);
    return chain == FILTER_OR ? disjunction(arena, &parts) : conjunction(arena, &parts);
}

struct filter *
filter_normalise(struct arena *arena, const struct ast_cond *cond)
{
    return normalise(arena, cond, false);
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
