/*
 * Keeps the cells of a partial or a table: indexes, and for each measure its values and states.
 * in: cells as they were counted, in any order; out: the same, sorted by index.
 *
 * Example: the indexes 700, 3, 258 are sorted by their low byte (258 3 700: 2, 3, 188), then by the
 * next (3 258 700: 0, 1, 2). There are as many passes as the largest index has bytes.
 */
#include "answer/cell.h"

#include <string.h>

enum { RADIX_BITS = 8, RADIX = 1 << RADIX_BITS };

struct cell_list
cell_list_new(struct arena *arena, const unsigned char *kinds, size_t nmeasures, size_t capacity,
              bool has_states)
{
    size_t nvalues = capacity * nmeasures;
    struct cell_list cells = {
        .nmeasures = nmeasures,
        .indexes = arena_array(arena, capacity, sizeof(uint64_t)),
        .values = arena_array(arena, nvalues, sizeof(int64_t)),
        .states = has_states ? arena_array(arena, nvalues, sizeof(unsigned char)) : NULL,
    };
    memcpy(cells.kinds, kinds, nmeasures);
    return cells;
}

void
cell_list_need_states(struct arena *arena, struct cell_list *cells)
{
    if (!cells->states) {
        cells->states = arena_array(arena, cells->n * cells->nmeasures, sizeof *cells->states);
    }
}

void
cell_list_hide(struct cell_list *cells, size_t i)
{
    for (size_t m = 0; m < cells->nmeasures; m++) {
        cells->values[i * cells->nmeasures + m] = 0;
        cells->states[i * cells->nmeasures + m] = CELL_HIDDEN;
    }
}

void
cell_list_put(const struct cell_list *from, size_t i, struct cell_list *to, size_t at)
{
    size_t nmeasures = from->nmeasures;
    to->indexes[at] = from->indexes[i];
    for (size_t m = 0; m < nmeasures; m++) {
        to->values[at * nmeasures + m] = from->values[i * nmeasures + m];
        if (from->states) {
            to->states[at * nmeasures + m] = from->states[i * nmeasures + m];
        }
    }
}

struct cell_list
cell_list_copy(struct arena *arena, const struct cell_list *from)
{
    size_t nvalues = from->n * from->nmeasures;
    struct cell_list to =
        cell_list_new(arena, from->kinds, from->nmeasures, from->n, from->states != NULL);
    to.n = from->n;
    if (nvalues) {
        memcpy(to.indexes, from->indexes, from->n * sizeof *to.indexes);
        memcpy(to.values, from->values, nvalues * sizeof *to.values);
    }
    if (from->states) {
        memcpy(to.states, from->states, nvalues);
    }
    return to;
}

/* ---- In order ---- */

/* A cell that is being sorted; `from` is its old place. */
struct placed {
    uint64_t index;
    size_t from;
};

static bool
is_sorted(const struct cell_list *cells)
{
    size_t i = 1;
    while (i < cells->n && cells->indexes[i - 1] <= cells->indexes[i]) {
        i++;
    }
    return i >= cells->n;
}

/* One pass of the sort, by the digit that begins at a bit. */
static void
sort_by_digit(const struct placed *from, struct placed *to, size_t n, unsigned shift)
{
    size_t ends[RADIX] = {0};
    for (size_t i = 0; i < n; i++) {
        ends[from[i].index >> shift & (RADIX - 1)]++;
    }
    size_t begin = 0;
    for (size_t digit = 0; digit < RADIX; digit++) {
        size_t count = ends[digit];
        ends[digit] = begin;
        begin += count;
    }
    for (size_t i = 0; i < n; i++) {
        to[ends[from[i].index >> shift & (RADIX - 1)]++] = from[i];
    }
}

/* Puts the cells into their new order, in new arrays. */
static void
take_places(struct arena *arena, struct cell_list *cells, const struct placed *places)
{
    struct cell_list sorted =
        cell_list_new(arena, cells->kinds, cells->nmeasures, cells->n, cells->states != NULL);
    for (size_t i = 0; i < cells->n; i++) {
        cell_list_put(cells, places[i].from, &sorted, i);
    }
    sorted.n = cells->n;
    *cells = sorted;
}

void
cell_list_sort(struct arena *arena, struct cell_list *cells)
{
    if (is_sorted(cells)) {
        return;
    }
    struct placed *places = arena_array(arena, cells->n, sizeof *places);
    struct placed *next = arena_array(arena, cells->n, sizeof *next);
    uint64_t bits = 0; /* bits that are set in any index */
    for (size_t i = 0; i < cells->n; i++) {
        places[i] = (struct placed){cells->indexes[i], i};
        bits |= cells->indexes[i];
    }
    for (unsigned shift = 0; shift < 64 && bits >> shift; shift += RADIX_BITS) {
        sort_by_digit(places, next, cells->n, shift);
        struct placed *swapped = places;
        places = next;
        next = swapped;
    }
    take_places(arena, cells, places);
}

/* ---- Two values ---- */

bool
cell_combine(enum measure_kind kind, int64_t *value, enum cell_state *state, int64_t other,
             enum cell_state other_state)
{
    if (*state == CELL_HIDDEN || other_state == CELL_ABSENT) {
        return true;
    }
    if (*state == CELL_ABSENT || other_state == CELL_HIDDEN) {
        *value = other;
        *state = other_state;
        return true;
    }
    switch (kind) {
    case MEASURE_COUNT:
    case MEASURE_SUM: return !__builtin_add_overflow(*value, other, value);
    case MEASURE_LEAST: *value = other < *value ? other : *value; return true;
    case MEASURE_GREATEST: *value = other > *value ? other : *value; return true;
    case MEASURE_NKINDS: break;
    }
    return false;
}
