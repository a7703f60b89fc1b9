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

/* The lower bound of the bin that numbers too long for a bin are in. */
#define PLACE_TOO_LONG slice_lit("")

/* The positions that a query lists: values, and ranges, which exclude each other. */
struct place_list {
    const struct bound_dim *dim;
    struct map values;          /* to their positions */
    struct place_range *ranges; /* by lower bound */
    size_t nranges;
    uint32_t other; /* where the rest goes; PLACE_NONE: nowhere */
};

/* Borrows the dimension (LIST, BINS). has_values: false where the listed values need not be found. */
void place_list_init(struct place_list *list, struct arena *arena, const struct bound_dim *dim,
                     bool has_values);
/* PLACE_NONE: the value is in no position. */
uint32_t place_of(const struct place_list *list, uint64_t key, struct slice value);

/* The bins of a width, as they are met. Whole numbers, most of all values, need no text for it. */
struct place_bins {
    struct arena *arena;
    struct slice width;
    bool has_integer_width;
    int64_t integer_width;
    struct slice *lowers; /* by position: canonical numbers, or PLACE_TOO_LONG */
    size_t nlowers, capacity;
    struct map by_text, by_integer;
    uint32_t too_long; /* the position of PLACE_TOO_LONG; PLACE_NONE: not met */
};

void place_bins_init(struct place_bins *bins, struct arena *arena, struct slice width);
/* PLACE_NONE: the value is no number. Text that is not kept is made in scratch. */
uint32_t place_bin(struct place_bins *bins, struct arena *scratch, uint64_t key,
                   struct slice value);

/*
 * The label of a dimension's position; value is that of an unlisted one (of WIDTH the lower bound).
 * False where a lower bound is none.
 */
bool place_label(struct arena *arena, const struct bound_dim *dim, size_t position,
                 struct slice value, struct slice *label) QUIPU_MUST_CHECK;

#endif
