/*
 * A query made ready to be counted: names are columns, values are codes, ranges are sets of codes.
 *
 *     count sex in {f,m}, age by 10 from current where city = 'Rome' || income > 5000
 *
 *     dims    sex: positions_of [none, 1, 0]     age: bins "20" "30", positions_of [none, 0, 1, 0
 * ..] filter  OR (TEST city: one code 17; TEST income: a set of codes)
 *
 * First with the writer (count_plan_new: look-ups in hash tables), then anywhere
 * (count_plan_prepare: whatever goes over whole dictionaries). Read-only from then on: all workers
 * share it.
 */
#ifndef QUIPU_COLUMNS_COUNT_PLAN_H
#define QUIPU_COLUMNS_COUNT_PLAN_H

#include "base/arena.h"
#include "columns/index_parts.h"
#include "columns/kernel_ops.h"
#include "planner/bind.h"

enum { NO_POSITION = UINT32_MAX };

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

enum count_node_kind { NODE_TEST, NODE_OR, NODE_AND };

struct count_node {
    enum count_node_kind kind;
    const struct filter *filter;
    const struct column_view *column; /* TEST */
    struct code_set codes;            /* TEST */
    struct count_node **children;     /* OR: the most rows first; AND: the fewest first */
    size_t nchildren;
    size_t npositive; /* AND: the children behind these are excluded */
    unsigned depth;   /* bitmaps its parts need while they are made */
    double rows;      /* about so many */
};

struct count_dim {
    const struct bound_dim *bound;
    const struct column_view *column;
    /* Per code 0 .. ncodes: its position, or NO_POSITION. NULL: code - 1 (an open dimension). */
    const uint32_t *positions_of;
    uint32_t of_missing; /* the position of code 0 */
    uint32_t npositions;
    uint64_t stride;       /* of the cell's index */
    struct code_set codes; /* those with a position; without code 0 */
    bool is_open;
    const struct slice *bins; /* WIDTH: lower bounds by position */
    uint32_t bad_position;    /* WIDTH: of values too long to be put in a bin; NO_POSITION: none */
    uint32_t bad_code;        /* one of those values */
};

static inline uint32_t
dim_position(const struct count_dim *dim, uint32_t code)
{
    if (dim->positions_of) {
        return code <= dim->column->dictionary.ncodes ? dim->positions_of[code] : NO_POSITION;
    }
    return code ? code - 1 : NO_POSITION;
}

/* One table of cells to be counted. */
struct count_grid {
    struct count_dim *dims;
    size_t ndims;
    uint64_t ncells;
    bool is_countable; /* false: more than 2^64 combinations */
};

struct count_plan {
    struct arena *arena;
    const struct snapshot *snapshot;
    const struct bound_query *query;
    struct count_node *filter; /* NULL: every row */
    bool is_complement;        /* the rows for which the filter does not hold */
    /* The query's own grid, then one of one dimension for each open dimension of a nested answer:
     * its positions are all that occur under the filter. */
    struct count_grid *grids;
    size_t ngrids;
    bool is_prepared;
    size_t *axis_dims; /* grid 1 + i is that of dimension axis_dims[i] */
};

/* Never fails. The plan lives in the arena. */
struct count_plan *count_plan_new(struct arena *arena, const struct index *index,
                                  const struct snapshot *snapshot, const struct bound_query *query);
void count_plan_prepare(struct count_plan *plan);

#endif
