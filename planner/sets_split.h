/*
 * The split way: candidates are read and put in their cells.
 */
#ifndef QUIPU_PLANNER_SETS_SPLIT_H
#define QUIPU_PLANNER_SETS_SPLIT_H

#include "planner/sets_select.h"

void plan_split(struct planner *p, struct plan_choice *choice);

#endif
