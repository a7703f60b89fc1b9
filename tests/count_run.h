/*
 * Counts a query in threads, and again with some rows set apart.
 */
#ifndef QUIPU_TESTS_COUNT_RUN_H
#define QUIPU_TESTS_COUNT_RUN_H

#include "columns/count.h"
#include "tests/count_rows.h"

/* 0 to 3 threads besides the calling one; text is told where it fails. */
struct partials *count_in_threads(struct arena *arena, struct index *index,
                                  const struct bound_query *query,
                                  const struct count_options *options, int nthreads,
                                  const char *text);
/* The rows that are left out, counted by name, and the others are together all rows. */
void compare_apart(struct arena *arena, const struct table *table, struct index *index,
                   const struct bound_query *query, const char *text);

#endif
