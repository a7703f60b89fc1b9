/*
 * Merges the tests of one field in an AND or an OR. in: the filters of an AND or an OR; out: the
 * same with as few tests of each field as possible.
 *
 * In an OR, a field's values and ranges become intervals that do not touch. Numbers and texts have
 * an order each, and intervals of their own: a number is not taken into a range of text, since the
 * rest of that range would then depend on which came first. In an AND, the ranges of each order
 * become one, by their tighter bounds.
 *
 * Example: x < 5 || x < 7 || x = 7 is x <= 7; x >= 1 && x <= 8 is x in [1,8].
 */
#include "planner/filter_merge.h"

#include <stdlib.h>

#include "base/number.h"

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

/* By lower bound: none first, then by value, an included one before an excluded one. */
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
    return order_lower(false, a, b); /* struct interval begins with its lower bound */
}

static int
by_lower_text(const void *a, const void *b)
{
    return order_lower(true, a, b);
}

/* True: b, which begins no earlier than a, begins inside a or right behind it. */
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

/* The tests of a field in one order: numbers, or bytes. */
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
            /* No text is below the empty text. */
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

/* Sorts intervals and joins those that touch. Empty ones are removed, unless all are empty. */
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

/* ---- One field's tests ---- */

/* The replacement of a field's tests in a disjunction. */
struct united {
    struct slice *values;
    size_t nvalues;
    struct filter_list ranges;
    bool holds_always; /* true for any value */
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
            filter_list_add(arena, &united->ranges,
                            filter_range(arena, field, all->is_text, *lo, *hi));
        } else if (all->is_text) {
            united->holds_always = true;
        } else {
            /* All numbers: no single range means that. */
            struct filter_bound below = {true, false, slice_lit("0")};
            struct filter_bound above = {true, true, slice_lit("0")};
            filter_list_add(arena, &united->ranges, filter_range(arena, field, false, none, below));
            filter_list_add(arena, &united->ranges, filter_range(arena, field, false, above, none));
        }
    }
}

/* Unites tests of one field in a disjunction: its values and ranges. */
static void
unite_values(struct arena *arena, struct filter **tests, size_t ntests, struct filter_list *merged)
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
        filter_list_add(arena, merged, filter_exists(arena, field));
        return;
    }
    if (united.nvalues) {
        filter_list_add(arena, merged, filter_in(arena, field, united.values, united.nvalues));
    }
    for (size_t i = 0; i < united.ranges.count; i++) {
        filter_list_add(arena, merged, united.ranges.items[i]);
    }
    if (!united.nvalues && !united.ranges.count) {
        for (size_t i = 0; i < ntests; i++) {
            filter_list_add(arena, merged, tests[i]);
        }
    }
}

/*
 * Unites two or more tests of one field in a disjunction. Patterns and tests of parts, which come last,
 * stay apart.
 */
static void
unite_tests(struct arena *arena, struct filter **tests, size_t ntests, struct filter_list *merged)
{
    size_t npatterns = 0;
    while (npatterns < ntests && tests[ntests - 1 - npatterns]->kind >= FILTER_LIKE) {
        npatterns++;
    }
    struct filter_list values = {0};
    size_t nvalues = ntests - npatterns;
    if (nvalues) {
        unite_values(arena, tests, nvalues, &values);
    }
    bool exists = values.count && values.items[0]->kind == FILTER_EXISTS;
    for (size_t i = 0; i < values.count; i++) {
        filter_list_add(arena, merged, values.items[i]);
    }
    for (size_t i = nvalues; i < ntests && !exists; i++) {
        filter_list_add(arena, merged, tests[i]);
    }
}

/* The tighter of two bounds; side is -1 for lower bounds, 1 for upper bounds. */
static struct filter_bound
tighter(const struct filter *range, struct filter_bound a, struct filter_bound b, int side)
{
    if (!a.given || !b.given) {
        return a.given ? a : b;
    }
    int order = order_values(range->is_text, a.value, b.value) * side;
    if (order == 0) {
        return a.inclusive ? b : a;
    }
    return order > 0 ? a : b;
}

/* Joins the values and ranges of one field in a conjunction: one range in each order. */
static void
intersect_tests(struct arena *arena, struct filter **tests, size_t ntests,
                struct filter_list *merged)
{
    struct filter *ranges[2] = {NULL, NULL}; /* numbers, text */
    for (size_t i = 0; i < ntests; i++) {
        struct filter *test = tests[i];
        if (test->kind != FILTER_RANGE) {
            filter_list_add(arena, merged, test);
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
            filter_list_add(arena, merged, ranges[text]);
        }
    }
}

/* ---- All of a chain ---- */

/* Sorts for merging: tests before chains, and the tests of one field together. */
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

void
filter_merge_tests(struct arena *arena, struct filter_list *list, enum filter_kind chain)
{
    filter_list_sort(list, by_field);
    struct filter_list merged = {0};
    for (size_t i = 0, end; i < list->count; i = end) {
        struct filter *first = list->items[i];
        end = i + 1;
        while (first->kind <= FILTER_EXISTS && end < list->count &&
               list->items[end]->kind <= FILTER_EXISTS &&
               slice_equal(list->items[end]->field, first->field)) {
            end++;
        }
        /* A field's tests are sorted by kind: IN, RANGE, LIKE, PARTS, then at most one EXISTS. */
        bool exists = list->items[end - 1]->kind == FILTER_EXISTS;
        if (end - i == 1) {
            filter_list_add(arena, &merged, first);
        } else if (chain == FILTER_AND) {
            intersect_tests(arena, list->items + i, end - i - exists, &merged);
        } else if (exists) {
            filter_list_add(arena, &merged, list->items[end - 1]);
        } else {
            unite_tests(arena, list->items + i, end - i, &merged);
        }
    }
    *list = merged;
}
