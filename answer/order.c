/*
 * Chooses and sorts cells. in: a draft; out: places of cells.
 *
 *     1. Cells that are no totals, and for which HAVING holds.
 *     2. For each ORDER BY a key by cell: the nearest double, which decides unless two are the same.
 *        Then the exact values are compared.
 *     3. Ties keep their order. Of few that are wanted of many, those are chosen first, with a heap.
 *        A merge sort. OFFSET and LIMIT cut; totals follow.
 *
 * Example: means of 10/3 and 3333333333333333/10^15 are one double; as fractions the first is more.
 */
#include "answer/order.h"

#include <string.h>

bool
order_is_asked(const struct bound_query *query, const struct bound_table *table)
{
    return table->has_having || table->norder || query->has_limit;
}

/* ---- HAVING ---- */

static bool
holds(enum ast_operator op, int order)
{
    switch (op) {
    case AST_EQ: return order == 0;
    case AST_NE: return order != 0;
    case AST_LT: return order < 0;
    case AST_LE: return order <= 0;
    case AST_GT: return order > 0;
    case AST_GE: break;
    }
    return order >= 0;
}

/*
 * Compares a value with a number. A root is compared by its double: what is shown, and no fraction.
 */
static int
compare_with(const struct measured *measured, const struct ratio *value, const struct ratio *number)
{
    if (measured->bound->kind == AST_STDDEV) {
        double x = ratio_to_sqrt(value), y = ratio_to_double(number);
        return x < y ? -1 : x > y;
    }
    return ratio_compare(value, number);
}

static bool
having_keeps(const struct draft *draft, size_t place, const struct ratio *number, bool *keeps,
             struct error *err)
{
    const struct bound_table *table = draft->bound;
    struct ratio value;
    bool is_null = draft_is_hidden(draft, place);
    *keeps = !table->has_having;
    if (*keeps || is_null) {
        return true;
    }
    const struct measured *measured = &draft->measures[table->having_measure];
    if (!measured_ratio(measured, place, &value, &is_null, err)) {
        return false;
    }
    *keeps = !is_null && holds(table->having_op, compare_with(measured, &value, number));
    return true;
}

/* ---- ORDER BY ---- */

struct key {
    double value;
    bool is_null, is_exact; /* value is all that there is to compare */
};

struct ordering {
    const struct draft *draft;
    struct key *keys; /* by place and ORDER BY */
    struct error *err;
    bool ok;
};

static struct key
key_of(struct ordering *ordering, const struct bound_order *by, size_t place)
{
    const struct draft *draft = ordering->draft;
    struct key key = {.is_null = true};
    struct ratio ratio;
    if (by->is_dim) {
        double position = (double) draft_position(draft, draft->indexes[place], by->number);
        return (struct key){.value = position, .is_exact = true};
    }
    const struct measured *measured = &draft->measures[by->number];
    if (draft_is_hidden(draft, place)) {
        return key;
    }
    if (!measured_ratio(measured, place, &ratio, &key.is_null, ordering->err)) {
        ordering->ok = false;
        key.is_null = true;
    }
    if (!key.is_null) {
        bool is_root = measured->bound->kind == AST_STDDEV;
        key.value = is_root ? ratio_to_sqrt(&ratio) : ratio_to_double(&ratio);
        key.is_exact = is_root || ratio_is_short(&ratio);
    }
    return key;
}

static void
make_keys(struct ordering *ordering, const size_t *places, size_t n)
{
    const struct bound_table *table = ordering->draft->bound;
    for (size_t i = 0; i < n && ordering->ok; i++) {
        for (size_t o = 0; o < table->norder; o++) {
            ordering->keys[places[i] * table->norder + o] =
                key_of(ordering, &table->order[o], places[i]);
        }
    }
}

/* Of two cells whose doubles are the same. */
static int
compare_exactly(struct ordering *ordering, const struct bound_order *by, size_t a, size_t b)
{
    struct ratio left, right;
    bool is_null = false;
    const struct measured *measured = &ordering->draft->measures[by->number];
    /* keys were made of the same values, so both are there */
    bool ok = measured_ratio(measured, a, &left, &is_null, ordering->err) &&
              measured_ratio(measured, b, &right, &is_null, ordering->err);
    return ok ? ratio_compare(&left, &right) : 0;
}

static int
compare(struct ordering *ordering, size_t a, size_t b)
{
    const struct bound_table *table = ordering->draft->bound;
    int order = 0;
    for (size_t o = 0; o < table->norder && !order; o++) {
        const struct bound_order *by = &table->order[o];
        struct key x = ordering->keys[a * table->norder + o],
                   y = ordering->keys[b * table->norder + o];
        if (x.is_null || y.is_null) {
            order = (int) x.is_null - (int) y.is_null;
            continue;
        }
        order = x.value < y.value ? -1 : x.value > y.value;
        if (!order && !(x.is_exact && y.is_exact)) {
            order = compare_exactly(ordering, by, a, b);
        }
        order = by->descending ? -order : order;
    }
    return order;
}

