/*
 * What EXPLAIN and PROFILE say of a count: count_explain and count_profile of count.h, for count.c. Lines are in the arena.
 */
#ifndef QUIPU_COLUMNS_COUNT_PRINT_H
#define QUIPU_COLUMNS_COUNT_PRINT_H

#include "base/arena.h"
#include "columns/count_facts.h"

struct count_plan;

struct slice *count_print_explain(struct arena *arena, const struct count_plan *plan,
                                  const struct count_facts *facts, size_t *nlines);
struct slice *count_print_profile(struct arena *arena, const struct count_facts *facts,
                                  size_t *nlines);

#endif
