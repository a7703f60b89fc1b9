/*
 * What is said of a dataset's fields, said of another's: labels, and how values are read.
 *
 *     dataset_copy_sayings(&calls, survey, beside, &err)
 */
#ifndef QUIPU_TOOLS_DATASET_COPY_H
#define QUIPU_TOOLS_DATASET_COPY_H

#include "tools/dataset_calls.h"

/* Both are names. Fails with IO, SERVER. */
bool dataset_copy_sayings(struct dataset_calls *calls, struct slice from, struct slice to,
                          struct error *err) QUIPU_MUST_CHECK;

#endif
