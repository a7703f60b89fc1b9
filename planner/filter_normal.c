/*
 * Brings a condition into the normal form that is planned, run and cached. in: struct ast_cond;
 * out: struct filter (see filter.h for the form and an example).
 *
 * normalise(cond):
 *     test          -> IN, RANGE, LIKE, PARTS, EXISTS, or a small AND/NOT of them
 *     NOT c         -> normalise(c), negated; two negations cancel
 *     AND c...      -> conjunction(normalised children); children that are ANDs, or negated ORs,
 *                      are taken apart first, so each test is sorted and printed once per chain
 *     OR c...       -> disjunction(normalised children), likewise
 *
 * conjunction(filters): flatten nested ANDs; all negative: NOT disjunction(the insides).
 *     Else: merge tests of one field among the positive ones; the negative ones are merged as the
 *     disjunction of their insides (!a && !b excludes a || b); sort; drop doubles.
 * disjunction(filters): flatten nested ORs; one negative or more: a || !b = !(b && !a), a
 *     conjunction. Else: merge tests of one field; sort; drop doubles.
 *
 * Both sort their input, so the text is the same for any order: O(n log n) for n terms.
 */
#include "planner/filter_normal.h"

#include "planner/filter_build.h"
#include "planner/filter_like.h"
#include "planner/filter_merge.h"

/* ---- Chains ---- */

static int
by_text(const void *a, const void *b)
{
    const struct filter *x = *(struct filter *const *) a, *y = *(struct filter *const *) b;
    return slice_compare(x->text, y->text);
}

static void
flatten(struct arena *arena, const struct filter_list *from, enum filter_kind kind,
        struct filter_list *positive, struct filter_list *negative)
{
    for (size_t i = 0; i < from->count; i++) {
        struct filter *filter = from->items[i];
        if (filter->kind == kind) {
            for (size_t j = 0; j < filter->nchildren; j++) {
                struct filter *child = filter->children[j];
                filter_list_add(arena, child->kind == FILTER_NOT ? negative : positive, child);
            }
        } else {
            filter_list_add(arena, filter->kind == FILTER_NOT ? negative : positive, filter);
        }
    }
}

static struct filter *conjunction(struct arena *arena, const struct filter_list *filters);

static struct filter *
disjunction(struct arena *arena, const struct filter_list *filters)
{
    struct filter_list positive = {0}, negative = {0};
    flatten(arena, filters, FILTER_OR, &positive, &negative);
    if (negative.count) {
        struct filter_list turned = {0};
        for (size_t i = 0; i < negative.count; i++) {
            filter_list_add(arena, &turned, negative.items[i]->children[0]);
        }
        for (size_t i = 0; i < positive.count; i++) {
            filter_list_add(arena, &turned, filter_not(arena, positive.items[i]));
        }
        return filter_not(arena, conjunction(arena, &turned));
    }
    filter_merge_tests(arena, &positive, FILTER_OR);
    filter_list_sort(&positive, by_text);
    return positive.count == 1 ? positive.items[0]
                               : filter_chain(arena, FILTER_OR, &positive, &negative);
}

static struct filter *
conjunction(struct arena *arena, const struct filter_list *filters)
{
    struct filter_list positive = {0}, negative = {0}, excluded = {0};
    flatten(arena, filters, FILTER_AND, &positive, &negative);
    if (negative.count) {
        struct filter_list insides = {0};
        for (size_t i = 0; i < negative.count; i++) {
            filter_list_add(arena, &insides, negative.items[i]->children[0]);
        }
        struct filter *any = disjunction(arena, &insides);
        if (!positive.count) {
            return filter_not(arena, any);
        }
        if (any->kind == FILTER_OR) {
            for (size_t i = 0; i < any->nchildren; i++) {
                filter_list_add(arena, &excluded, filter_not(arena, any->children[i]));
            }
        } else {
            filter_list_add(arena, &excluded, filter_not(arena, any));
        }
        filter_list_sort(&excluded, by_text);
    }
    filter_merge_tests(arena, &positive, FILTER_AND);
    filter_list_sort(&positive, by_text);
    return positive.count == 1 && !excluded.count
               ? positive.items[0]
               : filter_chain(arena, FILTER_AND, &positive, &excluded);
}

