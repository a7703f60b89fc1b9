/*
 * Finds one's way in a table that is being made. in: cells' indexes; out: their places, positions, and
 * the totals that they are shares of.
 *
 * Example: of 2 x 3 positions, where the last one of b is its total, cell 4 is (1, 1), and its row's
 * total is (1, 2), cell 5.
 */
#include "answer/draft.h"

size_t
draft_find(const struct draft *draft, uint64_t index)
{
    size_t first = 0, last = draft->n;
    if (draft->is_dense) {
        return (size_t) index;
    }
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (draft->indexes[middle] < index) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first < draft->n && draft->indexes[first] == index ? first : NO_PLACE;
}

static uint64_t
span_of(const struct draft *draft, size_t axis)
{
    uint64_t span = 1;
    for (size_t a = axis + 1; a < draft->naxes; a++) {
        span *= draft->axes[a].npositions;
    }
    return span;
}

size_t
draft_position(const struct draft *draft, uint64_t index, size_t axis)
{
    return (size_t) (index / span_of(draft, axis) % draft->axes[axis].npositions);
}

uint64_t
draft_move(const struct draft *draft, uint64_t index, size_t axis, size_t position)
{
    uint64_t span = span_of(draft, axis);
    size_t from = (size_t) (index / span % draft->axes[axis].npositions);
    return index - from * span + position * span;
}

bool
draft_is_any_total(const struct draft *draft, uint64_t index)
{
    bool is_total = false;
    for (size_t a = draft->naxes; !is_total && a-- > 0;) {
        const struct axis *axis = &draft->axes[a];
        is_total = axis->has_total && index % axis->npositions + 1 == axis->npositions;
        index /= axis->npositions;
    }
    return is_total;
}

/* Is a percent a share of the total over this axis? */
static bool
is_over(const struct bound_query *query, size_t naxes, size_t axis)
{
    switch (query->percent) {
    case AST_PERCENT_NONE: return false;
    case AST_PERCENT_ROW: return axis + 1 == naxes;
    case AST_PERCENT_COLUMN: return naxes == 1 || axis + 2 == naxes;
    case AST_PERCENT_TOTAL: break;
    }
    return axis + 2 >= naxes;
}

bool
draft_needs_total(const struct bound_query *query, size_t naxes, size_t axis)
{
    return query->totals || is_over(query, naxes, axis);
}

uint64_t
draft_percent_base(const struct draft *draft, uint64_t index)
{
    for (size_t a = 0; a < draft->naxes; a++) {
        if (is_over(draft->query, draft->naxes, a)) {
            index = draft_move(draft, index, a, draft->axes[a].npositions - 1);
        }
    }
    return index;
}
