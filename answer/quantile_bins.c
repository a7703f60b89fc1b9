/*
 * Makes quantile bins. in: the numbers that occur, and how many rows have each; out: ranges of them,
 * as items of a list.
 *
 *     1. Which values are edges?
 *     2. Between which neighbours does the list name something else? There a bin has a gap.
 *
 * Example: 18 rows have the values 1 (5 rows), 2 (3) and 8 (10). Of two quantiles the first edge is
 * the value of row ceil(18 * 1 / 2) = 9, that is 8. The second is 8 too. Equal edges merge, so there
 * is one bin: [1,8].
 */
#include "answer/quantile_bins.h"

#include <stdlib.h>

#include "base/number.h"

struct binning {
    struct arena *arena;
    const struct first_value *values;
    const bool *has_gap; /* by value: something else is named between it and the next one */
    size_t at;
};

/* ---- Gaps ---- */

static int
by_number(const void *a, const void *b)
{
    return number_compare(*(const struct slice *) a, *(const struct slice *) b);
}

/*
 * Where what is named begins, in order. It takes its values for itself, so a value of a bin lies
 * before or behind all of it. What begins nowhere has no value of a bin before it.
 */
static struct slice *
named_begins(struct arena *arena, const struct ast_item *named, size_t *nbegins)
{
    struct slice *begins = NULL;
    size_t n = 0, capacity = 0;
    for (const struct ast_item *item = named; item; item = item->next) {
        bool is_exclusive = item->kind == AST_ITEM_SINGLE || item->kind == AST_ITEM_GROUP;
        for (const struct ast_single *s = is_exclusive ? item->singles : NULL; s; s = s->next) {
            bool is_value = s->kind == AST_SINGLE_VALUE && number_is_canonical(s->value.text);
            bool is_range = s->kind == AST_SINGLE_RANGE && s->range.has_lo;
            if (is_value || is_range) {
                begins = arena_room(arena, begins, n, &capacity, sizeof *begins);
                begins[n++] = is_value ? s->value.text : s->range.lo.text;
            }
        }
    }
    if (n) {
        qsort(begins, n, sizeof *begins, by_number);
    }
    *nbegins = n;
    return begins;
}

static bool *
gaps_of(struct arena *arena, const struct first_value *values, size_t nvalues,
        const struct ast_item *named)
{
    size_t nbegins, next = 0;
    struct slice *begins = named_begins(arena, named, &nbegins);
    bool *has_gap = arena_array(arena, nvalues, sizeof *has_gap);
    for (size_t i = 0; i + 1 < nvalues; i++) {
        while (next < nbegins && number_compare(begins[next], values[i].value) < 0) {
            next++;
        }
        has_gap[i] = next < nbegins && number_compare(begins[next], values[i + 1].value) < 0;
    }
    return has_gap;
}

/* ---- Items ---- */

static struct ast_value
bound_of(const struct first_value *value)
{
    return (struct ast_value){.kind = AST_NUMBER, .text = value->value};
}

static struct ast_single *
range_new(const struct binning *binning, size_t from, bool has_from, size_t to)
{
    struct ast_single *single = arena_alloc(binning->arena, sizeof *single);
    *single = (struct ast_single){.kind = AST_SINGLE_RANGE,
                                  .range = {.has_lo = true,
                                            .has_hi = true,
                                            .lo_inclusive = has_from,
                                            .hi_inclusive = true,
                                            .lo = bound_of(&binning->values[from]),
                                            .hi = bound_of(&binning->values[to])},
                                  .at = binning->at};
    return single;
}

/*
 * The bin of the values from first to last. It begins at its least value if it is the first bin, else
 * behind its edge, which is the last value of the bin before it. With gaps it is a group of ranges,
 * and is still called after its ends.
 */
static struct ast_item *
item_new(const struct binning *binning, size_t first, size_t last)
{
    struct ast_item *item = arena_alloc(binning->arena, sizeof *item);
    struct ast_single **end = &item->singles;
    size_t edge = first > 0 ? first - 1 : 0, from = edge;
    bool has_edge = first == 0, has_from = has_edge, is_whole = true;
    for (size_t i = edge; i < last; i++) {
        if (!binning->has_gap[i]) {
            continue;
        }
        if (i >= first) { /* else nothing of the bin is before the gap */
            *end = range_new(binning, from, has_from, i);
            end = &(*end)->next;
        }
        from = i + 1;
        has_from = true;
        is_whole = false;
    }
    *end = range_new(binning, from, has_from, last);
    item->kind = item->singles->next ? AST_ITEM_GROUP : AST_ITEM_SINGLE;
    if (!is_whole) {
        item->label = arena_printf(binning->arena, "%c%.*s,%.*s]", has_edge ? '[' : '(',
                                   SLICE_ARG(binning->values[edge].value),
                                   SLICE_ARG(binning->values[last].value));
    }
    item->is_found = true;
    item->at = binning->at;
    return item;
}

/* ---- Edges ---- */

/* ceil(total * k / n), without overflow. */
static uint64_t
rank_of_edge(uint64_t total, uint64_t k, uint64_t n)
{
    unsigned __int128 product = (unsigned __int128) total * k;
    return (uint64_t) ((product + n - 1) / n);
}

/* Is there an edge among the rows behind the first `before` of them, up to row `last`? */
static bool
has_edge(uint64_t total, uint64_t n, uint64_t before, uint64_t last)
{
    /* The least k whose rank is above `before`. */
    uint64_t k = (uint64_t) ((unsigned __int128) before * n / total) + 1;
    return rank_of_edge(total, k, n) <= last;
}

struct ast_item *
quantile_bins(struct arena *arena, const struct first_value *values, size_t nvalues, uint64_t n,
              const struct ast_item *named, size_t at)
{
    const struct binning binning = {arena, values, gaps_of(arena, values, nvalues, named), at};
    struct ast_item *items = NULL, **end = &items;
    uint64_t total = 0, seen = 0;
    size_t first = 0;
    for (size_t i = 0; i < nvalues; i++) {
        total += values[i].count;
    }
    for (size_t i = 0; i < nvalues; i++) {
        uint64_t before = seen;
        seen += values[i].count;
        if (has_edge(total, n, before, seen)) {
            *end = item_new(&binning, first, i);
            end = &(*end)->next;
            first = i + 1;
        }
    }
    return items;
}
