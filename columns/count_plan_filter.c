/*
 * Makes nodes of a filter, as far as only the writer can: only it may look into the index. in: a
 * filter in normal form; out: struct count_node, and the passes that its tests need.
 *
 * Example: `income > 5000 || income in {7,8} || city = Rome` is an OR of two tests. The test of
 * city has its code at once. The test of income gets its codes by one pass over a dictionary of a
 * million values (count_prepare.h); the codes of 7 and 8 are looked up here.
 */
#include "columns/count_plan_filter.h"

#include <stdlib.h>
#include <string.h>

#include "columns/index.h"

enum { CODES_AT_ONCE = 4096 }; /* sets of up to so many codes are made at once */

const struct column_view *
planner_column(const struct planner *planner, struct slice field)
{
    static const struct column_view NOTHING = {.table = NULL};
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? &NOTHING : &planner->plan->snapshot->columns[number];
}

const struct dictionary *
planner_dictionary(const struct planner *planner, struct slice field)
{
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? NULL : &planner->index->columns[number]->dictionary;
}

/* ---- Tests ---- */

/* The time for a value of the test's dictionary, in nanoseconds, roughly. */
static double
value_ns(const struct count_node *node)
{
    enum { RANGE_NS = 3, LIST_NS = 40, LIKE_NS = 60, STEP_NS = 5 };
    double ns = 0, likes_ns = 0;
    for (size_t i = 0; i < node->nparts; i++) {
        bool is_like = node->parts[i]->kind == FILTER_LIKE || node->parts[i]->kind == FILTER_PARTS;
        likes_ns += is_like ? LIKE_NS : 0;
        bool is_plain = node->parts[i]->kind == FILTER_RANGE && !node->parts[i]->is_text;
        double part_ns = is_plain ? RANGE_NS : LIST_NS;
        ns = part_ns > ns ? part_ns : ns;
    }
    /* Many ranges are searched by binary search. */
    for (size_t n = node->nparts; n > 1; n /= 2) {
        ns += STEP_NS;
    }
    return ns + likes_ns;
}

static void
look_up_values(const struct planner *planner, struct count_node *node, const struct filter *list)
{
    const struct dictionary *dictionary = planner_dictionary(planner, node->field);
    if (!dictionary) {
        return;
    }
    struct found_code *found = arena_array(planner->plan->arena, list->nvalues, sizeof *found);
    for (size_t i = 0; i < list->nvalues; i++) {
        uint32_t code = dictionary_code(dictionary, list->values[i]);
        if (code) {
            found[node->nfound++] = (struct found_code){code, 0};
            node->rows += (double) dictionary_rows(dictionary, code);
        }
    }
    node->found = found;
}

/* True: another test with the same text has the codes, or will have them. */
static bool
is_same(struct planner *planner, struct count_node *node)
{
    bool is_new;
    if (node->nparts > 1) {
        return false;
    }
    size_t *number = map_add(&planner->texts, node->parts[0]->text, &is_new);
    if (is_new) {
        *number = planner->plan->ntests; /* the test has been added */
        return false;
    }
    node->same = planner->plan->tests[*number - 1];
    return true;
}

/* Takes the codes of a list that was looked up as a whole. */
static void
take_found(struct planner *planner, struct count_node *node)
{
    uint32_t ncodes = node->column->dictionary.ncodes;
    if (node->nfound < 2) {
        node->codes = code_set_one(node->nfound ? node->found[0].code : 0);
    } else if (ncodes <= CODES_AT_ONCE) {
        uint64_t *bits = code_bits_new(planner->plan->arena, ncodes);
        for (size_t i = 0; i < node->nfound; i++) {
            code_bits_add(bits, node->found[i].code);
        }
        node->codes = code_set_of_bits(bits, ncodes);
    } else if (!is_same(planner, node)) {
        count_plan_add_pass(planner->plan, &(struct count_pass){PASS_FOUND, node, NULL});
    }
}

