/*
 * Keys: all positions of a value in a PLACED dim, as one text. Rows with the same key are counted
 * together, so no kernel and no script needs to know what a net or a month is.
 *
 *     {(1,2) as low, net (2,3) as some, *}     items 0: low, 1: some; then each other value
 *
 *     1 -> "#0"    2 -> "#0#1"    3 -> "#1=1:3"    7 -> "=1:7"    x -> "=1:x"
 *
 * A key is made of parts: "#3" is item 3 of the rule, "=5:north" a value of the tail: the value
 * itself, the lower bound of a bin, or a unit's number (base/date.h: its order is that of time).
 * Items come first, in ascending order; then the tail's values, in their order; each part once. The
 * key "" is that of a row that is in no position and is counted nevertheless.
 */
#ifndef QUIPU_ANSWER_PLACE_KEY_H
#define QUIPU_ANSWER_PLACE_KEY_H

#include "answer/place.h"

/* The keys of a dim, numbered in the order in which they are met. */
struct place_keys {
    struct arena *arena;
    const struct place_rule *rule;
    struct key_list *lists; /* the items that exclude each other, then each net */
    size_t nlists;
    struct place_bins bins; /* TAIL_WIDTH */
    bool *is_in;            /* by item: of the value at hand */
    struct slice *tails;    /* of the value at hand */
    size_t ntails, tails_capacity;
    struct slice *texts; /* by id */
    size_t ntexts, capacity;
    struct map ids;
    uint32_t too_long; /* the first key with a number that has more digits than a bin can have;
                          PLACE_NONE: none has */
};

/* Borrows the rule. */
void place_keys_init(struct place_keys *keys, struct arena *arena, const struct place_rule *rule);
/* The number of the value's key; PLACE_NONE: it is in no position. Temporary text is in scratch. */
uint32_t place_key_of(struct place_keys *keys, struct arena *scratch, uint64_t key,
                      struct slice value);
/* The number of the key of rows without the field; PLACE_NONE: they are in no position. */
uint32_t place_key_missing(struct place_keys *keys);

struct place_part {
    bool is_item;
    size_t item;        /* is_item */
    struct slice value; /* else; borrowed from the key */
};

/* Takes the first part off a key; false: there is none, or the key is malformed (*key is not ""). */
bool place_key_next(struct slice *key, struct place_part *part);

/*
 * The label of a tail's value: [10,20) for a bin, Mon for 1. False: the value cannot be one of this
 * rule's.
 */
bool place_tail_label(struct arena *arena, const struct place_rule *rule, struct slice value,
                      struct slice *label) QUIPU_MUST_CHECK;

#endif
