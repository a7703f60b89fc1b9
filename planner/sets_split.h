/*
 * The split way: candidates are read and put in their cells.
 */
#ifndef QUIPU_PLANNER_SETS_SPLIT_H
#define QUIPU_PLANNER_SETS_SPLIT_H

#include "planner/sets_select.h"

/* Plans it for the grids that are not marked; there is one at least. It is always possible. */
void plan_split(struct planner *p, const bool *by_cells, struct plan_choice *choice);

#endif