struct filter *
filter_all(struct arena *arena, const struct filter *const *filters, size_t n)
{
    struct filter_list list = {0};
    for (size_t i = 0; i < n; i++) {
        filter_list_add(arena, &list, (struct filter *) filters[i]);
    }
    return conjunction(arena, &list);
}

/* ---- Conditions ---- */

struct normaliser {
    struct arena *arena;
    const struct field_definitions *fields;
};

/* The filter of a row, made of the test of a value: of a field of several values, of any of them. */
static struct filter *
of_row(const struct normaliser *n, struct slice field, struct filter *test)
{
    const struct field_definition *said = field_definitions_find(n->fields, field);
    return said && said->separator.ptr ? filter_parts(n->arena, field, said->separator, test)
                                       : test;
}

static struct filter *
has_field(const struct normaliser *n, struct slice field)
{
    return of_row(n, field, filter_exists(n->arena, field));
}

/* The rows that have the field, and for which the positive test does not hold. */
static struct filter *
has_but_not(const struct normaliser *n, struct slice field, const struct filter *test)
{
    struct filter_list both = {0};
    filter_list_add(n->arena, &both, has_field(n, field));
    filter_list_add(n->arena, &both, filter_not(n->arena, test));
    return conjunction(n->arena, &both);
}

/* The test of a value; of != that of =. */
static struct filter *
normalise_compare(struct arena *arena, const struct ast_cond *cond)
{
    struct filter_bound none = {0};
    struct filter_bound bound = {true, cond->op == AST_LE || cond->op == AST_GE, cond->value.text};
    bool is_text = cond->value.kind == AST_TEXT;
    switch (cond->op) {
    case AST_EQ:
    case AST_NE: return filter_equals(arena, cond->field, cond->value.text);
    case AST_LT:
    case AST_LE: return filter_range(arena, cond->field, is_text, none, bound);
    case AST_GT:
    case AST_GE: return filter_range(arena, cond->field, is_text, bound, none);
    }
    return NULL;
}

static struct filter *
normalise_range(struct arena *arena, struct slice field, const struct ast_range *range)
{
    struct filter_bound lo = {range->has_lo, range->lo_inclusive, range->lo.text};
    struct filter_bound hi = {range->has_hi, range->hi_inclusive, range->hi.text};
    return filter_range(arena, field, false, lo, hi);
}

/* What a list names: values and ranges, which are tests of a value, and MISSING and OTHER. */
static void
add_single(const struct normaliser *n, struct slice field, const struct ast_single *single,
           struct filter_list *tests, struct filter_list *rows)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE:
        filter_list_add(n->arena, tests, filter_equals(n->arena, field, single->value.text));
        return;
    case AST_SINGLE_RANGE:
        filter_list_add(n->arena, tests, normalise_range(n->arena, field, &single->range));
        return;
    case AST_SINGLE_MISSING:
        filter_list_add(n->arena, rows, filter_not(n->arena, has_field(n, field)));
        return;
    case AST_SINGLE_OTHER:
        /* Any other value beside the listed ones: every row that has the field. */
        filter_list_add(n->arena, rows, has_field(n, field));
        return;
    }
}

static struct filter *
normalise_membership(const struct normaliser *n, const struct ast_cond *cond)
{
    const struct ast_positions *positions = cond->positions;
    struct filter_list tests = {0}, rows = {0};
    if (positions->kind == AST_LIST) {
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            add_single(n, cond->field, item->singles, &tests, &rows);
        }
    } else {
        filter_list_add(n->arena, &tests,
                        normalise_range(n->arena, cond->field, &positions->range));
    }
    if (tests.count) {
        filter_list_add(n->arena, &rows, of_row(n, cond->field, disjunction(n->arena, &tests)));
    }
    return disjunction(n->arena, &rows);
}