static struct count_node *
plan_test(struct planner *planner, const struct filter **parts, size_t nparts)
{
    struct count_plan *plan = planner->plan;
    struct count_node *node = arena_alloc(plan->arena, sizeof *node);
    const struct filter *list = NULL;
    node->kind = NODE_TEST;
    node->field = parts[0]->field;
    node->column = planner_column(planner, node->field);
    node->parts = parts;
    node->nparts = nparts;
    /* Any value, until the pass has run. */
    node->codes = (struct code_set){.kind = CODES_ANY};
    count_plan_add_test(plan, node);
    for (size_t i = 0; i < nparts; i++) {
        if (parts[i]->kind == FILTER_IN) {
            list = parts[i];
        }
    }
    if (list && list->nvalues <= LOOKUPS_MOST) {
        look_up_values(planner, node, list);
        if (nparts == 1) {
            take_found(planner, node);
            return node;
        }
    }
    node->rows = (double) node->column->rows;
    if (parts[0]->kind != FILTER_EXISTS && !is_same(planner, node)) {
        count_plan_add_pass(plan, &(struct count_pass){PASS_VALUES, node, NULL});
        plan->prepare_ns += node->column->dictionary.ncodes * value_ns(node);
    }
    return node;
}

/* ---- Chains ---- */

/* Children of a chain that become one node: the tests of a field, or a chain. */
struct group {
    const struct filter **parts;
    size_t nparts, capacity;
};

static void
group_add(struct arena *arena, struct group *group, const struct filter *part)
{
    group->parts = arena_room(arena, group->parts, group->nparts, &group->capacity, sizeof part);
    group->parts[group->nparts++] = part;
}

enum { FEW = 32 };

/* The number of the field's group, or ngroups. */
static size_t
find_group(const struct group *groups, size_t ngroups, struct slice field)
{
    for (size_t i = 0; i < ngroups; i++) {
        const struct filter *first = groups[i].parts[0];
        if (first->kind <= FILTER_EXISTS && slice_equal(first->field, field)) {
            return i;
        }
    }
    return ngroups;
}

/* The same for many groups. */
static size_t
map_group(struct map *by_field, size_t ngroups, struct slice field)
{
    bool is_new;
    size_t *number = map_add(by_field, field, &is_new);
    *number = is_new ? ngroups : *number;
    return *number;
}

/*
 * Makes groups[0 .. n), in the order of their first parts. If the tests of a field must not be
 * merged, each is a group of its own.
 */
static size_t
make_groups(struct arena *arena, const struct filter *const *filters, size_t n, bool merges,
            struct group *groups)
{
    struct map by_field;
    size_t ngroups = 0;
    map_init(&by_field, arena);
    for (size_t i = 0; i < n; i++) {
        const struct filter *filter =
            filters[i]->kind == FILTER_NOT ? filters[i]->children[0] : filters[i];
        size_t number = ngroups;
        if (merges && filter->kind <= FILTER_EXISTS) {
            number = n <= FEW ? find_group(groups, ngroups, filter->field)
                              : map_group(&by_field, ngroups, filter->field);
        }
        group_add(arena, &groups[number], filter);
        ngroups += number == ngroups;
    }
    return ngroups;
}

static int
by_most_rows(const void *a, const void *b)
{
    double x = (*(struct count_node *const *) a)->rows, y = (*(struct count_node *const *) b)->rows;
    return (x < y) - (x > y);
}

static int
by_fewest_rows(const void *a, const void *b)
{
    return by_most_rows(b, a);
}

static struct count_node *plan_node(struct planner *planner, const struct filter *filter);

static void
plan_groups(struct planner *planner, struct count_node *node, const struct group *groups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct group *group = &groups[i];
        struct count_node *child = group->parts[0]->kind <= FILTER_EXISTS
                                       ? plan_test(planner, group->parts, group->nparts)
                                       : plan_node(planner, group->parts[0]);
        node->children[node->nchildren++] = child;
        node->depth = child->depth + 1 > node->depth ? child->depth + 1 : node->depth;
    }
}

