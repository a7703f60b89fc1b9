/*
 * One count by sets: cardinalities where they are not known, the plan, its program run in every
 * partition, the partial counts added up.
 *
 *     sets_count_method()->start(executor, &request, arena, on_counted, query, &counting)
 */
#ifndef QUIPU_EXECUTOR_SETS_COUNT_H
#define QUIPU_EXECUTOR_SETS_COUNT_H

#include "executor/method.h"

const struct method *sets_count_method(void);

#endif
