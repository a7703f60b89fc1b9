/*
 * A query while it is bound: what all parts of binding have in hand, and the lists that they add to.
 * For bind.c, bind_axis.c and bind_measures.c alone.
 */
#ifndef QUIPU_PLANNER_BINDER_H
#define QUIPU_PLANNER_BINDER_H

#include "base/error.h"
#include "planner/bound.h"

struct binder {
    struct arena *arena;
    struct error *err;
    uint64_t max_cells;
    struct bound_query *query; /* its dims and grids are added to */
    size_t dims_capacity, grids_capacity;
    bool keeps_all; /* dims count rows that are in none of their positions, too */
    bool is_plain;  /* the query's dims are those that were written, in their order */
};

/* The number of a dim like this one among the query's; it is added where there is none. */
size_t binder_dim(struct binder *binder, const struct bound_dim *dim);
/* The number of a grid like this one; its dims are copied. */
size_t binder_grid(struct binder *binder, const struct bound_grid *grid);

/* Takes *product times n; fails with LIMIT where that is more than max-cells. */
bool binder_multiply(struct binder *binder, uint64_t *product, uint64_t n) QUIPU_MUST_CHECK;

#endif
