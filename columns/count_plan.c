/*
 * Prepares a query for counting, as far as only the writer can: only it may look into the index.
 * in: struct bound_query, a snapshot; out: struct count_plan.
 *
 * Example: `income > 5000 || income in {7,8} || city = Rome` is an OR of two tests. The test of
 * city has its code at once. The test of income gets its codes by one pass over a dictionary of a
 * million values (count_prepare.h); the codes of 7 and 8 are looked up here.
 */
#include "columns/count_plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "columns/index.h"

/*
 * The writer looks up at most LOOKUPS_MOST values of a list; a longer list is compared with the
 * dictionary later. Sets of up to CODES_AT_ONCE codes are made at once.
 */
enum { LOOKUPS_MOST = 1000, CODES_AT_ONCE = 4096 };

struct planner {
    struct count_plan *plan;
    const struct index *index;
    struct map texts; /* of tests that need a pass: number among the plan's tests + 1 */
};

/* NULL: no row has the field. */
static const struct column_view *
find_column(const struct planner *planner, struct slice field)
{
    static const struct column_view NOTHING = {.table = NULL};
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? &NOTHING : &planner->plan->snapshot->columns[number];
}

static const struct dictionary *
find_dictionary(const struct planner *planner, struct slice field)
{
    int64_t number = index_column(planner->index, field);
    return number == NO_COLUMN ? NULL : &planner->index->columns[number]->dictionary;
}

/* ---- Passes ---- */

static void
add_pass(struct count_plan *plan, const struct count_pass *pass)
{
    plan->passes = arena_room(plan->arena, plan->passes, plan->npasses, &plan->passes_capacity,
                              sizeof *plan->passes);
    plan->passes[plan->npasses++] = *pass;
    uint32_t ncodes = (pass->node ? pass->node->column : pass->dim->column)->dictionary.ncodes;
    /* Filling memory costs less than looking at values. */
    enum { FILLED_PER_VALUE = 16 };
    bool fills = pass->kind == PASS_FOUND || pass->kind == PASS_LISTED;
    plan->nvalues += fills ? ncodes / FILLED_PER_VALUE : ncodes;
}

static void
add_test(struct count_plan *plan, struct count_node *node)
{
    plan->tests = arena_room(plan->arena, plan->tests, plan->ntests, &plan->tests_capacity,
                             sizeof *plan->tests);
    plan->tests[plan->ntests++] = node;
}

/* The time for a value of the test's dictionary, in nanoseconds, roughly. */
static double
value_ns(const struct count_node *node)
{
    enum { RANGE_NS = 3, LIST_NS = 40, STEP_NS = 5 };
    double ns = 0;
    for (size_t i = 0; i < node->nparts; i++) {
        bool is_plain = node->parts[i]->kind == FILTER_RANGE && !node->parts[i]->is_text;
        double part_ns = is_plain ? RANGE_NS : LIST_NS;
        ns = part_ns > ns ? part_ns : ns;
    }
    /* Many ranges are searched by binary search. */
    for (size_t n = node->nparts; n > 1; n /= 2) {
        ns += STEP_NS;
    }
    return ns;
}

/* ---- Tests ---- */

static void
look_up_values(const struct planner *planner, struct count_node *node, const struct filter *list)
{
    const struct dictionary *dictionary = find_dictionary(planner, node->field);
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
        add_pass(planner->plan, &(struct count_pass){PASS_FOUND, node, NULL});
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
    node->column = find_column(planner, node->field);
    node->parts = parts;
    node->nparts = nparts;
    /* Any value, until the pass has run. */
    node->codes = (struct code_set){.kind = CODES_ANY};
    add_test(plan, node);
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
        add_pass(plan, &(struct count_pass){PASS_VALUES, node, NULL});
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

/* ---- Dimensions ---- */

/* Looks up the codes of listed values; positions of ranges come later. */
static void
look_up_positions(struct planner *planner, struct count_dim *dim)
{
    const struct bound_dim *bound = dim->bound;
    const struct dictionary *dictionary = find_dictionary(planner, bound->field);
    bool is_short = bound->npositions <= LOOKUPS_MOST, is_listed = is_short;
    struct found_code *found =
        arena_array(planner->plan->arena, is_short ? bound->npositions : 0, sizeof *found);
    dim->npositions = (uint32_t) bound->npositions;
    for (size_t i = 0; i < bound->npositions; i++) {
        const struct position *position = &bound->positions[i];
        if (position->kind == POSITION_MISSING) {
            dim->of_missing = (uint32_t) i;
        } else if (position->kind != POSITION_VALUE) {
            is_listed = false;
        } else if (dictionary && is_short) {
            uint32_t code = dictionary_code(dictionary, position->value);
            if (code) {
                found[dim->nfound++] = (struct found_code){code, (uint32_t) i};
            }
        }
    }
    dim->found = is_short ? found : NULL;
    add_pass(planner->plan,
             &(struct count_pass){is_listed ? PASS_LISTED : PASS_POSITIONS, NULL, dim});
}

static void
plan_dim(struct planner *planner, const struct bound_dim *bound, struct count_dim *dim)
{
    dim->bound = bound;
    dim->column = find_column(planner, bound->field);
    dim->is_open = bound_dim_is_unlisted(bound);
    dim->of_missing = dim->bad_position = NO_POSITION;
    dim->codes = (struct code_set){.kind = CODES_ANY};
    if (!dim->is_open) {
        look_up_positions(planner, dim);
    } else if (bound->kind == DIM_WIDTH) {
        add_pass(planner->plan, &(struct count_pass){PASS_BINS, NULL, dim});
    }
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
static void
leave_out(struct count_plan *plan, const uint64_t *marks)
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
    add_test(plan, test);
    if (!plan->filter) {
        plan->filter = test;
        plan->is_complement = true;
    } else if (plan->is_complement) {
        plan->filter = either(plan->arena, plan->filter, test);
    } else {
        plan->filter = and_not(plan->arena, plan->filter, test);
    }
}

struct count_plan *
count_plan_new(struct arena *arena, const struct index *index, const struct snapshot *snapshot,
               const struct bound_query *query, const uint64_t *marks_left_out)
{
    struct count_plan *plan = arena_alloc(arena, sizeof *plan);
    struct planner planner = {.plan = plan, .index = index};
    *plan = (struct count_plan){.arena = arena, .snapshot = snapshot, .query = query};
    map_init(&planner.texts, arena);
    if (query->filter) {
        plan->is_complement = query->filter->kind == FILTER_NOT;
        plan->filter =
            plan_node(&planner, plan->is_complement ? query->filter->children[0] : query->filter);
    }
    plan->own_filter = plan->filter;
    plan->own_is_complement = plan->is_complement;
    leave_out(plan, marks_left_out);
    plan->grids = arena_array(arena, query->ndims + 1, sizeof *plan->grids);
    plan->axis_dims = arena_array(arena, query->ndims, sizeof *plan->axis_dims);
    plan->grids[0].ndims = query->ndims;
    plan->grids[0].dims = arena_array(arena, query->ndims, sizeof *plan->grids[0].dims);
    plan->ngrids = 1;
    for (size_t d = 0; d < query->ndims; d++) {
        struct count_dim *dim = &plan->grids[0].dims[d];
        plan_dim(&planner, &query->dims[d], dim);
        if (dim->is_open && query->format == AST_FORMAT_NESTED && query->ndims > 1) {
            plan->axis_dims[plan->ngrids - 1] = d;
            plan->ngrids++;
        }
    }
    return plan;
}
