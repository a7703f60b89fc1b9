/*
 * Binds what must be counted so that small counts can be hidden in several tables at once.
 *
 *     count (a), (a, b), (c) from current suppress below 5
 *
 *     atoms grid   (a, a, b)      rows that are alike for (a) and (a, b)
 *                  (c)            its own: what a row has in c says nothing of a and b
 *
 * A reader holds tables of one field against each other, so rows are put together by what they are in all
 * of them. Tables without a field in common, not even by way of the filter, have only the rows of the
 * filter in common.
 */
#ifndef QUIPU_PLANNER_BIND_ATOMS_H
#define QUIPU_PLANNER_BIND_ATOMS_H

#include "planner/binder.h"

/*
 * Gives the tables that have a field in common a grid of their atoms. Their dims keep rows that are in no
 * position (binder.keeps_all). The query has a base.
 */
void bind_atoms(struct binder *binder);

#endif
