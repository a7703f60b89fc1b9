/*
 * The cells way: every cell is an intersection of sets.
 *
 *     prices = cells_price(p)                          what each grid would cost
 *     cells_choose(query, prices, by_cells, &choice)   some of the grids, together
 */
#ifndef QUIPU_PLANNER_SETS_CELLS_H
#define QUIPU_PLANNER_SETS_CELLS_H

#include "planner/sets_select.h"

/* The filter is one set, or the sets of its parts: a grid costs more or less with each. */
enum { CELLS_FILTERS = 2 };

struct grid_price {
    bool
        is_possible; /* no dim is a condition, or has too many values; nor are its cells too many */
    double combinations;            /* of sets */
    double costs_us[CELLS_FILTERS]; /* without the filter's sets */
};

struct cells_prices {
    struct plan_choice filters[CELLS_FILTERS]; /* the filter's sets, and their cost, alone */
    size_t nfilters;                           /* 0: no grid is possible */
    struct grid_price *grids;
};

struct cells_prices *cells_price(struct planner *p);
/* The cheapest choice for the grids that are marked; perhaps it is not possible. */
void cells_choose(const struct bound_query *query, const struct cells_prices *prices,
                  const bool *by_cells, struct plan_choice *choice);

#endif
