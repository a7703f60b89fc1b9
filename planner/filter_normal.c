/*
 * Brings a condition into the normal form that is planned, run and cached. in: struct ast_cond;
 * out: struct filter (see filter.h for the form and an example).
 *
 * normalise(cond):
 *     test          -> IN, RANGE, LIKE, EXISTS, or a small AND/NOT of them
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

/* The rows that have the field, and for which the positive test does not hold. */
static struct filter *
has_but_not(struct arena *arena, struct slice field, const struct filter *test)
{
    struct filter_list both = {0};
    filter_list_add(arena, &both, filter_exists(arena, field));
    filter_list_add(arena, &both, filter_not(arena, test));
    return conjunction(arena, &both);
}

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
        return has_but_not(arena, cond->field, equal);
    }
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

static struct filter *
normalise_single(struct arena *arena, struct slice field, const struct ast_single *single)
{
    switch (single->kind) {
    case AST_SINGLE_VALUE: return filter_equals(arena, field, single->value.text);
    case AST_SINGLE_RANGE: return normalise_range(arena, field, &single->range);
    case AST_SINGLE_MISSING: return filter_not(arena, filter_exists(arena, field));
    case AST_SINGLE_OTHER:
        /* Any other value beside the listed ones: every row that has the field. */
        return filter_exists(arena, field);
    }
    return NULL;
}

static struct filter *
normalise_membership(struct arena *arena, const struct ast_cond *cond)
{
    const struct ast_positions *positions = cond->positions;
    struct filter_list any = {0};
    if (positions->kind == AST_LIST) {
        for (const struct ast_item *item = positions->items; item; item = item->next) {
            filter_list_add(arena, &any, normalise_single(arena, cond->field, item->singles));
        }
    } else {
        filter_list_add(arena, &any, normalise_range(arena, cond->field, &positions->range));
    }
    return disjunction(arena, &any);
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
normalise_test(struct arena *arena, const struct ast_cond *cond)
{
    struct filter *test = NULL;
    switch (cond->kind) {
    case AST_COMPARE: return normalise_compare(arena, cond);
    case AST_IN: test = normalise_membership(arena, cond); break;
    case AST_LIKE:
        test = filter_like(arena, cond->field, cond->folds_case, cond->value.text);
        break;
    case AST_BETWEEN: test = normalise_between(arena, cond); break;
    case AST_MISSING: return filter_not(arena, filter_exists(arena, cond->field));
    case AST_EXISTS: return filter_exists(arena, cond->field);
    case AST_OR:
    case AST_AND:
    case AST_NOT: return NULL;
    }
    return cond->negated ? has_but_not(arena, cond->field, test) : test;
}

static struct filter *normalise(struct arena *arena, const struct ast_cond *cond, bool negated);

/* The kind of chain that an AND or OR is, negated or not. */
static enum filter_kind
chain_kind(const struct ast_cond *cond, bool negated)
{
    return (cond->kind == AST_OR) != negated ? FILTER_OR : FILTER_AND;
}

/* Collects the parts of a chain, including the parts of inner chains of the same kind. */
static void
gather(struct arena *arena, const struct ast_cond *cond, bool negated, enum filter_kind chain,
       struct filter_list *parts)
{
    while (cond->kind == AST_NOT) {
        cond = cond->children;
        negated = !negated;
    }
    bool is_chain = cond->kind == AST_OR || cond->kind == AST_AND;
    if (!is_chain || chain_kind(cond, negated) != chain) {
        filter_list_add(arena, parts, normalise(arena, cond, negated));
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
        return negated ? filter_not(arena, test) : test;
    }
    enum filter_kind chain = chain_kind(cond, negated);
    struct filter_list parts = {0};
    gather(arena, cond, negated, chain, &parts);
    return chain == FILTER_OR ? disjunction(arena, &parts) : conjunction(arena, &parts);
}

struct filter *
filter_normalise(struct arena *arena, const struct ast_cond *cond)
{
    return normalise(arena, cond, false);
}