static struct count_node *
plan_chain(struct planner *planner, const struct filter *filter)
{
    struct arena *arena = planner->plan->arena;
    struct count_node *node = arena_alloc(arena, sizeof *node);
    bool is_or = filter->kind == FILTER_OR;
    size_t npositive = is_or ? filter->nchildren : filter->npositive;
    const struct filter *const *filters = (const struct filter *const *) filter->children;
    struct group *groups = arena_array(arena, filter->nchildren, sizeof *groups);
    size_t n = make_groups(arena, filters, npositive, is_or, groups);
    /* The excluded parts are an OR, too: of the rows that are not wanted. */
    size_t nexcluded =
        make_groups(arena, filters + npositive, filter->nchildren - npositive, true, groups + n);
    node->kind = is_or ? NODE_OR : NODE_AND;
    node->children = arena_array(arena, n + nexcluded, sizeof *node->children);
    node->npositive = n;
    plan_groups(planner, node, groups, n);
    plan_groups(planner, node, groups + n, nexcluded);
    if (node->nchildren == 1) {
        return node->children[0];
    }
    for (size_t i = 0; i < n; i++) {
        double rows = node->children[i]->rows;
        node->rows = is_or ? node->rows + rows : i && rows > node->rows ? node->rows : rows;
    }
    qsort(node->children, n, sizeof *node->children, is_or ? by_most_rows : by_fewest_rows);
    qsort(node->children + n, nexcluded, sizeof *node->children, by_most_rows);
    return node;
}

static struct count_node *
plan_node(struct planner *planner, const struct filter *filter)
{
    if (filter->kind > FILTER_EXISTS) {
        return plan_chain(planner, filter);
    }
    const struct filter **parts = arena_array(planner->plan->arena, 1, sizeof *parts);
    *parts = filter;
    return plan_test(planner, parts, 1);
}

/* ---- Filters ---- */

struct count_node *
plan_filter(struct planner *planner, const struct filter *filter, bool *is_complement)
{
    *is_complement = filter && filter->kind == FILTER_NOT;
    return filter ? plan_node(planner, *is_complement ? filter->children[0] : filter) : NULL;
}

/* An AND of the node (or of its children, if it is an AND) and of one node that is excluded. */
static struct count_node *
and_not(struct arena *arena, const struct count_node *node, struct count_node *excluded)
{
    bool is_and = node->kind == NODE_AND;
    struct count_node *both = arena_alloc(arena, sizeof *both);
    size_t n = is_and ? node->nchildren : 1;
    both->kind = NODE_AND;
    both->nchildren = n + 1;
    both->npositive = is_and ? node->npositive : 1;
    both->children = arena_array(arena, n + 1, sizeof *both->children);
    if (is_and) {
        memcpy(both->children, node->children, n * sizeof *both->children);
    } else {
        both->children[0] = (struct count_node *) node;
    }
    both->children[n] = excluded;
    both->depth = node->depth + !is_and;
    both->rows = node->rows;
    return both;
}

static struct count_node *
either(struct arena *arena, struct count_node *node, struct count_node *other)
{
    struct count_node *both = arena_alloc(arena, sizeof *both);
    both->kind = NODE_OR;
    both->nchildren = both->npositive = 2;
    both->children = arena_array(arena, 2, sizeof *both->children);
    both->children[0] = node;
    both->children[1] = other;
    both->depth = node->depth + 1;
    both->rows = node->rows + other->rows;
    return both;
}

/*
 * Leaves out rows with these marks, by one more test. If the filter is excluded as a whole, the
 * test joins it by OR: neither the filter nor the mark may hold.
 */
void
plan_leave_out(struct count_plan *plan, const uint64_t *marks)
{
    const struct column_view *column = &plan->snapshot->marks;
    if (!marks || !column->rows) {
        return;
    }
    uint64_t *bits = code_bits_new(plan->arena, MARKS_MOST);
    memcpy(bits, marks, (MARKS_MOST / 64 + 1) * sizeof *bits);
    struct count_node *test = arena_alloc(plan->arena, sizeof *test);
    *test = (struct count_node){.kind = NODE_TEST,
                                .column = column,
                                .codes = code_set_of_bits(bits, MARKS_MOST),
                                .rows = (double) column->rows};
    count_plan_add_test(plan, test);
    if (!plan->filter) {
        plan->filter = test;
        plan->is_complement = true;
    } else if (plan->is_complement) {
        plan->filter = either(plan->arena, plan->filter, test);
    } else {
        plan->filter = and_not(plan->arena, plan->filter, test);
    }
}
