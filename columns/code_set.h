/*
 * Sets of a column's codes: what a test of a filter, or a dimension, is once its values are known.
 *
 *     uint64_t *bits = code_bits_new(arena, ncodes);
 *     code_bits_add(bits, 17);                          a bit per code
 *     struct code_set set = code_set_of_bits(bits, ncodes);        {17}: ONE
 *     code_set_add_programs(arena, &set, ncodes);       how chunks of planes are matched by it
 */
#ifndef QUIPU_COLUMNS_CODE_SET_H
#define QUIPU_COLUMNS_CODE_SET_H

#include "base/arena.h"
#include "columns/kernel_ops.h"

enum code_set_kind {
    CODES_NONE,
    CODES_ANY, /* every code but 0 */
    CODES_ONE,
    CODES_SET
};

struct code_set {
    enum code_set_kind kind;
    uint32_t code;        /* ONE */
    const uint64_t *bits; /* SET: a bit per code; bit 0 is clear */
    uint32_t ncodes;
    /* By number of planes: a chunk with so many is matched by it. NULL: codes are gathered. */
    const struct match_program *programs[33];
};

static inline bool
code_set_has(const struct code_set *set, uint32_t code)
{
    switch (set->kind) {
    case CODES_NONE: break;
    case CODES_ANY: return code != 0;
    case CODES_ONE: return code == set->code;
    case CODES_SET: return set->bits[code / 64] >> code % 64 & 1;
    }
    return false;
}

/* {code}; 0: none. */
static inline struct code_set
code_set_one(uint32_t code)
{
    return (struct code_set){.kind = code ? CODES_ONE : CODES_NONE, .code = code};
}

/* Bits for codes 0 .. ncodes, none set. */
static inline uint64_t *
code_bits_new(struct arena *arena, uint32_t ncodes)
{
    return arena_array(arena, (size_t) ncodes / 64 + 1, sizeof(uint64_t));
}

static inline void
code_bits_add(uint64_t *bits, uint32_t code)
{
    bits[code / 64] |= 1ull << code % 64;
}

/* The simplest set of these codes; code 0 is left out. Takes the bits over. */
struct code_set code_set_of_bits(uint64_t *bits, uint32_t ncodes);
/* Some microseconds, whatever the codes. ncodes: of the column, from when the chunks are. */
void code_set_add_programs(struct arena *arena, struct code_set *set, uint32_t ncodes);

#endif
