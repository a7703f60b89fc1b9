/*
 * Which method counts a dataset's rows.
 */
#ifndef QUIPU_EXECUTOR_METHOD_CHOICE_H
#define QUIPU_EXECUTOR_METHOD_CHOICE_H

#include "executor/method.h"

/* The dataset's own: columns or sets. */
const struct method *method_of_dataset(const struct dataset *dataset);

#endif
