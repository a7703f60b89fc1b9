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
    }
    for (size_t m = 0; from->states && m < nmeasures; m++) {
        to->states[at * nmeasures + m] = from->states[i * nmeasures + m];
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

/* ---- Words ---- */

size_t
measure_words(unsigned char kind)
{
    switch ((enum measure_kind) kind) {
    case MEASURE_COUNT:
    case MEASURE_SUM:
    case MEASURE_LEAST:
    case MEASURE_GREATEST: return 1;
    case MEASURE_SUM128:
    case MEASURE_LEAST128:
    case MEASURE_GREATEST128: return 2;
    case MEASURE_SUM256: return 4;
    case MEASURE_CONTINUED:
    case MEASURE_NKINDS: break;
    }
    return 0;
}

struct wide
words_get(const int64_t *words, size_t nwords)
{
    uint64_t sign = words[nwords - 1] < 0 ? UINT64_MAX : 0;
    return (struct wide){{(uint64_t) words[0], nwords > 1 ? (uint64_t) words[1] : sign,
                          nwords > 2 ? (uint64_t) words[2] : sign,
                          nwords > 3 ? (uint64_t) words[3] : sign}};
}

bool
words_set(int64_t *words, size_t nwords, struct wide n)
{
    int64_t kept[sizeof n.word / sizeof *n.word];
    memcpy(kept, n.word, sizeof kept);
    if (wide_compare(words_get(kept, nwords), n) != 0) {
        return false;
    }
    memcpy(words, kept, nwords * sizeof *words);
    return true;
}

/* ---- Two values ---- */

/* Two 128-bit sums are added without a detour: most sums are of these. */
static bool
add_words(int64_t *value, const int64_t *other, size_t nwords)
{
    struct wide sum;
    if (nwords == 2) {
        __int128 a = (__int128) ((unsigned __int128) value[1] << 64 | (uint64_t) value[0]);
        __int128 b = (__int128) ((unsigned __int128) other[1] << 64 | (uint64_t) other[0]);
        if (__builtin_add_overflow(a, b, &a)) {
            return false;
        }
        value[0] = (int64_t) a;
        value[1] = (int64_t) (a >> 64);
        return true;
    }
    return wide_add(words_get(value, nwords), words_get(other, nwords), &sum) &&
           words_set(value, nwords, sum);
}

static bool
is_less(const int64_t *a, const int64_t *b, size_t nwords)
{
    return wide_compare(words_get(a, nwords), words_get(b, nwords)) < 0;
}

bool
cell_combine(enum measure_kind kind, int64_t *value, enum cell_state *state, const int64_t *other,
             enum cell_state other_state)
{
    size_t nwords = measure_words((unsigned char) kind);
    bool is_other = false;
    if (*state == CELL_HIDDEN || other_state == CELL_ABSENT) {
        return true;
    }
    if (*state == CELL_ABSENT || other_state == CELL_HIDDEN) {
        memcpy(value, other, nwords * sizeof *value);
        *state = other_state;
        return true;
    }
    switch (kind) {
    case MEASURE_COUNT:
    case MEASURE_SUM: return !__builtin_add_overflow(*value, *other, value);
    case MEASURE_SUM128:
    case MEASURE_SUM256: return add_words(value, other, nwords);
    case MEASURE_LEAST: is_other = *other < *value; break;
    case MEASURE_GREATEST: is_other = *other > *value; break;
    case MEASURE_LEAST128: is_other = is_less(other, value, nwords); break;
    case MEASURE_GREATEST128: is_other = is_less(value, other, nwords); break;
    case MEASURE_CONTINUED:
    case MEASURE_NKINDS: return false;
    }
    if (is_other) {
        memcpy(value, other, nwords * sizeof *value);
    }
    return true;
}

bool
cell_add(struct cell_list *to, size_t at, const struct cell_list *from, size_t i)
{
    size_t nmeasures = from->nmeasures, nwords;
    for (size_t m = 0; m < nmeasures; m += nwords) {
        enum cell_state state = cell_state(to, at, m);
        nwords = measure_words(from->kinds[m]);
        if (!cell_combine((enum measure_kind) from->kinds[m], &to->values[at * nmeasures + m],
                          &state, &from->values[i * nmeasures + m], cell_state(from, i, m))) {
            return false;
        }
        if (to->states) {
            memset(to->states + at * nmeasures + m, (int) state, nwords);
        }
    }
    return true;
}

bool
cell_too_long(struct slice summed, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    return error_set(err, "LIMIT", "a sum of %s has more bits than there is room for",
                     error_quote(quoted, summed));
}