/* Ties keep the cells' order. */
static bool
is_before(struct ordering *ordering, size_t a, size_t b)
{
    int order = compare(ordering, a, b);
    return order < 0 || (order == 0 && a < b);
}

/* Moves the place at the top of a heap down, until none below it comes after it. */
static void
sift_down(struct ordering *ordering, size_t *heap, size_t n, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        child += child + 1 < n && is_before(ordering, heap[child], heap[child + 1]);
        if (!is_before(ordering, heap[at], heap[child])) {
            return;
        }
        size_t place = heap[at];
        heap[at] = heap[child];
        heap[child] = place;
    }
}

/*
 * Brings the first `most` places in order to the front, unsorted: a heap has the last of them on
 * top, which leaves when one comes that is before it.
 */
static void
choose_first(struct ordering *ordering, size_t *places, size_t n, size_t most)
{
    for (size_t i = most / 2; i-- > 0;) {
        sift_down(ordering, places, most, i);
    }
    for (size_t i = most; most && i < n; i++) {
        if (is_before(ordering, places[i], places[0])) {
            places[0] = places[i];
            sift_down(ordering, places, most, 0);
        }
    }
}

/* Sorts places, with room for as many more. */
static void
sort_places(struct ordering *ordering, size_t *places, size_t *room, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = begin + width < n ? begin + width : n;
            size_t end = middle + width < n ? middle + width : n, a = begin, b = middle;
            for (size_t to = begin; to < end; to++) {
                bool is_right =
                    a == middle || (b < end && is_before(ordering, places[b], places[a]));
                room[to] = is_right ? places[b++] : places[a++];
            }
        }
        memcpy(places, room, n * sizeof *places);
    }
}

/* ---- All of it ---- */

/* Fills in the cells that are no totals, and for which HAVING holds; and the totals. */
static bool
choose(const struct draft *draft, size_t *kept, size_t *nkept, size_t *totals, size_t *ntotals,
       struct error *err)
{
    struct ratio number;
    if (draft->bound->has_having && !ratio_of_decimal(&number, draft->bound->having_number)) {
        return error_set(err, "LIMIT", "the number of HAVING has too many digits");
    }
    *nkept = *ntotals = 0;
    for (size_t i = 0; i < draft->n; i++) {
        bool keeps;
        if (draft_is_any_total(draft, draft->indexes[i])) {
            totals[*ntotals] = i;
            *ntotals += draft->query->totals;
            continue;
        }
        if (!having_keeps(draft, i, &number, &keeps, err)) {
            return false;
        }
        kept[*nkept] = i;
        *nkept += keeps;
    }
    return true;
}

/* How many cells must be in order, for OFFSET and LIMIT to be right. */
static size_t
wanted(const struct bound_query *query, size_t n)
{
    uint64_t most;
    bool is_all = !query->has_limit || __builtin_add_overflow(query->offset, query->limit, &most);
    return is_all || most > n ? n : (size_t) most;
}

bool
order_cells(struct arena *arena, const struct draft *draft, size_t **places, size_t *nplaces,
            struct error *err)
{
    size_t *kept = arena_array(arena, draft->n + 1, sizeof *kept);
    size_t *totals = arena_array(arena, draft->n + 1, sizeof *totals);
    size_t nkept, ntotals;
    struct ordering ordering = {.draft = draft, .err = err, .ok = true};
    if (!choose(draft, kept, &nkept, totals, &ntotals, err)) {
        return false;
    }
    if (draft->bound->norder) {
        ordering.keys = arena_array(arena, draft->n * draft->bound->norder, sizeof *ordering.keys);
        size_t nsorted = wanted(draft->query, nkept);
        make_keys(&ordering, kept, nkept);
        choose_first(&ordering, kept, nkept, nsorted);
        sort_places(&ordering, kept, arena_array(arena, nsorted, sizeof *kept), nsorted);
    }
    if (draft->query->has_limit) {
        size_t offset = draft->query->offset < nkept ? (size_t) draft->query->offset : nkept;
        kept += offset;
        nkept -= offset;
        nkept = draft->query->limit < nkept ? (size_t) draft->query->limit : nkept;
    }
    *places = arena_array(arena, nkept + ntotals, sizeof **places);
    memcpy(*places, kept, nkept * sizeof *kept);
    memcpy(*places + nkept, totals, ntotals * sizeof *totals);
    *nplaces = nkept + ntotals;
    return ordering.ok;
}
