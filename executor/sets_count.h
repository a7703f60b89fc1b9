/*
 * One count by sets: fetches unknown cardinalities, plans, runs the plan's program in every
 * partition, and adds the partial counts up.
 *
 *     sets_count_method()->start(executor, &request, arena, on_counted, query, &counting)
 */
#ifndef QUIPU_EXECUTOR_SETS_COUNT_H
#define QUIPU_EXECUTOR_SETS_COUNT_H

#include "executor/method.h"

const struct method *sets_count_method(void);

#endif
