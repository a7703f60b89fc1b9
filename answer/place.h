/*
 * Places: from a value to its position in a dimension, and from a position to its label.
 *
 *     age in {5, [10,20] as mid, other}     place_of: 5 -> 0, 15.5 -> 1, x -> 2
 *     age by 10                             place_bin: 17 -> 0, 3 -> 1, 12 -> 0: as they are met
 *                                           labels: [10,20) and [0,10)
 *
 * A value comes with its order key (base/number.h), so that most comparisons need no digits.
 */
#ifndef QUIPU_ANSWER_PLACE_H
#define QUIPU_ANSWER_PLACE_H

#include "base/map.h"
#include "planner/bind.h"

enum { PLACE_NONE = UINT32_MAX };

/* The lower bound of the bin for numbers that are too long for a bin. */
#define PLACE_TOO_LONG slice_lit("")

/* The positions that a query lists: values, and ranges, which exclude each other. */
struct place_list {
    const struct bound_dim *dim;
    struct map values;          /* from values to positions */
    struct place_range *ranges; /* by lower bound */
    size_t nranges;
    uint32_t other; /* the position of all other values; PLACE_NONE: none */
};

/* Borrows the dimension (LIST, BINS). has_values false: the listed values need not be found. */
void place_list_init(struct place_list *list, struct arena *arena, const struct bound_dim *dim,
                     bool has_values);
/* PLACE_NONE: the value is in no position. */
uint32_t place_of(const struct place_list *list, uint64_t key, struct slice value);

/*
 * The bins of a width, in the order in which they are met. Whole numbers, the most frequent values,
 * need no text.
 */
struct place_bins {
    struct arena *arena;
    struct slice width;
    bool has_integer_width;
    int64_t integer_width;
    struct slice *lowers; /* by position: canonical numbers, or PLACE_TOO_LONG */
    size_t nlowers, capacity;
    struct map by_text, by_integer;
    uint32_t too_long; /* the position of PLACE_TOO_LONG; PLACE_NONE: not met yet */
};

void place_bins_init(struct place_bins *bins, struct arena *arena, struct slice width);
/* PLACE_NONE: the value is not a number. Temporary text is made in scratch. */
uint32_t place_bin(struct place_bins *bins, struct arena *scratch, uint64_t key,
                   struct slice value);

/* Sets err to LIMIT: the value is too long for the dim's bins (WIDTH, PLACED). Returns false. */
bool place_is_too_long(const struct bound_dim *dim, struct slice value, struct error *err);

/* The label of a bin, by its lower bound: `[10,20)`. False: the lower bound is not valid. */
bool place_bin_label(struct arena *arena, struct slice lower, struct slice width,
                     struct slice *label) QUIPU_MUST_CHECK;

/*
 * The label of a dimension's position. value is the value of a position that is not listed (for
 * WIDTH the lower bound). False: the lower bound is not valid.
 */
bool place_label(struct arena *arena, const struct bound_dim *dim, size_t position,
                 struct slice value, struct slice *label) QUIPU_MUST_CHECK;

#endif
