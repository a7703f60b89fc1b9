/*
 * Finds the positions of a dimension that a value belongs to, and the labels of positions. in:
 * values, with their order keys; out: positions, and labels of positions.
 *
 * Example: the ranges [10,20] and [30,40] are sorted by their lower bounds. For 35 the last range
 * that begins no later is [30,40], which holds it; for 25 it is [10,20], which ends before. A range
 * (30,40] begins later than 30.
 */
#include "answer/place.h"

#include <stdlib.h>

#include "base/number.h"

/* ---- Positions that are listed ---- */

struct place_range {
    uint64_t lo_key; /* below those of all numbers where there is no bound */
    const struct position *position;
};

/* Where both begin at the same number, the one that holds it is the first. */
static int
by_lower_bound(const void *a, const void *b)
{
    const struct position *x = ((const struct place_range *) a)->position;
    const struct position *y = ((const struct place_range *) b)->position;
    int order = !x->lo.ptr || !y->lo.ptr ? (x->lo.ptr != NULL) - (y->lo.ptr != NULL)
                                         : number_compare(x->lo, y->lo);
    return order ? order : x->lo_open - y->lo_open;
}

/* Is the number below all that the range holds? */
static bool
begins_above(const struct place_range *range, uint64_t key, struct slice number)
{
    if (range->lo_key != key) {
        return range->lo_key > key;
    }
    int order = number_compare(range->position->lo, number);
    return order > 0 || (order == 0 && range->position->lo_open);
}

/* Is the number above all that the range holds? */
static bool
ends_below(const struct position *range, struct slice number)
{
    if (!range->hi.ptr) {
        return false;
    }
    int order = number_compare(number, range->hi);
    return order > 0 || (order == 0 && range->hi_open);
}

void
place_list_init(struct place_list *list, struct arena *arena, const struct bound_dim *dim,
                bool has_values)
{
    *list = (struct place_list){.dim = dim, .other = PLACE_NONE};
    list->ranges = arena_array(arena, dim->npositions, sizeof *list->ranges);
    map_init(&list->values, arena);
    for (size_t i = 0; i < dim->npositions; i++) {
        const struct position *position = &dim->positions[i];
        switch (position->kind) {
        case POSITION_VALUE:
            if (has_values) {
                *map_add(&list->values, position->value, NULL) = i;
            }
            break;
        case POSITION_RANGE:
            list->ranges[list->nranges++] =
                (struct place_range){position->lo.ptr ? order_key(position->lo) : 0, position};
            break;
        case POSITION_MISSING: break;
        case POSITION_OTHER: list->other = (uint32_t) i; break;
        }
    }
    qsort(list->ranges, list->nranges, sizeof *list->ranges, by_lower_bound);
}

/* Finds the range that holds a number. */
static const struct position *
find_range(const struct place_list *list, uint64_t key, struct slice value)
{
    size_t first = 0, last = list->nranges; /* the first range that begins above the value */
    while (first < last) {
        size_t middle = first + (last - first) / 2;
        if (begins_above(&list->ranges[middle], key, value)) {
            last = middle;
        } else {
            first = middle + 1;
        }
    }
    const struct position *range = first ? list->ranges[first - 1].position : NULL;
    return range && !ends_below(range, value) ? range : NULL;
}

uint32_t
place_of(const struct place_list *list, uint64_t key, struct slice value)
{
    const size_t *known = list->values.count ? map_find(&list->values, value) : NULL;
    if (known) {
        return (uint32_t) *known;
    }
    const struct position *position = key ? find_range(list, key, value) : NULL;
    return position ? (uint32_t) (position - list->dim->positions) : list->other;
}

/* ---- Bins ---- */

void
place_bins_init(struct place_bins *bins, struct arena *arena, struct slice width)
{
    *bins = (struct place_bins){.arena = arena, .width = width, .too_long = PLACE_NONE};
    bins->has_integer_width = slice_to_int64(width, &bins->integer_width);
    map_init(&bins->by_text, arena);
    map_init(&bins->by_integer, arena);
}

