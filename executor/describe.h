/*
 * DESCRIBE: what a dataset holds, field by field. To a query it is a method of counting
 * (executor/method.h), whose result is a description.
 *
 *     describe current
 *
 * It counts the values of one field after the other, as `count sex from current` does, by the
 * dataset's own method. So it is as right as a count is, also while slots of a cluster move. Each
 * field is right as of some moment of the query. EXPLAIN and PROFILE end with lines (describe_plan.h).
 */
#ifndef QUIPU_EXECUTOR_DESCRIBE_H
#define QUIPU_EXECUTOR_DESCRIBE_H

#include "executor/method.h"

/* A field that has more values is described by its rows alone. */
enum { DESCRIBE_MAX_VALUES = 100000 };

const struct method *describe_method(void);

#endif