/* Bounds of one kind are one range. A number and a text are a range each. */
static struct filter *
normalise_between(struct arena *arena, const struct ast_cond *cond)
{
    bool lo_is_text = cond->value.kind == AST_TEXT, hi_is_text = cond->high.kind == AST_TEXT;
    struct filter_bound none = {0};
    struct filter_bound lo = {true, true, cond->value.text}, hi = {true, true, cond->high.text};
    if (lo_is_text == hi_is_text) {
        return filter_range(arena, cond->field, lo_is_text, lo, hi);
    }
    struct filter_list both = {0};
    filter_list_add(arena, &both, filter_range(arena, cond->field, lo_is_text, lo, none));
    filter_list_add(arena, &both, filter_range(arena, cond->field, hi_is_text, none, hi));
    return conjunction(arena, &both);
}

static struct filter *
normalise_test(const struct normaliser *n, const struct ast_cond *cond)
{
    struct arena *arena = n->arena;
    struct filter *test = NULL;
    bool is_negated = cond->negated;
    switch (cond->kind) {
    case AST_COMPARE:
        test = of_row(n, cond->field, normalise_compare(arena, cond));
        is_negated = cond->op == AST_NE;
        break;
    case AST_IN: test = normalise_membership(n, cond); break;
    case AST_LIKE:
        test = of_row(n, cond->field,
                      filter_like(arena, cond->field, cond->folds_case, cond->value.text));
        break;
    case AST_BETWEEN: test = of_row(n, cond->field, normalise_between(arena, cond)); break;
    case AST_MISSING: return filter_not(arena, has_field(n, cond->field));
    case AST_EXISTS: return has_field(n, cond->field);
    case AST_OR:
    case AST_AND:
    case AST_NOT: return NULL;
    }
    return is_negated ? has_but_not(n, cond->field, test) : test;
}

static struct filter *normalise(const struct normaliser *n, const struct ast_cond *cond,
                                bool negated);

/* The kind of chain that an AND or OR is, negated or not. */
static enum filter_kind
chain_kind(const struct ast_cond *cond, bool negated)
{
    return (cond->kind == AST_OR) != negated ? FILTER_OR : FILTER_AND;
}

/* Collects the parts of a chain, including the parts of inner chains of the same kind. */
static void
gather(const struct normaliser *n, const struct ast_cond *cond, bool negated,
       enum filter_kind chain, struct filter_list *parts)
{
    while (cond->kind == AST_NOT) {
        cond = cond->children;
        negated = !negated;
    }
    bool is_chain = cond->kind == AST_OR || cond->kind == AST_AND;
    if (!is_chain || chain_kind(cond, negated) != chain) {
        filter_list_add(n->arena, parts, normalise(n, cond, negated));
        return;
    }
    for (const struct ast_cond *child = cond->children; child; child = child->next) {
        gather(n, child, negated, chain, parts);
    }
}

static struct filter *
normalise(const struct normaliser *n, const struct ast_cond *cond, bool negated)
{
    while (cond->kind == AST_NOT) {
        cond = cond->children;
        negated = !negated;
    }
    if (cond->kind != AST_OR && cond->kind != AST_AND) {
        struct filter *test = normalise_test(n, cond);
        return negated ? filter_not(n->arena, test) : test;
    }
    enum filter_kind chain = chain_kind(cond, negated);
    struct filter_list parts = {0};
    gather(n, cond, negated, chain, &parts);
    return chain == FILTER_OR ? disjunction(n->arena, &parts) : conjunction(n->arena, &parts);
}

struct filter *
filter_normalise(struct arena *arena, const struct field_definitions *fields,
                 const struct ast_cond *cond)
{
    const struct normaliser n = {arena, fields};
    return normalise(&n, cond, false);
}
