/*
 * Tests of one field, merged: a = 1 || a = 2 is a in {1,2}.
 */
#ifndef QUIPU_PLANNER_FILTER_MERGE_H
#define QUIPU_PLANNER_FILTER_MERGE_H

#include "planner/filter_build.h"

/* Merges the tests of each field in the list, in place. chain: FILTER_AND, FILTER_OR. */
void filter_merge_tests(struct arena *arena, struct filter_list *list, enum filter_kind chain);

#endif
