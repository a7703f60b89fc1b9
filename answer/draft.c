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

/* Moves what a place has to an earlier one. */
static void
move_place(struct draft *draft, size_t from, size_t to)
{
    draft->rows.begins[to] = draft->rows.begins[from];
    draft->rows.ends[to] = draft->rows.ends[from];
    for (size_t m = 0; m < draft->bound->nall_measures; m++) {
        draft->measures[m].begins[to] = draft->measures[m].begins[from];
        draft->measures[m].ends[to] = draft->measures[m].ends[from];
    }
    draft->hidden[to] = draft->hidden[from];
}

/* Numbers the positions that are kept anew, with their labels; returns how many there are. */
static size_t
renumber(struct axis *axis, const bool *is_kept, size_t *numbers)
{
    size_t n = 0;
    for (size_t p = 0; p < axis->npositions; p++) {
        numbers[p] = n;
        if (is_kept[p]) {
            axis->kinds[n] = axis->kinds[p];
            axis->labels[n] = axis->labels[p];
            if (axis->texts) {
                axis->texts[n] = axis->texts[p];
            }
            n++;
        }
    }
    return n;
}

void
draft_drop_positions(struct arena *arena, struct draft *draft, size_t axis, const bool *is_kept)
{
    struct axis *of = &draft->axes[axis];
    uint64_t span = span_of(draft, axis), before = of->npositions;
    size_t *numbers = arena_array(arena, before, sizeof *numbers), n = 0;
    size_t after = renumber(of, is_kept, numbers);
    for (size_t i = 0; i < draft->n; i++) {
        uint64_t inner = draft->indexes[i] % span, outer = draft->indexes[i] / span / before;
        size_t position = (size_t) (draft->indexes[i] / span % before);
        if (is_kept[position]) {
            move_place(draft, i, n);
            draft->indexes[n++] = (outer * after + numbers[position]) * span + inner;
        }
    }
    draft->n = n;
    draft->ncells = before ? draft->ncells / before * after : 0;
    of->npositions = after;
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
