/*
 * A name or a prefix for a dataset that overlaps with no other one's.
 *
 *     free_names_propose(&calls, arena, "survey_2", prefix, &err)     "...; --dataset survey.2 is free"
 */
#ifndef QUIPU_TOOLS_FREE_NAMES_H
#define QUIPU_TOOLS_FREE_NAMES_H

#include "tools/dataset_calls.h"

/*
 * Behind what err says of prefixes and names that overlap: the option by which the dataset gets one
 * that does not. err stays as it is where the server does not list its datasets, or none is found.
 */
void free_names_propose(struct dataset_calls *calls, struct arena *arena, const char *dataset,
                        struct slice prefix, struct error *err);

#endif
