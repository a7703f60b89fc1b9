/*
 * The cells way: every cell is an intersection of sets.
 */
#ifndef QUIPU_PLANNER_SETS_CELLS_H
#define QUIPU_PLANNER_SETS_CELLS_H

#include "planner/sets_select.h"

void plan_cells(struct planner *p, struct plan_choice *choice);

#endif
