/*
 * LIKE and ILIKE in normal form: the same filter for every way to write a pattern.
 *
 *     like 'a%%'  ->  like 'a%'      like 'abc'  ->  = 'abc'      like '%'  ->  exists
 */
#ifndef QUIPU_PLANNER_FILTER_LIKE_H
#define QUIPU_PLANNER_FILTER_LIKE_H

#include "planner/filter.h"

/* The pattern is one that like_check lets pass. Cannot fail. */
struct filter *filter_like(struct arena *arena, struct slice field, bool folds_case,
                           struct slice pattern);

#endif