static uint32_t
bin_new(struct place_bins *bins, struct slice lower)
{
    bins->lowers =
        arena_room(bins->arena, bins->lowers, bins->nlowers, &bins->capacity, sizeof *bins->lowers);
    bins->lowers[bins->nlowers] = lower;
    return (uint32_t) bins->nlowers++;
}

static uint32_t
bin_of_text(struct place_bins *bins, struct slice lower)
{
    size_t *known = map_find(&bins->by_text, lower);
    if (!known) {
        struct slice own = arena_copy(bins->arena, lower);
        known = map_add(&bins->by_text, own, NULL);
        *known = bin_new(bins, own);
    }
    return (uint32_t) *known;
}

/* False: the bin's bounds exceed 64-bit integers. */
static bool
bin_of_integer(struct place_bins *bins, struct arena *scratch, int64_t n, uint32_t *bin)
{
    int64_t lower, width = bins->integer_width;
    int64_t quotient = n / width - (n % width < 0);
    if (__builtin_mul_overflow(quotient, width, &lower)) {
        return false;
    }
    size_t *known = map_find(&bins->by_integer, slice_of(&lower, sizeof lower));
    if (!known) {
        struct slice key = arena_copy(bins->arena, slice_of(&lower, sizeof lower));
        known = map_add(&bins->by_integer, key, NULL);
        *known = bin_of_text(bins, arena_printf(scratch, "%lld", (long long) lower));
    }
    *bin = (uint32_t) *known;
    return true;
}

uint32_t
place_bin(struct place_bins *bins, struct arena *scratch, uint64_t key, struct slice value)
{
    struct slice lower, upper;
    uint32_t bin;
    int64_t n;
    if (!key) {
        return PLACE_NONE;
    }
    if (bins->has_integer_width && slice_to_int64(value, &n) &&
        bin_of_integer(bins, scratch, n, &bin)) {
        return bin;
    }
    if (number_bin(scratch, value, bins->width, &lower, &upper)) {
        return bin_of_text(bins, lower);
    }
    if (bins->too_long == PLACE_NONE) {
        bins->too_long = bin_new(bins, PLACE_TOO_LONG);
    }
    return bins->too_long;
}

bool
place_is_too_long(const struct bound_dim *dim, struct slice value, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], field[ERROR_QUOTE_BYTES];
    struct slice width = dim->kind == DIM_PLACED ? dim->rule->width : dim->width;
    return error_set(err, "LIMIT", "value %s of %s has more than 37 digits: no bin of width %.*s",
                     error_quote(quoted, value), error_quote(field, dim->field), SLICE_ARG(width));
}

/* ---- Labels ---- */

bool
place_bin_label(struct arena *arena, struct slice value, struct slice width, struct slice *label)
{
    struct slice lower, upper;
    *label = PLACE_TOO_LONG;
    if (slice_equal(value, PLACE_TOO_LONG)) {
        return true;
    }
    if (!number_is_canonical(value) || !number_bin(arena, value, width, &lower, &upper)) {
        return false;
    }
    *label = arena_printf(arena, "[%.*s,%.*s)", SLICE_ARG(lower), SLICE_ARG(upper));
    return true;
}

bool
place_label(struct arena *arena, const struct bound_dim *dim, size_t position, struct slice value,
            struct slice *label)
{
    switch (dim->kind) {
    case DIM_LIST:
    case DIM_BINS: *label = dim->positions[position].label; return true;
    case DIM_PLACED: /* a key: the axis knows its positions */
    case DIM_OPEN: *label = value; return true;
    case DIM_WHEN: *label = position ? slice_lit("1") : slice_lit("0"); return true;
    case DIM_WIDTH: break;
    }
    return place_bin_label(arena, value, dim->width, label);
}
